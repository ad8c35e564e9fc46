//! What sessions may call, and for how long.

use super::super::super::account::SignedWith;
use super::*;

const IAM_WITHOUT_MFA: (u16, &str, &str) = (
    403,
    "InvalidClientTokenId",
    "The security token included in the request is invalid",
);

#[test]
fn a_session_names_its_user() {
    let mut scene = Scene::new();
    let key = scene.key.clone();
    let session = scene.session();
    assert!(session.id.starts_with("ASIA") && session.id.len() == 20);
    assert_eq!(session.secret.len(), 40);
    let by_key = scene.identity(&key);
    let by_session = scene.identity(&session);
    by_session.is_ok();
    for name in ["Arn", "UserId", "Account"] {
        assert_eq!(by_key.text(name), by_session.text(name));
    }
}

#[test]
fn a_session_outlives_its_device() {
    let mut scene = Scene::new();
    let session = scene.session();
    let serial = scene.serial.to_string();
    let (user, now) = (scene.account.records.owner.clone(), scene.now);
    (scene.account)
        .deactivate_device(&user, &serial, now)
        .unwrap();
    scene.account.delete_device(&serial, now).unwrap();
    scene.identity(&session).is_ok();
    scene
        .call(&session, "iam", &[("Action", "GetUser")])
        .is_ok();
}

#[test]
fn only_sessions_with_mfa_call_iam() {
    let mut scene = Scene::new();
    let with = scene.session();
    let without = scene.session_without_mfa();
    scene.identity(&without).is_ok();
    for action in ["GetUser", "ListMFADevices"] {
        let params = [("Action", action)];
        scene.call(&with, "iam", &params).is_ok();
        scene.call(&without, "iam", &params).is(IAM_WITHOUT_MFA);
    }
}

#[test]
fn a_session_gets_no_session() {
    let mut scene = Scene::new();
    let sessions = [scene.session(), scene.session_without_mfa()];
    for session in sessions {
        scene.gst_with(&session, &[]).is((
            403,
            "AccessDenied",
            "Cannot call GetSessionToken with session credentials",
        ));
    }
}

#[test]
fn a_session_ends_to_the_second() {
    let mut scene = Scene::new();
    let key = scene.key.clone();
    let answer = scene.gst_with(&key, &[("DurationSeconds", "900")]);
    assert_eq!(answer.text("Expiration").unwrap(), "2026-11-24T06:15:00Z");
    let session = answer.session();
    scene.after(899);
    scene.identity(&session).is_ok();
    scene.after(1);
    scene.identity(&session).is((
        403,
        "ExpiredToken",
        "The security token included in the request is expired",
    ));
}

#[test]
fn the_default_duration_is_twelve_hours() {
    let mut scene = Scene::new();
    let key = scene.key.clone();
    let answer = scene.gst_with(&key, &[]);
    assert_eq!(answer.text("Expiration").unwrap(), "2026-11-24T18:00:00Z");
}

#[test]
fn a_token_that_is_not_the_sessions_is_invalid() {
    let mut scene = Scene::new();
    let session = scene.session();
    let other = scene.session_without_mfa();
    let key = scene.key.clone();
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
        scene.identity(&wrong).is(INVALID_TOKEN);
    }
    scene.identity(&session).is_ok();
}

#[test]
fn calls_are_recorded_in_order_with_how_they_were_signed() {
    let mut scene = Scene::new();
    let key = scene.key.clone();
    scene.call(&key, "iam", &[("Action", "ListMFADevices")]);
    let code = scene.code(0);
    let session = scene.gst(&code).session();
    scene.gst(&code);
    scene.call(&session, "iam", &[("Action", "GetUser")]);
    let plain = scene.session_without_mfa();
    scene.call(&plain, "iam", &[("Action", "GetUser")]);
    let stranger = Key {
        id: "AKIAUNKNOWN234567AAA".to_owned(),
        ..key
    };
    scene.identity(&stranger);

    let calls: Vec<_> = scene
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
