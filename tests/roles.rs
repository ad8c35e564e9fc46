//! Role profiles: login, status and logout are about the session at the end of their chain; the rest is about their roles.

use mfa_session::aws::types::{
    AccessKeyId, SecretAccessKey, SessionCredentials, SessionToken, parse_rfc3339,
};
use mfa_session::sandbox::SignedWith;
use mfa_session::sandbox::client::Client;
use serde_json::Value;

use crate::common::{Ran, World};

const ARN: &str = "arn:aws:iam::111122223333:role/readonly";
/// A condition of a trust policy: only with MFA.
const MFA: &str = r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#;
const HOOK: [&str; 4] = ["credential-process", "--no-prompt", "--profile", "readonly"];

fn last_line(stderr: &str) -> &str {
    stderr.lines().last().unwrap_or_default()
}

/// A role profile in the config file.
fn role(name: &str, source: &str) -> String {
    format!("[profile {name}]\nrole_arn = {ARN}\nsource_profile = {source}\n")
}

impl World {
    /// A world whose account has the role `readonly` for users with MFA, and the profile `readonly` for it.
    pub fn with_role() -> Self {
        let world = Self::new();
        world.create_role("readonly", MFA, &[]);
        world.add_config(&role("readonly", "default"));
        world
    }

    fn call_iam(&self, action: &str, params: &[(&str, &str)]) {
        self.server.with_account(|account| {
            let admin = Client::with_keys(self.owner.keys.as_ref().unwrap());
            let made = admin.call(account, action, params, self.sandbox_now());
            assert_eq!(made.unwrap().status, 200, "{action}");
        });
    }

    /// A role that the account trusts under a condition, and that may assume other roles.
    pub fn create_role(&self, name: &str, condition: &str, more: &[(&str, &str)]) {
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"111122223333"}},"Action":"sts:AssumeRole","Condition":{{{condition}}}}}]}}"#
        );
        let params = [("RoleName", name), ("AssumeRolePolicyDocument", &trust)];
        self.call_iam("iam:CreateRole", &[&params, more].concat());
        let allow = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}"#;
        let params = [
            ("RoleName", name),
            ("PolicyName", "assume"),
            ("PolicyDocument", allow),
        ];
        self.call_iam("iam:PutRolePolicy", &params);
    }

    /// The ARN of the caller with these credentials.
    fn caller(&self, credentials: &SessionCredentials) -> String {
        self.server.with_account(|account| {
            let client = Client::with_session(credentials);
            let answer = client.call(account, "sts:GetCallerIdentity", &[], self.sandbox_now());
            String::from_utf8(answer.unwrap().body).unwrap()
        })
    }

    fn assumed(&self) -> usize {
        self.count("sts:AssumeRole")
    }
}

/// The credentials that the hook printed.
fn printed(ran: &Ran) -> SessionCredentials {
    let value: Value = serde_json::from_str(&ran.stdout).unwrap();
    let text = |name: &str| value[name].as_str().unwrap();
    SessionCredentials {
        id: AccessKeyId::new(text("AccessKeyId")).unwrap(),
        secret: SecretAccessKey::new(text("SecretAccessKey")).unwrap(),
        token: SessionToken::new(text("SessionToken")).unwrap(),
        expiration: parse_rfc3339(text("Expiration")).unwrap(),
    }
}

#[test]
fn exec_env_and_the_hook_give_the_credentials_of_the_role() {
    let mut world = World::with_role();
    world.add_config("region = ap-south-1\n");
    let code = world.code();
    let id = "echo $AWS_ACCESS_KEY_ID $AWS_REGION";
    let line = ["exec", "--token-code", &code, "--profile", "readonly"];
    let ran = world
        .run(&[&line[..], &["--", "sh", "-c", id]].concat())
        .exits(0);
    let hook = world.run(&HOOK).exits(0);
    let credentials = printed(&hook);
    assert!(hook.stdout.contains(r#""AccountId":"111122223333""#));
    assert_eq!(ran.stdout, format!("{} ap-south-1\n", credentials.id));
    let caller = world.caller(&credentials);
    assert!(
        caller.contains(":assumed-role/readonly/mfa-session-1"),
        "{caller}"
    );
    // A hit writes nothing and calls nobody.
    let before = world.tree();
    world.set("AWS_PROFILE", "readonly");
    let again = world.run(&["exec", "--", "sh", "-c", id]).exits(0);
    assert_eq!(again.stdout, ran.stdout);
    let env = world.run(&["env", "--shell", "json"]).exits(0);
    let env: Value = serde_json::from_str(&env.stdout).unwrap();
    assert_eq!(env["AWS_ACCESS_KEY_ID"], credentials.id.as_str());
    assert_eq!(world.run(&HOOK).exits(0), hook);
    assert_eq!(world.tree(), before);
    let calls = world.calls();
    let calls: Vec<_> = calls
        .iter()
        .filter(|(action, _)| action.starts_with("sts:"))
        .collect();
    assert_eq!(
        calls,
        [
            &("sts:GetSessionToken".to_owned(), SignedWith::LongTermKey),
            &("sts:AssumeRole".to_owned(), SignedWith::MfaSession),
            &("sts:GetCallerIdentity".to_owned(), SignedWith::RoleSession),
        ]
    );
}

#[test]
fn a_hook_profile_of_a_role_gives_the_credentials_of_the_role() {
    let world = World::with_role();
    world.add_config(
        "[profile hook]\ncredential_process = mfa-session credential-process --profile readonly\n",
    );
    let code = world.code();
    let ran = world
        .run(&["login", "--profile", "hook", "--token-code", &code])
        .exits(0);
    assert_eq!(last_line(&ran.stderr), "export AWS_PROFILE=hook");
    let line = ["credential-process", "--no-prompt", "--profile", "hook"];
    let hook = world.run(&line).exits(0);
    assert!(
        world
            .caller(&printed(&hook))
            .contains(":assumed-role/readonly/")
    );
    assert_eq!(world.run(&HOOK).exits(0), hook);
    assert_eq!(world.assumed(), 1);
    // The session itself is what its own profile gives.
    let line = ["credential-process", "--no-prompt", "--profile", "default"];
    let session = world.run(&line).exits(0);
    assert!(world.caller(&printed(&session)).contains(":user/"));
}

#[test]
fn ten_commands_at_once_assume_the_role_once() {
    let world = World::with_role();
    world.log_in();
    let line = [
        "exec",
        "--profile",
        "readonly",
        "--",
        "sh",
        "-c",
        "echo $AWS_ACCESS_KEY_ID",
    ];
    let children: Vec<_> = (0..10)
        .map(|_| {
            let mut command = world.program(&line);
            command.stdout(std::process::Stdio::piped());
            command
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut ids: Vec<_> = children
        .into_iter()
        .map(|child| {
            let ran = world.judge(&line, child.wait_with_output().unwrap());
            ran.exits(0).stdout
        })
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(world.assumed(), 1);
    assert_eq!(world.role_files().len(), 1);
    world.has_nothing_left_behind("ten commands");
}

#[test]
fn the_credentials_of_a_role_are_served_until_five_minutes_before_their_end() {
    let mut world = World::with_role();
    world.log_in();
    let exec = ["exec", "--profile", "readonly", "--", "true"];
    world.run(&exec).exits(0);
    world.later(3600 - 330);
    world.run(&exec).exits(0);
    world.run(&HOOK).exits(0);
    assert_eq!(world.assumed(), 1);
    world.later(35);
    world.run(&exec).exits(0);
    assert_eq!(world.assumed(), 2);
    // A command that needs more time gets new credentials, and a warning if these are too short as well.
    let least = |time: &'static str| {
        [
            "exec",
            "--profile",
            "readonly",
            "--min-remaining",
            time,
            "--",
            "true",
        ]
    };
    world.later(1800);
    world.run(&least("20m")).exits(0);
    assert_eq!(world.assumed(), 2);
    world.run(&least("50m")).exits(0).says_not("warning");
    assert_eq!(world.assumed(), 3);
    world
        .run(&least("2h"))
        .exits(0)
        .says("less than --min-remaining asks for");
    assert_eq!(world.count("sts:GetSessionToken"), 1);
}

#[test]
fn the_credentials_of_a_role_outlive_its_session() {
    let mut world = World::with_role();
    let code = world.code();
    world
        .run(&["login", "--duration-seconds", "900", "--token-code", &code])
        .exits(0);
    world.run(&HOOK).exits(0);
    world.later(1000);
    world.run(&["status"]).exits(3);
    world.run(&HOOK).exits(0);
    world
        .run(&["exec", "--profile", "readonly", "--", "true"])
        .exits(0);
    // In their last minutes, the hook hands them out if nobody can be asked for a code.
    world.later(2400);
    world.run(&HOOK).exits(0);
    world
        .run(&["exec", "--profile", "readonly", "--", "true"])
        .exits(3);
    world.later(300);
    world.run(&HOOK).exits(3);
    assert_eq!(world.assumed(), 1);
}

#[test]
fn logout_forgets_the_roles_with_their_session() {
    for line in [
        &["logout"][..],
        &["logout", "--all"],
        &["logout", "--profile", "readonly"],
    ] {
        let world = World::with_role();
        world.log_in();
        world.run(&HOOK).exits(0);
        let files = world.role_files();
        let old = std::fs::read(&files[0]).unwrap();
        world
            .run(line)
            .exits(0)
            .says("Forgot the session of key")
            .says("Forgot the credentials of one role.");
        assert!(world.role_files().is_empty());
        world.run(&HOOK).exits(3);
        world
            .run(line)
            .exits(0)
            .says("There is no session to forget.");
        // What a process stored after the logout is not served: it is from another session.
        std::fs::write(&files[0], &old).unwrap();
        std::os::unix::fs::chown(&files[0], None, None).unwrap();
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&files[0], private).unwrap();
        world.run(&HOOK).exits(3);
        world.log_in();
        world.run(&HOOK).exits(0);
        assert_eq!(world.assumed(), 2);
    }
}

#[test]
fn whatever_changes_the_credentials_makes_another_call() {
    let world = World::with_role();
    world.log_in();
    let config = world.read(".aws/config");
    for (n, setting) in [
        "external_id = ab\n",
        "role_session_name = ab\n",
        "duration_seconds = 900\n",
    ]
    .into_iter()
    .enumerate()
    {
        let source = "source_profile = default\n";
        world.write_config(&config.replace(source, &format!("{source}{setting}")));
        for _ in 0..2 {
            world.run(&HOOK).exits(0);
            assert_eq!(world.assumed(), n + 1, "{setting}");
        }
    }
    // Another profile with the same role shares them.
    world.add_config(&(role("same", "default") + "duration_seconds = 900\n"));
    let same = world
        .run(&["credential-process", "--no-prompt", "--profile", "same"])
        .exits(0);
    assert_eq!(world.run(&HOOK).exits(0), same);
    assert_eq!(world.assumed(), 3);
}

#[test]
fn a_cached_role_that_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::with_role();
    world.log_in();
    world.run(&HOOK).exits(0);
    let file = world.role_files().remove(0);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    world
        .run(&["exec", "--profile", "readonly", "--", "true"])
        .exits(0)
        .says("the cached credentials of a role are not used")
        .says("is open to others");
    assert_eq!(world.assumed(), 2);
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn several_roles_are_assumed_in_a_row() {
    let world = World::with_role();
    world.create_role("second", "", &[("MaxSessionDuration", "43200")]);
    world.add_config(
        "[profile second]\nrole_arn = arn:aws:iam::111122223333:role/second\nsource_profile = readonly\n\
         role_session_name = by-hand\nduration_seconds = 7200\n",
    );
    world.log_in();
    let line = ["credential-process", "--no-prompt", "--profile", "second"];
    let credentials = printed(&world.run(&line).exits(0));
    let caller = world.caller(&credentials);
    assert!(caller.contains(":assumed-role/second/by-hand"), "{caller}");
    let left = credentials.expiration - world.sandbox_now();
    assert!(left <= time::Duration::hours(1), "{left}");
    let signed: Vec<_> = world
        .calls()
        .into_iter()
        .filter(|(action, _)| action == "sts:AssumeRole")
        .map(|(_, with)| with)
        .collect();
    assert_eq!(signed, [SignedWith::MfaSession, SignedWith::RoleSession]);
    world.run(&line).exits(0);
    assert_eq!(world.assumed(), 2);
}

#[test]
fn a_refused_role_is_explained() {
    let world = World::with_role();
    world.create_role(
        "closed",
        r#""StringEquals":{"sts:ExternalId":"secret-word"}"#,
        &[],
    );
    world.create_role("second", MFA, &[]);
    let profile = |name: &str, role: &str, source: &str, more: &str| {
        format!(
            "[profile {name}]\nrole_arn = arn:aws:iam::111122223333:role/{role}\nsource_profile = {source}\n{more}"
        )
    };
    world.add_config(
        &[
            profile("closed", "closed", "default", ""),
            profile("open", "closed", "default", "external_id = secret-word\n"),
            profile("long", "readonly", "default", "duration_seconds = 43200\n"),
            profile("second", "second", "readonly", ""),
            profile("none", "none", "default", ""),
        ]
        .concat(),
    );
    world.log_in();
    for (name, says, hint) in [
        (
            "closed",
            "AWS does not allow role `arn:aws:iam::111122223333:role/closed` of profile `closed` to be assumed",
            "the session has MFA (its code was entered 0s ago)",
        ),
        (
            "none",
            "role/none` of profile `none`",
            "the role must exist",
        ),
        (
            "long",
            "does not allow a duration of 43200 s: AWS says `The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            "hint: ask for less: aws configure set duration_seconds 3600 --profile long",
        ),
        (
            "second",
            "role/second` of profile `second` to be assumed",
            "the credentials of role `readonly` carry no MFA",
        ),
    ] {
        let exec = ["exec", "--profile", name, "--", "true"];
        let hook = ["credential-process", "--profile", name];
        let env = ["env", "--profile", name];
        for line in [&exec[..], &hook, &env] {
            let ran = world.run(line).exits(4).says(says).says(hint);
            assert_eq!(ran.stdout, "");
        }
    }
    assert!(world.role_files().is_empty());
    world
        .run(&["exec", "--profile", "open", "--", "true"])
        .exits(0);
}

#[test]
fn a_setting_that_aws_would_refuse_is_found_before_a_code_is_asked_for() {
    for (settings, says) in [
        (
            "duration_seconds = 12h\n",
            "`duration_seconds` of profile `x`",
        ),
        (
            "role_session_name = a b\n",
            "`role_session_name` of profile `x`",
        ),
        ("external_id = a b\n", "`external_id` of profile `x`"),
    ] {
        let world = World::new();
        world.add_config(&(role("x", "default") + settings));
        let code = world.code();
        let exec = [
            "exec",
            "--profile",
            "x",
            "--token-code",
            &code,
            "--",
            "true",
        ];
        world
            .run(&exec)
            .exits(1)
            .says(says)
            .says("hint: aws configure set");
        let hook = ["credential-process", "--profile", "x"];
        world.run(&hook).exits(1).says(says);
        assert_eq!(world.calls(), []);
        // The session does not need the role.
        world
            .run(&["login", "--profile", "x", "--token-code", &code])
            .exits(0);
    }
}

#[test]
fn a_role_is_assumed_although_the_cache_cannot_keep_it() {
    let world = World::with_role();
    world.log_in();
    world.write(".aws/mfa-session/roles", "not a folder");
    world
        .run(&["exec", "--profile", "readonly", "--", "true"])
        .exits(0)
        .says("the next command will assume it again");
    world
        .run(&["logout"])
        .exits(1)
        .says("Forgot the session")
        .says("roles` were not removed");
}

#[test]
fn login_status_and_logout_of_a_role_profile_are_about_its_session() {
    for (config, credentials) in [
        (role("readonly", "default"), String::new()),
        (
            role("readonly", "middle") + &role("middle", "default"),
            String::new(),
        ),
        (
            String::new(),
            format!("[readonly]\nrole_arn = {ARN}\nsource_profile = default\n"),
        ),
    ] {
        let world = World::new();
        world.add_config(&config);
        world.write_credentials(&format!("{credentials}{}", world.credentials()));
        let line = |command: &'static str| [command, "--profile", "readonly"];
        world.run(&line("status")).exits(3);
        let code = world.code();
        let ran = world
            .run(&["login", "--profile", "readonly", "--token-code", &code])
            .exits(0)
            .says("The session is in profile default-mfa.");
        assert_eq!(
            last_line(&ran.stderr),
            "eval \"$(mfa-session env --profile readonly)\""
        );
        let status = world.run(&line("status")).exits(0);
        assert!(
            status.stdout.starts_with("default-mfa: "),
            "{}",
            status.stdout
        );
        world
            .run(&line("login"))
            .exits(0)
            .says("is good for another");
        world
            .run(&line("logout"))
            .exits(0)
            .says("Forgot the session");
        world.run(&line("status")).exits(3);
        assert!(!world.credentials().contains("ASIA"));
        assert_eq!(world.count("sts:GetSessionToken"), 1);
    }
}

#[test]
fn a_login_ends_with_the_role_profile_if_its_source_holds_the_session() {
    let mut world = World::new();
    world.add_config(&format!(
        "{}{}[profile hook]\ncredential_process = mfa-session credential-process --profile default\n",
        role("by-hook", "hook"),
        role("by-session", "default-mfa"),
    ));
    world.log_in();
    for profile in ["by-hook", "by-session"] {
        let ran = world.run(&["login", "--profile", profile]).exits(0);
        assert_eq!(
            last_line(&ran.stderr),
            format!("export AWS_PROFILE={profile}")
        );
        world.set("AWS_PROFILE", profile);
        world
            .run(&["login"])
            .exits(0)
            .says(&format!("AWS_PROFILE is already {profile}"));
        world.unset("AWS_PROFILE");
    }
}

#[test]
fn the_role_names_the_device_where_the_source_does_not_and_keeps_its_duration() {
    let world = World::new();
    let serial = world.serial();
    world.add_config(&format!(
        "{}mfa_serial = arn:aws:iam::111122223333:mfa/far\n{}mfa_serial = {}\nduration_seconds = 900\n",
        role("far", "near"),
        role("near", "default"),
        serial.as_str(),
    ));
    let code = world.code();
    world
        .run(&["-v", "login", "--profile", "far", "--token-code", &code])
        .exits(0)
        .says(&format!("MFA device {}", serial.as_str()))
        .says("duration 43200 s");
    assert_eq!(world.count("iam:ListMFADevices"), 0);
    // A command that needs a code names the profile that knows the device.
    world.run(&["logout"]).exits(0);
    let ran = world.run(&["login", "--profile", "far"]).exits(3);
    assert!(
        ran.stderr.contains("mfa-session login --profile far"),
        "{}",
        ran.stderr
    );
    // The source's own device comes first.
    let config = world.read(".aws/config");
    world.write_config(&config.replace(
        "[default]\n",
        "[default]\nmfa_serial = arn:aws:iam::111122223333:mfa/own\n",
    ));
    world
        .run(&["-v", "login", "--profile", "far", "--token-code", &code])
        .says("MFA device arn:aws:iam::111122223333:mfa/own");
}

#[test]
fn a_profile_may_be_its_own_source() {
    let world = World::new();
    let url = world.server.endpoint_url();
    world.write_credentials(&format!("[own]\n{}", world.key_lines()));
    world.write_config(&format!(
        "{}endpoint_url = {url}\nduration_seconds = 900\n",
        role("own", "own")
    ));
    let code = world.code();
    world
        .run(&["-v", "login", "--profile", "own", "--token-code", &code])
        .exits(0)
        .says("duration 43200 s")
        .says("The session is in profile own-mfa.");
}
