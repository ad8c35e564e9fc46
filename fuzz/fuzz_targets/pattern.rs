//! The matcher agrees with a slow and obvious one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mfa_session::policy::pattern::Pattern;

fuzz_target!(|input: (&str, &str)| {
    let (pattern, text) = input;
    let quick = Pattern::new(pattern).matches(text);
    let p: Vec<u16> = pattern.encode_utf16().collect();
    let t: Vec<u16> = text.encode_utf16().collect();
    if p.len() * t.len() < 1 << 16 {
        assert_eq!(quick, slow(&p, &t), "{pattern:?} {text:?}");
    }
});

/// Matches with one row per unit of the pattern, which says which prefixes of the text are covered.
fn slow(pattern: &[u16], text: &[u16]) -> bool {
    let mut row = vec![false; text.len() + 1];
    row[0] = true;
    for &p in pattern {
        let mut next = vec![false; text.len() + 1];
        if p == u16::from(b'*') {
            let mut any = false;
            for n in 0..=text.len() {
                any |= row[n];
                next[n] = any;
            }
        } else {
            for n in 0..text.len() {
                next[n + 1] = row[n] && (p == u16::from(b'?') || p == text[n]);
            }
        }
        row = next;
    }
    row[text.len()]
}
