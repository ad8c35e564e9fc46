//! Fixes policies in Terraform source, in YAML and in templates. After each fix the files are read and judged again: a fix is kept only if
//! its finding is gone.

use std::collections::HashSet;

use super::finding::Finding;
use super::fix::notation::{Notation, edited};
use super::report::{Given, found};
use crate::policy::document::Path;
use crate::policy::source::{self, Candidate, SourceFile};

/// A file with its policies mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MendedFile {
    /// The whole text.
    pub text: String,
    /// What was done, each with the way to its policy in the file.
    pub done: Vec<(String, String)>,
}

/// Fixes in a group of files, at most.
const MAX_FIXES: usize = 64;

/// Applies the fixes of the rules to the policies of files that belong together and have no byte order mark. What cannot be fixed where
/// it stands stays as it is.
#[must_use]
pub fn mended_together(files: &[SourceFile<'_>], given: &Given) -> Vec<MendedFile> {
    let mut result: Vec<MendedFile> = (files.iter())
        .map(|file| MendedFile {
            text: file.text.to_owned(),
            done: Vec::new(),
        })
        .collect();
    let names: Vec<&str> = files.iter().map(|file| file.name).collect();
    let mut refused = HashSet::new();
    for _ in 0..MAX_FIXES {
        let Some(step) = next(&names, &result, given, &mut refused) else {
            break;
        };
        if let Some(file) = result.get_mut(step.file) {
            file.text = step.text;
            file.done.push((step.place, step.title));
        }
    }
    result
}

struct Done {
    file: usize,
    text: String,
    place: String,
    title: String,
}

/// A fix by the file, the policy, the rule and the element.
type Name = (usize, String, &'static str, Path);

/// The first fix that helps.
fn next(
    names: &[&str],
    files: &[MendedFile],
    given: &Given,
    refused: &mut HashSet<Name>,
) -> Option<Done> {
    let texts: Vec<&str> = files.iter().map(|file| file.text.as_str()).collect();
    let sources = together(names, &texts);
    for (n, contents) in source::read_together(&sources).into_iter().enumerate() {
        let file = *sources.get(n)?;
        for candidate in contents.candidates.iter().filter(|c| c.text().is_none()) {
            let findings = found(file.text, candidate, given).unwrap_or_default();
            for finding in &findings {
                let name = (
                    n,
                    candidate.place.clone(),
                    finding.rule.id,
                    finding.path.clone(),
                );
                let Some(fix) = finding.fix.as_ref().filter(|_| !refused.contains(&name)) else {
                    continue;
                };
                let text = written(file, candidate, given, finding).filter(|text| {
                    is_better(
                        names,
                        &texts,
                        n,
                        text,
                        given,
                        (candidate, &findings, finding),
                    )
                });
                if let Some(text) = text {
                    return Some(Done {
                        file: n,
                        text,
                        place: candidate.place.clone(),
                        title: fix.title.clone(),
                    });
                }
                refused.insert(name);
            }
        }
    }
    None
}

fn together<'a>(names: &[&'a str], texts: &[&'a str]) -> Vec<SourceFile<'a>> {
    (names.iter().zip(texts))
        .map(|(name, text)| SourceFile { name, text })
        .collect()
}

/// The file with one fix.
fn written(
    file: SourceFile<'_>,
    candidate: &Candidate<'_>,
    given: &Given,
    finding: &Finding,
) -> Option<String> {
    let fix = finding.fix.as_ref()?;
    let spans = candidate.places(file.text, given.partition_or_aws())?;
    let policy = file.text.get(candidate.extent.bytes.clone())?;
    let notation = Notation::of(source::is_terraform(file.name), file.text, policy);
    edited(file.text, &spans, notation, &fix.edits)
}

/// Whether the file can be read after the fix, has the same policies, and this one has fewer findings of the rule and not more others.
fn is_better(
    names: &[&str],
    texts: &[&str],
    n: usize,
    text: &str,
    given: &Given,
    (candidate, before, finding): (&Candidate<'_>, &[Finding], &Finding),
) -> bool {
    let mut texts = texts.to_vec();
    if let Some(place) = texts.get_mut(n) {
        *place = text;
    }
    let mut contents = source::read_together(&together(names, &texts));
    if n >= contents.len() {
        return false;
    }
    let contents = contents.swap_remove(n);
    let same = contents
        .candidates
        .iter()
        .find(|c| c.place == candidate.place);
    let (None, Some(same)) = (&contents.problem, same) else {
        return false;
    };
    let Ok(after) = found(text, same, given) else {
        return false;
    };
    let of_rule = |findings: &[Finding]| {
        findings
            .iter()
            .filter(|f| f.rule.id == finding.rule.id)
            .count()
    };
    let errors = |findings: &[Finding]| {
        findings
            .iter()
            .filter(|f| f.severity >= finding.severity)
            .count()
    };
    of_rule(&after) < of_rule(before) && errors(&after) <= errors(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a file that change.
    fn changes(name: &str, text: &str) -> Vec<(String, String)> {
        let file = SourceFile { name, text };
        let mended = mended_together(&[file], &Given::default()).remove(0);
        assert!(!mended.done.is_empty(), "{name}");
        let (old, new): (Vec<&str>, Vec<&str>) =
            (text.lines().collect(), mended.text.lines().collect());
        assert_eq!(old.len(), new.len(), "{}", mended.text);
        (old.iter().zip(&new))
            .filter(|(a, b)| a != b)
            .map(|(a, b)| (a.trim().to_owned(), b.trim().to_owned()))
            .collect()
    }

    fn pair(old: &str, new: &str) -> (String, String) {
        (old.to_owned(), new.to_owned())
    }

    const SAME: [(&str, &str); 5] = [
        (
            "a.tf",
            include_str!("../../../tests/sources/same_document.tf"),
        ),
        (
            "a.tf",
            include_str!("../../../tests/sources/same_jsonencode.tf"),
        ),
        (
            "a.tf",
            include_str!("../../../tests/sources/same_heredoc.tf"),
        ),
        ("a.yaml", include_str!("../../../tests/sources/same.yaml")),
        (
            "a.yaml",
            include_str!("../../../tests/sources/cloudformation.yaml"),
        ),
    ];

    #[test]
    fn only_the_wrong_parts_change() {
        let [document, encoded, heredoc, yaml, template] = SAME;
        let removed = pair(
            r#"not_actions = ["iam:EnableMFADevice", "iam:DeleteVirtualMFADevice", "sts:GetSessionToken"]"#,
            r#"not_actions = ["iam:EnableMFADevice", "sts:GetSessionToken"]"#,
        );
        let found = changes(document.0, document.1);
        assert!(
            found.contains(&pair(
                r#"test     = "Bool""#,
                r#"test     = "BoolIfExists""#
            )),
            "{found:?}"
        );
        assert!(found.contains(&removed), "{found:?}");
        let found = changes(encoded.0, encoded.1);
        let condition = pair(
            r#"Condition = { Bool = { "aws:MultiFactorAuthPresent" = "false" } }"#,
            r#"Condition = { BoolIfExists = { "aws:MultiFactorAuthPresent" = "false" } }"#,
        );
        assert!(found.contains(&condition), "{found:?}");
        let found = changes(heredoc.0, heredoc.1);
        let condition = pair(
            r#""Condition": { "Bool": { "aws:MultiFactorAuthPresent": "false" } }"#,
            r#""Condition": { "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } }"#,
        );
        assert!(found.contains(&condition), "{found:?}");
        for (name, text) in [yaml, template] {
            let found = changes(name, text);
            assert!(found.contains(&pair("Bool:", "BoolIfExists:")), "{found:?}");
        }
    }

    #[test]
    fn fixed_policies_have_none_of_the_findings_left() {
        for (name, text) in SAME {
            let file = SourceFile { name, text };
            let mended = mended_together(&[file], &Given::default()).remove(0);
            let file = SourceFile {
                name,
                text: &mended.text,
            };
            let contents = source::read_together(&[file]).remove(0);
            for candidate in &contents.candidates {
                for finding in found(&mended.text, candidate, &Given::default()).unwrap() {
                    assert_ne!(finding.rule.id, "MFA001", "{}", mended.text);
                    assert_ne!(finding.rule.id, "MFA012", "{}", mended.text);
                }
            }
        }
    }

    #[test]
    fn a_value_that_a_name_stands_for_is_not_changed() {
        let text = "locals {\n  test = \"Bool\"\n}\ndata \"aws_iam_policy_document\" \"d\" {\n  statement {\n    effect = \"Deny\"\n    actions = [\"*\"]\n    resources = [\"*\"]\n    condition {\n      test = var.test\n      variable = \"aws:MultiFactorAuthPresent\"\n      values = [\"false\"]\n    }\n  }\n}\nvariable \"test\" {\n  default = \"Bool\"\n}\n";
        let file = SourceFile { name: "a.tf", text };
        let mended = mended_together(&[file], &Given::default()).remove(0);
        // The default is what the policy has, so it is what is fixed.
        assert!(mended.text.contains("default = \"BoolIfExists\"") || mended.text == text);
        assert!(mended.text.contains("test = var.test"));
    }
}
