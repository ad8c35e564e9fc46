//! 7: STS that follows IAM after a delay.

use super::*;

const DELAY: i64 = 10;

fn slow() -> Scene {
    let mut scene = Scene::new();
    scene.account.delay_sts(Duration::seconds(DELAY));
    scene
}

/// A user whose device STS has known for long.
fn settled(scene: &mut Scene) -> (Person, Phone) {
    let equipped = scene.equipped("dev");
    scene.after(180);
    equipped
}

#[test]
fn case_7_1_an_enrolment_takes_time() {
    let mut scene = slow();
    let (dev, phone) = scene.equipped("dev");
    scene.after(2);
    scene.sign_in(&dev, &phone, 1).is(UNABLE);
    scene.after(10);
    scene.sign_in(&dev, &phone, 2).is_ok();
}

#[test]
fn case_7_2_a_deactivation_takes_time() {
    let mut scene = slow();
    let (dev, phone) = settled(&mut scene);
    scene.deactivate(dev.name, &phone).is_ok();
    let listed = scene.iam("ListMFADevices", &[("UserName", dev.name)]);
    assert_eq!(listed.text("SerialNumber"), None, "IAM knows at once");
    scene.after(2);
    scene.sign_in(&dev, &phone, 0).is_ok();
    scene.after(10);
    scene.sign_in(&dev, &phone, 1).is(UNABLE);
}

#[test]
fn case_7_3_a_resync_takes_time() {
    let mut scene = slow();
    let (dev, phone) = settled(&mut scene);
    scene.resync(dev.name, &phone, 10).is_ok();
    scene.after(2);
    scene.sign_in(&dev, &phone, 1).is_ok();
    scene.sign_in(&dev, &phone, 11).is(BADCODE);
    scene.after(12);
    scene.sign_in(&dev, &phone, 2).is(BADCODE);
    scene.sign_in(&dev, &phone, 11).is_ok();
}

#[test]
fn case_7_4_a_new_owner_takes_time() {
    let mut scene = slow();
    let (dev, phone) = settled(&mut scene);
    let other = scene.person("other");
    scene.deactivate(dev.name, &phone).is_ok();
    scene.enable(other.name, &phone, 0).is_ok();
    scene.after(2);
    scene.sign_in(&dev, &phone, 0).is_ok();
    scene.sign_in(&other, &phone, 1).is(UNABLE);
    scene.after(12);
    scene.sign_in(&dev, &phone, 1).is(UNABLE);
    scene.sign_in(&other, &phone, 1).is_ok();
}

#[test]
fn a_deleted_device_serves_until_sts_knows_and_its_used_codes_stay_used() {
    let mut scene = slow();
    let (dev, phone) = settled(&mut scene);
    scene.sign_in(&dev, &phone, 0).is_ok();
    scene.deactivate(dev.name, &phone).is_ok();
    scene
        .iam("DeleteVirtualMFADevice", &[("SerialNumber", &phone.serial)])
        .is_ok();
    scene.sign_in(&dev, &phone, 0).is(BADCODE);
    scene.sign_in(&dev, &phone, 1).is_ok();
    scene.after(12);
    scene.sign_in(&dev, &phone, 2).is(UNABLE);
}
