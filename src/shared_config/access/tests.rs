//! Which sections may be written, and why the others may not.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use time::macros::utc_datetime;

use super::super::document::Document;
use super::super::edit::Edit;
use super::super::file_kind::FileKind;
use super::*;
use crate::aws::types::rfc3339;

const NOW: UtcDateTime = utc_datetime!(2026-11-24 12:00);

fn access_of(config: &str, credentials: &str, overwrite: Overwrite, issuer: Issuer) -> WriteAccess {
    let profiles = Profiles::new(
        Document::parse(config.as_bytes(), FileKind::Config).unwrap(),
        Document::parse(credentials.as_bytes(), FileKind::Credentials).unwrap(),
    );
    profiles.write_access("p", NOW, overwrite, issuer)
}

fn access(config: &str, credentials: &str) -> WriteAccess {
    access_of(config, credentials, Overwrite::Expired, Issuer::Aws)
}

/// What no flag and no endpoint may open.
fn never(config: &str, credentials: &str) -> Reason {
    let mut reasons = Vec::new();
    for overwrite in [Overwrite::Expired, Overwrite::Live] {
        for issuer in [Issuer::Aws, Issuer::Other] {
            match access_of(config, credentials, overwrite, issuer) {
                WriteAccess::Refused(reason) => reasons.push(reason),
                other => panic!("{other:?} with {overwrite:?} and {issuer:?}"),
            }
        }
    }
    reasons.dedup();
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    reasons[0]
}

const LONG_TERM: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n";
const SESSION: &str =
    "aws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\naws_session_token = t\n";

#[test]
fn a_key_whose_secret_is_in_the_keychain_is_never_overwritten() {
    let stored = "mfa_key_store = keychain\nmfa_key_id = AKIAIOSFODNN7EXAMPLE\n";
    for text in [stored, "mfa_key_id = x\n", "mfa_key_store = x\n"] {
        assert_eq!(never("", &format!("[p]\n{text}")), Reason::LongTermKeys);
        let ours = format!("[p]\n{SESSION}manager = mfa-session\n");
        let config = format!("[profile p]\n{text}");
        assert_eq!(never(&config, &ours), Reason::LongTermKeys);
    }
}

#[test]
fn absent_and_keyless_profiles_are_writable() {
    for (config, credentials) in [
        ("", ""),
        ("[profile p]\nregion = x\n", ""),
        ("[profile p]\nmfa_session_source = default\n", "[p]\n"),
        ("", "[p]\naws_access_key_id =\naws_secret_access_key =\n"),
        ("", "[p]\naws_session_token = stale\n"),
        ("", "[p]\n# aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"),
        ("[p]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n", ""),
    ] {
        assert_eq!(access(config, credentials), WriteAccess::Writable);
    }
}

#[test]
fn long_term_keys_are_never_written_over() {
    let both = |section: &str| {
        assert_eq!(never("", &format!("[p]\n{section}")), Reason::LongTermKeys);
        let config = format!("[profile p]\n{section}");
        assert_eq!(never(&config, ""), Reason::LongTermKeys);
        assert_eq!(never(&config, "[p]\nregion = x\n"), Reason::LongTermKeys);
    };
    both(LONG_TERM);
    both("aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n");
    both("aws_secret_access_key = s\n");
    both("aws_access_key_id = <id>\n");
    both("AWS_SECRET_ACCESS_KEY=s\n");
    // Somebody pasted keys over ours, without a token or with ours left behind.
    both(&format!("{LONG_TERM}manager = mfa-session\n"));
    both(&format!(
        "{LONG_TERM}aws_session_token =\nmanager = mfa-session\n"
    ));
    both(&format!("{LONG_TERM}aws_session_token = stale\n"));
    both(&format!(
        "{LONG_TERM}aws_security_token = stale\nmanager = awsume\n"
    ));
    // Doubtful, and so there.
    both("aws_secret_access_key: abc=\n");
    both("aws_secret_access_key\u{a0}= s\n");
    both("region = x\n  aws_secret_access_key = s\n");
    both("region = x\raws_secret_access_key = s\n");
    both("s3 =\n  aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n");
    both("aws_secret_access_key = s\naws_secret_access_key =\n");
    both("aws_access_key_id =\n  AKIA=\naws_session_token = t\n");
}

#[test]
fn long_term_keys_in_one_file_close_the_profile_in_both() {
    let ours = format!("[p]\n{SESSION}manager = mfa-session\n");
    let config = format!("[profile p]\n{LONG_TERM}");
    assert_eq!(never(&config, &ours), Reason::LongTermKeys);
    let config = "[profile default]\n[profile p]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n";
    assert_eq!(never(config, &ours), Reason::LongTermKeys);
}

#[test]
fn long_term_keys_below_a_session_of_the_same_name_are_seen() {
    let below = format!("[p]\n{LONG_TERM}[p]\n{SESSION}manager = mfa-session\n");
    assert_eq!(
        access("", &below),
        WriteAccess::Refused(Reason::LongTermKeys)
    );
    let below =
        format!("[p]\naws_secret_access_key = other\n[p]\n{SESSION}manager = mfa-session\n");
    assert_eq!(never("", &below), Reason::LongTermKeys);
    let twice = format!("[p]\n{SESSION}[p]\n{SESSION}manager = mfa-session\n");
    assert_eq!(access("", &twice), WriteAccess::Writable);
}

#[test]
fn a_key_that_hides_another_is_found() {
    let hides = |credentials: &str| {
        let profiles = Profiles::new(
            Document::empty(FileKind::Config),
            Document::parse(credentials.as_bytes(), FileKind::Credentials).unwrap(),
        );
        profiles.profile("p").unwrap().hides_keys()
    };
    assert!(!hides(&format!("[p]\n{LONG_TERM}[p]\n{LONG_TERM}")));
    assert!(hides(&format!(
        "[p]\n{LONG_TERM}[p]\naws_secret_access_key = t\n"
    )));
    assert!(hides(&format!("[p]\n{LONG_TERM}aws_access_key_id = x\n")));
    assert!(hides(&format!(
        "[p]\n{LONG_TERM}s3 =\n  aws_secret_access_key = t\n"
    )));
}

#[test]
fn keys_that_profile_default_puts_aside_count_too() {
    let profiles = Profiles::new(
        Document::parse(
            format!("[default]\n{LONG_TERM}[profile default]\nregion = x\n").as_bytes(),
            FileKind::Config,
        )
        .unwrap(),
        Document::empty(FileKind::Credentials),
    );
    assert_eq!(
        profiles.write_access("default", NOW, Overwrite::Live, Issuer::Aws),
        WriteAccess::Refused(Reason::LongTermKeys)
    );
}

#[test]
fn login_sessions_and_foreign_processes_are_left_alone() {
    assert_eq!(
        never("[profile p]\nlogin_session = arn:aws:iam::1:user/x\n", ""),
        Reason::LoginSession
    );
    assert_eq!(
        never("[profile p]\ncredential_process = other\n", ""),
        Reason::ForeignProcess
    );
    assert_eq!(
        never(
            "",
            &format!("[p]\n{SESSION}manager = mfa-session\ncredential_process = x\n")
        ),
        Reason::ForeignProcess
    );
    let hook = "credential_process = x\nmfa_session_source = default\nlogin_session = y\n";
    assert_eq!(
        never(&format!("[profile p]\n{hook}"), ""),
        Reason::LoginSession
    );
}

#[test]
fn a_hook_profile_is_not_written_to() {
    let hook = "[profile p]\ncredential_process = x\nmfa_session_source = default\n";
    assert_eq!(access(hook, ""), WriteAccess::HookProfile);
    let session = format!("[p]\n{SESSION}");
    assert_eq!(access(hook, &session), WriteAccess::HookProfile);
    assert_eq!(
        never(hook, &format!("[p]\n{LONG_TERM}")),
        Reason::LongTermKeys
    );
}

#[test]
fn our_own_sessions_are_writable_dead_or_alive() {
    for expiration in ["2026-11-24T11:00:00Z", "2026-11-24T13:00:00Z", "never"] {
        let ours = format!("[p]\n{SESSION}manager = mfa-session\nexpiration = {expiration}\n");
        assert_eq!(access("", &ours), WriteAccess::Writable);
    }
}

#[test]
fn an_akia_id_is_a_session_only_where_aws_did_not_issue_it() {
    let emulated = format!("[p]\n{LONG_TERM}aws_session_token = t\nmanager = mfa-session\n");
    let refused = WriteAccess::Refused(Reason::LongTermKeys);
    assert_eq!(access("", &emulated), refused);
    let other = |credentials: &str| access_of("", credentials, Overwrite::Expired, Issuer::Other);
    assert_eq!(other(&emulated), WriteAccess::Writable);
    let foreign = format!("[p]\n{LONG_TERM}aws_session_token = t\n");
    assert_eq!(other(&foreign), refused);
}

#[test]
fn foreign_temporary_keys_are_overwritten_when_dead_or_by_force() {
    let foreign = |lines: &str| format!("[p]\n{SESSION}{lines}\n");
    let refused = |expiration| WriteAccess::Refused(Reason::LiveTemporary { expiration });
    let one = utc_datetime!(2026-11-24 13:00);
    let live = foreign("expiration = 2026-11-24 13:00:00");
    assert_eq!(access("", &live), refused(Some(one)));
    assert_eq!(access("", &foreign("manager = awsume")), refused(None));
    for dead in [
        "expiration = 2026-11-24 12:00:00",
        "x_security_token_expires = 2026-11-24T12:59:59+01:00",
    ] {
        assert_eq!(access("", &foreign(dead)), WriteAccess::Writable);
    }
    let forced = access_of("", &live, Overwrite::Live, Issuer::Aws);
    assert_eq!(forced, WriteAccess::Writable);
}

#[test]
fn reasons_say_what_is_in_the_way() {
    let expiration = Some(utc_datetime!(2026-11-24 13:00));
    assert_eq!(
        Reason::LiveTemporary { expiration }.message(|end| format!("until {}", rfc3339(end))),
        "it holds temporary credentials of another tool, valid until 2026-11-24T13:00:00Z"
    );
    for reason in [
        Reason::LongTermKeys,
        Reason::LoginSession,
        Reason::ForeignProcess,
    ] {
        assert!(reason.message(rfc3339).starts_with("it"));
        assert!(!reason.hint().contains("--force"));
    }
}

/// A line of a credentials file in which sessions, long-term keys and odd spellings of both are mixed up.
fn a_line() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => "\\[(p|p|q)\\]( # AKIA)?",
        4 => "(aws_access_key_id|AWS_ACCESS_KEY_ID)( = |=|: |\u{a0}=\t|=\n  )(AKIA|ASIA|)=?",
        2 => "aws_secret_access_key( = |: )s=?",
        1 => "s3 =\n  aws_access_key_id = AKIA",
        2 => "(aws_session_token|aws_security_token)( = |=)t",
        2 => "(manager = mfa-session|expiration = 2020-01-01T00:00:00Z|region = x)",
        1 => "( # AKIA|  more|  aws_access_key_id = AKIA| )",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::with_cases(500)
    })]

    #[test]
    fn no_long_term_key_is_lost_where_writing_is_allowed(
        lines in proptest::collection::vec(a_line(), 0..12),
        overwrite in prop_oneof![Just(Overwrite::Live), Just(Overwrite::Expired)],
    ) {
        let read = |text: &str| Document::parse(text.as_bytes(), FileKind::Credentials);
        // Nothing is written to a section with a line at fault, so such a line is left out.
        let text = lines.iter().fold("[p]\n".to_owned(), |text, line| {
            let longer = format!("{text}{line}\n");
            if read(&longer).unwrap().faults().is_empty() { longer } else { text }
        });
        let profiles = Profiles::new(Document::empty(FileKind::Config), read(&text).unwrap());
        if profiles.write_access("p", NOW, overwrite, Issuer::Aws) == WriteAccess::Writable {
            let after = Edit::of("p")
                .set("aws_access_key_id", "ASIANEW")
                .set("aws_secret_access_key", "new")
                .set("aws_session_token", "new")
                .set("manager", crate::shared_config::MANAGER)
                .remove("aws_security_token")
                .apply(profiles.credentials())
                .unwrap();
            let count = |text: &str| text.matches("AKIA").count();
            prop_assert_eq!(count(std::str::from_utf8(after.as_bytes()).unwrap()), count(&text));
        }
    }
}

#[test]
fn a_profile_whose_credentials_come_from_elsewhere_is_no_target() {
    for setting in ELSEWHERE {
        for (config, credentials) in [
            (format!("[profile p]\n{setting} = x\n"), String::new()),
            (String::new(), format!("[p]\n{setting} = x\n")),
        ] {
            let reason = never(&config, &credentials);
            assert_eq!(reason, Reason::Elsewhere { setting });
            assert!(reason.hint().contains("--session-profile NAME"));
        }
    }
    // A long-term key is the graver reason, and a hook profile is never written to.
    let both = format!("[p]\n{LONG_TERM}role_arn = x\n");
    assert_eq!(never("", &both), Reason::LongTermKeys);
    let hook = "[profile p]\nmfa_session_source = s\ncredential_process = x\nrole_arn = y\n";
    assert_eq!(access(hook, ""), WriteAccess::HookProfile);
}

#[test]
fn keys_of_ours_beside_such_a_setting_may_still_be_removed() {
    let profiles = Profiles::new(
        Document::parse(b"[profile p]\nrole_arn = x\n", FileKind::Config).unwrap(),
        Document::parse(
            format!("[p]\n{SESSION}manager = mfa-session\n").as_bytes(),
            FileKind::Credentials,
        )
        .unwrap(),
    );
    let profile = profiles.profile("p").unwrap();
    assert_eq!(
        profile.write_access(NOW, Overwrite::Expired, Issuer::Aws),
        WriteAccess::Writable
    );
}
