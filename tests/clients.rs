//! Real clients against the sandbox: the AWS CLI (1 and 2), boto3 and the JavaScript SDK, each with a session profile and with
//! a hook profile.
//!
//! Variables that `.ci/run` sets say where the clients are installed; the tests do not search for them.

use std::path::Path;
use std::process::Output;

use mfa_session::sandbox::{self, OwnerPolicy};
use mfa_session::totp::DeviceSecret;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use time::UtcDateTime;

use crate::common::{PROGRAM, World};

/// A script that prints the ARN of the caller who has a profile's credentials.
const BOTO3: &str = "\
import boto3, sys
print(boto3.Session(profile_name=sys.argv[1]).client('sts').get_caller_identity()['Arn'])
";

/// A script that calls an operation with JSON parameters and a profile's credentials.
///
/// It prints the answer as JSON, or the error in the AWS CLI's form.
const BOTO3_CALL: &str = "\
import boto3, botocore, json, re, sys
profile, service, operation, params = sys.argv[1:]
client = boto3.Session(profile_name=profile).client(service)
text = lambda value: value.decode('latin-1') if isinstance(value, bytes) else str(value)
try:
    print(json.dumps(getattr(client, operation.replace('-', '_'))(**json.loads(params)), default=text))
except botocore.exceptions.ClientError as error:
    sys.exit(str(error))
";

/// A script that prints the ARN and the region of the caller who has the credentials of the environment.
const BOTO3_BY_ENVIRONMENT: &str = "\
import boto3
client = boto3.client('sts')
print(client.get_caller_identity()['Arn'], client.meta.region_name)
";

/// The same in JavaScript.
const JAVASCRIPT_BY_ENVIRONMENT: &str = "\
const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');
const client = new STSClient({ endpoint: process.env.AWS_ENDPOINT_URL });
Promise.all([client.send(new GetCallerIdentityCommand({})), client.config.region()]).then(
  ([answer, region]) => console.log(answer.Arn, region),
  (error) => { console.error(String(error)); process.exitCode = 1; },
);
";

/// A script that calls GetCallerIdentity in JavaScript, with the credential provider that is named.
const JAVASCRIPT: &str = "\
const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');
const loaders = require('@aws-sdk/credential-providers');
const [loader, profile] = process.argv.slice(-2);
const client = new STSClient({
  credentials: loaders[loader]({ profile }),
  region: 'eu-central-1',
  endpoint: process.env.AWS_ENDPOINT_URL,
});
client.send(new GetCallerIdentityCommand({})).then(
  (answer) => console.log(answer.Arn),
  (error) => { console.error(String(error)); process.exitCode = 1; },
);
";

/// A client that can call AWS with a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Client {
    AwsCli1,
    AwsCli2,
    Boto3,
    /// With the credential provider of this name.
    JavaScript(&'static str),
}

impl Client {
    /// The command line that calls GetCallerIdentity with a profile and prints the caller's ARN.
    fn command(self, profile: &str) -> Vec<String> {
        let words: &[&str] = match self {
            Self::AwsCli1 | Self::AwsCli2 => &["sts", "get-caller-identity", "--profile", profile],
            Self::Boto3 => &["-c", BOTO3, profile],
            Self::JavaScript(loader) => &["-e", JAVASCRIPT, "--", loader, profile],
        };
        let program = variable(match self {
            Self::AwsCli1 => "MFA_SESSION_TEST_AWS_V1",
            Self::AwsCli2 => "MFA_SESSION_TEST_AWS_V2",
            Self::Boto3 => "MFA_SESSION_TEST_PYTHON",
            Self::JavaScript(_) => "MFA_SESSION_TEST_NODE",
        });
        let words = words.iter().map(|w| (*w).to_owned());
        std::iter::once(program).chain(words).collect()
    }

    /// A sandbox for this client: a source profile `admin` beside `default`, and its hook profile.
    fn world(self) -> World {
        let mut world = World::new();
        let url = world.server.endpoint_url();
        world.write_credentials(&format!(
            "{}\n[admin]\n{}",
            world.credentials(),
            world.key_lines()
        ));
        world.add_config(&format!(
            "\n[profile admin]\nregion = eu-central-1\nendpoint_url = {url}\nmfa_serial = {serial}\n\
             [profile admin-hook]\nregion = eu-central-1\nendpoint_url = {url}\n\
             credential_process = \"{PROGRAM}\" credential-process --profile admin\n",
            serial = world.serial().as_str(),
        ));
        // The JavaScript client takes its endpoint from here, as from the sandbox's env file.
        world.set("AWS_ENDPOINT_URL", url);
        world.set("AWS_EC2_METADATA_DISABLED", "true");
        world.set("AWS_PAGER", "");
        if let Self::JavaScript(_) = self {
            let modules = Path::new(&variable("MFA_SESSION_TEST_NODE_PATH")).join("node_modules");
            world.set("NODE_PATH", modules.display().to_string());
        }
        world
    }

    /// The same, with the endpoint as a flag for Debian's AWS CLI 2.9, which reads it from nowhere else.
    fn command_with_endpoint(self, world: &World, profile: &str) -> Vec<String> {
        let mut command = self.command(profile);
        if self == Self::AwsCli2 {
            command.extend(["--endpoint-url".to_owned(), world.server.endpoint_url()]);
        }
        command
    }

    /// Runs the client without a terminal.
    #[track_caller]
    fn run(self, world: &World, profile: &str) -> Output {
        let command = self.command_with_endpoint(world, profile);
        let output = world
            .command("setsid")
            .arg("-w")
            .args(&command)
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        for (place, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            world.hunt_in(place, &String::from_utf8_lossy(bytes), false);
        }
        output
    }

    /// Asserts that the client calls AWS as the account's user, with a session.
    #[track_caller]
    fn calls_with_a_session(self, world: &World, profile: &str) {
        let asked = world.count("sts:GetCallerIdentity");
        let output = self.run(world, profile);
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            stdout.contains(":user/"),
            "{self:?} {profile}: {stdout}{stderr}"
        );
        assert!(output.status.success());
        assert_eq!(world.count("sts:GetCallerIdentity"), asked + 1);
        assert_asked_by_session(world);
    }

    /// Asserts that both profiles work after a login, and that before it the client prints the hook's hint.
    fn works(self) {
        let world = self.world();
        let refused = self.run(&world, "admin-hook");
        assert!(!refused.status.success());
        let said = String::from_utf8_lossy(&refused.stderr);
        // A provider chain prints none of the errors of its providers.
        if self != Self::JavaScript("fromNodeProviderChain") {
            assert!(
                said.contains("mfa-session login --profile admin"),
                "{self:?}: {said}"
            );
        }
        let code = world.code();
        world
            .run(&["login", "--profile", "admin", "--token-code", &code])
            .exits(0);
        for profile in ["admin-mfa", "admin-hook"] {
            self.calls_with_a_session(&world, profile);
        }
        assert_eq!(world.count("sts:GetSessionToken"), 1);
    }

    /// Asserts that the hook asks at the terminal if the cache is empty, even though the client captures its stderr.
    fn gets_a_code_through_the_hook(self) {
        let world = self.world();
        let line = self.command_with_endpoint(&world, "admin-hook");
        let line: Vec<_> = line.iter().map(|w| quoted(w)).collect();
        let captured = ["out", "err"].map(|n| world.root().join(n));
        let [out, err] = captured.each_ref().map(|p| p.display().to_string());
        let mut terminal = world.shell_on_terminal(&format!("{} >{out} 2>{err}", line.join(" ")));
        terminal.expect("MFA code").expect("): ");
        assert!(!terminal.echoes(), "typing shows");
        let code = world.code();
        terminal.types_code(&code);
        terminal.expect("<status ");
        let [stdout, stderr] = captured.map(|p| std::fs::read_to_string(p).unwrap());
        terminal.expect("0>");
        assert!(terminal.echoes(), "typing does not show: {stderr}");
        assert!(stdout.contains(":user/"), "{self:?}: {stdout}{stderr}");
        assert!(!stderr.contains("MFA code"), "{stderr}");
        for (place, text) in [("stdout", &stdout), ("stderr", &stderr)] {
            world.hunt_in(place, text, false);
        }
        terminal.close();
        assert_eq!(world.count("sts:GetSessionToken"), 1);
        assert_asked_by_session(&world);
        // With the session in the cache, it does not ask again.
        self.calls_with_a_session(&world, "admin-hook");
    }
}

/// A script that prints the region that a profile leads to, or the environment if none is named.
const BOTO3_REGION: &str = "\
import boto3, sys
print('region', boto3.Session(profile_name=(sys.argv[1:] or [None])[0]).region_name)
";

impl Client {
    /// The command line that prints the region of a profile, or of the environment.
    fn region_command(self, profile: Option<&str>) -> Vec<String> {
        let program = self.command("").swap_remove(0);
        let (words, flag): (&[&str], &[&str]) = match self {
            Self::AwsCli1 | Self::AwsCli2 => (&["configure", "list"], &["--profile"]),
            Self::Boto3 => (&["-c", BOTO3_REGION], &[]),
            Self::JavaScript(_) => unreachable!("it is given its region"),
        };
        let profile = profile.map(|name| [flag, &[name]].concat());
        let words = words.iter().copied().chain(profile.into_iter().flatten());
        let words = words.map(str::to_owned);
        std::iter::once(program).chain(words).collect()
    }

    /// Asserts that the client works in the region of the profile, and not in that of `[default]`: by the session profile, by the hook
    /// profile, and under `exec`.
    fn works_in_the_region_of_the_profile(self) {
        let world = self.world();
        let config = world.read(".aws/config");
        let admin = config.replace(
            "[profile admin]\nregion = eu-central-1",
            "[profile admin]\nregion = ap-south-1",
        );
        let hook = "[profile admin-hook]\nregion = ";
        world.write_config(
            &admin.replace(&format!("{hook}eu-central-1"), &format!("{hook}ap-south-1")),
        );
        let code = world.code();
        world
            .run(&["login", "--profile", "admin", "--token-code", &code])
            .exits(0);
        let prints_the_region = |words: &[String]| {
            let (program, arguments) = words.split_first().unwrap();
            let output = world.command(program).args(arguments).output().unwrap();
            let stdout = String::from_utf8_lossy(&output.stdout);
            let line = stdout
                .lines()
                .find(|line| line.trim().starts_with("region"));
            assert!(
                line.is_some_and(|line| line.contains("ap-south-1")),
                "{self:?} {words:?}: {stdout}{}",
                String::from_utf8_lossy(&output.stderr)
            );
        };
        for profile in ["admin-mfa", "admin-hook"] {
            prints_the_region(&self.region_command(Some(profile)));
            let exec = [PROGRAM, "exec", "--profile", profile, "--"].map(str::to_owned);
            prints_the_region(&[exec.to_vec(), self.region_command(None)].concat());
        }
    }
}

/// The result of a call: the answer, or the client's error message.
type Called = Result<Value, String>;

const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

impl Client {
    /// Calls an operation with a profile's credentials and JSON parameters.
    fn calls(
        self,
        world: &World,
        profile: &str,
        service: &str,
        operation: &str,
        params: &Value,
    ) -> Called {
        let device_name = params["VirtualMFADeviceName"].as_str().map(str::to_owned);
        let params = params.to_string();
        let out = world.root().join("bootstrap");
        let mut words: Vec<String> = match self {
            Self::Boto3 => [
                &variable("MFA_SESSION_TEST_PYTHON"),
                "-c",
                BOTO3_CALL,
                profile,
                service,
                operation,
                &params,
            ]
            .map(str::to_owned)
            .to_vec(),
            Self::AwsCli1 | Self::AwsCli2 => {
                let program = self.command(profile).swap_remove(0);
                let words = [
                    &program,
                    service,
                    operation,
                    "--profile",
                    profile,
                    "--output",
                    "json",
                    "--cli-input-json",
                    &params,
                ];
                words.map(str::to_owned).to_vec()
            }
            Self::JavaScript(_) => unreachable!("its calls are scripts of their own"),
        };
        if self == Self::AwsCli2 {
            words.extend(["--endpoint-url".to_owned(), world.server.endpoint_url()]);
        }
        let to_file = operation == "create-virtual-mfa-device" && self != Self::Boto3;
        if to_file {
            // The AWS CLI accepts these only as flags.
            words.retain(|word| *word != "--cli-input-json" && *word != params);
            let (out, name) = (out.display().to_string(), &device_name);
            let name = name.as_deref().unwrap();
            let flags = [
                ["--outfile", &out],
                ["--bootstrap-method", "Base32StringSeed"],
                ["--virtual-mfa-device-name", name],
            ];
            words.extend(flags.as_flattened().iter().map(|w| (*w).to_owned()));
        }
        let output = world
            .command(&words[0])
            .args(&words[1..])
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        if !output.status.success() {
            return Err(String::from_utf8(output.stderr).unwrap());
        }
        let mut answer: Value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        if to_file {
            answer["VirtualMFADevice"]["Base32StringSeed"] =
                std::fs::read_to_string(&out).unwrap().into();
            std::fs::remove_file(&out).unwrap();
        }
        Ok(answer)
    }

    /// Denied with the long-term key, a user enrols a device, logs in, and is allowed.
    ///
    /// Steps in the wrong order fail with AWS's error codes.
    fn completes_every_step(self) {
        let mut world = self.world();
        let seed = world.run(&["policy", "generate"]).exits(0).stdout;
        world.server.with_account(|account| {
            let policies = [("allow", ALLOW), ("mfa", seed.as_str())]
                .map(|(name, text)| OwnerPolicy::new(name, text).unwrap());
            account
                .restrict_owner(&policies, UtcDateTime::now())
                .unwrap();
        });
        // The first user's device cannot be used by the user below.
        world.unset("AWS_MFA_SERIAL");
        let iam = |profile: &str, operation: &str, params: Value| {
            self.calls(&world, profile, "iam", operation, &params)
        };
        let refused = |called: Called, code: &str, says: &str| {
            let error = called.unwrap_err();
            let told = format!("({code})");
            assert!(
                error.contains(&told) && error.contains(says),
                "{self:?}: {error}"
            );
        };
        let denied = "with an explicit deny in an identity-based policy";
        refused(
            iam("admin", "list-users", json!({})),
            "AccessDenied",
            denied,
        );
        let code = world.code();
        let login = ["login", "--profile", "admin", "--token-code", &code];
        world.run(&login).exits(0);
        assert_eq!(
            iam("admin-mfa", "list-users", json!({})).unwrap()["Users"][0]["UserName"],
            "admin"
        );

        let dev = json!({"UserName": "dev"});
        iam("admin-mfa", "create-user", dev.clone()).unwrap();
        refused(
            iam("admin-mfa", "create-user", dev.clone()),
            "EntityAlreadyExists",
            "User with name dev already exists.",
        );
        for (name, text) in [("allow", ALLOW), ("mfa", seed.as_str())] {
            let params = json!({"UserName": "dev", "PolicyName": name, "PolicyDocument": text});
            iam("admin-mfa", "put-user-policy", params).unwrap();
        }
        let key = iam("admin-mfa", "create-access-key", dev.clone()).unwrap();
        let of_key = |name: &str| key["AccessKey"][name].as_str().unwrap().to_owned();
        let url = world.server.endpoint_url();
        world.write_credentials(&format!(
            "{}\n[dev]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            world.credentials(),
            of_key("AccessKeyId"),
            of_key("SecretAccessKey")
        ));
        world.add_config(&format!(
            "[profile dev]\nregion = eu-central-1\nendpoint_url = {url}\n"
        ));
        refused(iam("dev", "list-users", json!({})), "AccessDenied", denied);
        assert_eq!(
            iam("dev", "get-user", json!({})).unwrap()["User"]["UserName"],
            "dev"
        );

        let device = json!({"VirtualMFADeviceName": "dev"});
        let made = iam("dev", "create-virtual-mfa-device", device.clone()).unwrap();
        let made = &made["VirtualMFADevice"];
        let serial = made["SerialNumber"].as_str().unwrap();
        let secret = DeviceSecret::from_base32(made["Base32StringSeed"].as_str().unwrap()).unwrap();
        let now = world.sandbox_now();
        let code = |k: i64| {
            secret
                .code_at(now + time::Duration::seconds(30 * k))
                .expose_secret()
                .to_owned()
        };
        let enable = |first: i64, second: i64| {
            let params = json!({
                "UserName": "dev", "SerialNumber": serial,
                "AuthenticationCode1": code(first), "AuthenticationCode2": code(second),
            });
            iam("dev", "enable-mfa-device", params)
        };
        refused(
            iam("dev", "create-virtual-mfa-device", device),
            "EntityAlreadyExists",
            "MFA device already exists.",
        );
        let bad_pair = "Authentication code for device is not valid.";
        refused(enable(0, -1), "InvalidAuthenticationCode", bad_pair);
        refused(enable(0, 0), "InvalidAuthenticationCode", bad_pair);
        let token = |code: &str| {
            let params = json!({"SerialNumber": serial, "TokenCode": code});
            self.calls(&world, "dev", "sts", "get-session-token", &params)
        };
        refused(
            token(&code(0)),
            "AccessDenied",
            "unable to validate MFA code",
        );
        enable(-1, 0).unwrap();
        // With one device enrolled, enrolling another one requires a session.
        refused(
            enable(1, 2),
            "AccessDenied",
            "authenticated with an MFA device that is enabled for this user",
        );
        refused(
            token("000000"),
            "AccessDenied",
            "invalid MFA one time pass code",
        );
        token(&code(-1)).unwrap();
        refused(
            token(&code(-1)),
            "AccessDenied",
            "invalid MFA one time pass code",
        );
        let login = ["login", "--profile", "dev", "--token-code", &code(0)];
        world.run(&login).exits(0);
        assert_eq!(
            iam("dev-mfa", "list-users", json!({})).unwrap()["Users"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
        let session = self.calls(&world, "dev-mfa", "sts", "get-session-token", &json!({}));
        refused(
            session,
            "AccessDenied",
            "Cannot call GetSessionToken with session credentials",
        );
    }

    /// Asserts that the client itself can assume a role whose trust policy requires MFA, from the hook's session.
    ///
    /// Debian's AWS CLI 2.9 is left out: it would call live AWS, because it uses the endpoint of its flag for nothing else.
    fn assumes_a_role_through_the_hook(self) {
        let world = self.world();
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}"#;
        world.server.with_account(|account| {
            let admin = sandbox::client::Client::with_keys(world.owner.keys.as_ref().unwrap());
            let params = [("RoleName", "ops"), ("AssumeRolePolicyDocument", trust)];
            let made = admin.call(account, "iam:CreateRole", &params, world.sandbox_now());
            assert_eq!(made.unwrap().status, 200);
        });
        let url = world.server.endpoint_url();
        world.add_config(&format!(
            "[profile admin-mfa]\nregion = eu-central-1\nendpoint_url = {url}\n\
             credential_process = \"{PROGRAM}\" credential-process --profile admin\n\
             [profile ops]\nregion = eu-central-1\nendpoint_url = {url}\nrole_arn = arn:aws:iam::111122223333:role/ops\n\
             source_profile = admin-mfa\n\
             [profile ops-without]\nregion = eu-central-1\nendpoint_url = {url}\nrole_arn = arn:aws:iam::111122223333:role/ops\n\
             source_profile = admin\nrole_session_name = without\n"
        ));
        let code = world.code();
        world
            .run(&["login", "--profile", "admin", "--token-code", &code])
            .exits(0);
        let output = self.run(&world, "ops");
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            stdout.contains(":assumed-role/ops/"),
            "{self:?}: {stdout}{stderr}"
        );
        let output = self.run(&world, "ops-without");
        assert!(!output.status.success());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains("AccessDenied"), "{self:?}: {stderr}");
        assert_eq!(world.count("sts:GetSessionToken"), 1);
    }

    /// Asserts that the client works as the second of two roles: by the hook, and under `exec`. The program assumes them, behind MFA, and
    /// the client works in the region of the role profile.
    fn works_as_a_chain_of_roles(self) {
        let world = self.world();
        let mfa = r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#;
        world.create_role("ops", mfa, &[]);
        world.create_role("deep", "", &[]);
        let url = world.server.endpoint_url();
        let role = |name: &str, source: &str| {
            format!(
                "[profile {name}]\nregion = ap-south-1\nendpoint_url = {url}\n\
                 role_arn = arn:aws:iam::111122223333:role/{name}\nsource_profile = {source}\n"
            )
        };
        world.add_config(&format!(
            "{}{}{}[profile deep-hook]\nregion = ap-south-1\nendpoint_url = {url}\n\
             credential_process = \"{PROGRAM}\" credential-process --profile deep\n",
            role("ops", "admin"),
            role("deep", "ops"),
            role("ops-static", "admin-mfa").replace("role/ops-static", "role/ops"),
        ));
        let code = world.code();
        world
            .run(&["login", "--profile", "deep", "--token-code", &code])
            .exits(0);
        let output = self.run(&world, "deep-hook");
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let as_role = ":assumed-role/deep/mfa-session-";
        assert!(stdout.contains(as_role), "{self:?}: {stdout}{stderr}");
        let mut line = ["exec", "--profile", "deep", "--"]
            .map(str::to_owned)
            .to_vec();
        line.extend(self.command_by_environment(&world));
        let line: Vec<_> = line.iter().map(String::as_str).collect();
        let ran = world.run(&line).exits(0);
        assert!(ran.stdout.contains(as_role), "{self:?}: {}", ran.stdout);
        if let Self::Boto3 | Self::JavaScript(_) = self {
            assert!(ran.stdout.contains("ap-south-1"), "{}", ran.stdout);
        }
        // Both came from one pair of calls of the program.
        assert_eq!(world.count("sts:AssumeRole"), 2);
        // The client assumes a role itself with the session that is in the session profile. Debian's AWS CLI 2.9 would call live AWS.
        if self != Self::AwsCli2 {
            let output = self.run(&world, "ops-static");
            let stdout = String::from_utf8_lossy(&output.stdout);
            assert!(stdout.contains(":assumed-role/ops/"), "{self:?}: {stdout}");
        }
        assert_eq!(world.count("sts:GetSessionToken"), 1);
    }

    /// The command line that calls GetCallerIdentity with the credentials of the environment and prints the caller's ARN.
    fn command_by_environment(self, world: &World) -> Vec<String> {
        let mut command = self.command_with_endpoint(world, "");
        match self {
            Self::AwsCli1 | Self::AwsCli2 => {
                let at = command.iter().position(|word| word == "--profile").unwrap();
                command.drain(at..at + 2);
            }
            Self::Boto3 => {
                command.truncate(1);
                command.extend(["-c", BOTO3_BY_ENVIRONMENT].map(str::to_owned));
            }
            Self::JavaScript(_) => {
                command.truncate(1);
                command.extend(["-e", JAVASCRIPT_BY_ENVIRONMENT].map(str::to_owned));
            }
        }
        command
    }

    /// Starts ten processes at once on an empty cache, as Terraform does, and asserts that one code serves them all.
    fn shares_one_question(self) {
        let world = self.world();
        let code = world.code();
        let script = world.script("mfa-process", &format!("sleep 1; echo {code}"));
        let config = world.read(".aws/config");
        let config = config.replace(
            "mfa_serial =",
            &format!("mfa_process = {script}\nmfa_serial ="),
        );
        world.write_config(&config);
        let children: Vec<_> = (0..10)
            .map(|_| {
                let command = self.command_with_endpoint(&world, "admin-hook");
                world
                    .command("setsid")
                    .arg("-w")
                    .args(&command)
                    .stdin(std::process::Stdio::null())
                    .stdout(std::process::Stdio::piped())
                    .stderr(std::process::Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            let stdout = String::from_utf8_lossy(&output.stdout);
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(stdout.contains(":user/admin"), "{self:?}: {stdout}{stderr}");
        }
        assert_eq!(world.count("sts:GetSessionToken"), 1);
        assert_eq!(world.count("sts:GetCallerIdentity"), 10);
    }
}

/// Asserts that the last request to the account was signed with a session.
#[track_caller]
fn assert_asked_by_session(world: &World) {
    use mfa_session::sandbox::SignedWith;
    let (action, with) = world.calls().pop().unwrap();
    assert_eq!(action, "sts:GetCallerIdentity");
    assert_ne!(with, SignedWith::LongTermKey);
}

pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} does not name a client; .ci/run sets it"))
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[test]
#[ignore = "needs AWS CLI 1 in MFA_SESSION_TEST_AWS_V1"]
fn aws_cli_1_works() {
    Client::AwsCli1.works();
}

#[test]
#[ignore = "needs AWS CLI 1 in MFA_SESSION_TEST_AWS_V1"]
fn aws_cli_1_works_in_the_region_of_the_profile() {
    Client::AwsCli1.works_in_the_region_of_the_profile();
}

#[test]
#[ignore = "needs AWS CLI 1 in MFA_SESSION_TEST_AWS_V1"]
fn aws_cli_1_gets_a_code_through_the_hook() {
    Client::AwsCli1.gets_a_code_through_the_hook();
}

#[test]
#[ignore = "needs AWS CLI 2 in MFA_SESSION_TEST_AWS_V2"]
fn aws_cli_2_works() {
    Client::AwsCli2.works();
}

#[test]
#[ignore = "needs AWS CLI 2 in MFA_SESSION_TEST_AWS_V2"]
fn aws_cli_2_works_in_the_region_of_the_profile() {
    Client::AwsCli2.works_in_the_region_of_the_profile();
}

#[test]
#[ignore = "needs AWS CLI 2 in MFA_SESSION_TEST_AWS_V2"]
fn aws_cli_2_gets_a_code_through_the_hook() {
    Client::AwsCli2.gets_a_code_through_the_hook();
}

#[test]
#[ignore = "needs boto3 for MFA_SESSION_TEST_PYTHON"]
fn boto3_works() {
    Client::Boto3.works();
}

#[test]
#[ignore = "needs boto3 for MFA_SESSION_TEST_PYTHON"]
fn boto3_works_in_the_region_of_the_profile() {
    Client::Boto3.works_in_the_region_of_the_profile();
}

#[test]
#[ignore = "needs boto3 for MFA_SESSION_TEST_PYTHON"]
fn boto3_gets_a_code_through_the_hook() {
    Client::Boto3.gets_a_code_through_the_hook();
}

#[test]
#[ignore = "needs the JavaScript SDK in MFA_SESSION_TEST_NODE_PATH"]
fn the_javascript_sdk_works() {
    Client::JavaScript("fromIni").works();
    Client::JavaScript("fromNodeProviderChain").works();
}

#[test]
#[ignore = "needs the JavaScript SDK in MFA_SESSION_TEST_NODE_PATH"]
fn the_javascript_sdk_gets_a_code_through_the_hook() {
    Client::JavaScript("fromIni").gets_a_code_through_the_hook();
    Client::JavaScript("fromNodeProviderChain").gets_a_code_through_the_hook();
}

#[test]
#[ignore = "needs AWS CLI 1 in MFA_SESSION_TEST_AWS_V1"]
fn aws_cli_1_completes_every_step() {
    Client::AwsCli1.completes_every_step();
}

#[test]
#[ignore = "needs AWS CLI 1 in MFA_SESSION_TEST_AWS_V1"]
fn aws_cli_1_assumes_a_role_through_the_hook() {
    Client::AwsCli1.assumes_a_role_through_the_hook();
}

#[test]
#[ignore = "needs AWS CLI 1 in MFA_SESSION_TEST_AWS_V1"]
fn aws_cli_1_works_as_a_chain_of_roles() {
    Client::AwsCli1.works_as_a_chain_of_roles();
}

#[test]
#[ignore = "needs AWS CLI 2 in MFA_SESSION_TEST_AWS_V2"]
fn aws_cli_2_works_as_a_chain_of_roles() {
    Client::AwsCli2.works_as_a_chain_of_roles();
}

#[test]
#[ignore = "needs boto3 for MFA_SESSION_TEST_PYTHON"]
fn boto3_works_as_a_chain_of_roles() {
    Client::Boto3.works_as_a_chain_of_roles();
}

#[test]
#[ignore = "needs the JavaScript SDK in MFA_SESSION_TEST_NODE_PATH"]
fn the_javascript_sdk_works_as_a_chain_of_roles() {
    Client::JavaScript("fromIni").works_as_a_chain_of_roles();
}

#[test]
#[ignore = "needs AWS CLI 1 in MFA_SESSION_TEST_AWS_V1"]
fn many_aws_cli_1_processes_share_one_question() {
    Client::AwsCli1.shares_one_question();
}

#[test]
#[ignore = "needs AWS CLI 2 in MFA_SESSION_TEST_AWS_V2"]
fn aws_cli_2_completes_every_step() {
    Client::AwsCli2.completes_every_step();
}

#[test]
#[ignore = "needs AWS CLI 2 in MFA_SESSION_TEST_AWS_V2"]
fn many_aws_cli_2_processes_share_one_question() {
    Client::AwsCli2.shares_one_question();
}

#[test]
#[ignore = "needs boto3 for MFA_SESSION_TEST_PYTHON"]
fn boto3_completes_every_step() {
    Client::Boto3.completes_every_step();
}

#[test]
#[ignore = "needs boto3 for MFA_SESSION_TEST_PYTHON"]
fn boto3_assumes_a_role_through_the_hook() {
    Client::Boto3.assumes_a_role_through_the_hook();
}

#[test]
#[ignore = "needs boto3 for MFA_SESSION_TEST_PYTHON"]
fn many_boto3_processes_share_one_question() {
    Client::Boto3.shares_one_question();
}

#[test]
#[ignore = "needs the JavaScript SDK in MFA_SESSION_TEST_NODE_PATH"]
fn the_javascript_sdk_assumes_a_role_through_the_hook() {
    Client::JavaScript("fromIni").assumes_a_role_through_the_hook();
}

#[test]
#[ignore = "needs the JavaScript SDK in MFA_SESSION_TEST_NODE_PATH"]
fn many_javascript_sdk_processes_share_one_question() {
    Client::JavaScript("fromIni").shares_one_question();
}

/// The indented lines of a section of the README, block by block.
fn blocks(title: &str) -> Vec<String> {
    let readme =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, section) = readme.split_once(&format!("\n## {title}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    section
        .split("\n\n")
        .filter(|part| part.trim_start_matches('\n').starts_with("    "))
        .map(|part| {
            part.trim_matches('\n')
                .lines()
                .map(|l| format!("{}\n", l.trim_start()))
                .collect()
        })
        .collect()
}

#[test]
#[ignore = "needs AWS CLI 1 in MFA_SESSION_TEST_AWS_V1"]
fn the_commands_in_the_readme_can_be_pasted() {
    use nix::sys::signal::{Signal, killpg};
    use std::os::unix::process::CommandExt as _;
    let mut world = World::new();
    let folders = [PROGRAM, &variable("MFA_SESSION_TEST_AWS_V1")]
        .map(|p| Path::new(p).parent().unwrap().display().to_string());
    let path = std::env::var("PATH").unwrap();
    world.set("PATH", format!("{}:{}:{path}", folders[0], folders[1]));
    world.set("AWS_PAGER", "");
    let [server, client, _account] = blocks("Try your policy before you attach it")
        .try_into()
        .unwrap();
    let mut running = world
        .command("bash")
        .args(["-ec", &server])
        .process_group(0)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let env_file = world.root().join("sandbox.env");
    crate::common::eventually("the sandbox wrote its variables", || env_file.exists());
    let output = world
        .command("bash")
        .args(["-c", &client])
        .output()
        .unwrap();
    let group = nix::unistd::Pid::from_raw(i32::try_from(running.id()).unwrap());
    killpg(group, Signal::SIGTERM).unwrap();
    running.wait().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stdout}{stderr}");
    assert!(stderr.contains("(AccessDenied)"), "{stderr}");
    assert!(
        stderr.contains("with an explicit deny in an identity-based policy"),
        "{stderr}"
    );
    assert_eq!(
        stdout.matches("\"UserName\": \"admin\"").count(),
        1,
        "{stdout}"
    );
}
