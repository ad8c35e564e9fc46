//! Tests of the plan: pairs of files before and after.

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
}

const CASE: Case<'_> = Case {
    config: "",
    credentials: "[admin]\nKEYS",
    kind: Kind::Hook { program: PROGRAM },
    session_profile: None,
    replaces: false,
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
                source: "admin",
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
