//! The verdict on a caller: what each of the credentials can do, and whether something requires MFA of it.

use super::held::Signing;
use super::land::Land;
use super::outlook::Standing;
use super::report::Verdict;
use crate::policy::actions::ActionSet;
use crate::policy::document::Effect;
use crate::policy::reach::{Bound, Field, Limit};
use crate::policy::render::plural;

/// What is possible with one kind of credential.
pub(super) struct Face {
    pub(super) signing: Signing,
    /// Whether something requires MFA of nearly everything.
    pub(super) is_bound: bool,
    /// What is possible without MFA.
    pub(super) possible: ActionSet,
    /// What of it is not expected.
    pub(super) unexpected: ActionSet,
    /// The statements that require MFA, for people.
    pub(super) guards: Vec<String>,
    /// Whether a Deny is among them.
    pub(super) is_denied: bool,
    /// Whether a way around is open.
    pub(super) has_way: bool,
}

/// What is possible with this kind of credential.
pub(super) fn face(
    land: &Land<'_>,
    bound: &Bound,
    standing: &Standing,
    signing: Signing,
    expected: &ActionSet,
) -> Face {
    let field = &land.field;
    let outlook = &standing.outlook;
    let (possible, is_guarded, state) = match signing {
        Signing::Key | Signing::Service => (
            &outlook.possible.absent,
            outlook.is_guarded.absent,
            &standing.holding.absent,
        ),
        Signing::Session | Signing::Password => (
            &outlook.possible.without,
            outlook.is_guarded.without,
            &standing.holding.without,
        ),
    };
    let reachable = |set: &ActionSet| reachable(field, set, signing);
    let but_expected = |set: &ActionSet| {
        let mut rest = set.clone();
        rest.remove_all(expected);
        rest
    };
    let possible = reachable(possible);
    let unexpected = but_expected(&possible);
    let with = but_expected(&reachable(&outlook.possible.with));
    let mut guards = Vec::new();
    let mut is_denied = false;
    for (held, n, effect) in standing.guards(bound, state) {
        is_denied |= effect == Effect::Deny;
        let statement = held.prepared.statement_name(n);
        let word = match (effect, held.limit) {
            (Effect::Deny, _) => "denied by",
            (Effect::Allow, _) => "allowed only with MFA by",
        };
        guards.push(format!("{word} `{statement}` of {}", held.place));
    }
    Face {
        signing,
        is_bound: is_bound(&unexpected, &with, is_guarded),
        possible,
        unexpected,
        guards,
        is_denied,
        has_way: false,
    }
}

/// What these credentials can be used for at all.
fn reachable(field: &Field, set: &ActionSet, signing: Signing) -> ActionSet {
    let mut rest = set.clone();
    match signing {
        Signing::Key | Signing::Password => {}
        Signing::Session => rest.remove_all(field.beyond_sessions()),
        Signing::Service => rest.remove_all(field.beyond_services()),
    }
    rest
}

/// Whether MFA is required: an action that no policy names is denied without it, or at most a tenth of what is possible with MFA is
/// possible without it. Where all of it is, nothing is required.
fn is_bound(without: &ActionSet, with: &ActionSet, is_guarded: bool) -> bool {
    let (without, with) = (without.len(), with.len());
    if without == 0 {
        return is_guarded || with > 0;
    }
    without < with && (is_guarded || without * 10 <= with)
}

/// The verdict on credentials with these faces.
pub(super) fn of_faces(faces: &[&Face], has_device: Option<bool>) -> Verdict {
    if faces.is_empty() {
        return Verdict::NoCredentials;
    }
    if faces.iter().any(|face| !face.is_bound) {
        return match has_device {
            Some(true) => Verdict::EnrolledNotEnforced,
            _ => Verdict::NotEnforced,
        };
    }
    let is_open = |face: &&Face| face.has_way || !face.unexpected.is_empty();
    if faces.iter().any(is_open) {
        Verdict::EnforcedWithGaps
    } else {
        Verdict::Enforced
    }
}

/// What is possible, and what requires MFA, in sentences.
pub(super) fn sentences(field: &Field, faces: &[&Face]) -> Vec<String> {
    const MOST: usize = 3;
    let mut all: Vec<String> = Vec::new();
    for face in faces {
        let with = face.signing.words();
        if !face.is_bound {
            let what = if face.possible.is_empty() {
                String::new()
            } else {
                format!(", which may do {}", listed(field, &face.possible))
            };
            all.push(format!("nothing requires MFA of {with}{what}"));
            continue;
        }
        let shown = face.guards.iter().take(MOST);
        let mut guards = shown.cloned().collect::<Vec<String>>().join("; ");
        let more = face.guards.len().saturating_sub(MOST);
        if more > 0 {
            guards = format!("{guards}; and {more} more");
        }
        if guards.is_empty() {
            "what is not expected is denied".clone_into(&mut guards);
        }
        all.push(format!("{with} without MFA: {guards}"));
        if !face.is_denied {
            all.push(
                "no Deny requires MFA: a policy of a resource, which is not judged here, may let this user in without it"
                    .to_owned(),
            );
        }
        if !face.unexpected.is_empty() {
            all.push(format!(
                "{with} may do {} without MFA",
                listed(field, &face.unexpected)
            ));
        }
    }
    let mut seen = std::collections::HashSet::new();
    all.retain(|sentence| seen.insert(sentence.clone()));
    all
}

/// Actions for people: their names if they are few, else the services.
pub(super) fn listed(field: &Field, set: &ActionSet) -> String {
    const NAMES: usize = 4;
    const SERVICES: usize = 3;
    let names: Vec<&str> = field.listed(set).collect();
    if names.len() <= NAMES {
        return names.join(", ");
    }
    let mut services: Vec<(&str, usize)> = Vec::new();
    for name in &names {
        let service = name.split(':').next().unwrap_or_default();
        match services.last_mut() {
            Some((last, n)) if *last == service => *n += 1,
            _ => services.push((service, 1)),
        }
    }
    let count = services.len();
    services.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let shown: Vec<String> = (services.iter().take(SERVICES))
        .map(|(service, n)| format!("{n} of {service}"))
        .collect();
    let more = match count.saturating_sub(SERVICES) {
        0 => String::new(),
        1 => " and of another service".to_owned(),
        n => format!(" and of {n} more services"),
    };
    let total = plural(names.len(), "action", "actions");
    format!("{total} ({}{more})", shown.join(", "))
}

/// Denys that ask for MFA and do not count, in sentences.
pub(super) fn avoidable(bound: &Bound) -> Vec<String> {
    let mut all = Vec::new();
    for held in bound
        .policies
        .iter()
        .filter(|h| h.limit != Limit::ResourceControl)
    {
        for avoidable in &held.prepared.avoidable {
            let keys: Vec<String> = avoidable.keys.iter().map(|k| format!("`{k}`")).collect();
            all.push(format!(
                "`{}` of {} does not count: it asks for {} as well, which the caller may choose",
                avoidable.statement,
                held.place,
                keys.join(", ")
            ));
        }
    }
    all
}
