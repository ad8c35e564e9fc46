//! Users, groups, keys, passwords and tags, and the pagination of lists.

use super::*;

pub(super) const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
pub(super) const DENY: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"No","Effect":"Deny","Action":"*","Resource":"*"}]}"#;

pub(super) fn inline<'a>(
    holder: (&'a str, &'a str),
    name: &'a str,
    text: &'a str,
) -> [(&'a str, &'a str); 3] {
    [holder, ("PolicyName", name), ("PolicyDocument", text)]
}

#[test]
fn names_are_unique_and_found_in_any_case() {
    let mut fixture = Fixture::new();
    fixture.person("Dev");
    fixture.iam("CreateUser", &[("UserName", "DEV")]).is((
        409,
        "EntityAlreadyExists",
        "User with name DEV already exists.",
    ));
    let answer = fixture.iam("GetUser", &[("UserName", "dEV")]);
    assert_eq!(answer.text("UserName").unwrap(), "Dev");
    fixture.iam("GetUser", &[("UserName", "nobody")]).is((
        404,
        "NoSuchEntity",
        "The user with name nobody cannot be found.",
    ));
    for (name, message) in [
        (
            "a b",
            "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
        ),
        (
            "",
            "1 validation error detected: Value '' at 'userName' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
    ] {
        fixture
            .iam("CreateUser", &[("UserName", name)])
            .is((400, "ValidationError", message));
    }
    fixture.iam("CreateUser", &[]).is((
        400,
        "ValidationError",
        "1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must not be null",
    ));
    fixture
        .iam("CreateUser", &[("UserName", &"x".repeat(65))])
        .is_code(400, "ValidationError");
    for path in ["team/", "/team", "/ö/"] {
        fixture
            .iam("CreateUser", &[("UserName", "x"), ("Path", path)])
            .is_code(400, "ValidationError");
    }
}

#[test]
fn a_renamed_user_keeps_id_keys_and_sessions() {
    let mut fixture = Fixture::new();
    let (dev, phone) = fixture.user_with_device("dev");
    let before = fixture.identity(&dev.key);
    let session = fixture.sign_in(&dev, &phone, 0).session();
    fixture
        .iam(
            "UpdateUser",
            &[
                ("UserName", "dev"),
                ("NewUserName", "renamed"),
                ("NewPath", "/x/"),
            ],
        )
        .is_ok();
    for key in [&dev.key, &session] {
        let after = fixture.identity(key);
        assert_eq!(after.text("UserId"), before.text("UserId"));
        assert_eq!(
            after.text("Arn").unwrap(),
            "arn:aws:iam::111122223333:user/x/renamed"
        );
    }
    fixture
        .iam(
            "UpdateUser",
            &[("UserName", "renamed"), ("NewUserName", "ADMIN")],
        )
        .is_code(409, "EntityAlreadyExists");
    fixture
        .iam(
            "UpdateUser",
            &[("UserName", "renamed"), ("NewUserName", "Renamed")],
        )
        .is_ok();
}

#[test]
fn a_user_can_be_deleted_when_it_has_nothing_left() {
    let mut fixture = Fixture::new();
    let (dev, phone) = fixture.user_with_device("dev");
    let name = ("UserName", "dev");
    let admins = ("GroupName", "admins");
    fixture.iam("CreateGroup", &[admins]).is_ok();
    fixture.iam("AddUserToGroup", &[admins, name]).is_ok();
    fixture
        .iam("PutUserPolicy", &inline(name, "p", ALLOW))
        .is_ok();
    let managed = ("PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess");
    fixture.iam("AttachUserPolicy", &[name, managed]).is_ok();
    fixture
        .iam("CreateLoginProfile", &[name, ("Password", "Passw0rd!")])
        .is_ok();
    let key = dev.key.id.clone();
    let serial = phone.serial.clone();
    let steps = [
        (
            "DeactivateMFADevice",
            vec![name, ("SerialNumber", &serial)],
            "remove tokens from principal",
        ),
        (
            "DeleteAccessKey",
            vec![name, ("AccessKeyId", &key)],
            "delete access keys",
        ),
        ("DeleteLoginProfile", vec![name], "delete login profile"),
        (
            "RemoveUserFromGroup",
            vec![admins, name],
            "remove users from group",
        ),
        (
            "DetachUserPolicy",
            vec![name, managed],
            "detach all policies",
        ),
        (
            "DeleteUserPolicy",
            vec![name, ("PolicyName", "p")],
            "delete policies",
        ),
    ];
    for (action, params, what) in steps {
        let message = format!("Cannot delete entity, must {what} first.");
        fixture
            .iam("DeleteUser", &[name])
            .is((409, "DeleteConflict", &message));
        fixture.iam(action, &params).is_ok();
    }
    fixture.iam("DeleteUser", &[name]).is_ok();
    fixture.iam("GetUser", &[name]).is_code(404, "NoSuchEntity");
}

#[test]
fn a_user_has_two_keys_and_an_inactive_one_is_unknown() {
    let mut fixture = Fixture::new();
    let dev = fixture.person("dev");
    let name = ("UserName", "dev");
    fixture.iam("CreateAccessKey", &[name]).is_ok();
    fixture.iam("CreateAccessKey", &[name]).is((
        409,
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
    ));
    let listed = fixture.iam("ListAccessKeys", &[name]);
    assert_eq!(listed.texts("AccessKeyId").len(), 2);
    let key = ("AccessKeyId", dev.key.id.as_str());
    for (status, works) in [("Inactive", false), ("Active", true)] {
        fixture
            .iam("UpdateAccessKey", &[name, key, ("Status", status)])
            .is_ok();
        let answer = fixture.identity(&dev.key);
        if works {
            answer.is_ok();
        } else {
            answer.is(INVALID_TOKEN);
        }
    }
    fixture
        .iam("UpdateAccessKey", &[name, key, ("Status", "Gone")])
        .is_code(400, "ValidationError");
    let foreign = [("UserName", "admin"), key];
    fixture
        .iam("DeleteAccessKey", &foreign)
        .is_code(404, "NoSuchEntity");
    fixture.iam("DeleteAccessKey", &[name, key]).is_ok();
    fixture.identity(&dev.key).is(INVALID_TOKEN);
}

#[test]
fn lists_are_paginated() {
    let mut fixture = Fixture::new();
    for n in 0..5 {
        let name = format!("user{n}");
        fixture.iam("CreateUser", &[("UserName", &name)]).is_ok();
    }
    let mut names: Vec<String> = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let mut params = vec![("MaxItems", "2")];
        params.extend(marker.as_deref().map(|m| ("Marker", m)));
        let answer = fixture.iam("ListUsers", &params);
        answer.is_ok();
        let part = answer.texts("UserName");
        assert!(part.len() <= 2);
        names.extend(part.into_iter().map(str::to_owned));
        marker = answer.text("Marker");
        assert_eq!(
            answer.text("IsTruncated").unwrap(),
            marker.is_some().to_string()
        );
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(
        names,
        ["admin", "user0", "user1", "user2", "user3", "user4"]
    );
    for bad in [("MaxItems", "0"), ("MaxItems", "1001"), ("Marker", "!")] {
        fixture
            .iam("ListUsers", &[bad])
            .is_code(400, "ValidationError");
    }
    let team = [("UserName", "x"), ("Path", "/team/")];
    fixture.iam("CreateUser", &team).is_ok();
    let answer = fixture.iam("ListUsers", &[("PathPrefix", "/te")]);
    assert_eq!(answer.texts("UserName"), ["x"]);
}

#[test]
fn tags_are_set_listed_and_removed() {
    let mut fixture = Fixture::new();
    let dev = ("UserName", "dev");
    fixture.person("dev");
    let tag = |n: &'static str, key: &'static str| {
        let name: &'static str = Box::leak(format!("Tags.member.{n}.Key").into_boxed_str());
        let value: &'static str = Box::leak(format!("Tags.member.{n}.Value").into_boxed_str());
        [(name, key), (value, "v")]
    };
    let mut params = vec![dev];
    params.extend(tag("1", "Team"));
    params.extend(tag("2", "cost:center"));
    fixture.iam("TagUser", &params).is_ok();
    let listed = fixture.iam("ListUserTags", &[dev]);
    assert_eq!(listed.texts("Key"), ["Team", "cost:center"]);
    fixture
        .iam("UntagUser", &[dev, ("TagKeys.member.1", "TEAM")])
        .is_ok();
    let listed = fixture.iam("ListUserTags", &[dev]);
    assert_eq!(listed.texts("Key"), ["cost:center"]);
    let mut twice = vec![dev];
    twice.extend(tag("1", "a"));
    twice.extend(tag("2", "A"));
    fixture.iam("TagUser", &twice).is((
        400,
        "InvalidInput",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    ));
    let mut odd = vec![dev];
    odd.extend(tag("1", "a!"));
    fixture.iam("TagUser", &odd).is_code(400, "ValidationError");
}

#[test]
fn a_user_who_knows_the_password_can_change_it() {
    let mut fixture = Fixture::new();
    let dev = fixture.person("dev");
    let name = ("UserName", "dev");
    let own = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ChangePassword","Resource":"arn:aws:iam::*:user/dev"}}"#;
    fixture
        .iam("PutUserPolicy", &inline(name, "p", own))
        .is_ok();
    let change = [("OldPassword", "Passw0rd!"), ("NewPassword", "Passw0rd?")];
    fixture
        .iam_by(&dev.key, "ChangePassword", &change)
        .is_code(404, "NoSuchEntity");
    fixture
        .iam("CreateLoginProfile", &[name, ("Password", "short")])
        .is_code(400, "PasswordPolicyViolation");
    fixture
        .iam("CreateLoginProfile", &[name, ("Password", "Passw0rd!")])
        .is_ok();
    fixture
        .iam("CreateLoginProfile", &[name, ("Password", "Passw0rd!")])
        .is_code(409, "EntityAlreadyExists");
    fixture.iam_by(&dev.key, "ChangePassword", &change).is_ok();
    fixture.iam_by(&dev.key, "ChangePassword", &change).is((
        403,
        "AccessDenied",
        "The old password was incorrect.",
    ));
}
