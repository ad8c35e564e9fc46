//! `device`: the user's own MFA devices.

use std::process::Stdio;

use mfa_session::aws::types::SerialNumber;
use mfa_session::qr;
use mfa_session::sandbox::{OwnerPolicy, SignedWith};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use secrecy::ExposeSecret as _;

use crate::common::fake::{self, Fake};
use crate::common::pty::Pty;
use crate::common::{PROGRAM, World};

const FIRST: &str = "First code that the device shows: ";
const SECOND: &str = "The code after it: ";
/// The device that a user without one enrolls by default.
const NEW: &str = "arn:aws:iam::111122223333:mfa/admin";

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

// ---- list -----------------------------------------------------------------------------------------------------------------

#[test]
fn list_shows_each_device_and_whether_a_login_can_use_it() {
    let fake = Fake::start(|_| {
        fake::devices(&[
            "arn:aws:iam::111122223333:mfa/phone",
            "GAHT12345678",
            "arn:aws:iam::111122223333:u2f/user/admin/key-AAAA",
        ])
    });
    let world = World::new();
    world.call(&fake.url);
    let ran = world.run(&["device", "list"]).exits(0);
    insta::assert_snapshot!(ran.stdout, @r"
    virtual   arn:aws:iam::111122223333:mfa/phone                enrolled 2026-01-01  can be used to log in
    hardware  GAHT12345678                                       enrolled 2026-01-01  can be used to log in
    passkey   arn:aws:iam::111122223333:u2f/user/admin/key-AAAA  enrolled 2026-01-01  cannot be used to log in: it has no token codes
    ");
    let ran = world.run(&["device", "list", "--format", "json"]).exits(0);
    let device = |kind: &str, serial_number: &str, usable: bool| {
        serde_json::json!({
            "kind": kind,
            "serial_number": serial_number,
            "enable_date": "2026-01-01T00:00:00Z",
            "get_session_token": usable,
        })
    };
    assert_eq!(
        json(&ran.stdout),
        serde_json::json!({
            "version": 1,
            "devices": [
                device("virtual", "arn:aws:iam::111122223333:mfa/phone", true),
                device("hardware", "GAHT12345678", true),
                device("passkey", "arn:aws:iam::111122223333:u2f/user/admin/key-AAAA", false),
            ],
        })
    );
}

#[test]
fn list_is_signed_with_the_live_session_and_else_with_the_key() {
    let world = World::new();
    world.run(&["device", "list"]).exits(0);
    world.log_in();
    let ran = world.run(&["device", "list", "--format", "json"]).exits(0);
    assert_eq!(
        json(&ran.stdout)["devices"][0]["serial_number"],
        world.serial().as_str()
    );
    let signed: Vec<_> = (world.calls().into_iter())
        .filter(|(action, _)| action == "iam:ListMFADevices")
        .map(|(_, signed)| signed)
        .collect();
    assert_eq!(signed.first(), Some(&SignedWith::LongTermKey));
    assert_eq!(signed.last(), Some(&SignedWith::MfaSession));
}

#[test]
fn a_user_without_a_device_is_told_how_to_enroll_one() {
    let fake = Fake::start(|_| fake::devices(&[]));
    let world = World::new();
    world.call(&fake.url);
    let ran = world.run(&["device", "list"]).exits(0);
    assert_eq!(ran.stdout, "");
    ran.says("mfa-session device enroll --profile default");
    let ran = world.run(&["device", "list", "--format", "json"]).exits(0);
    assert_eq!(
        json(&ran.stdout),
        serde_json::json!({"version": 1, "devices": []})
    );
}

#[test]
fn a_list_that_a_policy_denies_is_explained() {
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
        .run(&["device", "list"])
        .exits(4)
        .says("iam:ListMFADevices is denied to the long-term key")
        .says("mfa-session login --profile default");
}

// ---- enroll ---------------------------------------------------------------------------------------------------------------

/// Two consecutive codes of a device, the first of which is `later` steps from now.
fn pair(world: &World, serial: &str, later: i64) -> [String; 2] {
    let serial = SerialNumber::new(serial).unwrap();
    let now = world.sandbox_now();
    [0, 1].map(|n| {
        let at = now + time::Duration::seconds((later + n) * 30);
        let code = (world.server).with_account(|a| a.token_code(&serial, at));
        let code = code.expect("the device exists").expose().to_owned();
        world.hunt(&code);
        code
    })
}

/// The serial numbers that AWS lists for the user.
fn enabled(world: &World) -> Vec<String> {
    let ran = world.run(&["device", "list", "--format", "json"]).exits(0);
    let listed = json(&ran.stdout);
    let devices = listed["devices"].as_array().unwrap();
    let serials = devices.iter().map(|d| d["serial_number"].as_str().unwrap());
    serials.map(str::to_owned).collect()
}

fn exists(world: &World, serial: &str) -> bool {
    let serial = SerialNumber::new(serial).unwrap();
    let now = world.sandbox_now();
    world
        .server
        .with_account(|a| a.token_code(&serial, now).is_some())
}

fn restrict(world: &World, policies: &[&str]) {
    let policies: Vec<_> = (policies.iter())
        .map(|text| OwnerPolicy::new("policy", text).unwrap())
        .collect();
    let now = world.sandbox_now();
    world
        .server
        .with_account(|a| a.restrict_owner(&policies, now))
        .unwrap();
}

const EVERYTHING_BUT_DELETION: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":"*","Resource":"*"},
    {"Effect":"Deny","Action":"iam:DeleteVirtualMFADevice","Resource":"*"}]}"#;

/// A person who has agreed and sees the question for the first code.
fn asked<'w>(world: &'w World, command: &str) -> Pty<'w> {
    let mut pty = world.shell_on_terminal(&format!("$mfa_session {command}"));
    pty.expect("Go on? [Y/n] ").types("y\n").expect(FIRST);
    assert!(!pty.echoes(), "typing shows: {}", pty.seen);
    pty
}

#[test]
fn the_first_device_is_enrolled_at_the_terminal() {
    let world = World::without_device();
    let before = world.read(".aws/config");
    let mut pty = asked(&world, "device enroll");
    let [first, second] = pair(&world, NEW, 0);
    pty.types_code(&first)
        .expect("The second code appears in ")
        .expect(SECOND)
        .types_code(&second)
        .expect("is enabled for user admin")
        .expect("mfa-session login --profile default")
        .expect("<status 0>")
        .expect_echo();
    assert_eq!(enabled(&world), [NEW]);
    assert_eq!(
        world.read(".aws/config"),
        format!("{before}mfa_serial = {NEW}\n")
    );
    // The picture is that of the URI that authenticator apps read.
    let secret = world.server.with_account(|a| a.device_secrets()).remove(0);
    let uri = secret
        .uri("Amazon Web Services", "admin@111122223333")
        .unwrap();
    let picture = qr::render(uri.expose_secret()).unwrap();
    assert!(
        pty.seen.replace("\r\n", "\n").contains(&picture),
        "{}",
        pty.seen
    );
    for (action, signed) in world.calls() {
        assert!(
            action == "iam:ListMFADevices" || signed == SignedWith::LongTermKey,
            "{action}"
        );
    }
    // The device serves a login.
    let [code, _] = pair(&world, NEW, 0);
    world.run(&["login", "--token-code", &code]).exits(0);
}

#[test]
fn what_will_change_is_said_before_anything_is_created() {
    let world = World::without_device();
    let before = world.read(".aws/config");
    let mut pty = world.shell_on_terminal("$mfa_session device enroll --name phone");
    pty.expect("This creates the virtual MFA device arn:aws:iam::111122223333:mfa/phone")
        .expect("sets `mfa_serial` of profile default in")
        .expect("Go on? [Y/n] ")
        .types("n\n")
        .expect("Nothing was changed.")
        .expect("<status 1>");
    assert_eq!(world.count("iam:CreateVirtualMFADevice"), 0);
    assert_eq!(world.read(".aws/config"), before);
}

#[test]
fn a_refused_pair_is_asked_for_again_and_three_end_the_enrolment() {
    let world = World::without_device();
    let mut pty = asked(&world, "device enroll");
    let [first, _] = pair(&world, NEW, 0);
    pty.types_code(&first)
        .expect(SECOND)
        .types_code(&first)
        .expect("That is the first code again.")
        .expect(SECOND)
        .types_code("98")
        .expect("six digits. Nothing was sent.")
        .expect(SECOND);
    assert_eq!(world.count("iam:EnableMFADevice"), 0);
    // Not the code after it.
    let [far, _] = pair(&world, NEW, 5);
    for _ in 0..2 {
        pty.types_code(&far)
            .expect("AWS refused the two codes.")
            .expect(FIRST)
            .types_code(&first)
            .expect(SECOND);
    }
    pty.types_code(&far)
        .expect("AWS refused the two codes: ")
        .expect("<status 4>");
    assert_eq!(world.count("iam:EnableMFADevice"), 3);
    assert!(!exists(&world, NEW));
}

#[test]
fn a_cancelled_enrolment_deletes_its_device() {
    for (keys, code) in [("\x03", 130), ("\x04", 130)] {
        for second in [false, true] {
            let world = World::without_device();
            let before = world.read(".aws/config");
            let mut pty = asked(&world, "device enroll");
            if second {
                let [first, _] = pair(&world, NEW, 0);
                pty.types_code(&first).expect(SECOND);
            }
            pty.types(keys)
                .expect(&format!("The unfinished MFA device {NEW} was deleted."))
                .expect(&format!("<status {code}>"))
                .expect_echo();
            assert!(!exists(&world, NEW));
            assert_eq!(world.read(".aws/config"), before);
        }
    }
}

#[test]
fn a_signal_after_the_creation_deletes_the_device() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let mut world = World::without_device();
        world.set(
            "MFA_SESSION_TEST_STEP",
            format!("device.created=run:kill -{signal} $PPID"),
        );
        let mut pty = world.shell_on_terminal("$mfa_session device enroll --yes");
        pty.expect("was deleted.")
            .expect(&format!("<status {code}>"));
        assert!(!exists(&world, NEW));
    }
}

#[test]
fn a_signal_while_aws_enables_the_device_waits_until_it_is_remembered() {
    let mut world = World::without_device();
    world.set(
        "MFA_SESSION_TEST_STEP",
        "device.enabled=run:kill -TERM $PPID",
    );
    let mut pty = asked(&world, "device enroll");
    let [first, second] = pair(&world, NEW, 0);
    pty.types_code(&first)
        .expect(SECOND)
        .types_code(&second)
        .expect("has `mfa_serial = ")
        .expect("<status 143>");
    assert_eq!(enabled(&world), [NEW]);
    assert!(world.read(".aws/config").contains(NEW));
}

#[test]
fn a_closed_terminal_deletes_the_device() {
    let world = World::without_device();
    let pty = asked(&world, "device enroll");
    assert!(exists(&world, NEW));
    drop(pty);
    crate::common::eventually("the device is deleted", || !exists(&world, NEW));
}

#[test]
fn a_device_that_may_not_be_deleted_is_reported_with_the_command() {
    let world = World::without_device();
    restrict(&world, &[EVERYTHING_BUT_DELETION]);
    let mut pty = asked(&world, "device enroll");
    pty.types("\x03")
        .expect("was not deleted")
        .expect(&format!(
            "aws iam delete-virtual-mfa-device --serial-number {NEW} --profile default"
        ))
        .expect("<status 130>");
    assert!(exists(&world, NEW));
    // The next enrolment explains what is in its way.
    let mut pty = world.shell_on_terminal("$mfa_session device enroll --yes");
    pty.expect("exists already")
        .expect("--name NAME")
        .expect("<status 4>");
}

#[test]
fn another_device_needs_a_session_and_does_not_replace_the_first() {
    let world = World::new();
    world.add_config(&format!("mfa_serial = {}\n", world.serial()));
    let before = world.read(".aws/config");
    let code = world.code();
    let mut pty = world.shell_on_terminal("$mfa_session device enroll");
    pty.expect("only with an MFA session")
        .expect_prompt()
        .types_code(&code)
        .expect("Go on? [Y/n] ")
        .types("\n")
        .expect(FIRST);
    let [first, second] = pair(&world, NEW, 0);
    pty.types_code(&first)
        .expect(SECOND)
        .types_code(&second)
        .expect("keeps the device")
        .expect(&format!("aws configure set mfa_serial {NEW}"))
        .expect("<status 0>");
    assert_eq!(enabled(&world).len(), 2);
    assert_eq!(world.read(".aws/config"), before);
    let created = (world.calls().into_iter()).find(|(a, _)| a == "iam:CreateVirtualMFADevice");
    assert_eq!(created.unwrap().1, SignedWith::MfaSession);
}

#[test]
fn a_script_enrolls_in_two_steps() {
    let world = World::without_device();
    world
        .run(&["device", "enroll"])
        .exits(2)
        .says("mfa-session device enroll --yes --create-only --secret --profile default");
    assert_eq!(world.count("iam:CreateVirtualMFADevice"), 0);
    let ran = world
        .run(&["device", "enroll", "--yes", "--create-only", "--secret"])
        .exits(0)
        .says(&format!("--serial-number {NEW} --authentication-code1"))
        .says("aws iam delete-virtual-mfa-device");
    let secret = world.server.with_account(|a| a.device_secrets()).remove(0);
    assert_eq!(ran.stdout.trim_end(), secret.base32().expose_secret());
    assert_eq!(enabled(&world), Vec::<String>::new());
    let [first, second] = pair(&world, NEW, 0);
    let finish = |first: &str, second: &str| {
        let codes = [
            "--authentication-code1",
            first,
            "--authentication-code2",
            second,
        ];
        let words = ["device", "enroll", "--yes", "--serial-number", NEW];
        world.run(&[&words[..], &codes[..]].concat())
    };
    finish(&second, &first)
        .exits(4)
        .says("AWS refused the two codes");
    finish(&first, &first).exits(2).says("are the same");
    finish(&first, &second).exits(0);
    assert_eq!(enabled(&world), [NEW]);
    assert!(
        world
            .read(".aws/config")
            .contains(&format!("mfa_serial = {NEW}\n"))
    );
}

#[test]
fn only_mfa_serial_changes_in_a_config_file_with_everything_in_it() {
    let world = World::without_device();
    let url = world.server.endpoint_url();
    let config = format!(
        "# top\r\n[default]\r\nregion = eu-central-1\r\nendpoint_url = {url}\r\nmfa_serial = arn:aws:iam::111122223333:mfa/gone # old\r\ns3 =\r\n  max = 1\r\n\r\n[profile \u{fc}]\r\nx = 1 ; no newline at the end"
    );
    world.write_config(&config);
    let credentials = world.credentials();
    world
        .run(&["device", "enroll", "--yes", "--create-only", "--secret"])
        .exits(0);
    let [first, second] = pair(&world, NEW, 0);
    world
        .run(&[
            "device",
            "enroll",
            "--yes",
            "--serial-number",
            NEW,
            "--authentication-code1",
            &first,
            "--authentication-code2",
            &second,
        ])
        .exits(0);
    let expected = config.replace(
        "mfa_serial = arn:aws:iam::111122223333:mfa/gone # old\r\n",
        &format!("# old\r\nmfa_serial = {NEW}\r\n"),
    );
    assert_eq!(world.read(".aws/config"), expected);
    assert_eq!(world.credentials(), credentials);
    world.has_nothing_left_behind("an enrolment");
}

#[test]
fn an_enrolment_that_was_killed_is_explained_to_the_next_one() {
    let mut world = World::without_device();
    world.set("MFA_SESSION_TEST_STEP", "device.created=kill");
    let words = ["device", "enroll", "--yes", "--create-only", "--secret"];
    world.run(&words).exits(137);
    world.unset("MFA_SESSION_TEST_STEP");
    assert!(exists(&world, NEW));
    world.run(&words).exits(4).says("left unfinished");
    world
        .run(&[
            "device",
            "enroll",
            "--yes",
            "--create-only",
            "--secret",
            "--name",
            "b",
        ])
        .exits(0);
}

// ---- resync ---------------------------------------------------------------------------------------------------------------

#[test]
fn a_device_whose_clock_is_off_is_resynchronised_without_mfa() {
    let world = World::new();
    let serial = world.serial().to_string();
    let mut pty = asked(&world, "device resync");
    let [first, second] = pair(&world, &serial, 10);
    pty.types_code(&first)
        .expect(SECOND)
        .types_code(&second)
        .expect("is resynchronised")
        .expect("<status 0>");
    let resynced = (world.calls().into_iter()).find(|(a, _)| a == "iam:ResyncMFADevice");
    assert_eq!(resynced.unwrap().1, SignedWith::LongTermKey);
    // The device's own clock counts from now on.
    let [code, _] = pair(&world, &serial, 0);
    world.run(&["login", "--token-code", &code]).exits(0);
}

#[test]
fn a_script_resynchronises_with_both_codes() {
    let world = World::new();
    let serial = world.serial().to_string();
    let [first, second] = pair(&world, &serial, 10);
    let run = |words: &[&str]| world.run(&[&["device", "resync"], words].concat());
    let codes = [
        "--authentication-code1",
        &first,
        "--authentication-code2",
        &second,
    ];
    run(&codes)
        .exits(2)
        .says("mfa-session device resync --profile default --yes");
    run(&["--yes"]).exits(2).says("--authentication-code1 CODE");
    run(&["--authentication-code1", &first]).exits(2);
    let other = [&codes[..], &["--yes", "--serial-number", "GAHT12345678"]].concat();
    run(&other).exits(1).says("is not a device of this user");
    run(&[&codes[..], &["--yes"]].concat()).exits(0);
    // The same pair again is not newer.
    run(&[&codes[..], &["--yes"]].concat())
        .exits(4)
        .says("not newer than the last pair");
}

// ---- remove ---------------------------------------------------------------------------------------------------------------

#[test]
fn the_last_device_is_removed_with_a_session_and_after_a_warning() {
    let world = World::new();
    let serial = world.serial().to_string();
    world.add_config(&format!("mfa_serial = {serial}\n"));
    world.run(&["device", "remove", "--yes"]).exits(3);
    assert!(exists(&world, &serial));
    world.log_in();
    let mut pty = world.shell_on_terminal("$mfa_session device remove");
    pty.expect("the user's last MFA device")
        .expect("Go on? [y/N] ")
        .types("\n")
        .expect("<status 1>");
    assert_eq!(enabled(&world), [serial.as_str()]);
    world.run(&["device", "remove"]).exits(2).says("--yes");
    world
        .run(&["device", "remove", "--yes"])
        .exits(0)
        .says("last MFA device")
        .says("still names it")
        .says("mfa-session device enroll --profile default");
    assert!(!exists(&world, &serial));
}

#[test]
fn one_of_several_devices_must_be_named() {
    let world = World::with_account(|account, now| {
        account.add_device("admin", "tablet", now).unwrap();
    });
    world.add_config(&format!("mfa_serial = {}\n", world.serial()));
    world.log_in();
    world
        .run(&["device", "remove", "--yes"])
        .exits(1)
        .says("the user has several MFA devices")
        .says("mfa-session device remove --serial-number");
    let both = ["tablet", "admin-phone"].map(|n| format!("arn:aws:iam::111122223333:mfa/{n}"));
    let other = (both.iter())
        .find(|serial| *serial != world.serial().as_str())
        .unwrap();
    world
        .run(&["device", "remove", "--yes", "--serial-number", other])
        .exits(0)
        .says_not("last MFA device");
    assert_eq!(enabled(&world), [world.serial().as_str()]);
    assert!(!exists(&world, other));
}

#[test]
fn a_removed_device_that_may_not_be_deleted_is_reported() {
    let world = World::new();
    world.log_in();
    restrict(&world, &[EVERYTHING_BUT_DELETION]);
    world
        .run(&["device", "remove", "--yes"])
        .exits(0)
        .says("it was not deleted")
        .says("aws iam delete-virtual-mfa-device");
    assert_eq!(enabled(&world), Vec::<String>::new());
}

#[test]
fn a_signal_between_the_two_steps_of_a_removal_waits_for_the_second() {
    let world = World::new();
    world.log_in();
    let remove = |signal: Signal| {
        let child = world
            .command(PROGRAM)
            .args(["device", "remove", "--yes"])
            .env("MFA_SESSION_TEST_STEP", "device.deactivated=sleep:1500")
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        crate::common::eventually("the device is deactivated", || {
            world.count("iam:DeactivateMFADevice") == 1
        });
        kill(Pid::from_raw(child.id().try_into().unwrap()), signal).unwrap();
        world.judge(&["device", "remove"], child.wait_with_output().unwrap())
    };
    remove(Signal::SIGTERM).exits(143).says("was removed");
    assert!(!exists(&world, world.serial().as_str()));
}
