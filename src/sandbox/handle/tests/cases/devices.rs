//! Cases 1: virtual MFA devices.

use super::*;

#[test]
fn case_1_1_a_new_device_shows_its_seed_and_its_tags_once() {
    let mut fixture = Fixture::new();
    let answer = fixture.iam(
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
    let plain = fixture.iam(
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
fn case_1_2_a_second_device_of_the_same_name_exists_already() {
    let mut fixture = Fixture::new();
    fixture.phone("phone");
    fixture
        .iam(
            "CreateVirtualMFADevice",
            &[("VirtualMFADeviceName", "phone")],
        )
        .is(EXISTS);
}

#[test]
fn case_1_3_lists_show_the_user_of_a_device_and_never_its_seed() {
    let mut fixture = Fixture::new();
    let (dev, first) = fixture.user_with_device("dev");
    let second = fixture.phone("second");
    let unassigned = fixture.iam(
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
    let assigned = fixture.iam("ListVirtualMFADevices", &[("AssignmentStatus", "Assigned")]);
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
    let all = fixture.iam("ListVirtualMFADevices", &[]);
    assert!(all.body().contains(&first.serial) && all.body().contains(&second.serial));
    let own = fixture.iam("ListMFADevices", &[("UserName", dev.name)]);
    assert_eq!(own.text("UserName").unwrap(), "dev");
    assert_eq!(own.text("SerialNumber").unwrap(), first.serial);
    assert!(own.text("EnableDate").is_some());
    fixture
        .iam("ListVirtualMFADevices", &[("AssignmentStatus", "Mine")])
        .is_code(400, "ValidationError");
}

#[test]
fn case_1_4_a_virtual_device_is_not_a_fido_key() {
    let mut fixture = Fixture::new();
    let serial = fixture.serial.to_string();
    fixture.iam("GetMFADevice", &[("SerialNumber", &serial)]).is((
        400,
        "ValidationError",
        "The MFA device serial number sent in the request is invalid or not supported by this API. Currently, only hardware \
         FIDO security keys are supported. Please use the compatible device or API.",
    ));
}

#[test]
fn case_1_5_a_device_in_use_cannot_be_deleted() {
    let mut fixture = Fixture::new();
    let (dev, phone) = fixture.user_with_device("dev");
    fixture
        .iam("DeleteVirtualMFADevice", &[("SerialNumber", &phone.serial)])
        .is(DELDEV);
    fixture
        .iam("DeleteUser", &[("UserName", dev.name)])
        .is(DELUSER);
}

#[test]
fn case_1_6_only_the_users_own_device_can_be_deactivated_or_resynced() {
    let mut fixture = Fixture::new();
    let (_, theirs) = fixture.user_with_device("other");
    let free = fixture.phone("free");
    fixture.person("dev");
    for phone in [&theirs, &free] {
        fixture.deactivate("dev", phone).is(NOTUSERS);
        fixture.resync("dev", phone, 4).is(NOTUSERS);
    }
    fixture.resync("other", &theirs, 4).is_ok();
}

#[test]
fn case_1_7_a_device_is_enabled_once() {
    let mut fixture = Fixture::new();
    let (dev, phone) = fixture.user_with_device("dev");
    fixture.person("other");
    fixture.enable(dev.name, &phone, 4).is((
        409,
        "EntityAlreadyExists",
        "MFA Device for user dev already exists.",
    ));
    fixture.enable("other", &phone, 4).is(INUSE);
}

#[test]
fn case_1_8_a_deactivated_device_keeps_seed_clock_and_history() {
    let mut fixture = Fixture::new();
    let (dev, phone) = fixture.user_with_device("dev");
    fixture.resync(dev.name, &phone, 500).is_ok();
    fixture.deactivate(dev.name, &phone).is_ok();
    let unassigned = fixture.iam(
        "ListVirtualMFADevices",
        &[("AssignmentStatus", "Unassigned")],
    );
    assert_eq!(unassigned.text("SerialNumber").unwrap(), phone.serial);
    assert_eq!(unassigned.text("EnableDate"), None);
    fixture.deactivate(dev.name, &phone).is(NOTUSERS);
    fixture.enable(dev.name, &phone, 500).is(BADPAIR);
    // Outside the steps that are searched around a clock that was not moved.
    fixture.enable(dev.name, &phone, 1400).is_ok();
}

#[test]
fn case_1_9_a_resync_leaves_the_enable_date() {
    let mut fixture = Fixture::new();
    let (dev, phone) = fixture.user_with_device("dev");
    let enabled = |fixture: &mut Fixture| {
        let answer = fixture.iam("ListMFADevices", &[("UserName", "dev")]);
        answer.text("EnableDate").unwrap()
    };
    let before = enabled(&mut fixture);
    fixture.after(600);
    fixture.resync(dev.name, &phone, 0).is_ok();
    assert_eq!(enabled(&mut fixture), before);
}

#[test]
fn case_1_10_a_user_can_have_eight_devices() {
    let mut fixture = Fixture::new();
    fixture.person("dev");
    for n in 0..9 {
        let phone = fixture.phone(&format!("phone{n}"));
        let answer = fixture.enable("dev", &phone, 0);
        match n {
            8 => answer.is_code(409, "LimitExceeded"),
            _ => answer.is_ok(),
        }
    }
}

#[test]
fn serial_numbers_of_no_device_cannot_be_validated() {
    let mut fixture = Fixture::new();
    fixture.person("dev");
    let nobody = "arn:aws:iam::111122223333:mfa/nobody";
    let serial = [("SerialNumber", nobody)];
    fixture
        .iam("DeleteVirtualMFADevice", &serial)
        .is_code(404, "NoSuchEntity");
    let pair = [
        ("UserName", "dev"),
        ("SerialNumber", nobody),
        ("AuthenticationCode1", "123456"),
        ("AuthenticationCode2", "234567"),
    ];
    fixture
        .iam("EnableMFADevice", &pair)
        .is_code(404, "NoSuchEntity");
    fixture.iam("ResyncMFADevice", &pair).is(NOTUSERS);
    fixture.iam("EnableMFADevice", &pair[..3]).is((
        400,
        "ValidationError",
        "1 validation error detected: Value null at 'authenticationCode2' failed to satisfy constraint: Member must not be null",
    ));
}
