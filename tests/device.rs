//! `device`: the user's own MFA devices.

use crate::common::World;
use crate::common::fake::{self, Fake};
use mfa_session::sandbox::SignedWith;

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

// ---- list -----------------------------------------------------------------------------------------------------------------

#[test]
fn list_shows_each_device_and_whether_a_login_can_use_it() {
    let fake = Fake::start(|_| {
        fake::devices(&[
            "arn:aws:iam::111122223333:mfa/phone",
            "GAHT12345678",
            "arn:aws:iam::111122223333:u2f/user/admin/key-AAAA",
        ])
    });
    let world = World::new();
    world.call(&fake.url);
    let ran = world.run(&["device", "list"]).exits(0);
    insta::assert_snapshot!(ran.stdout, @r"
    virtual   arn:aws:iam::111122223333:mfa/phone                enrolled 2026-01-01  can be used to log in
    hardware  GAHT12345678                                       enrolled 2026-01-01  can be used to log in
    passkey   arn:aws:iam::111122223333:u2f/user/admin/key-AAAA  enrolled 2026-01-01  cannot be used to log in: it has no token codes
    ");
    let ran = world.run(&["device", "list", "--format", "json"]).exits(0);
    let device = |kind: &str, serial_number: &str, usable: bool| {
        serde_json::json!({
            "kind": kind,
            "serial_number": serial_number,
            "enable_date": "2026-01-01T00:00:00Z",
            "get_session_token": usable,
        })
    };
    assert_eq!(
        json(&ran.stdout),
        serde_json::json!({
            "version": 1,
            "devices": [
                device("virtual", "arn:aws:iam::111122223333:mfa/phone", true),
                device("hardware", "GAHT12345678", true),
                device("passkey", "arn:aws:iam::111122223333:u2f/user/admin/key-AAAA", false),
            ],
        })
    );
}

#[test]
fn list_is_signed_with_the_live_session_and_else_with_the_key() {
    let world = World::new();
    world.run(&["device", "list"]).exits(0);
    world.log_in();
    let ran = world.run(&["device", "list", "--format", "json"]).exits(0);
    assert_eq!(
        json(&ran.stdout)["devices"][0]["serial_number"],
        world.serial().as_str()
    );
    let signed: Vec<_> = (world.calls().into_iter())
        .filter(|(action, _)| action == "iam:ListMFADevices")
        .map(|(_, signed)| signed)
        .collect();
    assert_eq!(signed.first(), Some(&SignedWith::LongTermKey));
    assert_eq!(signed.last(), Some(&SignedWith::MfaSession));
}

#[test]
fn a_user_without_a_device_is_told_how_to_enroll_one() {
    let fake = Fake::start(|_| fake::devices(&[]));
    let world = World::new();
    world.call(&fake.url);
    let ran = world.run(&["device", "list"]).exits(0);
    assert_eq!(ran.stdout, "");
    ran.says("mfa-session device enroll --profile default");
    let ran = world.run(&["device", "list", "--format", "json"]).exits(0);
    assert_eq!(
        json(&ran.stdout),
        serde_json::json!({"version": 1, "devices": []})
    );
}

#[test]
fn a_list_that_a_policy_denies_is_explained() {
    let fake = Fake::start(|_| {
        fake::refusal(
            "403 Forbidden",
            "AccessDenied",
            "User: arn:aws:iam::111122223333:user/admin is not authorized to perform: iam:ListMFADevices on resource: user admin",
        )
    });
    let world = World::new();
    world.call(&fake.url);
    world
        .run(&["device", "list"])
        .exits(4)
        .says("iam:ListMFADevices is denied to the long-term key")
        .says("mfa-session login --profile default");
}
