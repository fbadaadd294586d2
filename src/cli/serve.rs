//! `roster serve`

use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::{CommandError, print_line};
use crate::app::{App, AppError, block_on};

/// Serves until SIGTERM or SIGINT, then lets requests under way finish.
pub(super) fn run(app: App, migrate: bool) -> Result<(), CommandError> {
    app.prepare(migrate)?;
    app.core.renew_cursor_keys().map_err(AppError::from)?;
    // Before anything is answered, so that no signal is missed.
    let mut signals = Signals::new([SIGTERM, SIGINT]).map_err(AppError::Thread)?;
    block_on(async move {
        let (running, jobs) = app.serve()?;
        let handle = running.handle.clone();
        let waiting = thread::Builder::new().name("signals".to_owned()).spawn(move || {
            if signals.forever().next().is_some() {
                log::info!("stopping");
                // Resolves when the server has stopped, which the server's own future tells too.
                drop(handle.stop(true));
            }
        });
        waiting.map_err(AppError::Thread)?;
        let scheme = if app.config.tls.is_some() { "https" } else { "http" };
        print_line(format_args!("roster listens on {scheme}://{}", running.address))?;
        running.server.await.map_err(AppError::Thread)?;
        drop(jobs);
        Ok(())
    })
}
