//! Cases 7: STS learns of changes later than IAM.

use super::*;

const DELAY: i64 = 10;

fn slow() -> Fixture {
    let mut fixture = Fixture::new();
    fixture.account.delay_sts(Duration::seconds(DELAY));
    fixture
}

/// A user whose device STS knows already.
fn settled(fixture: &mut Fixture) -> (TestUser, Phone) {
    let user_with_device = fixture.user_with_device("dev");
    fixture.after(180);
    user_with_device
}

#[test]
fn case_7_1_an_enrolment_takes_time() {
    let mut fixture = slow();
    let (dev, phone) = fixture.user_with_device("dev");
    fixture.after(2);
    fixture.sign_in(&dev, &phone, 1).is(UNABLE);
    fixture.after(10);
    fixture.sign_in(&dev, &phone, 2).is_ok();
}

#[test]
fn case_7_2_a_deactivation_takes_time() {
    let mut fixture = slow();
    let (dev, phone) = settled(&mut fixture);
    fixture.deactivate(dev.name, &phone).is_ok();
    let listed = fixture.iam("ListMFADevices", &[("UserName", dev.name)]);
    assert_eq!(listed.text("SerialNumber"), None, "IAM knows at once");
    fixture.after(2);
    fixture.sign_in(&dev, &phone, 0).is_ok();
    fixture.after(10);
    fixture.sign_in(&dev, &phone, 1).is(UNABLE);
}

#[test]
fn case_7_3_a_resync_takes_time() {
    let mut fixture = slow();
    let (dev, phone) = settled(&mut fixture);
    fixture.resync(dev.name, &phone, 10).is_ok();
    fixture.after(2);
    fixture.sign_in(&dev, &phone, 1).is_ok();
    fixture.sign_in(&dev, &phone, 11).is(BADCODE);
    fixture.after(12);
    fixture.sign_in(&dev, &phone, 2).is(BADCODE);
    fixture.sign_in(&dev, &phone, 11).is_ok();
}

#[test]
fn case_7_4_a_new_owner_takes_time() {
    let mut fixture = slow();
    let (dev, phone) = settled(&mut fixture);
    let other = fixture.person("other");
    fixture.deactivate(dev.name, &phone).is_ok();
    fixture.enable(other.name, &phone, 0).is_ok();
    fixture.after(2);
    fixture.sign_in(&dev, &phone, 0).is_ok();
    fixture.sign_in(&other, &phone, 1).is(UNABLE);
    fixture.after(12);
    fixture.sign_in(&dev, &phone, 1).is(UNABLE);
    fixture.sign_in(&other, &phone, 1).is_ok();
}

#[test]
fn a_deleted_device_works_until_sts_knows_and_its_used_codes_stay_used() {
    let mut fixture = slow();
    let (dev, phone) = settled(&mut fixture);
    fixture.sign_in(&dev, &phone, 0).is_ok();
    fixture.deactivate(dev.name, &phone).is_ok();
    fixture
        .iam("DeleteVirtualMFADevice", &[("SerialNumber", &phone.serial)])
        .is_ok();
    fixture.sign_in(&dev, &phone, 0).is(BADCODE);
    fixture.sign_in(&dev, &phone, 1).is_ok();
    fixture.after(12);
    fixture.sign_in(&dev, &phone, 2).is(UNABLE);
}
