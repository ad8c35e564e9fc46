//! Narrows findings to one profile and those that it leads to.

use std::collections::HashSet;

use crate::shared_config::{Profiles, session_profile_name};

use super::finding::Finding;

/// The profiles that have to do with one: those on its way to the long-term key, and the session profile.
#[must_use]
pub fn scope(profiles: &Profiles, named: &str) -> HashSet<String> {
    let mut scope = HashSet::from([named.to_owned()]);
    let mut next = profiles.profile(named).and_then(|p| p.leads_to(false));
    let mut last = named.to_owned();
    while let Some(step) = next {
        last.clone_from(&step.name);
        if !scope.insert(step.name.clone()) {
            break;
        }
        next = profiles
            .profile(&step.name)
            .and_then(|profile| profile.leads_to(step.as_source));
    }
    if let Some(source) = profiles.profile(&last) {
        scope.insert(session_profile_name(&source));
    }
    scope
}

impl Finding {
    /// Whether it has to do with the profiles of a [`scope`]: what is about no profile has to do with all.
    #[must_use]
    pub fn is_in(&self, scope: &HashSet<String>) -> bool {
        self.profile
            .as_ref()
            .is_none_or(|name| scope.contains(name))
    }
}
