//! What comes from outside is believed within bounds: answers, clocks, variables, files of others.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, UtcDateTime};

use crate::common::World;
use crate::common::fake::{self, Fake};

const ID: &str = "ASIAFAKEFAKEFAKEFAKE";
/// 26 years ahead of the time that this was written.
const FAR_AHEAD: &str = "Fri, 24 Nov 2052 08:30:00 GMT";

fn world_calling(url: &str) -> World {
    let world = World::new();
    world.call(url);
    world.add_config(&format!("mfa_serial = {}\n", world.serial()));
    world
}

fn rfc3339(at: UtcDateTime) -> String {
    at.format(&Rfc3339).unwrap()
}

/// A response with a Date header.
fn dated(response: Option<String>, date: &str) -> Option<String> {
    Some(response?.replacen("\r\n", &format!("\r\nDate: {date}\r\n"), 1))
}

fn session_with(id: &str, secret: &str, token: &str) -> Option<String> {
    let end = rfc3339(UtcDateTime::now() + Duration::hours(12));
    Some(
        fake::session(id, &end)?
            .replace("session/secret+of/a+fake/server", secret)
            .replace("session/token+of/a+fake/server==", token),
    )
    .map(|response| {
        let body = response.split_once("\r\n\r\n").unwrap().1.to_owned();
        fake::http("200 OK", "text/xml", &body).unwrap()
    })
}

/// Nothing of a session is in the cache or in the session profile.
#[track_caller]
fn assert_nothing_kept(world: &World, before: &str) {
    assert!(!world.has_records());
    assert_eq!(world.credentials(), before);
}

#[test]
fn a_date_far_from_this_machines_clock_is_not_used() {
    let fake = Fake::start(|_| {
        let end = rfc3339(UtcDateTime::now() + Duration::hours(12));
        dated(fake::session(ID, &end), FAR_AHEAD)
    });
    let world = world_calling(&fake.url);
    world
        .log_in()
        .says("this machine's clock says 20")
        .says("and AWS's says 2052-11-24T08:30:00Z; the difference is not used")
        .says("good for 1");
    world
        .run(&["credential-process", "--profile", "default", "--no-prompt"])
        .exits(0);
    let record = fs::read_to_string(world.record_path_at(&fake.url)).unwrap();
    assert!(record.contains("\"skew_seconds\":0,"), "{record}");
}

#[test]
fn a_date_far_away_beside_a_refused_code_is_not_used_either() {
    let fake = Fake::start(|_| {
        let message = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
        dated(
            fake::refusal("403 Forbidden", "AccessDenied", message),
            FAR_AHEAD,
        )
    });
    let world = world_calling(&fake.url);
    let code = world.code();
    world
        .run(&["login", "--token-code", &code])
        .exits(4)
        .says("AWS's says 2052-11-24T08:30:00Z; the difference is not used");
}

#[test]
fn a_session_lasts_no_longer_than_asked_for_wherever_it_is_shown() {
    let fake = Fake::start(|_| fake::session(ID, "2099-01-01T00:00:00Z"));
    let world = world_calling(&fake.url);
    let code = world.code();
    world
        .run(&["login", "--duration-seconds", "3600", "--token-code", &code])
        .exits(0);
    let printed = world
        .run(&["credential-process", "--profile", "default"])
        .exits(0);
    let printed: serde_json::Value = serde_json::from_str(&printed.stdout).unwrap();
    let end = OffsetDateTime::parse(printed["Expiration"].as_str().unwrap(), &Rfc3339).unwrap();
    assert!(
        end <= OffsetDateTime::now_utc() + Duration::hours(1),
        "{end}"
    );
    let credentials = world.credentials();
    let expiration = format!("expiration = {}\n", printed["Expiration"].as_str().unwrap());
    assert!(credentials.contains(&expiration), "{credentials}");
    let environment = world.run(&["env", "--shell", "json"]).exits(0).stdout;
    assert!(!environment.contains("2099"), "{environment}");
}

#[test]
fn a_session_that_has_ended_is_refused_and_the_clock_blamed() {
    for seconds in [-86_400, 0, 30] {
        let end = rfc3339(UtcDateTime::now() + Duration::seconds(seconds));
        let fake = Fake::start(move |_| fake::session(ID, &end));
        let world = world_calling(&fake.url);
        let before = world.credentials();
        let code = world.code();
        world
            .run(&["login", "--token-code", &code])
            .exits(1)
            .says("AWS granted a session that ends at 20")
            .says("this machine's clock says 20")
            .says("the code may have been used")
            .says("hint: set the clock")
            .says_not("Logged in");
        assert_nothing_kept(&world, &before);
    }
}

#[test]
fn a_secret_or_token_that_a_shell_would_misread_is_refused() {
    let long = "t".repeat(16 * 1024 + 1);
    for (secret, token) in [
        ("good", "a b"),
        ("good", "a&quot;b"),
        ("good", "a'b"),
        ("good", "a`b"),
        ("good", "a\\b"),
        ("good", "a\u{e9}b"),
        ("good", "a&#10;b"),
        ("good", "a&#127;b"),
        ("good", ""),
        ("good", &long),
        ("a b", "good"),
        ("a$'b", "good"),
        ("", "good"),
    ] {
        let response = session_with(ID, secret, token);
        let fake = Fake::start(move |_| response.clone());
        let world = world_calling(&fake.url);
        let before = world.credentials();
        let code = world.code();
        let ran = world
            .run(&["login", "--token-code", &code])
            .exits(1)
            .says("printable ASCII characters without blanks, quotes and backslashes")
            .says("the code has been used")
            .says("hint: ");
        for text in [secret, token] {
            assert!(text.len() < 3 || text == "good" || !ran.stderr.contains(text));
        }
        assert_nothing_kept(&world, &before);
    }
}

#[test]
fn the_longest_token_is_stored_and_found_again() {
    let token = "t".repeat(16 * 1024);
    let response = session_with(ID, "secret/of/this/test", &token);
    let fake = Fake::start(move |_| response.clone());
    let world = world_calling(&fake.url);
    world.log_in();
    let printed = world
        .run(&["credential-process", "--profile", "default", "--no-prompt"])
        .exits(0);
    assert!(printed.stdout.contains(&token));
}

#[test]
fn a_secret_of_the_source_that_a_shell_would_misread_is_refused() {
    let mut world = World::new();
    let id = world.key_id();
    let before = format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = a 'b\n");
    world.write_credentials(&before);
    world
        .run(&["login", "--token-code", "123456"])
        .exits(1)
        .says("`aws_secret_access_key` of profile `default` is not a valid secret access key")
        .says_not("a 'b");
    world.set("AWS_ACCESS_KEY_ID", &id);
    world.set("AWS_SECRET_ACCESS_KEY", "a 'b");
    world
        .run(&["login", "--source-env", "--token-code", "123456"])
        .exits(1)
        .says("AWS_SECRET_ACCESS_KEY is not a valid secret access key")
        .says_not("a 'b");
    assert_eq!(world.calls(), []);
}

/// A server whose answer to each request never ends.
fn endless() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 16 * 1024];
            let _ = stream.read(&mut request);
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n";
            let _ = stream.write_all(head.as_bytes());
            let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
            while stream.write_all(chunk.as_bytes()).is_ok() {}
        }
    });
    url
}

#[test]
fn an_answer_that_does_not_end_is_cut_off() {
    let world = world_calling(&endless());
    let before = world.credentials();
    let code = world.code();
    world
        .run(&["login", "--token-code", &code])
        .exits(1)
        .says("it is longer than 1 MiB");
    assert_nothing_kept(&world, &before);
    // IAM's answer as well.
    world.call(&endless());
    world
        .run(&["login", "--token-code", &code])
        .exits(1)
        .says("it is longer than 1 MiB");
}

#[test]
fn a_proxy_that_is_no_url_is_named() {
    for (variable, value) in [
        ("HTTPS_PROXY", "not a url"),
        ("https_proxy", "http://"),
        ("ALL_PROXY", "ftp://proxy"),
        ("all_proxy", "::"),
    ] {
        let mut world = World::new();
        world.write_config("[default]\nregion = eu-central-1\n");
        world.set(variable, value);
        world
            .run(&["login", "--token-code", "123456"])
            .exits(1)
            .says(&format!("`{variable}` is not the URL of an HTTP proxy"))
            .says(&format!("unset {variable}"));
        // Loopback is never proxied.
        world.call(&world.server.endpoint_url());
        world.log_in();
    }
}

#[test]
fn a_variable_that_is_not_text_is_named_by_every_command() {
    let world = World::new();
    world.log_in();
    for variable in [
        "AWS_PROFILE",
        "AWS_ENDPOINT_URL_STS",
        "AWS_REGION",
        "HTTPS_PROXY",
    ] {
        for arguments in [
            &["login"][..],
            &["credential-process", "--profile", "default"],
            &["credential-process", "--profile", "default", "--no-prompt"],
            &["status", "--short"],
            &["status"],
            &["exec", "--", "true"],
            &["logout"],
        ] {
            let mut command = world.program(arguments);
            command.env(variable, OsStr::from_bytes(b"a\xff"));
            let output = command.output().unwrap();
            world
                .judge(arguments, output)
                .exits(1)
                .says(&format!(
                    "the environment variable `{variable}` is not valid UTF-8"
                ))
                .says(&format!("unset {variable}"));
        }
    }
    world.run(&["status"]).exits(0);
}

#[test]
fn a_profile_whose_credentials_come_from_elsewhere_is_no_target() {
    for setting in [
        "role_arn = arn:aws:iam::111122223333:role/x",
        "credential_source = Environment",
        "web_identity_token_file = /t",
        "sso_session = x",
        "sso_start_url = https://x.example",
        "sso_account_id = 111122223333",
    ] {
        let key = setting.split(' ').next().unwrap();
        for in_config in [true, false] {
            let world = World::new();
            if in_config {
                world.add_config(&format!("[profile default-mfa]\n{setting}\n"));
            } else {
                world.write_credentials(&format!(
                    "{}[default-mfa]\n{setting}\n",
                    world.credentials()
                ));
            }
            let before = world.credentials();
            world
                .run(&["login", "--token-code", "123456"])
                .exits(1)
                .says("profile `default-mfa` is not written")
                .says(&format!("it has `{key}`"))
                .says("--session-profile NAME");
            assert_eq!(world.calls(), []);
            assert_nothing_kept(&world, &before);
            let code = world.code();
            world
                .run(&["login", "--session-profile", "other", "--token-code", &code])
                .exits(0);
        }
    }
}

#[test]
fn a_session_beside_such_a_setting_can_still_be_removed() {
    let world = World::new();
    world.log_in();
    world.add_config("[profile default-mfa]\nrole_arn = arn:aws:iam::111122223333:role/x\n");
    world.run(&["logout"]).exits(0);
    assert!(!world.credentials().contains("ASIA"));
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn no_command_from_a_file_that_others_may_write_is_run() {
    let world = World::new();
    world.mfa_process("echo run >>ran; echo 123456");
    world.add_config(&format!("mfa_serial = {}\n", world.serial()));
    let config = world.path(".aws/config");
    for (path, mode, what) in [
        (config.clone(), 0o666, "the file"),
        (config.clone(), 0o620, "the file"),
        (world.path(".aws"), 0o777, "its folder"),
    ] {
        let good = fs::metadata(&path).unwrap().permissions();
        set_mode(&path, mode);
        for arguments in [
            &["login"][..],
            &["credential-process", "--profile", "default"],
        ] {
            world
                .run(arguments)
                .exits(1)
                .says("`mfa_process` in `")
                .says(&format!(
                    "was not run: {what} may be written by others (uid "
                ))
                .says(&format!("mode {mode:04o}"))
                .says("chmod go-w ");
        }
        fs::set_permissions(&path, good).unwrap();
    }
    assert_eq!(world.lines("ran"), [""; 0]);
    assert_eq!(world.calls(), []);
    // What is typed is run, and what is not run hinders nobody.
    set_mode(&config, 0o666);
    world.log_in();
    set_mode(&config, 0o600);
}

#[test]
fn nor_is_a_sources_credential_process() {
    let world = World::new();
    let script = world.script("keys", "echo run >>ran");
    world.write_credentials("");
    world.add_config(&format!("credential_process = {script}\n"));
    let config = world.path(".aws/config");
    set_mode(&config, 0o666);
    world
        .run(&["login", "--token-code", "123456"])
        .exits(1)
        .says("`credential_process` in `")
        .says("mode 0666");
    assert_eq!(world.lines("ran"), [""; 0]);
    set_mode(&config, 0o644);
    world.run(&["login", "--token-code", "123456"]).exits(1);
    assert_eq!(world.lines("ran"), ["run"]);
}
