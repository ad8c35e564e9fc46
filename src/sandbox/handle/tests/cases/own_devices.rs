//! 4: managing one's own devices, by AWS's own rule of 2023. It comes on top of the policies.

use super::*;

const NEEDMFA: (u16, &str, &str) = (
    403,
    "AccessDenied",
    "To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user.",
);

/// The user's own calls, by a key or a session.
impl Scene {
    fn own(
        &mut self,
        key: &Key,
        action: &str,
        user: &str,
        serial: &str,
        pair: Option<[String; 2]>,
    ) -> Answer {
        let mut params = vec![("UserName", user), ("SerialNumber", serial)];
        let [first, second] = pair.clone().unwrap_or_default();
        if pair.is_some() {
            params.push(("AuthenticationCode1", first.as_str()));
            params.push(("AuthenticationCode2", second.as_str()));
        }
        self.iam_by(key, action, &params)
    }

    fn enable_own(&mut self, key: &Key, user: &str, phone: &Phone, k: i64) -> Answer {
        let pair = phone.pair(self, k);
        self.own(key, "EnableMFADevice", user, &phone.serial, Some(pair))
    }

    fn deactivate_own(&mut self, key: &Key, user: &str, serial: &str) -> Answer {
        self.own(key, "DeactivateMFADevice", user, serial, None)
    }

    /// A user that may enable, deactivate and resync for itself and for `other`, and three phones.
    fn with_three_phones(&mut self) -> (Person, [Phone; 3]) {
        let dev = self.person("dev");
        self.person("other");
        let own = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
            "Action":["iam:EnableMFADevice","iam:DeactivateMFADevice","iam:ResyncMFADevice"],
            "Resource":["arn:aws:iam::111122223333:user/dev","arn:aws:iam::111122223333:user/other"]}]}"#;
        self.iam(
            "PutUserPolicy",
            &[
                ("UserName", "dev"),
                ("PolicyName", "own"),
                ("PolicyDocument", own),
            ],
        )
        .is_ok();
        let phones = ["first", "second", "third"].map(|name| self.phone(name));
        (dev, phones)
    }
}

#[test]
fn case_4_1_first_enrolment_needs_no_mfa() {
    let mut scene = Scene::new();
    let (dev, [first, ..]) = scene.with_three_phones();
    scene.enable_own(&dev.key, "dev", &first, 0).is_ok();
}

#[test]
fn case_4_2_and_4_3_whoever_has_a_device_needs_mfa_before_anything_is_looked_at() {
    let mut scene = Scene::new();
    let (dev, [first, second, _]) = scene.with_three_phones();
    scene.enable_own(&dev.key, "dev", &first, 0).is_ok();
    scene.enable_own(&dev.key, "dev", &second, 0).is(NEEDMFA);
    // Before that it has it, or that the pair is old.
    scene.enable_own(&dev.key, "DEV", &first, 0).is(NEEDMFA);
    scene.enable_own(&dev.key, "dev", &first, 2).is(NEEDMFA);
    scene
        .deactivate_own(&dev.key, "dev", &first.serial)
        .is(NEEDMFA);
    // Before that there is no such device.
    let missing = "arn:aws:iam::111122223333:mfa/missing";
    scene.deactivate_own(&dev.key, "dev", missing).is(NEEDMFA);
    scene
        .own(
            &dev.key,
            "EnableMFADevice",
            "dev",
            missing,
            Some(["000000".to_owned(), "000001".to_owned()]),
        )
        .is(NEEDMFA);
    // The administrator, who has a device of its own, needs none for another user.
    scene.enable("dev", &second, 0).is_ok();
}

#[test]
fn case_4_4_a_resync_needs_no_mfa() {
    let mut scene = Scene::new();
    let (dev, [first, ..]) = scene.with_three_phones();
    scene.enable_own(&dev.key, "dev", &first, 0).is_ok();
    let newer = first.pair(&scene, 2);
    scene
        .own(
            &dev.key,
            "ResyncMFADevice",
            "dev",
            &first.serial,
            Some(newer),
        )
        .is_ok();
}

#[test]
fn case_4_5_another_users_device_needs_only_the_permission() {
    let mut scene = Scene::new();
    let (dev, [first, _, third]) = scene.with_three_phones();
    scene.enable_own(&dev.key, "dev", &first, 0).is_ok();
    scene.enable_own(&dev.key, "other", &third, 0).is_ok();
    scene
        .deactivate_own(&dev.key, "other", &third.serial)
        .is_ok();
    let answer = scene.enable_own(&dev.key, "admin", &third, 2);
    answer.is_code(403, "AccessDenied");
    assert!(answer.body().contains("is not authorized to perform"));
}

#[test]
fn case_4_6_and_4_7_a_session_with_mfa_may_do_it_to_the_last_device_and_then_the_key_again() {
    let mut scene = Scene::new();
    let (dev, [first, second, _]) = scene.with_three_phones();
    scene.enable_own(&dev.key, "dev", &first, 0).is_ok();
    let session = scene.sign_in(&dev, &first, 1).session();
    scene.enable_own(&session, "dev", &second, 0).is_ok();
    scene.deactivate_own(&session, "dev", &first.serial).is_ok();
    // One is left.
    scene
        .deactivate_own(&dev.key, "dev", &second.serial)
        .is(NEEDMFA);
    scene
        .deactivate_own(&session, "dev", &second.serial)
        .is_ok();
    scene.enable_own(&dev.key, "dev", &first, 2).is_ok();
    scene.enable_own(&dev.key, "dev", &second, 2).is(NEEDMFA);
}

#[test]
fn case_4_8_what_counts_is_the_user_not_its_name() {
    let mut scene = Scene::new();
    let (dev, [first, second, _]) = scene.with_three_phones();
    scene.enable_own(&dev.key, "dev", &first, 0).is_ok();
    let renamed = [("UserName", "dev"), ("NewUserName", "renamed")];
    scene.iam("UpdateUser", &renamed).is_ok();
    let all = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#;
    scene
        .iam(
            "PutUserPolicy",
            &[
                ("UserName", "renamed"),
                ("PolicyName", "all"),
                ("PolicyDocument", all),
            ],
        )
        .is_ok();
    scene
        .enable_own(&dev.key, "renamed", &second, 0)
        .is(NEEDMFA);
    // Who bears the name now is another user.
    scene.person("dev");
    scene.enable_own(&dev.key, "dev", &second, 0).is_ok();
}

#[test]
fn the_policies_come_first() {
    let mut scene = Scene::new();
    let (dev, phone) = scene.equipped("dev");
    let answer = scene.enable_own(&dev.key, "dev", &phone, 2);
    answer.is((
        403,
        "AccessDenied",
        "User: arn:aws:iam::111122223333:user/dev is not authorized to perform: iam:EnableMFADevice on resource: \
         arn:aws:iam::111122223333:user/dev because no identity-based policy allows the iam:EnableMFADevice action",
    ));
}
