//! Reads the text of an error as AWS's tools print it: in one line or many, with frames around it, as JSON or as XML.
//!
//! Messages are recognised by their fixed words. AWS changes their endings, and every tool puts something around them.

use crate::aws::partition::Partition;

/// The parts of an error that say what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    /// The whole text on one line, without frames and escapes.
    pub(super) text: String,
    /// The ARN of the caller.
    pub(super) principal: Option<Arn>,
    /// The action, e.g. `s3:GetObject`.
    pub(super) action: Option<String>,
    /// The resource.
    pub(super) resource: Option<String>,
    /// The policy that decided, and how.
    pub(super) policy: Option<(PolicyKind, Effect)>,
}

/// An ARN in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Arn {
    pub(super) text: String,
    pub(super) account: String,
    pub(super) kind: PrincipalKind,
}

/// What an ARN of a caller stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PrincipalKind {
    /// An IAM user: its long-term key, or a session of it.
    User(String),
    /// A role.
    Role(String),
    /// The root user.
    Root,
    /// A federated user, or anything else.
    Other,
}

/// The policy that AWS names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PolicyKind {
    Identity,
    Resource,
    ServiceControl,
    ResourceControl,
    Boundary,
    Session,
    Endpoint,
    Trust,
}

/// Whether it denies, or only does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Denies,
    DoesNotAllow,
}

/// The words for each kind, as they stand in AWS's messages
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>).
const KINDS: [(&str, PolicyKind); 10] = [
    ("identity-based policy", PolicyKind::Identity),
    ("resource-based policy", PolicyKind::Resource),
    ("service control policy", PolicyKind::ServiceControl),
    ("resource control policy", PolicyKind::ResourceControl),
    ("permissions boundary", PolicyKind::Boundary),
    ("session policy", PolicyKind::Session),
    ("VPC endpoint policy", PolicyKind::Endpoint),
    ("role trust policy", PolicyKind::Trust),
    ("trust policy", PolicyKind::Trust),
    ("permission boundary", PolicyKind::Boundary),
];

impl Message {
    pub(super) fn read(text: &str) -> Self {
        let text = one_line(text);
        let after = |mark: &str| text.find(mark).and_then(|at| text.get(at + mark.len()..));
        let principal = after("User: ").and_then(|rest| Arn::read(word(rest)));
        let authorised = ["not authorized to perform: ", "not authorized to perform "]
            .into_iter()
            .find_map(after);
        Self {
            principal,
            action: authorised
                .map(word)
                .filter(|a| is_action(a))
                .map(str::to_owned),
            resource: after("on resource: ").map(word).map(str::to_owned),
            policy: policy(&text),
            text,
        }
    }

    pub(super) fn has(&self, words: &str) -> bool {
        self.text.contains(words)
    }

    pub(super) fn has_any(&self, words: &[&str]) -> bool {
        words.iter().any(|words| self.has(words))
    }

    /// The operation in `when calling the X operation`, or the action's.
    pub(super) fn operation(&self) -> Option<&str> {
        let at = self.text.find("when calling the ");
        let named = at
            .and_then(|at| self.text.get(at + "when calling the ".len()..))
            .map(word);
        let action = self.action.as_deref();
        named.or_else(|| action.and_then(|action| Some(action.split_once(':')?.1)))
    }

    /// The account of the resource, if its ARN names one.
    pub(super) fn resource_account(&self) -> Option<&str> {
        let account = self.resource.as_deref()?.split(':').nth(4)?;
        is_account(account).then_some(account)
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

impl Arn {
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (arn, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
        let (_, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        (arn == "arn" && Partition::named(partition).is_some() && is_account(account))
            .then_some(())?;
        let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let kind = match (service, resource.split_once('/')) {
            ("iam", Some(("user", path))) => PrincipalKind::User(last(path)),
            ("iam", Some(("role", path))) => PrincipalKind::Role(last(path)),
            ("sts", Some(("assumed-role", path))) => {
                PrincipalKind::Role(path.split('/').next().unwrap_or_default().to_owned())
            }
            ("iam", None) if resource == "root" => PrincipalKind::Root,
            _ => PrincipalKind::Other,
        };
        Some(Self {
            text: text.to_owned(),
            account: account.to_owned(),
            kind,
        })
    }
}

/// The text on one line: frames of Terraform, line breaks, and the escapes of JSON and XML are gone.
fn one_line(text: &str) -> String {
    let plain = text
        .replace("\\\"", "\"")
        .replace("\\n", " ")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
        .replace(['│', '╷', '╵', '┃', '|'], " ");
    let plain = without_escapes(&plain);
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text without the sequences that colour it.
fn without_escapes(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part
            .strip_prefix('[')
            .map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';'));
        plain.push_str(rest.map_or(part, |rest| {
            let mut chars = rest.chars();
            chars.next();
            chars.as_str()
        }));
    }
    plain
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// The first word without the quotes, brackets and full stops around it.
fn word(text: &str) -> &str {
    let first = text.split([' ', ',', '<', '"', '\'', '`']);
    let first = first
        .into_iter()
        .find(|part| !part.is_empty())
        .unwrap_or_default();
    first
        .trim_matches(['(', ')', '[', ']', '{', '}'])
        .trim_end_matches(['.', ';', ':'])
}

fn is_action(text: &str) -> bool {
    let Some((service, name)) = text.split_once(':') else {
        return false;
    };
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'*')
    };
    is_name(service) && is_name(name)
}

/// The policy that decided: what stands behind `explicit deny in`, else behind `because no`.
fn policy(text: &str) -> Option<(PolicyKind, Effect)> {
    let behind = |mark: &str, effect| {
        let at = text.find(mark)?;
        let rest = text.get(at + mark.len()..)?;
        let rest = ["a ", "an ", "the "]
            .into_iter()
            .find_map(|article| rest.strip_prefix(article))
            .unwrap_or(rest);
        let kind = KINDS.into_iter().find(|(words, _)| rest.starts_with(words));
        kind.map(|(_, kind)| (kind, effect))
    };
    behind("explicit deny in ", Effect::Denies)
        .or_else(|| behind("because no ", Effect::DoesNotAllow))
}
