//! Checking any Terraform source gives findings or an error, and every position lies within the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mfa_session::policy::lint::report::{Given, report};

fuzz_target!(|text: &str| {
    let report = report("any.tf", text, &Given::default());
    let lines = text.split('\n').count();
    for misread in &report.misread {
        assert!((1..=lines).contains(&misread.start.line), "{misread:?}");
    }
    for located in report.policies.iter().flat_map(|p| &p.findings) {
        assert!((1..=lines).contains(&located.start.line), "{located:?}");
        assert!(located.start <= located.end, "{located:?}");
        let marked = located.line.text.get(located.line.mark.clone());
        assert!(marked.is_some(), "{located:?}");
    }
});
