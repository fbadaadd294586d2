//! A disk of a few megabytes that a test can fill up.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A mounted tmpfs; unmounted when dropped.
pub struct SmallDisk {
    directory: TempDir,
}

impl SmallDisk {
    /// Mounts one of so many mebibytes. That takes root.
    pub fn mount(mebibytes: u32) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m,mode=0755"), "roster-test"])
            .arg(directory.path())
            .status()
            .expect("mount runs (package mount)");
        assert!(
            status.success(),
            "a small disk cannot be mounted: this test must run as root, with mounting permitted"
        );
        Self { directory }
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    /// Fills a part of it, to be given back by [`SmallDisk::clear`].
    pub fn occupy(&self, mebibytes: usize) {
        std::fs::write(self.filler(), vec![b'x'; mebibytes * 1024 * 1024]).unwrap();
    }

    /// Fills what is left, to the last byte.
    pub fn fill(&self) {
        let mut filler = File::options().create(true).append(true).open(self.filler()).unwrap();
        for block in [64 * 1024, 4096, 1] {
            while filler.write_all(&vec![b'x'; block]).is_ok() {}
        }
    }

    /// Makes room again.
    pub fn clear(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: whoever still has a file open there must not keep the test from tidying up.
        drop(Command::new("umount").arg("--lazy").arg(self.path()).status());
    }
}
