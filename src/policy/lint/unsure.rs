//! Findings in policies with unknown parts. Such a policy is judged twice, at its worst and at its best, and a finding that is not the
//! same in both says that it depends on what is unknown.

use super::finding::Finding;
use crate::policy::document::Path;
use crate::policy::source::Reading;

/// What both readings find, and what only one of them finds.
pub(super) fn in_both(
    worst: &Reading,
    at_worst: Vec<Finding>,
    best: &Reading,
    at_best: Vec<Finding>,
    unknown: &[Path],
) -> Vec<Finding> {
    let mut at_worst: Vec<Finding> = said(at_worst, worst, unknown).collect();
    let at_best: Vec<Finding> = said(at_best, best, unknown).collect();
    let is_same = |a: &Finding, b: &Finding| a.rule.id == b.rule.id && a.path == b.path;
    let only_at_best: Vec<Finding> = (at_best.iter())
        .filter(|f| !at_worst.iter().any(|known| is_same(known, f)))
        // A Deny with an unknown condition locks nobody out for sure.
        .filter(|f| f.rule.id != "MFA033" || !is_void(&f.path, worst))
        .cloned()
        .map(|f| depending(f, worst))
        .collect();
    for finding in &mut at_worst {
        if !at_best.iter().any(|known| is_same(known, finding)) {
            *finding = depending(finding.clone(), best);
        }
    }
    at_worst.extend(only_at_best);
    at_worst
}

/// Without what a reading says about elements that it knows nothing about, and without what it says about the text of unknown
/// values.
fn said(
    findings: Vec<Finding>,
    reading: &Reading,
    unknown: &[Path],
) -> impl Iterator<Item = Finding> {
    const ABOUT_TEXT: [&str; 3] = ["MFA007", "MFA028", "MFA030"];
    (findings.into_iter()).filter(move |finding| {
        let is_in = |path: &Path| finding.path.0.starts_with(&path.0);
        let is_about_text = ABOUT_TEXT.contains(&finding.rule.id) && unknown.iter().any(is_in);
        // Whether an action is ever about a resource, only the resource tells.
        let is_about_resource = finding.rule.id == "MFA027"
            && (unknown.iter()).any(|path| path.0.get(..2) == finding.path.0.get(..2));
        !is_about_text && !is_about_resource && !is_void(&finding.path, reading)
    })
}

/// A finding that the other reading does not make, although it has the element.
fn depending(mut finding: Finding, other: &Reading) -> Finding {
    if !is_void(&finding.path, other) {
        finding.message += "; this depends on a value that is unknown here";
    }
    finding
}

fn is_void(path: &Path, reading: &Reading) -> bool {
    (reading.void.iter()).any(|void| path.0.starts_with(&void.0))
}
