//! The parts of a report that verifications and explanations share.

use super::page::{Page, list, number, plural};
use crate::policy::verify::{
    About, Because, Device, OpenAction, OpenService, Passed, Path, Step, Verification,
};

/// The states without MFA, as sentences name them.
pub(super) const WITH_KEY: &str = "with a long-term key";
pub(super) const WITHOUT: &str = "in the console or a session without MFA";

/// Writes how many actions are possible, and what was assumed.
pub(super) fn summary(page: &mut Page, result: &Verification) {
    let judged = result.judged;
    let possible = &result.possible;
    let first = match possible.absent {
        0 => format!("none of the {} AWS actions is possible", number(judged)),
        1 => format!("1 of {} AWS actions is possible", number(judged)),
        n if n == judged => format!("all {} AWS actions are possible", number(judged)),
        n => format!(
            "{} of {} AWS actions are possible",
            number(n),
            number(judged)
        ),
    };
    let further = |n: usize| match n {
        0 => "none of them".to_owned(),
        n if n == judged => "all of them".to_owned(),
        n => number(n),
    };
    let without = if possible.absent == possible.without {
        format!("Without MFA, {first}")
    } else {
        format!(
            "With a long-term key, {first}; {WITHOUT}, {}",
            further(possible.without)
        )
    };
    page.paragraph(&format!(
        "{without}; with MFA, {}. ({} of these are placeholders for actions that AWS may add.)",
        further(possible.with),
        number(result.stand_ins)
    ));
    assumed(page, result);
}

fn assumed(page: &mut Page, result: &Verification) {
    let assumed = &result.assumed;
    if assumed.allow {
        page.paragraph("No policy here allows anything, so an Allow of everything is assumed.");
    }
    if assumed.full_access {
        page.paragraph(
            "No service control policy allows anything, so FullAWSAccess is assumed as well.",
        );
    }
    if !assumed.free_keys.is_empty() {
        let keys: Vec<&str> = assumed.free_keys.iter().map(String::as_str).collect();
        page.paragraph(&format!(
            "Conditions on {} are assumed to hold in an Allow and to be avoided in a Deny.",
            list(&keys, 8)
        ));
    }
    if result.locked_out {
        page.paragraph("Nothing more is possible with MFA: these policies lock the user out.");
    }
}

/// Writes the actions that are possible without MFA, as expected.
pub(super) fn expected(page: &mut Page, result: &Verification) {
    if result.expected.is_empty() {
        return;
    }
    page.heading("Possible without MFA, as expected");
    by_state(page, &result.expected);
}

fn by_state(page: &mut Page, actions: &[OpenAction]) {
    for (absent, without, when) in [
        (true, true, "in both states".to_owned()),
        (false, true, format!("{WITHOUT} only")),
        (true, false, format!("{WITH_KEY} only")),
    ] {
        let names: Vec<&str> = (actions.iter())
            .filter(|a| (a.absent, a.without) == (absent, without))
            .map(|a| a.action.as_str())
            .collect();
        if !names.is_empty() {
            let all = absent && without && names.len() == actions.len();
            let when = if all { String::new() } else { when + ": " };
            page.item(&format!("{when}{}", list(&names, 40)));
        }
    }
}

/// Writes the actions that are possible without MFA although they are not expected to be.
pub(super) fn unexpected(page: &mut Page, result: &Verification) {
    /// Longer lists are cut, because they are hard to read.
    const LINES: usize = 12;
    const NAMES: usize = 4;
    if result.unexpected.is_empty() {
        return;
    }
    page.heading("Possible without MFA, but not expected");
    let all = || result.unexpected.iter().flat_map(|s| &s.actions);
    page.paragraph(&format!(
        "{} possible without MFA: {} {WITH_KEY}, {} {WITHOUT}.",
        plural(all().count(), "action is", "actions are"),
        number(all().filter(|a| a.absent).count()),
        number(all().filter(|a| a.without).count())
    ));
    let is_whole = |s: &&OpenService| s.actions.len() == s.of;
    let (mut whole, parts): (Vec<&OpenService>, Vec<&OpenService>) =
        result.unexpected.iter().partition(is_whole);
    for service in parts.iter().take(LINES) {
        let names: Vec<&str> = service.actions.iter().map(|a| a.action.as_str()).collect();
        page.item(&format!(
            "{} of {} of {}: {}",
            number(names.len()),
            plural(service.of, "action", "actions"),
            service.service,
            list(&names, NAMES)
        ));
    }
    if let Some(more) = parts.len().checked_sub(LINES).filter(|n| *n > 0) {
        page.item(&format!("some actions of {} more services", number(more)));
    }
    if !whole.is_empty() {
        whole.sort_by_key(|s| usize::MAX - s.of);
        let names: Vec<&str> = whole.iter().map(|s| s.service.as_str()).collect();
        page.item(&format!(
            "every action of {}: {}",
            plural(whole.len(), "service", "services"),
            list(&names, LINES)
        ));
    }
    if parts.len() > LINES || whole.len() > LINES || parts.iter().any(|s| s.actions.len() > NAMES) {
        page.paragraph("(--format json lists them all.)");
    }
}

/// The names of the open ways past MFA, without repetitions.
pub(super) fn open_ways(result: &Verification) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = (result.paths.iter())
        .filter(|p| p.open)
        .map(|p| p.name)
        .collect();
    names.dedup();
    names.sort_by_key(|name| result.paths.iter().position(|p| p.name == *name));
    names.dedup();
    names
}

/// Writes the ways past MFA, with the calls of each.
pub(super) fn ways(page: &mut Page, result: &Verification) {
    page.heading("Ways past MFA for the holder of a long-term key");
    let names = open_ways(result);
    for name in &names {
        let of_name: Vec<&Path> = result.paths.iter().filter(|p| p.name == *name).collect();
        way(page, &of_name);
    }
    let mut closed: Vec<&str> = result.paths.iter().map(|p| p.name).collect();
    closed.retain(|name| !names.contains(name));
    closed.sort_by_key(|name| result.paths.iter().position(|p| p.name == *name));
    closed.dedup();
    if !closed.is_empty() {
        page.item(&format!("closed: {}", list(&closed, 9)));
    }
}

fn way(page: &mut Page, paths: &[&Path]) {
    let open: Vec<&&Path> = paths.iter().filter(|p| p.open).collect();
    let Some(first) = open.first() else {
        return;
    };
    let is_open = |device| open.iter().any(|p| p.device == device);
    let whose = match (is_open(Device::Without), is_open(Device::With)) {
        (true, false) => "the key of a user without an MFA device",
        (false, true) => "the key of a user with an MFA device",
        _ => "any key",
    };
    page.item(&format!(
        "{}: {whose} gives its holder {}",
        first.name, first.gives
    ));
    // A way is either one sequence of calls, or several single calls of which one is enough.
    let steps: Vec<&Step> = if first.steps.len() > 1 {
        first.steps.iter().collect()
    } else {
        let mut all: Vec<&Step> = open.iter().flat_map(|p| &p.steps).collect();
        all.sort_by_key(|s| paths.iter().position(|p| p.steps.contains(s)));
        all.dedup_by_key(|s| (s.action, s.about));
        all
    };
    let reasons: Vec<String> = steps.iter().map(|s| reason(s)).collect();
    let shared = reasons.first().filter(|r| reasons.iter().all(|o| o == *r));
    for (n, (step, reason)) in steps.iter().zip(&reasons).enumerate() {
        let mut words = call(step);
        if shared.is_none() && !reason.is_empty() {
            words = format!("{words}: {reason}");
        }
        if first.steps.len() > 1 {
            page.numbered(n + 1, &words);
        } else {
            page.sub_item(&words);
        }
    }
    if let Some(reason) = shared.filter(|r| !r.is_empty()) {
        let each = if steps.len() > 1 { "each call: " } else { "" };
        page.sub_item(&format!("{each}{reason}"));
    }
    let stopped = (paths.iter())
        .filter(|p| !p.open && p.device == Device::With)
        .flat_map(|p| &p.steps)
        .find(|s| s.stopped_by_aws && first.steps.len() > 1);
    if let Some(step) = stopped {
        page.sub_item(&format!(
            "once the user has a device, AWS itself stops {} (since 2023)",
            step.action
        ));
    }
}

/// The call, and which user it is made for.
fn call(step: &Step) -> String {
    let whose = match step.about {
        About::Own => " for the key's user",
        About::Other => " for another user",
        About::Device | About::Anything => "",
    };
    format!("{}{whose}", step.action)
}

/// Why no statement denies the call.
fn reason(step: &Step) -> String {
    let mut reasons: Vec<String> = step.passed.iter().map(passed).collect();
    if let Some(by) = step
        .by
        .as_deref()
        .filter(|by| !by.starts_with("assumed Allow"))
    {
        reasons.push(format!("allowed by {by}"));
    }
    reasons.join("; ")
}

/// Why one Deny does not deny the call.
pub(super) fn passed(passed: &Passed) -> String {
    let statement = &passed.statement;
    match &passed.because {
        Because::NotAction => format!("excepted by {statement} (NotAction)"),
        Because::Condition {
            operator,
            key,
            value: None,
        } => format!(
            "{statement} does not apply: {operator} does not hold, because the request has no {key}"
        ),
        Because::Condition {
            operator,
            key,
            value: Some(value),
        } => format!(
            "{statement} does not apply: {operator} does not hold, because {key} is {value}"
        ),
        Because::Avoidable(keys) => {
            format!(
                "{statement} can be avoided: it depends on {}",
                keys.join(", ")
            )
        }
    }
}

/// Writes the commands that generate policies which close everything that is open.
pub(super) fn remedies(page: &mut Page, result: &Verification) {
    if result.remedies.is_empty() {
        return;
    }
    page.heading("Policies that close all of this when they are attached as well");
    for remedy in &result.remedies {
        page.item(&format!("mfa-session policy generate {}", remedy.options));
        page.sub_item(remedy.suits);
    }
}

/// Writes what no policy can prevent.
pub(super) fn limits(page: &mut Page, result: &Verification) {
    page.heading("Limits: what no policy can prevent, or what has not been verified");
    for limit in &result.limits {
        page.item(limit);
    }
}
