//! `demo`: runs the whole workflow in a sandbox of its own, and prints how the policies decide each request.
//!
//! It needs no AWS account and leaves nothing behind: everything happens in a temporary folder. Each step calls the code of the
//! command that it shows, and the demo succeeds only if every step does. Secrets are masked.

mod gaps;

use std::time::Instant;

use serde_json::Value;

use crate::aws::Sdk;
use crate::context::{Context, Env};
use crate::error::Error;
use crate::login::plan::Wanted;
use crate::login::{Delivery, LocalState, Overwrite, Request, Reuse, hook, log_in};
use crate::palette::{self, painted};
use crate::policy::generate;
use crate::sandbox::client::Client;
use crate::sandbox::state::StateFolder;
use crate::sandbox::{Hosts, Options, Owner, Response, Server, Setup, TestClock};
use crate::session::process_output;
use crate::test_hooks;

use super::outcome::Outcome;
use super::sandbox::client_files::write_shared_files;
use super::session::time_left;

/// A harmless request that the policy denies without MFA.
const BUCKETS: &str = "s3:ListAllMyBuckets";

/// Keys whose values are masked.
const SECRETS: [&str; 4] = [
    "SecretAccessKey",
    "SessionToken",
    "aws_secret_access_key",
    "aws_session_token",
];

/// Allows every request that no other statement denies.
const ALLOW_EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"AllowEverything","Effect":"Allow","Action":"*","Resource":"*"}]}"#;

pub(super) fn run(outer: &Context) -> Outcome {
    let demo = Demo::start(outer)?;
    demo.show_policy()?;
    demo.show_account()?;
    demo.show_denied()?;
    let session = demo.log_in()?;
    demo.show_allowed(&session)?;
    demo.show_profile()?;
    demo.show_hook()?;
    demo.show_status()?;
    demo.show_gaps(&session)?;
    demo.show_next_steps()?;
    Ok(0)
}

/// A running sandbox, and a context whose environment leads to it alone.
struct Demo {
    context: Context,
    owner: Owner,
    server: Server,
    folder: StateFolder,
}

impl Demo {
    fn start(outer: &Context) -> Result<Self, Error> {
        let clock = outer.clock;
        let folder = StateFolder::temporary(&super::sandbox::temporary_parent(outer))?;
        let account = folder.account(&Setup::default(), clock.now())?;
        let server = Server::start(Options {
            port: 0,
            account,
            persist: None,
            clock: Box::new(move || clock.now()),
            test_clock: TestClock::Off,
            hosts: Hosts::Loopback,
            log: Box::new(|_| {}),
        })?;
        let url = server.endpoint_url();
        let owner = server
            .with_account(|a| a.owner())
            .ok_or_else(|| failed("the sandbox has no user"))?;
        write_shared_files(&folder, &owner, &[], &url)?;
        let home = folder.path().display().to_string();
        let (config, credentials) = (folder.config_path(), folder.credentials_path());
        let env = Env::of(&[
            ("HOME", &home),
            ("AWS_CONFIG_FILE", &config.display().to_string()),
            (
                "AWS_SHARED_CREDENTIALS_FILE",
                &credentials.display().to_string(),
            ),
            ("AWS_ENDPOINT_URL", &url),
        ]);
        let context = Context {
            env,
            clock,
            ui: outer.ui,
            aws: Box::new(Sdk::new(test_hooks::clock_offset())),
            started: Instant::now(),
        };
        Ok(Self {
            context,
            owner,
            server,
            folder,
        })
    }

    fn say(&self, text: &str) -> Result<(), Error> {
        Ok(self.context.ui.show(text)?)
    }

    fn step(&self, number: u8, title: &str, command: &str) -> Result<(), Error> {
        let title = painted(palette::HEADING, &format!("{number}. {title}"));
        self.say(&format!("\n{title}\n   $ {command}\n"))
    }

    fn show_policy(&self) -> Result<(), Error> {
        self.step(
            1,
            "Generate the policy that denies every request without MFA.",
            "mfa-session policy generate",
        )?;
        self.say(&indented(&generate::seed().to_json_pretty()))
    }

    fn show_account(&self) -> Result<(), Error> {
        self.step(
            2,
            "Start an AWS account that enforces the policy. Its user has every\n   permission, a long-term key and an MFA device.",
            "mfa-session sandbox --policy admin.json --policy mfa.json",
        )?;
        self.say(&indented(&format!(
            "Endpoint: {}\nUser: {}",
            self.server.endpoint_url(),
            self.owner.arn
        )))?;
        let seed = generate::seed().to_json_compact();
        let params = [
            ("UserName", self.owner.user_name.as_str()),
            ("PolicyName", "mfa"),
            ("PolicyDocument", &seed),
        ];
        let attached = self.call(&self.long_term()?, "iam:PutUserPolicy", &params)?;
        if attached.status == 200 {
            Ok(())
        } else {
            Err(failed("the policy was not attached to the user"))
        }
    }

    fn show_denied(&self) -> Result<(), Error> {
        self.step(
            3,
            "Make a request with the long-term key alone. The policy denies it.",
            "aws s3 ls --profile default",
        )?;
        let answer = self.show_call(&self.long_term()?, BUCKETS, &[])?;
        if answer.status == 403 {
            Ok(())
        } else {
            Err(failed("the request without MFA was not denied"))
        }
    }

    fn show_allowed(&self, session: &Client) -> Result<(), Error> {
        self.step(
            5,
            "Make the same request with the session. It is allowed.",
            "aws s3 ls --profile default-mfa",
        )?;
        let answer = self.show_call(session, BUCKETS, &[])?;
        if answer.status == 200 {
            Ok(())
        } else {
            Err(failed("the request with MFA was not allowed"))
        }
    }

    fn long_term(&self) -> Result<Client, Error> {
        let keys = self.owner.keys.as_ref();
        keys.map(Client::with_keys)
            .ok_or_else(|| failed("the user has no long-term key"))
    }

    fn call(
        &self,
        client: &Client,
        action: &str,
        params: &[(&str, &str)],
    ) -> Result<Response, Error> {
        let now = self.context.clock.now();
        self.server
            .with_account(|account| client.call(account, action, params, now))
            .ok_or_else(|| failed("the sandbox did not answer"))
    }

    /// Makes a call and prints how the policies decided it, and by which statement.
    fn show_call(
        &self,
        client: &Client,
        action: &str,
        params: &[(&str, &str)],
    ) -> Result<Response, Error> {
        let response = self.call(client, action, params)?;
        let result = match &response.entry.decision {
            Some(decided) => {
                let verdict = match decided.decision {
                    "explicitDeny" | "implicitDeny" => painted(palette::DENIED, "denied"),
                    allowed => painted(palette::ALLOWED, allowed),
                };
                match &decided.statement {
                    Some(statement) => format!("{verdict} by {statement}"),
                    None => verdict,
                }
            }
            None => response.entry.outcome.clone(),
        };
        let user = params.iter().find(|(name, _)| *name == "UserName");
        let call = match user {
            Some((_, user)) => format!("{action} for {user}:"),
            None => format!("{action}:"),
        };
        self.say(&format!("   {call:<32} {result}\n"))?;
        Ok(response)
    }

    fn log_in(&self) -> Result<Client, Error> {
        let device = self
            .owner
            .device
            .as_ref()
            .ok_or_else(|| failed("the user has no MFA device"))?;
        let code = device.secret.code_at(self.context.clock.now());
        self.step(
            4,
            "Log in with one token code from the MFA device.",
            "mfa-session login",
        )?;
        let request = Request {
            wanted: Wanted::default(),
            token_code: Some(code),
            delivery: Delivery::Profile(Overwrite::Expired),
            reuse: Reuse::Half,
        };
        let session = log_in(&self.context, &request)?;
        let left = time_left(&session.record, self.context.clock.now());
        self.say(&indented(&format!(
            "Logged in with profile {}. The session is in profile {}\nand is valid for {left}.",
            session.names.source, session.names.session
        )))?;
        Ok(Client::with_session(&session.record.credentials))
    }

    fn show_profile(&self) -> Result<(), Error> {
        self.step(
            6,
            "Look at the credentials file. The session has a profile of its own, and the\n   long-term key is unchanged.",
            "cat ~/.aws/credentials",
        )?;
        let path = self.folder.credentials_path();
        let text = std::fs::read_to_string(&path).map_err(|source| Error::File {
            what: "read",
            path: path.display().to_string(),
            source,
        })?;
        let masked: Vec<_> = text.lines().map(mask_line).collect();
        if !text.contains("[default-mfa]") {
            return Err(failed("the session profile was not written"));
        }
        self.say(&indented(&masked.join("\n")))
    }

    fn show_hook(&self) -> Result<(), Error> {
        self.step(
            7,
            "Run the hook. AWS SDKs and tools call it to get the session, without a code.",
            "mfa-session credential-process --profile default",
        )?;
        let record = hook(&self.context, Some("default".to_owned()), true)?;
        self.say(&indented(&mask_json(&process_output::json(
            record.issued(),
        ))?))
    }

    fn show_status(&self) -> Result<(), Error> {
        self.step(8, "See how much time is left.", "mfa-session status")?;
        let state = LocalState::open(&self.context.env)?;
        let now = self.context.clock.now();
        let lines: Vec<_> = state
            .records(&self.context)
            .iter()
            .map(|r| super::status::line(&state, r, now))
            .collect();
        if lines.is_empty() {
            return Err(failed("the status shows no session"));
        }
        self.say(&indented(&lines.concat()))
    }

    fn show_next_steps(&self) -> Result<(), Error> {
        self.say(
            "\nAll of this ran in a sandbox on this machine, which has been removed.\n\
             To do the same in your own AWS account:\n\
             \x20  $ mfa-session policy generate --output mfa.json\n\
             \x20  $ aws iam create-policy --policy-name MFA --policy-document file://mfa.json\n\
             \x20  $ mfa-session login\n\
             \x20  $ export AWS_PROFILE=default-mfa\n",
        )
    }
}

/// A step of the demo did not have the result that the demo shows.
fn failed(problem: &str) -> Error {
    Error::Refused {
        message: format!("the demo failed: {problem}"),
        hint: "mfa-session -vv demo".to_owned(),
    }
}

fn indented(text: &str) -> String {
    text.lines().flat_map(|line| ["   ", line, "\n"]).collect()
}

fn mask_line(line: &str) -> String {
    match line.split_once('=') {
        Some((key, _)) if SECRETS.contains(&key.trim()) => format!("{key}= …"),
        _ => line.to_owned(),
    }
}

fn mask_json(text: &str) -> Result<String, Error> {
    let mut value: Value =
        serde_json::from_str(text).map_err(|_| failed("the output of the hook is not JSON"))?;
    if let Value::Object(fields) = &mut value {
        for (key, value) in fields.iter_mut() {
            if SECRETS.contains(&key.as_str()) {
                *value = Value::from("…");
            }
        }
    }
    Ok(format!("{value:#}"))
}
