//! The facts as the checks look at them: profiles by name, and the numbers of lines.

use std::collections::{HashMap, HashSet};

use crate::shared_config::{FileKind, LeadsTo, LineNumbers, Place, Profile, key};

use super::facts::{Facts, FileFacts};
use super::finding::edit;

/// A profile without these leads to no other one.
const LEADING: [&str; 3] = [key::ROLE_ARN, key::SOURCE, key::CREDENTIAL_PROCESS];

/// The facts, indexed once, so that every check takes linear time.
pub(super) struct View<'a> {
    pub(super) facts: &'a Facts<'a>,
    /// Every profile.
    pub(super) all: Vec<Profile<'a>>,
    by_name: HashMap<&'a str, usize>,
    /// The keys that each profile has.
    keys: Vec<HashSet<String>>,
    /// Whether each profile is a session or hook profile.
    has_source: Vec<bool>,
    /// What each profile leads to, reached by its name and as a source.
    steps: Vec<[Option<LeadsTo>; 2]>,
    config: LineNumbers,
    credentials: LineNumbers,
}

impl<'a> View<'a> {
    pub(super) fn of(facts: &'a Facts<'a>) -> Self {
        let all = facts.profiles.all();
        let by_name = (all.iter().enumerate())
            .map(|(n, profile)| (profile.name(), n))
            .collect();
        let keys: Vec<_> = all.iter().map(Profile::keys).collect();
        let has_source = (all.iter().zip(&keys))
            .map(|(profile, keys)| {
                let may_be = [key::SOURCE, key::CREDENTIAL_PROCESS];
                may_be.iter().any(|key| keys.contains(*key)) && profile.has_source()
            })
            .collect();
        let steps = (all.iter().zip(&keys))
            .map(|(profile, keys)| {
                if LEADING.iter().any(|key| keys.contains(*key)) {
                    [profile.leads_to(false), profile.leads_to(true)]
                } else {
                    [None, None]
                }
            })
            .collect();
        Self {
            facts,
            keys,
            has_source,
            steps,
            by_name,
            all,
            config: LineNumbers::of(facts.profiles.config()),
            credentials: LineNumbers::of(facts.profiles.credentials()),
        }
    }

    pub(super) fn profile(&self, name: &str) -> Option<&Profile<'a>> {
        self.all.get(*self.by_name.get(name)?)
    }

    /// The profiles that have one of these keys, perhaps with an empty value.
    pub(super) fn with(
        &self,
        wanted: &'static [&'static str],
    ) -> impl Iterator<Item = &Profile<'a>> {
        let all = self.all.iter().zip(&self.keys);
        all.filter(|(_, keys)| wanted.iter().any(|key| keys.contains(*key)))
            .map(|(profile, _)| profile)
    }

    /// As [`Profile::has_source`], looked up once.
    pub(super) fn has_source(&self, profile: &str) -> bool {
        let at = self.by_name.get(profile);
        at.and_then(|at| self.has_source.get(*at))
            .is_some_and(|has| *has)
    }

    /// As [`Profile::leads_to`], looked up once.
    pub(super) fn leads_to(&self, profile: &str, as_source: bool) -> Option<&LeadsTo> {
        let [by_name, of_source] = self.steps.get(*self.by_name.get(profile)?)?;
        if as_source { of_source } else { by_name }.as_ref()
    }

    pub(super) fn file(&self, kind: FileKind) -> &FileFacts {
        let [config, credentials] = &self.facts.files;
        match kind {
            FileKind::Config => config,
            FileKind::Credentials => credentials,
        }
    }

    pub(super) fn variable(&self, name: &str) -> Option<String> {
        (self.facts.variables)(name)
    }

    /// The path and the line of a place.
    pub(super) fn at(&self, place: Place) -> (String, usize) {
        let numbers = match place.file {
            FileKind::Config => &self.config,
            FileKind::Credentials => &self.credentials,
        };
        (
            self.file(place.file).path.clone(),
            numbers.line(place.offset),
        )
    }

    /// The path and the line of a key that counts in a profile, else of the profile's header.
    pub(super) fn at_key(&self, profile: &Profile<'_>, key: &str) -> (String, usize) {
        let place = profile.place(key).or_else(|| profile.header());
        place.map_or_else(|| (String::new(), 1), |place| self.at(place))
    }

    /// The command that opens the line of a key.
    pub(super) fn edit_key(&self, profile: &Profile<'_>, key: &str) -> String {
        let (file, line) = self.at_key(profile, key);
        edit(&file, line)
    }
}
