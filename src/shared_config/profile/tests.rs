//! What a profile says, both files taken together.

use secrecy::ExposeSecret;
use time::macros::utc_datetime;

use super::*;

fn profiles(config: &str, credentials: &str) -> Profiles {
    Profiles::new(
        Document::parse(config.as_bytes(), FileKind::Config).unwrap(),
        Document::parse(credentials.as_bytes(), FileKind::Credentials).unwrap(),
    )
}

const AKIA: &str = "AKIAIOSFODNN7EXAMPLE";
const ASIA: &str = "ASIAIOSFODNN7EXAMPLE";

/// The keys of profile `p`, in short.
fn keys(config: &str, credentials: &str) -> String {
    let profiles = profiles(config, credentials);
    match profiles.profile("p").unwrap().long_term_keys() {
        KeyState::None => "none".to_owned(),
        KeyState::Incomplete { missing } => format!("no {missing}"),
        KeyState::LongTerm(keys) => format!("{} {}", keys.id, keys.secret.expose_secret()),
        KeyState::Stored(id) => format!("{id} in the keychain"),
        KeyState::Temporary { expiration, ours } => format!("until {expiration:?}, ours {ours}"),
        KeyState::BadId => "bad id".to_owned(),
        KeyState::BadSecret(_) => "bad secret".to_owned(),
    }
}

fn pair(id: &str, secret: &str) -> String {
    format!("aws_access_key_id = {id}\naws_secret_access_key = {secret}\n")
}

#[test]
fn names_come_once_in_the_order_of_the_files() {
    let profiles = profiles(
        "[profile b]\n[default]\n[services x]\n[profile b]\n",
        "[c]\n[b]\n[a]\n[c]\n",
    );
    assert_eq!(profiles.names(), ["b", "default", "c", "a"]);
}

#[test]
fn the_credentials_file_wins_and_an_empty_value_is_none() {
    let profiles = profiles("[profile p]\na = 1\nb = 1\nc =\n", "[p]\nA = 2\nb =\n");
    let profile = profiles.profile("p").unwrap();
    assert_eq!(profile.get("a"), Some("2"));
    assert_eq!(profile.get("B"), Some("1"));
    assert_eq!(profile.get("c"), None);
    assert_eq!(profile.config("a"), Some("1"));
    assert_eq!(profile.credentials("b"), None);
    assert!(profiles.profile("q").is_none());
}

#[test]
fn a_pair_is_taken_whole_where_it_is_whole() {
    let credentials = format!("[p]\n{}", pair(AKIA, "s"));
    let config = format!("[profile p]\n{}", pair("AKIACONFIGCONFIGCONF", "c"));
    assert_eq!(keys(&config, &credentials), format!("{AKIA} s"));
    assert_eq!(keys(&config, "[p]\n"), "AKIACONFIGCONFIGCONF c");
    let half = format!("[p]\naws_access_key_id = {AKIA}\n");
    assert_eq!(keys(&config, &half), "AKIACONFIGCONFIGCONF c");
    assert_eq!(
        keys("[profile p]\naws_secret_access_key = c\n", &half),
        format!("{AKIA} c")
    );
}

#[test]
fn a_key_in_the_keychain_counts_where_the_profile_has_none_of_its_own() {
    let stored = format!("mfa_key_store = keychain\nmfa_key_id = {AKIA}\n");
    let in_keychain = format!("{AKIA} in the keychain");
    assert_eq!(keys("", &format!("[p]\n{stored}")), in_keychain);
    assert_eq!(keys(&format!("[profile p]\n{stored}"), ""), in_keychain);
    let both = format!("[p]\n{stored}{}", pair("AKIACONFIGCONFIGCONF", "s"));
    assert_eq!(keys("", &both), "AKIACONFIGCONFIGCONF s");
    for (text, expected) in [
        ("mfa_key_store = keychain\n", "no mfa_key_id"),
        ("mfa_key_store = keychain\nmfa_key_id = x/..\n", "bad id"),
        (
            "mfa_key_store = elsewhere\nmfa_key_id = AKIAIOSFODNN7EXAMPLE\n",
            "none",
        ),
        ("mfa_key_id = AKIAIOSFODNN7EXAMPLE\n", "none"),
    ] {
        assert_eq!(keys("", &format!("[p]\n{text}")), expected);
    }
}

#[test]
fn half_a_pair_says_what_is_missing() {
    assert_eq!(keys("[profile p]\n", ""), "none");
    assert_eq!(
        keys("", "[p]\naws_access_key_id = x\n"),
        "no aws_secret_access_key"
    );
    assert_eq!(
        keys("", "[p]\naws_access_key_id =\naws_secret_access_key = x\n"),
        "no aws_access_key_id"
    );
}

#[test]
fn a_token_anywhere_makes_keys_temporary() {
    let credentials = format!("[p]\n{}", pair(ASIA, "s"));
    for config in [
        "[profile p]\naws_session_token = t\n",
        "[profile p]\naws_security_token = t\n",
    ] {
        assert_eq!(keys(config, &credentials), "until None, ours false");
    }
    let empty = format!("{credentials}aws_session_token =\n");
    assert_eq!(keys("", &empty), format!("{ASIA} s"));
}

#[test]
fn an_akia_id_is_long_term_despite_a_stale_token_unless_it_is_ours() {
    let stale = format!("[p]\n{}aws_session_token = t\n", pair(AKIA, "s"));
    assert_eq!(keys("", &stale), format!("{AKIA} s"));
    let emulated = format!("{stale}manager = mfa-session\n");
    assert_eq!(keys("", &emulated), "until None, ours true");
    let pasted = format!("[p]\n{}manager = mfa-session\n", pair(AKIA, "s"));
    assert_eq!(keys("", &pasted), format!("{AKIA} s"));
}

#[test]
fn an_invalid_id_is_distinguished() {
    assert_eq!(
        keys("", &format!("[p]\n{}", pair("<paste here>", "s"))),
        "bad id"
    );
    assert_eq!(
        keys("", &format!("[p]\n{}", pair("../../etc/passwd", "s"))),
        "bad id"
    );
}

#[test]
fn expirations_of_other_tools_are_read() {
    let at = |lines: &str| {
        let profiles = profiles("", &format!("[p]\n{lines}\n"));
        profiles.profile("p").unwrap().expiration()
    };
    let noon = Some(utc_datetime!(2026-11-24 12:00));
    assert_eq!(at("expiration = 2026-11-24T12:00:00Z"), noon);
    assert_eq!(
        at("expiration = 2026-11-24T13:00:00.5+01:00"),
        noon.map(|t| t + time::Duration::milliseconds(500))
    );
    assert_eq!(at("expiration = 2026-11-24 12:00:00"), noon);
    assert_eq!(
        at("x_security_token_expires = 2026-11-24T14:00:00+02:00"),
        noon
    );
    assert_eq!(
        at("expiration = soon\nx_security_token_expires = 2026-11-24T12:00:00Z"),
        noon
    );
    assert_eq!(at("expiration = 1795521600"), None);
}

#[test]
fn the_files_of_both_halves_are_returned() {
    let profiles = profiles(
        "[profile p]\naws_secret_access_key = c\n",
        "[p]\naws_access_key_id = x\n",
    );
    assert_eq!(
        profiles.profile("p").unwrap().keys_in(),
        Some((FileKind::Credentials, FileKind::Config))
    );
}

#[test]
fn service_endpoints_are_found_by_the_profiles_services() {
    let profiles = profiles(
        "[profile p]\nservices = local dev\n[profile q]\nservices = nothing\n[services \"local dev\"]\nsts =\n  region = x\n  endpoint_url = http://a\n  endpoint_url = http://b \niam =\n  endpoint_url =\n",
        "",
    );
    assert_eq!(
        profiles.service_endpoint("p", Service::Sts),
        Some("http://b")
    );
    assert_eq!(profiles.service_endpoint("p", Service::Iam), None);
    assert_eq!(profiles.service_endpoint("q", Service::Sts), None);
    assert_eq!(profiles.service_endpoint("none", Service::Sts), None);
}

#[test]
fn nothing_is_printed_but_names() {
    let profiles = profiles("", &format!("[p]\n{}", pair(AKIA, "hush")));
    let profile = profiles.profile("p").unwrap();
    let printed = format!("{profiles:?} {profile:?} {:?}", profile.long_term_keys());
    assert!(!printed.contains("hush"), "{printed}");
}

#[test]
fn a_secret_that_a_shell_would_misread_is_none() {
    for secret in ["a b", "a'b", "a\"b", "a\\b", "a`b", "\u{e9}"] {
        assert_eq!(
            keys("", &format!("[p]\n{}", pair(AKIA, secret))),
            "bad secret",
            "{secret}"
        );
    }
}
