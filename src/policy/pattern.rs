//! The wildcards `*` and `?` of actions, resources, `StringLike` and ARNs.
//!
//! As AWS matches them: `*` is any run and `?` any one UTF-16 unit, line feeds, slashes and colons included; brackets and
//! backslashes are ordinary characters. The time is linear in the text for each literal piece of the pattern: pieces are found
//! from left to right and never tried again, so `*a*a*a*` cannot blow up.

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Shape);

/// Nearly every pattern has no star, or one at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    /// No wildcard.
    Exact(Box<str>),
    /// One star, at the end; what stands before it.
    Prefix(Box<str>),
    /// Stars, and no `?`: UTF-8 decides like UTF-16.
    Plain(Pieces<Box<str>>),
    /// UTF-16 units, `None` where any fits.
    Units(Pieces<Box<[Option<u16>]>>),
}

/// What stands between stars.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pieces<T> {
    /// What the text begins with.
    first: T,
    /// The others: the last one ends the text, those before it follow one another anywhere between. None without a star.
    rest: Vec<T>,
}

impl<T> Pieces<T> {
    fn map<U>(&self, mut make: impl FnMut(&T) -> U) -> Pieces<U> {
        Pieces {
            first: make(&self.first),
            rest: self.rest.iter().map(make).collect(),
        }
    }
}

/// A part of a pattern before it is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Characters that stand for themselves.
    Literal(&'a str),
    /// `*`
    Star,
    /// `?`
    Any,
}

/// Cuts a text into literal runs and wildcards.
pub(crate) fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    text.split_inclusive(['*', '?']).flat_map(|run| {
        let (literal, wildcard) = if let Some(literal) = run.strip_suffix('*') {
            (literal, Some(Part::Star))
        } else if let Some(literal) = run.strip_suffix('?') {
            (literal, Some(Part::Any))
        } else {
            (run, None)
        };
        (!literal.is_empty())
            .then_some(Part::Literal(literal))
            .into_iter()
            .chain(wildcard)
    })
}

impl Pattern {
    /// Compiles a text in which every `*` and `?` is a wildcard.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match text.find(['*', '?']) {
            None => Self(Shape::Exact(text.into())),
            Some(n) if text.get(n..) == Some("*") => {
                Self(Shape::Prefix(text.get(..n).unwrap_or_default().into()))
            }
            Some(_) => Self::from_parts(parts(text)),
        }
    }

    pub(crate) fn from_parts<'a>(parts: impl Iterator<Item = Part<'a>>) -> Self {
        let mut pieces = Pieces {
            first: Vec::new(),
            rest: Vec::new(),
        };
        let mut plain = true;
        for part in parts {
            match part {
                Part::Star => pieces.rest.push(Vec::new()),
                part => {
                    plain &= part != Part::Any;
                    let piece = pieces.rest.last_mut().unwrap_or(&mut pieces.first);
                    piece.push(part);
                }
            }
        }
        if !plain {
            return Self(Shape::Units(pieces.map(units)));
        }
        let pieces = pieces.map(text);
        Self(match pieces.rest.as_slice() {
            [] => Shape::Exact(pieces.first),
            [end] if end.is_empty() => Shape::Prefix(pieces.first),
            _ => Shape::Plain(pieces),
        })
    }

    /// Whether the pattern is nothing but stars.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        match &self.0 {
            Shape::Prefix(prefix) => prefix.is_empty(),
            Shape::Plain(pieces) => {
                pieces.first.is_empty() && pieces.rest.iter().all(|piece| piece.is_empty())
            }
            Shape::Exact(_) | Shape::Units(_) => false,
        }
    }

    /// Whether the pattern covers the whole of `text`.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match &self.0 {
            Shape::Exact(exact) => **exact == *text,
            Shape::Prefix(prefix) => text.starts_with(&**prefix),
            Shape::Plain(pieces) => pieces.match_text(text),
            Shape::Units(pieces) => {
                let units: Vec<u16> = text.encode_utf16().collect();
                pieces.match_units(&units)
            }
        }
    }
}

fn text(parts: &Vec<Part<'_>>) -> Box<str> {
    let text: String = (parts.iter())
        .map(|part| match part {
            Part::Literal(text) => text,
            Part::Any | Part::Star => "",
        })
        .collect();
    text.into()
}

fn units(parts: &Vec<Part<'_>>) -> Box<[Option<u16>]> {
    let mut units = Vec::new();
    for part in parts {
        match part {
            Part::Literal(text) => units.extend(text.encode_utf16().map(Some)),
            Part::Any | Part::Star => units.push(None),
        }
    }
    units.into()
}

impl Pieces<Box<str>> {
    fn match_text(&self, text: &str) -> bool {
        let Some((last, middle)) = self.rest.split_last() else {
            return *self.first == *text;
        };
        let Some(mut text) = text
            .strip_prefix(&*self.first)
            .and_then(|text| text.strip_suffix(&**last))
        else {
            return false;
        };
        for piece in middle {
            match text.split_once(&**piece) {
                Some((_, after)) => text = after,
                None => return false,
            }
        }
        true
    }
}

impl Pieces<Box<[Option<u16>]>> {
    fn match_units(&self, text: &[u16]) -> bool {
        let Some((last, middle)) = self.rest.split_last() else {
            return self.first.len() == text.len() && fits(&self.first, text);
        };
        let Some(text) = text
            .len()
            .checked_sub(last.len())
            .and_then(|n| text.split_at_checked(n))
            .filter(|(_, end)| fits(last, end))
            .map(|(before, _)| before)
        else {
            return false;
        };
        let Some(mut text) = text
            .split_at_checked(self.first.len())
            .filter(|(begin, _)| fits(&self.first, begin))
            .map(|(_, after)| after)
        else {
            return false;
        };
        for piece in middle {
            match find(piece, text).and_then(|n| text.get(n + piece.len()..)) {
                Some(after) => text = after,
                None => return false,
            }
        }
        true
    }
}

/// Whether `text` begins with what fits the piece.
fn fits(piece: &[Option<u16>], text: &[u16]) -> bool {
    piece.len() <= text.len()
        && piece
            .iter()
            .zip(text)
            .all(|(want, unit)| want.is_none_or(|want| want == *unit))
}

/// The first place in `text` at which the piece fits.
fn find(piece: &[Option<u16>], text: &[u16]) -> Option<usize> {
    const SMALL: usize = 1 << 14;
    let places = text.len().checked_sub(piece.len())? + 1;
    if piece.len().saturating_mul(places) <= SMALL {
        (0..places).find(|&n| text.get(n..).is_some_and(|rest| fits(piece, rest)))
    } else {
        find_in_bulk(piece, text, places)
    }
}

/// [`find`] for large inputs: 64 places at a time. A bit of `open` stays set while the piece may begin at that place; each
/// unit of the piece clears the places at which another unit stands.
fn find_in_bulk(piece: &[Option<u16>], text: &[u16], places: usize) -> Option<usize> {
    let mut offsets: std::collections::BTreeMap<u16, Vec<usize>> =
        std::collections::BTreeMap::new();
    for (offset, want) in piece.iter().enumerate() {
        if let Some(unit) = want {
            offsets.entry(*unit).or_default().push(offset);
        }
    }
    let mut positions: std::collections::BTreeMap<u16, Vec<usize>> =
        std::collections::BTreeMap::new();
    for (n, unit) in text.iter().enumerate() {
        if offsets.contains_key(unit) {
            positions.entry(*unit).or_default().push(n);
        }
    }
    let words = text.len().div_ceil(64);
    let mut open = vec![u64::MAX; places.div_ceil(64)];
    for (unit, offsets) in &offsets {
        let mut stands = vec![0_u64; words + 1];
        for n in positions.get(unit)? {
            if let Some(word) = stands.get_mut(n / 64) {
                *word |= 1 << (n % 64);
            }
        }
        for offset in offsets {
            let (skip, shift) = (offset / 64, offset % 64);
            let shifted = stands.get(skip..)?.windows(2);
            for (word, pair) in open.iter_mut().zip(shifted) {
                let &[low, high] = pair else { continue };
                *word &= if shift == 0 {
                    low
                } else {
                    (low >> shift) | (high << (64 - shift))
                };
            }
        }
    }
    open.iter()
        .enumerate()
        .find(|(_, word)| **word != 0)
        .map(|(n, word)| n * 64 + word.trailing_zeros() as usize)
        .filter(|&n| n < places)
}

/// A pattern for action names, which are compared without regard to the case of ASCII letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionPattern {
    pattern: Pattern,
}

impl ActionPattern {
    /// Compiles an element of `Action` or `NotAction`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut pattern = Pattern::new(text);
        // What is compared whole is compared without regard to case; the rest is lower-cased on both sides.
        if matches!(pattern.0, Shape::Plain(_) | Shape::Units(_)) {
            pattern = Pattern::new(&text.to_ascii_lowercase());
        }
        Self { pattern }
    }

    /// Whether the pattern covers `action`, e.g. `iam:CreateUser`.
    #[must_use]
    #[inline]
    pub fn matches(&self, action: &str) -> bool {
        match &self.pattern.0 {
            Shape::Exact(exact) => exact.eq_ignore_ascii_case(action),
            Shape::Prefix(prefix) => action
                .as_bytes()
                .get(..prefix.len())
                .is_some_and(|begin| begin.eq_ignore_ascii_case(prefix.as_bytes())),
            Shape::Plain(_) | Shape::Units(_) => self.pattern.matches(&action.to_ascii_lowercase()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern).matches(text)
    }

    #[test]
    fn stars_match_any_text_and_question_marks_one_character() {
        for (pattern, text) in [
            ("", ""),
            ("*", ""),
            ("*", "a/b:c\nd"),
            ("a*", "a"),
            ("*a*a*", "xaxax"),
            ("a?c", "a\nc"),
            ("a?c*", "a/c"),
            ("*?", "x"),
            ("**", "xyz"),
            ("[a]\\*", "[a]\\b"),
            ("aa*aa", "aaaa"),
            ("*ab?d*", "ababxd"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("a", ""),
            ("?", ""),
            ("aa*aa", "aaa"),
            ("a*b", "abc"),
            ("[ab]", "a"),
            ("\\*", "*"),
            ("A", "a"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_question_mark_is_one_utf16_unit() {
        assert!(matches("?", "é"));
        assert!(!matches("?", "😀"));
        assert!(matches("??", "😀"));
        assert!(matches("*?", "😀"));
        assert!(matches("*😀?", "😀😀x"));
    }

    #[test]
    fn hostile_patterns_are_matched_quickly() {
        let text = "a".repeat(20_000);
        assert!(!matches(&format!("{}b", "*a".repeat(5_000)), &text));
        assert!(!matches(&format!("*{}b*", "?a".repeat(5_000)), &text));
        assert!(matches(&format!("*{}*", "?a".repeat(5_000)), &text));
    }

    #[test]
    fn actions_ignore_the_case_of_letters() {
        for pattern in [
            "iam:CreateUser",
            "IAM:create*",
            "*",
            "i?m:*USER",
            "iam:CreateUse?",
        ] {
            assert!(
                ActionPattern::new(pattern).matches("Iam:createUser"),
                "{pattern}"
            );
        }
        assert!(!ActionPattern::new("iam:CreateUser").matches("iam:CreateUsers"));
        assert!(!ActionPattern::new("iam:CreateUsers*").matches("iam:CreateUser"));
    }

    /// The definition, in quadratic time.
    fn obvious(pattern: &[u16], text: &[u16]) -> bool {
        let mut row = vec![false; text.len() + 1];
        row[0] = true;
        for &want in pattern {
            let mut next = vec![false; text.len() + 1];
            next[0] = want == u16::from(b'*') && row[0];
            for n in 0..text.len() {
                next[n + 1] = match u8::try_from(want) {
                    Ok(b'*') => row[n + 1] || next[n],
                    Ok(b'?') => row[n],
                    _ => row[n] && want == text[n],
                };
            }
            row = next;
        }
        row[text.len()]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_matcher_agrees_with_the_definition(pattern in "[ab*?é😀]{0,10}", text in "[abé😀]{0,12}") {
            let units = |s: &str| s.encode_utf16().collect::<Vec<_>>();
            prop_assert_eq!(matches(&pattern, &text), obvious(&units(&pattern), &units(&text)));
        }

        #[test]
        fn matching_many_patterns_agrees_with_matching_each(piece in prop::collection::vec(prop::option::weighted(0.8, 0_u16..3), 1..90), text in prop::collection::vec(0_u16..3, 0..300), copy in 0_usize..300) {
            let mut text = text;
            // Have it in the text now and then.
            for (n, unit) in piece.iter().enumerate() {
                if let (Some(slot), Some(unit)) = (text.get_mut(copy + n), unit) {
                    *slot = *unit;
                }
            }
            if let Some(places) = text.len().checked_sub(piece.len()).map(|n| n + 1) {
                let slow = (0..places).find(|&n| fits(&piece, &text[n..]));
                prop_assert_eq!(find_in_bulk(&piece, &text, places), slow);
            }
        }
    }
}
