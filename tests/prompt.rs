//! The question at the terminal.

use crate::common::World;
use crate::common::pty::{Manner, calling_program_name};

#[test]
fn the_prompt_names_the_profile_and_the_caller_and_hides_the_code() {
    let world = World::new();
    let code = world.code();
    let mut pty = world.hook_on_terminal(Manner::Plain);
    pty.expect(&calling_program_name())
        .expect("default")
        .expect_prompt()
        .types_code(&code);
    let ran = pty.ends().exits(0);
    assert!(ran.stdout.contains("\"Version\":1"));
}

#[test]
fn a_refused_code_is_asked_again_three_times_in_all() {
    let world = World::new();
    let (wrong, code) = (world.wrong_code(), world.code());
    let mut pty = world.hook_on_terminal(Manner::Plain);
    pty.expect_prompt().types("12345\n").expect("six digits");
    pty.expect_prompt().types_code(&wrong).expect("refused");
    pty.expect_prompt().types_code(&wrong).expect("refused");
    pty.expect_prompt().types_code(&code);
    let _ = pty.ends().exits(0);
    assert_eq!(world.count("sts:GetSessionToken"), 3);
}

#[test]
fn ctrl_c_and_the_end_of_input_cancel() {
    for key in ["\u{3}", "\u{4}"] {
        let world = World::new();
        let mut pty = world.hook_on_terminal(Manner::Plain);
        pty.expect_prompt().types(key);
        let ran = pty.ends().exits(130);
        assert_eq!(ran.stdout, "");
        assert!(!world.record_path().exists());
    }
}

#[test]
fn signals_put_the_terminal_back() {
    for (signal, code) in [("-TERM", 143), ("-HUP", 129)] {
        let world = World::new();
        let mut pty = world.hook_on_terminal(Manner::Plain);
        pty.expect_prompt();
        let pid = pty.pids()[0].to_string();
        assert!(
            std::process::Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        let _ = pty.ends().exits(code);
    }
}

#[test]
fn the_deadline_puts_the_terminal_back() {
    let mut world = World::new();
    world.set("MFA_SESSION_TEST_DEADLINE", "12");
    let mut pty = world.hook_on_terminal(Manner::Plain);
    pty.expect_prompt();
    let ran = pty.ends().exits(3);
    assert_eq!(
        ran.stderr.lines().next(),
        Some("mfa-session login --profile default")
    );
}

#[test]
fn a_terminal_in_use_and_the_background_are_not_asked() {
    let world = World::new();
    let ran = world.hook_on_terminal(Manner::Raw).ran(0).exits(3);
    assert_eq!(
        ran.stderr.lines().next(),
        Some("mfa-session login --profile default")
    );
    let ran = world
        .hook_on_terminal(Manner::Background)
        .ran(0)
        .exits(3)
        .says("background");
    assert_eq!(
        ran.stderr.lines().next(),
        Some("mfa-session login --profile default")
    );
}

#[test]
fn a_caller_that_leaves_is_noticed() {
    let world = World::new();
    let mut pty = world.hook_on_terminal(Manner::Closes);
    pty.expect_prompt().tells_it_to_leave();
    let _ = pty.ran(0).exits(3);
    pty.expect_echo();
}
