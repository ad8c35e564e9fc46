//! What the seed policy leaves open, and the templates that close it: calls of people in the sandbox's account.

use time::Duration;

use crate::aws::types::SerialNumber;
use crate::error::Error;
use crate::policy::document::Document;
use crate::policy::generate::{Options, Template, generate, seed};
use crate::sandbox::Response;
use crate::sandbox::client::{Client, text};

use super::{ALLOW_EVERYTHING, Stage, missing};

/// How a scene has to end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// Whoever has the key gets what they want.
    Through,
    /// A statement of the policy stops them.
    Stopped,
}

impl Stage {
    /// The two ways past the seed, each tried again under what closes it. `admin` is a session with MFA.
    pub(super) fn openings(&self, admin: &Client) -> Result<(), Error> {
        self.step(
            9,
            "What this policy leaves open: the leaked key of a user without a device",
            "mfa-session policy verify mfa.json",
        )?;
        self.first_enrolment(admin, "user-1", &seed(), Ends::Through)?;
        self.say("   Whoever has the key has a device of their own now, and every permission.\n")?;
        self.step(
            10,
            "Closed: only a console sign-in may enrol a device",
            "mfa-session policy generate --template console-enrol",
        )?;
        let document = generated(&Options {
            templates: vec![Template::ConsoleEnrol],
            ..Options::default()
        })?;
        self.first_enrolment(admin, "user-2", &document, Ends::Stopped)?;
        self.step(
            11,
            "Open as well: a leaked key enrols a device for another user",
            "mfa-session policy verify mfa.json",
        )?;
        self.for_another(admin, ["user-3", "other-1"], &seed(), Ends::Through)?;
        self.step(
            12,
            "Closed: without MFA nobody enrols devices of others",
            "mfa-session policy generate --guard own-only",
        )?;
        let document = generated(&Options {
            guard_own_only: true,
            ..Options::default()
        })?;
        self.for_another(admin, ["user-4", "other-2"], &document, Ends::Stopped)
    }

    fn first_enrolment(
        &self,
        admin: &Client,
        name: &str,
        document: &Document,
        ends: Ends,
    ) -> Result<(), Error> {
        let leaked = self.user_with_key(admin, name, document)?;
        let created = self.tell(
            &leaked,
            "iam:CreateVirtualMFADevice",
            &[("VirtualMFADeviceName", "not-theirs")],
        )?;
        if ends == Ends::Stopped {
            return expect(&created, ends);
        }
        let serial = text(&created, "SerialNumber").ok_or_else(|| missing("the new device"))?;
        expect(&self.enable(&leaked, &serial, name)?, ends)?;
        let code = self.code(&serial, 0)?;
        let params = [("SerialNumber", serial.as_str()), ("TokenCode", &code)];
        let session = self.tell(&leaked, "sts:GetSessionToken", &params)?;
        let session = Client::with_answer(&session).ok_or_else(|| missing("the session"))?;
        expect(&self.tell(&session, "s3:ListAllMyBuckets", &[])?, ends)
    }

    fn for_another(
        &self,
        admin: &Client,
        [name, other]: [&str; 2],
        document: &Document,
        ends: Ends,
    ) -> Result<(), Error> {
        let leaked = self.user_with_key(admin, name, document)?;
        self.do_as(admin, "iam:CreateUser", &[("UserName", other)])?;
        let created = self.tell(
            &leaked,
            "iam:CreateVirtualMFADevice",
            &[("VirtualMFADeviceName", other)],
        )?;
        let serial = text(&created, "SerialNumber").ok_or_else(|| missing("the new device"))?;
        expect(&self.enable(&leaked, &serial, other)?, ends)
    }

    /// A user who may do everything that the document does not deny, and has a key but no device.
    fn user_with_key(
        &self,
        admin: &Client,
        name: &str,
        document: &Document,
    ) -> Result<Client, Error> {
        self.do_as(admin, "iam:CreateUser", &[("UserName", name)])?;
        let mfa = document.to_json_compact();
        for (policy, document) in [("Everything", ALLOW_EVERYTHING), ("MFA", &mfa)] {
            let params = [
                ("UserName", name),
                ("PolicyName", policy),
                ("PolicyDocument", document),
            ];
            self.do_as(admin, "iam:PutUserPolicy", &params)?;
        }
        let key = self.do_as(admin, "iam:CreateAccessKey", &[("UserName", name)])?;
        Client::with_answer(&key).ok_or_else(|| missing("the new key"))
    }

    fn enable(&self, client: &Client, serial: &str, user: &str) -> Result<Response, Error> {
        let (first, second) = (self.code(serial, -1)?, self.code(serial, 0)?);
        let params = [
            ("UserName", user),
            ("SerialNumber", serial),
            ("AuthenticationCode1", &first),
            ("AuthenticationCode2", &second),
        ];
        self.tell(client, "iam:EnableMFADevice", &params)
    }

    /// What the device shows so many steps from now.
    fn code(&self, serial: &str, steps: i64) -> Result<String, Error> {
        let at = self.context.clock.now() + Duration::seconds(30 * steps);
        let serial = SerialNumber::new(serial).map_err(|_| missing("the device"))?;
        self.server
            .with_account(|account| account.token_code(&serial, at))
            .map(|code| code.expose().to_owned())
            .ok_or_else(|| missing("the device's code"))
    }

    /// A call behind the scenes, which has to succeed.
    fn do_as(
        &self,
        client: &Client,
        action: &str,
        params: &[(&str, &str)],
    ) -> Result<Response, Error> {
        let response = self.call(client, action, params)?;
        expect(&response, Ends::Through)?;
        Ok(response)
    }
}

/// What `policy generate` prints for these options.
fn generated(options: &Options) -> Result<Document, Error> {
    generate(options)
        .map(|generated| generated.document)
        .map_err(|_| missing("the template"))
}

fn expect(response: &Response, ends: Ends) -> Result<(), Error> {
    let as_due = match ends {
        Ends::Through => response.status == 200,
        Ends::Stopped => response
            .entry
            .decision
            .as_ref()
            .is_some_and(|d| d.decision == "explicitDeny"),
    };
    if as_due {
        Ok(())
    } else {
        Err(missing("the decision that it shows"))
    }
}
