//! Explanations and verifications for programs. Version 1 is frozen: members may be added, none changed.
//!
//! The types are this file's own, so that the engine can change without a reader of its reports noticing.

use serde::Serialize;

use crate::policy::explain::Explanation;
use crate::policy::verify::{Device, OpenAction, Verification};

/// A verification as JSON over several lines; ends in a newline.
#[must_use]
pub fn verification_json(result: &Verification) -> String {
    print(&Verified {
        version: 1,
        body: Body::of(result),
    })
}

/// An explanation as JSON over several lines; ends in a newline.
#[must_use]
pub fn explanation_json(explanation: &Explanation) -> String {
    print(&Explained {
        version: 1,
        table: (explanation.table.iter())
            .map(|r| Row {
                action: &r.action,
                absent: r.absent,
                without: r.without,
                with: r.with,
            })
            .collect(),
        variants: (explanation.variants.iter())
            .map(|v| Variant {
                change: v.change,
                differences: (v.differences.iter())
                    .map(|d| Difference {
                        action: &d.action,
                        mfa: d.mfa,
                        before: d.before,
                        after: d.after,
                    })
                    .collect(),
            })
            .collect(),
        exceptions: (explanation.exceptions.iter())
            .map(|e| Exception {
                action: &e.action,
                purpose: e.purpose,
            })
            .collect(),
        verification: Body::of(&explanation.verification),
    })
}

fn print(report: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Verified<'a> {
    version: u8,
    #[serde(flatten)]
    body: Body<'a>,
}

#[derive(Serialize)]
struct Body<'a> {
    clean: bool,
    /// Actions that were judged, stand-ins for future ones included.
    judged: usize,
    with_mfa: usize,
    assumed_allow: bool,
    expected: Vec<Open<'a>>,
    unexpected: Vec<Group<'a>>,
    paths: Vec<Way<'a>>,
    limits: &'a [&'static str],
}

#[derive(Serialize)]
struct Open<'a> {
    action: &'a str,
    absent: bool,
    #[serde(rename = "false")]
    without: bool,
    future: bool,
}

#[derive(Serialize)]
struct Group<'a> {
    service: &'a str,
    count: usize,
    actions: Vec<Open<'a>>,
}

#[derive(Serialize)]
struct Way<'a> {
    name: &'static str,
    gives: &'static str,
    device: &'static str,
    open: bool,
    steps: Vec<Call<'a>>,
}

#[derive(Serialize)]
struct Call<'a> {
    action: &'static str,
    resource: &'a str,
    decision: &'static str,
    by: Option<&'a str>,
    stopped_by_aws: bool,
}

#[derive(Serialize)]
struct Explained<'a> {
    version: u8,
    table: Vec<Row<'a>>,
    variants: Vec<Variant<'a>>,
    exceptions: Vec<Exception<'a>>,
    verification: Body<'a>,
}

#[derive(Serialize)]
struct Row<'a> {
    action: &'a str,
    absent: &'static str,
    #[serde(rename = "false")]
    without: &'static str,
    #[serde(rename = "true")]
    with: &'static str,
}

#[derive(Serialize)]
struct Variant<'a> {
    change: &'static str,
    differences: Vec<Difference<'a>>,
}

#[derive(Serialize)]
struct Difference<'a> {
    action: &'a str,
    mfa: &'static str,
    before: &'static str,
    after: &'static str,
}

#[derive(Serialize)]
struct Exception<'a> {
    action: &'a str,
    purpose: Option<&'static str>,
}

impl<'a> Body<'a> {
    fn of(result: &'a Verification) -> Self {
        Self {
            clean: result.is_clean(),
            judged: result.judged,
            with_mfa: result.with_mfa,
            assumed_allow: result.assumed_allow,
            expected: actions(&result.expected),
            unexpected: (result.unexpected.iter())
                .map(|s| Group {
                    service: &s.service,
                    count: s.count,
                    actions: actions(&s.actions),
                })
                .collect(),
            paths: (result.paths.iter())
                .map(|p| Way {
                    name: p.name,
                    gives: p.gives,
                    device: match p.device {
                        Device::Without => "without",
                        Device::With => "with",
                    },
                    open: p.open,
                    steps: (p.steps.iter())
                        .map(|s| Call {
                            action: s.action,
                            resource: &s.resource,
                            decision: s.decision,
                            by: s.by.as_deref(),
                            stopped_by_aws: s.stopped_by_aws,
                        })
                        .collect(),
                })
                .collect(),
            limits: &result.limits,
        }
    }
}

fn actions(open: &[OpenAction]) -> Vec<Open<'_>> {
    open.iter()
        .map(|a| Open {
            action: &a.action,
            absent: a.absent,
            without: a.without,
            future: a.future,
        })
        .collect()
}
