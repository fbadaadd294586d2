//! Runs the same step on some threads for a time.

use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::measure::Measurement;

/// Repeats `step` on one thread per state until `duration` is over. Each step counts as `each` requests; a latency is a step's.
pub fn repeat<S: Send>(
    name: &str,
    duration: Duration,
    each: u64,
    states: &mut [S],
    step: impl Fn(&mut S) -> Result<(), Error> + Sync,
) -> Result<Measurement, Error> {
    let start = Instant::now();
    let work = |state: &mut S| -> Result<Vec<Duration>, Error> {
        let mut latencies = Vec::new();
        while start.elapsed() < duration {
            let begin = Instant::now();
            step(state)?;
            latencies.push(begin.elapsed());
        }
        Ok(latencies)
    };
    let outcomes: Vec<Result<Vec<Duration>, Error>> = thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = states.iter_mut().map(|state| scope.spawn(move || work(state))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_panic| Err(panicked()))).collect()
    });
    let elapsed = start.elapsed();
    let latencies = outcomes.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    let mut row = Measurement::of(name, elapsed, latencies);
    row.requests *= each;
    Ok(row)
}

fn panicked() -> Error {
    Error::Other("a measuring thread panicked".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_of_every_thread_counts() {
        let mut states = [0_u64; 3];
        let row = repeat("x", Duration::from_millis(50), 16, &mut states, |count| {
            *count += 1;
            thread::sleep(Duration::from_millis(1));
            Ok(())
        })
        .unwrap();
        assert_eq!(row.requests, states.iter().sum::<u64>() * 16);
        assert!(states.iter().all(|count| *count > 0));
        assert!(row.elapsed >= Duration::from_millis(50) && row.p50 >= Duration::from_millis(1));
    }

    #[test]
    fn one_failing_step_fails_the_whole() {
        let outcome = repeat("x", Duration::from_millis(20), 1, &mut [1, 2], |state| {
            if *state == 2 { Err(Error::Wrong("no".to_owned())) } else { Ok(()) }
        });
        assert!(matches!(outcome, Err(Error::Wrong(_))));
    }
}
