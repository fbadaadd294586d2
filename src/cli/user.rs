//! `roster user`

use super::arguments::User;
use super::{CommandError, print_line};
use crate::app::App;

pub(super) fn run(app: &App, command: &User) -> Result<(), CommandError> {
    match command {
        User::Erase { id } => {
            app.core.erase_user(*id)?;
            print_line(format_args!("erased {id}"))
        }
    }
}
