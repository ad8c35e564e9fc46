//! The committed completion scripts.

use crate::common::World;

#[test]
fn the_committed_scripts_are_what_the_program_prints() {
    let world = World::new();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    for (shell, file) in [
        ("bash", "mfa-session.bash"),
        ("zsh", "_mfa-session"),
        ("fish", "mfa-session.fish"),
        ("powershell", "mfa-session.ps1"),
        ("elvish", "mfa-session.elv"),
    ] {
        let ran = world.run(&["completions", shell]).exits(0);
        assert_eq!(
            ran.stdout,
            std::fs::read_to_string(folder.join(file)).unwrap(),
            "{shell}"
        );
    }
}

/// The script, sourced in the real shell, then `check` in it.
fn in_shell(shell: &str, check: &str) -> String {
    let mut world = World::new();
    world.add_config("[profile production]\nregion = eu-west-1\n");
    let bin = world.root().join("bin");
    std::fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(crate::common::PROGRAM, bin.join("mfa-session")).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    world.set("PATH", path);
    let output = world.command(shell).arg("-c").arg(check).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

#[test]
fn bash_completes_commands_flags_and_profiles() {
    let text = in_shell(
        "bash",
        r#"source <(mfa-session completions bash)
        complete -p mfa-session
        f=$(complete -p mfa-session | sed 's/.*-F \([^ ]*\).*/\1/')
        ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_TYPE=9; $f mfa-session "${@: -1}" "${@: -2:1}"; echo "${COMPREPLY[@]}"; }
        ask mfa-session log; ask mfa-session login --dur; ask mfa-session login --profile prod"#,
    );
    for word in ["login", "logout", "--duration-seconds", "production"] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[test]
#[ignore = "needs fish"]
fn fish_completes_commands_flags_and_profiles() {
    let text = in_shell(
        "fish",
        "mfa-session completions fish | source; complete -C 'mfa-session log'; complete -C 'mfa-session login --dur'; complete -C 'mfa-session login --profile prod'",
    );
    for word in ["login", "logout", "--duration-seconds", "production"] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[test]
#[ignore = "needs zsh"]
fn zsh_takes_the_script() {
    let text = in_shell(
        "zsh",
        "autoload -U compinit; compinit -u -D; source <(mfa-session completions zsh); print -r -- ${_comps[mfa-session]}",
    );
    assert!(text.contains("mfa_session"), "{text}");
}
