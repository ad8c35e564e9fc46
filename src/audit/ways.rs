//! The ways around MFA that are open to a user as it stands.

use super::held::Signing;
use super::report::Way;
use super::roles::{Assumer, Roles};
use crate::policy::actions::ActionSet;
use crate::policy::evaluate::{Habits, Outcome, PolicySet, Request, Requester};
use crate::policy::reach::{Bound, Field, Holding};

/// The most roles that are listed for one user.
const MOST_ROLES: usize = 5;

/// Calls that create new credentials, or let somebody else create them.
const NEW_CREDENTIALS: [&str; 13] = [
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:UpdateLoginProfile",
    "iam:UpdateAccessKey",
    "iam:CreateServiceSpecificCredential",
    "iam:ResetServiceSpecificCredential",
    "iam:UpdateServiceSpecificCredential",
    "iam:UploadSSHPublicKey",
    "iam:AcceptDelegationRequest",
    "iam:SendDelegationToken",
    "sts:AssumeRoot",
    "sts:GetFederationToken",
    "sts:GetWebIdentityToken",
];

/// Calls that remove a device, so that a new one can be enrolled.
const REMOVAL: [&str; 2] = ["iam:DeactivateMFADevice", "iam:DeleteVirtualMFADevice"];

/// A user who may go around MFA.
pub(super) struct Walker<'a> {
    pub(super) field: &'a Field,
    pub(super) roles: &'a Roles<'a>,
    pub(super) bound: &'a Bound,
    /// The statements that apply at the requester's state.
    pub(super) holding: &'a Holding,
    pub(super) policies: PolicySet,
    pub(super) requester: &'a Requester,
    /// What is possible at the requester's state.
    pub(super) possible: &'a ActionSet,
    /// What of it is not expected.
    pub(super) unexpected: &'a ActionSet,
    pub(super) signing: Signing,
    /// `None` is unknown.
    pub(super) has_device: Option<bool>,
    /// Other users of the account.
    pub(super) others: &'a [String],
}

impl Walker<'_> {
    /// The ways that are open where something requires MFA.
    pub(super) fn around_guard(&self) -> Vec<Way> {
        let mut ways = Vec::new();
        if matches!(self.signing, Signing::Key | Signing::Password) {
            ways.extend(self.first_enrolment());
            ways.extend(self.enrolment_of_others());
        }
        for (names, name, gives) in [
            (
                &REMOVAL[..],
                "remove-device",
                "a user without a device, for whom another can be enrolled",
            ),
            (
                &NEW_CREDENTIALS[..],
                "new-credentials",
                "further credentials",
            ),
            (
                &["signin:CreateOAuth2Token"][..],
                "oauth-token",
                "an OAuth token, made from the credentials alone",
            ),
        ] {
            let mut open = self.field.matching(names);
            open.keep(self.unexpected);
            let actions = self.field.listed(&open);
            let calls = actions.map(|action| vec![(action.to_owned(), "*".to_owned())]);
            ways.extend(calls.map(|calls| self.way(name, gives, calls)));
        }
        ways
    }

    /// The roles that can be assumed without MFA, by their numbers.
    pub(super) fn roles(&mut self) -> Vec<usize> {
        if self.signing == Signing::Service {
            return Vec::new();
        }
        let may_assume = (self.field.matching(&["sts:AssumeRole"])).meets(self.possible);
        let roles = self.roles;
        let by = Assumer {
            bound: self.bound,
            holding: self.holding,
            requester: self.requester,
            may_assume,
        };
        let found = roles.assumable(&mut self.policies, &by);
        self.policies.resource.clear();
        self.policies.resource_control.clear();
        found
    }

    /// The chain of roles among these that leads to an administrator.
    pub(super) fn to_administrator(&self, found: &[usize]) -> Option<Way> {
        let chain = self.roles.shortest(found)?;
        let calls = chain
            .iter()
            .map(|role| assume(&role.identity.arn))
            .collect();
        let gives = "the permissions of an administrator";
        Some(self.way("administrator-by-roles", gives, calls))
    }

    /// Each of these roles, as a way; the first ones only.
    pub(super) fn by_role(&self, found: &[usize]) -> Vec<Way> {
        let targets = found.iter().filter_map(|n| self.roles.targets.get(*n));
        targets
            .take(MOST_ROLES)
            .map(|target| {
                let identity = &target.role.identity;
                let gives = format!("the permissions of role `{}`", identity.name);
                self.way("assume-role", &gives, vec![assume(&identity.arn)])
            })
            .collect()
    }

    fn way(&self, name: &'static str, gives: &str, calls: Vec<(String, String)>) -> Way {
        Way {
            name,
            gives: gives.to_owned(),
            with: self.signing.words(),
            calls,
        }
    }

    fn allows(&self, action: &str, resource: &str) -> bool {
        let request = Request {
            action,
            resource,
            requester: self.requester,
            owner: None,
            habits: Habits::Live,
        };
        self.policies.outcome(&request) == Outcome::Allowed
    }

    /// Since 2023 AWS stops a user who has a device from enrolling another one without MFA.
    fn first_enrolment(&self) -> Option<Way> {
        const ENABLE: &str = "iam:EnableMFADevice";
        let own = &self.requester.caller().arn;
        if self.has_device == Some(true) || !self.allows(ENABLE, own) {
            return None;
        }
        let mut calls = Vec::new();
        let create = self.field.matching(&["iam:CreateVirtualMFADevice"]);
        if create.meets(self.possible) {
            calls.push(("iam:CreateVirtualMFADevice".to_owned(), "*".to_owned()));
        }
        calls.push((ENABLE.to_owned(), own.clone()));
        let gives =
            "the first MFA device of this user, and with it everything that the user may do";
        Some(self.way("first-enrolment", gives, calls))
    }

    fn enrolment_of_others(&self) -> Option<Way> {
        const ENABLE: &str = "iam:EnableMFADevice";
        let mut others = self.others.iter();
        let other = others.find(|other| self.allows(ENABLE, other))?;
        let gives = "an MFA device for another user";
        Some(self.way(
            "enrol-another-user",
            gives,
            vec![(ENABLE.to_owned(), other.clone())],
        ))
    }
}

fn assume(arn: &str) -> (String, String) {
    ("sts:AssumeRole".to_owned(), arn.to_owned())
}
