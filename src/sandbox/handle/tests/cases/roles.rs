//! Roles and federated users: who can assume them, for how long, and with which permissions.

use super::*;

fn trust(principal: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"}}]}}"#
    )
}

const ALLOW: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:ListUsers","iam:ListRoles","sts:AssumeRole"],"Resource":"*"}]}"#;
const USERS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}]}"#;

impl Fixture {
    pub(super) fn role(&mut self, name: &str, principal: &str) {
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

    pub(super) fn assume(&mut self, key: &Key, name: &str, more: &[(&str, &str)]) -> Answer {
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
fn assuming_a_role_needs_its_trust_policy_and_the_callers_permission() {
    let mut fixture = Fixture::new();
    let dev = fixture.person("dev");
    fixture.role("account", "111122223333");
    fixture.role("named", "arn:aws:iam::111122223333:user/dev");
    fixture.role("others", "arn:aws:iam::111122223333:user/admin");
    // A trust policy that names the account also needs the user's own policy; one that names the user does not.
    fixture
        .assume(&dev.key, "account", &[])
        .is_code(403, "AccessDenied");
    fixture.assume(&dev.key, "named", &[]).is_ok();
    let params = [
        ("UserName", "dev"),
        ("PolicyName", "p"),
        ("PolicyDocument", ALLOW),
    ];
    fixture.iam("PutUserPolicy", &params).is_ok();
    fixture.assume(&dev.key, "account", &[]).is_ok();
    for name in ["others", "missing"] {
        let answer = fixture.assume(&dev.key, name, &[]);
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
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    fixture.role("r", "111122223333");
    let answer = fixture.assume(&key, "r", &[]);
    let arn = "arn:aws:sts::111122223333:assumed-role/r/session";
    assert_eq!(answer.text("Arn").unwrap(), arn);
    let session = answer.session();
    let identity = fixture.identity(&session);
    assert_eq!(identity.text("Arn").unwrap(), arn);
    assert_eq!(identity.text("UserId"), answer.text("AssumedRoleId"));
    // The session needs no MFA to call IAM, and has the permissions of the role.
    fixture.iam_by(&session, "ListUsers", &[]).is_ok();
    let denied = fixture.iam_by(&session, "ListGroups", &[]);
    denied.is_code(403, "AccessDenied");
    assert!(
        denied
            .text("Message")
            .unwrap()
            .starts_with(&format!("User: {arn} is not"))
    );
    fixture.iam_by(&session, "GetUser", &[]).is((
        400,
        "ValidationError",
        "Must specify userName when calling with non-User credentials",
    ));
}

#[test]
fn role_sessions_last_at_most_as_long_as_the_role_allows() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    fixture.role("r", "111122223333");
    let hours = |n: &'static str| [("DurationSeconds", n)];
    fixture
        .assume(&key, "r", &hours("7200"))
        .is_code(400, "ValidationError");
    let longer = [("RoleName", "r"), ("MaxSessionDuration", "7200")];
    fixture.iam("UpdateRole", &longer).is_ok();
    let answer = fixture.assume(&key, "r", &hours("7200"));
    assert_eq!(answer.text("Expiration").unwrap(), "2026-11-24T08:00:00Z");
    // With role chaining, the limit is one hour.
    let session = answer.session();
    fixture.assume(&session, "r", &hours("3601")).is((
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    ));
    fixture.assume(&session, "r", &[]).is_ok();
    fixture.after(7200);
    fixture.identity(&session).is_code(403, "ExpiredToken");
}

#[test]
fn session_policies_narrow() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    fixture.role("r", "111122223333");
    let session = fixture.assume(&key, "r", &[("Policy", USERS)]).session();
    fixture.iam_by(&session, "ListUsers", &[]).is_ok();
    let answer = fixture.iam_by(&session, "ListRoles", &[]);
    answer.is_code(403, "AccessDenied");
    let message = answer.text("Message").unwrap();
    assert!(message.contains("session policy"), "{message}");
    fixture
        .assume(&key, "r", &[("Policy", "{}")])
        .is_code(400, "MalformedPolicyDocument");
    let long = USERS.replace("iam:ListUsers", &format!("iam:{}", "x".repeat(2048)));
    fixture
        .assume(&key, "r", &[("Policy", &long)])
        .is_code(400, "ValidationError");
    let longest = long.replacen(&"x".repeat(long.len() - 2_048), "", 1);
    assert_eq!(longest.len(), 2_048);
    let arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
    let params = [("Policy", &*longest), ("PolicyArns.member.1.arn", arn)];
    fixture
        .assume(&key, "r", &params)
        .is_code(400, "PackedPolicyTooLarge");
    let params = [
        ("Action", "GetFederationToken"),
        ("Name", "fed"),
        ("Policy", &long),
    ];
    (fixture.call(&key, "sts", &params)).is_code(400, "ValidationError");
    let session = fixture
        .assume(&key, "r", &[("PolicyArns.member.1.arn", arn)])
        .session();
    fixture.iam_by(&session, "ListRoles", &[]).is_ok();
}

#[test]
fn a_federated_user_has_the_permissions_of_both_policies_and_cannot_call_iam() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    let params = [
        ("Action", "GetFederationToken"),
        ("Name", "fed"),
        ("Policy", USERS),
    ];
    let answer = fixture.call(&key, "sts", &params);
    assert_eq!(answer.text("FederatedUserId").unwrap(), "111122223333:fed");
    let session = answer.session();
    let identity = fixture.identity(&session);
    assert_eq!(
        identity.text("Arn").unwrap(),
        "arn:aws:sts::111122223333:federated-user/fed"
    );
    fixture
        .iam_by(&session, "ListUsers", &[])
        .is_code(403, "InvalidClientTokenId");
}

#[test]
fn a_role_needs_a_valid_trust_policy_and_is_deleted_without_policies() {
    let mut fixture = Fixture::new();
    for (principal, good) in [
        ("arn:aws:iam::111122223333:user/nobody", false),
        ("arn:aws:iam::999988887777:user/anybody", true),
        ("somebody", false),
    ] {
        let trust = trust(principal);
        let params = [("RoleName", "r"), ("AssumeRolePolicyDocument", &trust)];
        let answer = fixture.iam("CreateRole", &params);
        if good {
            answer.is_ok();
        } else {
            answer.is_code(400, "MalformedPolicyDocument");
        }
    }
    let name = [("RoleName", "R")];
    let answer = fixture.iam("GetRole", &name);
    assert_eq!(answer.text("MaxSessionDuration").unwrap(), "3600");
    let params = [
        ("RoleName", "r"),
        ("PolicyName", "p"),
        ("PolicyDocument", ALLOW),
    ];
    fixture.iam("PutRolePolicy", &params).is_ok();
    fixture
        .iam("DeleteRole", &name)
        .is_code(409, "DeleteConflict");
    fixture.iam("DeleteRolePolicy", &params[..2]).is_ok();
    fixture.iam("DeleteRole", &name).is_ok();
}

#[test]
fn an_access_key_id_reveals_its_account() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    for (id, account) in [
        (key.id.as_str(), "111122223333"),
        ("ASIAQNZGKIQY56JQ7WML", "029608264753"),
    ] {
        let params = [("Action", "GetAccessKeyInfo"), ("AccessKeyId", id)];
        let answer = fixture.call(&key, "sts", &params);
        assert_eq!(answer.text("Account").unwrap(), account);
    }
}
