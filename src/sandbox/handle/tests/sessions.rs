//! The operations that sessions may call, and their lifetime.

use super::super::super::account::SignedWith;
use super::*;

const IAM_WITHOUT_MFA: (u16, &str, &str) = (
    403,
    "InvalidClientTokenId",
    "The security token included in the request is invalid",
);

#[test]
fn a_session_names_its_user() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    let session = fixture.session();
    assert!(session.id.starts_with("ASIA") && session.id.len() == 20);
    assert_eq!(session.secret.len(), 40);
    let by_key = fixture.identity(&key);
    let by_session = fixture.identity(&session);
    by_session.is_ok();
    for name in ["Arn", "UserId", "Account"] {
        assert_eq!(by_key.text(name), by_session.text(name));
    }
}

#[test]
fn a_session_outlives_its_device() {
    let mut fixture = Fixture::new();
    let session = fixture.session();
    let serial = fixture.serial.to_string();
    let (user, now) = (fixture.account.records.owner.clone(), fixture.now);
    (fixture.account)
        .deactivate_device(&user, &serial, now)
        .unwrap();
    fixture.account.delete_device(&serial, now).unwrap();
    fixture.identity(&session).is_ok();
    fixture
        .call(&session, "iam", &[("Action", "GetUser")])
        .is_ok();
}

#[test]
fn only_sessions_with_mfa_call_iam() {
    let mut fixture = Fixture::new();
    let with = fixture.session();
    let without = fixture.session_without_mfa();
    fixture.identity(&without).is_ok();
    for action in ["GetUser", "ListMFADevices"] {
        let params = [("Action", action)];
        fixture.call(&with, "iam", &params).is_ok();
        fixture.call(&without, "iam", &params).is(IAM_WITHOUT_MFA);
    }
}

#[test]
fn a_session_cannot_get_a_session() {
    let mut fixture = Fixture::new();
    let sessions = [fixture.session(), fixture.session_without_mfa()];
    for session in sessions {
        fixture.gst_with(&session, &[]).is((
            403,
            "AccessDenied",
            "Cannot call GetSessionToken with session credentials",
        ));
    }
}

#[test]
fn a_session_ends_at_its_exact_second() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    let answer = fixture.gst_with(&key, &[("DurationSeconds", "900")]);
    assert_eq!(answer.text("Expiration").unwrap(), "2026-11-24T06:15:00Z");
    let session = answer.session();
    fixture.after(899);
    fixture.identity(&session).is_ok();
    fixture.after(1);
    fixture.identity(&session).is((
        403,
        "ExpiredToken",
        "The security token included in the request is expired",
    ));
}

#[test]
fn the_default_duration_is_twelve_hours() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    let answer = fixture.gst_with(&key, &[]);
    assert_eq!(answer.text("Expiration").unwrap(), "2026-11-24T18:00:00Z");
}

#[test]
fn the_token_of_another_session_is_invalid() {
    let mut fixture = Fixture::new();
    let session = fixture.session();
    let other = fixture.session_without_mfa();
    let key = fixture.key.clone();
    let mut tampered = session.clone();
    if let Some(token) = &mut tampered.token {
        let last = if token.ends_with('A') { "B" } else { "A" };
        token.replace_range(token.len() - 1.., last);
    }
    let mut missing = session.clone();
    missing.token = None;
    let mut swapped = session.clone();
    swapped.token.clone_from(&other.token);
    let mut empty = session.clone();
    empty.token = Some(String::new());
    let mut on_long_term = key;
    on_long_term.token.clone_from(&session.token);
    for wrong in [tampered, missing, swapped, empty, on_long_term] {
        fixture.identity(&wrong).is(INVALID_TOKEN);
    }
    fixture.identity(&session).is_ok();
}

#[test]
fn calls_are_recorded_in_order_with_how_they_were_signed() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    fixture.call(&key, "iam", &[("Action", "ListMFADevices")]);
    let code = fixture.code(0);
    let session = fixture.gst(&code).session();
    fixture.gst(&code);
    fixture.call(&session, "iam", &[("Action", "GetUser")]);
    let plain = fixture.session_without_mfa();
    fixture.call(&plain, "iam", &[("Action", "GetUser")]);
    let stranger = Key {
        id: "AKIAUNKNOWN234567AAA".to_owned(),
        ..key
    };
    fixture.identity(&stranger);

    let calls: Vec<_> = fixture
        .account
        .calls()
        .iter()
        .map(|c| (c.action.as_str(), c.signed_with, c.outcome.as_str()))
        .collect();
    assert_eq!(
        calls,
        [
            ("iam:ListMFADevices", SignedWith::LongTermKey, "Success"),
            ("sts:GetSessionToken", SignedWith::LongTermKey, "Success"),
            (
                "sts:GetSessionToken",
                SignedWith::LongTermKey,
                "AccessDenied"
            ),
            ("iam:GetUser", SignedWith::MfaSession, "Success"),
            ("sts:GetSessionToken", SignedWith::LongTermKey, "Success"),
            ("iam:GetUser", SignedWith::Session, "InvalidClientTokenId"),
        ]
    );
}
