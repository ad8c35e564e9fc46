//! `status`: how long a session is valid, for people, programs and shell prompts.

use mfa_session::aws::types::SerialNumber;

use crate::common::World;

fn json(world: &World, arguments: &[&str], code: i32) -> (String, serde_json::Value) {
    let line = [&["status", "--format", "json"], arguments].concat();
    let ran = world.run(&line).exits(code);
    let value = serde_json::from_str(&ran.stdout).unwrap();
    (ran.stdout, value)
}

/// A second user with a key of their own in profile `dev`.
fn dev(world: &World) -> (String, SerialNumber) {
    let now = time::UtcDateTime::now();
    let (keys, serial) = world.server.with_account(|a| {
        let keys = a.add_user("dev", now).unwrap();
        (keys, a.add_device("dev", "dev-phone", now).unwrap())
    });
    let secret = secrecy::ExposeSecret::expose_secret(&keys.secret).to_owned();
    world.write_credentials(&format!(
        "{}\n[dev]\naws_access_key_id = {}\naws_secret_access_key = {secret}\n",
        world.credentials(),
        keys.id
    ));
    world.add_config(&format!(
        "[profile dev]\nendpoint_url = {}\n",
        world.server.endpoint_url()
    ));
    (keys.id.to_string(), serial)
}

#[test]
fn the_json_output_has_exactly_this_form() {
    let world = World::new();
    assert_eq!(json(&world, &[], 3).0, "{\"version\":1,\"sessions\":[]}\n");
    world.log_in();
    let (text, value) = json(&world, &[], 0);
    let session = &value["sessions"][0];
    let of = |key: &str| session[key].to_string();
    assert_eq!(
        text,
        format!(
            "{{\"version\":1,\"sessions\":[{{\"profile\":\"default-mfa\",\"source_profile\":\"default\",\
             \"source_access_key_id\":\"{}\",\"access_key_id\":{},\"expiration\":{},\"seconds_left\":{},\"live\":true}}]}}\n",
            world.key_id(),
            of("access_key_id"),
            of("expiration"),
            of("seconds_left"),
        )
    );
    assert!(of("access_key_id").starts_with("\"ASIA"));
    assert!(of("expiration").ends_with("Z\""));
    let left = session["seconds_left"].as_i64().unwrap();
    assert!((43_000..=43_200).contains(&left), "{left}");
}

#[test]
fn an_ended_session_is_shown_as_ended() {
    let mut world = World::new();
    world.log_in();
    world.later(43_200 - 30);
    // In its last minute a session is not used any more.
    let (_, value) = json(&world, &[], 3);
    assert_eq!(value["sessions"][0]["live"], false);
    assert!(value["sessions"][0]["seconds_left"].as_i64().unwrap() > 0);
    world.later(3600);
    let (_, value) = json(&world, &[], 3);
    assert_eq!(value["sessions"][0]["live"], false);
    assert_eq!(value["sessions"][0]["seconds_left"], 0);
    let ran = world.run(&["status"]).exits(3);
    assert!(
        ran.stdout.starts_with("default-mfa: ended "),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("mfa-session login --profile default"),
        "{}",
        ran.stdout
    );
    assert_eq!(world.run(&["status", "--short"]).exits(3).stdout, "");
}

#[test]
fn the_text_shows_the_time_left_and_the_end() {
    let world = World::new();
    let ran = world
        .run(&["status"])
        .exits(3)
        .says("No session. To get one: mfa-session login");
    assert_eq!(ran.stdout, "");
    world.log_in();
    let ran = world.run(&["status"]).exits(0);
    assert!(
        ["12h", "11h 59m"].iter().any(|left| ran
            .stdout
            .starts_with(&format!("default-mfa: {left} left, until "))),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.ends_with(" (source default)\n"),
        "{}",
        ran.stdout
    );
    assert_eq!(ran.stderr, "");
    let ran = world.run(&["status", "--short"]).exits(0);
    assert!(
        ["default-mfa 12h00m\n", "default-mfa 11h59m\n"].contains(&ran.stdout.as_str()),
        "{}",
        ran.stdout
    );
    world
        .run(&["status", "--short", "--format", "json"])
        .exits(2);
}

#[test]
fn a_session_from_another_endpoint_is_not_live_and_both_are_named() {
    let mut world = World::new();
    world.log_in();
    let url = world.server.endpoint_url();
    world.set("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    let note = format!(
        "\n  it is not used here: the session is from endpoint {url}, but endpoint http://127.0.0.1:9 is in force\n"
    );
    for arguments in [&["status"][..], &["status", "--profile", "default"]] {
        let ran = world.run(arguments).exits(3);
        assert!(ran.stdout.contains(&note), "{}", ran.stdout);
    }
    let (_, value) = json(&world, &[], 3);
    assert_eq!(value["sessions"][0]["live"], false);
    assert_eq!(world.run(&["status", "--short"]).exits(3).stdout, "");
    // Of two profiles with one key, the hook of one uses the session, and that of the other does not.
    world.unset("AWS_ENDPOINT_URL");
    let twin = format!("{}[twin]\n{}", world.credentials(), world.key_lines());
    world.write_credentials(&twin);
    world.run(&["status", "--profile", "default"]).exits(0);
    let ran = world.run(&["status", "--profile", "twin"]).exits(3);
    assert!(
        ran.stdout.contains("but AWS's own endpoint is in force"),
        "{}",
        ran.stdout
    );
    world
        .run(&["credential-process", "--profile", "twin"])
        .exits(3);
    world.set("AWS_ENDPOINT_URL", "http://example.com");
    let ran = world.run(&["status"]).exits(3);
    assert!(
        ran.stdout
            .contains("it is not used here: endpoint `http://example.com` is refused"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_session_profile_that_differs_from_the_cache_is_reported() {
    let world = World::new();
    world.log_in();
    let good = world.credentials();
    world.write_credentials(&good.replace("aws_session_token = ", "aws_session_token = x"));
    let ran = world.run(&["status"]).exits(0);
    assert!(
        ran.stdout
            .contains("holds a different session from the cache"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("mfa-session login --profile default"),
        "{}",
        ran.stdout
    );
    world.write_credentials(good.split_once("\n[default-mfa]").unwrap().0);
    let ran = world.run(&["status"]).exits(0);
    assert!(ran.stdout.contains("does not hold it"), "{}", ran.stdout);
    world.add_config("[profile default-mfa]\ncredential_process = mfa-session credential-process --profile default\nmfa_session_source = default\n");
    let ran = world.run(&["status"]).exits(0);
    assert!(
        ran.stdout
            .contains("the SDKs get it from `credential_process`"),
        "{}",
        ran.stdout
    );
    // The cache is authoritative: a profile without a record counts as no session.
    world.write_credentials(&good);
    std::fs::remove_file(world.record_path()).unwrap();
    world.run(&["status"]).exits(3);
    world.run(&["status", "--profile", "default-mfa"]).exits(3);
}

#[test]
fn a_named_profile_decides_the_exit_code() {
    let mut world = World::new();
    let (id, serial) = dev(&world);
    world.log_in();
    // Without a named profile, any live session counts.
    world.run(&["status"]).exits(0);
    for (profile, code) in [("default", 0), ("default-mfa", 0), ("dev", 3)] {
        world.unset("AWS_PROFILE");
        let (_, one) = json(&world, &["--profile", profile], code);
        assert_eq!(
            one["sessions"].as_array().unwrap().len(),
            usize::from(code == 0)
        );
        world
            .run(&["status", "--short", "--profile", profile])
            .exits(code);
        world.set("AWS_PROFILE", profile);
        // All sessions are shown, and the named profile decides the exit code.
        let (_, all) = json(&world, &[], code);
        assert_eq!(all["sessions"].as_array().unwrap().len(), 1);
        let short = world.run(&["status", "--short"]).exits(code).stdout;
        assert_eq!(short.is_empty(), code == 3);
    }
    let code = world.server.with_account(|a| {
        a.token_code(&serial, time::UtcDateTime::now())
            .unwrap()
            .expose()
            .to_owned()
    });
    world.hunt(&code);
    world.set("AWS_PROFILE", "dev");
    world.run(&["login", "--token-code", &code]).exits(0);
    let (_, all) = json(&world, &[], 0);
    assert_eq!(all["sessions"].as_array().unwrap().len(), 2);
    let (_, one) = json(&world, &["--profile", "dev-mfa"], 0);
    assert_eq!(one["sessions"][0]["source_access_key_id"], id.as_str());
    world.unset("AWS_PROFILE");
    let short = world.run(&["status", "--short"]).exits(0).stdout;
    assert!(
        short.contains("dev-mfa ") && short.contains("default-mfa "),
        "{short}"
    );
    world
        .run(&["status", "--profile", "nobody"])
        .exits(1)
        .says("no profile `nobody`");
}

#[test]
fn status_needs_no_network_and_prints_no_secret() {
    let world = World::new();
    world.log_in();
    let calls = world.calls().len();
    world.server.stopper().stop();
    for line in [
        &["status"][..],
        &["status", "-vv"],
        &["status", "--format", "json"],
        &["status", "--short"],
    ] {
        world.run(line).exits(0);
    }
    assert_eq!(world.calls().len(), calls);
}

#[test]
fn an_untrusted_record_counts_as_no_session_and_one_line_says_why() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    world.log_in();
    let path = world.record_path();
    let good = std::fs::read(&path).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    world
        .run(&["status"])
        .exits(3)
        .says("warning: ")
        .says("is open to others (mode 0644)");
    world
        .run(&["credential-process", "--profile", "default", "--no-prompt"])
        .exits(3)
        .says("the cached session is not used");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    for bad in [&b"{"[..], b"", b"{\"version\":9}", &good[..good.len() / 2]] {
        std::fs::write(&path, bad).unwrap();
        world
            .run(&["status"])
            .exits(3)
            .says("the cached session is not used");
    }
    // The record of another key under this name.
    let text = String::from_utf8(good.clone()).unwrap();
    std::fs::write(&path, text.replace(&world.key_id(), "AKIAOTHEROTHEROTHER1")).unwrap();
    world.run(&["status"]).exits(3).says("another key");
    // A link, whatever it points to.
    let elsewhere = world.path("record.json");
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
    world.run(&["status"]).exits(3);
    // A login repairs it.
    let code = world.code();
    world.run(&["login", "--token-code", &code]).exits(0);
    world.run(&["status"]).exits(0);
    assert!(!elsewhere.exists());
}

#[test]
fn every_profile_that_holds_a_session_is_listed() {
    let mut world = World::new();
    let url = world.server.endpoint_url();
    world.add_config(&format!("[profile us]\nendpoint_url = {url}\n"));
    world.write_credentials(&format!(
        "{}\n[us]\n{}",
        world.credentials(),
        world.key_lines()
    ));
    world.log_in();
    world.run(&["login", "--profile", "us"]).exits(0);
    let profiles = |value: &serde_json::Value| -> Vec<String> {
        let sessions = value["sessions"].as_array().unwrap();
        let names = sessions.iter().map(|s| s["profile"].as_str().unwrap());
        names.map(str::to_owned).collect()
    };
    let (_, all) = json(&world, &[], 0);
    assert_eq!(profiles(&all), ["default-mfa", "us-mfa"]);
    assert_eq!(all["sessions"][1]["source_profile"], "us");
    assert_eq!(all["sessions"][1]["live"], true);
    let text = world.run(&["status"]).exits(0).stdout;
    assert!(text.contains("\nus-mfa: "), "{text}");
    let short = world.run(&["status", "--short"]).exits(0).stdout;
    assert!(short.starts_with("default-mfa 1"), "{short}");
    assert!(short.contains(", us-mfa 1"), "{short}");
    for name in ["us", "us-mfa"] {
        let (_, one) = json(&world, &["--profile", name], 0);
        assert_eq!(profiles(&one), ["us-mfa"]);
        let short = world
            .run(&["status", "--short", "--profile", name])
            .exits(0);
        assert!(short.stdout.starts_with("us-mfa 1"), "{}", short.stdout);
    }
    // Without the record, each profile still holds valid credentials, but no command uses them.
    std::fs::remove_file(world.record_path()).unwrap();
    let (_, all) = json(&world, &[], 3);
    assert_eq!(profiles(&all), ["default-mfa", "us-mfa"]);
    let us = &all["sessions"][1];
    assert_eq!(us["live"], false);
    assert!(us["seconds_left"].as_i64().unwrap() > 43_000);
    assert_eq!(us["source_profile"], "us");
    assert_eq!(us["source_access_key_id"], world.key_id().as_str());
    let (_, one) = json(&world, &["--profile", "us"], 3);
    assert_eq!(profiles(&one), ["us-mfa"]);
    let text = world.run(&["status", "--profile", "us"]).exits(3).stdout;
    assert!(text.contains("not in the cache (source us)"), "{text}");
    assert!(
        text.contains("to forget it: mfa-session logout --profile us-mfa"),
        "{text}"
    );
    assert_eq!(world.run(&["status", "--short"]).exits(3).stdout, "");
    // The command in the message works.
    world
        .run(&["logout", "--profile", "us-mfa"])
        .exits(0)
        .says("Profile us-mfa holds no session any more.");
    assert_eq!(profiles(&json(&world, &[], 3).1), Vec::<String>::new());
    // Expired keys are not reported.
    world.log_in();
    std::fs::remove_file(world.record_path()).unwrap();
    world.later(13 * 3600);
    assert_eq!(profiles(&json(&world, &[], 3).1), Vec::<String>::new());
}

/// The name of a time zone in which the hour is now `hour`, in the form that POSIX gives zones without rules.
fn zone_where_it_is(hour: i64) -> (String, i64) {
    let east = (hour - i64::from(time::UtcDateTime::now().hour()) + 12).rem_euclid(24) - 12;
    (format!("<local>{}", -east), east * 3600)
}

/// When the session ends, as `HH:MM` so many seconds east of UTC.
fn end_of_session(world: &World, east: i64) -> String {
    let (_, value) = json(world, &[], 0);
    let expiration = value["sessions"][0]["expiration"].as_str().unwrap();
    let end = mfa_session::aws::types::parse_rfc3339(expiration).unwrap();
    let local = end + time::Duration::seconds(east);
    format!("{:02}:{:02}", local.hour(), local.minute())
}

#[test]
fn times_are_local_and_name_the_day_when_it_is_not_today() {
    let mut world = World::new();
    world.log_in();
    // A session of 12 hours ends today if it is 9 o'clock, and tomorrow if it is 20 o'clock.
    for (hour, day) in [(9, ""), (20, "tomorrow ")] {
        let (zone, east) = zone_where_it_is(hour);
        world.set("TZ", zone);
        let end = end_of_session(&world, east);
        let ran = world.run(&["status"]).exits(0);
        let until = format!(" left, until {day}{end} (source default)\n");
        assert!(ran.stdout.ends_with(&until), "{until}: {}", ran.stdout);
        let notice = format!("until {day}{end}; --force renews it");
        world.run(&["login"]).exits(0).says(&notice);
    }
}

#[test]
fn a_session_that_ended_before_today_names_the_day() {
    let mut world = World::new();
    world.log_in();
    let (zone, _) = zone_where_it_is(20);
    world.set("TZ", zone);
    world.later(2 * 86_400);
    let ran = world.run(&["status"]).exits(3);
    assert!(
        ran.stdout.starts_with("default-mfa: ended yesterday at "),
        "{}",
        ran.stdout
    );
    world.later(86_400);
    let ran = world.run(&["status"]).exits(3);
    assert!(
        ran.stdout.starts_with("default-mfa: ended on "),
        "{}",
        ran.stdout
    );
}

#[test]
fn times_in_an_unknown_zone_are_utc_and_say_so() {
    let mut world = World::new();
    world.log_in();
    let end = end_of_session(&world, 0);
    world.set("TZ", "Nowhere/Land");
    let ran = world.run(&["status"]).exits(0);
    let until = format!("{end} UTC (source default)\n");
    assert!(ran.stdout.ends_with(&until), "{until}: {}", ran.stdout);
    assert_eq!(ran.stderr, "");
}

#[test]
fn times_without_tz_are_in_the_zone_of_the_system() {
    let mut world = World::new();
    world.log_in();
    world.unset("TZ");
    let ran = world.run(&["status"]).exits(0);
    let (_, time) = ran.stdout.split_once("until ").unwrap();
    let (time, _) = time.split_once(" (").unwrap();
    assert!(!time.contains(['T', 'Z']) && time.contains(':'), "{time}");
}
