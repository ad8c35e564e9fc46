//! Whether a command that stands in a shared file may be run: only if nobody else could have put it there.
//!
//! The file behind every symbolic link counts, and the folder that holds it: whoever may write to the folder can replace the
//! file. The user's own files and root's are trusted. Root works over other people's homes (a container's, sudo's), so root
//! also trusts the owner of the home folder and the owner of the shared credentials file. A file system that reports mode 0777
//! for everything, such as a Windows drive under WSL, protects nothing, and no command from it is run. A group that is the
//! owner's alone is nobody else.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use nix::unistd::{Gid, Group, Uid, User};

use crate::context::Context;
use crate::quote::shell_quote_shown;
use crate::shared_config::FileKind;
use crate::shared_config::location::Locations;

use super::LoginError;

/// Everybody may write.
const OTHERS_WRITE: u32 = 0o002;
/// The group may write.
const GROUP_WRITES: u32 = 0o020;
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
        hint: format!("ls -lL {}", shell_quote_shown(path)),
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
                shell_quote_shown(path)
            ),
        });
    }
    let guarded = metadata.is_dir() && mode & STICKY != 0;
    let writable = mode & OTHERS_WRITE != 0
        || (mode & GROUP_WRITES != 0 && !is_private_group(metadata.gid(), owner));
    if writable && !guarded {
        return Err(Untrusted {
            problem: format!("{what} may be written by others (uid {owner}, mode {mode:04o})"),
            hint: format!(
                "check the file, then: chmod go-w {} (on a Windows drive under WSL this has no effect: move the file and \
                 name it in AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE)",
                shell_quote_shown(path)
            ),
        });
    }
    Ok(())
}

/// Whether a group is its owner's alone: named after the user, the user's primary group, and without other members. Many
/// distributions give each user such a group and let the group write to every new file.
fn is_private_group(gid: u32, uid: u32) -> bool {
    let user = User::from_uid(Uid::from_raw(uid)).ok().flatten();
    let group = Group::from_gid(Gid::from_raw(gid)).ok().flatten();
    user.zip(group).is_some_and(|(user, group)| {
        uid != 0
            && user.gid == group.gid
            && user.name == group.name
            && group.mem.iter().all(|member| *member == user.name)
    })
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
    fn a_group_of_the_owners_own_is_nobody_else() {
        // The users and groups of the machine that runs this test: only what holds for all of them is asserted.
        assert!(
            !is_private_group(0, 0),
            "root's group has members elsewhere"
        );
        assert!(!is_private_group(u32::MAX - 7, u32::MAX - 7), "unknown");
        let user = User::from_name("daemon").ok().flatten();
        if let Some(user) = user {
            let group = Group::from_gid(user.gid).unwrap().unwrap();
            let private = group.name == user.name && group.mem.is_empty();
            assert_eq!(
                is_private_group(user.gid.as_raw(), user.uid.as_raw()),
                private
            );
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
