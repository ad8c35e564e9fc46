//! Policies, and files of policies, with their fixes applied. Everything else stays byte for byte as it was.

use super::check::check;
use super::fix::{Fix, apply_all};
pub use super::mended_source::MendedFile;
use super::mended_source::mended_together;
use super::report::Given;
use super::subject::Subject;
use crate::policy::document;
use crate::policy::source::{self, SourceFile};

/// A text with its fixes applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// The text.
    pub text: String,
    /// What was done, in its order.
    pub titles: Vec<String>,
}

/// Rounds of [`mend`]: what one fix uncovers, the next round mends.
const MAX_ROUNDS: usize = 32;

/// Applies every fix that the rules offer, then those that they offer for the result, until none is left. A text that is not a policy
/// stays as it is.
#[must_use]
pub fn mend(subject: &Subject<'_>) -> Mended {
    let mut mended = Mended {
        text: subject.text.to_owned(),
        titles: Vec::new(),
    };
    for _ in 0..MAX_ROUNDS {
        let Ok(document) = document::parse(&mended.text) else {
            break;
        };
        let findings = check(&Subject {
            document: &document,
            text: &mended.text,
            ..*subject
        });
        let fixes: Vec<Fix> = findings.into_iter().filter_map(|f| f.fix).collect();
        let Ok((text, titles)) = apply_all(&mended.text, &fixes) else {
            break;
        };
        if titles.is_empty() {
            break;
        }
        mended.text = text;
        mended.titles.extend(titles);
    }
    mended
}

/// A policy that stands within a string: what wrote the string would write it again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{place}` is a policy inside a string, but `--fix` changes only JSON objects")]
pub struct WithinString {
    /// The way to it in the file.
    pub place: String,
}

/// Applies the fixes of the rules to every policy of a file. Everything else stays unchanged.
///
/// # Errors
/// [`WithinString`]: there is a policy that cannot be mended where it stands.
pub fn mended(file: &str, text: &str, given: &Given) -> Result<MendedFile, WithinString> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut result = MendedFile {
        text: text
            .get(..text.len() - body.len())
            .unwrap_or_default()
            .to_owned(),
        done: Vec::new(),
    };
    let mut end = 0;
    let file = SourceFile {
        name: file,
        text: body,
    };
    let is_source = source::is_terraform(file.name) || source::is_yaml(file.name);
    let contents = source::read_together(&[file]).pop().unwrap_or_default();
    let has_others = contents.candidates.iter().any(|c| c.text().is_none());
    for candidate in contents.candidates {
        let place = candidate.place.clone();
        let is_text = candidate.text().is_some() && !candidate.is_object();
        if is_text && !is_source {
            return Err(WithinString { place });
        }
        let Some(text) = candidate.text().filter(|_| !is_text) else {
            continue;
        };
        let mut policy = text.to_owned();
        // What cannot be read is left alone.
        if let Ok(document) = document::parse(text) {
            for subject in given.subjects(&candidate.known, &document, text) {
                let mended = mend(&Subject {
                    text: &policy,
                    ..subject
                });
                policy = mended.text;
                let titles = mended.titles.into_iter();
                (result.done).extend(titles.map(|title| (place.clone(), title)));
            }
        }
        let bytes = &candidate.extent.bytes;
        result
            .text
            .push_str(body.get(end..bytes.start).unwrap_or_default());
        result.text.push_str(&policy);
        end = bytes.end;
    }
    result.text.push_str(body.get(end..).unwrap_or_default());
    if !has_others {
        return Ok(result);
    }
    let mark = text.len() - body.len();
    let file = SourceFile {
        text: result.text.get(mark..).unwrap_or_default(),
        ..file
    };
    let rest = mended_together(&[file], given).pop();
    if let Some(rest) = rest {
        result.text.truncate(mark);
        result.text.push_str(&rest.text);
        result.done.extend(rest.done);
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BROKEN: &str = "{ \"Statement\" : [ {\"Effect\":\"Deny\",\r\n\"NotAction\":[\"sts:GetSessionToken\"],  \"Resource\":\"*\",\n\t\"Condition\":{\"Bool\":{\"aws:MultiFactorAuthPresent\":\"false\"}}} ] }";

    #[test]
    fn only_the_wrong_part_changes() {
        let whole = format!("\u{feff}[ {BROKEN},\n\n  {{\"x\": {BROKEN} , \"y\" :1.50}} ]\n ");
        let mended = mended("-", &whole, &Given::default()).unwrap();
        assert_eq!(mended.text, whole.replace("\"Bool\"", "\"BoolIfExists\""));
        let places: Vec<&str> = mended
            .done
            .iter()
            .map(|(place, _)| place.as_str())
            .collect();
        assert_eq!(places, ["[0]", "[1].x"]);
    }

    #[test]
    fn a_policy_in_a_string_is_not_fixed() {
        let text = serde_json::to_string(&[BROKEN]).unwrap();
        let refused = mended("-", &text, &Given::default()).unwrap_err();
        assert_eq!(refused.place, "[0]");
        for text in ["", "{", "{\"Statement\":3}"] {
            assert_eq!(mended("-", text, &Given::default()).unwrap().text, text);
        }
    }
}
