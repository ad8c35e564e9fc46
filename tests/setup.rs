//! `setup`: from a key pair to a hook profile.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::common::fake::{self, Fake};
use crate::common::{PROGRAM, World};
use crate::shared_files::{PAIRS, without};

const YES: [&str; 3] = ["setup", "--yes", "--no-try"];

/// The hook profile of `default` as setup writes it.
fn hook_section(world: &World) -> String {
    format!(
        "\n[profile default-mfa]\ncredential_process = {PROGRAM} credential-process --profile default\n\
        mfa_session_source = default\nregion = eu-central-1\nendpoint_url = {}\n",
        world.server.endpoint_url()
    )
}

fn files(world: &World) -> (String, String) {
    (world.read(".aws/config"), world.credentials())
}

// ---- the files ------------------------------------------------------------------------------------------------------------

#[test]
fn a_key_pair_becomes_a_hook_profile_that_works() {
    let world = World::new();
    let before = files(&world);
    let code = world.code();
    let ran = world
        .run(&["setup", "--yes", "--token-code", &code])
        .exits(0)
        .says("It works: profile default-mfa is arn:aws:iam::111122223333:user/admin with MFA.");
    assert_eq!(ran.stdout, "");
    assert!(
        ran.stderr
            .ends_with("\naws sts get-caller-identity --profile default-mfa\n"),
        "{}",
        ran.stderr
    );
    let expected = format!(
        "{}mfa_serial = {}\n{}",
        before.0,
        world.serial(),
        hook_section(&world)
    );
    assert_eq!(files(&world), (expected, before.1));
    world.has_nothing_left_behind("a setup");
    world
        .run(&["credential-process", "--profile", "default-mfa"])
        .exits(0);
    world.run(&["status", "--profile", "default-mfa"]).exits(0);
}

#[test]
fn a_second_setup_changes_nothing() {
    let world = World::new();
    world.run(&YES).exits(0);
    let tree = files(&world);
    world
        .run(&YES)
        .exits(0)
        .says("Profile default-mfa is set up already: nothing changes.");
    world
        .run(&["setup", "--yes", "--no-try", "--profile", "default-mfa"])
        .exits(0)
        .says("nothing changes");
    let ran = world.run(&["setup", "--dry-run"]).exits(0);
    assert_eq!(ran.stdout, "");
    assert_eq!(files(&world), tree);
}

#[test]
fn a_dry_run_prints_the_difference_and_writes_nothing() {
    let mut world = World::new();
    world.add_config("# aws_secret_access_key = abc\n");
    world.set("AWS_CONFIG_FILE", "home/.aws/config");
    let before = world.tree();
    let ran = world
        .run(&["setup", "--dry-run"])
        .exits(0)
        .says("Nothing was written");
    assert_eq!(world.tree(), before);
    let shown = (ran.stdout)
        .replace(PROGRAM, "/PROGRAM")
        .replace(&world.server.endpoint_url(), "URL");
    insta::assert_snapshot!(shown, @r"
    --- home/.aws/config
    +++ home/.aws/config
    @@ -1,4 +1,11 @@
     [default]
     region = eu-central-1
     endpoint_url = URL
    +mfa_serial = arn:aws:iam::111122223333:mfa/admin-phone
     # aws_secret_access_key = ****
    +
    +[profile default-mfa]
    +credential_process = /PROGRAM credential-process --profile default
    +mfa_session_source = default
    +region = eu-central-1
    +endpoint_url = URL
    ");
}

#[test]
fn a_setup_without_a_hook_only_remembers_the_device() {
    let world = World::new();
    let before = files(&world);
    let code = world.code();
    world
        .run(&["setup", "--static", "--yes", "--token-code", &code])
        .exits(0)
        .says("It works: profile default-mfa");
    let (config, credentials) = files(&world);
    let expected = format!("{}mfa_serial = {}\n", before.0, world.serial());
    assert!(config.starts_with(&expected), "{config}");
    assert!(!config.contains("credential_process"), "{config}");
    assert!(credentials.contains("[default-mfa]"), "{credentials}");
}

#[test]
fn a_session_profile_becomes_a_hook_profile_and_the_session_stays_in_the_cache() {
    let world = World::new();
    world.log_in();
    assert!(world.credentials().contains("manager = mfa-session"));
    world
        .run(&["setup", "--yes"])
        .exits(0)
        .says("it stays in the cache")
        .says("It works");
    assert!(!world.credentials().contains("default-mfa"));
    assert!(world.read(".aws/config").contains("[profile default-mfa]"));
    assert_eq!(world.count("sts:GetSessionToken"), 1);
    world
        .run(&["credential-process", "--profile", "default-mfa"])
        .exits(0);
}

#[test]
fn files_as_people_have_them_go_through_a_dry_run_and_lose_nothing_in_a_setup() {
    for pair in &PAIRS {
        let world = pair.world();
        let before = files(&world);
        let setup = |option| {
            let line = ["setup", "--profile", pair.login, "--no-try", option];
            world.run(&line).exits(0)
        };
        setup("--dry-run");
        assert_eq!(files(&world), before, "{}", pair.name);
        setup("--yes");
        let after = files(&world);
        // Every line is still there, in its order, but for a session of ours.
        for (before, after) in [(&before.0, &after.0), (&before.1, &after.1)] {
            let mut lines = after.lines();
            let kept = match pair.session {
                Some(session) if before.contains("manager = mfa-session") => {
                    without(before, session)
                }
                _ => before.clone(),
            };
            for line in kept.lines() {
                assert!(
                    lines.any(|other| other == line),
                    "{}: {line}\n{after}",
                    pair.name
                );
            }
        }
        setup("--yes");
        assert_eq!(files(&world), after, "{}", pair.name);
        pair.log_in(&world);
    }
}

// ---- the source and the device -----------------------------------------------------------------------------------------------

#[test]
fn the_only_profile_with_a_long_term_key_is_set_up() {
    let world = World::new();
    let url = world.server.endpoint_url();
    world.write_credentials(&format!("[ops]\n{}", world.key_lines()));
    world.write_config(&format!(
        "[default]\nregion = eu-west-1\n[profile ops]\nendpoint_url = {url}\n"
    ));
    world.run(&YES).exits(0).says("hook profile ops-mfa");
    assert!(world.read(".aws/config").contains("[profile ops-mfa]"));
}

#[test]
fn among_several_sources_nobody_chooses_without_a_terminal() {
    let world = World::new();
    let url = world.server.endpoint_url();
    let keys = world.key_lines();
    world.write_credentials(&format!("[a]\n{keys}\n[b]\n{keys}"));
    world.write_config(&format!("[profile a]\nendpoint_url = {url}\n"));
    let before = files(&world);
    world
        .run(&YES)
        .exits(2)
        .says("they are a, b")
        .says("mfa-session setup --profile a");
    assert_eq!(files(&world), before);
    world.write_credentials(&format!("[a]\n{keys}\n[default]\n{keys}"));
    world.write_config(&format!("[default]\nendpoint_url = {url}\n"));
    world.run(&YES).exits(0).says("hook profile default-mfa");
}

#[test]
fn several_devices_and_none_that_fits_are_explained() {
    let world = World::new();
    for (devices, code, text) in [
        (
            &["arn:aws:iam::111122223333:mfa/a", "GAHT12345678"][..],
            2,
            "setup --serial-number arn:aws:iam::111122223333:mfa/a",
        ),
        (
            &["arn:aws:iam::111122223333:u2f/user/admin/key-AAAA"],
            1,
            "only passkeys",
        ),
    ] {
        let serials: Vec<_> = devices.to_vec();
        let fake = Fake::start(move |_| fake::devices(&serials));
        world.call(&fake.url);
        let before = files(&world);
        world.run(&YES).exits(code).says(text);
        assert_eq!(files(&world), before);
    }
}

#[test]
fn a_list_of_devices_that_a_policy_denies_is_explained() {
    let fake = Fake::start(|_| {
        fake::refusal(
            "403 Forbidden",
            "AccessDenied",
            "User: arn:aws:iam::111122223333:user/admin is not authorized to perform: iam:ListMFADevices on resource: user admin",
        )
    });
    let world = World::new();
    world.call(&fake.url);
    world
        .run(&YES)
        .exits(4)
        .says("iam:ListMFADevices is denied")
        .says("setup --serial-number SERIAL");
    // A device that is named needs no call.
    world
        .run(&[
            "setup",
            "--yes",
            "--no-try",
            "--serial-number",
            "GAHT12345678",
        ])
        .exits(0);
    assert!(
        world
            .read(".aws/config")
            .contains("mfa_serial = GAHT12345678")
    );
}

#[test]
fn without_a_device_and_a_terminal_the_enrolment_says_how_to_go_on() {
    let world = World::without_device();
    let before = files(&world);
    world
        .run(&["setup", "--dry-run"])
        .exits(0)
        .says("has no MFA device");
    world
        .run(&YES)
        .exits(2)
        .says("so setup enrolls one first")
        .says("device enroll");
    assert_eq!(files(&world), before);
}

// ---- a key where there is none ------------------------------------------------------------------------------------------------

/// A world whose key is in no file, and the folder of the shared files missing.
fn without_key() -> World {
    let mut world = World::new();
    fs::remove_dir_all(world.path(".aws")).unwrap();
    let url = world.server.endpoint_url();
    world.set("AWS_ENDPOINT_URL", url);
    world.set("AWS_REGION", "eu-central-1");
    world
}

/// The CSV file that the console offers, outside the home.
fn csv_file(world: &World) -> String {
    let keys = world.owner.keys.as_ref().unwrap();
    let path = world.root().join("my keys.csv");
    let text = format!(
        "\u{feff}Access key ID,Secret access key\r\n{},{}\r\n",
        keys.id,
        secrecy::ExposeSecret::expose_secret(&keys.secret)
    );
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn the_key_of_a_csv_file_is_proved_and_stored() {
    let world = without_key();
    let csv = csv_file(&world);
    let ran = world
        .run(&["setup", "--from-csv", &csv, "--dry-run"])
        .exits(0);
    assert!(
        ran.stdout.contains("+aws_secret_access_key = ****\n"),
        "{}",
        ran.stdout
    );
    assert!(!world.path(".aws/credentials").exists());
    let line = [
        "setup",
        "--profile",
        "ops",
        "--from-csv",
        &csv,
        "--yes",
        "--no-try",
    ];
    world
        .run(&line)
        .exits(0)
        .says("is stored in profile ops")
        .says(&format!("  rm '{csv}'"))
        .says("hook profile ops-mfa");
    assert_eq!(world.credentials(), format!("[ops]\n{}", world.key_lines()));
    let mode = fs::metadata(world.path(".aws/credentials"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let after = files(&world);
    world
        .run(&line)
        .exits(0)
        .says("holds the key")
        .says("nothing changes");
    assert_eq!(files(&world), after);
    // The same key is not stored twice.
    world
        .run(&["setup", "--profile", "other", "--from-csv", &csv, "--yes"])
        .exits(1)
        .says("profile `ops` holds this access key already")
        .says("mfa-session setup --profile ops");
    assert_eq!(files(&world), after);
}

#[test]
fn a_key_of_the_environment_is_stored_and_a_temporary_one_refused() {
    let mut world = without_key();
    let keys = world.owner.keys.clone().unwrap();
    world.set("AWS_ACCESS_KEY_ID", keys.id.as_str());
    world.set(
        "AWS_SECRET_ACCESS_KEY",
        secrecy::ExposeSecret::expose_secret(&keys.secret),
    );
    // Without any file, a login works as well.
    let code = world.code();
    let login = [
        "login",
        "--source-env",
        "--session-profile",
        "x",
        "--token-code",
        &code,
    ];
    world.run(&login).exits(0);
    fs::remove_dir_all(world.path(".aws")).unwrap();
    let line = ["setup", "--source-env", "--yes", "--no-try"];
    world
        .run(&line)
        .exits(0)
        .says("AWS_ACCESS_KEY_ID is set and overrides every profile");
    assert_eq!(
        world.credentials(),
        format!("[default]\n{}", world.key_lines())
    );
    let mut world = without_key();
    world.run(&line).exits(1).says("AWS_ACCESS_KEY_ID");
    world.set("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE");
    world.set("AWS_SECRET_ACCESS_KEY", "secretOfTheEnvironment");
    world.hunt("secretOfTheEnvironment");
    world
        .run(&line)
        .exits(1)
        .says("temporary credentials")
        .says("create an access key");
    assert!(!world.path(".aws/credentials").exists());
}

#[test]
fn a_key_that_does_not_work_is_not_stored() {
    let world = without_key();
    let csv = csv_file(&world);
    for (text, code, why) in [
        (
            fs::read_to_string(&csv).unwrap().replace("AKIA", "AKIB"),
            4,
            "access key",
        ),
        (
            "Access key ID,Secret access key\nshort,x\n".to_owned(),
            1,
            "access key ID is",
        ),
        ("a,b\n1,2\n".to_owned(), 1, "no columns"),
    ] {
        fs::write(&csv, text).unwrap();
        world
            .run(&["setup", "--from-csv", &csv, "--yes"])
            .exits(code)
            .says(why);
    }
    world
        .run(&["setup", "--from-csv", "/nowhere.csv", "--yes"])
        .exits(1);
    assert!(!world.path(".aws/credentials").exists());
}

#[test]
fn a_key_is_never_overwritten() {
    let world = without_key();
    let csv = csv_file(&world);
    for section in [
        "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = other\n",
        "aws_secret_access_key = other\n",
        "aws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = other\naws_session_token = t\nexpiration = 2019-01-01T00:00:00Z\n",
        "credential_process = other\n",
    ] {
        world.write_credentials(&format!("[default]\n{section}"));
        let before = files(&world);
        world
            .run(&["setup", "--from-csv", &csv, "--yes"])
            .exits(1)
            .says("profile `default` is not written");
        assert_eq!(files(&world), before);
    }
}

#[test]
fn without_a_key_and_a_terminal_the_options_are_named() {
    let world = without_key();
    world
        .run(&["setup", "--yes"])
        .exits(2)
        .says("no profile has a long-term key")
        .says("--from-csv FILE, or --source-env");
}

#[test]
fn a_person_types_the_key_and_then_the_code() {
    let world = without_key();
    let keys = world.owner.keys.clone().unwrap();
    let mut pty = world.shell_on_terminal("\"$mfa_session\" setup");
    pty.expect("Access key ID: ")
        .types(&format!("{}\n", keys.id));
    pty.expect("(not shown): ");
    assert!(!pty.echoes());
    pty.types(&format!(
        "{}\n",
        secrecy::ExposeSecret::expose_secret(&keys.secret)
    ));
    pty.expect("+[default]")
        .expect("+aws_secret_access_key = ****")
        .expect("Go on? [Y/n] ")
        .types("y\n");
    pty.expect("Profile default has its key.")
        .expect("+credential_process = ")
        .expect("Go on? [Y/n] ")
        .types("\n");
    let code = world.code();
    pty.expect_prompt().types_code(&code);
    pty.expect("It works: profile default-mfa")
        .expect("aws sts get-caller-identity --profile default-mfa")
        .expect("<status 0>");
    pty.close();
    assert!(world.read(".aws/config").contains("[profile default-mfa]"));
}

#[test]
fn a_no_and_a_cancellation_change_nothing() {
    let world = World::new();
    let before = files(&world);
    for (answer, status) in [("n\n", 1), ("\u{3}", 130), ("\u{4}", 130)] {
        let mut pty = world.shell_on_terminal("\"$mfa_session\" setup");
        pty.expect("+credential_process = ")
            .expect("Go on? [Y/n] ")
            .types(answer);
        pty.expect(&format!("<status {status}>"));
        pty.expect_echo();
        pty.close();
        assert_eq!(files(&world), before, "{answer:?}");
    }
}

#[test]
fn a_person_chooses_among_several_sources() {
    let world = World::new();
    let url = world.server.endpoint_url();
    let keys = world.key_lines();
    world.write_credentials(&format!("[a]\n{keys}\n[b]\n{keys}"));
    world.write_config(&format!(
        "[profile a]\nendpoint_url = {url}\n[profile b]\nendpoint_url = {url}\n"
    ));
    let mut pty = world.shell_on_terminal("\"$mfa_session\" setup --no-try");
    pty.expect("  1  a")
        .expect("  2  b")
        .expect("Which one [1-2]? ")
        .types("3\n");
    pty.expect("Type one of these numbers.")
        .expect("Which one [1-2]? ")
        .types("2\n");
    pty.expect("Go on? [Y/n] ").types("y\n");
    pty.expect("aws sts get-caller-identity --profile b-mfa")
        .expect("<status 0>");
    pty.close();
    assert!(world.read(".aws/config").contains("[profile b-mfa]"));
}

// ---- refusals ----------------------------------------------------------------------------------------------------------------

#[test]
fn without_a_terminal_yes_is_needed() {
    let world = World::new();
    let before = files(&world);
    world
        .run(&["setup"])
        .exits(2)
        .says("+credential_process = ")
        .says("mfa-session setup --profile default --yes");
    assert_eq!(files(&world), before);
}

#[test]
fn without_a_code_the_line_to_try_is_only_shown() {
    let world = World::new();
    world
        .run(&["setup", "--yes"])
        .exits(0)
        .says("so this was not tried")
        .says("aws sts get-caller-identity --profile default-mfa");
}

#[test]
fn a_refused_code_leaves_the_setup_in_place() {
    let world = World::new();
    let code = world.wrong_code();
    world
        .run(&["setup", "--yes", "--token-code", &code])
        .exits(4)
        .says("The setup is complete, and the login that was to try it failed.");
    assert!(world.read(".aws/config").contains("[profile default-mfa]"));
}

#[test]
fn a_name_that_holds_keys_is_refused_and_a_name_that_breaks_files_as_well() {
    let world = World::new();
    let keys = world.key_lines();
    world.write_credentials(&format!("[default]\n{keys}\n[default-mfa]\n{keys}"));
    let before = files(&world);
    world
        .run(&["setup", "--yes", "--profile", "default"])
        .exits(1)
        .says("long-term keys, which are never overwritten")
        .says("--session-profile NAME");
    for name in ["a\nb", "a]b", "a#b", "", " a", "\u{1b}[31m"] {
        let ran = world
            .run(&[
                "setup",
                "--yes",
                "--profile",
                "default",
                "--session-profile",
                name,
            ])
            .exits(1);
        assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    }
    assert_eq!(files(&world), before);
    let named = [
        "setup",
        "--yes",
        "--no-try",
        "--profile",
        "default",
        "--session-profile",
        "bücher ½",
    ];
    world.run(&named).exits(0);
    let config = world.read(".aws/config");
    assert!(config.contains("[profile \"bücher ½\"]"), "{config}");
    assert!(
        config.contains("mfa_session_profile = bücher ½\n"),
        "{config}"
    );
    assert_eq!(world.credentials(), before.1);
}

#[test]
fn a_file_that_cannot_be_written_is_found_before_anything_changes() {
    if rustix::process::geteuid().is_root() {
        return crate::common::skip("root may write everywhere");
    }
    let world = World::new();
    let before = files(&world);
    fs::set_permissions(world.path(".aws"), fs::Permissions::from_mode(0o500)).unwrap();
    let ran = world.run(&YES);
    fs::set_permissions(world.path(".aws"), fs::Permissions::from_mode(0o700)).unwrap();
    ran.exits(1);
    assert_eq!(files(&world), before);
}

#[test]
fn links_to_dotfiles_stay_links() {
    let world = World::new();
    fs::create_dir(world.path("dotfiles")).unwrap();
    for file in ["config", "credentials"] {
        let (link, target) = (
            world.path(&format!(".aws/{file}")),
            world.path(&format!("dotfiles/{file}")),
        );
        fs::rename(&link, &target).unwrap();
        symlink(format!("../dotfiles/{file}"), &link).unwrap();
    }
    world.run(&YES).exits(0);
    assert!(
        fs::symlink_metadata(world.path(".aws/config"))
            .unwrap()
            .is_symlink()
    );
    assert!(
        world
            .read("dotfiles/config")
            .contains("[profile default-mfa]")
    );
}

// ---- the program's path ---------------------------------------------------------------------------------------------------

#[test]
fn the_hook_calls_the_program_by_the_path_by_which_it_was_called() {
    let mut world = World::new();
    let folder = world.root().join("a b'c/bin");
    fs::create_dir_all(&folder).unwrap();
    symlink(PROGRAM, folder.join("mfa-session")).unwrap();
    world.set(
        "PATH",
        format!("{}:{}", folder.display(), std::env::var("PATH").unwrap()),
    );
    let output = world.command("mfa-session").args(YES).output().unwrap();
    world.judge(&YES, output).exits(0);
    let quoted = folder
        .join("mfa-session")
        .display()
        .to_string()
        .replace('\'', r"'\''");
    let config = world.read(".aws/config");
    let line = format!("credential_process = '{quoted}' credential-process --profile default\n");
    assert!(config.contains(&line), "{config}");
    // A shell runs it as the SDKs do.
    world.log_in();
    let line = line.trim_end().split_once(" = ").unwrap().1.to_owned();
    let output = world.command("sh").args(["-c", &line]).output().unwrap();
    world.judge(&["credential-process"], output).exits(0);
}

#[test]
fn a_program_that_is_not_this_one_is_never_written() {
    use std::os::unix::process::CommandExt as _;
    let mut world = World::new();
    let before = files(&world);
    let other = world.script("other", "echo mfa-session 0.0.0");
    world.set("PATH", "/nowhere");
    for (name, why) in [
        ("mfa-session", "nothing that can be run"),
        (other.as_str(), "another program"),
    ] {
        let mut command = world.command(PROGRAM);
        let output = command.arg0(name).args(YES).output().unwrap();
        world.judge(&YES, output).exits(1).says(why);
    }
    assert_eq!(files(&world), before);
}

// ---- real clients ------------------------------------------------------------------------------------------------------------

/// Runs a real client, without a terminal.
#[track_caller]
fn client(world: &World, words: &[&str]) -> String {
    let output = world
        .command("setsid")
        .arg("-w")
        .args(words)
        .output()
        .unwrap();
    let ran = world.judge(words, output).exits(0);
    ran.stdout
}

#[test]
#[ignore = "needs the AWS CLI and boto3; `.ci/run` runs it"]
fn the_aws_cli_and_boto3_use_what_setup_wrote() {
    let variable = |name: &str| std::env::var(name).expect("set by .ci/run");
    let (aws, python) = (
        variable("MFA_SESSION_TEST_AWS_V1"),
        variable("MFA_SESSION_TEST_PYTHON"),
    );
    let mut world = World::new();
    // A path and names that only correct quoting brings through botocore's and a shell's way to split.
    let folder = world.root().join("a b'c$d\"e/bin");
    fs::create_dir_all(&folder).unwrap();
    symlink(PROGRAM, folder.join("mfa-session")).unwrap();
    let program = folder.join("mfa-session").display().to_string();
    world.write_credentials(&format!("[my 'own' admin]\n{}", world.key_lines()));
    world.write_config(&format!(
        "[profile \"my 'own' admin\"]\nregion = eu-central-1\nendpoint_url = {}\n",
        world.server.endpoint_url()
    ));
    world.set("AWS_EC2_METADATA_DISABLED", "true");
    let code = world.code();
    let line = ["setup", "--yes", "--token-code", &code];
    let output = world.command(&program).args(line).output().unwrap();
    world.judge(&line, output).exits(0).says("It works");
    let profile = "my 'own' admin-mfa";
    let answer = client(
        &world,
        &[&aws, "sts", "get-caller-identity", "--profile", profile],
    );
    assert!(answer.contains(":user/admin"), "{answer}");
    let script = "import boto3, sys\n\
        print(boto3.Session(profile_name=sys.argv[1]).client('sts').get_caller_identity()['Arn'])";
    let answer = client(&world, &[&python, "-c", script, profile]);
    assert!(answer.contains(":user/admin"), "{answer}");
    // botocore's own splitting, which the AWS CLI uses as well.
    let script = "import sys, botocore.compat, botocore.session\n\
        line = botocore.session.Session(profile=sys.argv[1]).get_scoped_config()['credential_process']\n\
        print('\\n'.join(botocore.compat.compat_shell_split(line)))";
    let words = client(&world, &[&python, "-c", script, profile]);
    let expected = [
        program.as_str(),
        "credential-process",
        "--profile",
        "my 'own' admin",
    ];
    assert_eq!(words.lines().collect::<Vec<_>>(), expected);
}
