//! The path by which this program was called.
//!
//! Links are not resolved: what a package manager keeps at a stable path is a link into a folder with a version in its name, which the
//! next upgrade removes.

use std::ffi::OsStr;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The absolute path of a program that was called by this name: found in `search_path` if the name is no path, as a shell does it.
/// `None` if nothing that can be run is there.
///
/// # Errors
/// The working folder does not exist any more.
pub fn called_path(name: &OsStr, search_path: Option<&OsStr>) -> io::Result<Option<PathBuf>> {
    let path = Path::new(name);
    let is_path = name.as_encoded_bytes().contains(&b'/');
    let found = if is_path {
        Some(path.to_owned()).filter(|path| is_executable(path))
    } else {
        search_path
            .into_iter()
            .flat_map(std::env::split_paths)
            .map(|folder| folder.join(path))
            .find(|path| is_executable(path))
    };
    found.map(std::path::absolute).transpose()
}

/// Whether a path leads to a file that can be run.
#[must_use]
pub fn is_executable(path: &Path) -> bool {
    std::fs::metadata(path)
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{OpenOptionsExt as _, symlink};

    use super::*;

    fn called(name: &Path, search_path: &[&Path]) -> Option<PathBuf> {
        let search_path = std::env::join_paths(search_path).unwrap();
        called_path(name.as_os_str(), Some(&search_path)).unwrap()
    }

    fn file(path: &Path, mode: u32) {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true).mode(mode);
        options.open(path).unwrap();
    }

    #[test]
    fn a_link_stays_a_link() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        let versioned = at("cellar/1.0");
        fs::create_dir_all(&versioned).unwrap();
        fs::create_dir(at("bin")).unwrap();
        let program = versioned.join("mfa-session");
        file(&program, 0o755);
        symlink(&program, at("bin/mfa-session")).unwrap();
        let expected = Some(at("bin/mfa-session"));
        let name = Path::new("mfa-session");
        assert_eq!(called(name, &[&at("missing"), &at("bin")]), expected);
        assert_eq!(called(&at("bin/mfa-session"), &[]), expected);
        assert_eq!(called(&at("bin/./mfa-session"), &[]), expected);
        assert_eq!(called(name, &[&at("cellar")]), None);
    }

    #[test]
    fn what_cannot_be_run_is_passed_over() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        fs::create_dir_all(at("folder/mfa-session")).unwrap();
        fs::create_dir_all(at("text")).unwrap();
        file(&at("text/mfa-session"), 0o644);
        let name = Path::new("mfa-session");
        assert_eq!(called(name, &[&at("folder"), &at("text")]), None);
        assert_eq!(called(&at("text/mfa-session"), &[]), None);
        assert_eq!(called_path(name.as_os_str(), None).unwrap(), None);
    }
}
