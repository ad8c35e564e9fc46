//! PURE: the profiles that a setup can start from.

use crate::shared_config::Profiles;

/// The profiles with a long-term key of their own, in the order of the files.
#[must_use]
pub fn sources(profiles: &Profiles) -> Vec<String> {
    let all = profiles.all().into_iter();
    all.filter(|profile| !profile.has_source() && profile.long_term_keys().long_term_id().is_some())
        .map(|profile| profile.name().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_config::{Document, FileKind};

    #[test]
    fn only_long_term_keys_make_a_source() {
        let keys = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s/s\n";
        let credentials = format!(
            "[a]\n{keys}[b]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n[c]\nregion = x\n\
            [d]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\naws_session_token = t\n\
            [a-mfa]\n{keys}manager = mfa-session\nmfa_session_source = a\n"
        );
        let config = format!("[profile e]\n{keys}[profile f]\nrole_arn = r\nsource_profile = a\n");
        let read = |text: &str, kind| Document::parse(text.as_bytes(), kind).unwrap();
        let profiles = Profiles::new(
            read(&config, FileKind::Config),
            read(&credentials, FileKind::Credentials),
        );
        assert_eq!(sources(&profiles), ["e", "a"]);
    }
}
