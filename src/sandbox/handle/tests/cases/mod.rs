//! Observed behaviour of AWS, case by case. Each test has its own users, devices and codes, and sends signed requests.
//!
//! The number in the name of a test is the number of the case.

mod console;
mod devices;
mod operations;
mod own_devices;
mod pairs;
mod policies;
mod propagation;
mod protocols;
mod refusals;
mod reports;
mod roles;
mod sessions;
mod sign_in;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::totp::DeviceSecret;

const BADPAIR: (u16, &str, &str) = (
    403,
    "InvalidAuthenticationCode",
    "Authentication code for device is not valid.",
);
const NOTUSERS: (u16, &str, &str) = (404, "NoSuchEntity", "MFA Device invalid for user.");
const EXISTS: (u16, &str, &str) = (409, "EntityAlreadyExists", "MFA device already exists.");
const INUSE: (u16, &str, &str) = (409, "EntityAlreadyExists", "MFA Device is already in use.");
const DELDEV: (u16, &str, &str) = (
    409,
    "DeleteConflict",
    "MFA VirtualDevice in use. Must deactivate first.",
);
const DELUSER: (u16, &str, &str) = (
    409,
    "DeleteConflict",
    "Cannot delete entity, must remove tokens from principal first.",
);

/// A virtual MFA device with its secret, as an authenticator app stores it.
struct Phone {
    serial: String,
    secret: DeviceSecret,
}

impl Phone {
    fn code(&self, fixture: &Fixture, k: i64) -> String {
        let then = fixture.now + Duration::seconds(30 * k);
        self.secret.code_at(then).expose_secret().to_owned()
    }

    /// The pair of codes whose second step is `k` steps from now.
    fn pair(&self, fixture: &Fixture, k: i64) -> [String; 2] {
        [self.code(fixture, k - 1), self.code(fixture, k)]
    }
}

impl Answer {
    fn body(&self) -> &str {
        std::str::from_utf8(&self.0.body).unwrap()
    }

    /// The texts of all elements with this name.
    fn texts(&self, name: &str) -> Vec<&str> {
        let open = format!("<{name}>");
        let parts = self.body().split(&open).skip(1);
        parts.map(|part| part.split('<').next().unwrap()).collect()
    }
}

/// A user with a key.
#[derive(Clone)]
struct TestUser {
    name: &'static str,
    key: Key,
}

impl Fixture {
    /// A call of IAM by the first user of the account, who may do everything.
    fn iam(&mut self, action: &str, params: &[(&str, &str)]) -> Answer {
        let key = self.key.clone();
        self.iam_by(&key, action, params)
    }

    fn iam_by(&mut self, key: &Key, action: &str, params: &[(&str, &str)]) -> Answer {
        let mut all = vec![("Action", action)];
        all.extend(params);
        self.call(key, "iam", &all)
    }

    fn person(&mut self, name: &'static str) -> TestUser {
        self.iam("CreateUser", &[("UserName", name)]).is_ok();
        let answer = self.iam("CreateAccessKey", &[("UserName", name)]);
        answer.is_ok();
        let key = Key {
            id: answer.text("AccessKeyId").unwrap(),
            secret: answer.text("SecretAccessKey").unwrap(),
            token: None,
        };
        TestUser { name, key }
    }

    fn phone(&mut self, name: &str) -> Phone {
        let answer = self.iam("CreateVirtualMFADevice", &[("VirtualMFADeviceName", name)]);
        answer.is_ok();
        phone(&answer)
    }

    fn enable_pair(&mut self, user: &str, phone: &Phone, pair: &[String; 2]) -> Answer {
        self.with_pair("EnableMFADevice", user, phone, pair)
    }

    fn enable(&mut self, user: &str, phone: &Phone, k: i64) -> Answer {
        let pair = phone.pair(self, k);
        self.enable_pair(user, phone, &pair)
    }

    fn resync(&mut self, user: &str, phone: &Phone, k: i64) -> Answer {
        let pair = phone.pair(self, k);
        self.with_pair("ResyncMFADevice", user, phone, &pair)
    }

    fn with_pair(
        &mut self,
        action: &str,
        user: &str,
        phone: &Phone,
        [first, second]: &[String; 2],
    ) -> Answer {
        self.iam(
            action,
            &[
                ("UserName", user),
                ("SerialNumber", &phone.serial),
                ("AuthenticationCode1", first),
                ("AuthenticationCode2", second),
            ],
        )
    }

    fn deactivate(&mut self, user: &str, phone: &Phone) -> Answer {
        self.iam(
            "DeactivateMFADevice",
            &[("UserName", user), ("SerialNumber", &phone.serial)],
        )
    }

    /// A user with an enabled device, whose clock agrees with the account's.
    fn user_with_device(&mut self, name: &'static str) -> (TestUser, Phone) {
        let person = self.person(name);
        let phone = self.phone(name);
        self.enable(name, &phone, 0).is_ok();
        (person, phone)
    }

    fn sign_in(&mut self, person: &TestUser, phone: &Phone, k: i64) -> Answer {
        let code = phone.code(self, k);
        let params = [
            ("SerialNumber", phone.serial.as_str()),
            ("TokenCode", &code),
        ];
        self.gst_with(&person.key, &params)
    }
}

fn phone(answer: &Answer) -> Phone {
    let seed = STANDARD
        .decode(answer.text("Base32StringSeed").unwrap())
        .unwrap();
    Phone {
        serial: answer.text("SerialNumber").unwrap(),
        secret: DeviceSecret::from_base32(&String::from_utf8(seed).unwrap()).unwrap(),
    }
}
