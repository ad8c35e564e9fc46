//! Cases 3: codes of GetSessionToken with devices that are created, shifted or removed. The other cases are in `codes`.

use super::*;

#[test]
fn case_3_4_a_resync_shifts_the_window() {
    let mut fixture = Fixture::new();
    let (dev, phone) = fixture.user_with_device("dev");
    fixture.resync(dev.name, &phone, 10).is_ok();
    fixture.sign_in(&dev, &phone, 11).is_ok();
    fixture.sign_in(&dev, &phone, 0).is(BADCODE);
}

#[test]
fn case_3_5_the_serial_number_of_another_user_or_of_a_deactivated_device() {
    let mut fixture = Fixture::new();
    let (dev, phone) = fixture.user_with_device("dev");
    let (other, theirs) = fixture.user_with_device("other");
    fixture.sign_in(&dev, &theirs, 0).is(UNABLE);
    fixture.deactivate(other.name, &theirs).is_ok();
    fixture.sign_in(&other, &theirs, 0).is(UNABLE);
    fixture.sign_in(&dev, &phone, 0).is_ok();
}

#[test]
fn case_3_8_a_budget_belongs_to_the_serial_number() {
    let mut fixture = Fixture::new();
    let (dev, first) = fixture.user_with_device("dev");
    let second = fixture.phone("second");
    fixture.enable(dev.name, &second, 0).is_ok();
    for _ in 0..9 {
        fixture.sign_in(&dev, &first, 9).is(BADCODE);
    }
    fixture.sign_in(&dev, &first, 0).is(UNABLE);
    fixture.sign_in(&dev, &second, 0).is_ok();
    fixture.deactivate(dev.name, &first).is_ok();
    fixture
        .iam("DeleteVirtualMFADevice", &[("SerialNumber", &first.serial)])
        .is_ok();
    let anew = fixture.phone("dev");
    fixture.enable(dev.name, &anew, 0).is_ok();
    fixture.sign_in(&dev, &anew, 0).is(UNABLE);
    fixture.after(180);
    fixture.sign_in(&dev, &anew, 0).is_ok();
}

#[test]
fn case_3_10_get_session_token_needs_no_permission() {
    let mut fixture = Fixture::new();
    let (dev, phone) = fixture.user_with_device("dev");
    fixture.sign_in(&dev, &phone, 0).is_ok();
    fixture.gst_with(&dev.key, &[]).is_ok();
    fixture
        .iam_by(&dev.key, "GetUser", &[])
        .is_code(403, "AccessDenied");
}

/// Allows every principal of the account that has MFA.
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}}"#;

#[test]
fn assume_role_accepts_codes_as_get_session_token_does() {
    let mut fixture = Fixture::new();
    fixture
        .iam(
            "CreateRole",
            &[("RoleName", "r"), ("AssumeRolePolicyDocument", TRUST)],
        )
        .is_ok();
    let phone = fixture.phone("other-phone");
    let serial = fixture.serial.to_string();
    let key = fixture.key.clone();
    let assume = |fixture: &mut Fixture, given: &[(&str, &str)]| {
        let mut params = vec![
            ("Action", "AssumeRole"),
            ("RoleArn", "arn:aws:iam::111122223333:role/r"),
            ("RoleSessionName", "session"),
        ];
        params.extend(given);
        fixture.call(&key, "sts", &params)
    };
    assume(&mut fixture, &[]).is_code(403, "AccessDenied");
    let code = fixture.code(0);
    let given = [("SerialNumber", serial.as_str()), ("TokenCode", &code)];
    assume(&mut fixture, &given[..1]).is_code(403, "AccessDenied");
    let answer = assume(&mut fixture, &given);
    answer.is_ok();
    assert_eq!(answer.text("Expiration").unwrap(), "2026-11-24T07:00:00Z");
    assume(&mut fixture, &given).is(BADCODE);
    fixture.gst(&code).is(BADCODE);
    let theirs = [
        ("SerialNumber", phone.serial.as_str()),
        ("TokenCode", &code),
    ];
    assume(&mut fixture, &theirs).is(UNABLE);
    // A request that is refused for another reason does not use up its code.
    let code = fixture.code(1);
    let given = [
        ("SerialNumber", serial.as_str()),
        ("TokenCode", &code),
        ("DurationSeconds", "3601"),
    ];
    assume(&mut fixture, &given).is((
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    ));
    assume(&mut fixture, &given[..2]).is_ok();
}
