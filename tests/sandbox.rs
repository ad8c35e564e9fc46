//! `sandbox`: its options, and the data that survives it. The requests are sent by the AWS SDK.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use aws_credential_types::Credentials;
use aws_sdk_iam::error::ProvideErrorMetadata;
use mfa_session::totp::DeviceSecret;
use secrecy::ExposeSecret as _;
use time::UtcDateTime;

use crate::common::World;

/// A sandbox that runs until it is dropped.
struct Running {
    child: Child,
    url: String,
    runtime: tokio::runtime::Runtime,
}

impl Running {
    fn start(world: &World, arguments: &[&str]) -> Self {
        let mut all = vec!["sandbox"];
        all.extend(arguments);
        let mut child = world
            .command(crate::common::PROGRAM)
            .args(&all)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut url)
            .unwrap();
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        Self {
            child,
            url: url.trim().to_owned(),
            runtime,
        }
    }

    /// Ends the sandbox with SIGKILL.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn iam(&self, keys: &Credentials) -> aws_sdk_iam::Client {
        let config = aws_sdk_iam::Config::builder()
            .behavior_version_latest()
            .region(aws_sdk_iam::config::Region::new("us-east-1"))
            .endpoint_url(&self.url)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .credentials_provider(keys.clone())
            .build();
        aws_sdk_iam::Client::from_conf(config)
    }

    fn sts(&self, keys: &Credentials) -> aws_sdk_sts::Client {
        let config = aws_sdk_sts::Config::builder()
            .behavior_version_latest()
            .region(aws_sdk_sts::config::Region::new("us-east-1"))
            .endpoint_url(&self.url)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .credentials_provider(keys.clone())
            .build();
        aws_sdk_sts::Client::from_conf(config)
    }

    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    fn arn(&self, keys: &Credentials) -> String {
        let answer = self.wait(self.sts(keys).get_caller_identity().send());
        answer.unwrap().arn.unwrap()
    }

    /// A session from GetSessionToken with a code, or the message of the error.
    fn session(&self, keys: &Credentials, serial: &str, code: &str) -> Result<Credentials, String> {
        let request = self.sts(keys).get_session_token();
        let request = request.serial_number(serial).token_code(code);
        match self.wait(request.send()) {
            Ok(answer) => {
                let c = answer.credentials.unwrap();
                Ok(Credentials::new(
                    c.access_key_id,
                    c.secret_access_key,
                    Some(c.session_token),
                    None,
                    "test",
                ))
            }
            Err(error) => Err(error.message().unwrap_or_default().to_owned()),
        }
    }

    /// The number of users that `ListUsers` returns, or the code and message of the error.
    fn lists_users(&self, keys: &Credentials) -> Result<usize, (String, String)> {
        match self.wait(self.iam(keys).list_users().send()) {
            Ok(answer) => Ok(answer.users.len()),
            Err(error) => Err((
                error.code().unwrap_or_default().to_owned(),
                error.message().unwrap_or_default().to_owned(),
            )),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The key pair of a profile in a credentials file.
fn keys(file: &Path, profile: &str) -> Credentials {
    let text = std::fs::read_to_string(file).unwrap();
    let section = text
        .split("\n[")
        .map(|s| s.trim_start_matches('['))
        .find(|s| s.starts_with(&format!("{profile}]")))
        .unwrap_or_else(|| panic!("{profile} is not in {text}"));
    let value = |key: &str| {
        let line = section.lines().find(|l| l.starts_with(key)).unwrap();
        line.split_once(" = ").unwrap().1.to_owned()
    };
    Credentials::new(
        value("aws_access_key_id"),
        value("aws_secret_access_key"),
        None,
        None,
        "test",
    )
}

const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// An account as the AWS CLI prints it.
const ACCOUNT: &str = r#"{
  "UserDetailList": [
    {"Path": "/team/", "UserName": "dev", "UserId": "AIDADEV234567ABCDEFGH", "Arn": "arn:aws:iam::210987654321:user/team/dev",
     "CreateDate": "2020-01-02T03:04:05+00:00", "GroupList": ["readers"], "AttachedManagedPolicies": [], "Tags": []},
    {"Path": "/", "UserName": "idle", "UserId": "AIDAIDLE34567ABCDEFGH", "Arn": "arn:aws:iam::210987654321:user/idle",
     "CreateDate": "2020-01-02T03:04:05+00:00", "GroupList": [], "AttachedManagedPolicies": [], "Tags": []}],
  "GroupDetailList": [
    {"Path": "/", "GroupName": "readers", "GroupId": "AGPAREAD", "Arn": "arn:aws:iam::210987654321:group/readers",
     "CreateDate": "2020-01-02T03:04:05+00:00", "GroupPolicyList": [
       {"PolicyName": "list", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}]}}],
     "AttachedManagedPolicies": []}],
  "RoleDetailList": [], "Policies": []
}"#;

#[test]
fn the_first_user_has_exactly_the_given_policies() {
    let world = World::new();
    let generated = world.run(&["policy", "generate"]).exits(0);
    world.write("allow.json", ALLOW);
    world.write("mfa.json", generated.stdout);
    let state = world.path("state");
    let [allow, mfa] = ["allow.json", "mfa.json"].map(|n| world.path(n).display().to_string());
    let shown = state.display().to_string();
    let sandbox = Running::start(
        &world,
        &["--state", &shown, "--policy", &allow, "--policy", &mfa],
    );
    let admin = keys(&state.join("credentials"), "default");
    let (code, message) = sandbox.lists_users(&admin).unwrap_err();
    assert_eq!(code, "AccessDenied");
    assert!(
        message.ends_with("with an explicit deny in an identity-based policy"),
        "{message}"
    );
    let token = world.run(&["sandbox", "code", "--state", &shown]).exits(0);
    let serial = "arn:aws:iam::111122223333:mfa/admin-phone";
    let session = sandbox
        .session(&admin, serial, token.stdout.trim())
        .unwrap();
    assert_eq!(sandbox.lists_users(&session), Ok(1));
    sandbox.kill();

    // Another policy at the next start replaces both.
    world.write("none.json", ALLOW.replace("\"*\",\"Res", "\"s3:*\",\"Res"));
    let none = world.path("none.json").display().to_string();
    let sandbox = Running::start(&world, &["--state", &shown, "--policy", &none]);
    let (code, message) = sandbox.lists_users(&session).unwrap_err();
    assert_eq!(code, "AccessDenied");
    assert!(
        message.contains("because no identity-based policy allows"),
        "{message}"
    );
    sandbox.kill();
    // Without `--policy`, the stored policies stay.
    let sandbox = Running::start(&world, &["--state", &shown]);
    assert!(sandbox.lists_users(&session).is_err());
}

#[test]
fn a_real_accounts_permissions_are_tried_offline() {
    let world = World::new();
    world.write("account.json", ACCOUNT);
    let account = world.path("account.json").display().to_string();
    let state = world.path("state");
    let shown = state.display().to_string();
    let arguments = ["--state", shown.as_str(), "--account", &account];
    let sandbox = Running::start(&world, &arguments);
    let credentials = state.join("credentials");
    let [admin, dev, idle] = ["default", "dev", "idle"].map(|p| keys(&credentials, p));
    assert_eq!(sandbox.arn(&admin), "arn:aws:iam::210987654321:user/admin");
    assert_eq!(sandbox.arn(&dev), "arn:aws:iam::210987654321:user/team/dev");
    assert_eq!(sandbox.lists_users(&dev), Ok(3));
    assert_eq!(sandbox.lists_users(&idle).unwrap_err().0, "AccessDenied");
    sandbox.kill();

    // The same document is accepted again; another one is refused.
    let sandbox = Running::start(&world, &arguments);
    assert_eq!(sandbox.arn(&dev), "arn:aws:iam::210987654321:user/team/dev");
    let config = std::fs::read_to_string(state.join("config")).unwrap();
    assert_eq!(config.matches(&sandbox.url).count(), 3, "{config}");
    sandbox.kill();
    world.write("other.json", ACCOUNT.replace("idle", "lazy"));
    let other = world.path("other.json").display().to_string();
    world
        .run(&["sandbox", "--state", &shown, "--account", &other])
        .exits(1)
        .says("already holds another account");
}

#[test]
fn a_bad_file_is_one_error_before_anything_listens() {
    let world = World::new();
    let large = format!("arn:aws:s3:::{}", "x".repeat(6200));
    let resource = ALLOW.replace(r#""Resource":"*""#, &format!(r#""Resource":"{large}""#));
    for (option, name, text, error) in [
        ("--policy", "missing.json", None, "cannot read"),
        ("--policy", "syntax.json", Some("{"), "not valid JSON"),
        (
            "--policy",
            "empty.json",
            Some("{}"),
            "an element `Statement`",
        ),
        (
            "--policy",
            "large.json",
            Some(resource.as_str()),
            "PolicySize: 6144",
        ),
        ("--account", "missing.json", None, "cannot read"),
        (
            "--account",
            "text.json",
            Some("not json"),
            "get-account-authorization-details",
        ),
        (
            "--account",
            "page.json",
            Some("{\"IsTruncated\": true}"),
            "one page of several",
        ),
        (
            "--account",
            "marked.json",
            Some("\u{feff}{\"IsTruncated\": true}"),
            "one page of several",
        ),
    ] {
        if let Some(text) = text {
            world.write(name, text);
        }
        let path = world.path(name).display().to_string();
        let ran = world
            .run(&["sandbox", option, &path])
            .exits(1)
            .says(error)
            .says(name);
        assert_eq!(ran.stdout, "", "{name}");
        assert_eq!(ran.stderr.matches("error: ").count(), 1, "{}", ran.stderr);
    }
}

#[test]
fn changes_that_were_answered_survive_a_kill() {
    let world = World::new();
    let state = world.path("state");
    let shown = state.display().to_string();
    let sandbox = Running::start(&world, &["--state", &shown]);
    let admin = keys(&state.join("credentials"), "default");
    let iam = sandbox.iam(&admin);
    sandbox
        .wait(iam.create_user().user_name("dev").send())
        .unwrap();
    let key = sandbox
        .wait(iam.create_access_key().user_name("dev").send())
        .unwrap()
        .access_key
        .unwrap();
    let dev = Credentials::new(key.access_key_id, key.secret_access_key, None, None, "test");
    let device = sandbox
        .wait(
            iam.create_virtual_mfa_device()
                .virtual_mfa_device_name("phone")
                .send(),
        )
        .unwrap()
        .virtual_mfa_device
        .unwrap();
    let seed = String::from_utf8(device.base32_string_seed.unwrap().into_inner()).unwrap();
    let secret = DeviceSecret::from_base32(&seed).unwrap();
    let serial = device.serial_number;
    let now = UtcDateTime::now();
    let code = |k: i64| {
        let then = now + time::Duration::seconds(30 * k);
        secret.code_at(then).expose_secret().to_owned()
    };
    let enable = |sandbox: &Running, k: i64| {
        let request = sandbox.iam(&admin).enable_mfa_device().user_name("dev");
        let request = request
            .serial_number(&serial)
            .authentication_code1(code(k - 1))
            .authentication_code2(code(k));
        sandbox
            .wait(request.send())
            .map_err(|e| e.code().unwrap_or_default().to_owned())
    };
    enable(&sandbox, 0).unwrap();
    let session = sandbox.session(&dev, &serial, &code(0)).unwrap();
    sandbox.kill();

    let sandbox = Running::start(&world, &["--state", &shown]);
    assert_eq!(sandbox.arn(&dev), "arn:aws:iam::111122223333:user/dev");
    assert_eq!(sandbox.arn(&session), "arn:aws:iam::111122223333:user/dev");
    let used = sandbox.session(&dev, &serial, &code(0)).unwrap_err();
    assert!(used.contains("invalid MFA one time pass code"), "{used}");
    let iam = sandbox.iam(&admin);
    let request = iam.deactivate_mfa_device().user_name("dev");
    sandbox.wait(request.serial_number(&serial).send()).unwrap();
    sandbox.kill();

    let sandbox = Running::start(&world, &["--state", &shown]);
    assert_eq!(
        enable(&sandbox, 1).unwrap_err(),
        "InvalidAuthenticationCode"
    );
    enable(&sandbox, 2).unwrap();
}

/// Sends one request on a new connection and returns the answer.
fn exchange(url: &str, request: &str) -> String {
    use std::io::{Read as _, Write as _};
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // The server may close before it has read everything.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

#[test]
fn web_pages_cannot_use_the_sandbox() {
    let world = World::new();
    let state = world.path("state").display().to_string();
    let sandbox = Running::start(&world, &["--state", &state]);
    let own = sandbox.url.strip_prefix("http://").unwrap().to_owned();
    let rest = "connection: close\r\ncontent-length: 0\r\n\r\n";
    // A host name of a web page that resolves to this machine.
    let port = own.rsplit(':').next().unwrap();
    let rebound = format!("POST / HTTP/1.1\r\nhost: evil.example:{port}\r\n{rest}");
    let answer = exchange(&sandbox.url, &rebound);
    assert!(answer.starts_with("HTTP/1.1 421 "), "{answer}");
    assert!(answer.contains("answers only requests for 127.0.0.1"));
    let page = "origin: http://evil.example\r\naccess-control-request-method: POST\r\n";
    let preflight = format!("OPTIONS / HTTP/1.1\r\nhost: {own}\r\n{page}{rest}");
    let answer = exchange(&sandbox.url, &preflight);
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert!(!answer.to_lowercase().contains("access-control"));
    // The path of the clock exists only with --test-clock.
    let clock = format!("POST /_sandbox/clock HTTP/1.1\r\nhost: {own}\r\n{rest}");
    let unknown = clock.replace("/_sandbox/clock", "/unknown");
    let status = |request: &str| {
        exchange(&sandbox.url, request)
            .lines()
            .next()
            .map(str::to_owned)
    };
    assert_eq!(status(&clock), status(&unknown));
    sandbox.kill();

    let sandbox = Running::start(&world, &["--state", &state, "--test-clock"]);
    let own = sandbox.url.strip_prefix("http://").unwrap().to_owned();
    let clock = format!("GET /_sandbox/clock HTTP/1.1\r\nhost: {own}\r\n{rest}");
    let answer = exchange(&sandbox.url, &clock);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}
