//! `man`: the pages of all commands.

use std::fs;

use crate::common::World;

#[test]
fn every_command_has_a_page_that_says_what_its_help_says() {
    let world = World::new();
    let folder = world.root().join("share/man/man1");
    let _ = world
        .run(&["man", &folder.display().to_string()])
        .exits(0)
        .says("The man pages are in `");
    for (page, line) in [
        ("mfa-session", &["--help"][..]),
        ("mfa-session-login", &["login", "--help"]),
        ("mfa-session-policy", &["policy", "--help"]),
        ("mfa-session-policy-check", &["policy", "check", "--help"]),
        ("mfa-session-sandbox-code", &["sandbox", "code", "--help"]),
    ] {
        let text = fs::read_to_string(folder.join(format!("{page}.1"))).unwrap();
        let header = text.lines().find(|line| line.starts_with(".TH")).unwrap();
        assert!(header.starts_with(&format!(".TH {page} 1")), "{header}");
        assert!(header.contains("mfa-session 0."), "{header}");
        let help = world.run(line).exits(0).stdout;
        let summary = help.lines().next().unwrap();
        let summary = summary.replace('-', "\\-").replace('\'', "\\*(Aq");
        assert!(text.contains(&summary), "{page} lacks `{summary}`");
    }
    let status = fs::read_to_string(folder.join("mfa-session-status.1")).unwrap();
    assert!(status.contains("profile"), "{status}");
    let demo = fs::read_to_string(folder.join("mfa-session-demo.1")).unwrap();
    assert!(!demo.contains("profile"), "an option that demo ignores");
    // The pages of two runs are equal, so that packages are.
    let again = world.root().join("again");
    let _ = world.run(&["man", &again.display().to_string()]).exits(0);
    for entry in fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        let other = fs::read(again.join(entry.file_name())).unwrap();
        assert_eq!(fs::read(entry.path()).unwrap(), other);
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error() {
    let world = World::new();
    world.write("file", "x");
    let _ = world
        .run(&["man", &world.path("file/man").display().to_string()])
        .exits(1)
        .says("error: cannot write the man pages to `");
}
