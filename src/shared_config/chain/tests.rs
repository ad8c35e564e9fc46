//! Role profiles, in every layout that the AWS SDKs accept, and those that lead nowhere.

use super::super::document::Document;
use super::super::file_kind::FileKind;
use super::super::resolve::{Resolved, Via};
use super::*;

const KEYS: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n";
const SESSION: &str = "aws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\naws_session_token = t\nmanager = mfa-session\nmfa_session_source = admin\n";

fn profiles(config: &str, credentials: &str) -> Profiles {
    Profiles::new(
        Document::parse(config.as_bytes(), FileKind::Config).unwrap(),
        Document::parse(credentials.as_bytes(), FileKind::Credentials).unwrap(),
    )
}

fn role(name: &str, source: &str) -> String {
    format!("[profile {name}]\nrole_arn = arn:{name}\nsource_profile = {source}\n")
}

fn hook(name: &str, target: &str) -> String {
    format!(
        "[profile {name}]\ncredential_process = mfa-session credential-process --profile {target}\n"
    )
}

fn resolve(config: &str, credentials: &str, named: &str) -> Result<Resolved, ResolveError> {
    profiles(config, credentials).resolve(named, &|name| name == "outside")
}

/// The way, the ARNs of the roles, and the profile from which clients get the session.
fn shown(config: &str, credentials: &str, named: &str) -> String {
    let found = resolve(config, credentials, named).unwrap();
    let arns: Vec<_> = found.roles.iter().map(|role| role.arn.as_str()).collect();
    let session = match &found.session {
        Some(holder) if holder.client_asks => format!("{}, asks", holder.profile),
        Some(holder) => holder.profile.clone(),
        None => "-".to_owned(),
    };
    assert_eq!(found.chain.last(), Some(&found.source));
    assert_eq!(found.chain.first(), Some(&found.named));
    let way = found.chain.join(" ");
    format!("{way}; roles {}; session {session}", arns.join(" "))
}

#[test]
fn roles_are_followed_to_the_profile_with_the_long_term_key() {
    let credentials = format!("[admin]\n{KEYS}[admin-mfa]\n{SESSION}");
    let config = [
        role("one", "admin"),
        role("two", "one"),
        role("by-session", "admin-mfa"),
        hook("admin-hook", "admin"),
        role("by-hook", "admin-hook"),
        role("asking", "admin-hook") + "mfa_serial = arn:aws:iam::1:mfa/x\n",
        hook("hook-of-role", "two"),
        role("on-hook-of-role", "hook-of-role"),
    ]
    .concat();
    let shown = |named: &str| shown(&config, &credentials, named);
    assert_eq!(shown("one"), "one admin; roles arn:one; session -");
    assert_eq!(
        shown("two"),
        "two one admin; roles arn:two arn:one; session -"
    );
    assert_eq!(
        shown("by-session"),
        "by-session admin-mfa admin; roles arn:by-session; session admin-mfa"
    );
    assert_eq!(
        shown("by-hook"),
        "by-hook admin-hook admin; roles arn:by-hook; session admin-hook"
    );
    assert_eq!(
        shown("asking"),
        "asking admin-hook admin; roles arn:asking; session admin-hook, asks"
    );
    assert_eq!(
        shown("hook-of-role"),
        "hook-of-role two one admin; roles arn:two arn:one; session hook-of-role"
    );
    assert_eq!(
        shown("on-hook-of-role"),
        "on-hook-of-role hook-of-role two one admin; roles arn:on-hook-of-role arn:two arn:one; session hook-of-role"
    );
    let via = |named: &str| resolve(&config, &credentials, named).unwrap().via;
    assert_eq!(via("two"), Via::Role);
    assert_eq!(via("hook-of-role"), Via::Hook);
    assert_eq!(via("admin-mfa"), Via::Session);
}

#[test]
fn both_files_describe_a_role_together_and_names_may_be_unicode() {
    let credentials = format!("[büro]\n{KEYS}[日本]\nsource_profile = büro\nexternal_id = x\n");
    let config = "[profile 日本]\nrole_arn = arn:r\nrole_session_name = me\nduration_seconds = 900\nmfa_serial = GAHT12345678\n";
    let found = resolve(config, &credentials, "日本").unwrap();
    assert_eq!(found.source, "büro");
    let expected = Role {
        profile: "日本".to_owned(),
        arn: "arn:r".to_owned(),
        external_id: Some("x".to_owned()),
        session_name: Some("me".to_owned()),
        duration_seconds: Some("900".to_owned()),
        mfa_serial: Some("GAHT12345678".to_owned()),
    };
    assert_eq!(found.roles, [expected]);
}

#[test]
fn a_profile_may_be_its_own_source() {
    let config = role("own", "own") + &role("on-top", "own");
    let credentials = format!("[own]\n{KEYS}");
    let shown = |named: &str| shown(&config, &credentials, named);
    assert_eq!(shown("own"), "own; roles arn:own; session -");
    // As a source, a profile with keys stands for its keys.
    assert_eq!(shown("on-top"), "on-top own; roles arn:on-top; session -");
}

#[test]
fn a_session_profile_holds_the_session_whatever_roles_its_source_has() {
    let config = role("admin", "base") + &role("r", "s");
    let session = SESSION;
    let credentials = format!("[base]\n{KEYS}[s]\n{session}");
    assert_eq!(
        shown(&config, &credentials, "s"),
        "s admin base; roles ; session s"
    );
    assert_eq!(
        shown(&config, &credentials, "r"),
        "r s admin base; roles arn:r; session r".replace("session r", "session s")
    );
    // A hook prints what the profile that it names stands for.
    let config = config + "[profile h]\ncredential_process = x\nmfa_session_source = admin\n";
    assert_eq!(
        shown(&config, &credentials, "h"),
        "h admin base; roles arn:admin; session h"
    );
}

#[test]
fn a_web_identity_and_a_role_without_a_source_are_not_followed() {
    let config = format!(
        "{}web_identity_token_file = /t\n[profile alone]\nrole_arn = arn:r\n[profile source]\nsource_profile = admin\n",
        role("web", "admin")
    );
    for named in ["web", "alone", "source"] {
        assert_eq!(
            shown(&config, "[admin]\n", named),
            format!("{named}; roles ; session -")
        );
    }
}

#[test]
fn circles_are_shown_from_the_named_profile_on() {
    let config = [
        role("a", "b"),
        role("b", "c"),
        role("c", "b"),
        role("x", "y"),
        hook("y", "x"),
        role("self", "self") + "mfa_session_source = self\n",
        hook("own", "own"),
    ]
    .concat();
    for (named, circle, hint) in [
        (
            "a",
            "`a` -> `b` -> `c` -> `b`",
            "`aws configure set source_profile SOURCE --profile c`",
        ),
        (
            "x",
            "`x` -> `y` -> `x`",
            "`aws configure set credential_process 'mfa-session credential-process --profile SOURCE' --profile y`",
        ),
        (
            "self",
            "`self` -> `self`",
            "`aws configure set mfa_session_source SOURCE --profile self`",
        ),
        (
            "own",
            "`own` -> `own`",
            "`aws configure set credential_process 'mfa-session credential-process --profile SOURCE' --profile own`",
        ),
    ] {
        let error = resolve(&config, "", named).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the profiles lead in a circle: {circle}")
        );
        assert!(error.hint().ends_with(hint), "{}", error.hint());
    }
}

#[test]
fn a_dead_end_is_shown_with_the_way_to_it() {
    let config = role("a", "b") + &role("b", "admi") + "[profile admin]\n";
    let error = |named: &str| resolve(&config, "", named).unwrap_err();
    assert_eq!(
        error("b").to_string(),
        "profile `b` names `admi` as its `source_profile`, but that profile does not exist"
    );
    assert_eq!(
        error("a").to_string(),
        "profile `b` names `admi` as its `source_profile`, but that profile does not exist (`a` -> `b` -> `admi`)"
    );
    assert_eq!(
        error("a").hint(),
        "`aws configure set source_profile admin --profile b`"
    );
}

#[test]
fn a_source_whose_key_is_known_from_elsewhere_need_not_be_in_the_files() {
    let config = role("r", "outside") + &hook("h", "outside");
    assert_eq!(shown(&config, "", "r"), "r outside; roles arn:r; session -");
    assert_eq!(shown(&config, "", "h"), "h outside; roles ; session h");
    assert_eq!(shown(&config, "", "outside"), "outside; roles ; session -");
}
