//! Ways past MFA for the holder of a long-term key: each a sequence of calls, with the statements that decide on them.

use super::attached::statement_name;
use super::caller::ACCOUNT;
use super::guards::Passed;
use super::sample_user::SampleUser;
use crate::policy::context::Context;
use crate::policy::evaluate::{Outcome, Requester};

/// One way, for a user without or with a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// E.g. `first-enrolment`.
    pub name: &'static str,
    /// What it gives to the holder of the key.
    pub gives: &'static str,
    /// Whether the user has a device.
    pub device: Device,
    /// Whether each step passes.
    pub open: bool,
    /// The calls in their order.
    pub steps: Vec<Step>,
}

/// Whether the key's user has an MFA device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Device {
    /// None, as with a new user.
    Without,
    /// At least one.
    With,
}

/// One call with a long-term key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// E.g. `iam:EnableMFADevice`.
    pub action: &'static str,
    /// Whose the thing is that it is about.
    pub about: About,
    /// Its resource.
    pub resource: String,
    /// `allowed`, `explicitDeny` or `implicitDeny`, by the policies.
    pub decision: &'static str,
    /// The deciding statement: policy, and `Sid` or index.
    pub by: Option<String>,
    /// Why the Denys that ask for MFA let it pass, if they do.
    pub passed: Vec<Passed>,
    /// AWS stops it although the policies let it pass: a user with a device manages their own devices with MFA only.
    pub stopped_by_aws: bool,
}

/// Whose the thing is that a step is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum About {
    /// The key's user.
    Own,
    /// Another user.
    Other,
    /// A new device.
    Device,
    /// Whatever the policies name, or anything.
    Anything,
}

/// Single calls that create new credentials, for which the policy of the user no longer applies.
const NEW_CREDENTIALS: [(&str, About); 12] = [
    ("iam:CreateAccessKey", About::Own),
    ("iam:CreateLoginProfile", About::Own),
    ("iam:UpdateLoginProfile", About::Own),
    ("iam:CreateServiceSpecificCredential", About::Own),
    ("iam:ResetServiceSpecificCredential", About::Own),
    ("iam:UpdateServiceSpecificCredential", About::Own),
    ("iam:UploadSSHPublicKey", About::Own),
    ("iam:CreateAccessKey", About::Other),
    ("iam:AcceptDelegationRequest", About::Anything),
    ("iam:SendDelegationToken", About::Anything),
    ("sts:AssumeRole", About::Anything),
    ("sts:AssumeRoot", About::Anything),
];

pub(super) fn all(user: &SampleUser) -> Vec<Path> {
    let mut paths = Vec::new();
    for device in [Device::Without, Device::With] {
        paths.push(path(
            user,
            device,
            "first-enrolment",
            "an MFA device for that user, and with it everything that the user may do",
            &[
                ("iam:CreateVirtualMFADevice", About::Device),
                ("iam:EnableMFADevice", About::Own),
                ("sts:GetSessionToken", About::Anything),
            ],
        ));
        paths.push(path(
            user,
            device,
            "enrol-another-user",
            "an MFA device for another user who has none",
            &[
                ("iam:CreateVirtualMFADevice", About::Device),
                ("iam:EnableMFADevice", About::Other),
            ],
        ));
        for about in [About::Own, About::Other] {
            paths.push(path(
                user,
                device,
                "remove-device",
                "a user without a device, for whom a new one can be enrolled",
                &[("iam:DeactivateMFADevice", about)],
            ));
        }
        for call in NEW_CREDENTIALS {
            let gives = "further credentials";
            paths.push(path(user, device, "new-credentials", gives, &[call]));
        }
        for action in ["sts:GetFederationToken", "sts:GetWebIdentityToken"] {
            let gives = "a token that other accounts or services trust";
            let call = [(action, About::Anything)];
            paths.push(path(user, device, "federation-token", gives, &call));
        }
        let gives = "an OAuth token, made from the key alone";
        let call = [("signin:CreateOAuth2Token", About::Anything)];
        paths.push(path(user, device, "oauth-token", gives, &call));
    }
    paths
}

fn path(
    user: &SampleUser,
    device: Device,
    name: &'static str,
    gives: &'static str,
    calls: &[(&'static str, About)],
) -> Path {
    let steps: Vec<Step> = (calls.iter())
        .map(|(action, about)| step(user, device, action, *about))
        .collect();
    let passes = |s: &Step| s.decision == Outcome::Allowed.as_str() && !s.stopped_by_aws;
    Path {
        name,
        gives,
        device,
        open: steps.iter().all(passes),
        steps,
    }
}

fn step(user: &SampleUser, device: Device, action: &'static str, about: About) -> Step {
    let partition = &user.partition;
    // A key turned into a token says so in its request.
    let absent = &user.requesters.absent;
    let oauth;
    let requester = if action == "signin:CreateOAuth2Token" {
        let context: Context =
            (absent.context().clone()).with("signin:OAuthGrantType", "client_credentials");
        oauth = Requester::new(absent.caller().clone(), context);
        &oauth
    } else {
        absent
    };
    let resources = match about {
        About::Own => vec![user.user("caller")],
        About::Other => vec![user.user("other")],
        About::Device => vec![format!("arn:{partition}:iam::{ACCOUNT}:mfa/device")],
        About::Anything => user.resources(action),
    };
    let decide = |resource: &String| user.decide(action, resource, requester);
    let resource = resources
        .iter()
        .find(|r| decide(r).outcome == Outcome::Allowed)
        .or(resources.first())
        .cloned()
        .unwrap_or_default();
    let decision = decide(&resource);
    let by = decision.deciding.first().and_then(|deciding| {
        let named = user.policies.layer(deciding.layer).get(deciding.policy)?;
        let statements = named.policy.document().statements();
        let statement = statements.get(deciding.statement)?;
        Some(statement_name(&named.name, statement, deciding.statement))
    });
    // Since 2023: with a device, one's own devices are added and removed with MFA only.
    let own_devices =
        about == About::Own && matches!(action, "iam:EnableMFADevice" | "iam:DeactivateMFADevice");
    // A user without a device has none to remove.
    let nothing_there = about == About::Own && action == "iam:DeactivateMFADevice";
    Step {
        action,
        about,
        passed: if decision.outcome == Outcome::Allowed {
            user.passed(action, &resource, requester)
        } else {
            Vec::new()
        },
        resource,
        decision: decision.outcome.as_str(),
        by,
        stopped_by_aws: (own_devices && device == Device::With)
            || (nothing_there && device == Device::Without),
    }
}
