//! Token codes of GetSessionToken: accepted steps, reuse, verifications, serial numbers and durations.

use super::*;

#[test]
fn codes_of_two_steps_on_either_side_are_accepted() {
    for k in -2..=2 {
        let mut fixture = Fixture::new();
        let code = fixture.code(k);
        fixture.gst(&code).is_ok();
    }
}

#[test]
fn codes_of_three_steps_away_are_refused() {
    for k in [-10, -5, -4, -3, 3, 4, 5, 10] {
        let mut fixture = Fixture::new();
        let code = fixture.code(k);
        fixture.gst(&code).is(BADCODE);
    }
}

#[test]
fn each_code_is_accepted_once() {
    let mut fixture = Fixture::new();
    let (now, before) = (fixture.code(0), fixture.code(-1));
    fixture.gst(&now).is_ok();
    fixture.gst(&now).is(BADCODE);
    fixture.gst(&before).is_ok();
    fixture.gst(&now).is(BADCODE);
    fixture.after(30);
    fixture.gst(&now).is(BADCODE);
}

#[test]
fn unused_codes_are_accepted_in_any_order() {
    let mut fixture = Fixture::new();
    for k in [2, -2, -1, 0, 1] {
        let code = fixture.code(k);
        fixture.gst(&code).is_ok();
    }
    for k in [2, -2, -1] {
        let code = fixture.code(k);
        fixture.gst(&code).is(BADCODE);
    }
}

#[test]
fn codes_of_a_shifted_device_follow_its_own_clock() {
    let mut fixture = Fixture::new();
    let serial = fixture.serial.to_string();
    let server = fixture.code(0);
    let pair = [fixture.code(9), fixture.code(10)];
    let (user, now) = (fixture.account.records.owner.clone(), fixture.now);
    (fixture.account)
        .resync_device(&user, &serial, pair.each_ref().map(String::as_str), now)
        .unwrap();
    // `code` follows the device's clock, so this is step +11 of the account's clock.
    let shifted = fixture.code(1);
    fixture.gst(&shifted).is_ok();
    fixture.gst(&server).is(BADCODE);
}

#[test]
fn a_serial_number_that_is_not_the_users_cannot_be_validated() {
    let mut fixture = Fixture::new();
    let now = fixture.now;
    let other = held(&fixture.account.add_user("other", now).unwrap());
    let admins = fixture.serial.to_string();
    let code = fixture.code(0);
    fixture
        .gst_with(&other, &[("SerialNumber", &admins), ("TokenCode", &code)])
        .is(UNABLE);
    let key = fixture.key.clone();
    let unknown = "arn:aws:iam::111122223333:mfa/nobody";
    fixture
        .gst_with(&key, &[("SerialNumber", unknown), ("TokenCode", &code)])
        .is(UNABLE);
    // Neither request has used up the code or a verification of the owner.
    for _ in 0..9 {
        fixture
            .gst_with(
                &other,
                &[("SerialNumber", &admins), ("TokenCode", "000000")],
            )
            .is(UNABLE);
    }
    fixture.gst(&code).is_ok();
}

#[test]
fn a_code_of_a_deactivated_device_cannot_be_validated() {
    let mut fixture = Fixture::new();
    let serial = fixture.serial.to_string();
    let (user, now) = (fixture.account.records.owner.clone(), fixture.now);
    (fixture.account)
        .deactivate_device(&user, &serial, now)
        .unwrap();
    let code = fixture.code(0);
    fixture.gst(&code).is(UNABLE);
}

/// Sends three valid codes, and then wrong ones until there were this many.
fn spend(fixture: &mut Fixture, good: i64, bad: usize) {
    for k in 0..good {
        let code = fixture.code(k - 2);
        fixture.gst(&code).is_ok();
    }
    let wrong = fixture.wrong_code();
    for _ in 0..bad {
        fixture.gst(&wrong).is(BADCODE);
    }
}

#[test]
fn the_ninth_verification_succeeds() {
    let mut fixture = Fixture::new();
    spend(&mut fixture, 3, 5);
    let code = fixture.code(1);
    fixture.gst(&code).is_ok();
    let code = fixture.code(2);
    fixture.gst(&code).is(UNABLE);
}

#[test]
fn the_tenth_verification_fails_whatever_the_nine_before_it_were() {
    for (good, bad) in [(3, 6), (0, 9), (1, 8)] {
        let mut fixture = Fixture::new();
        spend(&mut fixture, good, bad);
        let code = fixture.code(2);
        fixture.gst(&code).is(UNABLE);
    }
}

#[test]
fn used_codes_count_as_verifications() {
    let mut fixture = Fixture::new();
    let code = fixture.code(0);
    fixture.gst(&code).is_ok();
    for _ in 0..8 {
        fixture.gst(&code).is(BADCODE);
    }
    let code = fixture.code(1);
    fixture.gst(&code).is(UNABLE);
}

#[test]
fn the_limit_ends_with_the_window() {
    for offset in [0, 180] {
        let mut fixture = Fixture::new();
        fixture.after(offset);
        spend(&mut fixture, 0, 9);
        for _ in 0..5 {
            fixture.after(30);
            let code = fixture.code(0);
            fixture.gst(&code).is(UNABLE);
        }
        fixture.after(29);
        let code = fixture.code(0);
        fixture.gst(&code).is(UNABLE);
        fixture.after(1);
        fixture.gst(&code).is_ok();
    }
}

#[test]
fn a_window_is_aligned_and_does_not_start_at_the_first_attempt() {
    let mut fixture = Fixture::new();
    fixture.after(170);
    spend(&mut fixture, 0, 9);
    let code = fixture.code(0);
    fixture.gst(&code).is(UNABLE);
    fixture.after(10);
    fixture.gst(&code).is_ok();
}

#[test]
fn a_second_device_has_its_own_budget() {
    let mut fixture = Fixture::new();
    spend(&mut fixture, 0, 9);
    let code = fixture.code(0);
    fixture.gst(&code).is(UNABLE);
    let now = fixture.now;
    fixture.serial = fixture.account.add_device("admin", "tablet", now).unwrap();
    let code = fixture.code(0);
    fixture.gst(&code).is_ok();
}

#[test]
fn recreating_a_device_does_not_reset_its_verifications() {
    let mut fixture = Fixture::new();
    spend(&mut fixture, 0, 9);
    let serial = fixture.serial.to_string();
    let (user, now) = (fixture.account.records.owner.clone(), fixture.now);
    (fixture.account)
        .deactivate_device(&user, &serial, now)
        .unwrap();
    fixture.account.delete_device(&serial, now).unwrap();
    fixture.account.add_device("admin", "admin-phone", now);
    let code = fixture.code(0);
    fixture.gst(&code).is(UNABLE);
    fixture.after(180);
    let code = fixture.code(0);
    fixture.gst(&code).is_ok();
}

#[test]
fn serial_number_and_code_must_be_sent_together() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    let serial = fixture.serial.to_string();
    let code = fixture.code(0);
    let both = (
        403,
        "AccessDenied",
        "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
    );
    fixture
        .gst_with(&key, &[("SerialNumber", &serial)])
        .is(both);
    fixture.gst_with(&key, &[("TokenCode", &code)]).is(both);
    fixture.gst_with(&key, &[]).is_ok();
    fixture.gst(&code).is_ok();
}

#[test]
fn a_request_that_fails_for_another_reason_uses_no_code() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    let serial = fixture.serial.to_string();
    let code = fixture.code(0);
    let with_code = [("SerialNumber", serial.as_str()), ("TokenCode", &code)];
    let mut short = with_code.to_vec();
    short.push(("DurationSeconds", "899"));
    for _ in 0..10 {
        fixture
            .gst_with(&key, &short)
            .is_code(400, "ValidationError");
    }
    fixture.gst_with(&key, &with_code).is_ok();
}

#[test]
fn durations_that_are_not_valid_are_refused() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    let mut gst = |duration: &str| fixture.gst_with(&key, &[("DurationSeconds", duration)]);
    for good in ["900", "0900", "+900", "129600"] {
        gst(good).is_ok();
    }
    for bad in [
        " 900 ",
        "\t900",
        "900.0",
        "9e2",
        "2147483648",
        "",
        "x",
        "0x384",
    ] {
        gst(bad).is_code(400, "MalformedInput");
    }
    gst("0").is((
        400,
        "ValidationError",
        "1 validation error detected: Value '0' at 'durationSeconds' failed to satisfy constraint: \
         Member must have value greater than or equal to 900",
    ));
    gst("-900").is_code(400, "ValidationError");
    gst("129601").is((
        400,
        "ValidationError",
        "1 validation error detected: Value '129601' at 'durationSeconds' failed to satisfy constraint: \
         Member must have value less than or equal to 129600",
    ));
}

#[test]
fn malformed_codes_and_serial_numbers_use_no_verification() {
    let mut fixture = Fixture::new();
    for _ in 0..10 {
        fixture.gst("12345").is((
            400,
            "ValidationError",
            "1 validation error detected: Value '12345' at 'tokenCode' failed to satisfy constraint: \
             Member must have length greater than or equal to 6",
        ));
    }
    fixture.gst("abc").is((
        400,
        "ValidationError",
        "2 validation errors detected: Value 'abc' at 'tokenCode' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [\\d]*; Value 'abc' at 'tokenCode' failed to satisfy \
         constraint: Member must have length greater than or equal to 6",
    ));
    // Arabic digits are not accepted.
    fixture.gst("١٢٣٤٥٦").is_code(400, "ValidationError");
    let key = fixture.key.clone();
    for serial in ["", "short", "arn:aws:iam::1:mfa/a b", &"x".repeat(257)] {
        fixture
            .gst_with(&key, &[("SerialNumber", serial), ("TokenCode", "123456")])
            .is_code(400, "ValidationError");
    }
    let code = fixture.code(0);
    fixture.gst(&code).is_ok();
}
