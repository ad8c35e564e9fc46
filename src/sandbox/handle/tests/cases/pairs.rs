//! 2: pairs of codes, as IAM judges them.

use super::*;

#[test]
fn case_2_1_a_pair_is_two_codes_in_their_order() {
    let mut scene = Scene::new();
    scene.person("dev");
    let phone = scene.phone("phone");
    let (now, before) = (phone.code(&scene, 0), phone.code(&scene, -1));
    for pair in [[now.clone(), now.clone()], [now, before]] {
        scene.enable_pair("dev", &phone, &pair).is(BADPAIR);
    }
    let assigned = scene.iam("ListMFADevices", &[("UserName", "dev")]);
    assert_eq!(assigned.text("SerialNumber"), None);
    scene.enable("dev", &phone, 0).is_ok();
}

#[test]
fn case_2_2_the_pair_of_now_is_taken() {
    let mut scene = Scene::new();
    scene.equipped("dev");
}

#[test]
fn case_2_3_a_fresh_device_is_searched_a_thousand_steps_around() {
    for (k, taken) in [
        (-998, true),
        (1000, true),
        (-999, false),
        (1001, false),
        (-1440, false),
    ] {
        let mut scene = Scene::new();
        let dev = scene.person("dev");
        let phone = scene.phone("phone");
        let answer = scene.enable("dev", &phone, k);
        if !taken {
            answer.is(BADPAIR);
            continue;
        }
        answer.is_ok();
        // Later codes count from the clock that the pair has set.
        scene.sign_in(&dev, &phone, k + 2).is_ok();
        scene.sign_in(&dev, &phone, k + 3).is(BADCODE);
    }
}

#[test]
fn case_2_4_a_resync_searches_around_the_shifted_clock() {
    let mut scene = Scene::new();
    let (dev, phone) = scene.equipped("dev");
    scene.resync(dev.name, &phone, 1200).is(BADPAIR);
    for k in [900, 1200, 1800, 1802] {
        scene.resync(dev.name, &phone, k).is_ok();
    }
    scene.deactivate(dev.name, &phone).is_ok();
    scene.enable(dev.name, &phone, 1804).is_ok();
}

#[test]
fn case_2_5_a_pair_is_newer_than_the_last_one() {
    let mut scene = Scene::new();
    let (dev, phone) = scene.equipped("dev");
    for k in [0, 1, -1, -5, -900] {
        scene.resync(dev.name, &phone, k).is(BADPAIR);
    }
    scene.resync(dev.name, &phone, 2).is_ok();
    scene.resync(dev.name, &phone, 3).is(BADPAIR);
    scene.resync(dev.name, &phone, 4).is_ok();
}

#[test]
fn case_2_6_deactivation_does_not_end_the_history() {
    let mut scene = Scene::new();
    let (dev, phone) = scene.equipped("dev");
    scene.person("other");
    for (n, user) in [dev.name, "other"].into_iter().enumerate() {
        let last = 2 * i64::try_from(n).unwrap();
        let owner = if n == 0 { "dev" } else { dev.name };
        scene.deactivate(owner, &phone).is_ok();
        for k in [last, last + 1] {
            scene.enable(user, &phone, k).is(BADPAIR);
        }
        scene.enable(user, &phone, last + 2).is_ok();
    }
}

#[test]
fn case_2_7_a_device_of_the_same_name_begins_anew() {
    let mut scene = Scene::new();
    let (dev, old) = scene.equipped("dev");
    scene.deactivate(dev.name, &old).is_ok();
    scene
        .iam("DeleteVirtualMFADevice", &[("SerialNumber", &old.serial)])
        .is_ok();
    let new = scene.phone("dev");
    assert_eq!(new.serial, old.serial);
    assert_ne!(new.code(&scene, 0), old.code(&scene, 0));
    scene.enable(dev.name, &new, -500).is_ok();
}

#[test]
fn case_2_8_pairs_and_sign_ins_are_counted_apart() {
    for order in [[-1, 0], [0, -1]] {
        let mut scene = Scene::new();
        let (dev, phone) = scene.equipped("dev");
        for k in order {
            scene.sign_in(&dev, &phone, k).is_ok();
            scene.sign_in(&dev, &phone, k).is(BADCODE);
        }
    }
    let mut scene = Scene::new();
    let (dev, phone) = scene.equipped("dev");
    for k in [1, 2] {
        scene.sign_in(&dev, &phone, k).is_ok();
    }
    scene.resync(dev.name, &phone, 1).is(BADPAIR);
    scene.resync(dev.name, &phone, 2).is_ok();
}

#[test]
fn case_2_9_a_resync_frees_no_code() {
    let mut scene = Scene::new();
    let (dev, phone) = scene.equipped("dev");
    scene.after(90);
    scene.sign_in(&dev, &phone, 0).is_ok();
    scene.resync(dev.name, &phone, 0).is_ok();
    scene.sign_in(&dev, &phone, 0).is(BADCODE);
    scene.sign_in(&dev, &phone, -1).is_ok();
}
