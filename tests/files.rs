//! The shared files: every byte that is not ours stays, whatever the file looks like and whoever else writes.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt, symlink};
use std::process::{Output, Stdio};

use crate::common::{PROGRAM, World};

fn mode(world: &World, path: &str) -> u32 {
    fs::metadata(world.path(path)).unwrap().mode() & 0o777
}

// ---- what a file looks like

#[test]
fn links_stay_links_wherever_they_lead() {
    for (place, link) in [
        ("dotfiles/aws-credentials", "../dotfiles/aws-credentials"),
        (".aws/real-credentials", "real-credentials"),
        ("dotfiles/deep/er/credentials", "/absolute"),
    ] {
        let world = World::new();
        let text = world.credentials();
        world.write(place, &text);
        let path = world.path(".aws/credentials");
        fs::remove_file(&path).unwrap();
        let link = match link {
            "/absolute" => world.path(place).display().to_string(),
            relative => relative.to_owned(),
        };
        symlink(&link, &path).unwrap();
        world.log_in();
        assert_eq!(fs::read_link(&path).unwrap().display().to_string(), link);
        assert!(
            !fs::symlink_metadata(world.path(place))
                .unwrap()
                .is_symlink()
        );
        let after = world.read(place);
        assert!(
            after.starts_with(&text) && after.contains("[default-mfa]"),
            "{after}"
        );
        let folder = world.path(place).parent().unwrap().to_owned();
        if folder != world.path(".aws") {
            assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
        }
        world.run(&["logout"]).exits(0);
        assert_eq!(world.read(place), text);
    }
}

#[test]
fn a_chain_of_links_and_one_that_leads_to_nothing_yet() {
    let world = World::new();
    let text = world.credentials();
    world.write("store/credentials", &text);
    fs::remove_file(world.path(".aws/credentials")).unwrap();
    symlink("../store/credentials", world.path("store-link")).unwrap();
    fs::rename(world.path("store-link"), world.path(".aws/hop")).unwrap();
    symlink("hop", world.path(".aws/credentials")).unwrap();
    world.log_in();
    assert!(world.read("store/credentials").contains("[default-mfa]"));
    assert!(
        fs::symlink_metadata(world.path(".aws/hop"))
            .unwrap()
            .is_symlink()
    );
    // The keys are in the config file; the credentials file is a link to a file that is still to come.
    let world = World::new();
    world.add_config(&world.key_lines());
    fs::remove_file(world.path(".aws/credentials")).unwrap();
    symlink("../new/credentials", world.path(".aws/credentials")).unwrap();
    world.log_in();
    assert!(world.read("new/credentials").starts_with("[default-mfa]\n"));
    assert_eq!(mode(&world, "new/credentials"), 0o600);
}

#[test]
fn a_file_open_to_others_is_closed_and_that_is_said() {
    for (before, after) in [
        (0o644, 0o600),
        (0o604, 0o600),
        (0o666, 0o600),
        (0o640, 0o640),
        (0o600, 0o600),
    ] {
        let world = World::new();
        let path = world.path(".aws/credentials");
        fs::set_permissions(&path, PermissionsExt::from_mode(before)).unwrap();
        let ran = world.log_in();
        assert_eq!(mode(&world, ".aws/credentials"), after, "{before:o}");
        let said = format!(
            "was open to others (mode {before:04o}); it is closed to them now (mode {after:04o})"
        );
        assert_eq!(
            ran.stderr.contains(&said),
            before & 0o007 != 0,
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn a_file_that_was_not_there_is_born_private() {
    let world = World::new();
    world.write_config(&format!(
        "[default]\nendpoint_url = {}\nregion = eu-west-1\n{}",
        world.server.endpoint_url(),
        world.key_lines()
    ));
    fs::remove_file(world.path(".aws/credentials")).unwrap();
    world.log_in();
    assert_eq!(mode(&world, ".aws/credentials"), 0o600);
    let record = world.record_path();
    assert_eq!(fs::metadata(&record).unwrap().mode() & 0o777, 0o600);
    for folder in ["", "/sessions", "/state", "/locks"] {
        assert_eq!(mode(&world, &format!(".aws/mfa-session{folder}")), 0o700);
    }
}

#[test]
fn every_byte_that_is_not_ours_stays() {
    let world = World::new();
    let keys = world.key_lines();
    let url = world.server.endpoint_url();
    let crlf = |text: &str| text.replace('\n', "\r\n");
    let plain = format!("[default]\n{keys}");
    for (what, text) in [
        ("plain", plain.clone()),
        ("no final newline", plain.trim_end().to_owned()),
        ("CRLF", crlf(&plain)),
        ("CRLF without an end", crlf(&plain).trim_end().to_owned()),
        ("BOM", format!("\u{feff}{plain}")),
        (
            "comments",
            format!("# top\n; other\n\n{plain}# below\n\n\n# the end, no newline"),
        ),
        (
            "odd sections",
            format!(
                "[  spaced  ]\nx=1\n\n[empty]\n[über ☃]\nкey = значение\n\n{plain}\n[a]\ns3 =\n  max_concurrent_requests = 20\n  # indented\nregion=eu-west-1 # not a comment to all\n"
            ),
        ),
        (
            "duplicates",
            format!("[dup]\na = 1\n\n{plain}\n[dup]\nb = 2\na = 3\n[dup]\n"),
        ),
        (
            "tabs and blanks",
            format!("\n\n\t\n{}", plain.replace(" = ", "\t=  ")),
        ),
    ] {
        world.write_credentials(&text);
        // A record is there from the second round on: no code is needed.
        if world.record_path().exists() {
            world.run(&["login"]).exits(0);
        } else {
            world.log_in();
        }
        let after = world.credentials();
        assert!(after.starts_with(&text), "{what}: {after}");
        assert!(after.contains("[default-mfa]"), "{what}");
        if text.contains("\r\n") {
            assert_eq!(
                after.matches('\n').count(),
                after.matches("\r\n").count(),
                "{what}"
            );
        }
        world
            .run(&["credential-process", "--profile", "default-mfa"])
            .exits(0);
        world.run(&["status", "--profile", "default-mfa"]).exits(0);
        // What logout takes out again leaves the text, but for the line end that the last line had to get.
        fs::copy(world.record_path(), world.root().join("record")).unwrap();
        world.run(&["logout"]).exits(0);
        let left = world.credentials();
        assert!(left == text || left.trim_end() == text, "{what}: {left:?}");
        fs::copy(world.root().join("record"), world.record_path()).unwrap();
        assert!(world.read(".aws/config").contains(&url));
    }
    assert_eq!(world.leftovers(), Vec::<String>::new());
}

#[test]
fn a_session_section_in_the_middle_is_changed_in_place() {
    let world = World::new();
    let keys = world.key_lines();
    let head = format!("[default]\n{keys}\n# today's\n[default-mfa]\n# mine\nregion = us-west-2\n");
    let tail = "\n# next\n[other]\nx = y\n";
    world.write_credentials(&format!("{head}{tail}"));
    world.log_in();
    let after = world.credentials();
    assert!(after.starts_with(&head) && after.ends_with(tail), "{after}");
    world.run(&["logout"]).exits(0);
    assert_eq!(world.credentials(), format!("{head}{tail}"));
}

#[test]
fn ten_thousand_profiles_are_no_matter() {
    let world = World::new();
    let many: String = (0..10_000)
        .map(|n| format!("[profile-{n}]\naws_access_key_id = AKIAMANY{n:012}\naws_secret_access_key = secret/{n}\n\n"))
        .collect();
    let config: String = (0..10_000)
        .map(|n| format!("[profile profile-{n}]\nregion = eu-west-1\n"))
        .collect();
    let text = format!("{many}{}", world.credentials());
    world.write_credentials(&text);
    world.add_config(&config);
    world.log_in();
    assert!(world.credentials().starts_with(&text));
    for line in [
        &["credential-process", "--profile", "default-mfa"][..],
        &["status"],
        &["logout", "--all"],
    ] {
        world.run(line).exits(0);
    }
    assert_eq!(world.credentials(), text);
}

// ---- who else writes

/// Runs a shell command at a step of the write, the first time that it is reached.
fn once(world: &mut World, step: &str, command: &str) {
    let (flag, script) = (world.root().join("done"), world.root().join("meanwhile"));
    let text = format!("[ -e {0} ] && exit\ntouch {0}\n{command}\n", flag.display());
    fs::write(&script, text).unwrap();
    world.set(
        "MFA_SESSION_TEST_STEP",
        format!("{step}=run:sh {}", script.display()),
    );
}

#[test]
fn what_somebody_else_writes_between_read_and_write_is_kept() {
    for step in [
        "atomic.write",
        "atomic.half",
        "atomic.sync",
        "atomic.compare",
        "atomic.stage",
        "atomic.swap",
        "atomic.displaced",
    ] {
        for (how, edit) in [
            (
                "appended",
                "printf '\\n[new]\\nx = 1\\n' >> \"$HOME/.aws/credentials\"",
            ),
            (
                "renamed over",
                "(cat \"$HOME/.aws/credentials\"; printf '\\n[new]\\nx = 1\\n') > \"$HOME/.aws/other\"; mv \"$HOME/.aws/other\" \"$HOME/.aws/credentials\"",
            ),
        ] {
            let mut world = World::new();
            let text = world.credentials();
            // The config file is written first, and its steps are not meant.
            world.add_config("[profile default-mfa]\nregion = eu-west-1\n");
            once(&mut world, step, edit);
            world.log_in();
            assert!(world.root().join("done").exists());
            let after = world.credentials();
            let rescued: String = world
                .leftovers()
                .iter()
                .map(|n| world.read(&format!(".aws/{n}")))
                .collect();
            assert!(after.starts_with(&text), "{step} {how}: {after}");
            // Written after the swap, it was an edit of the new file, or is kept beside it and said.
            assert!(
                after.contains("[new]\nx = 1") || rescued.contains("[new]"),
                "{step} {how}: {after}"
            );
            assert!(
                after.contains("manager = mfa-session"),
                "{step} {how}: {after}"
            );
            if step != "atomic.displaced" {
                assert_eq!(world.leftovers(), Vec::<String>::new(), "{step} {how}");
                assert!(after.contains("[new]\nx = 1"), "{step} {how}: {after}");
            }
        }
    }
}

#[test]
fn a_key_that_somebody_writes_into_the_session_profile_meanwhile_is_not_overwritten() {
    let key = "aws_access_key_id = AKIAOTHEROTHEROTHER1\\naws_secret_access_key = other\\n";
    for step in ["atomic.read", "atomic.compare", "atomic.swap"] {
        let mut world = World::new();
        world.add_config("[profile default-mfa]\nregion = eu-west-1\n");
        once(
            &mut world,
            step,
            &format!("printf '\\n[default-mfa]\\n{key}' >> \"$HOME/.aws/credentials\""),
        );
        let code = world.code();
        world
            .run(&["login", "--token-code", &code])
            .exits(1)
            .says("long-term keys");
        let after = world.credentials();
        assert!(
            after.contains("aws_access_key_id = AKIAOTHEROTHEROTHER1\n"),
            "{after}"
        );
        assert!(!after.contains("ASIA"), "{after}");
        // The session is not lost.
        world
            .run(&["credential-process", "--profile", "default"])
            .exits(0);
    }
}

#[test]
fn a_file_that_is_truncated_and_rewritten_is_not_read_half() {
    let mut world = World::new();
    world.add_config("[profile default-mfa]\nregion = eu-west-1\n");
    let text = format!("[first]\nx = 1\n\n{}\n[last]\ny = 2\n", world.credentials());
    world.write_credentials(&text);
    let copy = world.root().join("copy");
    fs::write(&copy, &text).unwrap();
    // As the AWS CLI writes: in place. It takes its time.
    let writer = format!(
        "f=\"$HOME/.aws/credentials\"; head -c 20 {0} > \"$f\"; (sleep 0.03; tail -c +21 {0} >> \"$f\") > /dev/null 2>&1 &",
        copy.display()
    );
    once(&mut world, "atomic.read", &writer);
    world.log_in();
    assert!(world.root().join("done").exists());
    let after = world.credentials();
    assert!(after.starts_with(&text), "{after}");
    assert!(after.contains("manager = mfa-session"), "{after}");
}

#[test]
fn a_file_that_never_rests_is_given_up_and_left_whole() {
    let mut world = World::new();
    world.add_config("[profile default-mfa]\nregion = eu-west-1\n");
    let text = world.credentials();
    world.set(
        "MFA_SESSION_TEST_STEP",
        "atomic.compare=run:printf '# x\\n' >> \"$HOME/.aws/credentials\"",
    );
    world.set("MFA_SESSION_TEST_PATIENCE", "2000");
    let code = world.code();
    world
        .run(&["login", "--token-code", &code])
        .exits(1)
        .says("another program is writing to")
        .says("hint: see which program has it open");
    let after = world.credentials();
    assert!(
        after.starts_with(&text) && !after.contains("ASIA"),
        "{after}"
    );
    world.unset("MFA_SESSION_TEST_STEP");
    world.run(&["login"]).exits(0);
    assert_eq!(world.count("sts:GetSessionToken"), 1);
    assert_eq!(world.leftovers(), Vec::<String>::new());
}

#[test]
fn many_logins_at_once_into_different_profiles_are_all_there() {
    let mut world = World::new();
    world.log_in();
    let before = world.credentials();
    // So that each is in the other's way.
    world.set("MFA_SESSION_TEST_STEP", "atomic.compare=sleep:30");
    let names: Vec<_> = (0..8).map(|n| format!("session-{n}")).collect();
    let lines: Vec<_> = names
        .iter()
        .map(|n| ["login", "--session-profile", n.as_str()])
        .collect();
    let children: Vec<_> = lines
        .iter()
        .map(|line| {
            world
                .program(line)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for (child, line) in children.into_iter().zip(&lines) {
        world
            .judge(line, child.wait_with_output().unwrap())
            .exits(0);
    }
    let (config, after) = (world.read(".aws/config"), world.credentials());
    assert!(after.starts_with(&before), "{after}");
    for name in &names {
        assert_eq!(after.matches(&format!("[{name}]\n")).count(), 1, "{after}");
        assert_eq!(
            config.matches(&format!("[profile {name}]\n")).count(),
            1,
            "{config}"
        );
    }
    assert_eq!(after.matches("aws_session_token = ").count(), 9);
    assert_eq!(world.leftovers(), Vec::<String>::new());
}

#[test]
fn logins_and_logouts_at_once_lose_nothing() {
    let world = World::new();
    let text = world.credentials();
    world.log_in();
    let run = |line: &[&str]| {
        world
            .program(line)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..6)
        .flat_map(|_| [run(&["logout"]), run(&["login"])])
        .collect();
    for child in children {
        let ran = world.judge(&["login"], child.wait_with_output().unwrap());
        assert!([0, 3].contains(&ran.code), "{}", ran.stderr);
    }
    assert!(world.credentials().starts_with(&text));
    world.run(&["logout", "--all"]).exits(0);
    assert_eq!(world.credentials(), text);
}

// ---- places where nothing can be written

/// Runs the program as somebody whom permissions stop.
fn unprivileged(world: &World, arguments: &[&str]) -> Output {
    let me = fs::metadata("/proc/self").unwrap().uid();
    if me != 0 {
        return world.program(arguments).output().unwrap();
    }
    let chowned = world
        .command("chown")
        .arg("-R")
        .arg("65534:65534")
        .arg(world.root())
        .status()
        .unwrap();
    assert!(chowned.success());
    world
        .command("setsid")
        .args([
            "-w",
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            PROGRAM,
        ])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn a_hit_is_answered_from_a_home_that_cannot_be_written() {
    let world = World::new();
    let run = |line: &[&str]| world.judge(line, unprivileged(&world, line));
    let code = world.code();
    run(&["login", "--token-code", &code]).exits(0);
    let all = |mode: u32| {
        for folder in [
            ".aws/mfa-session/sessions",
            ".aws/mfa-session/locks",
            ".aws/mfa-session/state",
            ".aws/mfa-session",
            ".aws",
        ] {
            fs::set_permissions(world.path(folder), PermissionsExt::from_mode(mode)).unwrap();
        }
    };
    all(0o500);
    run(&["credential-process", "--profile", "default"]).exits(0);
    run(&["credential-process", "--profile", "default-mfa"]).exits(0);
    run(&["exec", "--", "true"]).exits(0);
    run(&["env"]).exits(0);
    run(&["status"]).exits(0);
    run(&["login"]).exits(0);
    // A new login is refused before a code is asked for.
    let code = world.code();
    let calls = world.calls().len();
    let refused = run(&["login", "--force", "--token-code", &code]).exits(1);
    assert!(refused.stderr.contains("hint: "), "{}", refused.stderr);
    assert_eq!(world.calls().len(), calls);
    run(&["logout"]).exits(1);
    run(&["status"]).exits(0);
    all(0o700);
    run(&["logout"]).exits(0);
}

#[test]
fn a_session_folder_elsewhere_and_a_home_that_cannot_be_written() {
    let mut world = World::new();
    let elsewhere = world.root().join("tmp/sessions");
    world.set("MFA_SESSION_DIR", elsewhere.display().to_string());
    world.add_config("[profile default-mfa]\ncredential_process = mfa-session credential-process --profile default\nmfa_session_source = default\n");
    let run = |line: &[&str]| {
        let output = unprivileged(&world, line);
        String::from_utf8(output.stderr).unwrap() + &output.status.code().unwrap().to_string()
    };
    fs::set_permissions(world.path(".aws"), PermissionsExt::from_mode(0o555)).unwrap();
    let code = world.code();
    let before = world.credentials();
    // A hook profile needs no write in the home.
    let said = run(&["login", "--token-code", &code]);
    assert!(
        said.ends_with("export AWS_PROFILE=default-mfa\n0"),
        "{said}"
    );
    assert_eq!(world.credentials(), before);
    assert!(!world.path(".aws/mfa-session").exists());
    let output = unprivileged(&world, &["credential-process", "--profile", "default-mfa"]);
    assert!(output.status.success());
    fs::set_permissions(world.path(".aws"), PermissionsExt::from_mode(0o755)).unwrap();
    fs::remove_dir_all(elsewhere).unwrap();
}

#[test]
#[ignore = "needs root"]
fn root_does_not_take_a_users_file_over() {
    let world = World::new();
    let path = world.path(".aws/credentials");
    std::os::unix::fs::chown(&path, Some(1000), Some(1000)).unwrap();
    let code = world.code();
    world
        .run(&["login", "--token-code", &code])
        .exits(1)
        .says("belongs to user 1000")
        .says("hint: run it as user 1000");
    assert_eq!(world.calls(), []);
    assert_eq!(fs::metadata(&path).unwrap().uid(), 1000);
}

// ---- stdout

const WRITERS: [&[&str]; 7] = [
    &["credential-process", "--profile", "default"],
    &["status"],
    &["status", "--format", "json"],
    &["status", "--short"],
    &["env"],
    &["policy", "generate"],
    &["completions", "bash"],
];

#[test]
fn a_full_disk_behind_stdout_is_a_failure() {
    let world = World::new();
    world.log_in();
    for line in WRITERS {
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = world.program(line).stdout(full).output().unwrap();
        world
            .judge(line, output)
            .exits(1)
            .says("error: cannot write to standard output");
    }
}

#[test]
fn a_reader_that_has_gone_is_none() {
    let world = World::new();
    world.log_in();
    for line in WRITERS {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = world.program(line).stdout(writer).output().unwrap();
        world.judge(line, output).exits(0).says_not("error");
    }
}
