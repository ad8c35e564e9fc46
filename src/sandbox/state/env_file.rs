//! The environment that leads AWS's tools to the sandbox, as a file for `set -a; . FILE`.
//!
//! It holds the device's secret and, in comments only, the key pair: in the environment keys would shadow every profile.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use secrecy::ExposeSecret as _;

use super::super::account::Owner;
use super::shared_files::REGION;

pub(super) fn render(
    config: &Path,
    credentials: &Path,
    owner: &Owner,
    endpoint_url: &str,
) -> Vec<u8> {
    let mut file = EnvFile::default();
    file.set("AWS_CONFIG_FILE", config.as_os_str());
    file.set("AWS_SHARED_CREDENTIALS_FILE", credentials.as_os_str());
    file.set("AWS_ENDPOINT_URL", endpoint_url);
    file.set("AWS_REGION", REGION);
    if let Some(device) = &owner.device {
        file.set("AWS_MFA_SERIAL", device.serial_number.as_str());
        file.set("MFA_TOTP_SECRET", device.secret.base32().expose_secret());
    }
    if let Some(keys) = &owner.keys {
        file.remark("AWS_ACCESS_KEY_ID", keys.id.as_str());
        file.remark("AWS_SECRET_ACCESS_KEY", keys.secret.expose_secret());
    }
    file.0
}

#[derive(Default)]
struct EnvFile(Vec<u8>);

impl EnvFile {
    fn set(&mut self, name: &str, value: impl AsRef<OsStr>) {
        self.line("", name, &quote(value.as_ref().as_bytes()));
    }

    fn remark(&mut self, name: &str, value: &str) {
        self.line("# ", name, value.as_bytes());
    }

    fn line(&mut self, before: &str, name: &str, value: &[u8]) {
        self.0.extend_from_slice(before.as_bytes());
        self.0.extend_from_slice(name.as_bytes());
        self.0.push(b'=');
        self.0.extend_from_slice(value);
        self.0.push(b'\n');
    }
}

/// Single quotes where a POSIX shell would read more than a word.
fn quote(value: &[u8]) -> Cow<'_, [u8]> {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"_-./:@%+=,".contains(b);
    if !value.is_empty() && value.iter().all(plain) {
        return Cow::Borrowed(value);
    }
    let mut quoted = vec![b'\''];
    for &b in value {
        match b {
            b'\'' => quoted.extend_from_slice(b"'\\''"),
            _ => quoted.push(b),
        }
    }
    quoted.push(b'\'');
    Cow::Owned(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_shell_would_misread_is_quoted() {
        for (value, quoted) in [
            ("/srv/a-b_c.d", "/srv/a-b_c.d"),
            ("", "''"),
            ("/srv/a b", "'/srv/a b'"),
            ("it's $HOME", "'it'\\''s $HOME'"),
            ("ü", "'ü'"),
            ("a\nb", "'a\nb'"),
        ] {
            assert_eq!(quote(value.as_bytes()), quoted.as_bytes());
        }
    }
}
