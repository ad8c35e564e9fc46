//! The calls that nobody needs before MFA, and the exceptions that let them pass.

use crate::policy::catalog::Catalog;
use crate::policy::document::{Scalar, Strings};
use crate::policy::lint::fix::{Edit, Fix};
use crate::policy::lint::guard::{Guard, Place, Target};
use crate::policy::lint::view::View;

/// The calls that remove an MFA device.
pub(super) const DEVICE_REMOVALS: [(&str, Target); 2] = [
    ("iam:DeactivateMFADevice", Target::User),
    ("iam:DeleteVirtualMFADevice", Target::Device),
];

/// The calls that create or hand out credentials.
const NEW_CREDENTIALS: [(&str, Target); 13] = [
    ("iam:CreateAccessKey", Target::User),
    ("iam:CreateLoginProfile", Target::User),
    ("iam:UpdateLoginProfile", Target::User),
    ("iam:CreateServiceSpecificCredential", Target::User),
    ("iam:ResetServiceSpecificCredential", Target::User),
    ("iam:UpdateServiceSpecificCredential", Target::User),
    ("iam:UploadSSHPublicKey", Target::User),
    ("iam:AcceptDelegationRequest", Target::Delegation),
    ("iam:SendDelegationToken", Target::Delegation),
    ("sts:AssumeRole", Target::Role),
    ("sts:AssumeRoot", Target::Root),
    ("sts:GetFederationToken", Target::FederatedUser),
    ("sts:GetWebIdentityToken", Target::Nothing),
];

/// All of them, with those that take a bearer token.
/// The calls that create or hand out credentials, with those of every service that takes bearer tokens.
pub(super) fn new_credentials() -> impl Iterator<Item = (&'static str, Target)> {
    let bearer = (Catalog::embedded().actions())
        .filter(|action| action.ends_with(":CallWithBearerToken"))
        .map(|action| (action, Target::Nothing));
    NEW_CREDENTIALS.into_iter().chain(bearer)
}

/// The call that turns a key into an OAuth token.
pub(super) const OAUTH_TOKEN: &str = "signin:CreateOAuth2Token";

/// Describes which exception lets which actions pass.
pub(super) fn passing_actions(place: &Place<'_>, actions: &[&str]) -> String {
    const MOST: usize = 6;
    let mut names: Vec<String> = (actions.iter().take(MOST))
        .map(|a| format!("`{a}`"))
        .collect();
    if actions.len() > MOST {
        names.push(format!("{} more", actions.len() - MOST));
    }
    let names = names.join(", ");
    match (place.pattern, actions) {
        (Some(pattern), [one]) if pattern.eq_ignore_ascii_case(one) => format!("{names} passes"),
        (Some(pattern), _) => format!("`{pattern}` lets {names} pass"),
        (None, [_]) => format!("{names} passes"),
        (None, _) => format!("{names} pass"),
    }
}

/// The removal of the exception, if it excepts only calls that nobody needs before MFA and other exceptions remain.
pub(super) fn removal(view: &View<'_>, guard: &Guard<'_, '_>, place: &Place<'_>) -> Option<Fix> {
    let bad = (DEVICE_REMOVALS.into_iter())
        .chain(new_credentials())
        .map(|(action, _)| action)
        .chain([OAUTH_TOKEN]);
    let bad = (view.universe).matching(&Strings::Many(bad.map(Scalar::from).collect()));
    let is_bad = |pattern: &str| {
        let mut covered = view.universe.matching(&Strings::One(pattern.into()));
        covered.remove_all(&bad);
        covered.is_empty()
    };
    let pattern = place.pattern.filter(|pattern| is_bad(pattern))?;
    let list = (guard.statements.iter())
        .map(|statement| statement.exceptions())
        .find(|items| items.iter().any(|(path, _)| *path == place.path))?;
    list.iter().any(|(_, other)| !is_bad(other)).then(|| Fix {
        title: format!("remove the exception `{pattern}`"),
        edits: vec![Edit::Remove(place.path.clone())],
    })
}
