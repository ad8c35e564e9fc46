//! Facts in, findings out.

use std::collections::HashSet;
use std::fmt::Write as _;

use proptest::prelude::*;
use time::UtcDateTime;
use time::macros::utc_datetime;

use super::*;
use crate::shared_config::{Document, FileKind, Profiles};

const NOW: UtcDateTime = utc_datetime!(2026-11-27 09:00:00);
const KEY: &str =
    "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret/of/a/test\n";
const TEMPORARY: &str = "aws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret/of/a/test\naws_session_token = token/of/a/test\n";
const HOOK: &str = "credential_process = /bin/mfa-session credential-process --profile";

/// What one test looks at.
#[derive(Default)]
struct Case<'a> {
    config: String,
    credentials: String,
    variables: Vec<(&'a str, &'a str)>,
    programs: Vec<(&'a str, Program)>,
    cache: CacheFacts,
    terminal: Option<Terminal>,
    mode: Option<u32>,
}

fn document(text: &str, kind: FileKind) -> Document {
    Document::parse(text.as_bytes(), kind).unwrap_or_else(|_| Document::empty(kind))
}

impl Case<'_> {
    fn of(config: &str, credentials: &str) -> Self {
        Self {
            config: config.to_owned(),
            credentials: credentials.to_owned(),
            ..Self::default()
        }
    }

    fn findings(&self) -> Vec<Finding> {
        let profiles = Profiles::new(
            document(&self.config, FileKind::Config),
            document(&self.credentials, FileKind::Credentials),
        );
        let file = |kind, path: &str| FileFacts {
            kind,
            path: path.to_owned(),
            is_named: false,
            state: FileState::Read,
            access: Some(Access {
                mode: self.mode.unwrap_or(0o600),
                owner: 1000,
            }),
            leftovers: Vec::new(),
            kept: Vec::new(),
        };
        let variables = |name: &str| {
            let mut all = self.variables.iter();
            all.find(|(n, _)| *n == name)
                .map(|(_, value)| (*value).to_owned())
        };
        let mut programs: std::collections::HashMap<_, _> = programs(&profiles)
            .into_iter()
            .map(|name| (name, Program::Executable))
            .collect();
        for (name, state) in &self.programs {
            programs.insert((*name).to_owned(), *state);
        }
        let found = examine(&Facts {
            profiles: &profiles,
            files: [
                file(FileKind::Config, "/h/config"),
                file(FileKind::Credentials, "/h/credentials"),
            ],
            variables: &variables,
            now: NOW,
            programs,
            cache: self.cache.clone(),
            terminal: self.terminal.unwrap_or(Terminal::None),
            user: 1000,
        });
        for finding in &found {
            complete(finding);
        }
        found
    }

    /// The ids, with the lines and profiles.
    fn found(&self) -> Vec<String> {
        let shown = |finding: &Finding| {
            let mut text = finding.check.id().to_owned();
            if let (Some(file), Some(line)) = (&finding.file, finding.line) {
                let _ = write!(text, " {}:{line}", file.trim_start_matches("/h/"));
            }
            if let Some(profile) = &finding.profile {
                let _ = write!(text, " {profile}");
            }
            if let Some(variable) = finding.variable {
                let _ = write!(text, " {variable}");
            }
            text
        };
        self.findings().iter().map(shown).collect()
    }
}

/// Every finding says what it breaks and names a command, in whole sentences and without a secret.
fn complete(finding: &Finding) {
    for sentence in [&finding.what, &finding.breaks, &finding.repair] {
        assert!(sentence.ends_with('.'), "{finding:?}");
        assert!(!sentence.ends_with(".."), "{finding:?}");
    }
    assert!(!finding.command.is_empty(), "{finding:?}");
    let text = format!("{finding:?}");
    assert!(!text.contains("of/a/test"), "{text}");
}

fn found(config: &str, credentials: &str) -> Vec<String> {
    Case::of(config, credentials).found()
}

#[test]
fn a_healthy_set_up_has_no_findings() {
    let none = Vec::<String>::new();
    let source = format!("[default]\n{KEY}");
    let region = "[default]\nregion = eu-central-1\n";
    assert_eq!(found(region, &source), none);
    let session = format!(
        "{source}[default-mfa]\n{TEMPORARY}expiration = 2026-11-27T20:00:00Z\nmanager = mfa-session\nmfa_session_source = default\n"
    );
    assert_eq!(found(region, &session), none);
    let ended = session.replace("20:00", "08:00");
    assert_eq!(
        found(region, &ended),
        none,
        "an ended session is a usual morning"
    );
    let hook = format!(
        "{region}[profile admin]\n{HOOK} default\nregion = eu-central-1\n[profile deploy]\nrole_arn = arn:aws:iam::111122223333:role/deploy\nsource_profile = admin\n"
    );
    assert_eq!(found(&hook, &source), none);
    let role = "[default]\nmfa_serial = arn:aws:iam::111122223333:mfa/a\n[profile deploy]\nrole_arn = arn:aws:iam::111122223333:role/deploy\nsource_profile = default\nmfa_serial = arn:aws:iam::111122223333:mfa/a\n";
    assert_eq!(found(role, &source), none, "a role without a hook may ask");
    let sso = "[profile dev]\nsso_session = corp\n[sso-session corp]\nsso_region = eu-west-1\n";
    assert_eq!(found(sso, ""), none);
}

#[test]
fn every_kind_of_line_at_fault_is_found_with_its_number() {
    let config = "\u{feff}[default]\nregion = eu-west-1\n  output = json\nregion = eu-west-1\n[profile b]\nnonsense\n[profile b]\n[c]\nregion = eu-west-1\n[d\n";
    let mut found = found(config, &format!("[default]\n{KEY}"));
    found.sort();
    assert_eq!(
        found,
        [
            "byte-order-mark config:1",
            "section-ignored config:8",
            "section-twice config:7",
            "setting-continues-line config:3",
            "setting-twice config:4",
            "syntax config:10",
            "syntax config:6",
        ]
    );
}

#[test]
fn keys_are_alone_whole_and_without_foreign_tokens() {
    let secret = "aws_secret_access_key = secret/of/a/test\n";
    let other = "aws_access_key_id = AKIAI44QH8DHBEXAMPLE\n";
    for (config, credentials, expected) in [
        (
            format!("[profile a]\n{HOOK} b\n"),
            format!("[a]\n{KEY}[b]\n{KEY}"),
            "keys-and-process credentials:2 a",
        ),
        (
            format!("[profile a]\n{KEY}login_session = x\n"),
            String::new(),
            "keys-and-process config:2 a",
        ),
        (
            "[profile a]\ncredential_process = other\n".to_owned(),
            format!("[a]\n{TEMPORARY}expiration = 2020-01-01 00:00:00\n"),
            "expired-keys-hide credentials:2 a",
        ),
        (
            String::new(),
            format!("[a]\n{TEMPORARY}expiration = 2020-01-01 00:00:00\n"),
            "expired-keys credentials:2 a",
        ),
        (
            String::new(),
            format!("[a]\n{KEY}aws_security_token = token/of/a/test\n"),
            "stale-token credentials:4 a",
        ),
        (
            String::new(),
            format!("[a]\n{TEMPORARY}aws_security_token = old/token/of/a/test\n"),
            "stale-token credentials:5 a",
        ),
        (
            String::new(),
            format!("[a]\n{secret}"),
            "half-pair credentials:2 a",
        ),
        (
            format!("[profile a]\n{secret}"),
            "[a]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n".to_owned(),
            "split-pair credentials:2 a",
        ),
        (
            format!("[profile a]\n{other}{secret}"),
            format!("[a]\n{KEY}"),
            "keys-differ config:2 a",
        ),
        (
            String::new(),
            format!("[a]\naws_access_key_id = no-id\n{secret}"),
            "bad-key credentials:2 a",
        ),
    ] {
        assert_eq!(
            found(&config, &credentials),
            [expected],
            "{config}{credentials}"
        );
    }
    // aws-mfa and saml2aws write both names with the same token.
    let both = format!("[a]\n{TEMPORARY}aws_security_token = token/of/a/test\n");
    assert!(found("", &both).is_empty());
}

#[test]
fn profiles_lead_to_a_key_and_never_in_circles() {
    const ROLE: &str = "role_arn = arn:aws:iam::111122223333:role/r\n";
    let key = format!("[key]\n{KEY}");
    for (config, expected) in [
        (
            format!(
                "[profile a]\n{ROLE}source_profile = kex\n[profile b]\n{ROLE}source_profile = kex\n"
            ),
            "source-missing config:3 a",
        ),
        (
            "[profile a]\nmfa_session_source = gone\n".to_owned(),
            "source-missing config:2 a",
        ),
        (
            format!(
                "[profile a]\n{ROLE}source_profile = b\n[profile b]\n{ROLE}source_profile = a\n[profile c]\n{ROLE}source_profile = a\n"
            ),
            "circle config:3 a",
        ),
        (format!("[profile a]\n{HOOK} a\n"), "circle config:2 a"),
        (
            format!("[profile a]\nmfa_session_source = b\n[profile b]\n{HOOK} key\n"),
            "source-is-session config:2 a",
        ),
        (
            format!("[profile a]\n{ROLE}source_profile = b\n[profile b]\nregion = eu-west-1\n"),
            "source-without-key config:3 a",
        ),
        (format!("[profile a]\n{ROLE}"), "role-alone config:2 a"),
        (
            format!("[profile a]\n{ROLE}source_profile = key\ncredential_source = Environment\n"),
            "role-alone config:2 a",
        ),
        (
            format!(
                "[profile h]\n{HOOK} key\n[profile m]\n{ROLE}source_profile = h\n[profile a]\n{ROLE}source_profile = m\nmfa_serial = arn:aws:iam::111122223333:mfa/x\n"
            ),
            "role-asks config:9 a",
        ),
    ] {
        assert_eq!(found(&config, &key), [expected], "{config}");
    }
    let own = format!("[profile key]\n{ROLE}source_profile = key\n");
    assert!(found(&own, &key).is_empty(), "a role may have its own key");
    let findings = Case::of(&format!("[profile a]\n{ROLE}source_profile = kex\n"), &key).findings();
    assert_eq!(
        findings[0].command,
        "aws configure set source_profile key --profile a"
    );
}

#[test]
fn the_program_of_a_hook_exists_and_is_found_from_everywhere() {
    let source = format!("[s]\n{KEY}");
    let case = |line: &str, programs: &[(&'static str, Program)]| {
        let mut case = Case::of(
            &format!("[profile a]\ncredential_process = {line}\n"),
            &source,
        );
        case.programs = programs.to_vec();
        let found = case.findings();
        assert!(found.len() <= 1, "{found:?}");
        found
            .first()
            .map(|f| (f.check.id(), f.command.clone()))
            .unwrap_or_default()
    };
    let missing = Program::Missing;
    let ours = "credential-process --profile s";
    assert_eq!(
        case(&format!("/old/mfa-session {ours}"), &[("/old/mfa-session", missing)]),
        (
            "hook-missing",
            "aws configure set credential_process \"$(command -v mfa-session)\"' credential-process --profile s' --profile a".to_owned()
        )
    );
    assert_eq!(
        case(
            &format!("/x/mfa-session {ours}"),
            &[("/x/mfa-session", Program::NotExecutable)]
        ),
        ("hook-not-executable", "chmod +x /x/mfa-session".to_owned())
    );
    assert_eq!(
        case(
            &format!("/a user/mfa-session {ours}"),
            &[("/a", missing), ("/a user/mfa-session", Program::Executable)]
        ),
        (
            "hook-unquoted",
            "aws configure set credential_process '\"/a user/mfa-session\" credential-process --profile s' --profile a".to_owned()
        )
    );
    assert_eq!(
        case(&format!("bin/mfa-session {ours}"), &[]).0,
        "hook-relative"
    );
    assert_eq!(
        case(&format!("~/bin/mfa-session {ours}"), &[]).0,
        "hook-relative"
    );
    assert_eq!(case("other --x 'y", &[]).0, "hook-unquoted");
    assert_eq!(
        case(&format!("env X=1 mfa-session {ours}"), &[]).0,
        "hook-wrapped"
    );
    assert_eq!(
        case("mfa-session credential-process", &[]).0,
        "hook-wrapped"
    );
    assert_eq!(
        case("aws-vault export x", &[("aws-vault", missing)]).0,
        "hook-missing"
    );
    assert_eq!(case(&format!("'/a user/mfa-session' {ours}"), &[]).0, "");
}

#[test]
fn settings_that_aws_would_refuse_are_named() {
    let source = format!("[a]\n{KEY}");
    let case = |line: &str| found(&format!("[profile a]\n{line}\n"), &source);
    assert_eq!(
        case("region = eu-centrall-1"),
        ["region-unknown config:2 a"]
    );
    assert!(case("region = local\nendpoint_url = http://localhost:4566").is_empty());
    assert_eq!(
        case("endpoint_url = http://example.com"),
        ["endpoint-refused config:2 a"]
    );
    for serial in [
        "arn:aws:iam::111122223333:user/a",
        "arn:aws:iam::111122223333:u2f/user/a/x",
        "arn:aws:iam::111122223333:mfa/",
        "x y",
    ] {
        let found = case(&format!("mfa_serial = {serial}"));
        assert_eq!(found, ["device-unusable config:2 a"], "{serial}");
    }
    assert!(case("mfa_serial = GAHT12345678").is_empty());
}

#[test]
fn the_environment_is_looked_at_as_a_whole() {
    let session = |ended_for: i64| Session {
        file: "/h/x.json".to_owned(),
        source_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        key_id: "ASIAOFTHESESSION0000".to_owned(),
        source_profile: "default".to_owned(),
        is_live: ended_for < -60,
        ended_for,
        is_remembered: false,
    };
    let case = |variables: &[(&'static str, &'static str)], sessions: Vec<Session>| {
        let mut case = Case::of(
            "[profile x]\nregion = eu-west-1\n",
            &format!("[default]\n{KEY}"),
        );
        case.variables = variables.to_vec();
        case.cache.sessions = sessions;
        case.found()
    };
    let long_term = ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    let temporary = ("AWS_ACCESS_KEY_ID", "ASIAOFTHESESSION0000");
    let secret = ("AWS_SECRET_ACCESS_KEY", "set");
    let token = ("AWS_SESSION_TOKEN", "set");
    let past = ("AWS_CREDENTIAL_EXPIRATION", "2026-11-27T08:00:00Z");
    for (variables, expected) in [
        (&[long_term, secret][..], "env-keys AWS_ACCESS_KEY_ID"),
        (&[temporary, secret, token], "env-keys AWS_ACCESS_KEY_ID"),
        (
            &[temporary, secret, token, past],
            "env-keys-expired AWS_ACCESS_KEY_ID",
        ),
        (&[long_term], "env-half-pair AWS_ACCESS_KEY_ID"),
        (&[secret], "env-half-pair AWS_SECRET_ACCESS_KEY"),
        (&[token], "env-half-pair AWS_SESSION_TOKEN"),
        (
            &[long_term, secret, token],
            "env-stale-token AWS_SESSION_TOKEN",
        ),
        (
            &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/t")],
            "env-web-identity AWS_WEB_IDENTITY_TOKEN_FILE",
        ),
        (
            &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://x")],
            "env-container AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ),
        (
            &[("AWS_PROFILE", "x"), ("AWS_DEFAULT_PROFILE", "y")][..],
            "env-profile-missing AWS_DEFAULT_PROFILE",
        ),
        (&[("AWS_PROFILE", "y")], "env-profile-missing AWS_PROFILE"),
        (
            &[("AWS_PROFILE", "default")],
            "env-profile-without-mfa default AWS_PROFILE",
        ),
        (
            &[("MFA_SESSION_PARENT", "1")],
            "env-parent MFA_SESSION_PARENT",
        ),
        (&[("AWS_REGION", "eu-west")], "region-unknown AWS_REGION"),
        (
            &[("AWS_ENDPOINT_URL", "ftp://x")],
            "endpoint-refused AWS_ENDPOINT_URL",
        ),
    ] {
        let found = case(variables, Vec::new());
        assert_eq!(found.first().unwrap(), expected, "{variables:?}");
    }
    let both = case(
        &[("AWS_PROFILE", "x"), ("AWS_DEFAULT_PROFILE", "default")],
        Vec::new(),
    );
    assert!(
        both.contains(&"env-profiles-differ AWS_DEFAULT_PROFILE".to_owned()),
        "{both:?}"
    );
    // The environment that `exec` makes.
    assert!(case(&[temporary, secret, token], vec![session(-3600)]).is_empty());
    let ended = case(&[temporary, secret, token], vec![session(5)]);
    assert_eq!(ended, ["env-keys-expired AWS_ACCESS_KEY_ID"]);
}

#[test]
fn the_cache_is_looked_at_as_a_whole() {
    let session = |id: &str, is_live, ended_for| Session {
        file: format!("/h/{id}.json"),
        source_key_id: id.to_owned(),
        key_id: "ASIAOFTHESESSION0000".to_owned(),
        source_profile: "default".to_owned(),
        is_live,
        ended_for,
        is_remembered: false,
    };
    let known = "AKIAIOSFODNN7EXAMPLE";
    let case = |change: &dyn Fn(&mut CacheFacts)| {
        let mut case = Case::of("", &format!("[default]\n{KEY}"));
        change(&mut case.cache);
        case.found()
    };
    assert!(case(&|c| c.sessions = vec![session(known, true, -3600)]).is_empty());
    assert!(case(&|c| c.sessions = vec![session(known, false, 3600)]).is_empty());
    assert_eq!(
        case(&|c| c.sessions = vec![session(known, false, 700_000)]),
        ["record-ended"]
    );
    assert_eq!(
        case(&|c| c.sessions = vec![session("AKIAANOTHERKEY000000", true, -3600)]),
        ["record-foreign"]
    );
    let untrusted = |command| Untrusted {
        path: "/h/c".to_owned(),
        why: "`/h/c` is open to others (mode 0644)".to_owned(),
        command,
    };
    for command in [None, Some("chmod 600 /h/c".to_owned())] {
        let found = case(&|c| c.distrusted = vec![untrusted(command.clone())]);
        assert_eq!(found, ["cache-not-trusted"]);
    }
    assert_eq!(
        case(&|c| c.unwritable = Some("/h".to_owned())),
        ["cache-not-writable"]
    );
    assert_eq!(
        case(&|c| c.broken = vec![("/h/x".to_owned(), "no JSON".to_owned())]),
        ["record-broken"]
    );
    assert_eq!(
        case(&|c| c.leftovers = vec!["/h/t".to_owned()]),
        ["cache-leftover"]
    );
    assert_eq!(case(&|c| c.doubtful_locks = Some("NFS")), ["locks-unknown"]);
}

#[test]
fn permissions_count_where_somebody_could_gain_by_them() {
    let case = |mode, config: &str, credentials: &str| {
        let mut case = Case::of(config, credentials);
        case.mode = Some(mode);
        case.found()
    };
    let key = format!("[default]\n{KEY}");
    assert_eq!(case(0o644, "", &key), ["file-open-to-others"]);
    assert_eq!(
        case(0o660, "", &key),
        ["file-writable-by-others", "file-writable-by-others"]
    );
    for terminal in [Terminal::Unusual, Terminal::Unreachable] {
        let mut case = Case::of("", &key);
        case.terminal = Some(terminal);
        assert_eq!(case.found(), ["terminal-mode"]);
    }
    assert_eq!(found("", ""), ["no-key"]);
}

#[test]
fn a_profile_narrows_the_findings_to_its_own_way() {
    let config = format!(
        "[profile a]\n{HOOK} s\n[profile r]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = a\n"
    );
    let profiles = Profiles::new(
        document(&config, FileKind::Config),
        document(&format!("[s]\n{KEY}"), FileKind::Credentials),
    );
    let names =
        |list: &[&str]| -> HashSet<String> { list.iter().map(|name| (*name).to_owned()).collect() };
    assert_eq!(scope(&profiles, "r"), names(&["r", "a", "s", "s-mfa"]));
    let of = |name: &str| Finding::new(Check::HalfPair, "x").of(name);
    assert!(of("s").is_in(&scope(&profiles, "r")));
    assert!(!of("r").is_in(&scope(&profiles, "a")));
    assert!(Finding::new(Check::Syntax, "x").is_in(&scope(&profiles, "a")));
}

/// Each step of the checks is bounded for a profile, so this ends in a moment; quadratic work would take very long.
#[test]
fn ten_thousand_profiles_take_a_moment() {
    let mut config = format!("[profile p0]\n{HOOK} s\n");
    for n in 1..10_000 {
        // Chains of up to a hundred profiles.
        let source = if n % 100 == 1 { 0 } else { n - 1 };
        let _ = write!(
            config,
            "[profile p{n}]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = p{source}\n"
        );
        if n % 50 == 0 {
            config.push_str("mfa_serial = arn:aws:iam::111122223333:mfa/x\nregion = nowhere\n");
        }
    }
    let found = Case::of(&config, &format!("[s]\n{KEY}")).findings();
    assert!(found.len() >= 199, "{}", found.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_files_make_it_panic(
        config in "(\\[(profile )?[ab \"\\]]{0,3}\\]?|[ \t]{0,2}(region|role_arn|source_profile|credential_process|mfa_session_source|aws_access_key_id|aws_secret_access_key|aws_session_token|aws_security_token|mfa_serial|endpoint_url|s3) ?=? ?(a|b|mfa-session credential-process --profile [ab]|/a b/mfa-session credential-process|'|\\PC{0,6})|\\PC{0,9}){0,14}",
        lines in proptest::collection::vec("\\[(profile )?[ab]\\]|[ \t]{0,2}(region|role_arn|source_profile|credential_process|mfa_session_source|aws_access_key_id|aws_secret_access_key|aws_session_token|aws_security_token|mfa_serial|expiration|login_session) ?= ?(a|b|2020-01-01T00:00:00Z|mfa-session credential-process --profile [ab]|AKIAIOSFODNN7EXAMPLE|\\PC{0,6})", 0..16),
        id in "(|AKIA|ASIA)\\PC{0,16}",
    ) {
        let text = lines.join("\n");
        for (a, b) in [(&config, &text), (&text, &config), (&text, &text)] {
            let mut case = Case::of(a, b);
            case.variables = vec![("AWS_PROFILE", "a"), ("AWS_ACCESS_KEY_ID", &id), ("AWS_REGION", &id)];
            let mut ids = HashSet::new();
            for finding in case.findings() {
                ids.insert(finding.check);
                let _ = finding.is_in(&HashSet::new());
            }
        }
    }
}
