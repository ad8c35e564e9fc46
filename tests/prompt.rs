//! What the hook and `login` show at the terminal, and in which state they leave it.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustix::termios::LocalModes;

use crate::common::World;
use crate::common::pty::{Manner, calling_program_name};
use crate::hook::{HOOK, TO_TYPE, expected};

fn send(pid: u32, signal: Signal) {
    kill(Pid::from_raw(pid.try_into().unwrap()), signal).unwrap();
}

// ---- the hook -------------------------------------------------------------------------------------------------------------

#[test]
fn the_prompt_names_profile_and_caller_and_hides_the_code() {
    let world = World::new();
    let code = world.code();
    let mut pty = world.hook_on_terminal(Manner::Plain);
    pty.expect(&format!(
        "{} wants credentials of profile default.",
        calling_program_name()
    ))
    .expect_prompt()
    .types_code(&code);
    let ran = pty.ends().exits(0);
    assert_eq!(ran.stdout, expected(&world));
    assert_eq!(world.count("sts:GetSessionToken"), 1);
    // The terminal shows only the prompt and its line feed.
    assert_eq!(pty.seen.matches("MFA code").count(), 1);
    world.hook().exits(0);
}

#[test]
fn a_hit_leaves_the_terminal_alone() {
    let world = World::new();
    world.log_in();
    let mut pty = world.hook_on_terminal(Manner::Plain);
    let ran = pty.ends().exits(0);
    assert_eq!((ran.stdout, ran.stderr), (expected(&world), String::new()));
    assert!(!pty.seen.contains("MFA"), "{}", pty.seen);
}

#[test]
fn spaces_in_a_code_are_ignored() {
    let world = World::new();
    let code = world.code();
    let mut pty = world.hook_on_terminal(Manner::Plain);
    pty.expect_prompt()
        .types_code(&format!(" {} {} ", &code[..3], &code[3..]));
    pty.ends().exits(0);
}

#[test]
fn after_a_malformed_code_the_hook_asks_again_and_makes_no_call() {
    let world = World::new();
    let code = world.code();
    world.hunt("98765");
    let mut pty = world.hook_on_terminal(Manner::Plain);
    for bad in ["98765", "", "abcdef", "９８７６５４", "1234567"] {
        pty.expect_prompt()
            .types_code(bad)
            .expect("six digits. Nothing was sent.");
    }
    pty.expect_prompt().types_code(&code);
    pty.ends().exits(0);
    assert_eq!(world.count("sts:GetSessionToken"), 1);
}

#[test]
fn after_a_refused_code_the_hook_asks_again() {
    let world = World::new();
    let (wrong, code) = (world.wrong_code(), world.code());
    let mut pty = world.hook_on_terminal(Manner::Plain);
    pty.expect_prompt()
        .types_code(&wrong)
        .expect("wrong, out of time or already used; the next code")
        .expect_prompt()
        .types_code(&wrong)
        .expect("used before")
        .expect_prompt()
        .types_code(&code);
    pty.ends().exits(0);
    assert_eq!(world.count("sts:GetSessionToken"), 3);
}

#[test]
fn at_most_three_codes_are_sent() {
    let world = World::new();
    let wrong = world.wrong_code();
    let mut pty = world.hook_on_terminal(Manner::Plain);
    for _ in 0..3 {
        pty.expect_prompt().types_code(&wrong);
    }
    let ran = pty.ends().exits(4).says("used before").says("hint: ");
    assert_eq!(ran.stdout, "");
    assert_eq!(world.count("sts:GetSessionToken"), 3);
}

#[test]
fn ctrl_c_and_ctrl_d_cancel() {
    for keys in ["\x03", "12\x03", "\x04", "12\x04\x04"] {
        let world = World::new();
        let before = world.credentials();
        let mut pty = world.hook_on_terminal(Manner::Plain);
        pty.expect_prompt().types(keys);
        let ran = pty.ends().exits(130);
        assert_eq!(ran.stdout, "");
        assert_eq!(world.count("sts:GetSessionToken"), 0);
        assert_eq!(world.credentials(), before);
        assert!(!world.record_path().exists());
    }
}

#[test]
fn signals_restore_the_terminal() {
    for (signal, code) in [
        (Signal::SIGINT, 130),
        (Signal::SIGTERM, 143),
        (Signal::SIGHUP, 129),
    ] {
        let world = World::new();
        let mut pty = world.hook_on_terminal(Manner::Plain);
        pty.expect_prompt().types("12");
        send(pty.pids()[0], signal);
        pty.ends().exits(code);
    }
}

#[test]
fn a_login_elsewhere_answers_the_question() {
    let world = World::new();
    let mut pty = world.hook_on_terminal(Manner::Plain);
    pty.expect_prompt();
    world.log_in();
    let ran = pty.ends().exits(0);
    assert_eq!(ran.stdout, expected(&world));
    assert_eq!(world.count("sts:GetSessionToken"), 1);
}

#[test]
fn the_deadline_restores_the_terminal() {
    let mut world = World::new();
    world.set("MFA_SESSION_TEST_DEADLINE", "14");
    let mut pty = world.hook_on_terminal(Manner::Plain);
    pty.expect_prompt().types("12");
    pty.ends().needs_login(TO_TYPE).says("in time");
}

#[test]
fn the_hook_does_not_ask_again_shortly_before_the_deadline() {
    let mut world = World::new();
    world.set("MFA_SESSION_TEST_DEADLINE", "14");
    let mut pty = world.hook_on_terminal(Manner::Plain);
    pty.expect_prompt();
    // After four seconds, fewer than ten seconds are left.
    std::thread::sleep(std::time::Duration::from_secs(5));
    pty.types_code("12");
    pty.ends().needs_login(TO_TYPE).says("in time");
    assert_eq!(pty.seen.matches("MFA code").count(), 1);
}

#[test]
fn in_the_background_the_hook_neither_asks_nor_stops() {
    let world = World::new();
    let mut pty = world.hook_on_terminal(Manner::Background);
    pty.ends().needs_login(TO_TYPE).says("background");
    assert!(!pty.seen.contains("MFA"), "{}", pty.seen);
    assert_eq!(world.calls(), []);
}

#[test]
fn a_terminal_that_another_program_draws_on_is_left_alone() {
    let world = World::new();
    let mut pty = world.hook_on_terminal(Manner::Raw);
    pty.ran(0)
        .needs_login(TO_TYPE)
        .says("in use by another program");
    pty.read_now();
    assert!(!pty.seen.contains("MFA"), "{}", pty.seen);
    assert!(!pty.has(LocalModes::ECHO) && !pty.has(LocalModes::ICANON));
    assert_eq!(world.calls(), []);
}

#[test]
fn a_terminal_without_echo_is_left_alone() {
    let world = World::new();
    let mut pty = world.shell_on_terminal(
        "stty -echo; $mfa_session credential-process --profile default 2>stderr; stty echo",
    );
    pty.expect("<status 0>");
    let told = world.lines("stderr").join("\n");
    assert!(told.starts_with(TO_TYPE), "{told}");
    assert!(!pty.seen.contains("MFA"), "{}", pty.seen);
}

#[test]
fn the_question_ends_when_the_caller_has_gone() {
    let world = World::new();
    // The caller's parent keeps running, so the terminal stays open.
    let mut pty = world.shell_on_terminal(
        "sh -c '$0 credential-process --profile default | cat >out' $mfa_session & wait; true",
    );
    pty.expect("<status 0>");
    assert!(world.lines("out").is_empty());
    drop(pty);
    for manner in [Manner::Leaves, Manner::Closes] {
        let world = World::new();
        let mut pty = world.hook_on_terminal(manner);
        pty.expect_prompt().types("12");
        let pid = pty.pids()[0];
        pty.tells_it_to_leave();
        crate::common::eventually("the hook leaves", || {
            !std::path::Path::new(&format!("/proc/{pid}")).exists()
        });
        pty.expect_echo();
        if manner == Manner::Closes {
            pty.ends().needs_login(TO_TYPE).says("has ended");
        }
        assert_eq!(world.count("sts:GetSessionToken"), 0);
    }
}

#[test]
fn ctrl_z_restores_the_terminal_and_fg_asks_again() {
    let world = World::new();
    let code = world.code();
    let mut pty =
        world.shell_on_terminal("$mfa_session credential-process --profile default >out 2>err");
    for _ in 0..2 {
        pty.expect_prompt()
            .types("12\x1a")
            .expect("<status ")
            .expect_echo();
        pty.types("fg\n");
    }
    pty.expect_prompt()
        .types_code(&code)
        .expect("<status 0>")
        .expect_echo();
    assert_eq!(world.lines("out").join("") + "\n", expected(&world));
    assert!(
        world
            .lines("err")
            .iter()
            .all(|l| l.contains("MFA device") || l.contains("mfa_serial"))
    );
}

#[test]
fn a_login_is_possible_while_the_hook_is_stopped() {
    let world = World::new();
    let code = world.code();
    let mut pty =
        world.shell_on_terminal("$mfa_session credential-process --profile default >out 2>err");
    pty.expect_prompt()
        .types("\x1a")
        .expect("<status ")
        .expect_echo();
    pty.types("$mfa_session login\n")
        .expect_prompt()
        .types_code(&code)
        .expect("export AWS_PROFILE=default-mfa")
        .expect("<status 0>")
        .expect_echo();
    // The hook uses the session of that login.
    pty.types("fg\n").expect("<status 0>").expect_echo();
    assert_eq!(world.lines("out").join("") + "\n", expected(&world));
    assert_eq!(world.count("sts:GetSessionToken"), 1);
}

#[test]
fn the_codes_of_two_keys_are_asked_for_one_after_the_other() {
    let world = World::new();
    // Another key, which AWS does not know. The hook learns this only after it has sent a code.
    let other = "[other]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n";
    world.write_credentials(&format!("{}{other}", world.credentials()));
    let url = world.server.endpoint_url();
    world.add_config(&format!(
        "mfa_serial = {serial}\n[profile other]\nendpoint_url = {url}\nmfa_serial = {serial}\n",
        serial = world.serial()
    ));
    let mut pty = world.calls_on_terminal(
        Manner::Plain,
        &[&HOOK, &["credential-process", "--profile", "other"]],
    );
    for shown in 1..=2 {
        pty.expect_prompt();
        assert_eq!(pty.seen.matches("MFA code").count(), shown);
        pty.types("\x04");
    }
    pty.ran(0).exits(130);
    pty.ran(1).exits(130);
    assert_eq!(pty.seen.matches("MFA code").count(), 2);
    assert!(pty.seen.contains("profile default.") && pty.seen.contains("profile other."));
    assert!(pty.echoes());
}

#[test]
fn the_code_of_one_key_is_asked_for_once_on_a_terminal() {
    let world = World::new();
    let code = world.code();
    let mut pty = world.calls_on_terminal(Manner::Plain, &[&HOOK[..]; 8]);
    pty.expect_prompt().types_code(&code);
    for n in 0..8 {
        let ran = pty.ran(n).exits(0);
        assert_eq!(ran.stdout, expected(&world));
    }
    pty.read_now();
    assert_eq!(pty.seen.matches("MFA code").count(), 1);
    assert!(pty.echoes());
    assert_eq!(world.count("sts:GetSessionToken"), 1);
}

#[test]
fn an_mfa_process_may_use_the_terminal() {
    let world = World::new();
    let code = world.code();
    world.mfa_process("echo touch the key >&2; read line; test \"$line\" = now && cat code");
    std::fs::write(world.root().join("code"), code).unwrap();
    let mut pty = world.hook_on_terminal(Manner::Plain);
    pty.expect("touch the key").types("now\n");
    let ran = pty.ends().exits(0);
    assert_eq!(ran.stdout, expected(&world));
}

#[test]
fn ctrl_c_ends_an_mfa_process_too() {
    let world = World::new();
    world.mfa_process("echo $$ >started; echo touch the key >&2; exec sleep 600");
    let mut pty = world.hook_on_terminal(Manner::Plain);
    pty.expect("touch the key").types("\x03");
    pty.ends().exits(130);
    let pid = &world.lines("started")[0];
    crate::common::eventually("the command ends", || {
        !std::path::Path::new(&format!("/proc/{pid}")).exists()
    });
}

#[test]
fn the_name_of_a_profile_does_not_control_the_terminal() {
    let world = World::new();
    world.write_credentials(&format!("[ad\u{9b}2Jmin]\n{}", world.key_lines()));
    let mut pty = world.calls_on_terminal(
        Manner::Plain,
        &[&["credential-process", "--profile", "ad\u{9b}2Jmin"]],
    );
    let ran = pty.ends();
    assert_ne!(ran.code, 0);
    assert!(!pty.seen.contains('\u{9b}') && !ran.stderr.contains('\u{9b}'));
}

// ---- login ----------------------------------------------------------------------------------------------------------------

#[test]
fn login_asks_at_the_terminal() {
    let world = World::new();
    let code = world.code();
    let mut pty = world.shell_on_terminal("$mfa_session login");
    pty.expect(&format!(
        "MFA code for profile default ({}): ",
        world.serial()
    ));
    assert!(!pty.echoes());
    pty.types_code(&code)
        .expect("Logged in with profile default")
        .expect("export AWS_PROFILE=default-mfa\r\n")
        .expect("<status 0>")
        .expect_echo();
    assert!(world.credentials().contains("[default-mfa]"));
}

#[test]
fn login_asks_again_and_gives_up_after_three_codes() {
    let world = World::new();
    let (wrong, before) = (world.wrong_code(), world.credentials());
    let mut pty = world.shell_on_terminal("$mfa_session login");
    for _ in 0..3 {
        pty.expect_prompt().types_code("1").expect("six digits");
        pty.expect_prompt()
            .types_code(&wrong)
            .expect("AWS refused the code");
    }
    pty.expect("<status 4>").expect_echo();
    assert_eq!(world.count("sts:GetSessionToken"), 3);
    assert_eq!(world.credentials(), before);
}

#[test]
fn a_cancelled_login_changes_no_file() {
    for (how, code) in [
        ("\x03", 130),
        ("\x04", 130),
        ("INT", 130),
        ("TERM", 143),
        ("HUP", 129),
    ] {
        let mut world = World::new();
        world.set("AWS_MFA_SERIAL", world.serial().to_string());
        let files = |world: &World| {
            let mut tree = world.tree();
            // Ours: locks and what the cache's readiness was tried with.
            tree.retain(|path, _| {
                !path.starts_with(world.path(".aws/mfa-session")) && path.is_file()
            });
            tree
        };
        let before = files(&world);
        let mut pty = world.shell_on_terminal("echo $$ >shell; $mfa_session login");
        pty.expect_prompt().types("12");
        if how.len() == 1 {
            pty.types(how);
            if how == "\x04" {
                pty.types(how);
            }
        } else {
            let shell = &world.lines("shell")[0];
            let children =
                std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
            let pid = children.split_whitespace().next().unwrap().parse().unwrap();
            send(
                pid,
                how.parse::<Signal>()
                    .or_else(|_| format!("SIG{how}").parse())
                    .unwrap(),
            );
        }
        pty.expect(&format!("<status {code}>")).expect_echo();
        assert_eq!(files(&world), before, "{how:?}");
        assert!(!world.record_path().exists());
        assert_eq!(world.calls(), []);
    }
}

#[test]
fn login_continues_after_ctrl_z() {
    let world = World::new();
    let code = world.code();
    let mut pty = world.shell_on_terminal("$mfa_session login");
    pty.expect_prompt()
        .types("12\x1a")
        .expect("<status ")
        .expect_echo();
    pty.types("fg\n")
        .expect_prompt()
        .types_code(&code)
        .expect("<status 0>")
        .expect_echo();
}

#[test]
fn a_login_in_the_background_needs_a_terminal() {
    let world = World::new();
    let mut pty = world.shell_on_terminal("$mfa_session login 2>err & wait $!");
    pty.expect("<status 3>");
    let told = world.lines("err").join("\n");
    assert!(
        told.starts_with(TO_TYPE) && told.contains("background"),
        "{told}"
    );
}

#[test]
fn one_of_several_devices_is_chosen_by_number() {
    let world = World::with_account(|account, now| {
        let user = account.owner().unwrap().user_name;
        account.add_device(&user, "tablet", now).unwrap();
    });
    // The owner's device is the one enabled last or the first by name: whichever it is, its line is read off the list.
    let code = world.code();
    let serial = world.serial().to_string();
    let mut pty = world.shell_on_terminal("$mfa_session login");
    pty.expect("Which MFA device [1-2]? ");
    let line = pty
        .seen
        .lines()
        .find(|line| line.ends_with(&serial))
        .unwrap()
        .trim()
        .to_owned();
    let number = line.split_whitespace().next().unwrap().to_owned();
    for bad in ["0", "3", "x", "", "-1"] {
        pty.types_code(bad)
            .expect("Type a number from 1 to 2.")
            .expect("Which MFA device");
    }
    pty.types_code(&number)
        .expect("aws configure set mfa_serial")
        .expect_prompt()
        .types_code(&code)
        .expect("<status 0>");
    // Without a terminal, the user cannot choose.
    let code = world.code();
    world
        .run(&["login", "--force", "--token-code", &code])
        .exits(1)
        .says("several MFA devices")
        .says("--serial-number");
}

#[test]
fn a_login_elsewhere_answers_the_question_for_a_device() {
    let world = World::with_account(|account, now| {
        let user = account.owner().unwrap().user_name;
        account.add_device(&user, "tablet", now).unwrap();
    });
    let mut pty = world.hook_on_terminal(Manner::Plain);
    pty.expect("Which MFA device [1-2]? ");
    let serial = world.serial().to_string();
    let code = world.code();
    world
        .run(&["login", "--token-code", &code, "--serial-number", &serial])
        .exits(0);
    let ran = pty.ends().exits(0);
    assert_eq!(ran.stdout, expected(&world));
    assert_eq!(world.count("sts:GetSessionToken"), 1);
}

#[test]
fn a_refusal_at_the_terminal_breaks_between_words() {
    let world = World::new();
    let mut pty = world.shell_on_terminal("stty columns 40; $mfa_session login");
    pty.expect_prompt().types_code("000000");
    pty.expect("MFA code for profile");
    let said: Vec<&str> = pty
        .seen
        .lines()
        .map(|line| line.trim_end_matches('\r'))
        .skip_while(|line| !line.contains("AWS refused the code"))
        .take_while(|line| !line.contains("MFA code for profile"))
        .collect();
    assert!(said.len() > 1, "{said:?}");
    assert!(
        said.iter().all(|line| line.chars().count() <= 40),
        "{said:?}"
    );
    let words: Vec<&str> = said
        .iter()
        .flat_map(|line| line.split_whitespace())
        .collect();
    assert!(
        words
            .join(" ")
            .contains("it is wrong, out of time or already used"),
        "{said:?}"
    );
    pty.close();
}

#[test]
fn the_hook_asks_which_of_several_devices_to_use() {
    let world = World::with_account(|account, now| {
        let user = account.owner().unwrap().user_name;
        account.add_device(&user, "tablet", now).unwrap();
    });
    let code = world.code();
    let serial = world.serial().to_string();
    let mut pty = world.hook_on_terminal(Manner::Plain);
    pty.expect("Which MFA device [1-2]? ");
    let line = pty
        .seen
        .lines()
        .find(|line| line.ends_with(&serial))
        .unwrap();
    let number = line.split_whitespace().next().unwrap().to_owned();
    pty.types_code(&number).expect_prompt().types_code(&code);
    let ran = pty.ends().exits(0);
    assert_eq!(ran.stdout, expected(&world));
    // Without a terminal the user cannot choose, and the profile names no device.
    let world = World::with_account(|account, now| {
        let user = account.owner().unwrap().user_name;
        account.add_device(&user, "tablet", now).unwrap();
    });
    world.mfa_process("echo asked >> asked; echo 123456");
    world
        .hook()
        .needs_login(TO_TYPE)
        .says("several MFA devices");
    assert_eq!(world.lines("asked").len(), 0);
}

#[test]
fn a_device_that_aws_cannot_validate_is_looked_up_again() {
    let mut world = World::new();
    world.set("AWS_MFA_SERIAL", "arn:aws:iam::111122223333:mfa/old-phone");
    let code = world.code();
    let mut pty = world.shell_on_terminal("$mfa_session login");
    pty.expect_prompt()
        .types_code(&code)
        .expect("could not validate")
        .expect("nine tries in three minutes")
        .expect("Look the device up again with iam:ListMFADevices? [Y/n] ")
        .types_code("")
        .expect("Found the MFA device")
        .expect(&format!("({}): ", world.serial()))
        .types_code(&code)
        .expect("<status 0>");
    assert_eq!(world.count("sts:GetSessionToken"), 2);
    drop(pty);
    let mut world = World::new();
    world.set("AWS_MFA_SERIAL", "arn:aws:iam::111122223333:mfa/old-phone");
    let code = world.code();
    let mut pty = world.shell_on_terminal("$mfa_session login");
    pty.expect_prompt()
        .types_code(&code)
        .expect("[Y/n] ")
        .types_code("n")
        .expect("<status 4>")
        .expect_echo();
    assert_eq!(world.count("iam:ListMFADevices"), 0);
}

#[test]
fn a_login_for_exec_asks_too() {
    let world = World::new();
    let code = world.code();
    let mut pty = world.shell_on_terminal("$mfa_session exec -- sh -c 'echo ran; exit 7'");
    pty.expect_prompt()
        .types_code(&code)
        .expect("ran")
        .expect("<status 7>")
        .expect_echo();
}

#[test]
fn a_token_code_is_not_read_from_a_terminal_that_would_show_it() {
    let world = World::new();
    let mut pty = world.shell_on_terminal("$mfa_session login --token-code -");
    pty.expect("is a terminal").expect("<status 2>");
    pty.close();
    assert_eq!(world.calls(), []);
}
