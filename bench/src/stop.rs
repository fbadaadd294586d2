//! A person may end a run before its time; what it started and wrote must vanish all the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::Error;

/// Set by the first signal; the second one ends the process at once.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens for SIGINT and SIGTERM.
    pub fn on_signals() -> Result<Self, Error> {
        let stop = Self::default();
        for signal in [SIGINT, SIGTERM] {
            // In this order the first signal finds the flag unset.
            flag::register_conditional_shutdown(signal, 2, Arc::clone(&stop.0))
                .map_err(Error::io("signals"))?;
            flag::register(signal, Arc::clone(&stop.0)).map_err(Error::io("signals"))?;
        }
        Ok(stop)
    }

    /// An error once a signal has come.
    pub fn check(&self) -> Result<(), Error> {
        if self.0.load(Ordering::Relaxed) { Err(Error::Stopped) } else { Ok(()) }
    }
}
