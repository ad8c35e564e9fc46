//! The findings about users, and those of `policy check` about every policy of the account.

use std::collections::HashMap;

use super::inputs::{Control, ControlKind, DeviceKind};
use super::report::{AuditFinding, UserReport, Verdict};
use super::rules::finding;
use crate::account::{Account, IdentityKind, PolicyDocument, is_aws_managed};
use crate::policy::document::Document;
use crate::policy::generate::Kind;
use crate::policy::lint::{Finding, Subject, check};
use crate::policy::source::Attachment;

/// What a rule may say about a policy that only AWS can change: that it is attached to something for which it cannot work.
const ABOUT_ATTACHMENT: [&str; 1] = ["MFA020"];

/// The findings about a user.
pub(super) fn of_user(user: &UserReport) -> Vec<AuditFinding> {
    let mut found = Vec::new();
    let name = &user.name;
    let why = || user.reasons.first().cloned().unwrap_or_default();
    match user.verdict {
        Verdict::NotEnforced | Verdict::EnrolledNotEnforced => {
            found.extend(finding(
                "MFA040",
                user,
                format!("MFA is not enforced for `{name}`: {}", why()),
            ));
        }
        Verdict::Unknown => {
            let message = format!(
                "it is unknown whether MFA is enforced for `{name}`: {}",
                why()
            );
            found.extend(finding("MFA049", user, message));
        }
        Verdict::EnforcedWithGaps => {
            let ways: Vec<&str> = user.ways.iter().map(|way| way.name).collect();
            let is_only_enrolment = ways == ["first-enrolment"];
            let open = if ways.is_empty() {
                "more than the expected is possible without it".to_owned()
            } else {
                ways.join(", ")
            };
            if !is_only_enrolment {
                let message = format!("MFA is required of `{name}`, but something is open: {open}");
                found.extend(finding("MFA046", user, message));
            }
        }
        Verdict::Enforced | Verdict::NoPermissions | Verdict::NoCredentials => {}
    }
    if user.ways.iter().any(|way| way.name == "first-enrolment") {
        let message =
            format!("`{name}` has no MFA device, and the first one can be enrolled without MFA");
        found.extend(finding("MFA042", user, message));
    }
    if let Some(way) = user
        .ways
        .iter()
        .find(|way| way.name == "administrator-by-roles")
    {
        let roles: Vec<&str> = (way.calls.iter())
            .map(|(_, arn)| arn.rsplit('/').next().unwrap_or(arn))
            .collect();
        let message = format!(
            "`{name}` becomes an administrator without MFA by {}",
            roles.join(", ")
        );
        found.extend(finding("MFA045", user, message));
    }
    let has_keys = user
        .credentials
        .keys
        .iter()
        .any(|key| key.active == Some(true));
    let only_passkeys =
        !user.devices.is_empty() && user.devices.iter().all(|d| d.kind == DeviceKind::Passkey);
    if has_keys && only_passkeys {
        let message = format!(
            "`{name}` has active keys, but only passkeys, which sts:GetSessionToken cannot use"
        );
        found.extend(finding("MFA041", user, message));
    }
    found
}

/// The findings about root.
pub(super) fn of_root(root: &UserReport) -> Vec<AuditFinding> {
    let mut found = Vec::new();
    if root.has_device == Some(false) && root.verdict != Verdict::NoCredentials {
        found.extend(finding("MFA043", root, "root has no MFA device".to_owned()));
    }
    if root
        .reasons
        .iter()
        .any(|reason| reason == "root has access keys")
    {
        found.extend(finding("MFA044", root, "root has access keys".to_owned()));
    }
    if root.verdict == Verdict::Unknown {
        let why = root.reasons.first().cloned().unwrap_or_default();
        found.extend(finding("MFA049", root, why));
    }
    found
}

/// A policy's text, what it is attached to, and the kind by whose limits it is measured.
type Question<'a> = (&'a str, Option<Attachment>, Option<Kind>);

/// Checks policies, and equal ones once.
#[derive(Default)]
struct Checker<'a> {
    known: HashMap<Question<'a>, Vec<Finding>>,
    found: Vec<AuditFinding>,
    policies: usize,
}

impl<'a> Checker<'a> {
    fn check(
        &mut self,
        document: &'a Document,
        text: &'a str,
        at: (Option<Attachment>, Option<Kind>),
        resource: &str,
        place: &str,
    ) {
        let (attachment, kind) = at;
        let findings = self
            .known
            .entry((text, attachment, kind))
            .or_insert_with(|| {
                check(&Subject {
                    document,
                    text,
                    attachment,
                    kind,
                    partition: None,
                })
            });
        let is_aws = is_aws_managed(resource);
        for found in findings.iter() {
            if is_aws && !ABOUT_ATTACHMENT.contains(&found.rule.id) {
                continue;
            }
            self.found.push(AuditFinding {
                id: found.rule.id,
                severity: found.severity,
                resource: resource.to_owned(),
                place: place.to_owned(),
                path: found.path.to_string(),
                message: found.message.clone(),
                url: found.rule.url,
                is_exempt: false,
            });
        }
    }
}

/// The findings about the policies of an account and those that control it, and how many policies were checked.
pub(super) fn of_policies(account: &Account, control: &[&Control]) -> (Vec<AuditFinding>, usize) {
    let mut checker = Checker::default();
    managed(account, &mut checker);
    for (kind, identity) in account.identities() {
        let (attachment, size) = match kind {
            IdentityKind::User => (Attachment::User, Kind::InlineUser),
            IdentityKind::Group => (Attachment::Group, Kind::InlineGroup),
            IdentityKind::Role => (Attachment::Role, Kind::InlineRole),
        };
        for (name, document) in &identity.inline {
            checker.policies += 1;
            let place = format!(
                "inline policy `{name}` of {} `{}`",
                kind.word(),
                identity.name
            );
            let at = (Some(attachment), Some(size));
            checker.check(parsed(document), document.text(), at, &identity.arn, &place);
        }
    }
    for role in &account.roles {
        checker.policies += 1;
        let place = format!("trust policy of role `{}`", role.identity.name);
        let at = (Some(Attachment::Trust), Some(Kind::Trust));
        let document = &role.trust;
        checker.check(
            parsed(document),
            document.text(),
            at,
            &role.identity.arn,
            &place,
        );
    }
    for control in control {
        checker.policies += 1;
        let (at, word) = match control.kind {
            ControlKind::Service => ((Some(Attachment::Scp), Some(Kind::Scp)), "SCP"),
            ControlKind::Resource => ((None, Some(Kind::Rcp)), "RCP"),
        };
        let place = format!("{word} `{}`", control.name);
        checker.check(&control.document, &control.text, at, &control.name, &place);
    }
    (checker.found, checker.policies)
}

fn managed<'a>(account: &'a Account, checker: &mut Checker<'a>) {
    let mut attached: HashMap<&str, Vec<(IdentityKind, &str)>> = HashMap::new();
    let mut boundaries: HashMap<&str, usize> = HashMap::new();
    for (kind, identity) in account.identities() {
        for arn in &identity.attached {
            (attached.entry(arn).or_default()).push((kind, &identity.name));
        }
        if let Some(arn) = &identity.boundary {
            *boundaries.entry(arn).or_default() += 1;
        }
    }
    for (arn, policy) in &account.policies {
        let Some(document) = policy.document() else {
            continue;
        };
        checker.policies += 1;
        let holders = attached
            .get(arn.as_str())
            .map(Vec::as_slice)
            .unwrap_or_default();
        let kinds = IdentityKind::ALL.into_iter();
        let kinds: Vec<IdentityKind> = kinds
            .filter(|kind| holders.iter().any(|(k, _)| k == kind))
            .collect();
        let check = |checker: &mut Checker<'a>, attachment, place: &str| {
            let at = (attachment, Some(Kind::Managed));
            checker.check(parsed(document), document.text(), at, arn, place);
        };
        for kind in &kinds {
            let names: Vec<&str> = holders
                .iter()
                .filter(|(k, _)| k == kind)
                .map(|(_, n)| *n)
                .collect();
            let attachment = match kind {
                IdentityKind::User => Attachment::User,
                IdentityKind::Group => Attachment::Group,
                IdentityKind::Role => Attachment::Role,
            };
            let place = format!("policy `{}` of {}", policy.name, some(kind.word(), &names));
            check(checker, Some(attachment), &place);
        }
        if kinds.is_empty() {
            let place = match boundaries.get(arn.as_str()) {
                Some(n) => format!("policy `{}`, the boundary of {n}", policy.name),
                None => format!("policy `{}`, which is not attached", policy.name),
            };
            check(checker, None, &place);
        }
    }
}

fn parsed(document: &PolicyDocument) -> &Document {
    document.policy().document()
}

/// ``group `a` ``, or ``group `a` and 3 more``.
fn some(word: &str, names: &[&str]) -> String {
    let first = names.first().copied().unwrap_or_default();
    match names.len().saturating_sub(1) {
        0 => format!("{word} `{first}`"),
        more => format!("{word} `{first}` and {more} more"),
    }
}
