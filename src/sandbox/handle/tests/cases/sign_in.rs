//! 3: codes of sign-ins, where devices have to be made, moved or taken away. The rest stands in `codes`.

use super::*;

#[test]
fn case_3_4_a_resync_shifts_the_window() {
    let mut scene = Scene::new();
    let (dev, phone) = scene.equipped("dev");
    scene.resync(dev.name, &phone, 10).is_ok();
    scene.sign_in(&dev, &phone, 11).is_ok();
    scene.sign_in(&dev, &phone, 0).is(BADCODE);
}

#[test]
fn case_3_5_another_users_and_a_deactivated_serial_number() {
    let mut scene = Scene::new();
    let (dev, phone) = scene.equipped("dev");
    let (other, theirs) = scene.equipped("other");
    scene.sign_in(&dev, &theirs, 0).is(UNABLE);
    scene.deactivate(other.name, &theirs).is_ok();
    scene.sign_in(&other, &theirs, 0).is(UNABLE);
    scene.sign_in(&dev, &phone, 0).is_ok();
}

#[test]
fn case_3_8_a_budget_belongs_to_the_serial_number() {
    let mut scene = Scene::new();
    let (dev, first) = scene.equipped("dev");
    let second = scene.phone("second");
    scene.enable(dev.name, &second, 0).is_ok();
    for _ in 0..9 {
        scene.sign_in(&dev, &first, 9).is(BADCODE);
    }
    scene.sign_in(&dev, &first, 0).is(UNABLE);
    scene.sign_in(&dev, &second, 0).is_ok();
    scene.deactivate(dev.name, &first).is_ok();
    scene
        .iam("DeleteVirtualMFADevice", &[("SerialNumber", &first.serial)])
        .is_ok();
    let anew = scene.phone("dev");
    scene.enable(dev.name, &anew, 0).is_ok();
    scene.sign_in(&dev, &anew, 0).is(UNABLE);
    scene.after(180);
    scene.sign_in(&dev, &anew, 0).is_ok();
}

#[test]
fn case_3_10_get_session_token_needs_no_permission() {
    let mut scene = Scene::new();
    let (dev, phone) = scene.equipped("dev");
    scene.sign_in(&dev, &phone, 0).is_ok();
    scene.gst_with(&dev.key, &[]).is_ok();
    scene
        .iam_by(&dev.key, "GetUser", &[])
        .is_code(403, "AccessDenied");
}

/// Allows everybody of the account who comes with MFA.
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}}"#;

#[test]
fn assume_role_takes_codes_like_get_session_token() {
    let mut scene = Scene::new();
    scene
        .iam(
            "CreateRole",
            &[("RoleName", "r"), ("AssumeRolePolicyDocument", TRUST)],
        )
        .is_ok();
    let phone = scene.phone("other-phone");
    let serial = scene.serial.to_string();
    let key = scene.key.clone();
    let assume = |scene: &mut Scene, given: &[(&str, &str)]| {
        let mut params = vec![
            ("Action", "AssumeRole"),
            ("RoleArn", "arn:aws:iam::111122223333:role/r"),
            ("RoleSessionName", "session"),
        ];
        params.extend(given);
        scene.call(&key, "sts", &params)
    };
    assume(&mut scene, &[]).is_code(403, "AccessDenied");
    let code = scene.code(0);
    let given = [("SerialNumber", serial.as_str()), ("TokenCode", &code)];
    assume(&mut scene, &given[..1]).is_code(403, "AccessDenied");
    let answer = assume(&mut scene, &given);
    answer.is_ok();
    assert_eq!(answer.text("Expiration").unwrap(), "2026-11-24T07:00:00Z");
    assume(&mut scene, &given).is(BADCODE);
    scene.gst(&code).is(BADCODE);
    let theirs = [
        ("SerialNumber", phone.serial.as_str()),
        ("TokenCode", &code),
    ];
    assume(&mut scene, &theirs).is(UNABLE);
    // A request that is refused otherwise uses no code.
    let code = scene.code(1);
    let given = [
        ("SerialNumber", serial.as_str()),
        ("TokenCode", &code),
        ("DurationSeconds", "3601"),
    ];
    assume(&mut scene, &given).is((
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    ));
    assume(&mut scene, &given[..2]).is_ok();
}
