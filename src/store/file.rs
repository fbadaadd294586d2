//! Files that nobody else may read from their first byte on.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Makes a file for its owner alone (mode 0600); it must not exist.
pub(super) fn create_private(file: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)
}

/// Makes the file of a new SQLite database, which its log and its index beside it take their mode from. A database that
/// is there keeps its own.
pub(super) fn create_database(file: &Path) {
    // Where this fails, SQLite fails likewise and says why.
    drop(OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(file));
}

/// Gives a finished file its name, which must be free; what was done survives a power cut.
pub(super) fn publish(partial: &Path, file: &Path) -> io::Result<()> {
    // Unlike a renaming, a link never takes the place of another file.
    std::fs::hard_link(partial, file)?;
    std::fs::remove_file(partial)?;
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}
