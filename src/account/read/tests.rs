//! Documents as the AWS CLI saves them, complete, in pages and broken.

use super::*;

const USER: &str = r#"{
  "Path": "/team/", "UserName": "dev", "UserId": "AIDADEV2", "Unknown": 1,
  "Arn": "arn:aws:iam::210987654321:user/team/dev", "CreateDate": "2020-01-02T03:04:05+00:00",
  "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": {"Version":"2012-10-17","Statement":[]}}],
  "GroupList": ["missing"],
  "AttachedManagedPolicies": [
    {"PolicyName": "limit", "PolicyArn": "arn:aws:iam::210987654321:policy/limit"},
    {"PolicyName": "Missing", "PolicyArn": "arn:aws:iam::aws:policy/Missing"}],
  "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "arn:aws:iam::210987654321:policy/limit"},
  "Tags": [{"Key": "Team", "Value": "x"}]
}"#;

const POLICY: &str = r#"{
  "PolicyName": "limit", "PolicyId": "ANPA2", "Arn": "arn:aws:iam::210987654321:policy/limit", "DefaultVersionId": "v3",
  "CreateDate": "yesterday",
  "PolicyVersionList": [
    {"Document": {"Version":"2012-10-17","Statement":[]}, "VersionId": "v3", "IsDefaultVersion": true},
    {"Document": "%7B%22Statement%22%3A%5B%5D%7D", "VersionId": "v1", "IsDefaultVersion": false}]
}"#;

const AWS_MANAGED: &str = r#"{
  "PolicyName": "View", "Arn": "arn:aws:iam::aws:policy/View", "DefaultVersionId": "v1",
  "PolicyVersionList": [{"Document": {"Statement":[]}, "VersionId": "v1"}]
}"#;

const ROLE: &str = r#"{
  "RoleName": "r", "RoleId": "AROA2", "Arn": "arn:aws:iam::210987654321:role/r",
  "AssumeRolePolicyDocument": {"Statement":[]}
}"#;

fn complete() -> String {
    format!(
        r#"{{"UserDetailList":[{USER}],"GroupDetailList":[],"RoleDetailList":[{ROLE}],"Policies":[{POLICY},{AWS_MANAGED}],"IsTruncated":false}}"#
    )
}

#[test]
fn a_complete_document_is_read() {
    let account = read(&complete()).unwrap();
    let home = account.home.as_ref().unwrap();
    assert_eq!(
        (home.partition.as_str(), home.account_id.as_str()),
        ("aws", "210987654321")
    );
    let dev = &account.users[0];
    assert_eq!(dev.identity.name, "dev");
    assert_eq!(dev.identity.path, "/team/");
    assert_eq!(dev.identity.id, "AIDADEV2");
    assert_eq!(dev.identity.create_date.unwrap().year(), 2020);
    assert_eq!(dev.identity.tags, [("Team".to_owned(), "x".to_owned())]);
    assert!(dev.identity.inline.contains_key("own"));
    let limit = "arn:aws:iam::210987654321:policy/limit";
    assert_eq!(dev.identity.boundary.as_deref(), Some(limit));
    let policy = &account.policies[limit];
    assert_eq!(policy.versions.keys().copied().collect::<Vec<_>>(), [1, 3]);
    assert_eq!(
        policy.document().unwrap().text(),
        r#"{"Version":"2012-10-17","Statement":[]}"#
    );
    assert_eq!(policy.create_date, None, "an odd date is unknown");
    let attached: Vec<_> = account
        .attached_to(limit)
        .map(|(kind, i)| (kind, i.name.as_str()))
        .collect();
    assert_eq!(attached, [(IdentityKind::User, "dev")]);
    assert_eq!(account.identities().count(), 2);
    assert!(is_aws_managed("arn:aws:iam::aws:policy/View") && !is_aws_managed(limit));
}

#[test]
fn references_to_what_is_not_in_the_document_are_kept() {
    let dev = &read(&complete()).unwrap().users[0];
    assert_eq!(dev.groups, ["missing"]);
    assert!(
        dev.identity
            .attached
            .contains(&"arn:aws:iam::aws:policy/Missing".to_owned())
    );
}

#[test]
fn the_pages_of_one_account_are_one_account() {
    let first = format!(r#"{{"UserDetailList":[{USER}],"IsTruncated":true,"Marker":"m"}}"#);
    let last =
        format!(r#"{{"RoleDetailList":[{ROLE}],"Policies":[{POLICY}],"IsTruncated":false}}"#);
    let account = read_pages([first.as_str(), &last]).unwrap();
    assert_eq!(
        (
            account.users.len(),
            account.roles.len(),
            account.policies.len()
        ),
        (1, 1, 1)
    );
    assert_eq!(read(&first).unwrap_err(), ReadError::Truncated);
    let twice = read_pages([first.as_str(), &first, &last]).unwrap_err();
    assert!(matches!(twice, ReadError::Twice(_)), "{twice}");
}

#[test]
fn an_error_names_the_place() {
    for (from, to, error) in [
        (
            "user/team/dev",
            "user/",
            "expected the ARNs of one account, found `arn:aws:iam::210987654321:user/`",
        ),
        (
            "210987654321:role",
            "111122223333:role",
            "expected the ARNs of one account, found `arn:aws:iam::111122223333:role/r`",
        ),
        (
            "210987654321:role",
            "aws:role",
            "expected the ARNs of one account, found `arn:aws:iam::aws:role/r`",
        ),
        (
            "\"DefaultVersionId\": \"v3\"",
            "\"DefaultVersionId\": \"v2\"",
            "`arn:aws:iam::210987654321:policy/limit`: `v2` is not in the document",
        ),
        (
            "\"VersionId\": \"v1\"",
            "\"VersionId\": \"one\"",
            "expected the output of `aws iam get-account-authorization-details`: `one` is",
        ),
        (
            "%7B%22St",
            "%5B%22St",
            "version `v1` of `arn:aws:iam::210987654321:policy/limit`: ",
        ),
        (
            "\"PolicyDocument\": {",
            "\"PolicyDocument\": [], \"Unknown\": {",
            "policy `own` of `arn:aws:iam::210987654321:user/team/dev`: ",
        ),
        (
            "AssumeRolePolicyDocument",
            "Assume",
            "`arn:aws:iam::210987654321:role/r`: `AssumeRolePolicyDocument` is not in the document",
        ),
    ] {
        let changed = complete().replacen(from, to, 1);
        assert_ne!(changed, complete(), "{from}");
        let message = read(&changed).unwrap_err().to_string();
        assert!(message.starts_with(error), "{message}");
    }
    let twice = complete().replacen("\"Policies\":[", &format!("\"Policies\":[{POLICY},"), 1);
    assert_eq!(
        read(&twice).unwrap_err().to_string(),
        "`arn:aws:iam::210987654321:policy/limit` appears twice in the document"
    );
    for text in ["", "[]", "{\"UserDetailList\":[{}]}"] {
        assert!(matches!(read(text), Err(ReadError::Shape(_))), "{text}");
    }
    assert!(read("\u{feff}{}").unwrap().home.is_none());
}
