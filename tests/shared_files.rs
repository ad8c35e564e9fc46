//! Pairs of shared files as people have them, in `tests/fixtures/shared_files`, on their way through every command that reads or writes
//! them: no byte outside our section is lost. For the AWS CLI's reader, see `readers`.

use std::fs;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;

use crate::common::{PROGRAM, World};

/// A pair of files, and what it is about.
pub struct Pair {
    /// The folder with the files.
    pub name: &'static str,
    /// The profile to log in with.
    pub login: &'static str,
    /// The profile with the long-term key.
    source: &'static str,
    /// The profile that `login` writes to; `None` for a hook profile.
    pub session: Option<&'static str>,
    /// Whether the AWS CLI can read both files.
    pub aws_cli_reads: bool,
}

const fn pair(name: &'static str, profile: &'static str, session: &'static str) -> Pair {
    Pair {
        name,
        login: profile,
        source: profile,
        session: Some(session),
        aws_cli_reads: true,
    }
}

impl Pair {
    const fn by(mut self, login: &'static str) -> Self {
        self.login = login;
        self
    }

    const fn by_hook(mut self) -> Self {
        self.session = None;
        self
    }

    const fn broken_for_aws_cli(mut self) -> Self {
        self.aws_cli_reads = false;
        self
    }
}

/// Every pair.
pub const PAIRS: [Pair; 29] = [
    pair("plain", "default", "default-mfa"),
    pair("role_in_config", "default", "default-mfa").by("marketing"),
    pair("role_in_credentials", "ops", "ops-mfa").by("ops-deploy"),
    pair("sso", "breakglass", "breakglass-mfa"),
    pair("services", "admin", "admin-mfa"),
    pair("indented_four", "admin", "admin-mfa"),
    pair("indented_tabs", "admin", "admin-mfa"),
    pair("indented_unevenly", "admin", "admin-mfa"),
    pair("hash_comments", "admin", "admin-mfa"),
    pair("semicolon_comments", "admin", "admin-mfa"),
    pair("crlf", "admin", "admin-mfa"),
    pair("byte_order_mark", "admin", "admin-mfa").broken_for_aws_cli(),
    pair("odd_headers", "admin", "admin-mfa"),
    pair("tabs_and_blanks", "admin", "admin-mfa"),
    pair("sections_twice", "admin", "admin-mfa").broken_for_aws_cli(),
    pair("nested_blocks", "default", "default-mfa"),
    pair("aws_mfa", "prod-long-term", "prod"),
    pair("aws_vault", "base", "base-mfa").by("jonsmith"),
    pair("one_line_hook", "admin-keys", "")
        .by("admin")
        .by_hook(),
    pair("hook_and_source", "admin", "").by_hook(),
    pair("unicode_names", "bücher", "bücher-mfa"),
    pair("long_comments", "admin", "admin-mfa"),
    pair("no_last_newline", "admin", "admin-mfa"),
    pair("colons", "admin", "admin-mfa"),
    pair("text_behind_headers", "admin", "admin-mfa"),
    pair("faults_elsewhere", "admin", "admin-mfa").broken_for_aws_cli(),
    pair("many_tools", "admin", "admin-mfa"),
    pair("keys_in_config", "admin", "admin-mfa"),
    pair("upper_case_keys", "admin", "admin-mfa"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/shared_files")
}

impl Pair {
    /// A home with the two files, in which the placeholders are those of the account.
    pub fn world(&self) -> World {
        let world = World::new();
        let keys = world.owner.keys.clone().unwrap();
        for file in ["config", "credentials"] {
            let text = fs::read_to_string(folder().join(self.name).join(file)).unwrap();
            let text = text
                .replace("@ID@", keys.id.as_str())
                .replace("@SECRET@", keys.secret.expose_secret())
                .replace("@URL@", &world.server.endpoint_url())
                .replace("@SERIAL@", world.serial().as_str())
                .replace("@PROGRAM@", PROGRAM);
            world.write(&format!(".aws/{file}"), text);
        }
        world
    }

    /// Logs in with a code.
    #[track_caller]
    pub fn log_in(&self, world: &World) {
        let code = world.code();
        let ran = world
            .run(&["login", "--profile", self.login, "--token-code", &code])
            .exits(0);
        let warned = ran.stderr.contains("so the AWS CLI cannot read the file");
        assert_eq!(!warned, self.aws_cli_reads, "{}: {}", self.name, ran.stderr);
    }

    /// Asserts that a file is as it was, but for the section of the session profile.
    #[track_caller]
    fn assert_kept(&self, what: &str, before: &str, after: &str) {
        let Some(session) = self.session else {
            assert_eq!(after, before, "{} after {what}", self.name);
            return;
        };
        let (before, after) = (without(before, session), without(after, session));
        assert_eq!(after, before, "{} after {what}", self.name);
    }
}

/// The text without the section of a profile, and without the line ending that a new section needs above it.
pub fn without(text: &str, profile: &str) -> String {
    let headers = [format!("[{profile}]"), format!("[profile {profile}]")];
    let mut inside = false;
    let kept: String = text
        .split_inclusive('\n')
        .filter(|line| {
            if line.starts_with('[') {
                inside = headers.iter().any(|header| line.trim_end() == header);
            }
            !inside
        })
        .collect();
    kept.trim_end_matches(['\r', '\n']).to_owned()
}

#[test]
fn every_folder_of_fixtures_is_a_pair() {
    let mut folders: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let mut names: Vec<_> = PAIRS.iter().map(|pair| pair.name).collect();
    names.sort_unstable();
    assert_eq!(folders, names);
}

#[test]
fn files_as_people_have_them_go_through_every_command_without_a_lost_byte() {
    for pair in &PAIRS {
        let world = pair.world();
        let files = || (world.read(".aws/config"), world.credentials());
        let before = files();
        let assert_kept = |what| {
            let after = files();
            pair.assert_kept(what, &before.0, &after.0);
            pair.assert_kept(what, &before.1, &after.1);
        };
        pair.log_in(&world);
        assert_kept("login");
        assert_eq!(world.count("sts:GetSessionToken"), 1, "{}", pair.name);
        if let Some(session) = pair.session {
            let held = world.credentials().contains(&format!("[{session}]"));
            assert!(held, "{}", pair.name);
        }
        let logged_in = files();
        for line in [
            &["login", "--profile", pair.login][..],
            &["status", "--profile", pair.login],
            &["status"],
            &["exec", "--profile", pair.source, "--", "true"],
            &["env", "--profile", pair.source],
            &["credential-process", "--profile", pair.source],
        ] {
            world.run(line).exits(0);
            assert_eq!(files(), logged_in, "{} after {line:?}", pair.name);
        }
        world.run(&["logout", "--profile", pair.login]).exits(0);
        assert_kept("logout");
        assert!(!world.record_path().exists(), "{}", pair.name);
        world.run(&["status", "--profile", pair.login]).exits(3);
        world.run(&["logout", "--all"]).exits(0);
        assert_kept("logout of everything");
    }
}

#[test]
fn a_second_login_finds_the_files_as_the_first_one_did() {
    for pair in &PAIRS {
        let world = pair.world();
        pair.log_in(&world);
        world.run(&["logout", "--profile", pair.login]).exits(0);
        let once = (world.read(".aws/config"), world.credentials());
        pair.log_in(&world);
        world.run(&["logout", "--profile", pair.login]).exits(0);
        let twice = (world.read(".aws/config"), world.credentials());
        assert_eq!(twice, once, "{}", pair.name);
    }
}
