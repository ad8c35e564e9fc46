//! What policies leave possible without MFA: every action of the catalogue at each state, and the ways that lead past MFA.
//!
//! Everything here is an answer of the evaluator; what no policy reaches is listed as limits.

mod paths;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use paths::{Device, Path, Step};

use super::caller::{Caller, NotACaller};
use super::catalog::Catalog;
use super::context::{Context, Mfa};
use super::document::{
    Document, Effect, Element, Principal, Statement, StatementElement, Statements, Strings, Version,
};
use super::evaluate::{
    Decision, Habits, Named, Outcome, Policy, PolicySet, Request, Requester, UnknownOperator,
};
use super::generate::statements::SEED_EXCEPTIONS;

/// The account and users that stand for all others.
const ACCOUNT: &str = "123456789012";

/// What may be open without MFA: the way to MFA, and looking at one's device.
const EXPECTED: [&str; 1] = ["iam:GetMFADevice"];

/// Succeeds whatever policies say, and is told among the limits.
const CALLER_IDENTITY: &str = "sts:GetCallerIdentity";

/// What no identity policy reaches, or what could not be tried.
pub const LIMITS: [&str; 8] = [
    "sts:GetCallerIdentity succeeds under any policy, presigned for someone else (EKS tokens), too",
    "role sessions, federated users and Identity Center identities never carry the MFA key: ask for MFA in trust policies",
    "the root user is bound by no identity policy",
    "other and new users are bound only where the policy is attached (a long-term Bedrock API key creates a new IAM user)",
    "sts:GetSessionToken without a code needs no permission; its result cannot call IAM and is denied the rest",
    "bound by evaluation, unverified on live AWS: CodeCommit Git and SSH credentials, Keyspaces, SES SMTP, S3 presigned URLs, rds-db:connect",
    "bound by evaluation, unverified on live AWS: API keys by *:CallWithBearerToken, ECR and CodeArtifact tokens when they are made",
    "unverified on live AWS: whether OAuth sessions of `aws login` and calls that services forward carry the MFA key",
];

/// The result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Actions that were judged, stand-ins for future ones included.
    pub judged: usize,
    /// Whether an Allow of everything was assumed, because no document allows anything.
    pub assumed_allow: bool,
    /// What is possible without MFA and expected to be.
    pub expected: Vec<OpenAction>,
    /// What is possible without MFA and not expected to be, by service.
    pub unexpected: Vec<OpenService>,
    /// How many actions are possible with MFA.
    pub with_mfa: usize,
    /// Ways past MFA, each for a user without and with a device.
    pub paths: Vec<Path>,
    /// What no policy reaches.
    pub limits: Vec<&'static str>,
}

impl Verification {
    /// Whether nothing is open but what is expected.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.unexpected.is_empty() && !self.paths.iter().any(|p| p.open)
    }
}

/// The open actions of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenService {
    /// The prefix of the actions.
    pub service: String,
    /// How many are open.
    pub count: usize,
    /// Which.
    pub actions: Vec<OpenAction>,
}

/// An action that is possible without MFA on some resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAction {
    /// E.g. `s3:GetObject`.
    pub action: String,
    /// With long-term keys, which send no MFA key at all.
    pub absent: bool,
    /// With a session or in the console without MFA.
    pub without: bool,
    /// A stand-in for actions that the catalogue does not know yet.
    pub future: bool,
}

/// The documents that are attached together.
#[derive(Debug, Clone, Default)]
pub struct Attached {
    /// Identity policies by name.
    pub identity: Vec<(String, Document)>,
    /// Permissions boundaries by name.
    pub boundary: Vec<(String, Document)>,
    /// Service control policies of one level by name.
    pub service_control: Vec<(String, Document)>,
    /// Further actions that are expected to be open.
    pub expected: Vec<String>,
}

impl Attached {
    /// All of them.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        (self.identity.iter())
            .chain(&self.boundary)
            .chain(&self.service_control)
            .map(|(_, document)| document)
    }
}

/// Why nothing can be verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// A document that IAM would not store.
    #[error("{name}: {problem}")]
    Operator {
        /// The document's name.
        name: String,
        /// What is wrong.
        problem: UnknownOperator,
    },
    /// A partition that no ARN can be made of.
    #[error("`{0}` is no partition")]
    Partition(String),
}

/// Judges the documents, for users of this partition.
///
/// # Errors
/// [`VerifyError`].
pub fn verify(attached: &Attached, partition: &str) -> Result<Verification, VerifyError> {
    let scene = Scene::new(attached, partition)?;
    let catalog = Catalog::embedded();
    let mut result = Verification {
        judged: 0,
        assumed_allow: scene.assumed_allow,
        expected: Vec::new(),
        unexpected: Vec::new(),
        with_mfa: 0,
        paths: paths::all(&scene),
        limits: LIMITS.to_vec(),
    };
    for service in catalog.services() {
        let future = format!("{}:ActionOfTheFuture", service.prefix);
        let actions = service.actions.iter().map(|a| (a.as_str(), false));
        let open = scene.open(actions.chain([(future.as_str(), true)]), &mut result);
        result.add(service.prefix, open);
    }
    let stranger = "service-of-the-future:Action";
    let open = scene.open([(stranger, true)].into_iter(), &mut result);
    result.add("service-of-the-future", open);
    Ok(result)
}

/// The ways past MFA alone, without the catalogue's actions.
///
/// # Errors
/// [`VerifyError`].
pub fn paths(attached: &Attached, partition: &str) -> Result<Vec<Path>, VerifyError> {
    Ok(paths::all(&Scene::new(attached, partition)?))
}

/// The partition that all ARNs of the documents name; `aws` if they name none or several.
pub fn partition_of<'a>(documents: impl IntoIterator<Item = &'a Document>) -> &'a str {
    const DEFAULT: &str = "aws";
    let mut named = (documents.into_iter())
        .flat_map(Document::statements)
        .flat_map(arns)
        .filter_map(|arn| arn.strip_prefix("arn:")?.split(':').next())
        .filter(|name| *name == DEFAULT || name.starts_with("aws-"));
    match named.next() {
        Some(first) if named.all(|other| other == first) => first,
        _ => DEFAULT,
    }
}

/// Everything in a statement that may be an ARN.
fn arns(statement: &Statement) -> impl Iterator<Item = &str> {
    statement.elements.iter().flat_map(|element| {
        let lists: Vec<&Strings> = match element {
            StatementElement::Resource(strings) | StatementElement::NotResource(strings) => {
                vec![strings]
            }
            StatementElement::Principal(Principal::Entries(entries))
            | StatementElement::NotPrincipal(Principal::Entries(entries)) => {
                entries.iter().map(|(_, names)| names).collect()
            }
            StatementElement::Condition(condition) => (condition.blocks.iter())
                .flat_map(|block| &block.keys)
                .map(|(_, values)| values)
                .collect(),
            _ => Vec::new(),
        };
        lists.into_iter().flat_map(Strings::texts)
    })
}

impl Verification {
    fn add(&mut self, service: &str, open: Vec<OpenAction>) {
        if !open.is_empty() {
            self.unexpected.push(OpenService {
                service: service.to_owned(),
                count: open.len(),
                actions: open,
            });
        }
    }
}

/// The policies with a user at each state of MFA.
pub(super) struct Scene {
    policies: PolicySet,
    absent: Requester,
    without: Requester,
    with: Requester,
    partition: String,
    expected: Vec<String>,
    /// Resources that stand for all that the documents name.
    named: Vec<String>,
    assumed_allow: bool,
}

impl Scene {
    pub(super) fn new(attached: &Attached, partition: &str) -> Result<Self, VerifyError> {
        let assumed_allow = !(attached.identity.iter())
            .any(|(_, d)| d.statements().iter().any(|s| s.effect() == Effect::Allow));
        let mut identity = compile(&attached.identity)?;
        if assumed_allow {
            identity.extend(compile(&[(
                "assumed Allow *".to_owned(),
                allow_everything(),
            )])?);
        }
        let control = compile(&attached.service_control)?;
        let policies = PolicySet {
            identity,
            boundary: compile(&attached.boundary)?,
            service_control: if control.is_empty() {
                vec![]
            } else {
                vec![control]
            },
            ..PolicySet::default()
        };
        let requester = |mfa: Mfa| -> Result<Requester, NotACaller> {
            let mut context = Context::new();
            mfa.apply(&mut context);
            let user = Caller::from_arn(&user(partition, "caller"))?;
            Ok(Requester::new(user, context))
        };
        let bad = |_| VerifyError::Partition(partition.to_owned());
        let mut named: Vec<String> = (attached.documents())
            .flat_map(Document::statements)
            .flat_map(resources)
            .collect();
        named.sort_unstable();
        named.dedup();
        let expected = SEED_EXCEPTIONS
            .into_iter()
            .chain(EXPECTED)
            .map(str::to_owned)
            .chain(attached.expected.iter().cloned())
            .collect();
        Ok(Self {
            absent: requester(Mfa::Absent).map_err(bad)?,
            without: requester(Mfa::False).map_err(bad)?,
            with: requester(Mfa::True { age: 60 }).map_err(bad)?,
            policies,
            partition: partition.to_owned(),
            expected,
            named,
            assumed_allow,
        })
    }

    /// The best outcome at each state (absent, false, true) over the resources that the action may be about.
    pub(super) fn outcomes(&self, action: &str) -> [Outcome; 3] {
        let resources = self.stand_ins(action);
        [&self.absent, &self.without, &self.with].map(|requester| {
            let all: Vec<Outcome> = (resources.iter().chain(&self.named))
                .map(|resource| self.decide(action, resource, requester).outcome)
                .collect();
            [Outcome::Allowed, Outcome::ExplicitDeny]
                .into_iter()
                .find(|outcome| all.contains(outcome))
                .unwrap_or(Outcome::ImplicitDeny)
        })
    }

    fn decide(&self, action: &str, resource: &str, requester: &Requester) -> Decision {
        self.policies.decide(&Request {
            action,
            resource,
            requester,
            owner: None,
            habits: Habits::Live,
        })
    }

    /// The unexpected among the actions that are possible without MFA; the rest is counted in `result`.
    fn open<'a>(
        &self,
        actions: impl Iterator<Item = (&'a str, bool)>,
        result: &mut Verification,
    ) -> Vec<OpenAction> {
        let mut unexpected = Vec::new();
        for (action, future) in actions {
            result.judged += 1;
            let resources = self.stand_ins(action);
            let allowed = |requester: &Requester| {
                (resources.iter().chain(&self.named))
                    .any(|r| self.decide(action, r, requester).outcome == Outcome::Allowed)
            };
            result.with_mfa += usize::from(allowed(&self.with));
            if action == CALLER_IDENTITY {
                continue;
            }
            let open = OpenAction {
                action: action.to_owned(),
                absent: allowed(&self.absent),
                without: allowed(&self.without),
                future,
            };
            if !open.absent && !open.without {
                continue;
            }
            if (self.expected.iter()).any(|e| e.eq_ignore_ascii_case(action)) {
                result.expected.push(open);
            } else {
                unexpected.push(open);
            }
        }
        unexpected
    }

    /// Resources that an action may be about, besides those that the documents name.
    fn stand_ins(&self, action: &str) -> Vec<String> {
        let service = action.split(':').next().unwrap_or_default();
        let partition = &self.partition;
        let mut all = vec!["*".to_owned()];
        if service == "iam" {
            all.push(user(partition, "caller"));
            all.push(user(partition, "other"));
            all.push(format!("arn:{partition}:iam::{ACCOUNT}:mfa/device"));
        } else {
            all.push(format!(
                "arn:{partition}:{service}:region-1:{ACCOUNT}:stand-in/resource"
            ));
        }
        all
    }
}

fn user(partition: &str, name: &str) -> String {
    format!("arn:{partition}:iam::{ACCOUNT}:user/{name}")
}

fn compile(documents: &[(String, Document)]) -> Result<Vec<Named>, VerifyError> {
    documents
        .iter()
        .map(|(name, document)| {
            let policy =
                Policy::new(document.clone()).map_err(|problem| VerifyError::Operator {
                    name: name.clone(),
                    problem,
                })?;
            Ok(Named {
                name: name.clone(),
                policy: Arc::new(policy),
            })
        })
        .collect()
}

/// An instance of each resource pattern of a statement.
fn resources(statement: &Statement) -> Vec<String> {
    let of = |strings: &Strings| -> Vec<String> {
        strings
            .texts()
            .filter(|text| *text != "*")
            .map(|text| {
                text.replace("${aws:username}", "caller")
                    .replace(['*', '?'], "x")
            })
            .collect()
    };
    statement
        .elements
        .iter()
        .flat_map(|element| match element {
            StatementElement::Resource(strings) | StatementElement::NotResource(strings) => {
                of(strings)
            }
            _ => Vec::new(),
        })
        .collect()
}

fn allow_everything() -> Document {
    let everything = || Strings::One("*".into());
    Document {
        elements: vec![
            Element::Version(Version::V2012),
            Element::Statement(Statements::One(Box::new(Statement {
                elements: vec![
                    StatementElement::Effect(Effect::Allow),
                    StatementElement::Action(everything()),
                    StatementElement::Resource(everything()),
                ],
            }))),
        ],
    }
}
