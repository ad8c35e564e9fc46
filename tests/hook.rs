//! `credential-process`: hits, misses, and codes and keys from other programs.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use secrecy::ExposeSecret as _;
use serde_json::Value;

use crate::common::fake::{Fake, session};
use crate::common::{PROGRAM, Ran, World, skip};

pub const HOOK: [&str; 3] = ["credential-process", "--profile", "default"];
pub const TO_TYPE: &str =
    "no live session for profile `default`; log in with: mfa-session login --profile default";

/// What the hook must print, according to the record.
pub fn expected(world: &World) -> String {
    let record: Value =
        serde_json::from_str(&fs::read_to_string(world.record_path()).unwrap()).unwrap();
    let text = |key: &str| record[key].as_str().unwrap().to_owned();
    // The expiration is by this machine's clock.
    let format = &time::format_description::well_known::Rfc3339;
    let end = time::UtcDateTime::parse(&text("expiration"), format).unwrap();
    let end = end - time::Duration::seconds(record["skew_seconds"].as_i64().unwrap());
    format!(
        "{{\"Version\":1,\"AccessKeyId\":\"{}\",\"SecretAccessKey\":\"{}\",\"SessionToken\":\"{}\",\
         \"Expiration\":\"{}\",\"AccountId\":\"111122223333\"}}\n",
        text("access_key_id"),
        text("secret_access_key"),
        text("session_token"),
        end.format(format).unwrap(),
    )
}

impl Ran {
    /// Checks for a hit: the session of the record, and no message.
    #[track_caller]
    fn hits(self, world: &World) -> Self {
        let ran = self.exits(0);
        assert_eq!(ran.stdout, expected(world));
        assert_eq!(ran.stderr, "");
        ran
    }

    /// Checks that a login is needed: exit code 3, nothing on stdout, and this sentence as the first line of stderr.
    #[track_caller]
    pub fn needs_login(self, sentence: &str) -> Self {
        let ran = self.exits(3);
        assert_eq!(ran.stdout, "");
        assert_eq!(ran.stderr.lines().next(), Some(sentence), "{}", ran.stderr);
        ran
    }
}

impl World {
    pub fn hook(&self) -> Ran {
        self.run(&HOOK)
    }

    /// Seconds until the session's end.
    fn seconds_left(&self) -> i64 {
        let record: Value =
            serde_json::from_str(&fs::read_to_string(self.record_path()).unwrap()).unwrap();
        let end = record["expiration"].as_str().unwrap();
        let format = &time::format_description::well_known::Rfc3339;
        time::UtcDateTime::parse(end, format)
            .unwrap()
            .unix_timestamp()
            - time::UtcDateTime::now().unix_timestamp()
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

// ---- hits -----------------------------------------------------------------------------------------------------------------

#[test]
fn a_hit_prints_the_session_and_nothing_else() {
    let world = World::new();
    world.log_in();
    let ran = world.hook().hits(&world);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["Version"], Value::from(1));
    let end = json["Expiration"].as_str().unwrap();
    assert_eq!(
        (end.len(), &end[10..11], &end[19..]),
        (20, "T", "Z"),
        "{end}"
    );
    assert!(json["AccessKeyId"].as_str().unwrap().starts_with("ASIA"));
}

#[test]
fn options_are_accepted_in_every_place() {
    let world = World::new();
    world.log_in();
    for arguments in [
        &["credential-process", "--profile=default"][..],
        &["--profile", "default", "credential-process"],
        &["credential-process", "--no-prompt", "--profile", "default"],
    ] {
        world.run(arguments).hits(&world);
    }
}

#[test]
fn a_hit_changes_nothing() {
    let world = World::new();
    world.log_in();
    let before = world.tree();
    for _ in 0..3 {
        world.hook().hits(&world);
    }
    assert_eq!(world.tree(), before);
}

#[test]
fn a_hit_needs_no_network_and_makes_no_call() {
    let world = World::new();
    world.log_in();
    let calls = world.calls().len();
    world.hook().hits(&world);
    assert_eq!(world.calls().len(), calls);
    let mut world = world;
    world.server.stopper().stop();
    world.server.wait();
    world.hook().hits(&world);
}

#[test]
fn a_hit_works_while_every_lock_is_taken() {
    let world = World::new();
    world.log_in();
    let locks = world.path(".aws/mfa-session/locks");
    let held: Vec<_> = ["ask", "call"]
        .into_iter()
        .map(|name| {
            let path = locks.join(format!("{}.{name}.lock", world.key_id()));
            let file = fs::OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(path)
                .unwrap();
            file.lock().unwrap();
            file
        })
        .collect();
    world.hook().hits(&world);
    drop(held);
}

#[test]
fn a_hit_makes_only_system_calls_that_read_and_print() {
    let world = World::new();
    world.log_in();
    let trace = world.root().join("trace");
    let mut command = world.command("strace");
    command
        .arg("-f")
        .arg("-o")
        .arg(&trace)
        .arg(PROGRAM)
        .args(HOOK);
    let Some(output) = command.output().ok().filter(|o| o.status.success()) else {
        skip("strace does not work here");
        return;
    };
    world.judge(&HOOK, output).hits(&world);
    let text = fs::read_to_string(&trace).unwrap();
    let record = world.record_path();
    let record = record.file_name().unwrap().to_string_lossy();
    assert!(text.contains(&*record), "{text}");
    let forbidden = [
        "socket(",
        "connect(",
        "flock(",
        "F_SETLK",
        "F_OFD_SETLK",
        "O_WRONLY",
        "O_RDWR",
        "O_CREAT",
        "rename",
        "unlink",
        "mkdir",
        "chmod",
        "epoll_create",
        "clone",
        "fork(",
        "ioctl(",
    ];
    for line in text.lines() {
        // The text in quotes is a path.
        let bare: String = line.split('"').step_by(2).collect();
        for call in forbidden {
            assert!(!bare.contains(call), "{call}: {line}");
        }
        assert!(
            !line.contains(" write(") || line.contains(" write(1,"),
            "{line}"
        );
    }
}

#[test]
fn a_hit_works_where_nothing_can_be_written() {
    let world = World::new();
    world.log_in();
    let output = expected(&world);
    // Root may write everywhere, so another user runs the hook.
    let mut command = if is_root() {
        let nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
        let works = Command::new("setpriv")
            .args(nobody)
            .args([PROGRAM, "--version"])
            .output()
            .is_ok_and(|o| o.status.success());
        if !works {
            skip("setpriv does not work here");
            return;
        }
        let chown = Command::new("chown")
            .args(["-R", "65534:65534"])
            .arg(world.home())
            .status();
        assert!(chown.unwrap().success());
        fs::set_permissions(world.root(), fs::Permissions::from_mode(0o711)).unwrap();
        let mut command = world.command("setpriv");
        command.args(nobody).arg(PROGRAM);
        command
    } else {
        world.command(PROGRAM)
    };
    let mode = |mode: &str| {
        let done = Command::new("chmod")
            .args(["-R", mode])
            .arg(world.home())
            .status();
        assert!(done.unwrap().success());
    };
    mode("a-w");
    let before = world.tree();
    let hit = command.args(HOOK).output().unwrap();
    let after = world.tree();
    mode("u+w");
    let ran = world.judge(&HOOK, hit).exits(0);
    assert_eq!((ran.stdout, ran.stderr), (output, String::new()));
    assert_eq!(after, before);
}

#[test]
fn the_folder_of_sessions_can_be_moved() {
    let mut world = World::new();
    let folder = world.path("elsewhere");
    world.set("MFA_SESSION_DIR", folder.display().to_string());
    world.log_in();
    assert!(!world.path(".aws/mfa-session").exists());
    let ran = world.hook().exits(0);
    assert!(ran.stdout.starts_with("{\"Version\":1,"));
    world.unset("MFA_SESSION_DIR");
    world.hook().needs_login(TO_TYPE);
}

#[test]
fn a_session_is_served_until_a_minute_before_its_end() {
    let mut world = World::new();
    world.log_in();
    // The clock goes on during the test, so half a minute is allowed on one side and none on the other.
    world.set(
        "MFA_SESSION_TEST_CLOCK_OFFSET",
        (world.seconds_left() - 90).to_string(),
    );
    world.hook().hits(&world);
    for left in [0, -3600] {
        world.set(
            "MFA_SESSION_TEST_CLOCK_OFFSET",
            (world.seconds_left() - left).to_string(),
        );
        world.hook().needs_login(TO_TYPE);
    }
}

#[test]
fn in_the_last_minute_the_hook_hands_out_the_rest_only_if_it_may_not_ask() {
    let mut world = World::new();
    world.log_in();
    let first = world.hook().hits(&world);
    world.set(
        "MFA_SESSION_TEST_CLOCK_OFFSET",
        (world.seconds_left() - 59).to_string(),
    );
    // There is no terminal, or asking is switched off.
    assert_eq!(world.hook().hits(&world), first);
    let quiet = [&HOOK[..], &["--no-prompt"]].concat();
    assert_eq!(world.run(&quiet).hits(&world), first);
    assert_eq!(world.count("sts:GetSessionToken"), 1);
    world.run(&["status", "--profile", "default"]).exits(3);
    // An `mfa_process` can be asked.
    let script = world.script("mfa-process", "echo asked >> asked; exit 1");
    let config = world.read(".aws/config");
    let with_process = format!("[default]\nmfa_process = exec {script}\n");
    world.write_config(&config.replace("[default]\n", &with_process));
    world.hook().exits(1).says("`mfa_process` ended with");
    assert_eq!(world.lines("asked").len(), 1);
    assert_eq!(world.run(&quiet).hits(&world), first);
}

#[test]
fn the_expiration_is_by_this_machine_s_clock() {
    for ahead in [600, -600] {
        let mut world = World::new();
        // AWS's clock is ahead of this machine's, or behind it.
        world
            .sandbox_shift
            .store(ahead, std::sync::atomic::Ordering::SeqCst);
        world.log_in();
        let ran = world.hook().exits(0);
        let json: Value = serde_json::from_str(&ran.stdout).unwrap();
        let end = json["Expiration"].as_str().unwrap();
        let format = &time::format_description::well_known::Rfc3339;
        let end = time::UtcDateTime::parse(end, format).unwrap();
        let left = end.unix_timestamp() - time::UtcDateTime::now().unix_timestamp();
        assert!((43_100..=43_201).contains(&left), "{left}");
        let exec = ["exec", "--", "sh", "-c", "echo $AWS_CREDENTIAL_EXPIRATION"];
        let ran = world.run(&exec).exits(0);
        assert_eq!(ran.stdout.trim(), json["Expiration"].as_str().unwrap());
        world.unset("AWS_CREDENTIAL_EXPIRATION");
    }
}

#[test]
fn every_profile_of_a_key_leads_to_the_same_session() {
    let mut world = World::new();
    world.add_config(&format!(
        "[profile hook]\ncredential_process = {PROGRAM} credential-process --profile hook\n\
         mfa_session_source = default\n[profile twin]\nendpoint_url = {}\n",
        world.server.endpoint_url()
    ));
    let twin = format!("{}[twin]\n{}", world.credentials(), world.key_lines());
    world.write_credentials(&twin);
    world.log_in();
    world.set("AWS_PROFILE", "no-such-profile");
    world.set("AWS_DEFAULT_PROFILE", "neither");
    for profile in ["default", "default-mfa", "hook", "twin"] {
        world
            .run(&["credential-process", "--profile", profile])
            .hits(&world);
    }
}

#[test]
fn a_closed_output_is_success_and_a_full_one_is_a_failure() {
    let world = World::new();
    world.log_in();
    let run = |redirection: &str| {
        let script = format!("exec \"$0\" \"$@\" {redirection}");
        let mut command = world.command("sh");
        command.args(["-c", &script, PROGRAM]).args(HOOK);
        world.judge(&HOOK, command.output().unwrap())
    };
    assert_eq!(run(">&-").exits(0).stderr, "");
    if Path::new("/dev/full").exists() {
        run(">/dev/full").exits(1).says("standard output");
    }
}

// ---- what is not believed -------------------------------------------------------------------------------------------------

/// Damages the record or its folder. Returns `false` if only root could do that.
type Spoil = fn(&World) -> bool;

#[test]
fn an_untrusted_record_is_a_miss_and_prints_one_line() {
    let spoils: [(&str, Spoil); 14] = [
        ("symbolic link", |w| {
            let real = w.root().join("real.json");
            fs::rename(w.record_path(), &real).unwrap();
            symlink(real, w.record_path()).is_ok()
        }),
        ("not a regular file", |w| {
            fs::remove_file(w.record_path()).unwrap();
            let made = Command::new("mkfifo")
                .arg("-m600")
                .arg(w.record_path())
                .status();
            made.unwrap().success()
        }),
        ("open to others", |w| chmod(&w.record_path(), 0o644)),
        ("open to others", |w| chmod(&w.record_path(), 0o660)),
        ("belongs to user 65534", |w| {
            std::os::unix::fs::chown(w.record_path(), Some(65534), None).is_ok()
        }),
        ("not a regular file", |w| {
            fs::remove_file(w.record_path()).unwrap();
            fs::create_dir(w.record_path()).is_ok()
        }),
        ("writable by others", |w| {
            chmod(&w.path(".aws/mfa-session/sessions"), 0o770)
        }),
        ("writable by others", |w| {
            chmod(&w.path(".aws/mfa-session/sessions"), 0o702)
        }),
        ("belongs to user 65534", |w| {
            std::os::unix::fs::chown(w.path(".aws/mfa-session/sessions"), Some(65534), None).is_ok()
        }),
        ("not a session record", |w| {
            rewrite(w, |_| "{\"version\":".to_owned())
        }),
        ("not a session record", |w| rewrite(w, |_| String::new())),
        ("version 2", |w| {
            rewrite(w, |r| r.replace("{\"version\":1", "{\"version\":2"))
        }),
        ("longer than", |w| {
            rewrite(w, |r| format!("{r}{}", " ".repeat(70_000)))
        }),
        ("another key", |w| {
            rewrite(w, |r| r.replace(&w.key_id(), "AKIAIOSFODNN7EXAMPLE"))
        }),
    ];
    for (why, spoil) in spoils {
        let world = World::new();
        world.log_in();
        if !spoil(&world) {
            skip(&format!("only root can make it so: {why}"));
            continue;
        }
        let ran = world.hook().needs_login(TO_TYPE).says(why);
        let told: Vec<_> = ran
            .stderr
            .lines()
            .filter(|l| l.starts_with("warning: "))
            .collect();
        assert_eq!(told.len(), 1, "{why}: {}", ran.stderr);
        assert!(told[0].contains(why), "{why}: {}", ran.stderr);
    }
}

fn chmod(path: &Path, mode: u32) -> bool {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).is_ok()
}

fn rewrite(world: &World, edit: impl FnOnce(&str) -> String) -> bool {
    let text = fs::read_to_string(world.record_path()).unwrap();
    let path = world.record_path();
    let relative = path.strip_prefix(world.home()).unwrap();
    world.write(relative.to_str().unwrap(), edit(&text));
    true
}

#[test]
fn a_folder_that_other_users_may_write_to_is_not_used() {
    let world = World::new();
    world.log_in();
    let folder = world.path(".aws/mfa-session");
    assert!(chmod(&folder, 0o777));
    let ran = world.hook();
    assert_eq!(ran.stdout, "");
    let ran = ran.needs_login(TO_TYPE).says("writable by others");
    assert_eq!(
        ran.stderr.matches("writable by others").count(),
        1,
        "{}",
        ran.stderr
    );
}

#[test]
fn a_session_of_another_endpoint_is_a_miss_that_names_both() {
    let mut world = World::new();
    world.log_in();
    let url = world.server.endpoint_url();
    world.set("AWS_ENDPOINT_URL_STS", "http://localhost:9/");
    world.hook().needs_login(&format!(
        "no live session for profile `default`: the session is from endpoint {url}, but endpoint http://127.0.0.1:9 is in force; \
         log in with: mfa-session login --profile default --endpoint-url http://localhost:9/"
    ));
    world.set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    world.hook().needs_login(&format!(
        "no live session for profile `default`: the session is from endpoint {url}, but AWS's own endpoint is in force; \
         log in with: env AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true mfa-session login --profile default"
    ));
}

#[test]
fn every_spelling_of_an_endpoint_leads_to_the_same_session() {
    let mut world = World::new();
    world.log_in();
    let url = world.server.endpoint_url();
    let port = url.rsplit(':').next().unwrap();
    for spelling in [
        url.clone(),
        format!("{url}/"),
        format!("HTTP://LocalHost:{port}"),
        format!("http://[::1]:{port}/"),
    ] {
        world.set("AWS_ENDPOINT_URL", spelling);
        world.hook().hits(&world);
        world.run(&["status", "--profile", "default"]).exits(0);
    }
}

#[test]
fn the_command_for_an_endpoint_works_in_a_shell_without_the_variable() {
    let mut world = World::new();
    let url = world.server.endpoint_url();
    world.write_config("[default]\nregion = eu-central-1\n");
    world.set("AWS_ENDPOINT_URL", url.as_str());
    let ran = world.hook().needs_login(&format!(
        "no live session for profile `default`; log in with: mfa-session login --profile default --endpoint-url {url}"
    ));
    let command = ran
        .stderr
        .lines()
        .next()
        .unwrap()
        .split("mfa-session ")
        .nth(1);
    let words: Vec<_> = command.unwrap().split(' ').collect();
    world.unset("AWS_ENDPOINT_URL");
    let code = world.code();
    world
        .run(&[&words[..], &["--token-code", &code]].concat())
        .exits(0);
    world.set("AWS_ENDPOINT_URL", url);
    world.hook().hits(&world);
}

#[test]
fn sessions_of_two_endpoints_live_side_by_side() {
    let mut world = World::new();
    world.log_in();
    let first = world.hook().hits(&world);
    let other = Fake::start(|_| session("ASIAOTHERENDPOINT000", "2099-01-01T00:00:00Z"));
    let serial = world.serial();
    world
        .run(&[
            "login",
            "--endpoint-url",
            &other.url,
            "--serial-number",
            serial.as_str(),
            "--token-code",
            "123456",
        ])
        .exits(0)
        .says("A new session is needed: the session is from endpoint")
        .says("Logged in");
    assert!(world.record_path().exists());
    assert!(world.record_path_at(&other.url).exists());
    assert_eq!(world.hook().hits(&world), first);
    world.set("AWS_ENDPOINT_URL", other.url.as_str());
    let second = world.hook().exits(0);
    assert!(second.stdout.contains("ASIAOTHERENDPOINT000"));
    world.run(&["status", "--profile", "default"]).exits(0);
    world
        .run(&["logout"])
        .exits(0)
        .says(&format!("at {}.", world.server.endpoint_url()))
        .says(&format!("at {}.", other.url));
    assert!(!world.record_path().exists());
    assert!(!world.record_path_at(&other.url).exists());
}

#[test]
fn a_profile_with_a_new_key_never_gets_the_old_session() {
    let world = World::new();
    world.log_in();
    world.write_credentials(
        "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = another\n",
    );
    world.hook().needs_login(TO_TYPE).says_not("warning");
}

#[test]
fn an_invalid_key_id_is_refused_before_a_path_is_made_from_it() {
    let world = World::new();
    for id in [
        "../../../../etc/passwd",
        "AKIA/../x",
        "short",
        "AKIA%2e%2e%2fAAAAAAAAAAAA",
    ] {
        world.write_credentials(&format!(
            "[default]\naws_access_key_id = {id}\naws_secret_access_key = x\n"
        ));
        world.hook().exits(1).says("aws_access_key_id");
        assert!(!world.path(".aws/mfa-session").exists(), "{id}");
    }
}

// ---- misses ---------------------------------------------------------------------------------------------------------------

#[test]
fn the_hook_requires_a_profile() {
    let mut world = World::new();
    world.log_in();
    world.set("AWS_PROFILE", "default");
    world
        .run(&["credential-process"])
        .exits(2)
        .says("--profile");
}

#[test]
fn without_a_terminal_the_first_line_is_the_command() {
    let world = World::new();
    world.hook().needs_login(TO_TYPE).says("no terminal");
    world
        .run(&["credential-process", "--profile", "default", "--no-prompt"])
        .needs_login(TO_TYPE);
    assert_eq!(world.calls(), []);
}

#[test]
fn the_command_is_quoted_for_every_profile_name() {
    let world = World::new();
    for (name, typed) in [
        ("my admin", "'my admin'"),
        ("ünï-cödé", "'ünï-cödé'"),
        ("a&rm -rf b", "'a&rm -rf b'"),
        ("$HOME", "'$HOME'"),
        ("a=b@c", "a=b@c"),
    ] {
        world.write_credentials(&format!("[{name}]\n{}", world.key_lines()));
        world
            .run(&["credential-process", "--profile", name])
            .needs_login(&format!(
                "no live session for profile `{name}`; log in with: mfa-session login --profile {typed}"
            ));
    }
}

#[test]
fn from_a_hook_profile_the_command_names_the_source() {
    let world = World::new();
    world.add_config("[profile hook]\nmfa_session_source = default\ncredential_process = mfa-session credential-process --profile hook\n");
    world
        .run(&["credential-process", "--profile", "hook"])
        .needs_login(
            "no live session for profile `hook`; log in with: mfa-session login --profile default",
        );
}

#[test]
fn the_hook_does_not_ask_if_asking_is_switched_off() {
    let mut world = World::new();
    world.mfa_process("echo called >> asked; echo 123456");
    world
        .run(&["credential-process", "--profile", "default", "--no-prompt"])
        .needs_login(TO_TYPE)
        .says("switched off");
    world.set("MFA_SESSION_NO_PROMPT", "1");
    world.hook().needs_login(TO_TYPE);
    assert_eq!(world.lines("asked").len(), 0);
    assert_eq!(world.calls(), []);
}

#[test]
fn a_miss_without_a_writable_folder_still_names_the_command() {
    let world = World::new();
    // A file has the name of the folder, so that not even root can create the folder.
    world.write(".aws/mfa-session", "in the way");
    world.hook().needs_login(TO_TYPE);
}

#[test]
fn an_unknown_profile_is_explained() {
    let world = World::new();
    world
        .run(&["credential-process", "--profile", "defualt"])
        .exits(1)
        .says("no profile `defualt`")
        .says("hint: ")
        .says("default");
    assert!(!world.path(".aws/mfa-session").exists());
}

#[test]
fn a_session_profile_without_its_source_is_explained() {
    let world = World::new();
    world.log_in();
    let credentials = world.credentials().replacen("[default]", "[renamed]", 1);
    world.write_credentials(&credentials);
    world.write_config("");
    world
        .run(&["credential-process", "--profile", "default-mfa"])
        .exits(1)
        .says("mfa_session_source");
}

#[test]
fn a_line_at_fault_in_a_profile_that_the_hook_needs_is_named() {
    let world = World::new();
    world.log_in();
    let config = world.read(".aws/config");
    world.write_config(&config.replacen("[default]\n", "[default]\nregion\n", 1));
    let ran = world.hook().exits(1).says(".aws/config:2");
    assert_eq!(ran.stdout, "");
    world.write_config(&format!("{config}[profile broken\n"));
    world.hook().exits(0).says_not("broken");
}

// ---- codes from another program -------------------------------------------------------------------------------------------

#[test]
fn an_mfa_process_answers_without_a_terminal() {
    let world = World::new();
    let code = world.code();
    let before = world.credentials();
    world.mfa_process(&format!("echo asked >> asked; printf '  {code}\\r\\n\\n'"));
    let ran = world.hook().exits(0);
    assert_eq!(ran.stdout, expected(&world));
    world.hook().hits(&world);
    assert_eq!(world.lines("asked").len(), 1);
    assert_eq!(world.count("sts:GetSessionToken"), 1);
    // The hook never writes to the shared files.
    assert_eq!(world.credentials(), before);
    assert!(!world.read(".aws/config").contains("default-mfa"));
}

#[test]
fn after_a_refused_code_the_hook_waits_for_the_next_code_once() {
    let world = World::new();
    world.freeze_sandbox(28);
    let (wrong, good) = (world.wrong_code(), world.code());
    world.mfa_process(&format!(
        "echo asked >> asked; test $(wc -l < asked) -gt 1 && echo {good} || echo {wrong}"
    ));
    let ran = world.hook().exits(0).says("next one comes in");
    assert_eq!(ran.stdout, expected(&world));
    assert_eq!(world.lines("asked").len(), 2);
    assert_eq!(world.count("sts:GetSessionToken"), 2);
}

#[test]
fn the_hook_gives_up_after_two_refused_codes() {
    let world = World::new();
    world.freeze_sandbox(28);
    let wrong = world.wrong_code();
    world.mfa_process(&format!("echo asked >> asked; echo {wrong}"));
    let ran = world.hook().exits(4).says("used before");
    assert_eq!(ran.stdout, "");
    assert_eq!(world.lines("asked").len(), 2);
    assert_eq!(world.count("sts:GetSessionToken"), 2);
}

#[test]
fn the_hook_does_not_wait_for_a_code_that_would_come_too_late() {
    let mut world = World::new();
    world.freeze_sandbox(0);
    let wrong = world.wrong_code();
    world.mfa_process(&format!("echo asked >> asked; echo {wrong}"));
    world.set("MFA_SESSION_TEST_DEADLINE", "25");
    world.hook().exits(4).says("AWS refused the code");
    assert_eq!(world.lines("asked").len(), 1);
}

#[test]
fn output_that_is_not_a_code_is_not_sent() {
    let world = World::new();
    world.hunt("7654321");
    for body in [
        "echo 7654321",
        "echo",
        "echo code: 12345",
        "printf '\\377\\376123456'",
        "yes 123456",
    ] {
        let config = world.read(".aws/config");
        world.mfa_process(body);
        let ran = world.hook().exits(1);
        assert_eq!(ran.stdout, "", "{body}");
        assert!(ran.stderr.contains("error: "), "{body}: {}", ran.stderr);
        world.write_config(&config);
    }
    assert_eq!(world.count("sts:GetSessionToken"), 0);
}

#[test]
fn a_failing_mfa_process_is_reported_with_its_output() {
    let world = World::new();
    world.mfa_process("echo 123456; printf 'no \\033[31mkey\\n' >&2; exit 3");
    let ran = world
        .hook()
        .exits(1)
        .says("`mfa_process` ended with exit status: 3")
        .says("no [31mkey");
    assert!(!ran.stderr.contains('\u{1b}'));
    let world = World::new();
    world.add_config("mfa_process = /no/such/program\n");
    world.hook().exits(1).says("exit status: 127");
    assert_eq!(world.count("sts:GetSessionToken"), 0);
}

#[test]
fn an_mfa_process_that_hangs_is_ended_at_the_deadline() {
    let mut world = World::new();
    world.mfa_process("echo $$ >> started; sleep 600");
    world.set("MFA_SESSION_TEST_DEADLINE", "12");
    world.hook().needs_login(TO_TYPE).says("in time");
    let pid = world.lines("started")[0].clone();
    assert!(!Path::new("/proc").join(&pid).exists(), "{pid} lives on");
}

#[test]
fn the_hook_does_not_ask_with_too_little_time_left() {
    let mut world = World::new();
    world.mfa_process("echo asked >> asked; echo 123456");
    world.set("MFA_SESSION_TEST_DEADLINE", "9");
    world.hook().needs_login(TO_TYPE);
    assert_eq!(world.lines("asked").len(), 0);
}

#[test]
fn a_denied_lookup_and_a_missing_device_are_reported() {
    let world = World::new();
    let code = world.code();
    world.mfa_process(&format!("echo {code}"));
    world.add_config("mfa_serial = arn:aws:iam::111122223333:mfa/somebody-else\n");
    world.hook().exits(4).says("somebody-else");
}

#[test]
fn a_failed_connection_is_reported_and_the_code_is_not_called_used() {
    let mut world = World::new();
    let code = world.code();
    world.mfa_process(&format!("echo {code}"));
    world.add_config(&format!("mfa_serial = {}\n", world.serial()));
    world.server.stopper().stop();
    world.server.wait();
    let ran = world.hook().exits(1).says("nothing was sent");
    assert_eq!(ran.stdout, "");
}

// ---- keys from another program --------------------------------------------------------------------------------------------

/// A source whose long-term key is printed by a script.
fn source_process(world: &World, prints: &str) -> String {
    let counter = "echo called >> keys-called";
    let script = world.script("keys", &format!("{counter}\ncat <<'END'\n{prints}\nEND"));
    world.write_credentials("");
    world.write_config(&format!(
        "[default]\nregion = eu-central-1\nendpoint_url = {}\ncredential_process = {script}\n",
        world.server.endpoint_url()
    ));
    script
}

fn printed(id: &str, secret: &str, rest: &str) -> String {
    format!(r#"{{"Version":1,"AccessKeyId":"{id}","SecretAccessKey":"{secret}"{rest}}}"#)
}

#[test]
fn a_source_process_runs_once_and_not_on_a_hit() {
    let world = World::new();
    let secret = world.owner.keys.clone().unwrap().secret;
    source_process(
        &world,
        &printed(&world.key_id(), secret.expose_secret(), ""),
    );
    let code = world.code();
    world.mfa_process(&format!("echo {code}"));
    let ran = world.hook().exits(0);
    assert_eq!(ran.stdout, expected(&world));
    assert_eq!(world.lines("keys-called").len(), 1);
    world.hook().hits(&world);
    assert_eq!(world.lines("keys-called").len(), 1);
    // A profile of the same name in another file is another source. Its process runs once for the key, which has the same session.
    let mut world = world;
    let copy = world.path("config-copy");
    fs::copy(world.path(".aws/config"), &copy).unwrap();
    world.set("AWS_CONFIG_FILE", copy.display().to_string());
    world.set("MFA_SESSION_NO_PROMPT", "1");
    world.hook().hits(&world);
    assert_eq!(world.lines("keys-called").len(), 2);
}

#[test]
fn invalid_output_of_a_source_process_is_explained() {
    let secret = "a-secret-that-the-source-prints";
    let key = "AKIAIOSFODNN7EXAMPLE";
    for (prints, said) in [
        (
            printed("ASIAIOSFODNN7EXAMPLE", secret, r#","SessionToken":"t""#),
            "temporary credentials",
        ),
        (printed("short", secret, ""), "form"),
        (
            printed(key, secret, "").replace("\"Version\":1", "\"Version\":2"),
            "Version 2",
        ),
        (printed(key, secret, "").replace('}', ""), "JSON"),
        (String::new(), "JSON"),
    ] {
        let world = World::new();
        world.hunt(secret);
        source_process(&world, &prints);
        let ran = world.hook().exits(1).says(said);
        assert_eq!(ran.stdout, "");
        assert_eq!(world.calls(), []);
    }
}

#[test]
fn a_source_process_that_is_this_program_is_explained() {
    let world = World::new();
    world.add_config(&format!(
        "[profile loop]\ncredential_process = env {PROGRAM} credential-process --profile loop\n"
    ));
    let ran = world
        .run(&["credential-process", "--profile", "loop"])
        .exits(1)
        .says("mfa-session was started by mfa-session")
        .says("mfa_session_source");
    assert_eq!(ran.stdout, "");
    world
        .run(&["login", "--profile", "loop"])
        .exits(1)
        .says("mfa_session_source");
    assert_eq!(world.calls(), []);
}

#[test]
fn an_mfa_process_that_runs_this_program_ends_at_once() {
    let world = World::new();
    world.mfa_process(&format!(
        "echo asked >> asked; {PROGRAM} credential-process --profile default"
    ));
    world
        .hook()
        .exits(1)
        .says("mfa-session was started by mfa-session");
    assert_eq!(world.lines("asked").len(), 1);
    assert_eq!(world.count("sts:GetSessionToken"), 0);
}

#[test]
fn the_program_runs_no_helper_when_a_helper_runs_it() {
    let mut world = World::new();
    world.log_in();
    world.set("MFA_SESSION_PARENT", "1");
    for arguments in [&HOOK[..], &["login"], &["exec", "--", "true"], &["env"]] {
        let ran = world
            .run(arguments)
            .exits(1)
            .says("mfa-session was started by mfa-session");
        assert_eq!(ran.stdout, "");
    }
    world.unset("MFA_SESSION_PARENT");
    // An `mfa_process` may read how much time is left.
    world
        .run(&["exec", "--", "sh", "-c", "echo ${MFA_SESSION_PARENT-unset}"])
        .exits(0);
}

#[test]
fn the_hook_never_touches_the_shared_files() {
    let world = World::new();
    let code = world.code();
    world.mfa_process(&format!("echo {code}"));
    let stat = |name: &str| {
        let meta = fs::metadata(world.path(name)).unwrap();
        (
            meta.ino(),
            meta.mtime(),
            meta.mtime_nsec(),
            meta.ctime(),
            meta.ctime_nsec(),
        )
    };
    let before = [stat(".aws/config"), stat(".aws/credentials")];
    world.hook().exits(0);
    assert_eq!([stat(".aws/config"), stat(".aws/credentials")], before);
}

#[test]
fn a_hit_reads_no_time_zone() {
    let mut world = World::new();
    world.log_in();
    let zone = world.root().join("zone");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mkfifoat(rustix::fs::CWD, &zone, mode).unwrap();
    // A program that opens a pipe without a writer never returns.
    world.set("TZ", zone.display().to_string());
    world
        .run(&["credential-process", "--profile", "default"])
        .exits(0);
}
