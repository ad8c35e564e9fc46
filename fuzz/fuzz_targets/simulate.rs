//! Any line is answered by one line of JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mfa_session::policy::simulate::Simulator;

fuzz_target!(|text: &str| {
    let (line, member) = match Simulator::new().line(text, None) {
        Ok(line) => (line, "EvaluationResults"),
        Err(line) => (line, "Error"),
    };
    let answer: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert!(
        answer.get(member).is_some() && !line.contains('\n'),
        "{line}"
    );
});
