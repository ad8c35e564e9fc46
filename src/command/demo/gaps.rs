//! The two gaps of the seed policy, and the options of `policy generate` that close them.
//!
//! Each gap is shown as the requests that the holder of a leaked key makes in the sandbox.

use time::Duration;

use crate::aws::types::SerialNumber;
use crate::error::Error;
use crate::policy::document::Document;
use crate::policy::generate::{Options, Template, generate, seed};
use crate::sandbox::Response;
use crate::sandbox::client::{Client, text};

use super::{ALLOW_EVERYTHING, Demo, failed};

/// How the policies must decide a request of the leaked key's holder.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Allowed,
    ExplicitDeny,
}

impl Demo {
    /// Shows each gap, and the same requests under a policy that closes it. `admin` is a session with MFA.
    pub(super) fn show_gaps(&self, admin: &Client) -> Result<(), Error> {
        self.step(
            9,
            "Find a gap in this policy: the key of a user without an MFA device leaks.",
            "mfa-session policy verify mfa.json",
        )?;
        self.first_enrolment(admin, "user-1", &seed(), Expected::Allowed)?;
        self.say(
            "   The holder of the leaked key now controls an MFA device and has every\n   permission.\n",
        )?;
        self.step(
            10,
            "Close this gap: only a console sign-in may enrol an MFA device.",
            "mfa-session policy generate --template console-enrol",
        )?;
        let document = generated(&Options {
            templates: vec![Template::ConsoleEnrol],
            ..Options::default()
        })?;
        self.first_enrolment(admin, "user-2", &document, Expected::ExplicitDeny)?;
        self.step(
            11,
            "Find another gap: a leaked key can enrol an MFA device for another user.",
            "mfa-session policy verify mfa.json",
        )?;
        self.for_another(admin, ["user-3", "other-1"], &seed(), Expected::Allowed)?;
        self.step(
            12,
            "Close this gap: without MFA, nobody may enrol a device for another user.",
            "mfa-session policy generate --guard own-only",
        )?;
        let document = generated(&Options {
            guard_own_only: true,
            ..Options::default()
        })?;
        self.for_another(
            admin,
            ["user-4", "other-2"],
            &document,
            Expected::ExplicitDeny,
        )
    }

    fn first_enrolment(
        &self,
        admin: &Client,
        name: &str,
        document: &Document,
        expected: Expected,
    ) -> Result<(), Error> {
        let leaked = self.user_with_key(admin, name, document)?;
        let created = self.show_call(
            &leaked,
            "iam:CreateVirtualMFADevice",
            &[("VirtualMFADeviceName", "not-theirs")],
        )?;
        if expected == Expected::ExplicitDeny {
            return expect(&created, expected);
        }
        let serial = serial_number(&created)?;
        expect(&self.enable(&leaked, &serial, name)?, expected)?;
        let code = self.code(&serial, 0)?;
        let params = [("SerialNumber", serial.as_str()), ("TokenCode", &code)];
        let session = self.show_call(&leaked, "sts:GetSessionToken", &params)?;
        let session = Client::with_answer(&session).ok_or_else(no_credentials)?;
        expect(
            &self.show_call(&session, "s3:ListAllMyBuckets", &[])?,
            expected,
        )
    }

    fn for_another(
        &self,
        admin: &Client,
        [name, other]: [&str; 2],
        document: &Document,
        expected: Expected,
    ) -> Result<(), Error> {
        let leaked = self.user_with_key(admin, name, document)?;
        self.prepare(admin, "iam:CreateUser", &[("UserName", other)])?;
        let created = self.show_call(
            &leaked,
            "iam:CreateVirtualMFADevice",
            &[("VirtualMFADeviceName", other)],
        )?;
        let serial = serial_number(&created)?;
        expect(&self.enable(&leaked, &serial, other)?, expected)
    }

    /// Creates a user with a long-term key and no MFA device, who may do everything that `document` does not deny.
    fn user_with_key(
        &self,
        admin: &Client,
        name: &str,
        document: &Document,
    ) -> Result<Client, Error> {
        self.prepare(admin, "iam:CreateUser", &[("UserName", name)])?;
        let mfa = document.to_json_compact();
        for (policy, document) in [("Everything", ALLOW_EVERYTHING), ("MFA", &mfa)] {
            let params = [
                ("UserName", name),
                ("PolicyName", policy),
                ("PolicyDocument", document),
            ];
            self.prepare(admin, "iam:PutUserPolicy", &params)?;
        }
        let key = self.prepare(admin, "iam:CreateAccessKey", &[("UserName", name)])?;
        Client::with_answer(&key).ok_or_else(no_credentials)
    }

    fn enable(&self, client: &Client, serial: &str, user: &str) -> Result<Response, Error> {
        let (first, second) = (self.code(serial, -1)?, self.code(serial, 0)?);
        let params = [
            ("UserName", user),
            ("SerialNumber", serial),
            ("AuthenticationCode1", &first),
            ("AuthenticationCode2", &second),
        ];
        self.show_call(client, "iam:EnableMFADevice", &params)
    }

    /// The token code that a device shows `steps` steps of 30 seconds from now.
    fn code(&self, serial: &str, steps: i64) -> Result<String, Error> {
        let at = self.context.clock.now() + Duration::seconds(30 * steps);
        let serial = SerialNumber::new(serial)
            .map_err(|_| failed("the serial number of the new MFA device is malformed"))?;
        self.server
            .with_account(|account| account.token_code(&serial, at))
            .map(|code| code.expose().to_owned())
            .ok_or_else(|| failed("the new MFA device has no token code"))
    }

    /// Makes a call that prepares a gap. It is not printed and must succeed.
    fn prepare(
        &self,
        client: &Client,
        action: &str,
        params: &[(&str, &str)],
    ) -> Result<Response, Error> {
        let response = self.call(client, action, params)?;
        expect(&response, Expected::Allowed)?;
        Ok(response)
    }
}

/// What `policy generate` prints for these options.
fn generated(options: &Options) -> Result<Document, Error> {
    generate(options)
        .map(|generated| generated.document)
        .map_err(|_| failed("the policy cannot be generated"))
}

fn serial_number(created: &Response) -> Result<String, Error> {
    text(created, "SerialNumber")
        .ok_or_else(|| failed("the answer contains no serial number of an MFA device"))
}

fn no_credentials() -> Error {
    failed("the answer contains no credentials")
}

fn expect(response: &Response, expected: Expected) -> Result<(), Error> {
    let is_as_expected = match expected {
        Expected::Allowed => response.status == 200,
        Expected::ExplicitDeny => response
            .entry
            .decision
            .as_ref()
            .is_some_and(|d| d.decision == "explicitDeny"),
    };
    if is_as_expected {
        Ok(())
    } else {
        Err(failed("a request was not decided as expected"))
    }
}
