//! Shared files as people have them: indented settings, lines that no program can read, and headers that miss their purpose.

use crate::common::World;

/// A world whose files hold the same settings, with each line below a header indented.
fn indented(margin: &str) -> World {
    let world = World::new();
    let indent = |text: &str| -> String {
        let lines = text.lines().map(|line| {
            let margin = if line.starts_with('[') { "" } else { margin };
            format!(
                "{margin}{line}
"
            )
        });
        lines.collect()
    };
    world.write_config(&indent(&world.read(".aws/config")));
    world.write_credentials(&indent(&world.credentials()));
    world
}

#[test]
fn indented_settings_are_settings_and_new_ones_are_indented_alike() {
    for margin in ["  ", "\t", "    "] {
        let world = indented(margin);
        let before = world.credentials();
        world.log_in().exits(0).says_not("warning");
        assert!(world.credentials().starts_with(&before));
        world.run(&["status", "--profile", "default"]).exits(0);
        world
            .run(&["credential-process", "--profile", "default"])
            .exits(0);
        world.run(&["logout"]).exits(0);
        assert_eq!(world.credentials(), before);
    }
}

#[test]
fn an_indented_session_profile_is_filled_in_its_own_style() {
    let world = World::new();
    let stale = "[default-mfa]\n    manager = mfa-session\n    region: eu-west-1\n    s3 =\n";
    let before = format!("{}\n{stale}\n  [other]\n  k = v\n", world.credentials());
    world.write_credentials(&before);
    world.log_in().exits(0);
    let after = world.credentials();
    let (_, section) = after.split_once("[default-mfa]\n").unwrap();
    let (section, rest) = section.split_once("\n\n").unwrap();
    assert!(
        section.lines().all(|line| line.starts_with("    ")),
        "{section}"
    );
    assert!(section.contains("    s3 =\n    aws_access_key_id = ASIA"));
    assert_eq!(rest, "  [other]\n  k = v\n");
    world.run(&["status", "--profile", "default"]).exits(0);
    world.run(&["logout"]).exits(0);
    let left = before.replace("    manager = mfa-session\n", "");
    assert_eq!(world.credentials(), left);
}

#[test]
fn a_fault_elsewhere_stops_no_command() {
    let world = World::new();
    let config = format!(
        "stray\n{}[profile broken]\nregion eu-west-1\n",
        world.read(".aws/config")
    );
    let credentials = format!(
        "{}[broken]\naws_access_key_id\n[half\nk = v\n",
        world.credentials()
    );
    world.write_config(&config);
    world.write_credentials(&credentials);
    let warnings = [
        ".aws/config:1: a property comes before the first section, so the AWS CLI cannot read the file (1 other line, too)",
        ".aws/credentials:5: a property has no `=`, so the AWS CLI cannot read the file (1 other line, too)",
    ];
    for line in [
        &["login", "--token-code", &world.code()][..],
        &["status"],
        &["status", "--profile", "default"],
    ] {
        world.run(line).exits(0).says(warnings[0]).says(warnings[1]);
    }
    for line in [
        &["exec", "--", "true"][..],
        &["credential-process", "--profile", "default"],
        &["status", "--short"],
        &["logout"],
    ] {
        world.run(line).exits(0).says_not("cannot read");
    }
    assert!(world.read(".aws/config").starts_with(&config));
    assert_eq!(world.credentials(), credentials);
}

#[test]
fn a_session_profile_with_a_line_at_fault_is_refused_before_a_code_is_used() {
    let world = World::new();
    let before = format!("{}[default-mfa]\noops\n", world.credentials());
    world.write_credentials(&before);
    world
        .run(&["login", "--token-code", &world.code()])
        .exits(1)
        .says("profile `default-mfa` has a line that cannot be read")
        .says("line 5: a property has no `=`")
        .says("hint: ");
    assert_eq!(world.count("sts:GetSessionToken"), 0);
    assert_eq!(world.credentials(), before);
}

#[test]
fn logout_takes_a_session_out_beside_one_that_cannot_be_read() {
    let world = World::new();
    world.log_in().exits(0);
    let session = world.credentials();
    let (_, ours) = session.split_once("[default-mfa]\n").unwrap();
    let copy = format!("\n[copy]\n{ours}oops\n");
    world.write_credentials(&format!("{session}{copy}"));
    world
        .run(&["logout", "--all"])
        .exits(1)
        .says("Profile default-mfa holds no session any more.")
        .says("profile `copy` has a line that cannot be read");
    let after = world.credentials();
    assert!(after.ends_with(&copy), "{after}");
    assert!(!after.contains("[default-mfa]"), "{after}");
}

#[test]
fn what_breaks_only_the_aws_cli_is_a_warning() {
    for (file, add, expected) in [
        (
            ".aws/config",
            "\u{feff}",
            "config:1: the file begins with a byte order mark",
        ),
        (
            ".aws/config",
            "[profile x]\n[profile x]\n",
            "config:2: the header `[profile x]` appears twice",
        ),
        (
            ".aws/credentials",
            "[x]\na = 1\nA = 2\n",
            "credentials:3: the key `a` appears twice",
        ),
    ] {
        let world = World::new();
        let text = format!("{add}{}", world.read(file));
        world.write(file, &text);
        world
            .log_in()
            .exits(0)
            .says(expected)
            .says("so the AWS CLI cannot read the file\n");
        assert!(world.read(file).starts_with(&text));
    }
}

#[test]
fn a_config_section_without_the_word_profile_is_said_to_be_ignored() {
    let world = World::new();
    world.add_config("[work]\nregion = eu-west-1\n");
    world
        .run(&["login", "--profile", "work"])
        .exits(1)
        .says("`[work]` in ")
        .says(".aws/config is not a profile: AWS's tools ignore it")
        .says("hint: write its header as `[profile work]`");
    world.write_credentials(&format!(
        "{}[work]\n{}",
        world.credentials(),
        world.key_lines()
    ));
    let url = world.server.endpoint_url();
    world
        .run(&[
            "login",
            "--profile",
            "work",
            "--endpoint-url",
            &url,
            "--token-code",
            &world.code(),
        ])
        .exits(0)
        .says("AWS's tools ignore `[work]` in ")
        .says("the header of a profile there is `[profile work]`");
    world
        .run(&["status", "--profile", "default"])
        .says_not("ignore");
}

#[test]
fn a_colon_and_text_behind_a_header_are_read() {
    let world = World::new();
    let config = world
        .read(".aws/config")
        .replace(" = ", ": ")
        .replace(']', "] my account");
    let credentials = world.credentials().replace(" = ", ":");
    world.write_config(&config);
    world.write_credentials(&credentials);
    world.log_in().exits(0).says_not("warning");
    world.run(&["logout"]).exits(0);
    assert_eq!(world.credentials(), credentials);
}
