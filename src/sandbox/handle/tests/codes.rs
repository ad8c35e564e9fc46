//! Codes of GetSessionToken: window, once each, budget, serial numbers, durations.

use super::*;

#[test]
fn codes_of_two_steps_either_side_are_taken() {
    for k in -2..=2 {
        let mut scene = Scene::new();
        let code = scene.code(k);
        scene.gst(&code).is_ok();
    }
}

#[test]
fn codes_further_off_are_not() {
    for k in [-10, -5, -4, -3, 3, 4, 5, 10] {
        let mut scene = Scene::new();
        let code = scene.code(k);
        scene.gst(&code).is(BADCODE);
    }
}

#[test]
fn each_code_serves_once() {
    let mut scene = Scene::new();
    let (now, before) = (scene.code(0), scene.code(-1));
    scene.gst(&now).is_ok();
    scene.gst(&now).is(BADCODE);
    scene.gst(&before).is_ok();
    scene.gst(&now).is(BADCODE);
    scene.after(30);
    scene.gst(&now).is(BADCODE);
}

#[test]
fn unused_codes_serve_in_any_order() {
    let mut scene = Scene::new();
    for k in [2, -2, -1, 0, 1] {
        let code = scene.code(k);
        scene.gst(&code).is_ok();
    }
    for k in [2, -2, -1] {
        let code = scene.code(k);
        scene.gst(&code).is(BADCODE);
    }
}

#[test]
fn a_shifted_device_counts_from_its_own_clock() {
    let mut scene = Scene::new();
    let serial = scene.serial.to_string();
    let server = scene.code(0);
    let pair = [scene.code(9), scene.code(10)];
    let (user, now) = (scene.account.records.owner.clone(), scene.now);
    (scene.account)
        .resync_device(&user, &serial, pair.each_ref().map(String::as_str), now)
        .unwrap();
    // `code` follows the device's clock, so this is real time's +11.
    let shifted = scene.code(1);
    scene.gst(&shifted).is_ok();
    scene.gst(&server).is(BADCODE);
}

#[test]
fn a_serial_number_that_is_not_the_users_cannot_be_validated() {
    let mut scene = Scene::new();
    let now = scene.now;
    let other = held(&scene.account.add_user("other", now).unwrap());
    let admins = scene.serial.to_string();
    let code = scene.code(0);
    scene
        .gst_with(&other, &[("SerialNumber", &admins), ("TokenCode", &code)])
        .is(UNABLE);
    let key = scene.key.clone();
    let unknown = "arn:aws:iam::111122223333:mfa/nobody";
    scene
        .gst_with(&key, &[("SerialNumber", unknown), ("TokenCode", &code)])
        .is(UNABLE);
    // Neither has used the code up, nor any of the owner's tries.
    for _ in 0..9 {
        scene
            .gst_with(
                &other,
                &[("SerialNumber", &admins), ("TokenCode", "000000")],
            )
            .is(UNABLE);
    }
    scene.gst(&code).is_ok();
}

#[test]
fn a_device_that_was_deactivated_cannot_be_validated() {
    let mut scene = Scene::new();
    let serial = scene.serial.to_string();
    let (user, now) = (scene.account.records.owner.clone(), scene.now);
    (scene.account)
        .deactivate_device(&user, &serial, now)
        .unwrap();
    let code = scene.code(0);
    scene.gst(&code).is(UNABLE);
}

/// Three good, then bad ones up to the given number.
fn spend(scene: &mut Scene, good: i64, bad: usize) {
    for k in 0..good {
        let code = scene.code(k - 2);
        scene.gst(&code).is_ok();
    }
    let wrong = scene.wrong_code();
    for _ in 0..bad {
        scene.gst(&wrong).is(BADCODE);
    }
}

#[test]
fn the_ninth_verification_succeeds() {
    let mut scene = Scene::new();
    spend(&mut scene, 3, 5);
    let code = scene.code(1);
    scene.gst(&code).is_ok();
    let code = scene.code(2);
    scene.gst(&code).is(UNABLE);
}

#[test]
fn the_tenth_cannot_be_validated_whatever_the_nine_were() {
    for (good, bad) in [(3, 6), (0, 9), (1, 8)] {
        let mut scene = Scene::new();
        spend(&mut scene, good, bad);
        let code = scene.code(2);
        scene.gst(&code).is(UNABLE);
    }
}

#[test]
fn used_codes_count_as_verifications() {
    let mut scene = Scene::new();
    let code = scene.code(0);
    scene.gst(&code).is_ok();
    for _ in 0..8 {
        scene.gst(&code).is(BADCODE);
    }
    let code = scene.code(1);
    scene.gst(&code).is(UNABLE);
}

#[test]
fn quiet_does_not_help_but_the_next_window_does() {
    for offset in [0, 180] {
        let mut scene = Scene::new();
        scene.after(offset);
        spend(&mut scene, 0, 9);
        for _ in 0..5 {
            scene.after(30);
            let code = scene.code(0);
            scene.gst(&code).is(UNABLE);
        }
        scene.after(29);
        let code = scene.code(0);
        scene.gst(&code).is(UNABLE);
        scene.after(1);
        scene.gst(&code).is_ok();
    }
}

#[test]
fn a_window_is_aligned_and_not_counted_from_the_first_try() {
    let mut scene = Scene::new();
    scene.after(170);
    spend(&mut scene, 0, 9);
    let code = scene.code(0);
    scene.gst(&code).is(UNABLE);
    scene.after(10);
    scene.gst(&code).is_ok();
}

#[test]
fn a_second_device_has_its_own_budget() {
    let mut scene = Scene::new();
    spend(&mut scene, 0, 9);
    let code = scene.code(0);
    scene.gst(&code).is(UNABLE);
    let now = scene.now;
    scene.serial = scene.account.add_device("admin", "tablet", now).unwrap();
    let code = scene.code(0);
    scene.gst(&code).is_ok();
}

#[test]
fn recreating_a_device_does_not_refresh_its_budget() {
    let mut scene = Scene::new();
    spend(&mut scene, 0, 9);
    let serial = scene.serial.to_string();
    let (user, now) = (scene.account.records.owner.clone(), scene.now);
    (scene.account)
        .deactivate_device(&user, &serial, now)
        .unwrap();
    scene.account.delete_device(&serial, now).unwrap();
    scene.account.add_device("admin", "admin-phone", now);
    let code = scene.code(0);
    scene.gst(&code).is(UNABLE);
    scene.after(180);
    let code = scene.code(0);
    scene.gst(&code).is_ok();
}

#[test]
fn serial_number_and_code_come_together_or_not_at_all() {
    let mut scene = Scene::new();
    let key = scene.key.clone();
    let serial = scene.serial.to_string();
    let code = scene.code(0);
    let both = (
        403,
        "AccessDenied",
        "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
    );
    scene.gst_with(&key, &[("SerialNumber", &serial)]).is(both);
    scene.gst_with(&key, &[("TokenCode", &code)]).is(both);
    scene.gst_with(&key, &[]).is_ok();
    scene.gst(&code).is_ok();
}

#[test]
fn a_request_that_is_refused_for_another_reason_uses_no_code() {
    let mut scene = Scene::new();
    let key = scene.key.clone();
    let serial = scene.serial.to_string();
    let code = scene.code(0);
    let with_code = [("SerialNumber", serial.as_str()), ("TokenCode", &code)];
    let mut short = with_code.to_vec();
    short.push(("DurationSeconds", "899"));
    for _ in 0..10 {
        scene.gst_with(&key, &short).is_code(400, "ValidationError");
    }
    scene.gst_with(&key, &with_code).is_ok();
}

#[test]
fn durations_have_bounds_and_a_form() {
    let mut scene = Scene::new();
    let key = scene.key.clone();
    let mut gst = |duration: &str| scene.gst_with(&key, &[("DurationSeconds", duration)]);
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
fn malformed_codes_and_serial_numbers_cost_no_verification() {
    let mut scene = Scene::new();
    for _ in 0..10 {
        scene.gst("12345").is((
            400,
            "ValidationError",
            "1 validation error detected: Value '12345' at 'tokenCode' failed to satisfy constraint: \
             Member must have length greater than or equal to 6",
        ));
    }
    scene.gst("abc").is((
        400,
        "ValidationError",
        "2 validation errors detected: Value 'abc' at 'tokenCode' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [\\d]*; Value 'abc' at 'tokenCode' failed to satisfy \
         constraint: Member must have length greater than or equal to 6",
    ));
    // Arabic digits are digits, but not these.
    scene.gst("١٢٣٤٥٦").is_code(400, "ValidationError");
    let key = scene.key.clone();
    for serial in ["", "short", "arn:aws:iam::1:mfa/a b", &"x".repeat(257)] {
        scene
            .gst_with(&key, &[("SerialNumber", serial), ("TokenCode", "123456")])
            .is_code(400, "ValidationError");
    }
    let code = scene.code(0);
    scene.gst(&code).is_ok();
}
