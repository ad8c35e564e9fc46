//! Credentials that the credential report does not list: the output of `list-service-specific-credentials`, `list-ssh-public-keys`
//! and `list-signing-certificates`, of one user after the other.

use serde::Deserialize;

use super::InputError;
use super::json::values;

/// SSH keys and service-specific credentials.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServiceCredentials {
    /// Whether the file has a list of service-specific credentials.
    pub has_services: bool,
    /// Whether the file has a list of SSH keys.
    pub has_ssh: bool,
    /// The credentials that are active.
    pub active: Vec<ServiceCredential>,
}

/// One credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceCredential {
    /// The name of the user.
    pub user: String,
    /// The service, `ssh` or `certificate`.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    #[serde(default)]
    service_specific_credentials: Option<Vec<Entry>>,
    #[serde(default, rename = "SSHPublicKeys")]
    ssh_public_keys: Option<Vec<Entry>>,
    #[serde(default)]
    certificates: Option<Vec<Entry>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    user_name: String,
    #[serde(default)]
    service_name: Option<String>,
    #[serde(default)]
    status: Option<String>,
}

/// Reads the credentials.
///
/// # Errors
/// [`InputError`].
pub fn read_service_credentials(text: &str) -> Result<ServiceCredentials, InputError> {
    const COMMAND: &str =
        "aws iam list-service-specific-credentials` or `aws iam list-ssh-public-keys";
    let mut read = ServiceCredentials::default();
    for listed in values::<Listed>(text, COMMAND)? {
        let lists = [
            (listed.service_specific_credentials, ""),
            (listed.ssh_public_keys, "ssh"),
            (listed.certificates, "certificate"),
        ];
        if lists.iter().all(|(list, _)| list.is_none()) {
            return Err(InputError::Shape {
                command: COMMAND,
                problem: "it has no list of credentials".to_owned(),
            });
        }
        read.has_services |= lists[0].0.is_some();
        read.has_ssh |= lists[1].0.is_some();
        for (list, what) in lists {
            let is_active = |entry: &Entry| entry.status.as_deref() != Some("Inactive");
            let active = list.unwrap_or_default().into_iter().filter(is_active);
            read.active.extend(active.map(|entry| ServiceCredential {
                user: entry.user_name,
                what: entry.service_name.unwrap_or_else(|| what.to_owned()),
            }));
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_of_several_users_are_read() {
        let text = r#"{"ServiceSpecificCredentials":[{"UserName":"dev","ServiceName":"codecommit.amazonaws.com","Status":"Active","ServiceSpecificCredentialId":"x"},{"UserName":"dev","ServiceName":"b","Status":"Inactive"}]}
            {"SSHPublicKeys":[{"UserName":"ops","SSHPublicKeyId":"x","Status":"Active"}]}"#;
        let read = read_service_credentials(text).unwrap();
        assert!(read.has_services && read.has_ssh);
        let active: Vec<(&str, &str)> = (read.active.iter())
            .map(|c| (c.user.as_str(), c.what.as_str()))
            .collect();
        assert_eq!(
            active,
            [("dev", "codecommit.amazonaws.com"), ("ops", "ssh")]
        );
        let read = read_service_credentials(r#"{"SSHPublicKeys":[]}"#).unwrap();
        assert!(read.has_ssh && !read.has_services);
        for other in ["", "{}", r#"{"SSHPublicKeys":[{}]}"#] {
            assert!(read_service_credentials(other).is_err(), "{other}");
        }
    }
}
