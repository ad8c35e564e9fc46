//! `device enroll`: creates a virtual MFA device, shows it to an authenticator app, and enables it with two codes.
//!
//! INVARIANT: a device that was created and cannot be enabled is deleted, or the command that deletes it is printed: signals wait until
//! that is done.

use secrecy::{ExposeSecret as _, SecretString};

use crate::aws::types::{SerialNumber, TokenCode};
use crate::aws::{CallError, CallerIdentity, EnabledDevice, NewDevice, RefusalKind, Signer, Skew};
use crate::cli::{CallArgs, DeviceEnroll};
use crate::context::Context;
use crate::error::Error;
use crate::login::{Purpose, sweep};
use crate::prompt::{Held, Signals};
use crate::qr;
use crate::test_hooks::step;
use crate::totp::DeviceSecret;

use super::super::consent::{self, Consent};
use super::super::outcome::Outcome;
use super::super::own_calls::{OwnCalls, obey, wanted};
use super::super::person::{Enter, Person};
use super::super::refusal::explained;
use super::codes;
use super::name::{free_name, future_serial};
use super::remember::Memory;
use super::unfinished;

/// The issuer that authenticator apps show, as in the console's own QR codes.
const ISSUER: &str = "Amazon Web Services";
/// How many MFA devices a user can have
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).
const MOST_DEVICES: usize = 8;

/// What a script types.
const SCRIPT: &str = "device enroll --yes --create-only --secret";

/// An enrolment, as far as it is known before anything changes.
struct Enrolment<'a> {
    calls: OwnCalls<'a>,
    signer: Signer,
    caller: CallerIdentity,
    user_name: String,
    /// The devices that the user has, if AWS lists them.
    devices: Option<Vec<EnabledDevice>>,
    skew: Skew,
}

pub(super) fn run(context: &Context, profile: Option<&str>, args: DeviceEnroll) -> Outcome {
    let DeviceEnroll {
        name,
        secret,
        create_only,
        serial_number,
        yes,
        codes: code_args,
        call,
    } = args;
    let given = codes::given(code_args)?;
    let created = serial_number
        .map(|text| SerialNumber::new(&text))
        .transpose()
        .map_err(|error| Error::Usage {
            message: format!("`--serial-number` is {error}"),
            hint: "mfa-session device enroll --help".to_owned(),
        })?;
    if given.is_some() && created.is_none() {
        return Err(Error::Usage {
            message: "a new device has no token codes yet, so `--authentication-code1` needs `--serial-number`".to_owned(),
            hint: "mfa-session device enroll --help".to_owned(),
        });
    }
    let enrolment = Enrolment::begin(context, profile, &call)?;
    let form = Form {
        secret,
        create_only,
        yes,
    };
    match created {
        Some(device) => enrolment.enable_created(&device, given, yes),
        None => enrolment.create_and_enable(name, form),
    }
}

/// How a device is created.
#[derive(Clone, Copy)]
struct Form {
    secret: bool,
    create_only: bool,
    yes: bool,
}

impl<'a> Enrolment<'a> {
    /// Finds out who the user is, which devices they have, and what signs the calls.
    fn begin(context: &'a Context, profile: Option<&str>, args: &CallArgs) -> Result<Self, Error> {
        let calls = OwnCalls::of(context, &wanted(profile, args), Purpose::Change)?;
        // What cannot be removed is left to the next command.
        let _ = sweep(context, &calls.user.state);
        let mut signer = calls.user.signer(context)?;
        let (caller, user_name) = calls.identity(&signer)?;
        let (devices, skew) = match calls.call(|aws, to| aws.devices(to, &signer)) {
            Ok((devices, skew)) => (Some(devices), skew),
            // The first device can be enrolled without the list.
            Err(CallError::Refused { refusal, skew, .. })
                if refusal.kind == RefusalKind::Policy =>
            {
                (None, skew)
            }
            Err(error) => return Err(explained(&calls, &signer, error)),
        };
        let count = devices.as_ref().map_or(0, Vec::len);
        if count >= MOST_DEVICES {
            return Err(Error::Refused {
                message: format!("the user has {count} MFA devices, which is AWS's limit"),
                hint: calls.command("device remove --serial-number SERIAL"),
            });
        }
        if count > 0 && matches!(signer, Signer::Key(_)) {
            let why =
                "The user has an MFA device, so AWS adds another one only with an MFA session.";
            signer = Signer::Session(calls.mfa_session(args, why)?.credentials);
        }
        Ok(Self {
            calls,
            signer,
            caller,
            user_name,
            devices,
            skew,
        })
    }

    fn create_and_enable(&self, name: Option<String>, form: Form) -> Outcome {
        let devices = self.devices.as_deref().unwrap_or_default();
        let name = name.unwrap_or_else(|| free_name(&self.user_name, devices));
        let serial = future_serial(&self.caller, &name);
        let serial = SerialNumber::new(&serial).map_err(|error| Error::Usage {
            message: format!("`{name}` cannot be the name of a device: it would make {error}"),
            hint: "mfa-session device enroll --name NAME".to_owned(),
        })?;
        let memory = Memory::plan(&self.calls, &serial, self.devices.as_deref());
        let needs_person = !form.create_only || !form.secret;
        if needs_person {
            // Seen before anything is created; opened again for the codes.
            drop(codes::person(&self.calls, SCRIPT)?);
        }
        let mut plan = vec![if form.create_only {
            format!(
                "This creates the virtual MFA device {serial}. It is nobody's until it is enabled."
            )
        } else {
            format!(
                "This creates the virtual MFA device {serial}, and enables it for user {} with two token codes that you type.",
                self.user_name
            )
        }];
        plan.extend(memory.sentence(&self.calls).filter(|_| !form.create_only));
        self.consent(&plan, form.yes)?;
        let person = needs_person
            .then(|| codes::person(&self.calls, SCRIPT))
            .transpose()?;
        // From here on a signal must not end the program before the device is enabled or deleted.
        let held = Signals::hold().ok();
        let result = self.create(&name, &serial, form, person);
        let signal = held.map(Held::finish);
        let enabled = result?;
        if let Some(device) = &enabled {
            memory.act(&self.calls, device);
            self.say_next();
        }
        obey(signal)
    }

    /// Creates the device and enables it. Returns it, unless it is only to be created.
    fn create(
        &self,
        name: &str,
        expected: &SerialNumber,
        form: Form,
        person: Option<Person<'_>>,
    ) -> Result<Option<SerialNumber>, Error> {
        let by = &self.signer;
        let created = self.calls.call(|aws, to| aws.create_device(to, by, name));
        let _ = step("device.created");
        let device = match created {
            Ok((device, _)) => device,
            Err(error) => {
                if matches!(error, CallError::Lost { .. } | CallError::NotAws { .. }) {
                    unfinished::abandon(&self.calls, by, expected);
                }
                return Err(explained(&self.calls, by, error));
            }
        };
        let serial = device.serial_number.clone();
        let enabled = self.show(device, name, form, person).and_then(|person| {
            match person.filter(|_| !form.create_only) {
                Some(mut person) => self.enable_by_person(&serial, &mut person).map(Some),
                None => Ok(None),
            }
        });
        match enabled {
            Ok(Some(())) => Ok(Some(serial)),
            Ok(None) => {
                unfinished::say_how_to_finish(&self.calls, &serial);
                Ok(None)
            }
            Err(error) => {
                unfinished::abandon(&self.calls, by, &serial);
                Err(error)
            }
        }
    }

    /// Shows the secret of a new device, once. Returns the person who is to type its codes.
    fn show<'p>(
        &self,
        device: NewDevice,
        name: &str,
        form: Form,
        person: Option<Person<'p>>,
    ) -> Result<Option<Person<'p>>, Error> {
        let NewDevice { secret, .. } = device;
        if form.secret {
            let text = secrecy::zeroize::Zeroizing::new(format!("{}\n", secret.expose_secret()));
            self.calls.context.ui.data(&text)?;
            return Ok(person);
        }
        let Some(mut person) = person else {
            return Ok(None);
        };
        let account_name = format!("{name}@{}", self.caller.account);
        let picture = qr_code(&secret, &account_name);
        person.say("Scan this QR code with an authenticator app:");
        let is_shown = picture.is_some_and(|picture| {
            let width = picture.lines().map(|line| line.chars().count()).max();
            person.has_columns(width.unwrap_or(0)) && person.show(&picture)
        });
        if is_shown {
            return Ok(Some(person));
        }
        Err(Error::Refused {
            message: "the QR code could not be shown at this terminal".to_owned(),
            hint: format!(
                "widen the terminal, or show the secret as text: {}",
                self.calls.command("device enroll --secret")
            ),
        })
    }

    fn enable_created(
        &self,
        device: &SerialNumber,
        given: Option<[TokenCode; 2]>,
        yes: bool,
    ) -> Outcome {
        let memory = Memory::plan(&self.calls, device, self.devices.as_deref());
        if given.is_none() {
            drop(codes::person(&self.calls, SCRIPT)?);
        }
        let mut plan = vec![format!(
            "This enables the MFA device {device} for user {}.",
            self.user_name
        )];
        plan.extend(memory.sentence(&self.calls));
        self.consent(&plan, yes)?;
        match given {
            Some(pair) => self
                .enable(device, &pair)
                .map_err(|error| explained(&self.calls, &self.signer, error))?,
            None => self.enable_by_person(device, &mut codes::person(&self.calls, SCRIPT)?)?,
        }
        memory.act(&self.calls, device);
        self.say_next();
        Ok(0)
    }

    /// Asks for pairs of codes until AWS accepts one.
    fn enable_by_person(
        &self,
        device: &SerialNumber,
        person: &mut Person<'_>,
    ) -> Result<(), Error> {
        codes::until_accepted(
            self.calls.context,
            person,
            self.skew,
            &|pair| self.enable(device, pair),
            &|error| explained(&self.calls, &self.signer, error),
        )
    }

    fn enable(&self, device: &SerialNumber, pair: &[TokenCode; 2]) -> Result<(), CallError> {
        let (by, user) = (&self.signer, self.user_name.as_str());
        let enabled = (self.calls).call(|aws, to| aws.enable_device(to, by, user, device, pair));
        let _ = step("device.enabled");
        enabled?;
        self.calls.context.ui.say(&format!(
            "The MFA device {device} is enabled for user {user}."
        ));
        Ok(())
    }

    fn say_next(&self) {
        let ui = self.calls.context.ui;
        ui.say("STS may need some seconds to learn of the device. Wait for the next code, then log in:");
        ui.command(&self.calls.command("login"));
    }

    fn consent(&self, plan: &[String], yes: bool) -> Result<(), Error> {
        let consent = Consent {
            plan,
            enter: Enter::Yes,
            yes,
            command: &self.calls.command("device enroll"),
        };
        consent::obtain(self.calls.context, &self.calls.user.state.cache, &consent)
    }
}

/// The QR code of a device for authenticator apps.
fn qr_code(secret: &SecretString, account_name: &str) -> Option<String> {
    let secret = DeviceSecret::from_base32(secret.expose_secret()).ok()?;
    let uri = secret.uri(ISSUER, account_name)?;
    qr::render(uri.expose_secret())
}
