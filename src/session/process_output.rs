//! What the hook prints: the answer of a `credential_process`
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>).
//!
//! Nothing else ever goes to the hook's stdout.

use secrecy::ExposeSecret as _;
use secrecy::zeroize::Zeroizing;
use serde::Serialize;

use super::issued::Issued;
use super::record::line_of_json;
use crate::aws::types::rfc3339;

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

/// One line of JSON with its line end, to be printed as it is. It holds secrets and is wiped when it is dropped.
#[must_use]
pub fn json(issued: Issued<'_>) -> Zeroizing<String> {
    let credentials = issued.credentials;
    let output = Output {
        version: 1,
        access_key_id: credentials.id.as_str(),
        secret_access_key: credentials.secret.expose_secret(),
        session_token: credentials.token.expose_secret(),
        expiration: rfc3339(issued.expiration_here()),
        account_id: issued.account,
    };
    line_of_json(&output, &credentials.token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::types::SerialNumber;
    use crate::session::record;

    #[test]
    fn the_output_is_pinned() {
        assert_eq!(
            json(record::tests::example().issued()).as_str(),
            concat!(
                r#"{"Version":1,"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","#,
                r#""SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY","SessionToken":"AQoDYXdzEJr==","#,
                r#""Expiration":"2026-11-24T20:30:07Z","AccountId":"123456789012"}"#,
                "\n"
            )
        );
    }

    #[test]
    fn the_account_of_hardware_is_unknown_and_left_out() {
        let mut record = record::tests::example();
        record.serial_number = SerialNumber::new("GAHT12345678").unwrap();
        let printed = json(record.issued());
        assert!(printed.ends_with("\"Expiration\":\"2026-11-24T20:30:07Z\"}\n"));
        assert!(!printed.contains("AccountId"));
    }
}
