//! Cases 5: the operations that sessions may call, and the ARNs on which names are authorised.

use super::*;

fn policy(action: &str, resource: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}]}}"#
    )
}

impl Fixture {
    fn allow(&mut self, person: &TestUser, action: &str, resource: &str) {
        self.iam(
            "PutUserPolicy",
            &[
                ("UserName", person.name),
                ("PolicyName", "p"),
                ("PolicyDocument", &policy(action, resource)),
            ],
        )
        .is_ok();
    }
}

#[test]
fn case_5_1_a_session_stays_valid_when_its_device_is_removed() {
    let mut fixture = Fixture::new();
    let (dev, phone) = fixture.user_with_device("dev");
    fixture.person("other");
    fixture.allow(&dev, "iam:GetUser", "*");
    let session = fixture.sign_in(&dev, &phone, 0).session();
    let by_key = fixture.identity(&dev.key);
    let still = |fixture: &mut Fixture| {
        let answer = fixture.identity(&session);
        answer.is_ok();
        for name in ["Arn", "UserId"] {
            assert_eq!(answer.text(name), by_key.text(name));
        }
        // Only an MFA session may call IAM.
        fixture.iam_by(&session, "GetUser", &[]).is_ok();
    };
    fixture.resync(dev.name, &phone, 2).is_ok();
    still(&mut fixture);
    fixture.deactivate(dev.name, &phone).is_ok();
    still(&mut fixture);
    fixture.enable("other", &phone, 4).is_ok();
    still(&mut fixture);
    fixture.deactivate("other", &phone).is_ok();
    fixture
        .iam("DeleteVirtualMFADevice", &[("SerialNumber", &phone.serial)])
        .is_ok();
    still(&mut fixture);
}

#[test]
fn case_5_2_only_mfa_sessions_can_call_iam_whatever_the_policies_allow() {
    let mut fixture = Fixture::new();
    let without = fixture.session_without_mfa();
    for action in ["GetUser", "ListUsers", "CreateAccessKey"] {
        fixture.iam_by(&without, action, &[]).is((
            403,
            "InvalidClientTokenId",
            "The security token included in the request is invalid",
        ));
    }
    let with = fixture.session();
    fixture.iam_by(&with, "ListUsers", &[]).is_ok();
}

#[test]
fn case_5_3_sessions_can_call_few_operations_of_sts() {
    let mut fixture = Fixture::new();
    let sessions = [fixture.session(), fixture.session_without_mfa()];
    for session in sessions {
        for action in ["GetSessionToken", "GetFederationToken"] {
            let params = [("Action", action), ("Name", "fed")];
            fixture.call(&session, "sts", &params).is((
                403,
                "AccessDenied",
                &format!("Cannot call {action} with session credentials"),
            ));
        }
        fixture.identity(&session).is_ok();
    }
}

#[test]
fn case_5_4_get_user_without_a_name_is_about_the_caller() {
    let mut fixture = Fixture::new();
    let dev = fixture.person("dev");
    fixture.allow(&dev, "iam:GetUser", "arn:aws:iam::111122223333:user/dev");
    fixture.iam_by(&dev.key, "GetUser", &[]).is_ok();
    fixture
        .iam_by(&dev.key, "GetUser", &[("UserName", "admin")])
        .is_code(403, "AccessDenied");
}

#[test]
fn case_5_5_names_are_authorised_on_the_stored_arn() {
    let mut fixture = Fixture::new();
    let dev = fixture.person("dev");
    let other = [("UserName", "Other"), ("Path", "/team/")];
    fixture.iam("CreateUser", &other).is_ok();
    fixture.allow(
        &dev,
        "iam:GetUser",
        "arn:aws:iam::111122223333:user/team/Other",
    );
    let shouted = [("UserName", "OTHER")];
    let answer = fixture.iam_by(&dev.key, "GetUser", &shouted);
    answer.is_ok();
    assert_eq!(answer.text("UserName").unwrap(), "Other");
    fixture
        .iam(
            "UpdateUser",
            &[("UserName", "other"), ("NewPath", "/away/")],
        )
        .is_ok();
    fixture
        .iam_by(&dev.key, "GetUser", &shouted)
        .is_code(403, "AccessDenied");
}

#[test]
fn case_5_6_a_new_user_is_authorised_on_its_future_arn() {
    let mut fixture = Fixture::new();
    let dev = fixture.person("dev");
    fixture.allow(
        &dev,
        "iam:CreateUser",
        "arn:aws:iam::111122223333:user/team/*",
    );
    let outside = [("UserName", "new"), ("Path", "/elsewhere/")];
    fixture
        .iam_by(&dev.key, "CreateUser", &outside)
        .is_code(403, "AccessDenied");
    let inside = [("UserName", "new"), ("Path", "/team/")];
    fixture.iam_by(&dev.key, "CreateUser", &inside).is_ok();
}

#[test]
fn case_5_7_the_last_use_of_a_key_is_authorised_on_its_owner() {
    let mut fixture = Fixture::new();
    let dev = fixture.person("dev");
    let other = fixture.person("other");
    fixture.allow(
        &dev,
        "iam:GetAccessKeyLastUsed",
        "arn:aws:iam::111122223333:user/dev",
    );
    let mut ask = |key: &Key, name: &str| {
        let params = [("AccessKeyId", key.id.as_str()), ("UserName", name)];
        fixture.iam_by(&dev.key, "GetAccessKeyLastUsed", &params)
    };
    let answer = ask(&dev.key, "other");
    answer.is_ok();
    assert_eq!(answer.text("UserName").unwrap(), "dev");
    assert_eq!(answer.text("ServiceName").unwrap(), "iam");
    ask(&other.key, "dev").is_code(403, "AccessDenied");
}
