//! 5: what sessions may call, and on which ARN names are authorised.

use super::*;

fn policy(action: &str, resource: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}]}}"#
    )
}

impl Scene {
    fn allow(&mut self, person: &Person, action: &str, resource: &str) {
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
fn case_5_1_a_session_lives_on_whatever_becomes_of_its_device() {
    let mut scene = Scene::new();
    let (dev, phone) = scene.equipped("dev");
    scene.person("other");
    scene.allow(&dev, "iam:GetUser", "*");
    let session = scene.sign_in(&dev, &phone, 0).session();
    let by_key = scene.identity(&dev.key);
    let still = |scene: &mut Scene| {
        let answer = scene.identity(&session);
        answer.is_ok();
        for name in ["Arn", "UserId"] {
            assert_eq!(answer.text(name), by_key.text(name));
        }
        // Only a session with MFA may call IAM.
        scene.iam_by(&session, "GetUser", &[]).is_ok();
    };
    scene.resync(dev.name, &phone, 2).is_ok();
    still(&mut scene);
    scene.deactivate(dev.name, &phone).is_ok();
    still(&mut scene);
    scene.enable("other", &phone, 4).is_ok();
    still(&mut scene);
    scene.deactivate("other", &phone).is_ok();
    scene
        .iam("DeleteVirtualMFADevice", &[("SerialNumber", &phone.serial)])
        .is_ok();
    still(&mut scene);
}

#[test]
fn case_5_2_only_with_mfa_sessions_call_iam_whatever_the_policies_say() {
    let mut scene = Scene::new();
    let without = scene.session_without_mfa();
    for action in ["GetUser", "ListUsers", "CreateAccessKey"] {
        scene.iam_by(&without, action, &[]).is((
            403,
            "InvalidClientTokenId",
            "The security token included in the request is invalid",
        ));
    }
    let with = scene.session();
    scene.iam_by(&with, "ListUsers", &[]).is_ok();
}

#[test]
fn case_5_3_sessions_call_little_of_sts() {
    let mut scene = Scene::new();
    let sessions = [scene.session(), scene.session_without_mfa()];
    for session in sessions {
        for action in ["GetSessionToken", "GetFederationToken"] {
            let params = [("Action", action), ("Name", "fed")];
            scene.call(&session, "sts", &params).is((
                403,
                "AccessDenied",
                &format!("Cannot call {action} with session credentials"),
            ));
        }
        scene.identity(&session).is_ok();
    }
}

#[test]
fn case_5_4_get_user_without_a_name_is_about_the_caller() {
    let mut scene = Scene::new();
    let dev = scene.person("dev");
    scene.allow(&dev, "iam:GetUser", "arn:aws:iam::111122223333:user/dev");
    scene.iam_by(&dev.key, "GetUser", &[]).is_ok();
    scene
        .iam_by(&dev.key, "GetUser", &[("UserName", "admin")])
        .is_code(403, "AccessDenied");
}

#[test]
fn case_5_5_names_are_authorised_on_the_stored_arn() {
    let mut scene = Scene::new();
    let dev = scene.person("dev");
    let other = [("UserName", "Other"), ("Path", "/team/")];
    scene.iam("CreateUser", &other).is_ok();
    scene.allow(
        &dev,
        "iam:GetUser",
        "arn:aws:iam::111122223333:user/team/Other",
    );
    let shouted = [("UserName", "OTHER")];
    let answer = scene.iam_by(&dev.key, "GetUser", &shouted);
    answer.is_ok();
    assert_eq!(answer.text("UserName").unwrap(), "Other");
    scene
        .iam(
            "UpdateUser",
            &[("UserName", "other"), ("NewPath", "/away/")],
        )
        .is_ok();
    scene
        .iam_by(&dev.key, "GetUser", &shouted)
        .is_code(403, "AccessDenied");
}

#[test]
fn case_5_6_a_new_user_is_authorised_on_the_arn_to_be() {
    let mut scene = Scene::new();
    let dev = scene.person("dev");
    scene.allow(
        &dev,
        "iam:CreateUser",
        "arn:aws:iam::111122223333:user/team/*",
    );
    let outside = [("UserName", "new"), ("Path", "/elsewhere/")];
    scene
        .iam_by(&dev.key, "CreateUser", &outside)
        .is_code(403, "AccessDenied");
    let inside = [("UserName", "new"), ("Path", "/team/")];
    scene.iam_by(&dev.key, "CreateUser", &inside).is_ok();
}

#[test]
fn case_5_7_the_use_of_a_key_is_its_owners_affair() {
    let mut scene = Scene::new();
    let dev = scene.person("dev");
    let other = scene.person("other");
    scene.allow(
        &dev,
        "iam:GetAccessKeyLastUsed",
        "arn:aws:iam::111122223333:user/dev",
    );
    let mut ask = |key: &Key, name: &str| {
        let params = [("AccessKeyId", key.id.as_str()), ("UserName", name)];
        scene.iam_by(&dev.key, "GetAccessKeyLastUsed", &params)
    };
    let answer = ask(&dev.key, "other");
    answer.is_ok();
    assert_eq!(answer.text("UserName").unwrap(), "dev");
    assert_eq!(answer.text("ServiceName").unwrap(), "iam");
    ask(&other.key, "dev").is_code(403, "AccessDenied");
}
