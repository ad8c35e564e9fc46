//! Any text gives a policy or an error with a position, and a printed policy parses to the same policy.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mfa_session::policy::document::{Path, Spans, parse};

fuzz_target!(|text: &str| {
    match parse(text) {
        Ok(document) => {
            let pretty = document.to_json_pretty();
            assert_eq!(parse(&pretty).as_ref(), Ok(&document), "{pretty}");
            let compact = document.to_json_compact();
            assert_eq!(parse(&compact).as_ref(), Ok(&document), "{compact}");
            let spans = Spans::of(text).expect("what can be read has places");
            let n = document.statements().len();
            if n > 0 {
                let path = Path::default().key("Statement");
                let span = spans.value(&path).expect("statements stand somewhere");
                assert!(text.get(span.bytes).is_some());
            }
        }
        Err(error) => {
            assert!(error.line >= 1 && error.column >= 1);
            assert!(text.get(error.bytes.clone()).is_some(), "{error:?}");
            assert!(!error.to_string().is_empty());
        }
    }
});
