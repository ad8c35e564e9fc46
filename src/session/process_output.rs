//! What the hook prints: the answer of a `credential_process`
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>).
//!
//! Nothing else ever goes to the hook's stdout.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::aws::types::{SessionCredentials, rfc3339};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output<'a> {
    version: u32,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: &'a str,
    /// Without it most SDKs take the credentials to be everlasting.
    expiration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
}

/// One line of JSON with its line end, to be printed as it is. `account_id` is twelve digits, where known. It holds the session's
/// secrets.
#[must_use]
pub fn process_output(credentials: &SessionCredentials, account_id: Option<&str>) -> SecretString {
    let output = Output {
        version: 1,
        access_key_id: credentials.id.as_str(),
        secret_access_key: credentials.secret.expose_secret(),
        session_token: credentials.token.expose_secret(),
        expiration: rfc3339(credentials.expiration),
        account_id,
    };
    // Texts and numbers always have a form in JSON.
    let mut text = serde_json::to_string(&output).unwrap_or_default();
    text.push('\n');
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::record;

    #[test]
    fn the_output_is_pinned() {
        let record = record::tests::example();
        let printed = process_output(&record.credentials, record.serial_number.account());
        assert_eq!(
            printed.expose_secret(),
            concat!(
                r#"{"Version":1,"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","#,
                r#""SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY","SessionToken":"AQoDYXdzEJr\"\\","#,
                r#""Expiration":"2026-11-24T20:30:00Z","AccountId":"123456789012"}"#,
                "\n"
            )
        );
    }

    #[test]
    fn an_unknown_account_is_left_out() {
        let printed = process_output(&record::tests::example().credentials, None);
        assert!(!printed.expose_secret().contains("AccountId"));
        assert!(
            printed
                .expose_secret()
                .ends_with("\"2026-11-24T20:30:00Z\"}\n")
        );
    }
}
