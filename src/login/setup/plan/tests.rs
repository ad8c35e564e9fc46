//! Tests of the plan: pairs of files before and after.

use super::super::undo::{record_of, undo};
use super::*;
use crate::shared_config::Document;

const PROGRAM: &str = "/usr/local/bin/mfa-session";
const SERIAL: &str = "arn:aws:iam::111122223333:mfa/phone";
const KEYS: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s/s\n";
const OURS: &str = "aws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = t/t\naws_session_token = token\n\
    expiration = 2026-11-24T20:30:07Z\nmanager = mfa-session\nmfa_session_source = admin\n";

/// A setup of the profile `admin`.
struct Case<'a> {
    config: &'a str,
    credentials: &'a str,
    kind: Kind<'a>,
    session_profile: Option<&'a str>,
    replaces: bool,
    source: &'a str,
    move_from: Option<&'a str>,
    mfa_process: Option<&'a str>,
    moves_roles: bool,
    converts: bool,
}

const CASE: Case<'_> = Case {
    config: "",
    credentials: "[admin]\nKEYS",
    kind: Kind::Hook { program: PROGRAM },
    session_profile: None,
    replaces: false,
    source: "admin",
    move_from: None,
    mfa_process: None,
    moves_roles: false,
    converts: false,
};

fn read(config: &str, credentials: &str) -> Profiles {
    let read = |text: &str, kind| {
        let text = text.replace("KEYS", KEYS).replace("OURS", OURS);
        Document::parse(text.as_bytes(), kind).unwrap()
    };
    Profiles::new(
        read(config, FileKind::Config),
        read(credentials, FileKind::Credentials),
    )
}

impl Case<'_> {
    fn plan(&self, profiles: &Profiles) -> Result<Plan, Refusal> {
        let serial = SerialNumber::new(SERIAL).unwrap();
        plan(
            profiles,
            &Given {
                source: self.source,
                move_from: self.move_from,
                mfa_process: self.mfa_process,
                moves_roles: self.moves_roles,
                converts: self.converts,
                kind: self.kind,
                session_profile: self.session_profile,
                device: Some(Device {
                    serial_number: &serial,
                    replaces: self.replaces,
                }),
                runs: &|program| !program.contains("gone"),
                is_session: &|_| false,
                now: UtcDateTime::from_unix_timestamp(1_795_000_000).unwrap(),
            },
        )
    }

    /// The files afterwards. Planning once more changes nothing.
    fn after(&self) -> Result<(Plan, String, String), Refusal> {
        let before = read(self.config, self.credentials);
        let plan = self.plan(&before)?;
        let after = plan.changes.applied_to_both(&before).unwrap();
        plan.judge(&before, &after)?;
        let again = self.plan(&after)?;
        assert!(again.changes.is_empty(), "{:?}", again.changes);
        assert_eq!(again.profile, plan.profile);
        let text = |document: &Document| {
            let text = String::from_utf8(document.as_bytes().to_vec()).unwrap();
            text.replace(KEYS, "KEYS").replace(OURS, "OURS")
        };
        Ok((plan, text(after.config()), text(after.credentials())))
    }

    /// The config file afterwards; the credentials file is as it was.
    #[track_caller]
    fn config_after(&self) -> String {
        let (_, config, credentials) = self.after().unwrap();
        assert_eq!(credentials, self.credentials);
        config
    }

    #[track_caller]
    fn refused(&self) -> String {
        let before = read(self.config, self.credentials);
        self.plan(&before).unwrap_err().to_string()
    }
}

#[test]
fn a_bare_key_pair_gets_a_hook_profile_and_its_device() {
    assert_eq!(
        CASE.config_after(),
        "[profile admin]\nmfa_serial = arn:aws:iam::111122223333:mfa/phone\n\n\
        [profile admin-mfa]\n\
        credential_process = /usr/local/bin/mfa-session credential-process --profile admin\n\
        mfa_session_source = admin\n"
    );
}

#[test]
fn the_way_to_aws_and_the_output_are_carried_over_on_one_line() {
    let case = Case {
        config: "# mine\n[profile admin]\nregion = eu-central-1\noutput = yaml\nmfa_serial = x\nmax_attempts =\n  a = 3\n[profile z]\n",
        ..CASE
    };
    assert_eq!(
        case.config_after(),
        "# mine\n[profile admin]\nregion = eu-central-1\noutput = yaml\nmfa_serial = x\nmax_attempts =\n  a = 3\n[profile z]\n\n\
        [profile admin-mfa]\n\
        credential_process = /usr/local/bin/mfa-session credential-process --profile admin\n\
        mfa_session_source = admin\nregion = eu-central-1\noutput = yaml\n"
    );
    let (plan, ..) = case.after().unwrap();
    assert!(
        plan.notes[0].contains("keeps its device x"),
        "{:?}",
        plan.notes
    );
    let replaced = Case {
        replaces: true,
        ..case
    };
    assert!(
        replaced
            .config_after()
            .contains(&format!("mfa_serial = {SERIAL}\n"))
    );
}

#[test]
fn a_profile_with_settings_of_its_own_becomes_the_hook_profile_and_keeps_them() {
    let case = Case {
        config: "[profile admin]\nregion = a\nmfa_serial = arn:aws:iam::111122223333:mfa/phone\n[profile admin-mfa]\nregion = b\n",
        ..CASE
    };
    assert_eq!(
        case.config_after(),
        format!(
            "{}credential_process = /usr/local/bin/mfa-session credential-process --profile admin\nmfa_session_source = admin\n",
            case.config
        )
    );
}

#[test]
fn a_session_of_ours_goes_before_the_hook_comes() {
    let case = Case {
        credentials: "[admin]\nKEYS\n[admin-mfa]\nOURS",
        ..CASE
    };
    let (_, config, credentials) = case.after().unwrap();
    assert!(config.contains("[profile admin-mfa]\ncredential_process = "));
    assert_eq!(credentials, "[admin]\nKEYS");
}

#[test]
fn keys_of_others_are_never_beside_a_hook() {
    let foreign = "aws_access_key_id = ASIAIOSFODNN7EXAMPL2\naws_secret_access_key = t\naws_session_token = t\n";
    for (keys, reason) in [
        ("KEYS", "long-term keys"),
        (foreign, "temporary credentials of another tool"),
        (
            &format!("{foreign}expiration = 2019-04-01 12:00:00\n"),
            "keys of another tool",
        ),
        (
            "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n",
            "long-term keys",
        ),
        ("aws_session_token = x\n", "keys of another tool"),
        ("login_session = x\n", "login_session"),
        ("credential_process = other\n", "another program"),
        ("role_arn = x\nsource_profile = admin\n", "role_arn"),
        ("sso_session = x\n", "sso_session"),
        ("mfa_session_source = other\n", "another profile"),
        (
            "credential_process = mfa-session credential-process --profile other\n",
            "another profile",
        ),
    ] {
        let credentials = format!("[admin]\nKEYS\n[admin-mfa]\n{keys}");
        let error = Case {
            credentials: &credentials,
            ..CASE
        }
        .refused();
        assert!(error.contains(reason), "{keys}: {error}");
    }
    let itself = Case {
        session_profile: Some("admin"),
        ..CASE
    };
    assert!(itself.refused().contains("the source profile itself"));
}

#[test]
fn another_name_is_remembered_for_login() {
    let case = Case {
        session_profile: Some("work"),
        ..CASE
    };
    assert_eq!(
        case.config_after(),
        "[profile admin]\nmfa_serial = arn:aws:iam::111122223333:mfa/phone\nmfa_session_profile = work\n\n\
        [profile work]\n\
        credential_process = /usr/local/bin/mfa-session credential-process --profile admin\n\
        mfa_session_source = admin\n"
    );
}

#[test]
fn a_hook_profile_that_there_is_stays_as_it_is() {
    for line in [
        "mfa-session credential-process --profile admin",
        "/opt/mfa-session credential-process --profile admin --no-prompt",
    ] {
        let config = format!(
            "[profile admin]\nmfa_serial = {SERIAL}\nmfa_session_profile = other\n\
            [profile other]\nmfa_session_source = admin\ncredential_process = {line}\n"
        );
        let case = Case {
            config: &config,
            ..CASE
        };
        assert_eq!(case.config_after(), config);
    }
}

#[test]
fn a_hook_whose_program_is_gone_calls_this_one_with_the_same_arguments() {
    let case = Case {
        config: "[profile hook]\ncredential_process = /gone/mfa-session credential-process --profile admin --no-prompt\n",
        ..CASE
    };
    assert_eq!(
        case.config_after(),
        "[profile hook]\n\
        credential_process = /usr/local/bin/mfa-session credential-process --profile admin --no-prompt\n\
        mfa_session_source = admin\n\n\
        [profile admin]\nmfa_serial = arn:aws:iam::111122223333:mfa/phone\nmfa_session_profile = hook\n"
    );
}

#[test]
fn without_a_hook_only_the_device_is_remembered() {
    let case = Case {
        kind: Kind::Static,
        ..CASE
    };
    assert_eq!(
        case.config_after(),
        "[profile admin]\nmfa_serial = arn:aws:iam::111122223333:mfa/phone\n"
    );
}

#[test]
fn the_keys_of_default_move_and_default_becomes_the_hook_profile() {
    let case = Case {
        config: "[default]\nregion = eu-central-1\noutput = json\nmfa_process = codes\n\
            [profile r]\nrole_arn = r\nsource_profile = default\nmfa_serial = x\n",
        credentials: "# mine\n[default]\nKEYS\n[other]\nx = y\n\n[default-mfa]\nregion = x\nmfa_session_source = default\n",
        source: "default-long-term",
        move_from: Some("default"),
        moves_roles: true,
        ..CASE
    };
    let (plan, config, credentials) = case.after().unwrap();
    assert_eq!(plan.profile, "default");
    assert_eq!(
        config,
        "[default]\nregion = eu-central-1\noutput = json\nmfa_process = codes\n\
        credential_process = /usr/local/bin/mfa-session credential-process --profile default-long-term\n\
        mfa_session_source = default-long-term\n\
        [profile r]\nrole_arn = r\nsource_profile = default\n\n\
        [profile default-long-term]\nregion = eu-central-1\noutput = json\nmfa_process = codes\n\
        mfa_serial = arn:aws:iam::111122223333:mfa/phone\n"
    );
    assert_eq!(
        credentials,
        "# mine\n\n[other]\nx = y\n\n[default-mfa]\nregion = x\nmfa_session_source = default-long-term\n\n\
        [default-long-term]\nKEYS"
    );
}

#[test]
fn keys_in_the_config_file_move_within_it() {
    let case = Case {
        config: "[default]\nKEYS",
        credentials: "",
        source: "default-long-term",
        move_from: Some("default"),
        ..CASE
    };
    assert_eq!(
        case.config_after(),
        "[default]\n\
        credential_process = /usr/local/bin/mfa-session credential-process --profile default-long-term\n\
        mfa_session_source = default-long-term\n\n\
        [profile default-long-term]\nmfa_serial = arn:aws:iam::111122223333:mfa/phone\nKEYS"
    );
}

#[test]
fn keys_that_cannot_move_without_a_loss_stay() {
    let other = KEYS.replace("7EXAMPLE", "7EXAMPL2");
    for (config, credentials, reason) in [
        (
            "",
            format!("[default]\n{KEYS}[default-long-term]\n{other}"),
            "it holds keys",
        ),
        (
            "",
            format!("[default]\n{KEYS}aws_session_token = t\n"),
            "stale session token",
        ),
        (
            "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPL3\n",
            format!("[default]\n{KEYS}"),
            "one file alone",
        ),
        (
            "",
            format!("[default]\n{KEYS}[default]\n{other}"),
            "more than one key",
        ),
        (
            "[default]\nrole_arn = x\n",
            format!("[default]\n{KEYS}"),
            "it has a role",
        ),
        (
            "[profile default-long-term]\nsso_session = x\n",
            format!("[default]\n{KEYS}"),
            "something else",
        ),
        ("", "[default]\nregion = x\n".to_owned(), "no long-term key"),
    ] {
        let error = Case {
            config,
            credentials: &credentials,
            source: "default-long-term",
            move_from: Some("default"),
            ..CASE
        }
        .refused();
        assert!(error.contains(reason), "{credentials}: {error}");
    }
}

#[test]
fn role_profiles_on_the_source_are_named_and_moved_if_wanted() {
    let config = "[profile a]\nrole_arn = r\nsource_profile = admin\nmfa_serial = x\n# mine\n\
        [profile b]\nrole_arn = r\nsource_profile = admin\n\
        [profile c]\nrole_arn = r\nsource_profile = admin-mfa\nmfa_serial = x\n\
        [profile d]\nrole_arn = r\nsource_profile = admin-mfa\n\
        [profile e]\nrole_arn = r\nsource_profile = a\nmfa_serial = x\n";
    let case = Case { config, ..CASE };
    let (plan, after, _) = case.after().unwrap();
    assert_eq!(plan.roles, ["a", "b", "c"]);
    assert!(after.starts_with(config), "{after}");
    let moved = Case {
        moves_roles: true,
        ..case
    };
    let after = moved.config_after();
    assert!(
        after.starts_with(
            "[profile a]\nrole_arn = r\nsource_profile = admin-mfa\n# mine\n\
            [profile b]\nrole_arn = r\nsource_profile = admin-mfa\n\
            [profile c]\nrole_arn = r\nsource_profile = admin-mfa\n\
            [profile d]\nrole_arn = r\nsource_profile = admin-mfa\n\
            [profile e]\nrole_arn = r\nsource_profile = a\nmfa_serial = x\n"
        ),
        "{after}"
    );
}

#[test]
fn the_layout_of_aws_mfa_is_explained_and_added_to_on_request() {
    let config = "[profile prod]\nregion = a\n[profile r]\nrole_arn = r\nsource_profile = prod\nmfa_serial = x\n";
    let session = "aws_access_key_id = ASIAIOSFODNN7EXAMPL2\naws_secret_access_key = t\naws_session_token = t\n\
        aws_security_token = t\nexpiration = 2019-04-01 12:00:00\nassumed_role = False\n";
    let credentials = format!(
        "[prod-long-term]\nKEYSaws_mfa_device = {SERIAL}\nassume_role = arn:aws:iam::111122223333:role/x\n[prod]\n{session}"
    );
    let case = Case {
        config,
        credentials: &credentials,
        source: "prod-long-term",
        ..CASE
    };
    let hook = "\n[profile prod-long-term-mfa]\n\
        credential_process = /usr/local/bin/mfa-session credential-process --profile prod-long-term\n\
        mfa_session_source = prod-long-term\n";
    let (plan, after, kept) = case.after().unwrap();
    assert_eq!(kept, credentials);
    assert_eq!(
        after,
        format!(
            "{config}{hook}\n[profile prod-long-term]\nmfa_session_profile = prod-long-term-mfa\n"
        )
    );
    let notes = plan.notes.join("\n");
    assert!(
        notes.contains("Profile prod is not used: it holds keys of another tool."),
        "{notes}"
    );
    assert!(notes.contains("layout of aws-mfa"), "{notes}");
    assert!(notes.contains("With --convert"), "{notes}");
    let converted = Case {
        converts: true,
        ..case
    };
    assert_eq!(
        converted.config_after(),
        format!(
            "[profile prod]\nregion = a\n[profile r]\nrole_arn = r\nsource_profile = prod-long-term-mfa\n{hook}\n\
            [profile prod-long-term]\nmfa_serial = {SERIAL}\nmfa_session_profile = prod-long-term-mfa\n\n\
            [profile prod-long-term-mfa-role]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = prod-long-term-mfa\n"
        )
    );
}

#[test]
fn sections_of_other_tools_stay_as_they_are() {
    let session = "aws_access_key_id = ASIAIOSFODNN7EXAMPL2\naws_secret_access_key = t\naws_session_token = t\n";
    for (config, credentials, source) in [
        ("", format!("[a-noauth]\nKEYS[a]\n{session}"), "a-noauth"),
        (
            "",
            format!("[admin]\nKEYS[admin-short-term]\n{session}expiration = 2019-04-01 12:00:00\n"),
            "admin",
        ),
        (
            "",
            format!(
                "[admin]\nKEYS[autoawsume-admin]\n{session}expiration = 2019-04-01 12:00:00\nmanager = awsume\n"
            ),
            "admin",
        ),
        (
            "[profile b]\ninclude_profile = admin\nmfa_serial = x\n",
            "[admin]\nKEYS".to_owned(),
            "admin",
        ),
        ("", format!("[admin]\nKEYS[session]\n{session}"), "admin"),
    ] {
        for converts in [false, true] {
            let case = Case {
                config,
                credentials: &credentials,
                source,
                converts,
                ..CASE
            };
            let (plan, after, kept) = case.after().unwrap();
            assert_eq!(kept, credentials);
            assert!(after.starts_with(config), "{after}");
            assert_eq!(plan.profile, format!("{source}-mfa"));
            assert!(!plan.notes.is_empty(), "{credentials}");
        }
    }
}

#[test]
fn a_program_for_codes_is_written_once() {
    let case = Case {
        mfa_process: Some("ykman"),
        kind: Kind::Static,
        ..CASE
    };
    assert_eq!(
        case.config_after(),
        "[profile admin]\nmfa_serial = arn:aws:iam::111122223333:mfa/phone\n\
        mfa_process = ykman oath accounts code --single phone@111122223333\n"
    );
}

/// The files after a setup and its undo, with `between` done to the config file, and what was left.
fn undone(case: &Case<'_>, between: impl Fn(String) -> String) -> (String, String, Vec<String>) {
    let before = read(case.config, case.credentials);
    let plan = case.plan(&before).unwrap();
    let record = record_of(&before, &plan.changes, None);
    let after = plan.changes.applied_to_both(&before).unwrap();
    let text = |d: &Document| String::from_utf8(d.as_bytes().to_vec()).unwrap();
    let now = read(&between(text(after.config())), &text(after.credentials()));
    let undo_plan = undo(&now, &record);
    let back = undo_plan.changes.applied_to_both(&now).unwrap();
    let again = undo(&back, &record);
    assert!(again.changes.is_empty(), "{:?}", again.changes);
    (
        text(back.config()).replace(KEYS, "KEYS"),
        text(back.credentials()).replace(KEYS, "KEYS"),
        undo_plan.left,
    )
}

#[test]
fn a_setup_is_taken_back() {
    for config in [
        "",
        "[profile z]\nregion = x\n",
        "[profile admin]\nregion = a\n[profile admin-mfa]\nregion = b\n",
        "[profile admin-mfa]\n# mine\n",
        "[profile a]\nrole_arn = r\nsource_profile = admin\n",
    ] {
        let case = Case {
            config,
            moves_roles: true,
            mfa_process: Some("pass"),
            ..CASE
        };
        let (after, credentials, left) = undone(&case, |config| config);
        assert_eq!(after, config);
        assert_eq!(credentials, case.credentials);
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn keys_that_moved_go_back() {
    let case = Case {
        config: "[default]\nregion = a\n",
        credentials: "[default]\nKEYS\n[z]\nk = v\n",
        source: "default-long-term",
        move_from: Some("default"),
        ..CASE
    };
    let (config, credentials, left) = undone(&case, |config| config);
    assert_eq!(config, case.config);
    assert_eq!(credentials.trim_start(), "[z]\nk = v\n\n[default]\nKEYS");
    assert!(left.is_empty(), "{left:?}");
    // Where the hook was changed by hand, the keys stay beside it in another profile.
    let (config, credentials, left) = undone(&case, |config| {
        config.replace(
            "--profile default-long-term",
            "--profile default-long-term -v",
        )
    });
    assert!(config.contains("credential_process"), "{config}");
    assert!(
        credentials.contains("[default-long-term]\nKEYS"),
        "{credentials}"
    );
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn what_was_changed_since_stays() {
    let (config, _, left) = undone(&CASE, |config| {
        config.replace(SERIAL, "GAHT12345678") + "region = mine\n"
    });
    assert_eq!(
        config,
        "[profile admin]\nmfa_serial = GAHT12345678\n\n[profile admin-mfa]\nregion = mine\n"
    );
    assert_eq!(
        left,
        ["`mfa_serial` of profile admin was changed since, and stays as it is."]
    );
}

#[test]
fn an_interrupted_setup_is_taken_back_with_the_one_that_went_on() {
    let case = Case {
        config: "[default]\nregion = a\n",
        credentials: "[default]\nKEYS",
        source: "default-long-term",
        move_from: Some("default"),
        ..CASE
    };
    let before = read(case.config, case.credentials);
    let first = case.plan(&before).unwrap();
    let record = record_of(&before, &first.changes, None);
    // Killed between the two files.
    let credentials = first
        .changes
        .applied(&before, FileKind::Credentials)
        .unwrap();
    let between = Profiles::new(before.config().clone(), credentials);
    let second = case.plan(&between).unwrap();
    let record = record_of(&between, &second.changes, Some(record));
    let after = second.changes.applied_to_both(&between).unwrap();
    second.judge(&between, &after).unwrap();
    let back = undo(&after, &record)
        .changes
        .applied_to_both(&after)
        .unwrap();
    assert_eq!(back.config().as_bytes(), before.config().as_bytes());
    assert_eq!(
        back.credentials().as_bytes().trim_ascii_start(),
        before.credentials().as_bytes()
    );
}

#[test]
fn a_lost_key_or_a_hook_with_keys_is_noticed_whatever_made_the_plan() {
    let before = read("", "[admin]\nKEYS");
    let plan = CASE.plan(&before).unwrap();
    let good = plan.changes.applied_to_both(&before).unwrap();
    plan.judge(&before, &good).unwrap();
    let config = std::str::from_utf8(good.config().as_bytes()).unwrap();
    for credentials in [
        "",
        "[admin]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n",
        "[admin]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = other\n",
        "[admin]\nKEYS[admin-mfa]\nKEYS",
        "[admin]\nKEYS[admin-mfa]\naws_session_token = x\n",
    ] {
        let bad = read(config, credentials);
        assert!(plan.judge(&before, &bad).is_err(), "{credentials}");
    }
    let elsewhere = config.replace("mfa_session_source = admin", "mfa_session_source = other");
    assert!(
        plan.judge(&before, &read(&elsewhere, "[admin]\nKEYS[other]\nKEYS"))
            .is_err()
    );
}
