//! What Linux tells about a process: its processor time and its peak of memory (proc(5)).

use std::fs;
use std::time::Duration;

use crate::error::Error;

/// One tick of `/proc/PID/stat`: `USER_HZ` is 100 on every architecture of Linux that matters here.
const TICK: Duration = Duration::from_millis(10);

/// User and system time of all threads of a process, the ended ones too.
pub fn cpu_time(pid: u32) -> Result<Duration, Error> {
    let path = format!("/proc/{pid}/stat");
    let text = fs::read_to_string(&path).map_err(Error::io(&path))?;
    parse_cpu_time(&text).ok_or_else(|| Error::Other(format!("{path}: not understood")))
}

/// The process's peak of resident memory (`VmHWM`) in KiB.
pub fn peak_memory(pid: u32) -> Result<u64, Error> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).map_err(Error::io(&path))?;
    parse_peak_memory(&text).ok_or_else(|| Error::Other(format!("{path}: without VmHWM")))
}

/// Sets the peak of resident memory back to what is resident now.
pub fn reset_peak_memory(pid: u32) -> Result<(), Error> {
    let path = format!("/proc/{pid}/clear_refs");
    fs::write(&path, "5").map_err(Error::io(&path))
}

/// Fields 14 and 15; the second, the name in parentheses, may itself hold spaces and parentheses.
fn parse_cpu_time(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(TICK * user.checked_add(system)?)
}

fn parse_peak_memory(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_behind_a_hostile_name() {
        let stat = "12 (a) b (c)) S 1 12 12 0 -1 4194560 1 2 3 4 250 50 7 8 20 0 3 0 100 1 2";
        assert_eq!(parse_cpu_time(stat), Some(Duration::from_secs(3)));
    }

    #[test]
    fn peak_memory_is_read_in_kib() {
        assert_eq!(parse_peak_memory("VmPeak:\t 9 kB\nVmHWM:\t  1234 kB\nVmRSS:\t 5 kB\n"), Some(1234));
        assert_eq!(parse_peak_memory("VmPeak:\t 9 kB\n"), None);
    }

    #[test]
    fn this_process_has_a_peak_that_can_be_reset() {
        let pid = std::process::id();
        let block = vec![1_u8; 64 << 20];
        assert!(block.iter().all(|byte| *byte == 1));
        let before = peak_memory(pid).unwrap();
        drop(block);
        reset_peak_memory(pid).unwrap();
        assert!(before > peak_memory(pid).unwrap() + (32 << 10), "the peak did not fall");
        assert!(cpu_time(pid).is_ok());
    }
}
