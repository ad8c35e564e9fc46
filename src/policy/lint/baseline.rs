//! Findings that are known already, so that only new ones are reported.
//!
//! A finding is known by its rule, its file and the way to its element, not by its line, which changes with every edit above it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::report::Report;

/// The findings that are known, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Baseline(BTreeMap<Known, usize>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Known {
    file: String,
    path: String,
    id: String,
}

#[derive(Serialize, Deserialize)]
struct Version1 {
    version: u8,
    findings: Vec<Known>,
}

impl Baseline {
    /// The findings of reports.
    #[must_use]
    pub fn of(reports: &[Report]) -> Self {
        let mut known: BTreeMap<Known, usize> = BTreeMap::new();
        for report in reports {
            for located in report.policies.iter().flat_map(|p| &p.findings) {
                let name = Known {
                    file: report.file.clone(),
                    path: located.path.clone(),
                    id: located.finding.rule.id.to_owned(),
                };
                *known.entry(name).or_default() += 1;
            }
        }
        Self(known)
    }

    /// Reads what [`Baseline::json`] writes.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn read(text: &str) -> Result<Self, String> {
        let read: Version1 = serde_json::from_str(text).map_err(|e| e.to_string())?;
        if read.version != 1 {
            return Err(format!("unknown version {}", read.version));
        }
        let mut known = BTreeMap::new();
        for finding in read.findings {
            *known.entry(finding).or_default() += 1;
        }
        Ok(Self(known))
    }

    /// As JSON over several lines; ends in a newline.
    #[must_use]
    pub fn json(&self) -> String {
        let findings = (self.0.iter())
            .flat_map(|(known, n)| std::iter::repeat_n(known.clone(), *n))
            .collect();
        let version = Version1 {
            version: 1,
            findings,
        };
        serde_json::to_string_pretty(&version).unwrap_or_default() + "\n"
    }

    /// Takes the known findings out of the reports, and returns their number.
    pub fn remove_from(&self, reports: &mut [Report]) -> usize {
        let mut left = self.0.clone();
        let mut removed = 0;
        for report in reports {
            let file = &report.file;
            for policy in &mut report.policies {
                policy.findings.retain(|located| {
                    let name = Known {
                        file: file.clone(),
                        path: located.path.clone(),
                        id: located.finding.rule.id.to_owned(),
                    };
                    match left.get_mut(&name) {
                        Some(n) if *n > 0 => {
                            *n -= 1;
                            removed += 1;
                            false
                        }
                        _ => true,
                    }
                });
            }
        }
        removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::lint::report::{Given, report};

    const BROKEN: &str = r#"{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}]}"#;

    #[test]
    fn known_findings_are_removed_and_new_ones_stay() {
        let mut reports = [report("a.json", BROKEN, &Given::default())];
        let all = reports[0].policies[0].findings.len();
        let baseline = Baseline::of(&reports);
        assert_eq!(Baseline::read(&baseline.json()).unwrap(), baseline);
        assert_eq!(baseline.remove_from(&mut reports), all);
        assert!(reports[0].policies[0].findings.is_empty());
        // In another file they are new.
        let mut other = [report("b.json", BROKEN, &Given::default())];
        assert_eq!(baseline.remove_from(&mut other), 0);
        assert_eq!(other[0].policies[0].findings.len(), all);
    }

    #[test]
    fn other_files_are_not_baselines() {
        for text in ["", "{}", "[]", r#"{"version":2,"findings":[]}"#] {
            assert!(Baseline::read(text).is_err(), "{text}");
        }
    }
}
