//! A text that two patterns both match.

use std::collections::HashSet;

use crate::policy::pattern::Part;

/// What a star of a pattern stands for: text that no policy can have, so that no other pattern matches it by accident.
const ANYTHING: &str =
    "\u{f8ff}\u{f8ff}\u{f8ff}\u{f8ff}\u{f8ff}\u{f8ff}\u{f8ff}\u{f8ff}\u{f8ff}\u{f8ff}\u{f8ff}";

/// One step of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// This character.
    Only(char),
    /// Any one character.
    Any,
    /// Any run of characters.
    Star,
}

impl Unit {
    pub(super) fn is_exact(self) -> bool {
        matches!(self, Self::Only(_))
    }
}

/// The steps of a pattern.
pub(super) fn units(parts: &[Part<'_>]) -> Vec<Unit> {
    let mut all = Vec::new();
    for part in parts {
        match part {
            Part::Literal(text) => all.extend(text.chars().map(Unit::Only)),
            Part::Any => all.push(Unit::Any),
            Part::Star => all.push(Unit::Star),
        }
    }
    all
}

/// A text that the pattern matches and hardly any other one.
pub(super) fn instance(units: &[Unit]) -> String {
    let mut text = String::new();
    for unit in units {
        match unit {
            Unit::Only(c) => text.push(*c),
            Unit::Any => text.push('\u{f8ff}'),
            Unit::Star => text.push_str(ANYTHING),
        }
    }
    text
}

/// A text that both patterns match; `None` if there is none. Where both match anything, it is [`ANYTHING`].
pub(super) fn meet(a: &[Unit], b: &[Unit]) -> Option<String> {
    let mut search = Search {
        a,
        b,
        dead: HashSet::new(),
        text: Vec::new(),
    };
    search.from(0, 0).then(|| search.text.concat())
}

struct Search<'p> {
    a: &'p [Unit],
    b: &'p [Unit],
    /// Places from which no text leads to the ends of both patterns.
    dead: HashSet<(usize, usize)>,
    text: Vec<String>,
}

impl Search<'_> {
    /// Whether a text leads from these places to both ends; if so, it has been added.
    fn from(&mut self, i: usize, j: usize) -> bool {
        if i == self.a.len() && j == self.b.len() {
            return true;
        }
        if self.dead.contains(&(i, j)) {
            return false;
        }
        let found = match (self.a.get(i), self.b.get(j)) {
            (Some(Unit::Star), Some(Unit::Star)) => {
                self.step(ANYTHING, i + 1, j) || self.step(ANYTHING, i, j + 1)
            }
            // A star that begins or ends here stands for nothing or for what the other pattern wants.
            (Some(Unit::Star), other) => {
                let wanted = other.copied().map(text);
                self.step("", i + 1, j) || wanted.is_some_and(|text| self.step(&text, i, j + 1))
            }
            (other, Some(Unit::Star)) => {
                let wanted = other.copied().map(text);
                self.step("", i, j + 1) || wanted.is_some_and(|text| self.step(&text, i + 1, j))
            }
            (Some(a), Some(b)) => match both(*a, *b) {
                Some(text) => self.step(&text, i + 1, j + 1),
                None => false,
            },
            _ => false,
        };
        if !found {
            self.dead.insert((i, j));
        }
        found
    }

    fn step(&mut self, text: &str, i: usize, j: usize) -> bool {
        self.text.push(text.to_owned());
        let found = self.from(i, j);
        if !found {
            self.text.pop();
        }
        found
    }
}

fn text(unit: Unit) -> String {
    match unit {
        Unit::Only(c) => c.to_string(),
        Unit::Any | Unit::Star => '\u{f8ff}'.to_string(),
    }
}

fn both(a: Unit, b: Unit) -> Option<String> {
    match (a, b) {
        (Unit::Only(a), Unit::Only(b)) => (a == b).then(|| a.to_string()),
        (Unit::Only(c), _) | (_, Unit::Only(c)) => Some(c.to_string()),
        _ => Some('\u{f8ff}'.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pattern::{Pattern, parts};

    #[test]
    fn both_patterns_match_what_they_share() {
        let cases = [
            ("a*", "*b"),
            ("a*c", "a*b*c"),
            ("arn:aws:s3:::a*", "arn:aws:s3:::*b"),
            ("a?c", "ab*"),
            ("*", "*"),
            ("", "*"),
            ("abc", "abc"),
            ("*x*y*", "*y*x*"),
            ("a*a*a*b", "*aab"),
        ];
        let of = |a: &str, b: &str| {
            let (a, b): (Vec<_>, Vec<_>) = (parts(a).collect(), parts(b).collect());
            meet(&units(&a), &units(&b))
        };
        for (a, b) in cases {
            for (a, b) in [(a, b), (b, a)] {
                let text = of(a, b).unwrap_or_else(|| panic!("{a} {b}"));
                assert!(Pattern::new(a).matches(&text), "{a} {b} {text}");
                assert!(Pattern::new(b).matches(&text), "{a} {b} {text}");
            }
        }
        for (a, b) in [
            ("a", "b"),
            ("a*", "b*"),
            ("*a", "*b"),
            ("a?", "a"),
            ("", "a"),
        ] {
            assert_eq!(of(a, b), None, "{a} {b}");
        }
    }
}
