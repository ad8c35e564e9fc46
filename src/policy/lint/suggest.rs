//! Finds the name that was probably meant by an unknown name.

/// AWS has no longer names, and comparing longer ones would be slow.
const MAX_LENGTH: usize = 128;

/// A known name near an unknown one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Suggestion {
    /// The known name.
    pub(super) name: String,
    /// No other name can have been meant.
    pub(super) certain: bool,
}

impl Suggestion {
    pub(super) fn certain(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            certain: true,
        }
    }
}

/// The candidate that differs from `word` by the fewest letters left out, put in, exchanged or swapped, if it is near enough.
pub(super) fn nearest<'c>(
    word: &str,
    candidates: impl Iterator<Item = &'c str>,
) -> Option<Suggestion> {
    if word.len() > MAX_LENGTH {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let most = (word.len() / 4).clamp(1, 3);
    let mut best: Option<(usize, &str)> = None;
    let mut is_alone = true;
    for candidate in candidates {
        if candidate.len().abs_diff(word.len()) > most {
            continue;
        }
        let distance = strsim::osa_distance(&word, &candidate.to_ascii_lowercase());
        match best {
            Some((least, _)) if distance > least => {}
            Some((least, _)) if distance == least => is_alone = false,
            _ if distance <= most => {
                best = Some((distance, candidate));
                is_alone = true;
            }
            _ => {}
        }
    }
    best.map(|(distance, name)| Suggestion {
        name: name.to_owned(),
        certain: is_alone && distance <= 2,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested() {
        let near = |word: &str, known: &[&str]| nearest(word, known.iter().copied());
        let condition = ["Bool", "BoolIfExists", "Null"];
        assert_eq!(
            near("BoolIfExist", &condition),
            Some(Suggestion::certain("BoolIfExists"))
        );
        assert_eq!(
            near("boolfiexists", &condition),
            Some(Suggestion::certain("BoolIfExists"))
        );
        assert_eq!(near("Boo", &condition), Some(Suggestion::certain("Bool")));
        assert_eq!(near("Whatever", &condition), None);
        let two = near("GetFop", &["GetFoo", "GetFob"]).unwrap();
        assert_eq!((two.name.as_str(), two.certain), ("GetFoo", false));
        assert_eq!(near(&"x".repeat(1_000_000), &condition), None);
    }
}
