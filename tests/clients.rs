//! Real clients against the sandbox: the AWS CLI (1 and 2), boto3 and the JavaScript SDK, by session profile and by hook profile.
//!
//! Where they stand is told by variables, which `.ci/run` sets; nothing is looked for.

use std::path::Path;
use std::process::Output;

use crate::common::{PROGRAM, World};

/// Prints the ARN of whoever a profile's credentials belong to.
const BOTO3: &str = "\
import boto3, sys
print(boto3.Session(profile_name=sys.argv[1]).client('sts').get_caller_identity()['Arn'])
";

/// The same; the loader is the one named.
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

/// A client that asks STS who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Client {
    AwsCli1,
    AwsCli2,
    Boto3,
    /// By the loader of this name.
    JavaScript(&'static str),
}

impl Client {
    /// Its command line for a profile; the session's ARN is in its stdout.
    fn command(self, profile: &str) -> Vec<String> {
        let words: &[&str] = match self {
            Self::AwsCli1 | Self::AwsCli2 => &["sts", "get-caller-identity", "--profile", profile],
            Self::Boto3 => &["-c", BOTO3, profile],
            Self::JavaScript(loader) => &["-e", JAVASCRIPT, "--", loader, profile],
        };
        let program = told(match self {
            Self::AwsCli1 => "MFA_SESSION_TEST_AWS_V1",
            Self::AwsCli2 => "MFA_SESSION_TEST_AWS_V2",
            Self::Boto3 => "MFA_SESSION_TEST_PYTHON",
            Self::JavaScript(_) => "MFA_SESSION_TEST_NODE",
        });
        let words = words.iter().map(|w| (*w).to_owned());
        std::iter::once(program).chain(words).collect()
    }

    /// A world that it works in: a source profile `admin` beside `default`, and a hook profile for it.
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
             [profile admin-hook]\nregion = eu-central-1\nendpoint_url = {url}\nmfa_session_source = admin\n\
             credential_process = \"{PROGRAM}\" credential-process --profile admin-hook\n",
            serial = world.serial().as_str(),
        ));
        // As the sandbox's own file of variables has it; a session profile inherits no endpoint.
        world.set("AWS_ENDPOINT_URL", url);
        world.set("AWS_EC2_METADATA_DISABLED", "true");
        world.set("AWS_PAGER", "");
        if let Self::JavaScript(_) = self {
            let modules = Path::new(&told("MFA_SESSION_TEST_NODE_PATH")).join("node_modules");
            world.set("NODE_PATH", modules.display().to_string());
        }
        world
    }

    /// The command line. Debian's AWS CLI 2.9 is told the endpoint by flag alone.
    fn asks(self, world: &World, profile: &str) -> Vec<String> {
        let mut command = self.command(profile);
        if self == Self::AwsCli2 {
            command.extend(["--endpoint-url".to_owned(), world.server.endpoint_url()]);
        }
        command
    }

    /// Runs it with no terminal.
    #[track_caller]
    fn runs(self, world: &World, profile: &str) -> Output {
        let command = self.asks(world, profile);
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

    /// Sees that it is the account's user, by a session.
    #[track_caller]
    fn knows_itself(self, world: &World, profile: &str) {
        let asked = world.count("sts:GetCallerIdentity");
        let output = self.runs(world, profile);
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

    /// By session profile and by hook profile, after a login; without one, the hook's command reaches the user.
    fn works(self) {
        let world = self.world();
        let refused = self.runs(&world, "admin-hook");
        assert!(!refused.status.success());
        let said = String::from_utf8_lossy(&refused.stderr);
        // A chain of providers tells none of their errors.
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
            self.knows_itself(&world, profile);
        }
        assert_eq!(world.count("sts:GetSessionToken"), 1);
    }

    /// On an empty cache the hook asks at the terminal, whatever the client does with its stderr.
    fn has_the_hook_ask(self) {
        let world = self.world();
        let line = self.asks(&world, "admin-hook");
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
        // And now it does not ask.
        self.knows_itself(&world, "admin-hook");
    }
}

/// The account saw the last caller come by session.
#[track_caller]
fn assert_asked_by_session(world: &World) {
    use mfa_session::sandbox::SignedWith;
    let (action, with) = world.calls().pop().unwrap();
    assert_eq!(action, "sts:GetCallerIdentity");
    assert_ne!(with, SignedWith::LongTermKey);
}

fn told(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} names no client; .ci/run sets it"))
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
fn aws_cli_1_has_the_hook_ask() {
    Client::AwsCli1.has_the_hook_ask();
}

#[test]
#[ignore = "needs AWS CLI 2 in MFA_SESSION_TEST_AWS_V2"]
fn aws_cli_2_works() {
    Client::AwsCli2.works();
}

#[test]
#[ignore = "needs AWS CLI 2 in MFA_SESSION_TEST_AWS_V2"]
fn aws_cli_2_has_the_hook_ask() {
    Client::AwsCli2.has_the_hook_ask();
}

#[test]
#[ignore = "needs boto3 for MFA_SESSION_TEST_PYTHON"]
fn boto3_works() {
    Client::Boto3.works();
}

#[test]
#[ignore = "needs boto3 for MFA_SESSION_TEST_PYTHON"]
fn boto3_has_the_hook_ask() {
    Client::Boto3.has_the_hook_ask();
}

#[test]
#[ignore = "needs the JavaScript SDK in MFA_SESSION_TEST_NODE_PATH"]
fn the_javascript_sdk_works() {
    Client::JavaScript("fromIni").works();
    Client::JavaScript("fromNodeProviderChain").works();
}

#[test]
#[ignore = "needs the JavaScript SDK in MFA_SESSION_TEST_NODE_PATH"]
fn the_javascript_sdk_has_the_hook_ask() {
    Client::JavaScript("fromIni").has_the_hook_ask();
    Client::JavaScript("fromNodeProviderChain").has_the_hook_ask();
}
