//! `demo`: the whole workflow, run for real in a sandbox of its own, and what the policy says to each call.
//!
//! No account, nothing outside a temporary folder, nothing left behind. Every step calls what the commands call; the demo
//! succeeds only if all of them did. Secrets are masked.

mod openings;

use std::time::Instant;

use serde_json::Value;

use crate::aws::Sdk;
use crate::context::{Context, Env};
use crate::error::Error;
use crate::login::plan::Wanted;
use crate::login::{Delivery, Overwrite, Request, Reuse, Scene, hook, log_in};
use crate::policy::generate;
use crate::sandbox::client::Client;
use crate::sandbox::state::StateFolder;
use crate::sandbox::{Hosts, Options, Owner, Response, Server, Setup, TestClock};
use crate::session::process_output;
use crate::test_hooks;

use super::outcome::Outcome;
use super::sandbox::client_files::write_shared_files;
use super::session::time_left;

/// Harmless, and behind the policy.
const BUCKETS: &str = "s3:ListAllMyBuckets";

const SECRETS: [&str; 4] = [
    "SecretAccessKey",
    "SessionToken",
    "aws_secret_access_key",
    "aws_session_token",
];

/// What everybody in the account may do, as far as no Deny stops it.
const ALLOW_EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"AllowEverything","Effect":"Allow","Action":"*","Resource":"*"}]}"#;

pub(super) fn run(outer: &Context) -> Outcome {
    let stage = Stage::set(outer)?;
    stage.policy()?;
    stage.account()?;
    stage.denied()?;
    let session = stage.login()?;
    stage.allowed(&session)?;
    stage.profile()?;
    stage.hook()?;
    stage.status()?;
    stage.openings(&session)?;
    stage.farewell()?;
    Ok(0)
}

/// The sandbox and a context that knows nothing else.
struct Stage {
    context: Context,
    owner: Owner,
    server: Server,
    folder: StateFolder,
}

impl Stage {
    fn set(outer: &Context) -> Result<Self, Error> {
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
            .ok_or_else(|| missing("the account's user"))?;
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
        Ok(self.context.ui.data(text)?)
    }

    fn step(&self, number: u8, title: &str, command: &str) -> Result<(), Error> {
        self.say(&format!("\n{number}. {title}\n   $ {command}\n"))
    }

    fn policy(&self) -> Result<(), Error> {
        self.step(
            1,
            "The policy that denies everything without MFA",
            "mfa-session policy generate",
        )?;
        self.say(&indented(&generate::seed().to_json_pretty()))
    }

    fn account(&self) -> Result<(), Error> {
        self.step(
            2,
            "An account that enforces it: a user with every permission, a key, a device",
            "mfa-session sandbox --policy admin.json --policy mfa.json",
        )?;
        self.say(&indented(&format!(
            "{}\n{}",
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
            Err(missing("the policy's place"))
        }
    }

    fn denied(&self) -> Result<(), Error> {
        self.step(
            3,
            "The long-term key alone is denied everything",
            "aws s3 ls --profile default",
        )?;
        let answer = self.tell(&self.long_term()?, BUCKETS, &[])?;
        if answer.status == 403 {
            Ok(())
        } else {
            Err(missing("the denial"))
        }
    }

    fn allowed(&self, session: &Client) -> Result<(), Error> {
        self.step(
            5,
            "With the session the same call is allowed",
            "aws s3 ls --profile default-mfa",
        )?;
        let answer = self.tell(session, BUCKETS, &[])?;
        if answer.status == 200 {
            Ok(())
        } else {
            Err(missing("the permission"))
        }
    }

    fn long_term(&self) -> Result<Client, Error> {
        let keys = self.owner.keys.as_ref();
        keys.map(Client::with_keys)
            .ok_or_else(|| missing("the user's key"))
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
            .ok_or_else(|| missing("an answer"))
    }

    /// A call with what the policies said to it, and which statement did.
    fn tell(
        &self,
        client: &Client,
        action: &str,
        params: &[(&str, &str)],
    ) -> Result<Response, Error> {
        let response = self.call(client, action, params)?;
        let said = match &response.entry.decision {
            Some(decided) => match &decided.statement {
                Some(statement) => format!("{} by {statement}", decided.decision),
                None => decided.decision.to_owned(),
            },
            None => response.entry.outcome.clone(),
        };
        // Whom it is about is what some of the calls are shown for.
        let user = params.iter().find(|(name, _)| *name == "UserName");
        let call = match user {
            Some((_, user)) => format!("{action} {user}"),
            None => action.to_owned(),
        };
        self.say(&format!("   {call:<28} {said}\n"))?;
        Ok(response)
    }

    fn login(&self) -> Result<Client, Error> {
        let device = self
            .owner
            .device
            .as_ref()
            .ok_or_else(|| missing("the user's device"))?;
        let code = device.secret.code_at(self.context.clock.now());
        self.step(
            4,
            "The morning: one code from the device",
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
            "Logged in with profile {}: good for {left}, written to profile {}.",
            session.names.source, session.names.session
        )))?;
        Ok(Client::with_session(&session.record.credentials))
    }

    fn profile(&self) -> Result<(), Error> {
        self.step(
            6,
            "The session in its profile; the long-term key is where it was",
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
            return Err(missing("the session profile"));
        }
        self.say(&indented(&masked.join("\n")))
    }

    fn hook(&self) -> Result<(), Error> {
        self.step(
            7,
            "All day: what every AWS SDK and tool gets from the hook",
            "mfa-session credential-process --profile default",
        )?;
        let record = hook(&self.context, Some("default".to_owned()), true)?;
        self.say(&indented(&mask_json(&process_output::json(&record))?))
    }

    fn status(&self) -> Result<(), Error> {
        self.step(8, "How long is left", "mfa-session status")?;
        let scene = Scene::open(&self.context.env)?;
        let now = self.context.clock.now();
        let lines: Vec<_> = scene
            .records(&self.context)
            .iter()
            .map(|r| super::status::line(&scene, r, now))
            .collect();
        if lines.is_empty() {
            return Err(missing("the session"));
        }
        self.say(&indented(&lines.concat()))
    }

    fn farewell(&self) -> Result<(), Error> {
        self.say(
            "\nAll of it ran against a sandbox on this machine, which is gone now.\n\
             With an account of your own:\n\
             \x20  $ mfa-session policy generate --output mfa.json\n\
             \x20  $ aws iam create-policy --policy-name MFA --policy-document file://mfa.json\n\
             \x20  $ mfa-session login\n\
             \x20  $ export AWS_PROFILE=default-mfa\n",
        )
    }
}

fn missing(what: &str) -> Error {
    Error::Refused {
        message: format!("the demo did not find {what}"),
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
    let mut value: Value = serde_json::from_str(text).map_err(|_| missing("the hook's JSON"))?;
    if let Value::Object(fields) = &mut value {
        for (key, value) in fields.iter_mut() {
            if SECRETS.contains(&key.as_str()) {
                *value = Value::from("…");
            }
        }
    }
    Ok(format!("{value:#}"))
}
