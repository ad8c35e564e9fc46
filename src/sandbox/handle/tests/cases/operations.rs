//! IAM's operations beside devices: names, keys, policies, groups, lists in pieces, reports, simulation.

use super::*;

const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const DENY: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"No","Effect":"Deny","Action":"*","Resource":"*"}]}"#;

fn inline<'a>(holder: (&'a str, &'a str), name: &'a str, text: &'a str) -> [(&'a str, &'a str); 3] {
    [holder, ("PolicyName", name), ("PolicyDocument", text)]
}

#[test]
fn names_are_unique_and_found_in_any_case() {
    let mut scene = Scene::new();
    scene.person("Dev");
    scene.iam("CreateUser", &[("UserName", "DEV")]).is((
        409,
        "EntityAlreadyExists",
        "User with name DEV already exists.",
    ));
    let answer = scene.iam("GetUser", &[("UserName", "dEV")]);
    assert_eq!(answer.text("UserName").unwrap(), "Dev");
    scene.iam("GetUser", &[("UserName", "nobody")]).is((
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
        scene
            .iam("CreateUser", &[("UserName", name)])
            .is((400, "ValidationError", message));
    }
    scene.iam("CreateUser", &[]).is((
        400,
        "ValidationError",
        "1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must not be null",
    ));
    scene
        .iam("CreateUser", &[("UserName", &"x".repeat(65))])
        .is_code(400, "ValidationError");
    for path in ["team/", "/team", "/ö/"] {
        scene
            .iam("CreateUser", &[("UserName", "x"), ("Path", path)])
            .is_code(400, "ValidationError");
    }
}

#[test]
fn a_renamed_user_keeps_id_keys_and_sessions() {
    let mut scene = Scene::new();
    let (dev, phone) = scene.equipped("dev");
    let before = scene.identity(&dev.key);
    let session = scene.sign_in(&dev, &phone, 0).session();
    scene
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
        let after = scene.identity(key);
        assert_eq!(after.text("UserId"), before.text("UserId"));
        assert_eq!(
            after.text("Arn").unwrap(),
            "arn:aws:iam::111122223333:user/x/renamed"
        );
    }
    scene
        .iam(
            "UpdateUser",
            &[("UserName", "renamed"), ("NewUserName", "ADMIN")],
        )
        .is_code(409, "EntityAlreadyExists");
    scene
        .iam(
            "UpdateUser",
            &[("UserName", "renamed"), ("NewUserName", "Renamed")],
        )
        .is_ok();
}

#[test]
fn a_user_goes_when_nothing_is_left_of_it() {
    let mut scene = Scene::new();
    let (dev, phone) = scene.equipped("dev");
    let name = ("UserName", "dev");
    let admins = ("GroupName", "admins");
    scene.iam("CreateGroup", &[admins]).is_ok();
    scene.iam("AddUserToGroup", &[admins, name]).is_ok();
    scene
        .iam("PutUserPolicy", &inline(name, "p", ALLOW))
        .is_ok();
    let managed = ("PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess");
    scene.iam("AttachUserPolicy", &[name, managed]).is_ok();
    scene
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
        scene
            .iam("DeleteUser", &[name])
            .is((409, "DeleteConflict", &message));
        scene.iam(action, &params).is_ok();
    }
    scene.iam("DeleteUser", &[name]).is_ok();
    scene.iam("GetUser", &[name]).is_code(404, "NoSuchEntity");
}

#[test]
fn two_keys_a_user_and_an_inactive_one_is_unknown() {
    let mut scene = Scene::new();
    let dev = scene.person("dev");
    let name = ("UserName", "dev");
    scene.iam("CreateAccessKey", &[name]).is_ok();
    scene.iam("CreateAccessKey", &[name]).is((
        409,
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
    ));
    let listed = scene.iam("ListAccessKeys", &[name]);
    assert_eq!(listed.texts("AccessKeyId").len(), 2);
    let key = ("AccessKeyId", dev.key.id.as_str());
    for (status, works) in [("Inactive", false), ("Active", true)] {
        scene
            .iam("UpdateAccessKey", &[name, key, ("Status", status)])
            .is_ok();
        let answer = scene.identity(&dev.key);
        if works {
            answer.is_ok();
        } else {
            answer.is(INVALID_TOKEN);
        }
    }
    scene
        .iam("UpdateAccessKey", &[name, key, ("Status", "Gone")])
        .is_code(400, "ValidationError");
    let foreign = [("UserName", "admin"), key];
    scene
        .iam("DeleteAccessKey", &foreign)
        .is_code(404, "NoSuchEntity");
    scene.iam("DeleteAccessKey", &[name, key]).is_ok();
    scene.identity(&dev.key).is(INVALID_TOKEN);
}

#[test]
fn policies_of_every_kind_count() {
    let mut scene = Scene::new();
    let dev = scene.person("dev");
    let (user, group) = (("UserName", "dev"), ("GroupName", "team"));
    scene.iam("CreateGroup", &[group]).is_ok();
    scene.iam("AddUserToGroup", &[group, user]).is_ok();
    let made = scene.iam(
        "CreatePolicy",
        &[("PolicyName", "m"), ("PolicyDocument", ALLOW)],
    );
    let arn = made.text("Arn").unwrap();
    assert_eq!(arn, "arn:aws:iam::111122223333:policy/m");
    let managed = ("PolicyArn", arn.as_str());
    let mut check = |on: (&str, &[(&str, &str)]), off: (&str, &[(&str, &str)])| {
        let denied = |scene: &mut Scene| {
            scene
                .iam_by(&dev.key, "ListUsers", &[])
                .is_code(403, "AccessDenied");
        };
        denied(&mut scene);
        scene.iam(on.0, on.1).is_ok();
        scene.iam_by(&dev.key, "ListUsers", &[]).is_ok();
        scene.iam(off.0, off.1).is_ok();
        denied(&mut scene);
    };
    check(
        ("PutUserPolicy", &inline(user, "p", ALLOW)),
        ("DeleteUserPolicy", &[user, ("PolicyName", "P")]),
    );
    check(
        ("PutGroupPolicy", &inline(group, "p", ALLOW)),
        ("DeleteGroupPolicy", &[group, ("PolicyName", "p")]),
    );
    check(
        ("AttachUserPolicy", &[user, managed]),
        ("DetachUserPolicy", &[user, managed]),
    );
    check(
        ("AttachGroupPolicy", &[group, managed]),
        ("RemoveUserFromGroup", &[group, user]),
    );
    // A boundary allows nothing by itself, and holds everything else back.
    scene.iam("AttachUserPolicy", &[user, managed]).is_ok();
    scene.iam_by(&dev.key, "ListUsers", &[]).is_ok();
    let limit = scene.iam(
        "CreatePolicy",
        &[("PolicyName", "limit"), ("PolicyDocument", DENY)],
    );
    let limit = limit.text("Arn").unwrap();
    let boundary = [user, ("PermissionsBoundary", limit.as_str())];
    scene.iam("PutUserPermissionsBoundary", &boundary).is_ok();
    scene
        .iam_by(&dev.key, "ListUsers", &[])
        .is_code(403, "AccessDenied");
    scene
        .iam("DeletePolicy", &[("PolicyArn", &limit)])
        .is_code(409, "DeleteConflict");
    scene.iam("DeleteUserPermissionsBoundary", &[user]).is_ok();
    scene.iam_by(&dev.key, "ListUsers", &[]).is_ok();
}

#[test]
fn five_versions_a_policy_and_the_default_is_in_force() {
    let mut scene = Scene::new();
    let dev = scene.person("dev");
    let made = scene.iam(
        "CreatePolicy",
        &[("PolicyName", "m"), ("PolicyDocument", ALLOW)],
    );
    let arn = made.text("Arn").unwrap();
    let arn = ("PolicyArn", arn.as_str());
    scene
        .iam("AttachUserPolicy", &[("UserName", "dev"), arn])
        .is_ok();
    for n in 2..=5 {
        let answer = scene.iam("CreatePolicyVersion", &[arn, ("PolicyDocument", DENY)]);
        assert_eq!(answer.text("VersionId").unwrap(), format!("v{n}"));
        assert_eq!(answer.text("IsDefaultVersion").unwrap(), "false");
    }
    scene
        .iam("CreatePolicyVersion", &[arn, ("PolicyDocument", DENY)])
        .is_code(409, "LimitExceeded");
    scene.iam_by(&dev.key, "ListUsers", &[]).is_ok();
    scene
        .iam("SetDefaultPolicyVersion", &[arn, ("VersionId", "v5")])
        .is_ok();
    scene
        .iam_by(&dev.key, "ListUsers", &[])
        .is_code(403, "AccessDenied");
    scene
        .iam("DeletePolicyVersion", &[arn, ("VersionId", "v5")])
        .is_code(409, "DeleteConflict");
    scene
        .iam("DeletePolicyVersion", &[arn, ("VersionId", "v1")])
        .is_ok();
    scene
        .iam("GetPolicyVersion", &[arn, ("VersionId", "v1")])
        .is_code(404, "NoSuchEntity");
    let answer = scene.iam("GetPolicyVersion", &[arn, ("VersionId", "v5")]);
    let document = answer.text("Document").unwrap();
    assert!(
        document.starts_with("%7B%22Version%22%3A%222012-10-17%22"),
        "{document}"
    );
    // Numbers are never given twice.
    let answer = scene.iam("CreatePolicyVersion", &[arn, ("PolicyDocument", DENY)]);
    assert_eq!(answer.text("VersionId").unwrap(), "v6");
    let listed = scene.iam("ListPolicyVersions", &[arn]);
    assert_eq!(listed.texts("VersionId"), ["v6", "v5", "v4", "v3", "v2"]);
}

#[test]
fn what_iam_would_not_store() {
    let mut scene = Scene::new();
    let admin = ("UserName", "admin");
    let malformed = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericEquals":{"a:b":"x"}}}}"#;
    for text in ["", "{", "[]", "{}", malformed] {
        let code = if text.is_empty() {
            "ValidationError"
        } else {
            "MalformedPolicyDocument"
        };
        scene
            .iam("PutUserPolicy", &inline(admin, "p", text))
            .is_code(400, code);
        scene
            .iam(
                "CreatePolicy",
                &[("PolicyName", "m"), ("PolicyDocument", text)],
            )
            .is_code(400, code);
    }
    let long = |length: usize| {
        let resource = format!("arn:aws:s3:::{}", "x".repeat(length));
        ALLOW.replace(r#""Resource":"*""#, &format!(r#""Resource":"{resource}""#))
    };
    scene
        .iam("PutUserPolicy", &inline(admin, "p", &long(1500)))
        .is_ok();
    scene
        .iam("PutUserPolicy", &inline(admin, "q", &long(500)))
        .is((
            409,
            "LimitExceeded",
            "Maximum policy size of 2048 bytes exceeded for user admin",
        ));
    // White space does not count, and one of the same name is written over.
    let spaced = long(1500).replace(',', ",                                              ");
    scene
        .iam("PutUserPolicy", &inline(admin, "p", &spaced))
        .is_ok();
    scene
        .iam(
            "CreatePolicy",
            &[("PolicyName", "m"), ("PolicyDocument", &long(6100))],
        )
        .is((
            409,
            "LimitExceeded",
            "Cannot exceed quota for PolicySize: 6144",
        ));
    for (arn, status, code) in [
        ("arn:aws:iam::aws:policy/Nothing", 404, "NoSuchEntity"),
        ("arn:aws:s3:::a-bucket-of-mine", 400, "InvalidInput"),
        ("short", 400, "ValidationError"),
    ] {
        scene
            .iam("AttachUserPolicy", &[admin, ("PolicyArn", arn)])
            .is_code(status, code);
    }
}

#[test]
fn lists_come_in_pieces() {
    let mut scene = Scene::new();
    for n in 0..5 {
        let name = format!("user{n}");
        scene.iam("CreateUser", &[("UserName", &name)]).is_ok();
    }
    let mut names: Vec<String> = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let mut params = vec![("MaxItems", "2")];
        params.extend(marker.as_deref().map(|m| ("Marker", m)));
        let answer = scene.iam("ListUsers", &params);
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
        scene
            .iam("ListUsers", &[bad])
            .is_code(400, "ValidationError");
    }
    let team = [("UserName", "x"), ("Path", "/team/")];
    scene.iam("CreateUser", &team).is_ok();
    let answer = scene.iam("ListUsers", &[("PathPrefix", "/te")]);
    assert_eq!(answer.texts("UserName"), ["x"]);
}

#[test]
fn tags_are_set_listed_and_removed() {
    let mut scene = Scene::new();
    let dev = ("UserName", "dev");
    scene.person("dev");
    let tag = |n: &'static str, key: &'static str| {
        let name: &'static str = Box::leak(format!("Tags.member.{n}.Key").into_boxed_str());
        let value: &'static str = Box::leak(format!("Tags.member.{n}.Value").into_boxed_str());
        [(name, key), (value, "v")]
    };
    let mut params = vec![dev];
    params.extend(tag("1", "Team"));
    params.extend(tag("2", "cost:center"));
    scene.iam("TagUser", &params).is_ok();
    let listed = scene.iam("ListUserTags", &[dev]);
    assert_eq!(listed.texts("Key"), ["Team", "cost:center"]);
    scene
        .iam("UntagUser", &[dev, ("TagKeys.member.1", "TEAM")])
        .is_ok();
    let listed = scene.iam("ListUserTags", &[dev]);
    assert_eq!(listed.texts("Key"), ["cost:center"]);
    let mut twice = vec![dev];
    twice.extend(tag("1", "a"));
    twice.extend(tag("2", "A"));
    scene.iam("TagUser", &twice).is((
        400,
        "InvalidInput",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    ));
    let mut odd = vec![dev];
    odd.extend(tag("1", "a!"));
    scene.iam("TagUser", &odd).is_code(400, "ValidationError");
}

#[test]
fn a_password_is_changed_by_whoever_knows_it() {
    let mut scene = Scene::new();
    let dev = scene.person("dev");
    let name = ("UserName", "dev");
    let own = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ChangePassword","Resource":"arn:aws:iam::*:user/dev"}}"#;
    scene.iam("PutUserPolicy", &inline(name, "p", own)).is_ok();
    let change = [("OldPassword", "Passw0rd!"), ("NewPassword", "Passw0rd?")];
    scene
        .iam_by(&dev.key, "ChangePassword", &change)
        .is_code(404, "NoSuchEntity");
    scene
        .iam("CreateLoginProfile", &[name, ("Password", "short")])
        .is_code(400, "PasswordPolicyViolation");
    scene
        .iam("CreateLoginProfile", &[name, ("Password", "Passw0rd!")])
        .is_ok();
    scene
        .iam("CreateLoginProfile", &[name, ("Password", "Passw0rd!")])
        .is_code(409, "EntityAlreadyExists");
    scene.iam_by(&dev.key, "ChangePassword", &change).is_ok();
    scene.iam_by(&dev.key, "ChangePassword", &change).is((
        403,
        "AccessDenied",
        "The old password was incorrect.",
    ));
}

#[test]
fn a_credential_report_is_made_before_it_is_read() {
    let mut scene = Scene::new();
    scene
        .iam("GetCredentialReport", &[])
        .is_code(410, "ReportNotPresent");
    let answer = scene.iam("GenerateCredentialReport", &[]);
    assert_eq!(answer.text("State").unwrap(), "STARTED");
    let answer = scene.iam("GenerateCredentialReport", &[]);
    assert_eq!(answer.text("State").unwrap(), "COMPLETE");
    let answer = scene.iam("GetCredentialReport", &[]);
    let content = STANDARD.decode(answer.text("Content").unwrap()).unwrap();
    let content = String::from_utf8(content).unwrap();
    let rows: Vec<Vec<&str>> = content.lines().map(|l| l.split(',').collect()).collect();
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.len() == 22));
    assert_eq!(rows[1][0], "<root_account>");
    let admin: Vec<_> = rows[0].iter().zip(&rows[2]).collect();
    for (column, value) in [
        ("user", "admin"),
        ("password_enabled", "false"),
        ("mfa_active", "true"),
        ("access_key_1_active", "true"),
        ("access_key_1_last_used_service", "iam"),
        ("access_key_2_active", "false"),
    ] {
        assert!(admin.contains(&(&column, &value)), "{column}");
    }
    scene.after(4 * 3600);
    scene
        .iam("GetCredentialReport", &[])
        .is_code(410, "ReportExpired");
    let answer = scene.iam("GenerateCredentialReport", &[]);
    assert_eq!(answer.text("State").unwrap(), "STARTED");
}

#[test]
fn the_authorization_details_load_as_an_account() {
    let mut scene = Scene::new();
    scene.person("dev");
    let group = ("GroupName", "team");
    scene.iam("CreateGroup", &[group]).is_ok();
    scene
        .iam("AddUserToGroup", &[group, ("UserName", "dev")])
        .is_ok();
    let all = scene.iam("GetAccountAuthorizationDetails", &[]);
    assert_eq!(all.texts("UserName").len(), 2);
    assert_eq!(all.texts("GroupName"), ["team"]);
    let only = scene.iam(
        "GetAccountAuthorizationDetails",
        &[("Filter.member.1", "Group")],
    );
    assert!(only.texts("UserName").is_empty());
    assert_eq!(only.texts("GroupName"), ["team"]);
    let first = scene.iam("GetAccountAuthorizationDetails", &[("MaxItems", "2")]);
    assert_eq!(first.text("IsTruncated").unwrap(), "true");
    scene
        .iam(
            "GetAccountAuthorizationDetails",
            &[("Filter.member.1", "Robot")],
        )
        .is_code(400, "ValidationError");
    let summary = scene.iam("GetAccountSummary", &[]);
    let pairs: Vec<_> = summary
        .texts("key")
        .into_iter()
        .zip(summary.texts("value"))
        .collect();
    for pair in [
        ("Users", "2"),
        ("Groups", "1"),
        ("MFADevicesInUse", "1"),
        ("AccountMFAEnabled", "0"),
    ] {
        assert!(pairs.contains(&pair), "{pair:?}");
    }
}

#[test]
fn the_simulator_answers_by_our_engine() {
    let mut scene = Scene::new();
    scene.person("dev");
    let seed = crate::policy::generate::seed().to_json_compact();
    let ask = [
        ("PolicyInputList.member.1", ALLOW),
        ("PolicyInputList.member.2", seed.as_str()),
        ("ActionNames.member.1", "s3:ListAllMyBuckets"),
        ("ActionNames.member.2", "iam:GetUser"),
    ];
    let answer = scene.iam("SimulateCustomPolicy", &ask);
    assert_eq!(answer.texts("EvalDecision"), ["explicitDeny", "allowed"]);
    let mut with_mfa = ask.to_vec();
    with_mfa.extend([
        (
            "ContextEntries.member.1.ContextKeyName",
            "aws:MultiFactorAuthPresent",
        ),
        ("ContextEntries.member.1.ContextKeyType", "boolean"),
        ("ContextEntries.member.1.ContextKeyValues.member.1", "true"),
    ]);
    let answer = scene.iam("SimulateCustomPolicy", &with_mfa);
    assert_eq!(answer.texts("EvalDecision"), ["allowed", "allowed"]);
    scene
        .iam("PutUserPolicy", &inline(("UserName", "dev"), "p", ALLOW))
        .is_ok();
    let dev = "arn:aws:iam::111122223333:user/dev";
    let answer = scene.iam(
        "SimulatePrincipalPolicy",
        &[
            ("PolicySourceArn", dev),
            ("ActionNames.member.1", "s3:GetObject"),
        ],
    );
    assert_eq!(answer.texts("EvalDecision"), ["allowed"]);
    assert_eq!(answer.texts("SourcePolicyId"), ["user_dev_p"]);
    assert_eq!(answer.texts("SourcePolicyType"), ["user"]);
    scene
        .iam("SimulateCustomPolicy", &ask[..2])
        .is_code(400, "ValidationError");
    scene
        .iam(
            "SimulatePrincipalPolicy",
            &[
                ("PolicySourceArn", "arn:aws:iam::111122223333:user/no"),
                ("ActionNames.member.1", "s3:GetObject"),
            ],
        )
        .is_code(404, "NoSuchEntity");
}
