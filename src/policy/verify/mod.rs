//! What policies leave possible without MFA: every action of the catalogue at each state, and the ways that lead past MFA.
//!
//! Everything here is an answer of the evaluator; what no policy reaches is listed as limits.

mod guards;
mod paths;
mod relax;
mod scene;
#[cfg(test)]
mod tests;

pub use guards::{Because, Passed};
pub use paths::{About, Device, Path, Step};

pub(super) use scene::{Scene, statement_name};

use super::catalog::Catalog;
use super::document::{Document, Principal, Statement, StatementElement, Strings};
use super::evaluate::UnknownOperator;
use super::generate::statements::SEED_EXCEPTIONS;
use super::generate::{self, Options, Template};
use super::pattern::ActionPattern;

/// What may be open without MFA besides the seed's exceptions: looking at one's device.
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

/// One thing for each state of MFA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByState<T> {
    /// With long-term keys, which send no MFA key at all.
    pub absent: T,
    /// In the console or a session without MFA: `false`.
    pub without: T,
    /// With MFA: `true`.
    pub with: T,
}

impl<T> ByState<T> {
    /// The names of the states, as the MFA key has them.
    pub const STATES: [&'static str; 3] = ["absent", "false", "true"];

    /// The same for what is made of each.
    pub fn map<U>(&self, mut make: impl FnMut(&T) -> U) -> ByState<U> {
        ByState {
            absent: make(&self.absent),
            without: make(&self.without),
            with: make(&self.with),
        }
    }

    /// Each with its state's name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &T)> {
        let each = [&self.absent, &self.without, &self.with];
        Self::STATES.into_iter().zip(each)
    }
}

/// The result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Actions that were judged, stand-ins for future ones included. sts:GetCallerIdentity is not among them.
    pub judged: usize,
    /// How many of them stand for actions and services that the catalogue does not know yet.
    pub stand_ins: usize,
    /// How many are possible.
    pub possible: ByState<usize>,
    /// What was assumed.
    pub assumed: Assumed,
    /// What is possible without MFA and expected to be.
    pub expected: Vec<OpenAction>,
    /// What is possible without MFA and not expected to be, by service.
    pub unexpected: Vec<OpenService>,
    /// Ways past MFA, each for a user without and with a device.
    pub paths: Vec<Path>,
    /// What closes all that is open; none when nothing is.
    pub remedies: Vec<Remedy>,
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

/// What the documents do not tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assumed {
    /// An Allow of everything, because no document allows anything.
    pub allow: bool,
    /// `FullAWSAccess` beside service control policies that allow nothing.
    pub full_access: bool,
    /// Keys of the request that were left open: as an Allow asks for, and not as a Deny does.
    pub free_keys: Vec<String>,
}

/// The open actions of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenService {
    /// The prefix of the actions.
    pub service: String,
    /// How many actions the service has, the stand-in included.
    pub of: usize,
    /// Which are open.
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

/// A policy that closes what is open when it is attached, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// The options of `policy generate` that write it.
    pub options: String,
    /// Whom it suits.
    pub suits: &'static str,
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
    /// Resource policies, e.g. a role's trust policy: judged for a user of another account that they name.
    pub resource: Vec<(String, Document)>,
    /// Further actions that are expected to be open; `*` and `?` are wildcards.
    pub expected: Vec<String>,
}

impl Attached {
    /// All documents.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        self.named_documents().map(|(_, document)| document)
    }

    fn named_documents(&self) -> impl Iterator<Item = (&str, &Document)> {
        (self.identity.iter())
            .chain(&self.boundary)
            .chain(&self.service_control)
            .chain(&self.resource)
            .map(|(name, document)| (name.as_str(), document))
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
    /// More statements, actions and resources than IAM lets anybody attach.
    #[error("the policies are too large to be tried over every action")]
    TooMuch,
}

/// Judges the documents, for users of this partition.
///
/// # Errors
/// [`VerifyError`].
pub fn verify(attached: &Attached, partition: &str) -> Result<Verification, VerifyError> {
    let scene = Scene::new(attached, partition)?;
    let expected: Vec<ActionPattern> = SEED_EXCEPTIONS
        .into_iter()
        .chain(EXPECTED)
        .chain(attached.expected.iter().map(String::as_str))
        .map(ActionPattern::new)
        .collect();
    let mut result = Verification {
        judged: 0,
        stand_ins: 0,
        possible: ByState::default(),
        assumed: Assumed {
            allow: scene.assumed_allow,
            full_access: scene.assumed_full_access,
            free_keys: scene.free_keys.clone(),
        },
        expected: Vec::new(),
        unexpected: Vec::new(),
        paths: paths::all(&scene),
        remedies: Vec::new(),
        limits: LIMITS.to_vec(),
    };
    each_service(|service, actions| {
        let mut unexpected = Vec::new();
        for (action, future) in actions {
            result.judged += 1;
            result.stand_ins += usize::from(*future);
            let possible = scene.possible(action);
            result.possible.count(possible);
            if !possible.absent && !possible.without {
                continue;
            }
            let open = OpenAction {
                action: (*action).to_owned(),
                absent: possible.absent,
                without: possible.without,
                future: *future,
            };
            if expected.iter().any(|e| e.matches(action)) {
                result.expected.push(open);
            } else {
                unexpected.push(open);
            }
        }
        if !unexpected.is_empty() {
            result.unexpected.push(OpenService {
                service: service.to_owned(),
                of: actions.len(),
                actions: unexpected,
            });
        }
    });
    scene.check()?;
    if !result.is_clean() {
        result.remedies = remedies(attached, partition, &result);
    }
    Ok(result)
}

impl ByState<usize> {
    fn count(&mut self, possible: ByState<bool>) {
        self.absent += usize::from(possible.absent);
        self.without += usize::from(possible.without);
        self.with += usize::from(possible.with);
    }
}

/// The catalogue's services with their actions, each with a stand-in for the unknown ones of the service, and an unknown service.
fn each_service(mut visit: impl FnMut(&str, &[(&str, bool)])) {
    const STRANGER: &str = "service-of-the-future";
    for service in Catalog::embedded().services() {
        let future = format!("{}:ActionOfTheFuture", service.prefix);
        let actions: Vec<(&str, bool)> = (service.actions.iter())
            .map(|a| (a.as_str(), false))
            .filter(|(action, _)| *action != CALLER_IDENTITY)
            .chain([(future.as_str(), true)])
            .collect();
        visit(service.prefix, &actions);
    }
    visit(STRANGER, &[(&format!("{STRANGER}:Action"), true)]);
}

/// How many actions of the catalogue are possible at each state.
pub(super) fn count(scene: &Scene) -> ByState<usize> {
    let mut count = ByState::default();
    each_service(|_, actions| {
        for (action, _) in actions {
            count.count(scene.possible(action));
        }
    });
    count
}

/// The ways past MFA.
pub(super) fn ways(scene: &Scene) -> Vec<Path> {
    paths::all(scene)
}

/// The ways past MFA alone, without the catalogue's actions.
///
/// # Errors
/// [`VerifyError`].
pub fn paths(attached: &Attached, partition: &str) -> Result<Vec<Path>, VerifyError> {
    let scene = Scene::new(attached, partition)?;
    let paths = paths::all(&scene);
    scene.check()?;
    Ok(paths)
}

/// The policies of ours that close all that was found, which is seen by attaching them.
fn remedies(attached: &Attached, partition: &str, found: &Verification) -> Vec<Remedy> {
    let combinations: [(&[Template], Template); 2] = [
        (
            &[Template::ConsoleEnrol, Template::OwnOnly],
            Template::ConsoleEnrol,
        ),
        (&[Template::AdminProvisioned], Template::AdminProvisioned),
    ];
    (combinations.into_iter())
        .filter(|(templates, _)| closes(templates, attached, partition, found).unwrap_or(false))
        .map(|(templates, main)| {
            let mut options = String::new();
            for template in templates {
                let option = if *template == Template::OwnOnly {
                    " --guard "
                } else {
                    " --template "
                };
                options.push_str(option);
                options.push_str(template.name());
            }
            if partition != "aws" {
                options.push_str(" --partition ");
                options.push_str(partition);
            }
            Remedy {
                options: options.trim_start().to_owned(),
                suits: main.purpose(),
            }
        })
        .collect()
}

fn closes(
    templates: &[Template],
    attached: &Attached,
    partition: &str,
    found: &Verification,
) -> Option<bool> {
    let options = Options {
        templates: templates.to_vec(),
        partition: partition.to_owned(),
        ..Options::default()
    };
    let mut attached = attached.clone();
    let document = generate::generate(&options).ok()?.document;
    attached.identity.push(("remedy".to_owned(), document));
    let scene = Scene::new(&attached, partition).ok()?;
    let mut open = found.unexpected.iter().flat_map(|s| &s.actions);
    let is_open = |action: &OpenAction| {
        let possible = scene.possible(&action.action);
        possible.absent || possible.without
    };
    let closed = !open.any(is_open) && !paths::all(&scene).iter().any(|p| p.open);
    Some(closed && scene.check().is_ok())
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
