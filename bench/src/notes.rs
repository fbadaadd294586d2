//! What one scenario leaves for the next: the ids that the server gave, in files of one directory.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use crate::error::Error;

const USERS: &str = "users";

/// The ids of all users; person `n` is line `n`.
pub fn users(directory: &Path) -> Result<Vec<String>, Error> {
    let path = directory.join(USERS);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Error::io(path.display().to_string())(error)),
    }
}

/// Adds the ids of the next people.
pub fn add_users(directory: &Path, ids: &[String]) -> Result<(), Error> {
    let path = directory.join(USERS);
    let doing = path.display().to_string();
    let mut text = ids.join("\n");
    if !ids.is_empty() {
        text.push('\n');
    }
    let mut file = OpenOptions::new().create(true).append(true).open(&path).map_err(Error::io(&doing))?;
    file.write_all(text.as_bytes()).map_err(Error::io(&doing))
}

/// The id of the group with so many members.
pub fn group(directory: &Path, size: usize) -> Result<String, Error> {
    let path = directory.join(format!("group-{size}"));
    fs::read_to_string(&path).map_err(Error::io(path.display().to_string()))
}

/// Notes the id of the group with so many members.
pub fn set_group(directory: &Path, size: usize, id: &str) -> Result<(), Error> {
    let path = directory.join(format!("group-{size}"));
    fs::write(&path, id).map_err(Error::io(path.display().to_string()))
}

/// The members of that group, as numbers of people; the first ones unless something else was noted.
pub fn members(directory: &Path, size: usize) -> Result<HashSet<usize>, Error> {
    let path = directory.join(format!("members-{size}"));
    let doing = path.display().to_string();
    match fs::read_to_string(&path) {
        Ok(text) => text
            .lines()
            .map(|line| line.parse().map_err(|error| Error::Other(format!("{doing}: {line}: {error}"))))
            .collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok((0..size).collect()),
        Err(error) => Err(Error::io(doing)(error)),
    }
}

/// Notes the members of that group.
pub fn set_members(directory: &Path, size: usize, members: &HashSet<usize>) -> Result<(), Error> {
    let path = directory.join(format!("members-{size}"));
    let lines: Vec<String> = members.iter().map(usize::to_string).collect();
    fs::write(&path, lines.join("\n")).map_err(Error::io(path.display().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back_in_order() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(users(directory.path()).unwrap(), Vec::<String>::new());
        add_users(directory.path(), &["a".to_owned(), "b".to_owned()]).unwrap();
        add_users(directory.path(), &[]).unwrap();
        add_users(directory.path(), &["c".to_owned()]).unwrap();
        assert_eq!(users(directory.path()).unwrap(), ["a", "b", "c"]);
        set_group(directory.path(), 10, "g").unwrap();
        assert_eq!(group(directory.path(), 10).unwrap(), "g");
        assert!(group(directory.path(), 11).is_err());
        assert_eq!(members(directory.path(), 3).unwrap(), HashSet::from([0, 1, 2]));
        let changed = HashSet::from([7, 1, 12]);
        set_members(directory.path(), 3, &changed).unwrap();
        assert_eq!(members(directory.path(), 3).unwrap(), changed);
    }
}
