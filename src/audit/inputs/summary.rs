//! The account summary: the output of `get-account-summary`.

use std::collections::HashMap;

use serde::Deserialize;

use super::InputError;
use super::json::values;

/// Facts about the root user. `None` is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Whether root has an MFA device.
    pub root_mfa: Option<bool>,
    /// Whether root has access keys.
    pub root_keys: Option<bool>,
    /// Whether root has a password.
    pub root_password: Option<bool>,
    /// Whether root has X.509 certificates.
    pub root_certificates: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    summary_map: HashMap<String, i64>,
}

/// Reads the summary.
///
/// # Errors
/// [`InputError`].
pub fn read_summary(text: &str) -> Result<Summary, InputError> {
    const COMMAND: &str = "aws iam get-account-summary";
    let listed: Vec<Listed> = values(text, COMMAND)?;
    let [Listed { summary_map }] = listed.as_slice() else {
        return Err(InputError::Shape {
            command: COMMAND,
            problem: format!("expected one summary, found {}", listed.len()),
        });
    };
    let is_there = |name: &str| summary_map.get(name).map(|n| *n != 0);
    Ok(Summary {
        root_mfa: is_there("AccountMFAEnabled"),
        root_keys: is_there("AccountAccessKeysPresent"),
        root_password: is_there("AccountPasswordPresent"),
        root_certificates: is_there("AccountSigningCertificatesPresent"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_about_root_are_read() {
        let text =
            r#"{"SummaryMap":{"AccountMFAEnabled":1,"AccountAccessKeysPresent":0,"Users":3}}"#;
        let read = read_summary(text).unwrap();
        assert_eq!((read.root_mfa, read.root_keys), (Some(true), Some(false)));
        assert_eq!(read.root_password, None);
        for other in ["", "{}", "[1]", r#"{"SummaryMap":3}"#] {
            assert!(read_summary(other).is_err(), "{other}");
        }
        assert!(read_summary(&format!("{text}{text}")).is_err());
    }
}
