//! Cases 2: how IAM verifies pairs of codes.

use super::*;

#[test]
fn case_2_1_a_pair_is_two_consecutive_codes() {
    let mut fixture = Fixture::new();
    fixture.person("dev");
    let phone = fixture.phone("phone");
    let (now, before) = (phone.code(&fixture, 0), phone.code(&fixture, -1));
    for pair in [[now.clone(), now.clone()], [now, before]] {
        fixture.enable_pair("dev", &phone, &pair).is(BADPAIR);
    }
    let assigned = fixture.iam("ListMFADevices", &[("UserName", "dev")]);
    assert_eq!(assigned.text("SerialNumber"), None);
    fixture.enable("dev", &phone, 0).is_ok();
}

#[test]
fn case_2_2_the_present_pair_is_accepted() {
    let mut fixture = Fixture::new();
    fixture.user_with_device("dev");
}

#[test]
fn case_2_3_the_pair_of_a_new_device_is_searched_a_thousand_steps_around() {
    for (k, taken) in [
        (-998, true),
        (1000, true),
        (-999, false),
        (1001, false),
        (-1440, false),
    ] {
        let mut fixture = Fixture::new();
        let dev = fixture.person("dev");
        let phone = fixture.phone("phone");
        let answer = fixture.enable("dev", &phone, k);
        if !taken {
            answer.is(BADPAIR);
            continue;
        }
        answer.is_ok();
        // Later codes follow the clock that the pair has set.
        fixture.sign_in(&dev, &phone, k + 2).is_ok();
        fixture.sign_in(&dev, &phone, k + 3).is(BADCODE);
    }
}

#[test]
fn case_2_4_a_resync_searches_around_the_shifted_clock() {
    let mut fixture = Fixture::new();
    let (dev, phone) = fixture.user_with_device("dev");
    fixture.resync(dev.name, &phone, 1200).is(BADPAIR);
    for k in [900, 1200, 1800, 1802] {
        fixture.resync(dev.name, &phone, k).is_ok();
    }
    fixture.deactivate(dev.name, &phone).is_ok();
    fixture.enable(dev.name, &phone, 1804).is_ok();
}

#[test]
fn case_2_5_a_pair_must_be_newer_than_the_last_one() {
    let mut fixture = Fixture::new();
    let (dev, phone) = fixture.user_with_device("dev");
    for k in [0, 1, -1, -5, -900] {
        fixture.resync(dev.name, &phone, k).is(BADPAIR);
    }
    fixture.resync(dev.name, &phone, 2).is_ok();
    fixture.resync(dev.name, &phone, 3).is(BADPAIR);
    fixture.resync(dev.name, &phone, 4).is_ok();
}

#[test]
fn case_2_6_deactivation_does_not_end_the_history() {
    let mut fixture = Fixture::new();
    let (dev, phone) = fixture.user_with_device("dev");
    fixture.person("other");
    for (n, user) in [dev.name, "other"].into_iter().enumerate() {
        let last = 2 * i64::try_from(n).unwrap();
        let owner = if n == 0 { "dev" } else { dev.name };
        fixture.deactivate(owner, &phone).is_ok();
        for k in [last, last + 1] {
            fixture.enable(user, &phone, k).is(BADPAIR);
        }
        fixture.enable(user, &phone, last + 2).is_ok();
    }
}

#[test]
fn case_2_7_a_recreated_device_has_no_history() {
    let mut fixture = Fixture::new();
    let (dev, old) = fixture.user_with_device("dev");
    fixture.deactivate(dev.name, &old).is_ok();
    fixture
        .iam("DeleteVirtualMFADevice", &[("SerialNumber", &old.serial)])
        .is_ok();
    let new = fixture.phone("dev");
    assert_eq!(new.serial, old.serial);
    assert_ne!(new.code(&fixture, 0), old.code(&fixture, 0));
    fixture.enable(dev.name, &new, -500).is_ok();
}

#[test]
fn case_2_8_pairs_and_session_codes_are_counted_separately() {
    for order in [[-1, 0], [0, -1]] {
        let mut fixture = Fixture::new();
        let (dev, phone) = fixture.user_with_device("dev");
        for k in order {
            fixture.sign_in(&dev, &phone, k).is_ok();
            fixture.sign_in(&dev, &phone, k).is(BADCODE);
        }
    }
    let mut fixture = Fixture::new();
    let (dev, phone) = fixture.user_with_device("dev");
    for k in [1, 2] {
        fixture.sign_in(&dev, &phone, k).is_ok();
    }
    fixture.resync(dev.name, &phone, 1).is(BADPAIR);
    fixture.resync(dev.name, &phone, 2).is_ok();
}

#[test]
fn case_2_9_a_resync_does_not_make_used_codes_valid() {
    let mut fixture = Fixture::new();
    let (dev, phone) = fixture.user_with_device("dev");
    fixture.after(90);
    fixture.sign_in(&dev, &phone, 0).is_ok();
    fixture.resync(dev.name, &phone, 0).is_ok();
    fixture.sign_in(&dev, &phone, 0).is(BADCODE);
    fixture.sign_in(&dev, &phone, -1).is_ok();
}
