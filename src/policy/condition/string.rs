//! `StringEquals`, `StringEqualsIgnoreCase` and `StringLike`. Text is compared without normalisation.

use super::matching::Match;
use crate::policy::context::Context;
use crate::policy::document::Version;
use crate::policy::variables::{PatternTemplate, Template};

#[derive(Debug, Clone)]
pub(super) struct Exact(Vec<Template>);

impl Exact {
    pub(super) fn new<'a>(values: impl Iterator<Item = &'a str>, version: Version) -> Self {
        Self(values.map(|v| Template::new(v, version)).collect())
    }

    pub(super) fn matches(&self, value: &str, context: &Context) -> Match {
        self.0
            .iter()
            .any(|template| template.resolve(context).is_some_and(|want| want == value))
            .into()
    }
}

#[derive(Debug, Clone)]
pub(super) struct IgnoreCase(Vec<Template>);

impl IgnoreCase {
    pub(super) fn new<'a>(values: impl Iterator<Item = &'a str>, version: Version) -> Self {
        Self(values.map(|v| Template::new(v, version)).collect())
    }

    pub(super) fn matches(&self, value: &str, context: &Context) -> Match {
        self.0
            .iter()
            .any(|template| {
                template
                    .resolve(context)
                    .is_some_and(|want| equal_ignoring_case(&want, value))
            })
            .into()
    }
}

#[derive(Debug, Clone)]
pub(super) struct Like(Vec<PatternTemplate>);

impl Like {
    pub(super) fn new<'a>(values: impl Iterator<Item = &'a str>, version: Version) -> Self {
        Self(values.map(|v| PatternTemplate::new(v, version)).collect())
    }

    pub(super) fn matches(&self, value: &str, context: &Context) -> Match {
        self.0
            .iter()
            .any(|pattern| pattern.matches(value, context))
            .into()
    }
}

fn equal_ignoring_case(one: &str, other: &str) -> bool {
    if one.is_ascii() && other.is_ascii() {
        one.eq_ignore_ascii_case(other)
    } else {
        lower(one) == lower(other)
    }
}

/// Lower case as AWS compares it: Unicode's mapping with the final sigma by its context in the whole text, not its folding.
/// Characters beyond U+FFFF keep their case, but count as letters beside a sigma.
fn lower(text: &str) -> String {
    let lowered = text.to_lowercase();
    if !text.contains(is_supplementary) {
        return lowered;
    }
    // The standard library decides about each sigma; every other character is mapped by itself.
    let mut rest = lowered.chars();
    let mut kept = String::with_capacity(lowered.len());
    for c in text.chars() {
        let count = if c == 'Σ' {
            1
        } else {
            c.to_lowercase().count()
        };
        let mapped = rest.by_ref().take(count);
        if is_supplementary(c) {
            mapped.for_each(drop);
            kept.push(c);
        } else {
            kept.extend(mapped);
        }
    }
    kept
}

fn is_supplementary(c: char) -> bool {
    c > '\u{ffff}'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::{equal_ignoring_case, lower};

    /// Letters, the sigmas among them, and characters that are passed over in the search for a letter beside a sigma.
    const LETTERS: [char; 15] = [
        'a', 'A', 'Σ', 'σ', 'ς', 'É', 'İ', 'ẞ', '\u{212a}', 'ſ', 'ı', 'ǅ', '𐐀', '𐐨', '𝐀',
    ];
    const PASSED_OVER: [char; 4] = ['.', '\'', '\u{301}', '\u{e0001}'];
    const OTHERS: [char; 4] = ['1', ' ', '/', '日'];

    /// Unicode's rule for the final sigma and AWS's exception, character by character.
    fn slowly(text: &[char]) -> String {
        let is_letter = |c: &char| LETTERS.contains(c);
        let mut all = String::new();
        for (n, c) in text.iter().enumerate() {
            let is_near = |mut beside: Box<dyn Iterator<Item = &char> + '_>| {
                beside
                    .find(|c| !PASSED_OVER.contains(c))
                    .is_some_and(is_letter)
            };
            match c {
                'Σ' => {
                    let before = is_near(Box::new(text[..n].iter().rev()));
                    let after = is_near(Box::new(text[n + 1..].iter()));
                    all.push(if before && !after { 'ς' } else { 'σ' });
                }
                c if u32::from(*c) > 0xffff => all.push(*c),
                c => all.extend(c.to_lowercase()),
            }
        }
        all
    }

    fn any_text() -> impl Strategy<Value = Vec<char>> {
        let any = prop_oneof![
            4 => select(&LETTERS[..]),
            2 => Just('Σ'),
            1 => select(&PASSED_OVER[..]),
            1 => select(&OTHERS[..]),
        ];
        proptest::collection::vec(any, 0..9)
    }

    proptest! {
        #[test]
        fn lower_case_is_that_of_the_slow_version(text in any_text()) {
            let whole: String = text.iter().collect();
            prop_assert_eq!(lower(&whole), slowly(&text));
        }

        #[test]
        fn texts_are_equal_if_their_lower_cases_are(one in any_text(), other in any_text()) {
            let text = |of: &[char]| of.iter().collect::<String>();
            let want = slowly(&one) == slowly(&other);
            prop_assert_eq!(equal_ignoring_case(&text(&one), &text(&other)), want);
            prop_assert!(equal_ignoring_case(&text(&one), &text(&one)));
        }
    }
}
