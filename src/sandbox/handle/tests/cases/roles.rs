//! Roles and federated users: who becomes one, for how long, and what is left of their permissions.

use super::*;

fn trust(principal: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"}}]}}"#
    )
}

const ALLOW: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:ListUsers","iam:ListRoles","sts:AssumeRole"],"Resource":"*"}]}"#;
const USERS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}]}"#;

impl Scene {
    fn role(&mut self, name: &str, principal: &str) {
        let trust = trust(principal);
        self.iam(
            "CreateRole",
            &[("RoleName", name), ("AssumeRolePolicyDocument", &trust)],
        )
        .is_ok();
        let params = [
            ("RoleName", name),
            ("PolicyName", "p"),
            ("PolicyDocument", ALLOW),
        ];
        self.iam("PutRolePolicy", &params).is_ok();
    }

    fn assume(&mut self, key: &Key, name: &str, more: &[(&str, &str)]) -> Answer {
        let arn = format!("arn:aws:iam::111122223333:role/{name}");
        let mut params = vec![
            ("Action", "AssumeRole"),
            ("RoleArn", arn.as_str()),
            ("RoleSessionName", "session"),
        ];
        params.extend(more);
        self.call(key, "sts", &params)
    }
}

#[test]
fn a_role_asks_for_its_own_grant_and_the_callers() {
    let mut scene = Scene::new();
    let dev = scene.person("dev");
    scene.role("account", "111122223333");
    scene.role("named", "arn:aws:iam::111122223333:user/dev");
    scene.role("others", "arn:aws:iam::111122223333:user/admin");
    // A grant to the account needs the user's own policy, a grant to the user does not.
    scene
        .assume(&dev.key, "account", &[])
        .is_code(403, "AccessDenied");
    scene.assume(&dev.key, "named", &[]).is_ok();
    let params = [
        ("UserName", "dev"),
        ("PolicyName", "p"),
        ("PolicyDocument", ALLOW),
    ];
    scene.iam("PutUserPolicy", &params).is_ok();
    scene.assume(&dev.key, "account", &[]).is_ok();
    for name in ["others", "missing"] {
        let answer = scene.assume(&dev.key, name, &[]);
        answer.is_code(403, "AccessDenied");
        let message = answer.text("Message").unwrap();
        let begins = format!(
            "User: arn:aws:iam::111122223333:user/dev is not authorized to perform: sts:AssumeRole on resource: \
             arn:aws:iam::111122223333:role/{name}"
        );
        assert!(message.starts_with(&begins), "{message}");
    }
}

#[test]
fn a_role_session_has_the_roles_name_and_permissions() {
    let mut scene = Scene::new();
    let key = scene.key.clone();
    scene.role("r", "111122223333");
    let answer = scene.assume(&key, "r", &[]);
    let arn = "arn:aws:sts::111122223333:assumed-role/r/session";
    assert_eq!(answer.text("Arn").unwrap(), arn);
    let session = answer.session();
    let identity = scene.identity(&session);
    assert_eq!(identity.text("Arn").unwrap(), arn);
    assert_eq!(identity.text("UserId"), answer.text("AssumedRoleId"));
    // It needs no MFA to call IAM, and may do what the role may.
    scene.iam_by(&session, "ListUsers", &[]).is_ok();
    let denied = scene.iam_by(&session, "ListGroups", &[]);
    denied.is_code(403, "AccessDenied");
    assert!(
        denied
            .text("Message")
            .unwrap()
            .starts_with(&format!("User: {arn} is not"))
    );
    scene.iam_by(&session, "GetUser", &[]).is((
        400,
        "ValidationError",
        "Must specify userName when calling with non-User credentials",
    ));
}

#[test]
fn roles_last_as_long_as_they_say() {
    let mut scene = Scene::new();
    let key = scene.key.clone();
    scene.role("r", "111122223333");
    let hours = |n: &'static str| [("DurationSeconds", n)];
    scene
        .assume(&key, "r", &hours("7200"))
        .is_code(400, "ValidationError");
    let longer = [("RoleName", "r"), ("MaxSessionDuration", "7200")];
    scene.iam("UpdateRole", &longer).is_ok();
    let answer = scene.assume(&key, "r", &hours("7200"));
    assert_eq!(answer.text("Expiration").unwrap(), "2026-11-24T08:00:00Z");
    // From one role to the next it is an hour.
    let session = answer.session();
    scene.assume(&session, "r", &hours("3601")).is((
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    ));
    scene.assume(&session, "r", &[]).is_ok();
    scene.after(7200);
    scene.identity(&session).is_code(403, "ExpiredToken");
}

#[test]
fn session_policies_narrow() {
    let mut scene = Scene::new();
    let key = scene.key.clone();
    scene.role("r", "111122223333");
    let session = scene.assume(&key, "r", &[("Policy", USERS)]).session();
    scene.iam_by(&session, "ListUsers", &[]).is_ok();
    let answer = scene.iam_by(&session, "ListRoles", &[]);
    answer.is_code(403, "AccessDenied");
    let message = answer.text("Message").unwrap();
    assert!(message.contains("session policy"), "{message}");
    scene
        .assume(&key, "r", &[("Policy", "{}")])
        .is_code(400, "MalformedPolicyDocument");
    let long = USERS.replace("iam:ListUsers", &format!("iam:{}", "x".repeat(2048)));
    scene
        .assume(&key, "r", &[("Policy", &long)])
        .is_code(400, "PackedPolicyTooLarge");
    let arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
    let session = scene
        .assume(&key, "r", &[("PolicyArns.member.1.arn", arn)])
        .session();
    scene.iam_by(&session, "ListRoles", &[]).is_ok();
}

#[test]
fn a_federated_user_has_what_both_allow_and_no_iam() {
    let mut scene = Scene::new();
    let key = scene.key.clone();
    let params = [
        ("Action", "GetFederationToken"),
        ("Name", "fed"),
        ("Policy", USERS),
    ];
    let answer = scene.call(&key, "sts", &params);
    assert_eq!(answer.text("FederatedUserId").unwrap(), "111122223333:fed");
    let session = answer.session();
    let identity = scene.identity(&session);
    assert_eq!(
        identity.text("Arn").unwrap(),
        "arn:aws:sts::111122223333:federated-user/fed"
    );
    scene
        .iam_by(&session, "ListUsers", &[])
        .is_code(403, "InvalidClientTokenId");
}

#[test]
fn a_role_must_have_a_sound_trust_policy_and_goes_without_policies() {
    let mut scene = Scene::new();
    for (principal, good) in [
        ("arn:aws:iam::111122223333:user/nobody", false),
        ("arn:aws:iam::999988887777:user/anybody", true),
        ("somebody", false),
    ] {
        let trust = trust(principal);
        let params = [("RoleName", "r"), ("AssumeRolePolicyDocument", &trust)];
        let answer = scene.iam("CreateRole", &params);
        if good {
            answer.is_ok();
        } else {
            answer.is_code(400, "MalformedPolicyDocument");
        }
    }
    let name = [("RoleName", "R")];
    let answer = scene.iam("GetRole", &name);
    assert_eq!(answer.text("MaxSessionDuration").unwrap(), "3600");
    let params = [
        ("RoleName", "r"),
        ("PolicyName", "p"),
        ("PolicyDocument", ALLOW),
    ];
    scene.iam("PutRolePolicy", &params).is_ok();
    scene
        .iam("DeleteRole", &name)
        .is_code(409, "DeleteConflict");
    scene.iam("DeleteRolePolicy", &params[..2]).is_ok();
    scene.iam("DeleteRole", &name).is_ok();
}

#[test]
fn an_access_key_tells_its_account() {
    let mut scene = Scene::new();
    let key = scene.key.clone();
    for (id, account) in [
        (key.id.as_str(), "111122223333"),
        ("ASIAQNZGKIQY56JQ7WML", "029608264753"),
    ] {
        let params = [("Action", "GetAccessKeyInfo"), ("AccessKeyId", id)];
        let answer = scene.call(&key, "sts", &params);
        assert_eq!(answer.text("Account").unwrap(), account);
    }
}
