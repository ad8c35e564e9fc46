//! MFA030: a document that AWS refuses to store.

use serde_json::Value;

use super::{Finding, Judged, Rule, Severity, View};
use crate::policy::document::Path;
use crate::policy::generate::{Kind, refused_character};
use crate::policy::source::Attachment;
use crate::policy::storable::{Refusal, refusals, refusals_of_resource_policy};

pub(super) static RULE: Rule = Rule {
    id: "MFA030",
    name: "refused-by-aws",
    explanation: "AWS stores no policy that exceeds the size limit of its kind: 6,144 characters for a managed policy; 2,048 \
        for a user, 5,120 for a group and 10,240 for a role, for all inline policies together; 2,048 for a trust policy, \
        which can be raised to 4,096; 10,240 for a service control policy; 5,120 for a resource control policy. IAM does not \
        count white space, Organizations does. IAM stores no characters other than tab, line feed, carriage return and U+0020 \
        to U+00FF. Beyond the grammar, it refuses Sids with other characters than letters and digits, equal Sids, elements that it \
        does not know, statements without actions or resources, actions without a service, resources that are not ARNs, and \
        numbers, dates, addresses and ARNs in conditions that it cannot read.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
    find,
};

/// To which the quota for trust policies can be raised.
const MOST_TRUST: usize = 4_096;

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut findings = too_large(view);
    findings.extend(refused(view));
    findings
}

fn too_large(view: &View<'_>) -> Vec<Finding> {
    let Some(kind) = kind(view) else {
        return Vec::new();
    };
    let text = view.subject.text;
    // A byte order mark is the file's, not the policy's.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut findings = Vec::new();
    let size = kind.size(text);
    if size > kind.limit() {
        let can_be_raised = kind == Kind::Trust && size <= MOST_TRUST;
        let (severity, more) = match kind {
            Kind::Trust if can_be_raised => {
                (Severity::Warning, " unless the account's quota is raised")
            }
            Kind::Scp | Kind::Rcp => (Severity::Error, ", white space included"),
            _ => (Severity::Error, ""),
        };
        let message = format!(
            "{size} characters, but {} can have at most {}{more}",
            named(kind),
            kind.limit()
        );
        findings.push(RULE.finding(severity, Path::default(), message));
    }
    if let Some(refused) = refused_character(text) {
        let path = place_of(text, refused);
        let message = format!("IAM refuses the character U+{:04X}", u32::from(refused));
        findings.push(RULE.finding(Severity::Error, path, message));
    }
    findings
}

/// What the document is taken for.
enum Reading {
    /// The attachment or the file says it.
    Known(Kind),
    /// It names no principals.
    Attached,
    /// It lets principals assume a role.
    Trust,
    /// It names principals.
    Resource,
    /// The attachment or the file says that it is the policy of a resource.
    KnownResource,
}

impl Reading {
    fn of(view: &View<'_>) -> Self {
        let by_place = match view.subject.attachment {
            Some(Attachment::Scp) => Some(Kind::Scp),
            Some(Attachment::Trust) => Some(Kind::Trust),
            Some(Attachment::Role | Attachment::PermissionSet) => Some(Kind::InlineRole),
            Some(Attachment::User) => Some(Kind::InlineUser),
            Some(Attachment::Group) => Some(Kind::InlineGroup),
            Some(Attachment::Resource) => return Self::KnownResource,
            None => None,
        };
        match view.subject.kind.or(by_place) {
            Some(kind) => Self::Known(kind),
            None if !view.statements.iter().any(|s| s.principal().is_some()) => Self::Attached,
            None if view.statements.iter().any(Judged::is_trust) => Self::Trust,
            None => Self::Resource,
        }
    }

    fn refusals(&self, view: &View<'_>) -> Vec<Refusal> {
        let document = view.subject.document;
        match self {
            Self::Known(kind) => refusals(document, *kind),
            // Inline policies may have the older version.
            Self::Attached => refusals(document, Kind::InlineRole),
            Self::Trust => refusals(document, Kind::Trust),
            Self::Resource | Self::KnownResource => refusals_of_resource_policy(document),
        }
    }

    /// What a message adds if neither the attachment nor the file says what the document is.
    fn reason(&self) -> &'static str {
        match self {
            Self::Known(_) | Self::KnownResource => "",
            Self::Attached => {
                " (read as a policy of users, groups or roles, because it names no principal)"
            }
            Self::Trust => " (read as a trust policy, because it lets principals assume a role)",
            Self::Resource => " (read as a resource policy, because it names principals)",
        }
    }
}

fn refused(view: &View<'_>) -> Vec<Finding> {
    let reading = Reading::of(view);
    let mut findings: Vec<Finding> = (reading.refusals(view).into_iter())
        .map(|refusal| {
            let reason = reading.reason();
            let message = format!("IAM refuses to store this: \"{}\"{reason}", refusal.message);
            RULE.finding(Severity::Error, refusal.path, message)
        })
        .collect();
    if matches!(reading, Reading::Resource) {
        let principal = (view.statements.iter()).find_map(super::Judged::principal_path);
        let message = "read as a resource policy, because it names principals; IAM refuses to store it as a policy of users, \
                       groups or roles (--attached-to says which it is)";
        findings.push(RULE.finding(
            Severity::Info,
            principal.unwrap_or_default(),
            message.to_owned(),
        ));
    }
    findings
}

/// The kind by whose limits the document is measured: the known kind, else the largest one that fits its place. Policies of
/// resources have limits of their services' own.
fn kind(view: &View<'_>) -> Option<Kind> {
    let by_place = match view.subject.attachment {
        Some(Attachment::Scp) => Some(Kind::Scp),
        Some(Attachment::Trust) => Some(Kind::Trust),
        Some(Attachment::Role | Attachment::PermissionSet) => Some(Kind::InlineRole),
        Some(Attachment::User | Attachment::Group) => Some(Kind::Managed),
        Some(Attachment::Resource) => return view.subject.kind,
        None => None,
    };
    let by_shape = || {
        let names_principals = view.statements.iter().any(|s| s.principal().is_some());
        match (
            names_principals,
            view.statements.iter().any(Judged::is_trust),
        ) {
            (false, _) => Some(Kind::Managed),
            (true, true) => Some(Kind::Trust),
            (true, false) => None,
        }
    };
    view.subject.kind.or(by_place).or_else(by_shape)
}

fn named(kind: Kind) -> &'static str {
    match kind {
        Kind::Managed => "a managed policy",
        Kind::InlineUser => "a user's inline policies",
        Kind::InlineGroup => "a group's inline policies",
        Kind::InlineRole => "a role's inline policies",
        Kind::Trust => "a trust policy",
        Kind::Scp => "a service control policy",
        Kind::Rcp => "a resource control policy",
    }
}

/// The first value or member whose text holds the character.
fn place_of(text: &str, character: char) -> Path {
    fn seek(value: &Value, character: char, path: &Path) -> Option<Path> {
        match value {
            Value::String(text) => text.contains(character).then(|| path.clone()),
            Value::Array(items) => (items.iter().enumerate())
                .find_map(|(n, item)| seek(item, character, &path.index(n))),
            Value::Object(members) => members.iter().find_map(|(name, value)| {
                let path = path.key(name);
                if name.contains(character) {
                    return Some(path);
                }
                seek(value, character, &path)
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => None,
        }
    }
    let value = serde_json::from_str(text).unwrap_or(Value::Null);
    seek(&value, character, &Path::default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::generate::Kind;
    use crate::policy::lint::Subject;
    use crate::policy::lint::testing::{checked_as, finds, finds_as, statements};
    use crate::policy::source::Attachment;

    /// A policy with this many characters that count towards the limit.
    fn of_size(size: usize, more: &str) -> String {
        let fill = |n: usize| {
            statements(&[&format!(
                r#""Sid":"{}","Effect":"Allow","Action":"s3:*","Resource":"*"{more}"#,
                "a".repeat(n)
            )])
        };
        fill(size - fill(0).len())
    }

    fn kind(kind: Kind) -> impl Fn(&mut Subject<'_>) {
        move |subject| subject.kind = Some(kind)
    }

    #[test]
    fn each_kind_has_its_size() {
        for (of, limit) in [
            (Kind::Managed, 6_144),
            (Kind::InlineUser, 2_048),
            (Kind::InlineGroup, 5_120),
            (Kind::InlineRole, 10_240),
            (Kind::Scp, 10_240),
            (Kind::Rcp, 5_120),
        ] {
            assert!(finds_as(&RULE, &of_size(limit, ""), kind(of)).is_empty());
            assert_eq!(
                finds_as(&RULE, &of_size(limit + 1, ""), kind(of)),
                ["error document"]
            );
        }
    }

    #[test]
    fn a_trust_policys_quota_can_be_raised() {
        let of = |size: usize| {
            let fill = |n: usize| {
                statements(&[&format!(
                    r#""Sid":"{}","Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"AWS":"123456789012"}}"#,
                    "a".repeat(n)
                )])
            };
            fill(size - fill(0).len())
        };
        assert_eq!(of(2_048).len(), 2_048);
        assert!(finds(&RULE, &of(2_048)).is_empty());
        assert_eq!(finds(&RULE, &of(2_049)), ["warning document"]);
        assert_eq!(finds(&RULE, &of(4_096)), ["warning document"]);
        assert_eq!(finds(&RULE, &of(4_097)), ["error document"]);
    }

    #[test]
    fn white_space_counts_only_in_organizations() {
        let spaced = of_size(6_144, "").replace(r#":"*""#, &format!(":{}\"*\"", " ".repeat(5_000)));
        assert!(finds(&RULE, &spaced).is_empty());
        assert_eq!(
            finds_as(&RULE, &spaced, kind(Kind::Scp)),
            ["error document"]
        );
    }

    #[test]
    fn without_a_kind_the_attachment_and_the_shape_set_the_limit() {
        let large = of_size(8_000, "");
        assert_eq!(
            finds(&RULE, &large),
            ["error document"],
            "as a managed policy"
        );
        for (attachment, found) in [
            (Attachment::User, 1),
            (Attachment::Group, 1),
            (Attachment::Role, 0),
            (Attachment::PermissionSet, 0),
            (Attachment::Scp, 0),
            (Attachment::Trust, 1),
        ] {
            let at = |s: &mut Subject<'_>| s.attachment = Some(attachment);
            let mut sizes = finds_as(&RULE, &large, at);
            sizes.retain(|finding| finding.ends_with("document"));
            assert_eq!(sizes.len(), found, "{attachment:?}");
        }
        let bucket = of_size(8_000, r#","Principal":"*""#);
        assert_eq!(
            finds(&RULE, &bucket),
            ["info Statement[0].Principal"],
            "a bucket's policy may be larger"
        );
    }

    #[test]
    fn characters_that_iam_refuses_are_found() {
        let with = |text: &str| {
            statements(&[&format!(
                r#""Sid":"a","Effect":"Allow","Action":"s3:*","Resource":["*","{text}"]"#
            )])
        };
        assert_eq!(
            finds(&RULE, &with("arn:aws:s3:::日")),
            ["error Statement[0].Resource[1]"]
        );
        assert_eq!(
            finds(&RULE, &with("arn:aws:s3:::x").replace("\"Sid\"", "\"Sıd\"")),
            ["error Statement[0].Sıd", "error Statement[0].Sıd"],
            "the character, and the unknown element"
        );
        for taken in ["arn:aws:s3:::é", r"arn:aws:s3:::\u65e5"] {
            assert!(finds(&RULE, &with(taken)).is_empty(), "{taken}");
        }
        let marked = format!("\u{feff}{}", with("arn:aws:s3:::x"));
        assert!(finds(&RULE, &marked).is_empty());
    }

    /// The messages in a policy of which the attachment may be known.
    fn said(policy: &str, attachment: Option<Attachment>) -> Vec<String> {
        let own = checked_as(policy, |s| s.attachment = attachment).into_iter();
        own.filter(|f| f.rule.id == RULE.id)
            .map(|f| format!("{} {}: {}", f.severity.as_str(), f.path, f.message))
            .collect()
    }

    #[test]
    fn what_iam_does_not_store_is_an_error_with_its_message() {
        for (statement, path) in [
            (
                r#""Sid":"no MFA","Effect":"Deny","Action":"*","Resource":"*""#,
                ".Sid",
            ),
            (r#""Effect":"Deny","Action":[],"Resource":"*""#, ".Action"),
            (r#""Effect":"Deny","Action":"*""#, ""),
            (
                r#""Effect":"Deny","Action":"*","Resource":"mfa/*""#,
                ".Resource",
            ),
            (
                r#""Effect":"Deny","Action":"*","Resource":"*","_comment":"x""#,
                "._comment",
            ),
            (
                r#""Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"soon"}}"#,
                ".Condition.DateLessThan.aws:CurrentTime",
            ),
        ] {
            let found = finds(&RULE, &statements(&[statement]));
            assert_eq!(found, [format!("error Statement[0]{path}")], "{statement}");
        }
        let twice = r#""Sid":"A","Effect":"Deny","Action":"*","Resource":"*""#;
        assert_eq!(
            said(&statements(&[twice, twice]), None),
            [
                "error Statement[1].Sid: IAM refuses to store this: \"Statement IDs (SID) in a single policy must be unique.\" \
                 (read as a policy of users, groups or roles, because it names no principal)"
            ]
        );
        assert_eq!(finds(&RULE, r#"{"Statement":[]}"#), ["error Statement"]);
    }

    #[test]
    fn principals_and_free_sids_are_refused_only_in_policies_of_identities() {
        let bucket = statements(&[
            r#""Sid":"my bucket","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::a/*""#,
        ]);
        let read = said(&bucket, None);
        assert_eq!(read.len(), 1);
        assert!(
            read[0].starts_with("info Statement[0].Principal: read as a resource policy"),
            "{read:?}"
        );
        let at = |s: &mut Subject<'_>| s.attachment = Some(Attachment::User);
        assert_eq!(
            finds_as(&RULE, &bucket, at),
            ["error Statement[0].Sid", "error Statement[0].Principal"]
        );
        let trust = statements(&[
            r#""Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole""#,
        ]);
        assert!(said(&trust, None).is_empty());
        let on_all = trust.replace(r#""Action""#, r#""Resource":"*","Action""#);
        assert_eq!(
            said(&on_all, None),
            [
                "error Statement[0].Resource: IAM refuses to store this: \"Has prohibited field Resource\" \
                 (read as a trust policy, because it lets principals assume a role)"
            ]
        );
    }
}
