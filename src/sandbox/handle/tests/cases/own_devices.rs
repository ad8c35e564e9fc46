//! Cases 4: AWS's rule of 2023 on own MFA devices, which applies after the policies.

use super::*;

const NEEDMFA: (u16, &str, &str) = (
    403,
    "AccessDenied",
    "To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user.",
);

/// The credentials of the user's calls.
impl Fixture {
    fn own(
        &mut self,
        key: &Key,
        action: &str,
        user: &str,
        serial: &str,
        pair: Option<[String; 2]>,
    ) -> Answer {
        let mut params = vec![("UserName", user), ("SerialNumber", serial)];
        let with_pair = pair.is_some();
        let [first, second] = pair.unwrap_or_default();
        if with_pair {
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

    /// A user who may enable, deactivate and resync devices for itself and for `other`, and three devices.
    fn with_three_phones(&mut self) -> (TestUser, [Phone; 3]) {
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
    let mut fixture = Fixture::new();
    let (dev, [first, ..]) = fixture.with_three_phones();
    fixture.enable_own(&dev.key, "dev", &first, 0).is_ok();
}

#[test]
fn case_4_2_and_4_3_a_user_with_a_device_needs_mfa_before_parameters_are_checked() {
    let mut fixture = Fixture::new();
    let (dev, [first, second, _]) = fixture.with_three_phones();
    fixture.enable_own(&dev.key, "dev", &first, 0).is_ok();
    fixture.enable_own(&dev.key, "dev", &second, 0).is(NEEDMFA);
    // The rule applies before the check for a duplicate and before that of the pair.
    fixture.enable_own(&dev.key, "DEV", &first, 0).is(NEEDMFA);
    fixture.enable_own(&dev.key, "dev", &first, 2).is(NEEDMFA);
    fixture
        .deactivate_own(&dev.key, "dev", &first.serial)
        .is(NEEDMFA);
    // The rule applies before the check that the device exists.
    let missing = "arn:aws:iam::111122223333:mfa/missing";
    fixture.deactivate_own(&dev.key, "dev", missing).is(NEEDMFA);
    fixture
        .own(
            &dev.key,
            "EnableMFADevice",
            "dev",
            missing,
            Some(["000000".to_owned(), "000001".to_owned()]),
        )
        .is(NEEDMFA);
    // The administrator has a device, and needs no MFA for the device of another user.
    fixture.enable("dev", &second, 0).is_ok();
}

#[test]
fn case_4_4_a_resync_needs_no_mfa() {
    let mut fixture = Fixture::new();
    let (dev, [first, ..]) = fixture.with_three_phones();
    fixture.enable_own(&dev.key, "dev", &first, 0).is_ok();
    let newer = first.pair(&fixture, 2);
    fixture
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
    let mut fixture = Fixture::new();
    let (dev, [first, _, third]) = fixture.with_three_phones();
    fixture.enable_own(&dev.key, "dev", &first, 0).is_ok();
    fixture.enable_own(&dev.key, "other", &third, 0).is_ok();
    fixture
        .deactivate_own(&dev.key, "other", &third.serial)
        .is_ok();
    let answer = fixture.enable_own(&dev.key, "admin", &third, 2);
    answer.is_code(403, "AccessDenied");
    assert!(answer.body().contains("is not authorized to perform"));
}

#[test]
fn case_4_6_and_4_7_an_mfa_session_can_remove_the_last_device_and_then_the_key_can_enrol_again() {
    let mut fixture = Fixture::new();
    let (dev, [first, second, _]) = fixture.with_three_phones();
    fixture.enable_own(&dev.key, "dev", &first, 0).is_ok();
    let session = fixture.sign_in(&dev, &first, 1).session();
    fixture.enable_own(&session, "dev", &second, 0).is_ok();
    fixture
        .deactivate_own(&session, "dev", &first.serial)
        .is_ok();
    // One device is left.
    fixture
        .deactivate_own(&dev.key, "dev", &second.serial)
        .is(NEEDMFA);
    fixture
        .deactivate_own(&session, "dev", &second.serial)
        .is_ok();
    fixture.enable_own(&dev.key, "dev", &first, 2).is_ok();
    fixture.enable_own(&dev.key, "dev", &second, 2).is(NEEDMFA);
}

#[test]
fn case_4_8_the_unique_id_counts_and_not_the_name() {
    let mut fixture = Fixture::new();
    let (dev, [first, second, _]) = fixture.with_three_phones();
    fixture.enable_own(&dev.key, "dev", &first, 0).is_ok();
    let renamed = [("UserName", "dev"), ("NewUserName", "renamed")];
    fixture.iam("UpdateUser", &renamed).is_ok();
    let all = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#;
    fixture
        .iam(
            "PutUserPolicy",
            &[
                ("UserName", "renamed"),
                ("PolicyName", "all"),
                ("PolicyDocument", all),
            ],
        )
        .is_ok();
    fixture
        .enable_own(&dev.key, "renamed", &second, 0)
        .is(NEEDMFA);
    // Another user has the name now.
    fixture.person("dev");
    fixture.enable_own(&dev.key, "dev", &second, 0).is_ok();
}

#[test]
fn policies_are_decided_before_the_code_is_verified() {
    let mut fixture = Fixture::new();
    let (dev, phone) = fixture.user_with_device("dev");
    let answer = fixture.enable_own(&dev.key, "dev", &phone, 2);
    answer.is((
        403,
        "AccessDenied",
        "User: arn:aws:iam::111122223333:user/dev is not authorized to perform: iam:EnableMFADevice on resource: \
         arn:aws:iam::111122223333:user/dev because no identity-based policy allows the iam:EnableMFADevice action",
    ));
}
