//! All actions that count for an account, and which of them can be about a resource.

use crate::policy::actions::{ActionSet, Universe};
use crate::policy::catalog::iam_resource_types;
use crate::policy::document::{Document, Strings};
use crate::policy::evaluate::UnknownOperator;

use super::prepared::Prepared;

/// An action of a service that AWS may add.
const STRANGER: &str = "service-of-the-future:Action";

/// The actions that can be about a resource, by the kind of the resource.
#[derive(Debug)]
struct Kind {
    /// E.g. `user`, the beginning of the path of an ARN of IAM; empty for what is no resource of IAM.
    name: &'static str,
    actions: ActionSet,
}

/// All actions that count for an account.
#[derive(Debug)]
pub(crate) struct Field {
    universe: Universe,
    /// The first is that of no resource (`*`), the second that of all resources outside IAM.
    kinds: Vec<Kind>,
    session_token: ActionSet,
    stranger: ActionSet,
    beyond_sessions: ActionSet,
    beyond_services: ActionSet,
}

impl Field {
    /// The actions of the catalogue, and those that only these documents name.
    pub(crate) fn of<'a>(documents: impl IntoIterator<Item = &'a Document>) -> Self {
        let universe = Universe::of_all(documents);
        let matching = |patterns: &[&str]| universe.matching(&strings(patterns));
        let kinds = kinds(&universe);
        let beyond_services = matching(&["iam:*", "sts:*"]);
        let mut beyond_sessions = beyond_services.clone();
        beyond_sessions.remove_all(&matching(&["sts:AssumeRole"]));
        Self {
            kinds,
            session_token: matching(&["sts:GetSessionToken"]),
            stranger: matching(&[STRANGER]),
            beyond_sessions,
            beyond_services,
            universe,
        }
    }

    /// Prepares a document.
    ///
    /// # Errors
    /// [`UnknownOperator`]: IAM would not store the document.
    pub(crate) fn prepare(&self, document: &Document) -> Result<Prepared, UnknownOperator> {
        self.universe.begin_document();
        Prepared::new(&self.universe, document)
    }

    /// Whether more actions or patterns were found than are looked at: what is possible is not known.
    pub(crate) fn is_cut(&self) -> bool {
        self.universe.is_cut()
    }

    /// The actions that these patterns cover.
    pub(crate) fn matching(&self, patterns: &[&str]) -> ActionSet {
        self.universe.begin_document();
        self.universe.matching(&strings(patterns))
    }

    /// No action.
    pub(crate) fn nothing(&self) -> ActionSet {
        self.universe.nothing()
    }

    /// The actions of a set by name, in order.
    pub(crate) fn listed<'a>(&'a self, set: &'a ActionSet) -> impl Iterator<Item = &'a str> {
        self.universe.listed(set)
    }

    /// An action that no policy can name, since its service does not exist yet.
    pub(crate) fn stranger(&self) -> &ActionSet {
        &self.stranger
    }

    /// What a session without MFA cannot call, whatever the policies say: IAM, and STS but for sts:AssumeRole.
    pub(crate) fn beyond_sessions(&self) -> &ActionSet {
        &self.beyond_sessions
    }

    /// What SSH keys and credentials for one service do not serve for.
    pub(crate) fn beyond_services(&self) -> &ActionSet {
        &self.beyond_services
    }

    /// sts:GetSessionToken, which nothing has to allow.
    pub(crate) fn session_token(&self) -> &ActionSet {
        &self.session_token
    }

    /// The kind of a resource, as a bit.
    pub(super) fn kind_of(&self, resource: &str) -> u64 {
        if resource == "*" {
            return 1;
        }
        let mut parts = resource.splitn(6, ':');
        let is_of_iam = parts.nth(2) == Some("iam");
        let path = parts.nth(2).unwrap_or_default();
        let kind = path.split('/').next().unwrap_or_default();
        let known = self.kinds.iter().position(|k| k.name == kind);
        match known.filter(|_| is_of_iam && !kind.is_empty()) {
            Some(n) => 1 << n,
            None => 2,
        }
    }

    /// The kinds of IAM's resources.
    pub(super) fn kinds_of_iam(&self) -> impl Iterator<Item = &'static str> {
        self.kinds.iter().map(|k| k.name).filter(|n| !n.is_empty())
    }

    /// The actions that can be about resources of these kinds.
    pub(super) fn about(&self, kinds: u64) -> ActionSet {
        let mut all = self.universe.nothing();
        for (n, kind) in self.kinds.iter().enumerate() {
            if kinds & (1 << n) != 0 {
                all.add_all(&kind.actions);
            }
        }
        all
    }
}

fn strings(patterns: &[&str]) -> Strings {
    Strings::Many(patterns.iter().map(|p| (*p).into()).collect())
}

fn kinds(universe: &Universe) -> Vec<Kind> {
    let mut all = vec![
        Kind {
            name: "",
            actions: universe.nothing(),
        },
        Kind {
            name: "",
            actions: universe.nothing(),
        },
    ];
    let mut of_any_kind = Vec::new();
    let mut of_sts = Vec::new();
    let mut insert = |name: &'static str, n: usize| {
        let known = all.iter_mut().find(|k| k.name == name);
        if let Some(kind) = known {
            kind.actions.insert(n);
            return;
        }
        let mut actions = universe.nothing();
        actions.insert(n);
        all.push(Kind { name, actions });
    };
    let mut of_nothing = Vec::new();
    let mut of_others = Vec::new();
    for (n, action) in universe.names().enumerate() {
        let service = action.split(':').next().unwrap_or_default();
        match iam_resource_types(action) {
            Some([]) => of_nothing.push(n),
            Some(types) => types.iter().for_each(|t| insert(t, n)),
            None if service.eq_ignore_ascii_case("iam") => of_any_kind.push(n),
            // A role is a resource of IAM, and so is an account's root user.
            None if service.eq_ignore_ascii_case("sts") => of_sts.push(n),
            None => of_others.push(n),
        }
    }
    for (n, kind) in all.iter_mut().enumerate() {
        let is_of_iam = !kind.name.is_empty();
        let more: &[&Vec<usize>] = match n {
            0 => &[&of_nothing, &of_any_kind, &of_sts, &of_others],
            1 => &[&of_sts, &of_others],
            _ => &[&of_any_kind, &of_sts],
        };
        debug_assert!(
            is_of_iam == (n > 1),
            "kinds have names but for the first two"
        );
        (more.iter().flat_map(|more| more.iter())).for_each(|n| kind.actions.insert(*n));
    }
    all
}
