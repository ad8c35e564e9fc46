//! Checking any file gives findings or an error, and every position lies within the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mfa_session::policy::lint::mended::mended;
use mfa_session::policy::lint::report::{Given, report};
use mfa_session::policy::render::check::{Colour, findings, github, json, sarif, summary};

fuzz_target!(|text: &str| {
    let given = Given::default();
    let reports = [report("any.json", text, &given)];
    let lines = text.split('\n').count();
    for misread in &reports[0].misread {
        assert!((1..=lines).contains(&misread.start.line), "{misread:?}");
    }
    for located in reports[0].policies.iter().flat_map(|p| &p.findings) {
        assert!((1..=lines).contains(&located.start.line), "{located:?}");
        assert!(located.start <= located.end, "{located:?}");
        let marked = located.line.text.get(located.line.mark.clone());
        assert!(marked.is_some(), "{located:?}");
    }
    let shown = findings(&reports, Colour::Never) + &summary(&reports) + &github(&reports);
    assert!(!shown.contains('\u{1b}'));
    for text in [json(&reports), sarif(&reports)] {
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }
    if let Ok(file) = mended("any.json", text, &given) {
        assert!(!file.done.is_empty() || file.text == text);
    }
});
