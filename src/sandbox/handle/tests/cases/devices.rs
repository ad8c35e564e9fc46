//! 1: devices.

use super::*;

#[test]
fn case_1_1_a_new_device_shows_its_seed_and_its_tags_once() {
    let mut scene = Scene::new();
    let answer = scene.iam(
        "CreateVirtualMFADevice",
        &[
            ("VirtualMFADeviceName", "phone"),
            ("Path", "/devices/"),
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", "x"),
        ],
    );
    answer.is_ok();
    assert_eq!(
        answer.text("SerialNumber").unwrap(),
        "arn:aws:iam::111122223333:mfa/devices/phone"
    );
    assert!(answer.text("Tags").unwrap().contains("<Key>team</Key>"));
    let png = STANDARD.decode(answer.text("QRCodePNG").unwrap()).unwrap();
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    assert_eq!(phone(&answer).serial.len(), 43);
    let plain = scene.iam(
        "CreateVirtualMFADevice",
        &[("VirtualMFADeviceName", "phone")],
    );
    assert_eq!(
        plain.text("SerialNumber").unwrap(),
        "arn:aws:iam::111122223333:mfa/phone"
    );
    assert_eq!(plain.text("Tags"), None);
}

#[test]
fn case_1_2_the_same_again_exists() {
    let mut scene = Scene::new();
    scene.phone("phone");
    scene
        .iam(
            "CreateVirtualMFADevice",
            &[("VirtualMFADeviceName", "phone")],
        )
        .is(EXISTS);
}

#[test]
fn case_1_3_lists_tell_whose_a_device_is_and_never_its_seed() {
    let mut scene = Scene::new();
    let (dev, first) = scene.equipped("dev");
    let second = scene.phone("second");
    let unassigned = scene.iam(
        "ListVirtualMFADevices",
        &[("AssignmentStatus", "Unassigned")],
    );
    assert_eq!(unassigned.text("SerialNumber").unwrap(), second.serial);
    for hidden in [
        "Base32StringSeed",
        "QRCodePNG",
        "Tags",
        "User",
        "EnableDate",
    ] {
        assert_eq!(unassigned.text(hidden), None);
    }
    let assigned = scene.iam("ListVirtualMFADevices", &[("AssignmentStatus", "Assigned")]);
    let body = assigned.body();
    assert!(!body.contains(&second.serial) && body.contains(&first.serial));
    let (_, of_dev) = body.split_once(&first.serial).unwrap();
    for shown in [
        "Path",
        "UserName",
        "UserId",
        "Arn",
        "CreateDate",
        "EnableDate",
    ] {
        assert!(of_dev.contains(&format!("<{shown}>")), "{shown}");
    }
    for hidden in ["Base32StringSeed", "QRCodePNG", "Tags"] {
        assert_eq!(assigned.text(hidden), None);
    }
    let all = scene.iam("ListVirtualMFADevices", &[]);
    assert!(all.body().contains(&first.serial) && all.body().contains(&second.serial));
    let own = scene.iam("ListMFADevices", &[("UserName", dev.name)]);
    assert_eq!(own.text("UserName").unwrap(), "dev");
    assert_eq!(own.text("SerialNumber").unwrap(), first.serial);
    assert!(own.text("EnableDate").is_some());
    scene
        .iam("ListVirtualMFADevices", &[("AssignmentStatus", "Mine")])
        .is_code(400, "ValidationError");
}

#[test]
fn case_1_4_a_virtual_device_is_no_fido_key() {
    let mut scene = Scene::new();
    let serial = scene.serial.to_string();
    scene.iam("GetMFADevice", &[("SerialNumber", &serial)]).is((
        400,
        "ValidationError",
        "The MFA device serial number sent in the request is invalid or not supported by this API. Currently, only hardware \
         FIDO security keys are supported. Please use the compatible device or API.",
    ));
}

#[test]
fn case_1_5_what_is_in_use_cannot_be_deleted() {
    let mut scene = Scene::new();
    let (dev, phone) = scene.equipped("dev");
    scene
        .iam("DeleteVirtualMFADevice", &[("SerialNumber", &phone.serial)])
        .is(DELDEV);
    scene
        .iam("DeleteUser", &[("UserName", dev.name)])
        .is(DELUSER);
}

#[test]
fn case_1_6_only_ones_own_device_is_deactivated_or_resynced() {
    let mut scene = Scene::new();
    let (_, theirs) = scene.equipped("other");
    let free = scene.phone("free");
    scene.person("dev");
    for phone in [&theirs, &free] {
        scene.deactivate("dev", phone).is(NOTUSERS);
        scene.resync("dev", phone, 4).is(NOTUSERS);
    }
    scene.resync("other", &theirs, 4).is_ok();
}

#[test]
fn case_1_7_a_device_is_enabled_once() {
    let mut scene = Scene::new();
    let (dev, phone) = scene.equipped("dev");
    scene.person("other");
    scene.enable(dev.name, &phone, 4).is((
        409,
        "EntityAlreadyExists",
        "MFA Device for user dev already exists.",
    ));
    scene.enable("other", &phone, 4).is(INUSE);
}

#[test]
fn case_1_8_a_deactivated_device_keeps_seed_clock_and_history() {
    let mut scene = Scene::new();
    let (dev, phone) = scene.equipped("dev");
    scene.resync(dev.name, &phone, 500).is_ok();
    scene.deactivate(dev.name, &phone).is_ok();
    let unassigned = scene.iam(
        "ListVirtualMFADevices",
        &[("AssignmentStatus", "Unassigned")],
    );
    assert_eq!(unassigned.text("SerialNumber").unwrap(), phone.serial);
    assert_eq!(unassigned.text("EnableDate"), None);
    scene.deactivate(dev.name, &phone).is(NOTUSERS);
    scene.enable(dev.name, &phone, 500).is(BADPAIR);
    // Beyond the reach of a clock that had not been moved.
    scene.enable(dev.name, &phone, 1400).is_ok();
}

#[test]
fn case_1_9_a_resync_leaves_the_enable_date() {
    let mut scene = Scene::new();
    let (dev, phone) = scene.equipped("dev");
    let enabled = |scene: &mut Scene| {
        let answer = scene.iam("ListMFADevices", &[("UserName", "dev")]);
        answer.text("EnableDate").unwrap()
    };
    let before = enabled(&mut scene);
    scene.after(600);
    scene.resync(dev.name, &phone, 0).is_ok();
    assert_eq!(enabled(&mut scene), before);
}

#[test]
fn case_1_10_eight_devices_a_user() {
    let mut scene = Scene::new();
    scene.person("dev");
    for n in 0..9 {
        let phone = scene.phone(&format!("phone{n}"));
        let answer = scene.enable("dev", &phone, 0);
        match n {
            8 => answer.is_code(409, "LimitExceeded"),
            _ => answer.is_ok(),
        }
    }
}

#[test]
fn serial_numbers_that_nobody_has() {
    let mut scene = Scene::new();
    scene.person("dev");
    let nobody = "arn:aws:iam::111122223333:mfa/nobody";
    let serial = [("SerialNumber", nobody)];
    scene
        .iam("DeleteVirtualMFADevice", &serial)
        .is_code(404, "NoSuchEntity");
    let pair = [
        ("UserName", "dev"),
        ("SerialNumber", nobody),
        ("AuthenticationCode1", "123456"),
        ("AuthenticationCode2", "234567"),
    ];
    scene
        .iam("EnableMFADevice", &pair)
        .is_code(404, "NoSuchEntity");
    scene.iam("ResyncMFADevice", &pair).is(NOTUSERS);
    scene.iam("EnableMFADevice", &pair[..3]).is((
        400,
        "ValidationError",
        "1 validation error detected: Value null at 'authenticationCode2' failed to satisfy constraint: Member must not be null",
    ));
}
