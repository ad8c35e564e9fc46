//! Whether a command that stands in a shared file may be run: only if nobody else could have put it there.
//!
//! The file behind every symbolic link counts, and the folder that holds it: whoever may write to the folder can replace the
//! file. The user's own files and root's are trusted. Root works over other people's homes (a container's, sudo's), so root
//! also trusts the owner of the home folder and the owner of the shared credentials file. A file system that reports mode 0777
//! for everything, such as a Windows drive under WSL, protects nothing, and no command from it is run.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::process::shell_quote;
use crate::shared_config::FileKind;
use crate::shared_config::location::Locations;

use super::LoginError;

/// Others may write: the group's and everybody's write bits.
const WRITABLE: u32 = 0o022;
/// In such a folder only a file's owner may replace it.
const STICKY: u32 = 0o1000;

/// Sees that the command of `key`, which stands in `file`, may be run.
///
/// # Errors
/// [`LoginError::UntrustedCommand`], with the owner or the mode that is in the way.
pub(super) fn check(
    context: &Context,
    locations: &Locations,
    key: &'static str,
    file: FileKind,
) -> Result<(), LoginError> {
    let path = match file {
        FileKind::Config => &locations.config,
        FileKind::Credentials => &locations.credentials,
    };
    let trusted = trusted(context, locations);
    judge(path, &trusted).map_err(|untrusted| LoginError::UntrustedCommand {
        key,
        path: path.display().to_string(),
        problem: untrusted.problem,
        hint: untrusted.hint,
    })
}

/// The users whose files may name a command.
fn trusted(context: &Context, locations: &Locations) -> Vec<u32> {
    let user = rustix::process::geteuid();
    let mut trusted = vec![user.as_raw(), 0];
    if user.is_root() {
        let home = context.env.os("HOME").map(PathBuf::from);
        let owners = home.into_iter().chain([locations.credentials.clone()]);
        trusted.extend(owners.filter_map(|path| Some(std::fs::metadata(path).ok()?.uid())));
    }
    trusted
}

#[derive(Debug)]
struct Untrusted {
    problem: String,
    hint: String,
}

fn judge(path: &Path, trusted: &[u32]) -> Result<(), Untrusted> {
    let unreadable = |error: io::Error| Untrusted {
        problem: format!("its owner and mode cannot be read: {error}"),
        hint: format!("ls -lL {}", quoted(path)),
    };
    let real = path.canonicalize().map_err(unreadable)?;
    let file = std::fs::metadata(&real).map_err(unreadable)?;
    judge_one("the file", &real, &file, trusted)?;
    let Some(folder) = real.parent() else {
        return Ok(());
    };
    let metadata = std::fs::metadata(folder).map_err(unreadable)?;
    judge_one("its folder", folder, &metadata, trusted)
}

fn judge_one(
    what: &str,
    path: &Path,
    metadata: &Metadata,
    trusted: &[u32],
) -> Result<(), Untrusted> {
    let (owner, mode) = (metadata.uid(), metadata.mode() & 0o7777);
    if !trusted.contains(&owner) {
        return Err(Untrusted {
            problem: format!("{what} belongs to another user (uid {owner}, mode {mode:04o})"),
            hint: format!(
                "check the file, then: sudo chown \"$(id -u)\" {}",
                quoted(path)
            ),
        });
    }
    let guarded = metadata.is_dir() && mode & STICKY != 0;
    if mode & WRITABLE != 0 && !guarded {
        return Err(Untrusted {
            problem: format!("{what} may be written by others (uid {owner}, mode {mode:04o})"),
            hint: format!(
                "check the file, then: chmod go-w {} (on a Windows drive under WSL this has no effect: move the file and \
                 name it in AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE)",
                quoted(path)
            ),
        });
    }
    Ok(())
}

fn quoted(path: &Path) -> String {
    shell_quote(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    struct Files {
        folder: tempfile::TempDir,
        file: PathBuf,
    }

    fn files() -> Files {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        #[expect(clippy::disallowed_methods, reason = "a test's own file")]
        std::fs::write(&file, "").unwrap();
        set_mode(&file, 0o600);
        Files { folder, file }
    }

    fn set_mode(path: &Path, mode: u32) {
        set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    fn me() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    #[test]
    fn the_users_own_file_is_trusted() {
        let files = files();
        for mode in [0o600, 0o644, 0o640, 0o400] {
            set_mode(&files.file, mode);
            assert!(judge(&files.file, &[me()]).is_ok(), "{mode:o}");
        }
    }

    #[test]
    fn a_file_that_others_may_write_is_not() {
        let files = files();
        for mode in [0o666, 0o620, 0o602, 0o777] {
            set_mode(&files.file, mode);
            let error = judge(&files.file, &[me()]).unwrap_err();
            assert!(
                error
                    .problem
                    .contains(&format!("uid {}, mode {mode:04o}", me())),
                "{error:?}"
            );
            assert!(error.hint.contains("chmod go-w"), "{error:?}");
        }
    }

    #[test]
    fn nor_is_one_in_a_folder_that_others_may_write() {
        let files = files();
        for (mode, trusted) in [
            (0o777, false),
            (0o770, false),
            (0o1777, true),
            (0o755, true),
        ] {
            set_mode(files.folder.path(), mode);
            assert_eq!(judge(&files.file, &[me()]).is_ok(), trusted, "{mode:o}");
        }
    }

    #[test]
    fn nor_is_another_users() {
        let files = files();
        let error = judge(&files.file, &[me() + 1]).unwrap_err();
        assert!(error.problem.contains("another user"), "{error:?}");
        assert!(judge(&files.file, &[me() + 1, me()]).is_ok());
    }

    #[test]
    fn the_file_behind_a_link_counts() {
        let elsewhere = files();
        let files = files();
        let link = files.folder.path().join("link");
        symlink(&elsewhere.file, &link).unwrap();
        assert!(judge(&link, &[me()]).is_ok());
        set_mode(&elsewhere.file, 0o666);
        assert!(judge(&link, &[me()]).is_err());
        set_mode(&elsewhere.file, 0o600);
        set_mode(elsewhere.folder.path(), 0o777);
        assert!(judge(&link, &[me()]).is_err());
    }
}
