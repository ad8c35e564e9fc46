//! Reads input files, plain or compressed, up to a limit, with their hashes.

use std::fmt::Write as _;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

use crate::audit::render::InputFile;
use crate::command::input;
use crate::error::Error;

/// The largest file that is read, in bytes, before and after it is decompressed.
const MAX_BYTES: u64 = 1 << 30;

/// How every file that was compressed with gzip begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The text of a file, and the file with its hash.
///
/// # Errors
/// The file cannot be read or is no text.
pub(super) fn read(path: &Path, kind: &'static str) -> Result<(InputFile, String), Error> {
    let (name, reader) = input::open(path)?;
    let failed = |source| Error::File {
        what: "read",
        path: name.clone(),
        source,
    };
    let bytes = limited(reader).map_err(failed)?;
    let hash = Sha256::digest(&bytes);
    let mut sha256 = String::new();
    for byte in hash {
        // Writing to a string does not fail.
        let _ = write!(sha256, "{byte:02x}");
    }
    let bytes = if bytes.starts_with(&GZIP) {
        limited(MultiGzDecoder::new(bytes.as_slice())).map_err(failed)?
    } else {
        bytes
    };
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        failed(io::Error::other(format!("byte {at} is not valid UTF-8")))
    })?;
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        return Err(failed(io::Error::other("the file is empty")));
    }
    let file = InputFile {
        kind,
        file: name.clone(),
        sha256,
    };
    Ok((file, text))
}

fn limited(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!("more than {MAX_BYTES} bytes")));
    }
    Ok(bytes)
}
