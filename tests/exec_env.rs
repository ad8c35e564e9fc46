//! `exec` and `env`.

use crate::common::{PROGRAM, World};
use crate::hook::TO_TYPE;

#[test]
fn a_command_gets_the_session_and_no_variable_that_overrides_it() {
    let mut world = World::new();
    world.log_in();
    world.set("AWS_PROFILE", "default-mfa");
    world.set("AWS_SECURITY_TOKEN", "stale");
    let ran = world.run(&["exec", "--", "env"]).exits(0);
    for name in [
        "AWS_ACCESS_KEY_ID=ASIA",
        "AWS_SECRET_ACCESS_KEY=",
        "AWS_SESSION_TOKEN=",
        "AWS_CREDENTIAL_EXPIRATION=",
        "AWS_REGION=eu-central-1",
        "AWS_DEFAULT_REGION=eu-central-1",
    ] {
        assert!(ran.stdout.contains(name), "{name}: {}", ran.stdout);
    }
    for name in ["AWS_PROFILE", "AWS_SECURITY_TOKEN", "MFA_SESSION_PARENT"] {
        assert!(!ran.stdout.contains(name), "{name}: {}", ran.stdout);
    }
}

#[test]
fn exec_exits_with_the_exit_code_of_the_command() {
    let world = World::new();
    world.log_in();
    world.run(&["exec", "--", "sh", "-c", "exit 7"]).exits(7);
    world
        .run(&["exec", "--", "no-such-command"])
        .exits(127)
        .says("no-such-command");
    world.run(&["exec", "--", "/"]).exits(126);
    world
        .run(&["exec", "--", "sh", "-c", "kill -TERM $$"])
        .exits(143);
}

#[test]
fn a_command_that_cannot_run_differs_from_one_that_does_not_exist() {
    let world = World::new();
    world.log_in();
    for (program, code, says) in [
        (
            "no-such-command",
            127,
            "command `no-such-command` not found",
        ),
        ("./no/such/path", 127, "not found"),
        ("/etc", 126, "cannot be run"),
        ("./plain", 126, "cannot be run"),
    ] {
        std::fs::write(world.root().join("plain"), "#!/bin/sh\n").unwrap();
        let ran = world.run(&["exec", "--", program]).exits(code).says(says);
        assert_eq!(ran.stdout, "");
    }
    world.run(&["exec"]).exits(2);
    world.run(&["exec", "--"]).exits(2);
}

#[test]
fn the_command_gets_signals_and_streams_directly() {
    use std::io::Write as _;
    let world = World::new();
    world.log_in();
    for (signal, code) in [
        ("TERM", 143),
        ("INT", 130),
        ("HUP", 129),
        ("PIPE", 141),
        ("USR1", 138),
    ] {
        world
            .run(&[
                "exec",
                "--",
                "sh",
                "-c",
                &format!("kill -{signal} $$; sleep 9"),
            ])
            .exits(code);
    }
    let line = ["exec", "--", "sh", "-c", "cat; echo err >&2; exit 5"];
    let mut child = world
        .program(&line)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"in").unwrap();
    let ran = world
        .judge(&line, child.wait_with_output().unwrap())
        .exits(5);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("in", "err\n"));
    // The command has replaced the program: there is no process in between.
    let ran = world
        .run(&[
            "exec",
            "--",
            "sh",
            "-c",
            "cat /proc/$$/comm; cat /proc/$PPID/comm",
        ])
        .exits(0);
    assert!(
        ran.stdout.starts_with("sh\n") && !ran.stdout.contains("mfa-session"),
        "{}",
        ran.stdout
    );
}

#[test]
fn options_after_the_command_belong_to_the_command() {
    let mut world = World::new();
    world.log_in();
    let ran = world
        .run(&["exec", "--", "echo", "--profile", "x", "-v", "--", "--help"])
        .exits(0);
    assert_eq!(ran.stdout, "--profile x -v -- --help\n");
    world.set("AWS_PROFILE", "nobody");
    for line in [
        &["exec", "--profile", "default", "--", "true"][..],
        &["--profile", "default", "exec", "--", "true"],
        &["exec", "--profile", "default-mfa", "true"],
        &["-v", "exec", "--profile=default", "true"],
    ] {
        world.run(line).exits(0);
    }
}

fn region_of(world: &World, command: &[&str]) -> String {
    world
        .run(
            &[
                command,
                &["sh", "-c", "echo \"$AWS_REGION/$AWS_DEFAULT_REGION\""],
            ]
            .concat(),
        )
        .exits(0)
        .stdout
}

#[test]
fn the_region_comes_from_the_profile_unless_the_environment_has_one() {
    let mut world = World::new();
    world.log_in();
    let both = |region: &str| format!("{region}/{region}\n");
    assert_eq!(region_of(&world, &["exec", "--"]), both("eu-central-1"));
    // A program that reads only the other variable gets the same region.
    world.set("AWS_DEFAULT_REGION", "eu-west-2");
    assert_eq!(region_of(&world, &["exec", "--"]), both("eu-west-2"));
    let ran = world.run(&["env", "--shell", "json"]).exits(0);
    assert!(
        !ran.stdout.contains("AWS_DEFAULT_REGION"),
        "what is set stays"
    );
    world.unset("AWS_DEFAULT_REGION");
    world.set("AWS_REGION", "eu-west-3");
    assert_eq!(region_of(&world, &["exec", "--"]), both("eu-west-3"));
    world.set("AWS_DEFAULT_REGION", "eu-west-2");
    world.set("AWS_REGION", "eu-west-3");
    assert_eq!(region_of(&world, &["exec", "--"]), "eu-west-3/eu-west-2\n");
    world.unset("AWS_DEFAULT_REGION");
    world.set("AWS_REGION", "");
    assert_eq!(region_of(&world, &["exec", "--"]), both("eu-central-1"));
    // The fallback region is used only for the call to STS.
    world.write_config(&format!(
        "[default]\nendpoint_url = {}\n",
        world.server.endpoint_url()
    ));
    assert_eq!(region_of(&world, &["exec", "--"]), "/\n");
}

/// The variables about the way to AWS in the environment of a command under `exec`.
fn way(world: &World, profile: &str) -> Vec<String> {
    let show = "env | grep -E '^AWS_(CA|USE|STS|RETRY|MAX|DEFAULTS|ENDPOINT)' | sort";
    let ran = world
        .run(&["exec", "--profile", profile, "--", "sh", "-c", show])
        .exits(0);
    ran.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn what_the_profile_says_about_the_way_to_aws_is_exported() {
    let mut world = World::new();
    let url = world.server.endpoint_url();
    world.add_config(&format!(
        "ca_bundle = /etc/ca.pem\nuse_fips_endpoint = false\nuse_dualstack_endpoint = false\n\
         sts_regional_endpoints = regional\nretry_mode = standard\nmax_attempts = 5\ndefaults_mode = auto\n\
         services = mine\n[services mine]\ns3 =\n  endpoint_url = http://localhost:3\n\
         [profile near]\nmfa_session_source = default\nretry_mode = adaptive\nregion = eu-west-2\n\
         credential_process = {PROGRAM} credential-process --profile default\n",
    ));
    world.log_in();
    let all = |retry: &str| {
        vec![
            "AWS_CA_BUNDLE=/etc/ca.pem".to_owned(),
            "AWS_DEFAULTS_MODE=auto".to_owned(),
            format!("AWS_ENDPOINT_URL={url}"),
            "AWS_ENDPOINT_URL_S3=http://localhost:3".to_owned(),
            "AWS_MAX_ATTEMPTS=5".to_owned(),
            format!("AWS_RETRY_MODE={retry}"),
            "AWS_STS_REGIONAL_ENDPOINTS=regional".to_owned(),
            "AWS_USE_DUALSTACK_ENDPOINT=false".to_owned(),
            "AWS_USE_FIPS_ENDPOINT=false".to_owned(),
        ]
    };
    assert_eq!(way(&world, "default"), all("standard"));
    // The named profile comes first.
    assert_eq!(way(&world, "near"), all("adaptive"));
    assert_eq!(
        region_of(&world, &["exec", "--profile", "near", "--"]),
        "eu-west-2/eu-west-2\n"
    );
    // What the user has set stays, and the user's endpoint for all services is not overridden for one.
    world.set("AWS_MAX_ATTEMPTS", "2");
    world.set("AWS_ENDPOINT_URL", url.as_str());
    let mut expected = all("standard");
    expected.retain(|line| !line.starts_with("AWS_ENDPOINT_URL_S3"));
    expected[3] = "AWS_MAX_ATTEMPTS=2".to_owned();
    assert_eq!(way(&world, "default"), expected);
}

#[test]
fn exec_logs_in_only_without_a_session_or_if_too_little_time_remains() {
    let mut world = World::new();
    world.run(&["exec", "--", "true"]).exits(3);
    let code = world.code();
    world
        .run(&["exec", "--token-code", &code, "--", "true"])
        .exits(0);
    // Only `login` writes the shared files.
    assert!(!world.credentials().contains("default-mfa"));
    world.later(11 * 3600);
    world.run(&["exec", "--", "true"]).exits(0);
    world
        .run(&["exec", "--min-remaining", "30m", "--", "true"])
        .exits(0);
    let ran = world
        .run(&["exec", "--min-remaining", "4h", "--", "true"])
        .exits(3);
    assert_eq!(ran.stderr.lines().next(), Some(TO_TYPE));
    world.run(&["env", "--min-remaining", "4h"]).exits(3);
    assert_eq!(world.count("sts:GetSessionToken"), 1);
    let code = world.code();
    world
        .run(&[
            "exec",
            "--min-remaining",
            "4h",
            "--token-code",
            &code,
            "--",
            "true",
        ])
        .exits(0);
    assert_eq!(world.count("sts:GetSessionToken"), 2);
    let ran = world
        .run(&["exec", "--", "sh", "-c", "echo $AWS_CREDENTIAL_EXPIRATION"])
        .exits(0);
    let status = world.run(&["status", "--format", "json"]).exits(0);
    assert!(
        status.stdout.contains(ran.stdout.trim()),
        "{}",
        status.stdout
    );
}

// ---- env

const NAMES: [&str; 7] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
];

/// The values in JSON, which is parsed here.
fn values(world: &World) -> Vec<String> {
    let ran = world.run(&["env", "--shell", "json"]).exits(0);
    let object: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let object = object.as_object().unwrap();
    assert_eq!(object.keys().collect::<Vec<_>>(), NAMES);
    object
        .values()
        .map(|v| v.as_str().unwrap().to_owned())
        .collect()
}

/// Evaluates the output in its shell and shows the variables, then unsets them and shows what is left.
fn round_trip(shell: &str, source: &str, show: &str, form: &str) {
    let mut world = World::new();
    world.log_in();
    let values = values(&world);
    for (name, value) in [
        ("AWS_PROFILE", "default-mfa"),
        ("AWS_DEFAULT_PROFILE", "default"),
        ("AWS_SECURITY_TOKEN", "stale"),
        ("AWS_SESSION_EXPIRATION", "stale"),
    ] {
        world.set(name, value);
    }
    let set = world.run(&["env", "--shell", form]).exits(0);
    let unset = world.run(&["env", "--unset", "--shell", form]).exits(0);
    assert!(!unset.stdout.contains("REGION"));
    let written = |name: &str, text: &str| {
        let path = world.root().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let script = format!(
        "{source} {}\n{show}\n{source} {}\n{show}\n",
        written("set", &set.stdout),
        written("unset", &unset.stdout)
    );
    let output = world.command(shell).args(["-c", &script]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr, "");
    let text = String::from_utf8(output.stdout).unwrap();
    let (first, second) = text.split_once("end\n").unwrap();
    let mut expected: Vec<_> = NAMES
        .iter()
        .zip(&values)
        .map(|(n, v)| format!("{n}={v}"))
        .collect();
    expected.sort();
    assert_eq!(first.lines().collect::<Vec<_>>(), expected);
    let url = world.server.endpoint_url();
    assert_eq!(
        second,
        format!(
            "AWS_DEFAULT_REGION=eu-central-1\nAWS_ENDPOINT_URL={url}\nAWS_REGION=eu-central-1\nend\n"
        )
    );
}

const SHOW: &str = "env | grep '^AWS_' | sort; echo end";

#[test]
fn bash_reads_it_back() {
    round_trip("bash", ".", SHOW, "bash");
}

#[test]
#[ignore = "needs zsh"]
fn zsh_reads_it_back() {
    round_trip("zsh", ".", SHOW, "zsh");
}

#[test]
#[ignore = "needs fish"]
fn fish_reads_it_back() {
    round_trip("fish", "source", SHOW, "fish");
}

#[test]
fn a_shell_without_a_format_is_an_error() {
    let mut world = World::new();
    world.log_in();
    for shell in ["/bin/tcsh", "/usr/bin/nu", "csh"] {
        world.set("SHELL", shell);
        let name = shell.rsplit('/').next().unwrap();
        for arguments in [&["env"][..], &["env", "--unset"]] {
            let ran = world
                .run(arguments)
                .exits(2)
                .says(&format!(
                    "there is no format for the shell in SHELL, `{name}`"
                ))
                .says("--shell bash");
            assert_eq!(ran.stdout, "");
        }
        world.run(&["env", "--shell", "bash"]).exits(0);
    }
    for shell in ["/bin/dash", ""] {
        world.set("SHELL", shell);
        let ran = world.run(&["env"]).exits(0);
        assert!(ran.stdout.contains("export AWS_SESSION_TOKEN="));
    }
}

#[test]
fn dotenv_has_one_line_per_variable() {
    let world = World::new();
    world.log_in();
    let values = values(&world);
    let ran = world.run(&["env", "--format", "dotenv"]).exits(0);
    let expected: Vec<_> = NAMES
        .iter()
        .zip(&values)
        .map(|(n, v)| format!("{n}={v}"))
        .collect();
    assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), expected);
    for form in ["json", "dotenv"] {
        world
            .run(&["env", "--unset", "--shell", form])
            .exits(2)
            .says("hint: ");
    }
}

#[test]
fn powershell_quotes_each_value() {
    let world = World::new();
    world.log_in();
    let values = values(&world);
    let ran = world.run(&["env", "--shell", "powershell"]).exits(0);
    for (name, value) in NAMES.iter().zip(&values) {
        assert!(
            ran.stdout.contains(&format!("$Env:{name} = '{value}'\n")),
            "{}",
            ran.stdout
        );
    }
    assert!(
        ran.stdout
            .contains("Remove-Item -ErrorAction SilentlyContinue Env:AWS_PROFILE\n")
    );
}

#[test]
fn the_default_format_is_that_of_the_users_shell() {
    let mut world = World::new();
    world.log_in();
    for (shell, begins) in [
        ("/usr/bin/fish", "set -e "),
        ("/bin/zsh", "unset "),
        ("/opt/microsoft/powershell/7/pwsh", "Remove-Item "),
        ("/bin/dash", "unset "),
        ("", "unset "),
    ] {
        world.set("SHELL", shell);
        let ran = world.run(&["env"]).exits(0);
        assert!(ran.stdout.starts_with(begins), "{shell}");
    }
}

#[test]
fn unset_needs_no_session_and_no_files() {
    let world = World::new();
    world.write_credentials("nonsense");
    let ran = world.run(&["env", "--unset", "--shell", "bash"]).exits(0);
    assert_eq!(
        ran.stdout,
        "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION\n"
    );
}

#[test]
fn secrets_are_printed_to_a_terminal_only_with_force() {
    let world = World::new();
    world.log_in();
    let run = |arguments: &[&str]| {
        let mut command = world.command(crate::common::PROGRAM);
        command.args(arguments);
        let mut session = rexpect::session::spawn_command(command, Some(20_000)).unwrap();
        let text = session.exp_eof().unwrap();
        let status = session.process_mut().wait().unwrap();
        (text, format!("{status:?}"))
    };
    let (text, status) = run(&["env"]);
    world.hunt_in("terminal", &text, false);
    assert!(
        text.contains("secrets are not printed to a terminal"),
        "{text}"
    );
    assert!(
        text.contains("hint: `eval \"$(mfa-session env)\"`"),
        "{text}"
    );
    assert!(status.contains(", 1)"), "{status}");
    let (text, status) = run(&["env", "--force", "--shell", "dotenv"]);
    assert!(text.contains("AWS_SESSION_TOKEN="), "{text}");
    assert!(status.contains(", 0)"), "{status}");
    let (text, _) = run(&["env", "--unset"]);
    assert!(text.contains("unset AWS_ACCESS_KEY_ID"), "{text}");
}
