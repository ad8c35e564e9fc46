//! An explanation for people: the decisions, what each part of the policy does, and what remains possible.

use super::page::{Cell, Page, Style, list, number};
use super::remains::{self, WITH_KEY, WITHOUT};
use crate::policy::evaluate::Outcome;
use crate::policy::explain::{Difference, Explanation, Row, RowAbout, Variant};
use crate::policy::verify::{ByState, Device};

/// The explanation as a page; ends in a newline.
#[must_use]
pub fn explanation(explanation: &Explanation, style: Style) -> String {
    let mut page = Page::new(style);
    if let Some(verification) = &explanation.verification {
        remains::summary(&mut page, verification);
    } else {
        page.paragraph(
            "This is the policy of a resource or role. It is evaluated for a user of another account that it names, whose identity policy allows everything.",
        );
    }
    decisions(&mut page, &explanation.table);
    if !explanation.variants.is_empty() {
        page.heading("What each part does");
        let before = (explanation.verification.as_ref()).map(|v| v.possible);
        for variant in &explanation.variants {
            self::variant(&mut page, variant, before);
        }
    }
    if !explanation.exceptions.is_empty() {
        page.heading("What the exceptions are for");
        let rows: Vec<[Cell; 2]> = (explanation.exceptions.iter())
            .map(|e| {
                let purpose = e.purpose.unwrap_or("not needed to set up MFA");
                [e.action.clone().into(), purpose.to_owned().into()]
            })
            .collect();
        page.table(["action", "purpose"], &rows);
    }
    if let Some(verification) = &explanation.verification {
        remains::unexpected(&mut page, verification);
        remains::ways(&mut page, verification);
        remains::remedies(&mut page, verification);
        remains::limits(&mut page, verification);
    }
    page.into_text()
}

fn decisions(page: &mut Page, table: &[Row]) {
    page.heading("Decisions by state of MFA");
    if table.is_empty() {
        page.item("the policy names no action without wildcards");
        return;
    }
    page.paragraph(&format!(
        "absent: {WITH_KEY}, which sends no MFA key; false: {WITHOUT}; true: with MFA"
    ));
    let rows: Vec<[Cell; 4]> = (table.iter())
        .map(|row| {
            let ByState {
                absent,
                without,
                with,
            } = row.outcomes.map(|outcome| Cell::from(*outcome));
            [name(&row.action, row.about).into(), absent, without, with]
        })
        .collect();
    page.table(["action", "absent", "false", "true"], &rows);
}

fn name(action: &str, about: RowAbout) -> String {
    match about {
        RowAbout::Any => action.to_owned(),
        RowAbout::OtherUser => format!("{action} (other user)"),
    }
}

fn variant(page: &mut Page, variant: &Variant, before: Option<ByState<usize>>) {
    let statement = &variant.statement;
    let part = variant.change.part();
    page.item(&match variant.change.instead() {
        Some(instead) => format!("{statement}: if {part} is replaced by {instead}"),
        None => format!("{statement}: if {part} is removed"),
    });
    let mut effects: Vec<(Vec<&str>, String)> = Vec::new();
    for (n, state) in ByState::<()>::STATES.into_iter().enumerate() {
        let words = effect(variant, before, n, state);
        if words.is_empty() {
            continue;
        }
        match effects.iter_mut().find(|(_, known)| *known == words) {
            Some((states, _)) => states.push(state),
            None => effects.push((vec![state], words)),
        }
    }
    for (states, words) in effects {
        page.sub_item(&format!("{}: {words}", states.join(", ")));
    }
    let mut opens: Vec<String> = Vec::new();
    for (name, device) in &variant.opens {
        let other = variant.opens.iter().any(|(n, d)| n == name && d != device);
        let whose = match device {
            _ if other => "",
            Device::Without => " (user without a device)",
            Device::With => " (user with a device)",
        };
        let way = format!("{name}{whose}");
        if !opens.contains(&way) {
            opens.push(way);
        }
    }
    if !opens.is_empty() {
        let opens: Vec<&str> = opens.iter().map(String::as_str).collect();
        page.sub_item(&format!("this opens ways past MFA: {}", list(&opens, 9)));
    }
    if locks_out(variant) {
        page.sub_item(
            "nobody could set up MFA: no device could be enrolled, and no session obtained",
        );
    }
}

/// How many more or fewer actions are possible at a state of MFA, and which of them are in the table.
fn effect(variant: &Variant, before: Option<ByState<usize>>, n: usize, state: &str) -> String {
    let at = |counts: &ByState<usize>| counts.iter().nth(n).map_or(0, |(_, count)| *count);
    let after = at(&variant.possible);
    let before = before.map(|counts| at(&counts));
    let turned: Vec<&Difference> = (variant.differences.iter())
        .filter(|d| d.mfa == state && (d.before == Outcome::Allowed || d.after == Outcome::Allowed))
        .collect();
    let names: Vec<String> = turned.iter().map(|d| name(&d.action, d.about)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (count, word) = match before {
        Some(before) if after > before => (after - before, "more"),
        Some(before) if after < before => (before - after, "fewer"),
        _ => {
            let word = match turned.first() {
                None => return String::new(),
                Some(d) if d.after == Outcome::Allowed => "allowed",
                Some(_) => "denied",
            };
            let verb = if names.len() == 1 { "is" } else { "are" };
            return format!("{} {verb} {word}", list(&names, 9));
        }
    };
    let among = match names.len() {
        0 => String::new(),
        shown if shown == count => format!(": {}", list(&names, 9)),
        _ => format!(", among them {}", list(&names, 9)),
    };
    let actions = if count == 1 {
        "action is"
    } else {
        "actions are"
    };
    format!("{} {word} {actions} possible{among}", number(count))
}

/// Whether the change denies users without MFA what they need to set it up.
fn locks_out(variant: &Variant) -> bool {
    ["iam:EnableMFADevice", "sts:GetSessionToken"]
        .iter()
        .all(|action| {
            ["absent", "false"].iter().all(|state| {
                (variant.differences.iter()).any(|d| {
                    d.action.eq_ignore_ascii_case(action)
                        && d.mfa == *state
                        && d.before == Outcome::Allowed
                })
            })
        })
}
