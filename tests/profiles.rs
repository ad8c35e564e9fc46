//! Source, session and hook profiles: which is meant, what is written to which, and what is never written to.

use crate::common::{PROGRAM, World};

const HOOK: &str = "credential_process = mfa-session credential-process --profile default\nmfa_session_source = default\n";

fn last_line(stderr: &str) -> &str {
    stderr.lines().last().unwrap_or_default()
}

#[test]
fn the_session_profile_is_named_after_the_source_by_default() {
    for (section, config, arguments, session) in [
        ("default", "", &[][..], "default-mfa"),
        ("work", "", &["--profile", "work"], "work-mfa"),
        (
            "work-long-term",
            "",
            &["--profile", "work-long-term"],
            "work",
        ),
        (
            "-long-term",
            "",
            &["--profile=-long-term"],
            "-long-term-mfa",
        ),
        (
            "work",
            "[profile work]\nmfa_session_profile = today\n",
            &["--profile", "work"],
            "today",
        ),
        (
            "work",
            "[profile work]\nmfa_session_profile = today\n",
            &["--profile", "work", "--session-profile", "now"],
            "now",
        ),
    ] {
        let world = World::new();
        let url = world.server.endpoint_url();
        world.write_config(config);
        world.write_credentials(&format!("[{section}]\n{}", world.key_lines()));
        let code = world.code();
        let mut line = vec!["login", "--endpoint-url", &url, "--token-code", &code];
        line.extend(arguments);
        let ran = world.run(&line).exits(0);
        assert_eq!(
            last_line(&ran.stderr),
            format!("export AWS_PROFILE={session}")
        );
        let after = world.credentials();
        assert!(after.contains(&format!("\n[{session}]\n")), "{after}");
        assert!(
            after.contains(&format!("mfa_session_source = {section}\n")),
            "{after}"
        );
    }
}

#[test]
fn the_flag_beats_aws_profile_which_beats_aws_default_profile() {
    let mut world = World::new();
    world.write_credentials(&format!(
        "[a]\n{keys}\n[b]\n{keys}\n[c]\n{keys}\n[default]\n{keys}",
        keys = world.key_lines()
    ));
    let url = world.server.endpoint_url();
    world.set("AWS_ENDPOINT_URL", url);
    world.log_in().says("profile default-mfa");
    world.set("AWS_DEFAULT_PROFILE", "b");
    world.run(&["login"]).exits(0).says("profile b-mfa");
    world.set("AWS_PROFILE", "a");
    world
        .run(&["login"])
        .exits(0)
        .says("profile a-mfa")
        .says("AWS_PROFILE is `a` and AWS_DEFAULT_PROFILE is `b`: `a` is taken");
    let ran = world.run(&["login", "--profile", "c"]).exits(0);
    assert!(ran.stderr.contains("profile c-mfa"), "{}", ran.stderr);
    assert!(
        !ran.stderr.contains("AWS_DEFAULT_PROFILE is"),
        "{}",
        ran.stderr
    );
    world.set("AWS_DEFAULT_PROFILE", "a");
    world
        .run(&["login"])
        .exits(0)
        .says_not("AWS_DEFAULT_PROFILE");
    for command in ["status", "logout"] {
        world.set("AWS_DEFAULT_PROFILE", "b");
        world.run(&[command]).exits(0).says("`a` is taken");
    }
    // An empty variable is an unset one.
    world.set("AWS_PROFILE", "");
    world.set("AWS_DEFAULT_PROFILE", "");
    world.log_in().says("profile default-mfa");
}

#[test]
fn a_session_profile_leads_back_to_its_source() {
    let mut world = World::new();
    world.log_in();
    world.set("AWS_PROFILE", "default-mfa");
    let code = world.code();
    let ran = world
        .run(&["login", "--force", "--token-code", &code])
        .exits(0);
    assert_eq!(
        last_line(&ran.stderr),
        "AWS_PROFILE is already default-mfa, so nothing more needs to be done."
    );
    assert!(!world.credentials().contains("[default-mfa-mfa]"));
    world.run(&["status"]).exits(0);
    world.run(&["exec", "--", "true"]).exits(0);
    world
        .run(&["credential-process", "--profile", "default-mfa"])
        .exits(0);
}

#[test]
fn a_session_profile_of_another_name_is_written_again_when_it_is_named() {
    let world = World::new();
    let code = world.code();
    world
        .run(&["login", "--session-profile", "today", "--token-code", &code])
        .exits(0);
    let code = world.code();
    world
        .run(&[
            "login",
            "--profile",
            "today",
            "--force",
            "--token-code",
            &code,
        ])
        .exits(0)
        .says("The session is in profile today.");
    assert_eq!(world.credentials().matches("[today]").count(), 1);
    assert!(!world.credentials().contains("default-mfa"));
}

#[test]
fn a_hook_profile_as_the_session_profile_keeps_the_files_as_they_are() {
    let world = World::new();
    world.add_config(&format!("[profile default-mfa]\n{HOOK}"));
    let before = (world.read(".aws/config"), world.credentials());
    let ran = world.log_in();
    assert_eq!((world.read(".aws/config"), world.credentials()), before);
    assert!(world.record_path().exists());
    assert_eq!(last_line(&ran.stderr), "export AWS_PROFILE=default-mfa");
    world
        .run(&["credential-process", "--profile", "default-mfa"])
        .exits(0);
    // Again, reused and forced.
    world.run(&["login"]).exits(0);
    let code = world.code();
    world
        .run(&["login", "--force", "--token-code", &code])
        .exits(0);
    assert_eq!((world.read(".aws/config"), world.credentials()), before);
    world.run(&["logout"]).exits(0);
    assert_eq!((world.read(".aws/config"), world.credentials()), before);
}

#[test]
fn a_login_for_a_hook_profile_of_another_name_ends_with_that_profile() {
    let mut world = World::new();
    world.add_config(&format!("[profile admin]\n{HOOK}"));
    let before = world.credentials();
    let ran = world.run(&["login", "--profile", "admin", "--token-code", &world.code()]);
    assert_eq!(last_line(&ran.exits(0).stderr), "export AWS_PROFILE=admin");
    world.set("AWS_PROFILE", "admin");
    world
        .run(&["login"])
        .exits(0)
        .says("AWS_PROFILE is already admin");
    assert_eq!(world.credentials(), before);
}

#[test]
fn one_line_makes_a_hook_profile() {
    for line in [
        "mfa-session credential-process --profile default",
        "/opt/x/mfa-session credential-process --no-prompt --profile=default",
        "'/opt/a b/mfa-session' credential-process --profile default",
    ] {
        let mut world = World::new();
        world.add_config(&format!(
            "[profile work]\nregion = eu-central-1\ncredential_process = {line}\n[profile default-mfa]\ncredential_process = {line}\n"
        ));
        let before = (world.read(".aws/config"), world.credentials());
        let code = world.code();
        let ran = world
            .run(&["login", "--profile", "work", "--token-code", &code])
            .exits(0)
            .says("Profile work gets this session from `credential_process`.");
        assert_eq!(last_line(&ran.stderr), "export AWS_PROFILE=work");
        world
            .run(&["credential-process", "--profile", "work"])
            .exits(0);
        world
            .run(&["exec", "--profile", "work", "--", "true"])
            .exits(0);
        let status = world.run(&["status", "--profile", "work"]).exits(0);
        assert!(status.stdout.starts_with("work: "), "{}", status.stdout);
        assert!(
            status
                .stdout
                .contains("the SDKs get it from `credential_process`"),
            "{}",
            status.stdout
        );
        // A login by the name of the source fills the same cache, and its session profile is a hook profile too.
        let ran = world.run(&["login"]).exits(0);
        assert_eq!(last_line(&ran.stderr), "export AWS_PROFILE=default-mfa");
        world.set("AWS_PROFILE", "default-mfa");
        world.run(&["status", "--short"]).exits(0);
        assert_eq!((world.read(".aws/config"), world.credentials()), before);
        world.run(&["logout", "--profile", "work"]).exits(0);
        assert!(!world.record_path().exists());
        assert_eq!((world.read(".aws/config"), world.credentials()), before);
        // Without a session, every command names the profiles that are known.
        let ran = world.run(&["exec", "--profile", "work", "--", "true"]);
        for placeholder in ["SOURCE", "PROFILE"] {
            assert!(
                !ran.stderr.replace("AWS_PROFILE", "").contains(placeholder),
                "{}",
                ran.stderr
            );
        }
        assert_eq!(world.count("sts:GetSessionToken"), 1);
    }
}

#[test]
fn hook_lines_that_lead_nowhere_are_shown() {
    let world = World::new();
    world.add_config(
        "[profile a]\ncredential_process = mfa-session credential-process --profile b\n\
         [profile b]\ncredential_process = mfa-session credential-process --profile a\n\
         [profile c]\ncredential_process = mfa-session credential-process --profile defaul\n",
    );
    for command in ["login", "status", "logout"] {
        world
            .run(&[command, "--profile", "a"])
            .exits(1)
            .says("the profiles lead in a circle: `a` -> `b` -> `a`");
        world
            .run(&[command, "--profile", "c"])
            .exits(1)
            .says("profile `c` names `defaul` in its `credential_process`, but that profile does not exist")
            .says("aws configure set credential_process 'mfa-session credential-process --profile default' --profile c");
    }
    assert_eq!(world.calls(), []);
}

#[test]
fn a_login_ends_with_the_hook_profile_that_is_exported() {
    let mut world = World::new();
    world.add_config(&format!("[profile admin]\n{HOOK}"));
    world.set("AWS_PROFILE", "admin");
    let code = world.code();
    world
        .run(&["login", "--profile", "default", "--token-code", &code])
        .exits(0)
        .says("The session is in profile default-mfa.")
        .says("AWS_PROFILE is already admin, so nothing more needs to be done.");
}

#[test]
fn profiles_with_other_credentials_are_named_for_what_they_are() {
    let world = World::new();
    for (settings, says, hint) in [
        (
            "role_arn = arn:aws:iam::1:role/r\ncredential_source = Ec2InstanceMetadata\n",
            "takes its credentials from the machine (`credential_source = Ec2InstanceMetadata`)",
            "AWS clients use it without a session",
        ),
        (
            "role_arn = arn:aws:iam::1:role/r\nweb_identity_token_file = /t\nsource_profile = default\n",
            "assumes its role with the token in its `web_identity_token_file`",
            "AWS clients use it without a session",
        ),
        (
            "sso_session = corp\nsso_account_id = 111122223333\n",
            "is signed in by `aws sso login` (`sso_session`)",
            "aws sso login --profile other",
        ),
        (
            "sso_start_url = https://x.awsapps.com/start\n",
            "is signed in by `aws sso login` (`sso_start_url`)",
            "aws sso login --profile other",
        ),
        (
            "login_session = arn:aws:sts::111122223333:x\n",
            "is signed in by `aws login`",
            "mfa-session login --profile PROFILE",
        ),
        (
            "role_arn = arn:aws:iam::1:role/r\n",
            "has `role_arn`, but no `source_profile`",
            "aws configure set source_profile SOURCE --profile other",
        ),
    ] {
        world.write_config(&format!(
            "[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = other\n[profile other]\n{settings}"
        ));
        for (profile, way) in [("other", ""), ("role", " (`role` -> `other`)")] {
            for command in [&["login"][..], &["exec", "true"], &["credential-process"]] {
                world
                    .run(&[&["--profile", profile], command].concat())
                    .exits(1)
                    .says(&format!("error: profile `other` {says}"))
                    .says(way)
                    .says(hint)
                    .says_not("access key");
            }
        }
    }
    assert_eq!(world.calls(), []);
}

#[test]
fn what_must_not_be_lost_is_not_written_to_whatever_the_flags() {
    let long_term =
        "aws_access_key_id = AKIAOTHEROTHEROTHER1\naws_secret_access_key = other/long/term\n";
    for (what, section, config) in [
        ("long-term keys", long_term.to_owned(), ""),
        (
            "long-term keys",
            "aws_access_key_id = AKIAOTHEROTHEROTHER1\n".to_owned(),
            "",
        ),
        (
            "long-term keys",
            "aws_secret_access_key = other/long/term\n".to_owned(),
            "",
        ),
        (
            "long-term keys",
            String::new(),
            "aws_secret_access_key = other/long/term\n",
        ),
        // A stale token beside a long-term id, and such an id pasted over ours.
        (
            "long-term keys",
            format!("{long_term}aws_session_token = stale\n"),
            "",
        ),
        (
            "long-term keys",
            format!("{long_term}aws_session_token = stale\nexpiration = 2020-01-01T00:00:00Z\n"),
            "",
        ),
        (
            "`login_session`",
            "login_session = arn:aws:sts::111122223333:x\n".to_owned(),
            "",
        ),
        (
            "`login_session`",
            String::new(),
            "login_session = arn:aws:sts::111122223333:x\n",
        ),
        (
            "another program",
            String::new(),
            "credential_process = /bin/vault print\n",
        ),
        (
            "another program",
            "credential_process = /bin/vault print\n".to_owned(),
            "",
        ),
    ] {
        let world = World::new();
        if !config.is_empty() {
            world.add_config(&format!("[profile default-mfa]\n{config}"));
        }
        if !section.is_empty() {
            world.write_credentials(&format!(
                "{}\n[default-mfa]\n{section}",
                world.credentials()
            ));
        }
        let before = (world.read(".aws/config"), world.credentials());
        let code = world.code();
        for flags in [
            &["login", "--token-code", &code][..],
            &["login", "--force", "--token-code", &code],
        ] {
            world
                .run(flags)
                .exits(1)
                .says("profile `default-mfa` is not written")
                .says(what)
                .says("hint: name another profile with `--session-profile NAME`");
        }
        assert_eq!((world.read(".aws/config"), world.credentials()), before);
        assert_eq!(world.calls(), []);
        // The hint helps.
        world
            .run(&["login", "--session-profile", "other", "--token-code", &code])
            .exits(0);
    }
}

#[test]
fn a_long_term_key_pasted_over_ours_is_kept() {
    let world = World::new();
    world.log_in();
    let pasted: String = world
        .credentials()
        .lines()
        .map(|line| {
            let ours = line.starts_with("aws_access_key_id = ASIA");
            let line = if ours {
                "aws_access_key_id = AKIAPASTEDPASTED1234"
            } else {
                line
            };
            format!("{line}\n")
        })
        .collect();
    world.write_credentials(&pasted);
    let code = world.code();
    for _ in 0..2 {
        world
            .run(&["login", "--force", "--token-code", &code])
            .exits(1)
            .says("long-term keys");
    }
    // Nor by the reuse of a session, nor by a logout.
    world.run(&["login"]).exits(1).says("long-term keys");
    world.run(&["logout", "--all"]).exits(0);
    assert_eq!(world.credentials(), pasted);
}

#[test]
fn another_tools_temporary_keys_give_way_once_they_have_expired_or_by_force() {
    for (expiration, live) in [
        ("expiration = 2020-01-01T00:00:00Z\n", false),
        ("expiration = 2020-01-01 00:00:00\n", false),
        (
            "x_security_token_expires = 2020-01-01T00:00:00+02:00\n",
            false,
        ),
        ("expiration = 2099-01-01T00:00:00Z\n", true),
        ("", true),
        ("expiration = soon\n", true),
    ] {
        let world = World::new();
        let foreign = "aws_access_key_id = ASIAFOREIGNFOREIGN12\naws_secret_access_key = foreign\n\
                       aws_session_token = foreign-token\naws_security_token = foreign-token\n";
        world.write_credentials(&format!(
            "{}\n[default-mfa]\n{foreign}{expiration}region = us-west-2\n",
            world.credentials()
        ));
        let code = world.code();
        let mut line = vec!["login", "--token-code", &code];
        if live {
            world
                .run(&line)
                .exits(1)
                .says("temporary credentials of another tool")
                .says("--force");
            assert_eq!(world.calls(), []);
            line.push("--force");
        }
        world.run(&line).exits(0);
        let after = world.credentials();
        assert!(!after.contains("oreign"), "{after}");
        assert!(!after.contains("aws_security_token"), "{after}");
        assert!(after.contains("region = us-west-2\n"), "{after}");
        assert_eq!(after.matches("expiration = ").count(), 1, "{after}");
    }
}

#[test]
fn a_stale_security_token_in_ours_is_removed() {
    let world = World::new();
    world.log_in();
    let ours = world.credentials();
    world.write_credentials(&format!("{ours}aws_security_token = stale\n"));
    world.run(&["status"]).exits(0);
    world.run(&["login"]).exits(0);
    assert_eq!(world.credentials(), ours);
}

#[test]
fn a_new_profile_takes_region_and_output_over_and_an_old_one_keeps_its_own() {
    let world = World::new();
    let url = world.server.endpoint_url();
    world.write_config(&format!(
        "[default]\nregion = eu-west-3\noutput = yaml\nendpoint_url = {url}\ncli_pager =\n"
    ));
    world.log_in();
    assert_eq!(
        world.read(".aws/config"),
        format!(
            "[default]\nregion = eu-west-3\noutput = yaml\nendpoint_url = {url}\ncli_pager =\n\n\
             [profile default-mfa]\nregion = eu-west-3\nendpoint_url = {url}\noutput = yaml\n"
        )
    );
    let mine = format!(
        "[profile default-mfa]\n# mine\nregion=ap-south-1\n\n[default]\nregion = eu-west-3\nendpoint_url = {url}\n"
    );
    world.write_config(&mine);
    let code = world.code();
    world
        .run(&["login", "--force", "--token-code", &code])
        .exits(0);
    assert_eq!(world.read(".aws/config"), mine);
    // A profile that stands in the credentials file alone is not new.
    world.write_config(&format!(
        "[default]\nregion = eu-west-3\nendpoint_url = {url}\n"
    ));
    let code = world.code();
    world
        .run(&["login", "--force", "--token-code", &code])
        .exits(0);
    assert!(!world.read(".aws/config").contains("default-mfa"));
}

#[test]
fn a_fallback_region_is_never_written() {
    let world = World::new();
    let url = world.server.endpoint_url();
    world.write_config(&format!("[default]\nendpoint_url = {url}\n"));
    world.log_in();
    assert_eq!(
        world.read(".aws/config"),
        format!("[default]\nendpoint_url = {url}\n\n[profile default-mfa]\nendpoint_url = {url}\n")
    );
    assert!(!world.credentials().contains("region"));
}

#[test]
fn keys_in_the_environment_shadow_every_profile_and_that_is_said() {
    let mut world = World::new();
    world.set("AWS_ACCESS_KEY_ID", "AKIASHADOWSHADOW1234");
    let ran = world
        .log_in()
        .says("AWS_ACCESS_KEY_ID is set and overrides every profile");
    assert_eq!(last_line(&ran.stderr), "export AWS_PROFILE=default-mfa");
}

#[test]
fn a_new_session_profile_takes_over_the_way_to_aws() {
    let world = World::new();
    let url = world.server.endpoint_url();
    let settings = format!(
        "region = eu-central-1\nendpoint_url = {url}\nservices = mine\nca_bundle = /etc/ca.pem\n\
         use_fips_endpoint = false\nuse_dualstack_endpoint = false\nsts_regional_endpoints = regional\n\
         retry_mode = standard\nmax_attempts = 5\ndefaults_mode = auto\noutput = json\n"
    );
    let before = format!("[default]\n{settings}cli_pager =\n");
    world.write_config(&before);
    world.log_in();
    assert_eq!(
        world.read(".aws/config"),
        format!("{before}\n[profile default-mfa]\n{settings}")
    );
    // A profile that is there is not touched.
    world.write_config(&before);
    world.run(&["login"]).exits(0);
    assert_eq!(world.read(".aws/config"), before);
}

#[test]
fn a_hook_profile_that_lacks_the_region_is_named_with_the_command() {
    let world = World::new();
    let hook = format!(
        "[profile hook]\ncredential_process = {PROGRAM} credential-process --profile default\n"
    );
    world.add_config(&hook);
    let code = world.code();
    let login = ["login", "--profile", "hook", "--token-code", &code];
    let url = world.server.endpoint_url();
    world
        .run(&login)
        .exits(0)
        .says("Profile hook lacks settings that profile default has. To add them:\n  aws configure set region eu-central-1 --profile hook\n")
        .says(&format!("\n  aws configure set endpoint_url {url} --profile hook\n"));
    world.add_config(&format!("region = eu-west-1\nendpoint_url = {url}\n"));
    world
        .run(&["login", "--profile", "hook"])
        .exits(0)
        .says_not("lacks");
}

#[test]
fn a_name_that_some_sdks_do_not_find_is_reported_once_with_another_name() {
    let world = World::new();
    let url = world.server.endpoint_url();
    world.write_credentials(&format!("[my admin]\n{}", world.key_lines()));
    world.write_config(&format!(
        "[profile \"my admin\"]\nendpoint_url = {url}\n[profile ünser]\nendpoint_url = {url}\n\
         credential_process = {PROGRAM} credential-process --profile \"my admin\"\n"
    ));
    let code = world.code();
    world
        .run(&["login", "--profile", "my admin", "--token-code", &code])
        .exits(0)
        .says("do not find profile `my admin-mfa`")
        .says("\n  aws configure set mfa_session_profile my-admin-mfa --profile 'my admin'\n");
    world
        .run(&["login", "--profile", "my admin"])
        .exits(0)
        .says_not("do not find");
    world
        .run(&["login", "--profile", "ünser"])
        .exits(0)
        .says("do not find profile `ünser`")
        .says("\n  aws configure set credential_process 'mfa-session credential-process --profile '\\''my admin'\\''' --profile nser\n");
}

#[test]
fn keys_of_the_environment_are_found_again_by_everything_that_follows() {
    for (config, profile, session) in [
        ("", "ghost", "ghost-mfa"),
        (
            "[profile ghost]\nregion = eu-west-1\nmfa_session_profile = today\n",
            "ghost",
            "today",
        ),
    ] {
        let mut world = World::new();
        let url = world.server.endpoint_url();
        world.set("AWS_ENDPOINT_URL", url);
        world.write_config(config);
        let keys = world.key_lines();
        let (id, secret) = keys.trim().split_once('\n').unwrap();
        let value = |line: &str| line.split_once(" = ").unwrap().1.to_owned();
        world.write_credentials("");
        world
            .run(&["login", "--source-env", "--profile", profile])
            .exits(1)
            .says("AWS_ACCESS_KEY_ID");
        world.set("AWS_ACCESS_KEY_ID", value(id));
        world.set("AWS_SECRET_ACCESS_KEY", value(secret));
        let code = world.code();
        let ran = world
            .run(&[
                "login",
                "--source-env",
                "--profile",
                profile,
                "--token-code",
                &code,
            ])
            .exits(0)
            .says("overrides every profile");
        assert_eq!(
            last_line(&ran.stderr),
            format!("export AWS_PROFILE={session}")
        );
        assert!(!world.credentials().contains(&value(secret)));
        // Another shell, without the key.
        world.unset("AWS_ACCESS_KEY_ID");
        world.unset("AWS_SECRET_ACCESS_KEY");
        // A role on top of it needs the key no more than the session does.
        world.create_role("readonly", "", &[]);
        world.add_config(&format!(
            "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/readonly\nsource_profile = {profile}\n"
        ));
        let role = ["credential-process", "--profile", "role"];
        assert!(
            world
                .run(&role)
                .exits(0)
                .stdout
                .contains("\"AccountId\":\"111122223333\"")
        );
        for name in [profile, session] {
            world
                .run(&["credential-process", "--profile", name])
                .exits(0);
            world
                .run(&["exec", "--profile", name, "--", "true"])
                .exits(0);
            world.run(&["status", "--profile", name]).exits(0);
            world.set("AWS_PROFILE", name);
            world.run(&["status", "--short"]).exits(0);
            world.unset("AWS_PROFILE");
        }
        world
            .run(&["logout", "--profile", session])
            .exits(0)
            .says("Forgot the session");
        let ran = world
            .run(&["credential-process", "--profile", profile])
            .exits(3);
        assert_eq!(
            ran.stderr.lines().next(),
            Some(
                format!(
                    "no live session for profile `{profile}`; log in with: mfa-session login --profile {profile} --source-env"
                )
                .as_str()
            )
        );
        assert!(!world.credentials().contains("[today]"));
        // And in again by way of the session profile's name.
        world.set("AWS_ACCESS_KEY_ID", value(id));
        world.set("AWS_SECRET_ACCESS_KEY", value(secret));
        let code = world.code();
        world
            .run(&[
                "login",
                "--source-env",
                "--profile",
                profile,
                "--token-code",
                &code,
            ])
            .exits(0);
        world.set("AWS_PROFILE", session);
        let code = world.code();
        world
            .run(&["login", "--source-env", "--force", "--token-code", &code])
            .exits(0)
            .says(&format!("AWS_PROFILE is already {session}"));
    }
}

#[test]
fn temporary_keys_of_the_environment_are_refused() {
    let mut world = World::new();
    world.set("AWS_SECRET_ACCESS_KEY", "secret-of-the-environment");
    world.hunt("secret-of-the-environment");
    let code = world.code();
    let line = ["login", "--source-env", "--token-code", &code];
    for (id, token) in [
        ("ASIATEMPORARY1234567", None),
        ("ASIATEMPORARY1234567", Some("token")),
        ("XXIATEMPORARY1234567", Some("token")),
    ] {
        world.set("AWS_ACCESS_KEY_ID", id);
        match token {
            Some(token) => world.set("AWS_SESSION_TOKEN", token),
            None => world.unset("AWS_SESSION_TOKEN"),
        }
        world
            .run(&line)
            .exits(1)
            .says("temporary credentials")
            .says("hint: ");
    }
    world.set("AWS_ACCESS_KEY_ID", "../../../etc/passwd");
    world
        .run(&line)
        .exits(1)
        .says("AWS_ACCESS_KEY_ID is not a valid access key id")
        .says("hint: ");
    assert_eq!(world.calls(), []);
}

#[test]
fn the_session_profile_is_never_its_own_source() {
    let mut world = World::new();
    let keys = world.key_lines();
    for line in keys.lines() {
        let (name, value) = line.split_once(" = ").unwrap();
        world.set(&name.to_uppercase(), value);
    }
    let code = world.code();
    world
        .run(&[
            "login",
            "--source-env",
            "--profile",
            "ghost",
            "--session-profile",
            "ghost",
            "--token-code",
            &code,
        ])
        .exits(1)
        .says("source profile itself");
    assert_eq!(world.calls(), []);
}

#[test]
fn a_name_that_no_header_carries_is_refused_before_a_code_is_spent() {
    let world = World::new();
    let code = world.code();
    for name in ["a]b", "a\nb", "", "a\u{1b}[31mb", "a[b"] {
        let ran = world.run(&["login", "--session-profile", name, "--token-code", &code]);
        if ran.code == 0 {
            // What can be written is read back.
            world.run(&["status", "--profile", name]).exits(0);
            continue;
        }
        let ran = ran.exits(1).says("hint: ");
        assert!(!ran.stderr.contains('\u{1b}'));
        assert_eq!(world.calls(), [], "{name:?}");
    }
}

#[test]
fn names_in_unicode_and_with_blanks_go_all_the_way() {
    for name in ["über-日本", "my name", "it's", "a/b+c=d@e:f"] {
        let mut world = World::new();
        let url = world.server.endpoint_url();
        world.set("AWS_ENDPOINT_URL", url);
        world.write_config("");
        world.write_credentials(&format!("[{name}]\n{}", world.key_lines()));
        let code = world.code();
        let ran = world
            .run(&["login", "--profile", name, "--token-code", &code])
            .exits(0);
        let session = format!("{name}-mfa");
        let last = last_line(&ran.stderr);
        // The shell reads the last line back.
        let echoed = world
            .command("sh")
            .args(["-c", &format!("{last}; printf %s \"$AWS_PROFILE\"")])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(echoed.stdout).unwrap(), session);
        world.set("AWS_PROFILE", session.clone());
        let status = world.run(&["status"]).exits(0);
        assert!(
            status.stdout.starts_with(&format!("{session}: ")),
            "{}",
            status.stdout
        );
        world
            .run(&["credential-process", "--profile", &session])
            .exits(0);
        world.run(&["logout"]).exits(0);
        assert!(!world.credentials().contains("ASIA"));
        let ran = world.run(&["login"]).exits(1);
        assert!(ran.stderr.contains("no profile"), "{}", ran.stderr);
    }
}

#[test]
fn an_unknown_name_is_an_error_with_similar_names() {
    let world = World::new();
    world
        .run(&["login", "--profile", "defualt"])
        .exits(1)
        .says("no profile `defualt`")
        .says("did you mean `--profile default`?");
    world.write_credentials("");
    world.write_config("");
    world
        .run(&["login"])
        .exits(1)
        .says("no profile `default`")
        .says("hint: store a long-term key with `aws configure`");
}

#[test]
fn a_source_that_another_program_holds_is_asked_for_its_key() {
    let mut world = World::new();
    let keys: Vec<_> = world
        .key_lines()
        .lines()
        .map(|l| l.split_once(" = ").unwrap().1.to_owned())
        .collect();
    let json = format!(
        "{{\"Version\":1,\"AccessKeyId\":\"{}\",\"SecretAccessKey\":\"{}\"}}",
        keys[0], keys[1]
    );
    // Outside the home: it is another program's secret.
    let path = world.root().join("vault.json");
    std::fs::write(&path, json).unwrap();
    let url = world.server.endpoint_url();
    world.write_credentials("");
    let config = format!(
        "[default]\nendpoint_url = {url}\ncredential_process = cat {}\n",
        path.display()
    );
    world.write_config(&config);
    world.log_in();
    // A hit runs nothing: the program may be gone.
    std::fs::remove_file(&path).unwrap();
    world
        .run(&["credential-process", "--profile", "default"])
        .exits(0);
    world.run(&["exec", "--", "true"]).exits(0);
    world.run(&["status", "--profile", "default"]).exits(0);
    world.set("AWS_PROFILE", "default-mfa");
    world
        .run(&["credential-process", "--profile", "default-mfa"])
        .exits(0);
    let code = world.code();
    world
        .run(&["login", "--force", "--token-code", &code])
        .exits(1)
        .says("`credential_process` of profile `default` gave no key")
        .says("hint: ");
}

#[test]
fn a_source_that_runs_this_program_is_noticed_and_explained() {
    let world = World::new();
    let url = world.server.endpoint_url();
    world.write_credentials("");
    world.write_config(&format!(
        "[default]\nendpoint_url = {url}\ncredential_process = {} credential-process --profile default\n",
        crate::common::PROGRAM
    ));
    let code = world.code();
    world
        .run(&["login", "--token-code", &code])
        .exits(1)
        .says("the profiles lead in a circle: `default` -> `default`")
        .says("--profile SOURCE");
    assert_eq!(world.calls(), []);
}

#[test]
fn an_emulators_session_with_a_long_term_keys_id_is_renewed() {
    use crate::common::fake::{Fake, session};
    use std::sync::atomic::{AtomicUsize, Ordering};
    let world = World::new();
    let count = AtomicUsize::new(0);
    let fake = Fake::start(move |_| {
        let n = count.fetch_add(1, Ordering::SeqCst);
        session(
            &format!("AKIAEMULATOREMULATOR{n}"),
            "2099-01-01T00:00:00.123Z",
        )
    });
    world.call(&fake.url);
    let serial = world.serial().to_string();
    for n in 0..3 {
        let code = world.code();
        world
            .run(&[
                "login",
                "--force",
                "--serial-number",
                &serial,
                "--token-code",
                &code,
            ])
            .exits(0);
        assert!(
            world
                .credentials()
                .contains(&format!("AKIAEMULATOREMULATOR{n}\n"))
        );
        assert!(world.credentials().contains("expiration = 20"));
    }
    world.run(&["logout"]).exits(0);
    assert!(!world.credentials().contains("EMULATOR"));
}
