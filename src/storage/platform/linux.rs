//! Linux: POSIX ACLs as extended attributes, `statx`, `renameat2`.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::fs::{
    AtFlags, RenameFlags, StatxAttributes, StatxFlags, XattrFlags, fgetxattr, fremovexattr,
    fsetxattr, renameat_with, statx,
};
use rustix::io::Errno;

use super::answer::Obstacle;

/// `acl(5)` as the kernel hands it out (`struct posix_acl_xattr_header`).
const ACL: &str = "system.posix_acl_access";
/// The largest extended attribute that Linux allows.
const LARGEST_XATTR: usize = 64 * 1024;

/// The access control list of an open file, where it has one beyond its mode.
pub(in crate::storage) fn acl(file: &File) -> io::Result<Option<Vec<u8>>> {
    // Asked for its size first: nearly every file has none, and then no buffer is needed.
    match fgetxattr(file, ACL, &mut [0_u8; 0]) {
        Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::NOSYS) => return Ok(None),
        Err(e) => return Err(e.into()),
        Ok(_) => {}
    }
    let mut value = vec![0_u8; LARGEST_XATTR];
    match fgetxattr(file, ACL, value.as_mut_slice()) {
        Ok(length) => {
            value.truncate(length);
            Ok(Some(value))
        }
        Err(Errno::NODATA) => Ok(None),
        Err(e) => Err(e.into()),
    }
}

/// Gives an open file this access control list; the kernel derives the mode from it.
pub(in crate::storage) fn set_acl(file: &File, acl: &[u8]) -> io::Result<()> {
    Ok(fsetxattr(file, ACL, acl, XattrFlags::empty())?)
}

/// Takes away what a folder's default ACL gave a new file.
pub(in crate::storage) fn remove_acl(file: &File) -> io::Result<()> {
    match fremovexattr(file, ACL) {
        Ok(()) | Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
        Err(e) => Err(e.into()),
    }
}

/// What would keep a file from being renamed over. `path` is canonical.
pub(in crate::storage) fn obstacle(
    folder: &File,
    name: &OsStr,
    path: &Path,
) -> io::Result<Option<Obstacle>> {
    let fixed = StatxAttributes::IMMUTABLE | StatxAttributes::APPEND;
    if let Ok(found) = statx(
        folder,
        name,
        AtFlags::SYMLINK_NOFOLLOW,
        StatxFlags::BASIC_STATS,
    ) {
        let (is, known) = (found.stx_attributes, found.stx_attributes_mask);
        if is.intersects(fixed) {
            return Ok(Some(Obstacle::Immutable));
        }
        if known.contains(StatxAttributes::MOUNT_ROOT) {
            let mounted = is.contains(StatxAttributes::MOUNT_ROOT);
            return Ok(mounted.then_some(Obstacle::MountPoint));
        }
    }
    // Kernels before 5.8 and sandboxes do not say.
    match std::fs::read("/proc/self/mountinfo") {
        Ok(table) => Ok(lists_mount(&table, path).then_some(Obstacle::MountPoint)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// Whether `/proc/self/mountinfo` has `path` as a mount point: its fifth field, in which blanks, tabs, line ends and
/// backslashes are written as `\ooo` (`proc(5)`).
fn lists_mount(table: &[u8], path: &Path) -> bool {
    let escaped: Vec<u8> = path
        .as_os_str()
        .as_bytes()
        .iter()
        .flat_map(|&byte| match byte {
            b' ' | b'\t' | b'\n' | b'\\' => format!("\\{byte:03o}").into_bytes(),
            _ => vec![byte],
        })
        .collect();
    table
        .split(|&b| b == b'\n')
        .any(|line| line.split(|&b| b == b' ').nth(4) == Some(escaped.as_slice()))
}

/// Swaps two names of one folder in a single step: neither is ever missing.
pub(in crate::storage) fn exchange(folder: &File, one: &OsStr, other: &OsStr) -> io::Result<()> {
    rename_flags(folder, one, other, RenameFlags::EXCHANGE)
}

/// Renames unless the new name is taken ([`io::ErrorKind::AlreadyExists`]).
pub(in crate::storage) fn rename_new(folder: &File, old: &OsStr, new: &OsStr) -> io::Result<()> {
    rename_flags(folder, old, new, RenameFlags::NOREPLACE)
}

fn rename_flags(folder: &File, old: &OsStr, new: &OsStr, flags: RenameFlags) -> io::Result<()> {
    match renameat_with(folder, old, folder, new, flags) {
        Ok(()) => Ok(()),
        // A file system that does not know the flag says EINVAL; a sandbox may say that there is no such call.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            Err(io::ErrorKind::Unsupported.into())
        }
        Err(e) => Err(e.into()),
    }
}

/// The kind of the file system at a path, if other machines may share it (`statfs(2)`): its locks then depend on them.
pub(in crate::storage) fn shared_file_system(path: &Path) -> Option<&'static str> {
    const KINDS: [(u32, &str); 6] = [
        (0x6969, "NFS"),
        (0x0102_1997, "9P"),
        (0x6573_5546, "FUSE or virtiofs"),
        (0x517b, "SMB"),
        (0xff53_4d42, "CIFS"),
        (0xfe53_4d42, "SMB 2"),
    ];
    let found = u32::try_from(rustix::fs::statfs(path).ok()?.f_type).ok()?;
    let kind = KINDS.into_iter().find(|(number, _)| *number == found);
    kind.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mountinfo_is_read_with_its_escapes() {
        let table = b"27 1 254:0 / / rw - ext4 /dev/vda rw\n\
            63 43 254:0 /a /home/a\\040b/.aws/credentials rw - ext4 /dev/vda rw\n";
        assert!(lists_mount(table, Path::new("/home/a b/.aws/credentials")));
        assert!(!lists_mount(table, Path::new("/home/a b/.aws/config")));
        assert!(!lists_mount(table, Path::new("/a")));
        assert!(lists_mount(table, Path::new("/")));
        assert!(!lists_mount(b"", Path::new("/")));
    }

    #[test]
    fn the_root_is_a_mount_point_and_a_plain_file_is_not() {
        let root = File::open("/").unwrap();
        let found = obstacle(&root, OsStr::new("."), Path::new("/")).unwrap();
        assert!(matches!(found, Some(Obstacle::MountPoint)));
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plain");
        tempfile::NamedTempFile::new_in(dir.path())
            .unwrap()
            .persist(&path)
            .unwrap();
        let folder = File::open(dir.path()).unwrap();
        let found = obstacle(&folder, OsStr::new("plain"), &path).unwrap();
        assert!(found.is_none());
    }
}
