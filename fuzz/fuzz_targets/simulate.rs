//! Every line gets one line of JSON as its answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mfa_session::policy::simulate::Simulator;

fuzz_target!(|text: &str| {
    let mut line = Vec::new();
    let member = match Simulator::new().line(text, None, &mut line) {
        Ok(()) => "EvaluationResults",
        Err(_) => "Error",
    };
    let answer: serde_json::Value = serde_json::from_slice(&line).expect("JSON");
    assert!(
        answer.get(member).is_some() && !line.contains(&b'\n'),
        "{answer}"
    );
});
