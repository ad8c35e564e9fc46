//! Builds the inputs of an account as the AWS CLI saves them.

use serde_json::{Value, json};

use crate::audit::inputs::{self, AccountInputs, Control, ControlKind, Inputs};
use crate::audit::report::{AccountReport, UserReport, Verdict};
use crate::audit::{Options, judge};
use crate::policy::generate::{self, Template};

pub(super) const ACCOUNT: &str = "123456789012";
const HEAD: &str = "user,arn,password_enabled,mfa_active,access_key_1_active,access_key_2_active,cert_1_active,cert_2_active";

/// Nobody has SSH keys or service-specific credentials.
pub(super) const NO_SERVICES: &str = r#"{"ServiceSpecificCredentials":[]}{"SSHPublicKeys":[]}"#;

/// The policy that this program generates, and others by which accounts require MFA.
pub(super) fn seed() -> Value {
    parse(&generate::seed().to_json_compact())
}

pub(super) fn generated(templates: &[Template], own_only: bool) -> Value {
    let options = generate::Options {
        templates: templates.to_vec(),
        guard_own_only: own_only,
        ..generate::Options::default()
    };
    parse(
        &generate::generate(&options)
            .unwrap()
            .document
            .to_json_compact(),
    )
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

pub(super) fn policy(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

pub(super) fn allow(actions: Value) -> Value {
    policy(json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}]))
}

pub(super) fn admin() -> Value {
    allow(json!("*"))
}

/// Everything but these actions is denied where the condition holds.
pub(super) fn deny_but(exceptions: Value, condition: Value) -> Value {
    policy(
        json!([{"Sid": "Guard", "Effect": "Deny", "NotAction": exceptions, "Resource": "*", "Condition": condition}]),
    )
}

pub(super) fn seed_exceptions() -> Vec<&'static str> {
    generate::statements::SEED_EXCEPTIONS.to_vec()
}

pub(super) fn without_mfa() -> Value {
    json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})
}

pub(super) fn arn(path: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{path}")
}

/// An account in the making.
#[derive(Default)]
pub(super) struct World {
    users: Vec<Value>,
    groups: Vec<Value>,
    roles: Vec<Value>,
    policies: Vec<Value>,
    rows: Vec<String>,
    devices: Vec<Value>,
    control: Vec<Control>,
    services: Option<String>,
    has_no_report: bool,
    pub(super) options: Options,
}

/// A user in the making. It has an active key and a device.
pub(super) struct Person {
    name: &'static str,
    path: &'static str,
    inline: Vec<Value>,
    attached: Vec<String>,
    groups: Vec<&'static str>,
    boundary: Option<String>,
    tags: Vec<(&'static str, &'static str)>,
    password: bool,
    key: bool,
    device: bool,
    passkey: bool,
    is_reported: bool,
}

pub(super) fn person(name: &'static str) -> Person {
    Person {
        name,
        path: "",
        inline: Vec::new(),
        attached: Vec::new(),
        groups: Vec::new(),
        boundary: None,
        tags: Vec::new(),
        password: false,
        key: true,
        device: true,
        passkey: false,
        is_reported: true,
    }
}

impl Person {
    pub(super) fn path(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }
    pub(super) fn with(mut self, policy: Value) -> Self {
        self.inline.push(policy);
        self
    }
    pub(super) fn attached(mut self, name: &str) -> Self {
        self.attached.push(arn(&format!("policy/{name}")));
        self
    }
    pub(super) fn member(mut self, group: &'static str) -> Self {
        self.groups.push(group);
        self
    }
    pub(super) fn boundary(mut self, name: &str) -> Self {
        self.boundary = Some(arn(&format!("policy/{name}")));
        self
    }
    pub(super) fn tag(mut self, key: &'static str, value: &'static str) -> Self {
        self.tags.push((key, value));
        self
    }
    pub(super) fn password(mut self) -> Self {
        self.password = true;
        self
    }
    pub(super) fn no_key(mut self) -> Self {
        self.key = false;
        self
    }
    pub(super) fn no_device(mut self) -> Self {
        self.device = false;
        self
    }
    pub(super) fn passkey(mut self) -> Self {
        self.passkey = true;
        self
    }
    pub(super) fn not_reported(mut self) -> Self {
        self.is_reported = false;
        self
    }
}

impl World {
    pub(super) fn user(mut self, person: Person) -> Self {
        let own = arn(&format!("user/{}{}", person.path, person.name));
        let inline = person.inline.iter().enumerate();
        let inline: Vec<Value> = inline
            .map(|(n, p)| json!({"PolicyName": format!("own-{n}"), "PolicyDocument": p}))
            .collect();
        let attached = person.attached.iter();
        let mut user = json!({
            "Arn": own, "UserName": person.name, "UserId": format!("AIDA{}", person.name.to_uppercase()), "Path": "/",
            "UserPolicyList": inline,
            "AttachedManagedPolicies": attached.map(|a| json!({"PolicyArn": a})).collect::<Vec<_>>(),
            "GroupList": person.groups,
            "Tags": person.tags.iter().map(|(k, v)| json!({"Key": k, "Value": v})).collect::<Vec<_>>(),
        });
        if let Some(boundary) = &person.boundary {
            user["PermissionsBoundary"] = json!({"PermissionsBoundaryArn": boundary});
        }
        self.users.push(user);
        if person.is_reported {
            let Person {
                name,
                password,
                key,
                device,
                ..
            } = person;
            (self.rows).push(format!(
                "{name},{own},{password},{device},{key},false,false,false"
            ));
        }
        if person.device {
            let kind = if person.passkey { "u2f/user" } else { "mfa" };
            self.devices.push(json!({
                "SerialNumber": arn(&format!("{kind}/{}", person.name)),
                "User": {"Arn": own, "UserName": person.name}, "EnableDate": "2026-01-01T00:00:00Z",
            }));
        }
        self
    }

    pub(super) fn group(mut self, name: &str, policies: &[Value]) -> Self {
        let inline = policies.iter().enumerate();
        let inline: Vec<Value> = inline
            .map(|(n, p)| json!({"PolicyName": format!("of-group-{n}"), "PolicyDocument": p}))
            .collect();
        self.groups.push(json!({
            "Arn": arn(&format!("group/{name}")), "GroupName": name, "GroupPolicyList": inline, "AttachedManagedPolicies": [],
        }));
        self
    }

    pub(super) fn role(mut self, name: &str, trust: Value, policy: Value) -> Self {
        self.roles.push(json!({
            "Arn": arn(&format!("role/{name}")), "RoleName": name, "RoleId": format!("AROA{name}"),
            "AssumeRolePolicyDocument": trust,
            "RolePolicyList": [{"PolicyName": "of-role", "PolicyDocument": policy}], "AttachedManagedPolicies": [],
        }));
        self
    }

    pub(super) fn managed(mut self, name: &str, document: Value) -> Self {
        self.policies.push(json!({
            "PolicyName": name, "Arn": arn(&format!("policy/{name}")), "DefaultVersionId": "v2",
            "PolicyVersionList": [
                {"VersionId": "v1", "Document": policy(json!([]))},
                {"VersionId": "v2", "IsDefaultVersion": true, "Document": document},
            ],
        }));
        self
    }

    pub(super) fn scp(mut self, document: &Value) -> Self {
        let read = inputs::read_control("scp", &document.to_string(), ControlKind::Service);
        self.control.push(read.unwrap());
        self
    }

    pub(super) fn services(mut self, text: &str) -> Self {
        self.services = Some(text.to_owned());
        self
    }

    pub(super) fn no_report(mut self) -> Self {
        self.has_no_report = true;
        self
    }

    pub(super) fn row(mut self, row: &str) -> Self {
        self.rows.push(row.to_owned());
        self
    }

    pub(super) fn judged(self) -> AccountReport {
        let details = json!({
            "UserDetailList": self.users, "GroupDetailList": self.groups, "RoleDetailList": self.roles, "Policies": self.policies,
        });
        let account = crate::account::read(&details.to_string()).unwrap();
        let report = format!("{HEAD}\n{}\n", self.rows.join("\n"));
        let devices = json!({"VirtualMFADevices": self.devices}).to_string();
        let inputs = Inputs {
            accounts: vec![AccountInputs {
                account,
                report: (!self.has_no_report).then(|| inputs::read_report(&report).unwrap()),
                devices: Some(inputs::read_devices(&devices).unwrap()),
                summary: None,
                services: (self.services.as_deref())
                    .map(|text| inputs::read_service_credentials(text).unwrap()),
            }],
            control: self.control,
        };
        judge(&inputs, &self.options).accounts.remove(0)
    }

    pub(super) fn verdict(self, name: &str) -> Verdict {
        let report = self.judged();
        find(&report, name).verdict
    }
}

pub(super) fn find<'a>(report: &'a AccountReport, name: &str) -> &'a UserReport {
    report.users.iter().find(|user| user.name == name).unwrap()
}

/// The verdict on a user who is alone in the account.
pub(super) fn alone(person: Person) -> Verdict {
    let name = person.name;
    World::default().user(person).verdict(name)
}

/// The names of the ways that are open to a user who is alone in the account.
pub(super) fn ways(report: &AccountReport, name: &str) -> Vec<&'static str> {
    find(report, name).ways.iter().map(|way| way.name).collect()
}
