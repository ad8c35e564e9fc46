//! The credentials and devices of each user, joined from the inputs.

use std::collections::HashMap;

use super::inputs::{AccountInputs, DeviceKind, Holder, Row, ServiceCredential};
use super::report::{Credentials, DeviceReport, KeyReport};

/// What the calls of a user are signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Signing {
    /// An access key: the MFA key is absent.
    Key,
    /// A session without MFA, which an access key can always get: the MFA key is false. It cannot call IAM.
    Session,
    /// A password: the MFA key is false.
    Password,
    /// An SSH key, a service-specific credential or a certificate: the MFA key is absent. It cannot call IAM.
    Service,
}

impl Signing {
    /// As sentences write it.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Key => "the access key",
            Self::Session => "a session without MFA, made from the access key",
            Self::Password => "the password",
            Self::Service => "SSH keys, service-specific credentials or certificates",
        }
    }
}

/// The credentials and devices of one user.
#[derive(Debug, Clone, Default)]
pub(super) struct Holding {
    pub(super) credentials: Credentials,
    pub(super) devices: Vec<DeviceReport>,
    pub(super) has_device: Option<bool>,
    /// What the user certainly signs with.
    pub(super) certain: Vec<Signing>,
    /// What the user signs with as well, for all that is known.
    pub(super) possible: Vec<Signing>,
    /// What is not known, for people.
    pub(super) unknown: Vec<String>,
}

/// The credentials and devices of all users of an account.
pub(super) struct Holdings<'a> {
    inputs: &'a AccountInputs,
    devices: HashMap<&'a str, Vec<DeviceReport>>,
    services: HashMap<&'a str, Vec<&'a ServiceCredential>>,
}

impl<'a> Holdings<'a> {
    pub(super) fn of(inputs: &'a AccountInputs) -> Self {
        let mut devices: HashMap<&str, Vec<DeviceReport>> = HashMap::new();
        for device in inputs.devices.iter().flat_map(|d| &d.devices) {
            let holder = match &device.holder {
                Holder::Arn(text) | Holder::Name(text) => text.as_str(),
            };
            devices.entry(holder).or_default().push(DeviceReport {
                serial: device.serial.clone(),
                kind: device.kind,
            });
        }
        let mut services: HashMap<&str, Vec<&ServiceCredential>> = HashMap::new();
        for credential in inputs.services.iter().flat_map(|s| &s.active) {
            (services.entry(credential.user.as_str()).or_default()).push(credential);
        }
        Self {
            inputs,
            devices,
            services,
        }
    }

    /// The row of a user in the credential report.
    pub(super) fn row(&self, arn: &str) -> Option<&'a Row> {
        self.inputs.report.as_ref()?.rows.get(arn)
    }

    /// Whether a user has a device that serves to sign in; `None` is unknown.
    pub(super) fn has_device(&self, arn: &str, name: &str) -> Option<bool> {
        let listed = self
            .devices(arn, name)
            .iter()
            .any(|d| d.kind != DeviceKind::Sms);
        let reported = self.row(arn).and_then(|row| row.mfa);
        if listed { Some(true) } else { reported }
    }

    /// The row of root in the credential report.
    pub(super) fn root(&self) -> Option<&'a Row> {
        let rows = &self.inputs.report.as_ref()?.rows;
        rows.values().find(|row| row.is_root)
    }

    /// The devices of a user.
    pub(super) fn devices(&self, arn: &str, name: &str) -> Vec<DeviceReport> {
        let by = |holder: &str| self.devices.get(holder).into_iter().flatten().cloned();
        let mut all: Vec<DeviceReport> = by(arn).collect();
        for device in by(name) {
            if !all.iter().any(|known| known.serial == device.serial) {
                all.push(device);
            }
        }
        all
    }

    /// What a user holds.
    pub(super) fn of_user(&self, arn: &str, name: &str) -> Holding {
        let mut holding = Holding {
            devices: self.devices(arn, name),
            has_device: self.has_device(arn, name),
            ..Holding::default()
        };
        match (&self.inputs.report, self.row(arn)) {
            (None, _) => (holding.unknown).push("there is no credential report".to_owned()),
            (Some(_), None) => {
                (holding.unknown).push("the user is not in the credential report".to_owned());
            }
            (Some(_), Some(row)) => holding.read(row),
        }
        let is_missing = !holding.unknown.is_empty() && self.row(arn).is_none();
        if is_missing {
            holding.possible = vec![
                Signing::Key,
                Signing::Session,
                Signing::Password,
                Signing::Service,
            ];
        }
        self.read_services(&mut holding, name);
        if holding.has_device.is_none() && !is_missing {
            (holding.unknown).push("it is not known whether the user has an MFA device".to_owned());
        }
        holding
    }

    fn read_services(&self, holding: &mut Holding, name: &str) {
        let Some(lists) = &self.inputs.services else {
            return holding.may_have_services();
        };
        let of_user = self
            .services
            .get(name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let named = |what: &str| of_user.iter().filter(move |c| c.what == what).count();
        let credentials = &mut holding.credentials;
        if lists.has_ssh {
            credentials.ssh_keys = Some(named("ssh"));
        }
        if lists.has_services {
            let services = of_user.iter().map(|c| c.what.clone());
            let services = services.filter(|what| what != "ssh" && what != "certificate");
            credentials.service_specific = Some(services.collect());
        }
        let certificates = named("certificate");
        if certificates > 0 {
            credentials.certificates = Some(certificates);
        }
        if !of_user.is_empty() {
            holding.certain.push(Signing::Service);
        } else if !(lists.has_ssh && lists.has_services) {
            holding.may_have_services();
        }
    }
}

impl Holding {
    fn read(&mut self, row: &Row) {
        let keys = row.keys.iter().enumerate();
        self.credentials = Credentials {
            password: row.password,
            password_last_used: row.password_last_used,
            keys: keys
                .filter(|(_, key)| key.active != Some(false))
                .map(|(n, key)| KeyReport {
                    number: n + 1,
                    active: key.active,
                    created: key.rotated,
                    last_used: key.last_used,
                    last_service: key.last_service.clone(),
                })
                .collect(),
            certificates: (row.certificates.iter())
                .try_fold(0, |n, active| Some(n + usize::from((*active)?))),
            more: row.more,
            ..Credentials::default()
        };
        let is_any = |active: Option<bool>| row.keys.iter().any(|key| key.active == active);
        if is_any(Some(true)) {
            self.certain.extend([Signing::Key, Signing::Session]);
        } else if is_any(None) || row.more {
            self.possible.extend([Signing::Key, Signing::Session]);
            self.unknown.push(if row.more {
                "the credential report says that there are more credentials than it lists"
                    .to_owned()
            } else {
                "the credential report does not say whether an access key is active".to_owned()
            });
        }
        match row.password {
            Some(true) => self.certain.push(Signing::Password),
            Some(false) => {}
            None => {
                self.possible.push(Signing::Password);
                (self.unknown).push(
                    "the credential report does not say whether there is a password".to_owned(),
                );
            }
        }
        if row.certificates.contains(&Some(true)) {
            self.certain.push(Signing::Service);
        } else if row.certificates.contains(&None) {
            self.possible.push(Signing::Service);
            (self.unknown).push(
                "the credential report does not say whether there are certificates".to_owned(),
            );
        }
    }

    fn may_have_services(&mut self) {
        if !self.certain.contains(&Signing::Service) {
            self.possible.push(Signing::Service);
            self.unknown.push(
                "the lists of SSH keys and service-specific credentials are missing (`--service-credentials`)"
                    .to_owned(),
            );
        }
    }
}
