//! Sets of actions: what the patterns of a statement cover of the catalogue, of actions that AWS may add, and of those that only the
//! documents name.
//!
//! A rule asks whether *some* action is denied by one statement and passes another; with sets, that is a few word operations for
//! all actions. The work for one document is bounded: patterns beyond the bound are ignored, and [`Universe::is_cut`] says so.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use std::sync::OnceLock;

use crate::policy::catalog::Catalog;
use crate::policy::document::{Document, StatementElement, Strings};
use crate::policy::pattern::Pattern;

/// Succeeds under any policy: no statement stops it.
const CALLER_IDENTITY: &str = "sts:getcalleridentity";

/// Comparisons of a pattern with an action that one document may cost. The largest that AWS stores stay far below.
const MAX_TESTS: usize = 10_000_000;

/// Actions that only the document names, at most.
const MAX_OWN: usize = 4_096;

/// An action with its name for comparisons.
#[derive(Debug)]
struct Action {
    lower: String,
    name: Cow<'static, str>,
    /// Of the catalogue, not a stand-in for what is to come.
    is_catalogued: bool,
}

/// The catalogue's actions, one to come for each service, and one of a service to come; sorted by their lower-case names.
fn known() -> &'static [Action] {
    static KNOWN: OnceLock<Vec<Action>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let catalog = Catalog::embedded();
        let there = catalog.actions().map(|name| Action {
            lower: name.to_ascii_lowercase(),
            name: Cow::Borrowed(name),
            is_catalogued: true,
        });
        let prefixes = catalog.services().iter().map(|service| service.prefix);
        let to_come = prefixes
            .map(|prefix| format!("{prefix}:ActionOfTheFuture"))
            .chain(["service-of-the-future:Action".to_owned()])
            .map(|name| Action {
                lower: name.to_ascii_lowercase(),
                name: Cow::Owned(name),
                is_catalogued: false,
            });
        let mut all: Vec<Action> = there.chain(to_come).collect();
        all.sort_by(|a, b| a.lower.cmp(&b.lower));
        all
    })
}

/// All actions that count for some documents.
#[derive(Debug)]
pub(crate) struct Universe {
    /// The documents' own, in lower case and sorted; their numbers follow the known ones'.
    own: Vec<String>,
    /// Patterns in lower case that cover no action of the catalogue.
    unknown: HashSet<String>,
    tests: Cell<usize>,
    is_cut: Cell<bool>,
}

impl Universe {
    /// The known actions, and an instance of each pattern of the document that covers none of them.
    pub(crate) fn of(document: &Document) -> Self {
        Self::of_all([document])
    }

    /// The same for several documents.
    pub(crate) fn of_all<'a>(documents: impl IntoIterator<Item = &'a Document>) -> Self {
        let mut all = Self {
            own: Vec::new(),
            unknown: HashSet::new(),
            tests: Cell::new(0),
            is_cut: Cell::new(false),
        };
        let mut seen = HashSet::new();
        for document in documents {
            all.begin_document();
            for pattern in document.statements().iter().flat_map(|s| &s.elements) {
                if let StatementElement::Action(strings) | StatementElement::NotAction(strings) =
                    pattern
                {
                    all.note(strings, &mut seen);
                }
            }
        }
        all.begin_document();
        all.is_cut.set(all.unknown.len() > MAX_OWN);
        let mut own: Vec<String> = (all.unknown.iter())
            .take(MAX_OWN)
            .map(|pattern| pattern.replace(['*', '?'], "x"))
            .collect();
        own.sort_unstable();
        own.dedup();
        all.own = own;
        all
    }

    /// Notes the patterns that cover no action of the catalogue.
    fn note(&mut self, patterns: &Strings, seen: &mut HashSet<String>) {
        for text in patterns.texts() {
            let lower = text.to_ascii_lowercase();
            if !seen.contains(&lower) {
                if !self.is_catalogued(&lower) {
                    self.unknown.insert(lower.clone());
                }
                seen.insert(lower);
            }
        }
    }

    /// Gives the next document its own share of work.
    pub(crate) fn begin_document(&self) {
        self.tests.set(0);
    }

    /// Whether something was ignored because it was too much.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut.get()
    }

    /// The numbers and names of all actions.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let known = known().iter().map(|action| action.name.as_ref());
        known.chain(self.own.iter().map(String::as_str))
    }

    /// The actions of the set by name.
    pub(crate) fn listed<'a>(&'a self, set: &'a ActionSet) -> impl Iterator<Item = &'a str> {
        let name = |n: usize| match known().get(n) {
            Some(action) => Some(action.name.as_ref()),
            None => self.own.get(n - known().len()).map(String::as_str),
        };
        set.numbers().filter_map(name)
    }

    /// Whether the catalogue has an action that the pattern covers.
    pub(crate) fn knows(&self, pattern: &str) -> bool {
        let lower = pattern.to_ascii_lowercase();
        !self.unknown.contains(&lower) && self.is_catalogued(&lower)
    }

    fn is_catalogued(&self, lower: &str) -> bool {
        let mut found = false;
        self.for_each_match(
            lower,
            known(),
            |action| &action.lower,
            |n| {
                found |= known().get(n).is_some_and(|action| action.is_catalogued);
            },
        );
        found
    }

    /// What the patterns cover.
    pub(crate) fn matching(&self, patterns: &Strings) -> ActionSet {
        let mut set = ActionSet::empty(known().len() + self.own.len());
        let mut seen = HashSet::new();
        for text in patterns.texts() {
            let lower = text.to_ascii_lowercase();
            if !seen.contains(&lower) {
                self.for_each_match(&lower, known(), |action| &action.lower, |n| set.insert(n));
                let first = known().len();
                self.for_each_match(&lower, &self.own, |name| name, |n| set.insert(first + n));
                seen.insert(lower);
            }
        }
        set
    }

    /// What the element of a statement covers: what it names, or all that it does not.
    pub(crate) fn covered(&self, element: &StatementElement) -> Option<ActionSet> {
        let mut set = match element {
            StatementElement::Action(patterns) => self.matching(patterns),
            StatementElement::NotAction(patterns) => {
                let mut rest = self.everything();
                rest.remove_all(&self.matching(patterns));
                rest
            }
            _ => return None,
        };
        if let Ok(n) = known().binary_search_by(|action| action.lower.as_str().cmp(CALLER_IDENTITY))
        {
            set.remove(n);
        }
        Some(set)
    }

    /// All actions.
    pub(crate) fn everything(&self) -> ActionSet {
        let count = known().len() + self.own.len();
        let mut all = ActionSet::empty(count);
        (0..count).for_each(|n| all.insert(n));
        all
    }

    /// No action.
    pub(crate) fn nothing(&self) -> ActionSet {
        ActionSet::empty(known().len() + self.own.len())
    }

    /// The name of an action of the set: one that everybody knows if there is one, else the first.
    pub(crate) fn example(&self, set: &ActionSet) -> Option<&str> {
        const FAMOUS: [&str; 4] = [
            "s3:getobject",
            "ec2:terminateinstances",
            "iam:createaccesskey",
            "sts:assumerole",
        ];
        let famous = FAMOUS
            .iter()
            .filter_map(|name| {
                known()
                    .binary_search_by(|a| a.lower.as_str().cmp(name))
                    .ok()
            })
            .find(|n| set.has(*n));
        let n = famous.or_else(|| set.first())?;
        match known().get(n) {
            Some(action) => Some(&action.name),
            None => self.own.get(n - known().len()).map(String::as_str),
        }
    }

    /// Whether the set holds more than half of the known actions.
    pub(crate) fn is_most(&self, set: &ActionSet) -> bool {
        set.len() * 2 > known().len() + self.own.len()
    }

    /// Calls `hit` with the index of each of the sorted names that the pattern, in lower case, covers.
    fn for_each_match<T>(
        &self,
        pattern: &str,
        sorted: &[T],
        name: impl Fn(&T) -> &String,
        mut hit: impl FnMut(usize),
    ) {
        let Some(end) = pattern.find(['*', '?']) else {
            if let Ok(n) = sorted.binary_search_by(|item| name(item).as_str().cmp(pattern)) {
                hit(n);
            }
            return;
        };
        let (prefix, rest) = pattern.split_at_checked(end).unwrap_or((pattern, ""));
        let first = sorted.partition_point(|item| name(item).as_str() < prefix);
        let candidates = (sorted.iter().enumerate().skip(first))
            .take_while(|(_, item)| name(item).starts_with(prefix));
        if rest == "*" {
            candidates.for_each(|(n, _)| hit(n));
            return;
        }
        let compiled = Pattern::new(pattern);
        for (n, item) in candidates {
            let tests = self.tests.get() + 1;
            if tests > MAX_TESTS {
                self.is_cut.set(true);
                return;
            }
            self.tests.set(tests);
            if compiled.matches(name(item)) {
                hit(n);
            }
        }
    }
}

/// A set of actions by their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ActionSet {
    words: Vec<u64>,
}

impl ActionSet {
    fn empty(count: usize) -> Self {
        Self {
            words: vec![0; count.div_ceil(64)],
        }
    }

    pub(crate) fn insert(&mut self, n: usize) {
        if let Some(word) = self.words.get_mut(n / 64) {
            *word |= 1 << (n % 64);
        }
    }

    fn remove(&mut self, n: usize) {
        if let Some(word) = self.words.get_mut(n / 64) {
            *word &= !(1 << (n % 64));
        }
    }

    /// Adds what the other has.
    pub(crate) fn add_all(&mut self, other: &Self) {
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    /// Takes out what the other has.
    pub(crate) fn remove_all(&mut self, other: &Self) {
        for (word, less) in self.words.iter_mut().zip(&other.words) {
            *word &= !less;
        }
    }

    /// Leaves only what the other has, too.
    pub(crate) fn keep(&mut self, other: &Self) {
        for (word, kept) in self.words.iter_mut().zip(&other.words) {
            *word &= kept;
        }
    }

    /// Whether both have an action.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.words.iter().zip(&other.words).any(|(a, b)| a & b != 0)
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    fn has(&self, n: usize) -> bool {
        self.words
            .get(n / 64)
            .is_some_and(|word| word & (1 << (n % 64)) != 0)
    }

    pub(crate) fn len(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    fn numbers(&self) -> impl Iterator<Item = usize> {
        let bits = |(n, word): (usize, &u64)| {
            let word = *word;
            (0..64)
                .filter(move |bit| word & (1 << bit) != 0)
                .map(move |bit| n * 64 + bit)
        };
        let words = self.words.iter().enumerate();
        words.filter(|(_, word)| **word != 0).flat_map(bits)
    }

    fn first(&self) -> Option<usize> {
        let (n, word) = self
            .words
            .iter()
            .enumerate()
            .find(|(_, word)| **word != 0)?;
        Some(n * 64 + word.trailing_zeros() as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::document;
    use crate::policy::pattern::ActionPattern;

    fn universe(actions: &str) -> (Universe, Strings) {
        let text = format!(r#"{{"Statement":{{"Effect":"Deny","Action":{actions}}}}}"#);
        let document = document::parse(&text).unwrap();
        let StatementElement::Action(patterns) = document.statements()[0].elements[1].clone()
        else {
            panic!("{text}");
        };
        (Universe::of(&document), patterns)
    }

    fn names(universe: &Universe, set: &ActionSet) -> Vec<String> {
        let mut left = set.clone();
        let mut all = Vec::new();
        while let Some(n) = left.first() {
            let mut one = universe.nothing();
            one.insert(n);
            all.push(universe.example(&one).unwrap().to_owned());
            left.remove(n);
        }
        all
    }

    #[test]
    fn a_pattern_covers_the_actions_that_the_evaluator_matches() {
        for pattern in [
            "iam:CreateUser",
            "IAM:creatuser",
            "iam:*MFA*",
            "iam:*mfadevice?",
            "s3:Get*",
            "*:Call*Token",
            "*",
            "iam:*",
            "i*",
            "?am:Create*",
            "nosuch:Thing",
            "",
        ] {
            let (universe, patterns) = universe(&format!("{pattern:?}"));
            let compiled = ActionPattern::new(pattern);
            let want: Vec<&str> = (known().iter())
                .map(|a| a.name.as_ref())
                .filter(|name| compiled.matches(name))
                .collect();
            let mut got = names(&universe, &universe.matching(&patterns));
            if want.is_empty() {
                assert_eq!(got, [pattern.to_ascii_lowercase()], "its own instance");
                got.clear();
            }
            assert_eq!(got, want, "{pattern}");
            assert_eq!(universe.knows(pattern), !want.is_empty(), "{pattern}");
        }
    }

    #[test]
    fn unknown_actions_are_covered_only_by_patterns() {
        let (universe, patterns) = universe(r#"["iam:ActionOf*", "brand-new:*"]"#);
        assert_eq!(
            names(&universe, &universe.matching(&patterns)),
            ["iam:ActionOfTheFuture", "brand-new:x", "iam:actionofx"]
        );
        assert!(!universe.knows("iam:ActionOf*"));
        assert!(!universe.knows("brand-new:*"));
        assert!(universe.knows("iam:*"));
    }

    #[test]
    fn not_action_is_the_complement_without_get_caller_identity() {
        let (universe, patterns) = universe(r#"["iam:*", "new:Thing"]"#);
        let named = universe.matching(&patterns);
        let rest = (universe.covered(&StatementElement::NotAction(patterns))).unwrap();
        assert!(!named.meets(&rest));
        assert_eq!(named.len() + rest.len() + 1, known().len() + 1);
        assert!(universe.is_most(&rest) && !universe.is_most(&named));
        let only = StatementElement::Action(Strings::One("sts:GetCallerIdentity".into()));
        assert!(universe.covered(&only).unwrap().is_empty());
    }

    #[test]
    fn hostile_patterns_are_matched_in_bounded_time() {
        let many: Vec<String> = (0..50_000).map(|n| format!("*{n}*z")).collect();
        let (universe, patterns) = universe(&serde_json::to_string(&many).unwrap());
        universe.matching(&patterns);
        assert!(universe.tests.get() <= MAX_TESTS);
        assert_eq!(universe.own.len(), MAX_OWN);
    }
}
