//! `Bool` and `Null`: `true` in any letter case is true, and everything else is false, in the policy and in the request. So
//! `Bool false` matches an empty string, `1` and `yes`.

use super::matching::Match;

#[derive(Debug, Clone)]
pub(super) struct Booleans {
    has_true: bool,
    has_false: bool,
}

impl Booleans {
    pub(super) fn new<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        let mut all = Self {
            has_true: false,
            has_false: false,
        };
        for value in values {
            if is_true(value) {
                all.has_true = true;
            } else {
                all.has_false = true;
            }
        }
        all
    }

    pub(super) fn matches(&self, value: &str) -> Match {
        self.matches_bool(is_true(value)).into()
    }

    pub(super) fn matches_bool(&self, value: bool) -> bool {
        if value { self.has_true } else { self.has_false }
    }
}

fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}
