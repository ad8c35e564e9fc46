//! `console`: the AWS console as the role of a role profile, with the cached credentials, in a browser or as a URL.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use mfa_session::sandbox::SignedWith;

use crate::common::fake::{Fake, http, nobody};
use crate::common::{World, eventually};

const PRINT: [&str; 4] = ["console", "--print", "--profile", "readonly"];

/// The answer to a GET request for a URL on loopback.
fn get(url: &str) -> String {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_at(rest.find('/').unwrap());
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The parameters of a URL.
fn parameters(url: &str) -> Vec<(String, String)> {
    let (_, query) = url.trim_end().split_once('?').unwrap();
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap();
        (name.to_owned(), decoded(value))
    };
    query.split('&').map(pair).collect()
}

fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}

fn destination(url: &str) -> String {
    let found = parameters(url)
        .into_iter()
        .find(|(n, _)| n == "Destination");
    found.unwrap().1
}

impl World {
    fn signed_in(&self) -> usize {
        self.count("signin:GetSigninToken")
    }
}

#[test]
fn one_code_a_day_is_enough_for_the_console_too() {
    let world = World::with_role();
    world.log_in();
    let ran = world.run(&PRINT).exits(0);
    assert_eq!(ran.stderr, "");
    let names: Vec<_> = parameters(&ran.stdout)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["Action", "Issuer", "Destination", "SigninToken"]);
    assert_eq!(
        destination(&ran.stdout),
        "https://eu-central-1.console.aws.amazon.com/console/home?region=eu-central-1"
    );
    let page = get(ran.stdout.trim_end());
    assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
    assert!(page.contains("Signed in as arn:aws:sts::111122223333:assumed-role/readonly/"));
    // The token works once. The role is assumed once, also for the hook and for exec.
    assert!(get(ran.stdout.trim_end()).starts_with("HTTP/1.1 400 "));
    let _ = world.run(&PRINT).exits(0);
    let exec = ["exec", "--profile", "readonly", "--", "true"];
    let _ = world.run(&exec).exits(0);
    assert_eq!(world.count("sts:AssumeRole"), 1);
    assert_eq!(world.count("sts:GetSessionToken"), 1);
    let signed = world
        .calls()
        .into_iter()
        .filter(|(action, _)| action == "signin:GetSigninToken");
    assert!(
        signed
            .map(|(_, with)| with)
            .all(|w| w == SignedWith::RoleSession)
    );
    assert_eq!(world.signed_in(), 2);
}

#[test]
fn a_code_is_asked_for_where_there_is_no_session() {
    let world = World::with_role();
    let _ = world.run(&PRINT).exits(3);
    let code = world.code();
    let line = [&PRINT[..], &["--token-code", &code]].concat();
    let _ = world.run(&line).exits(0);
    assert_eq!(world.signed_in(), 1);
}

#[test]
fn the_url_is_printed_where_there_is_no_browser_and_stands_in_no_message() {
    let mut world = World::with_role();
    world.log_in();
    for (name, value) in [("LANG", "C.UTF-8"), ("SSH_CONNECTION", "a 1 b 22")] {
        world.set(name, value);
        let line = ["-vv", "console", "--profile", "readonly"];
        let ran = world.run(&line).exits(0).says("asking 127.0.0.1");
        assert!(ran.stdout.contains("SigninToken="), "{}", ran.stdout);
        assert_eq!(ran.stdout.lines().count(), 1);
    }
    // A browser that does not exist is none.
    world.set("BROWSER", "/nowhere/browser");
    world.set("PATH", "/usr/bin:/bin");
    let line = ["console", "--profile", "readonly"];
    let ran = world
        .run(&line)
        .exits(0)
        .says("No browser could be started");
    assert!(ran.stdout.contains("SigninToken="), "{}", ran.stdout);
}

#[test]
fn a_browser_gets_an_address_that_leads_to_the_console_once() {
    let mut world = World::with_role();
    world.log_in();
    let seen = world.root().join("seen");
    let browser = world.script(
        "browser",
        &format!("echo \"$*\" > {0}.new; mv {0}.new {0}", seen.display()),
    );
    world.set("BROWSER", browser);
    let line = ["console", "--service", "s3", "--profile", "readonly"];
    let mut command = world.program(&line);
    command.stdout(std::process::Stdio::piped());
    command.stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    eventually("the browser is started", || seen.exists());
    let given = std::fs::read_to_string(&seen).unwrap();
    let given = given.trim_end();
    world.hunt_sign_in_in("the arguments of the browser", given);
    assert!(given.starts_with("http://127.0.0.1:"), "{given}");
    assert!(get(&given[..given.len() - 1]).starts_with("HTTP/1.1 404 "));
    let redirected = get(given);
    assert!(redirected.starts_with("HTTP/1.1 302 "), "{redirected}");
    let ran = world
        .judge(&line, child.wait_with_output().unwrap())
        .exits(0);
    assert_eq!(ran.stdout, "");
    assert!(
        ran.stderr
            .contains("open in the browser as role readonly, until ")
    );
    let url = redirected
        .lines()
        .find_map(|line| line.strip_prefix("Location: "))
        .unwrap();
    assert_eq!(
        destination(url),
        "https://eu-central-1.console.aws.amazon.com/s3/home?region=eu-central-1"
    );
    assert!(get(url).contains("assumed-role/readonly/"));
}

#[test]
fn a_profile_without_a_role_is_told_how_to_add_one() {
    let world = World::new();
    world.log_in();
    for line in [
        &["console", "--print"][..],
        &["console", "--print", "--profile", "default-mfa"],
    ] {
        let ran = world.run(line).exits(1);
        insta::allow_duplicates! {
            insta::assert_snapshot!(ran.stderr, @r"
            error: profile `default` stands for a session of sts:GetSessionToken, and AWS's console accepts only the credentials of roles
            hint: add a profile for a role, and name it: aws configure set role_arn arn:aws:iam::ACCOUNT:role/ROLE --profile NAME && aws configure set source_profile default --profile NAME && mfa-session console --profile NAME
            ");
        }
    }
}

#[test]
fn pages_that_are_not_the_consoles_are_refused_before_a_code_is_asked_for() {
    let world = World::with_role();
    for (options, message) in [
        (
            &["--destination", "https://evil.example/"][..],
            "`evil.example` is not a host of AWS's console: expected console.aws.amazon.com or a host below it",
        ),
        (
            &["--destination", "http://console.aws.amazon.com/"],
            "is not the URL of a page of AWS's console",
        ),
        (
            &["--destination", "https://console.amazonaws.cn/"],
            "is not a host of AWS's console",
        ),
        (&["--service", "../x"], "`../x` is not a valid service name"),
        (
            &["--region", "cn-north-1"],
            "region `cn-north-1` is not in the partition of the role",
        ),
        (
            &[
                "--service",
                "s3",
                "--destination",
                "https://console.aws.amazon.com/",
            ],
            "cannot be used with",
        ),
    ] {
        let line = [&PRINT[..], options].concat();
        let _ = world.run(&line).exits(2).says(message);
    }
    assert_eq!(world.count("sts:GetSessionToken"), 0);
    world.log_in();
    let page = "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#Instances:";
    let line = [&PRINT[..], &["--destination", page]].concat();
    let ran = world.run(&line).exits(0);
    assert_eq!(destination(&ran.stdout), page);
}

#[test]
fn a_partition_without_a_documented_sign_in_is_refused() {
    let world = World::new();
    world.add_config(
        "[profile secret]\nrole_arn = arn:aws-iso:iam::111122223333:role/r\nsource_profile = default\n",
    );
    let line = ["console", "--print", "--profile", "secret"];
    let _ = world.run(&line).exits(1).says("partition `aws-iso`");
}

#[test]
fn a_role_whose_credentials_are_about_to_end_is_assumed_again() {
    let mut world = World::with_role();
    world.log_in();
    let _ = world.run(&PRINT).exits(0);
    world.later(3600 - 601);
    let _ = world.run(&PRINT).exits(0);
    assert_eq!(world.count("sts:AssumeRole"), 1);
    world.later(2);
    let _ = world.run(&PRINT).exits(0);
    assert_eq!(world.count("sts:AssumeRole"), 2);
    assert_eq!(world.count("sts:GetSessionToken"), 1);
}

#[test]
fn answers_that_are_not_aws_s_are_refused() {
    for (status, kind, body, code, message) in [
        (
            "400 Bad Request",
            "text/html",
            "<html>",
            4,
            "refused to sign the role in to the console (HTTP status 400)",
        ),
        (
            "500 Internal Server Error",
            "text/html",
            "<html>",
            1,
            "an answer that is not AWS's: HTTP status 500",
        ),
        (
            "302 Found",
            "text/html",
            "",
            1,
            "an answer that is not AWS's: HTTP status 302",
        ),
        (
            "200 OK",
            "text/html",
            "<html>welcome",
            1,
            "it holds no sign-in token",
        ),
        (
            "200 OK",
            "application/json",
            r#"{"SigninToken":"a b"}"#,
            1,
            "it holds no sign-in token",
        ),
    ] {
        let world = World::with_role();
        let sandbox = world.server.endpoint_url();
        let fake = Fake::start(move |request| {
            if request.starts_with("GET /federation?") {
                http(status, kind, body)
            } else {
                Some(forwarded(&sandbox, request))
            }
        });
        world.write_config(
            &world
                .read(".aws/config")
                .replace(&world.server.endpoint_url(), &fake.url),
        );
        let code_typed = world.code();
        let line = [&PRINT[..], &["--token-code", &code_typed]].concat();
        let ran = world.run(&line).exits(code).says(message);
        assert_eq!(ran.stdout, "");
        let request = fake.requests().pop().unwrap();
        assert!(request.starts_with("GET /federation?Action=getSigninToken&Session="));
        assert!(!request.contains("SessionDuration"), "{request}");
    }
}

/// Sends a request on to another server on loopback.
fn forwarded(url: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    let request = request.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_sign_in_that_cannot_be_reached_loses_nothing() {
    let world = World::with_role();
    world.log_in();
    let _ = world.run(&PRINT).exits(0);
    let before = world.tree();
    let config = world.read(".aws/config");
    world.write_config(&config.replace(&world.server.endpoint_url(), &nobody()));
    // Sessions of another endpoint are not used there.
    let _ = world.run(&PRINT).exits(3);
    world.write_config(&config);
    let _ = world.run(&PRINT).exits(0);
    assert_eq!(world.role_files().len(), 1);
    assert_eq!(before.len(), world.tree().len());
}
