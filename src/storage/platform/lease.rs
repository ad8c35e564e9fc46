//! Whether another program has a file open for writing, asked by a read lease (`fcntl(2)`, "Leases").
//!
//! The kernel grants a read lease only while nobody has the file open for writing. Neither rustix nor nix offers the call, so
//! this module holds the program's only `unsafe` code of the storage layer.

use std::fs::File;
use std::os::fd::AsRawFd as _;

use super::answer::OpenForWriting;

/// Chooses the signal that a broken lease sends. The `libc` crate lacks the number, which is the same on every architecture of
/// Linux that Rust supports (`asm-generic/fcntl.h`).
const F_SETSIG: libc::c_int = 10;

/// Asks for a read lease on a file that was opened for reading, and gives it back at once.
///
/// A lease needs the owner of the file or `CAP_LEASE`, and a file system that supports it: elsewhere the answer is
/// [`OpenForWriting::Unknown`].
pub(super) fn ask(file: &File) -> OpenForWriting {
    // A process that opens the file for writing while the lease is held waits until it is given back, and the kernel sends us a
    // signal. By default this is SIGIO, which would end the program. SIGURG is ignored by default.
    if fcntl(file, F_SETSIG, libc::SIGURG).is_err() {
        return OpenForWriting::Unknown;
    }
    let answer = match fcntl(file, libc::F_SETLEASE, libc::F_RDLCK) {
        Ok(()) => OpenForWriting::No,
        Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => OpenForWriting::Yes,
        Err(_) => OpenForWriting::Unknown,
    };
    // Closing the file would give it back as well.
    let _ = fcntl(file, libc::F_SETLEASE, libc::F_UNLCK);
    answer
}

#[expect(unsafe_code, reason = "no safe crate offers F_SETLEASE and F_SETSIG")]
fn fcntl(file: &File, command: libc::c_int, value: libc::c_int) -> std::io::Result<()> {
    // SAFETY: the descriptor is open for as long as `file` is borrowed, and both commands take an `int`.
    let result = unsafe { libc::fcntl(file.as_raw_fd(), command, value) };
    if result == -1 {
        Err(std::io::Error::last_os_error())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;

    use super::*;

    #[test]
    fn a_file_is_open_for_writing_as_long_as_a_writer_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let writer = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .unwrap();
        let reader = File::open(&path).unwrap();
        let another = File::open(&path).unwrap();
        assert_eq!(ask(&reader), OpenForWriting::Yes);
        drop(writer);
        assert_eq!(ask(&reader), OpenForWriting::No);
        assert_eq!(ask(&another), OpenForWriting::No);
        let appender = OpenOptions::new().append(true).open(&path).unwrap();
        assert_eq!(ask(&reader), OpenForWriting::Yes);
        drop(appender);
        assert_eq!(ask(&reader), OpenForWriting::No);
    }

    #[test]
    fn a_writer_that_opens_the_file_during_the_query_ends_no_process() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        drop(
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&path)
                .unwrap(),
        );
        let reader = File::open(&path).unwrap();
        std::thread::scope(|threads| {
            threads.spawn(|| {
                for _ in 0..5_000 {
                    drop(OpenOptions::new().write(true).open(&path).unwrap());
                }
            });
            for _ in 0..5_000 {
                assert_ne!(ask(&reader), OpenForWriting::Unknown);
            }
        });
    }

    #[test]
    fn a_file_that_cannot_be_leased_is_unknown() {
        let null = File::open("/dev/null").unwrap();
        assert_eq!(ask(&null), OpenForWriting::Unknown);
    }
}
