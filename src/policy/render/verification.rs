//! What a verification found, for people.

use std::fmt::Write as _;

use super::Style;
use crate::policy::verify::{Device, Path, Verification};

/// The verification as text; the first line is the verdict. Ends in a newline.
#[must_use]
pub fn verification(result: &Verification, _style: Style) -> String {
    let mut text = String::new();
    let count: usize = result.unexpected.iter().map(|s| s.count).sum();
    let open: Vec<&Path> = result.paths.iter().filter(|p| p.open).collect();
    let _ = if result.is_clean() {
        writeln!(
            text,
            "clean: nothing is possible without MFA but what is expected"
        )
    } else {
        writeln!(
            text,
            "open: {count} unexpected actions and {} ways past MFA",
            open.len()
        )
    };
    let _ = writeln!(
        text,
        "{} actions judged, {} possible with MFA, {} expected without",
        result.judged,
        result.with_mfa,
        result.expected.len()
    );
    if result.assumed_allow {
        text.push_str("no document allows anything: an Allow of everything was assumed\n");
    }
    for service in &result.unexpected {
        const SHOWN: usize = 8;
        let names: Vec<&str> = service
            .actions
            .iter()
            .take(SHOWN)
            .map(|a| a.action.as_str())
            .collect();
        let more = match service.count.checked_sub(SHOWN) {
            None | Some(0) => String::new(),
            Some(more) => format!(" and {more} more"),
        };
        let _ = writeln!(
            text,
            "\n{}: {} open: {}{more}",
            service.service,
            service.count,
            names.join(", ")
        );
    }
    for path in open {
        way(&mut text, path);
    }
    text.push_str("\nlimits that no policy reaches, or that are unverified:\n");
    for limit in &result.limits {
        let _ = writeln!(text, "  {limit}");
    }
    text
}

fn way(text: &mut String, path: &Path) {
    let device = match path.device {
        Device::Without => "without a device",
        Device::With => "with a device",
    };
    let _ = writeln!(text, "\n{}, user {device}: {}", path.name, path.gives);
    for (n, step) in path.steps.iter().enumerate() {
        let by = step.by.as_deref().unwrap_or("no permission needed");
        let _ = writeln!(
            text,
            "  {}. {} on {}: {by}",
            n + 1,
            step.action,
            step.resource
        );
    }
}
