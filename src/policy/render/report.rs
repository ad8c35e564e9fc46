//! Explanations and verifications as JSON. Version 1 is frozen: members may be added, but not changed.
//!
//! The types are private to this file, so that changes of the engine cannot change the format.

use serde::Serialize;

use super::remains::passed;
use crate::policy::explain::{Explanation, RowAbout};
use crate::policy::verify::{ByState, Device, OpenAction, Path, Verification};

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
                resource: about(r.about),
                outcomes: r.outcomes.map(|o| o.as_str()).into(),
            })
            .collect(),
        variants: (explanation.variants.iter())
            .map(|v| Variant {
                statement: &v.statement,
                part: v.change.part(),
                instead: v.change.instead(),
                possible: v.possible.into(),
                differences: (v.differences.iter())
                    .map(|d| Difference {
                        action: &d.action,
                        resource: about(d.about),
                        mfa: d.mfa,
                        before: d.before.as_str(),
                        after: d.after.as_str(),
                    })
                    .collect(),
                opens: (v.opens.iter())
                    .map(|(name, device)| Opened {
                        name,
                        device: self::device(*device),
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
        verification: explanation.verification.as_ref().map(Body::of),
    })
}

fn print(report: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    text
}

fn about(about: RowAbout) -> &'static str {
    match about {
        RowAbout::Any => "any",
        RowAbout::OtherUser => "other user",
    }
}

fn device(device: Device) -> &'static str {
    match device {
        Device::Without => "without",
        Device::With => "with",
    }
}

#[derive(Serialize)]
struct States<T> {
    absent: T,
    #[serde(rename = "false")]
    without: T,
    #[serde(rename = "true")]
    with: T,
}

impl<T> From<ByState<T>> for States<T> {
    fn from(by: ByState<T>) -> Self {
        Self {
            absent: by.absent,
            without: by.without,
            with: by.with,
        }
    }
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
    locked_out: bool,
    /// Actions that were judged, those included that stand for what AWS may add.
    judged: usize,
    stand_ins: usize,
    possible: States<usize>,
    assumed: Assumed<'a>,
    expected: Vec<Open<'a>>,
    unexpected: Vec<Group<'a>>,
    paths: Vec<Way<'a>>,
    remedies: Vec<Remedy<'a>>,
    limits: &'a [&'static str],
}

#[derive(Serialize)]
struct Assumed<'a> {
    allow: bool,
    full_access: bool,
    free_keys: &'a [String],
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
    of: usize,
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
    passed: Vec<Pass<'a>>,
    stopped_by_aws: bool,
}

#[derive(Serialize)]
struct Pass<'a> {
    statement: &'a str,
    because: String,
}

#[derive(Serialize)]
struct Remedy<'a> {
    command: String,
    suits: &'a str,
}

#[derive(Serialize)]
struct Explained<'a> {
    version: u8,
    table: Vec<Row<'a>>,
    variants: Vec<Variant<'a>>,
    exceptions: Vec<Exception<'a>>,
    verification: Option<Body<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    action: &'a str,
    resource: &'static str,
    #[serde(flatten)]
    outcomes: States<&'static str>,
}

#[derive(Serialize)]
struct Variant<'a> {
    statement: &'a str,
    part: &'static str,
    instead: Option<&'static str>,
    possible: States<usize>,
    differences: Vec<Difference<'a>>,
    opens: Vec<Opened>,
}

#[derive(Serialize)]
struct Difference<'a> {
    action: &'a str,
    resource: &'static str,
    mfa: &'static str,
    before: &'static str,
    after: &'static str,
}

#[derive(Serialize)]
struct Opened {
    name: &'static str,
    device: &'static str,
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
            locked_out: result.locked_out,
            judged: result.judged,
            stand_ins: result.stand_ins,
            possible: result.possible.into(),
            assumed: Assumed {
                allow: result.assumed.allow,
                full_access: result.assumed.full_access,
                free_keys: &result.assumed.free_keys,
            },
            expected: actions(&result.expected),
            unexpected: (result.unexpected.iter())
                .map(|s| Group {
                    service: &s.service,
                    count: s.actions.len(),
                    of: s.of,
                    actions: actions(&s.actions),
                })
                .collect(),
            paths: result.paths.iter().map(way).collect(),
            remedies: (result.remedies.iter())
                .map(|r| Remedy {
                    command: format!("mfa-session policy generate {}", r.options),
                    suits: r.suits,
                })
                .collect(),
            limits: &result.limits,
        }
    }
}

fn way(path: &Path) -> Way<'_> {
    Way {
        name: path.name,
        gives: path.gives,
        device: device(path.device),
        open: path.open,
        steps: (path.steps.iter())
            .map(|s| Call {
                action: s.action,
                resource: &s.resource,
                decision: s.decision,
                by: s.by.as_deref(),
                passed: (s.passed.iter())
                    .map(|p| Pass {
                        statement: &p.statement,
                        because: passed(p),
                    })
                    .collect(),
                stopped_by_aws: s.stopped_by_aws,
            })
            .collect(),
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
