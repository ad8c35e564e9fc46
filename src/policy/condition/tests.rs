//! Conditions: whether each operator holds for given values.

use super::*;
use crate::policy::context::ContextValue;

fn evaluate(operator: &str, values: &[&str], context: &Context) -> Verdict {
    let operator = Operator::parse(operator).unwrap();
    Condition::new(operator, "K", values.iter().copied(), Version::V2012).evaluate(context)
}

/// One policy value and one single-valued request value.
fn holds(operator: &str, policy: &str, request: &str) -> bool {
    match evaluate(operator, &[policy], &Context::new().with("k", request)) {
        Verdict::True => true,
        Verdict::False => false,
        Verdict::Malformed => panic!("malformed: {operator} {policy}"),
    }
}

fn list(values: &[&str]) -> Context {
    let values = values.iter().map(|&v| v.to_owned()).collect();
    Context::new().with("k", ContextValue::List(values))
}

#[test]
fn operators_are_parsed_into_their_parts() {
    for (name, ..) in operator::OPERATORS {
        assert!(Operator::parse(name).is_some());
        let decorated = [
            format!("{name}IfExists"),
            format!("ForAnyValue:{name}"),
            format!("forallvalues:{name}ifexists"),
        ];
        for name in decorated {
            assert_eq!(
                Operator::parse(&name).is_some(),
                !name.contains("Null"),
                "{name}"
            );
        }
    }
    for name in [
        "",
        "IfExists",
        "BoolIfExist",
        "NotBool",
        "ForSomeValues:Bool",
        "ForAnyValue:",
        "Bool ",
        "StringEqual",
    ] {
        assert_eq!(Operator::parse(name), None, "{name}");
    }
}

#[test]
fn absent_keys_behave_as_documented() {
    let none = Context::new();
    for (name, family, negated) in operator::OPERATORS {
        if family == Family::Null {
            continue;
        }
        assert_eq!(
            evaluate(name, &["x"], &none) == Verdict::True,
            negated,
            "{name}"
        );
        assert_eq!(
            evaluate(&format!("{name}IfExists"), &["x"], &none),
            Verdict::True
        );
        assert_eq!(
            evaluate(&format!("ForAnyValue:{name}"), &["x"], &none),
            Verdict::False
        );
        assert_eq!(
            evaluate(&format!("ForAnyValue:{name}IfExists"), &["x"], &none),
            Verdict::True
        );
        assert_eq!(
            evaluate(&format!("ForAllValues:{name}"), &["x"], &none),
            Verdict::True
        );
    }
}

#[test]
fn a_list_never_matches_without_a_set_prefix() {
    for operator in [
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIfExists",
        "StringNotEqualsIfExists",
        "StringLike",
    ] {
        for values in [&["a"][..], &["b"], &["a", "b"]] {
            assert_eq!(
                evaluate(operator, &["a"], &list(values)),
                Verdict::False,
                "{operator} {values:?}"
            );
        }
    }
    assert_eq!(evaluate("Null", &["false"], &list(&["a"])), Verdict::True);
    assert_eq!(evaluate("Null", &["true"], &list(&["a"])), Verdict::False);
}

#[test]
fn set_prefixes_apply_to_the_values_of_the_request() {
    for (operator, request, want) in [
        ("ForAllValues:StringEquals", &["a", "b"][..], true),
        ("ForAllValues:StringEquals", &["a", "c"], false),
        ("ForAnyValue:StringEquals", &["c", "b"], true),
        ("ForAnyValue:StringEquals", &["c"], false),
        ("ForAllValues:StringNotEquals", &["c", "d"], true),
        ("ForAllValues:StringNotEquals", &["c", "a"], false),
        ("ForAnyValue:StringNotEquals", &["c", "a"], true),
        ("ForAnyValue:StringNotEquals", &["a", "b"], false),
    ] {
        let verdict = evaluate(operator, &["a", "b"], &list(request));
        assert_eq!(verdict == Verdict::True, want, "{operator} {request:?}");
    }
    // A single-valued key counts as a set with one value.
    assert!(holds("ForAllValues:StringEquals", "a", "a"));
    assert!(!holds("ForAnyValue:StringNotEquals", "a", "a"));
    assert!(!holds("ForAllValues:StringEquals", "a", ""));
}

#[test]
fn negated_operators_hold_if_no_value_matches() {
    let context = Context::new().with("k", "b");
    assert_eq!(
        evaluate("StringNotEquals", &["a", "b"], &context),
        Verdict::False
    );
    assert_eq!(
        evaluate("StringNotEquals", &["a", "c"], &context),
        Verdict::True
    );
    assert_eq!(evaluate("StringEquals", &[], &context), Verdict::False);
    assert_eq!(evaluate("StringNotEquals", &[], &context), Verdict::True);
}

#[test]
fn a_variable_without_a_value_matches_only_negated_operators() {
    for (positive, negated) in [
        ("StringEquals", "StringNotEquals"),
        ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
        ("StringLike", "StringNotLike"),
    ] {
        assert!(!holds(positive, "${none}", "x"));
        assert!(holds(negated, "${none}", "x"));
    }
    let context = list(&["x"]).with("l", "x");
    let like = |operator, value: &str| {
        let operator = Operator::parse(operator).unwrap();
        Condition::new(operator, "l", std::iter::once(value), Version::V2012).evaluate(&context)
    };
    assert_eq!(like("StringEquals", "${k, 'x'}"), Verdict::False);
    assert_eq!(like("StringNotEquals", "${k, 'x'}"), Verdict::True);
    assert!(!holds("ArnLike", "${none}", "arn:aws:iam::1:user/x"));
    assert!(holds("ArnNotLike", "${none}", "arn:aws:iam::1:user/x"));
    // Variables are resolved only by string and ARN operators.
    assert!(!holds("NumericEquals", "${k}", "1"));
}

#[test]
fn null_accepts_true_in_any_case_and_reads_the_rest_as_false() {
    let present = Context::new().with("k", "");
    for (value, absent) in [
        ("true", true),
        ("TRUE", true),
        ("yes", false),
        (" true", false),
        ("", false),
    ] {
        assert_eq!(
            evaluate("Null", &[value], &Context::new()) == Verdict::True,
            absent,
            "{value}"
        );
        assert_eq!(
            evaluate("Null", &[value], &present) == Verdict::True,
            !absent,
            "{value}"
        );
    }
    assert_eq!(
        evaluate("Null", &["true", "false"], &present),
        Verdict::True
    );
}

#[test]
fn bool_accepts_true_in_any_case_and_reads_the_rest_as_false() {
    for (policy, request, want) in [
        ("true", "TRUE", true),
        ("True", "true", true),
        ("false", "", true),
        ("false", "1", true),
        ("false", "yes", true),
        ("false", " true", true),
        ("yes", "false", true),
        ("yes", "true", false),
        ("true", "true ", false),
    ] {
        assert_eq!(holds("Bool", policy, request), want, "{policy} {request}");
    }
}

#[test]
fn numbers_are_decimal_and_of_any_precision() {
    for (one, other) in [
        ("1", "01"),
        ("1", "+1"),
        ("1", "1."),
        ("1", "1e0"),
        ("0.5", ".5"),
        ("0", "-0.00"),
        ("100", "1E2"),
        ("0.001", "1e-3"),
        ("-1.50", "-15e-1"),
    ] {
        assert!(holds("NumericEquals", one, other), "{one} {other}");
        assert!(!holds("NumericNotEquals", one, other), "{one} {other}");
    }
    for (small, large) in [
        ("9007199254740992", "9007199254740993"),
        ("1e100", "1e9999"),
        ("-1e9999", "-1"),
        ("-1", "0"),
        ("0", "1e-9999"),
        ("9", "10"),
        ("0.09", "0.1"),
        ("1", "1.0000000000000000000000001"),
    ] {
        assert!(holds("NumericLessThan", large, small), "{small} {large}");
        assert!(
            holds("NumericGreaterThanEquals", small, large),
            "{small} {large}"
        );
        assert!(holds("NumericNotEquals", small, large), "{small} {large}");
    }
    for none in [
        "",
        "NaN",
        "Infinity",
        "0x1",
        "1 ",
        " 1",
        "1e",
        ".",
        "1e1.0",
        "--1",
        "1_0",
        "1,0",
        "٣",
        "1e99999999999",
    ] {
        assert!(!holds("NumericEquals", none, none), "{none}");
        assert!(holds("NumericNotEquals", "1", none), "{none}");
        assert!(holds("NumericNotEquals", none, "1"), "{none}");
        assert!(!holds("NumericLessThan", "1", none), "{none}");
        assert!(!holds("NumericGreaterThan", none, "1"), "{none}");
    }
}

#[test]
fn dates_are_iso_8601_or_epoch_with_milliseconds() {
    for (one, other) in [
        ("2026-01-02", "2026-01-02T00:00:00Z"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05+01:00", "2026-01-02T02:04:05Z"),
        ("2026-01-02T03:04Z", "2026-01-02T03:04:00.000Z"),
        ("1767312000", "2026-01-02"),
        ("2026-02", "2026-02-01"),
        ("+1767312000", "2026-01-02"),
        ("-1", "1969-12-31T23:59:59Z"),
        ("2026-01-02T03:04:05.1239Z", "2026-01-02T03:04:05.123Z"),
        ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"),
    ] {
        assert!(holds("DateEquals", one, other), "{one} {other}");
        assert!(holds("DateLessThanEquals", one, other), "{one} {other}");
    }
    assert!(holds(
        "DateLessThan",
        "2026-01-02T03:04:05.124Z",
        "2026-01-02T03:04:05.1239Z"
    ));
    assert!(holds(
        "DateGreaterThan",
        "9223372036854775806",
        "9223372036854775807"
    ));
    for none in [
        "",
        "today",
        "2026-13-01",
        "2026-13",
        "2026-1",
        "2026-01-",
        "2026-01-02T25:00:00Z",
        "1767312000.5",
        " 2026-01-02",
        "1e9",
    ] {
        assert!(!holds("DateEquals", none, none), "{none}");
        assert!(holds("DateNotEquals", "2026-01-02", none), "{none}");
        assert!(holds("DateNotEquals", none, "2026-01-02"), "{none}");
    }
}

#[test]
fn addresses_match_networks() {
    for (policy, request, want) in [
        ("192.0.2.0/24", "192.0.2.7", true),
        ("192.0.2.9/24", "192.0.2.7", true),
        ("192.0.2.7", "192.0.2.7", true),
        ("192.0.2.0/024", "192.0.2.7", true),
        ("192.0.2.0/+24", "192.000.002.007", true),
        ("0.0.0.0/0", "1.2.3.4", true),
        ("192.0.2.0/33", "192.0.2.0", false),
        ("192.0.2.0/", "192.0.2.0", false),
        ("192.0.2.0/-1", "192.0.2.0", false),
        ("192.0.2", "192.0.2.0", false),
        ("192.0.2.0/24", "::ffff:192.0.2.1", true),
        ("192.0.2.0/24", "::ffff:c000:201", true),
        ("::ffff:192.0.2.0/120", "192.0.2.1", false),
        ("::ffff:192.0.2.0/120", "::ffff:192.0.2.1", false),
        ("::/0", "192.0.2.1", false),
        ("::/0", "::ffff:192.0.2.1", false),
        ("::/0", "2001:db8::1", true),
        ("0.0.0.0/0", "2001:db8::1", false),
        ("2001:db8::/32", "2001:0DB8::1", true),
        ("2001:db8::1/32", "2001:db8::1", false),
        ("2001:db8::1", "2001:db8:0:0:0:0:0:1", true),
        ("2001:db8::/129", "2001:db8::", false),
        ("2001:db8::/+032", "2001:db8::1", true),
        ("2001:db8::1", "2001:db8:::1", true),
        ("2001:db8::1", "2001:db8::1:", true),
        ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:", true),
        ("0:2:3:4:5:6:7:8", ":2:3:4:5:6:7:8", true),
        ("0:1::2", ":1::2", true),
        ("300.0.0.1", "1.2.3.4", false),
        ("x", "1.2.3.4", false),
        ("", "1.2.3.4", false),
    ] {
        assert_eq!(
            holds("IpAddress", policy, request),
            want,
            "{policy} {request}"
        );
        assert_eq!(
            holds("NotIpAddress", policy, request),
            !want,
            "{policy} {request}"
        );
    }
}

#[test]
fn a_malformed_address_matches_neither_ip_operator() {
    for request in [
        "",
        "192.0.2.1/32",
        "192.0.2",
        "192.0.2.256",
        "192.0.2.1 ",
        "x",
        "::1.2.3.4",
        "64:ff9b::1.2.3.4",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1::2::3",
        "fe80::1%eth0",
        "12345::",
        ":",
        "1:2:3:4:5:6:7::8",
        "::ffff:1.2.3",
    ] {
        for policy in ["192.0.2.1", "0.0.0.0/0", "::/0", "x"] {
            assert!(!holds("IpAddress", policy, request), "{policy} {request}");
            assert!(
                !holds("NotIpAddress", policy, request),
                "{policy} {request}"
            );
            assert!(
                !holds("NotIpAddressIfExists", policy, request),
                "{policy} {request}"
            );
        }
    }
}

#[test]
fn arns_match_part_by_part() {
    for (policy, request, want) in [
        ("arn:aws:iam::1:user/x", "arn:aws:iam::1:user/x", true),
        ("arn:*:iam::*:user/*", "arn:aws:iam::1:user/a/b:c", true),
        ("arn:aws:iam:*:user/x", "arn:aws:iam::1:user/x", false),
        ("arn:aws:*:1:user/x", "arn:aws:iam::1:user/x", false),
        ("*:*:*:*:*:*", "arn:aws:iam::1:user/x", true),
        ("arn:aws:iam::?:user/?", "arn:aws:iam::1:user/x", true),
        ("arn:aws:iam::1:User/x", "arn:aws:iam::1:user/x", false),
    ] {
        let context = Context::new().with("k", request);
        for (positive, negated) in [("ArnLike", "ArnNotLike"), ("ArnEquals", "ArnNotEquals")] {
            let hit = |o| evaluate(o, &[policy], &context);
            if policy.split(':').count() < 6 {
                assert_eq!(hit(positive), Verdict::Malformed, "{policy}");
                assert_eq!(hit(negated), Verdict::Malformed, "{policy}");
            } else {
                assert_eq!(hit(positive) == Verdict::True, want, "{policy} {request}");
                assert_eq!(hit(negated) == Verdict::True, !want, "{policy} {request}");
            }
        }
    }
}

#[test]
fn a_malformed_arn_fails_closed_unless_a_match_came_first() {
    let context = Context::new().with("k", "arn:aws:iam::1:user/x");
    let (good, other) = ("arn:aws:iam::1:user/x", "arn:aws:iam::1:user/y");
    for bad in [
        "",
        "x",
        "arn:aws:iam::1",
        "foo:aws:iam::1:user/x",
        "arn:aws:iam::1:",
    ] {
        for operator in ["ArnLike", "ArnNotLike", "ArnEqualsIfExists"] {
            assert_eq!(
                evaluate(operator, &[bad], &context),
                Verdict::Malformed,
                "{bad}"
            );
            assert_eq!(
                evaluate(operator, &[other, bad], &context),
                Verdict::Malformed
            );
            assert_eq!(
                evaluate(operator, &[bad, good], &context),
                Verdict::Malformed
            );
        }
        assert_eq!(evaluate("ArnLike", &[good, bad], &context), Verdict::True);
        assert_eq!(
            evaluate("ArnNotLike", &[good, bad], &context),
            Verdict::False
        );
        // A malformed request is malformed first.
        let request = Context::new().with("k", bad);
        for operator in ["ArnLike", "ArnNotLike"] {
            assert_eq!(
                evaluate(operator, &[bad, good], &request),
                Verdict::False,
                "{bad}"
            );
        }
    }
}

#[test]
fn ignoring_case_compares_lower_cased_text() {
    for (one, other, want) in [
        ("Team", "tEAM", true),
        ("\u{212a}", "k", true),
        ("ẞ", "ß", true),
        ("İ", "i̇", true),
        ("ſ", "s", false),
        ("ı", "I", false),
        ("ß", "SS", false),
        ("ΟΔΟΣ", "οδος", true),
        ("ΟΔΟΣ", "οδοσ", false),
        ("ΟΣΑ", "οσα", true),
        ("𐐀", "𐐨", false),
        ("𐐀É", "𐐀é", true),
        ("AΣ𐐀", "aσ𐐀", true),
        ("AΣ𐐀", "aς𐐀", false),
        ("𐐀Σ", "𐐀ς", true),
        ("𐐀Σ", "𐐀σ", false),
        ("AΣ.𐐀", "aσ.𐐀", true),
        ("é", "e\u{301}", false),
    ] {
        assert_eq!(
            holds("StringEqualsIgnoreCase", one, other),
            want,
            "{one} {other}"
        );
        assert_eq!(
            holds("StringNotEqualsIgnoreCase", one, other),
            !want,
            "{one} {other}"
        );
    }
}

#[test]
fn binaries_are_strict_base64() {
    for (value, want) in [
        ("YQ==", true),
        ("YWI=", true),
        ("YWJj", true),
        ("", true),
        ("YQ", false),
        ("YR==", false),
        ("YWJ=", false),
        ("YQ== ", false),
        ("YQ ==", false),
        ("====", false),
        ("Y-_=", false),
        ("A===", false),
    ] {
        assert_eq!(holds("BinaryEquals", value, value), want, "{value}");
    }
    assert!(!holds("BinaryEquals", "YQ==", "YWI="));
}

#[test]
fn iam_stores_only_values_that_it_can_convert() {
    let stores = |operator: &str, value| {
        is_storable(
            Operator::parse(operator).unwrap().family,
            value,
            Version::V2012,
        )
    };
    for (operator, good, bad) in [
        ("NumericEquals", "1e3", "one"),
        ("DateLessThan", "2026-01-01", "soon"),
        ("IpAddress", "10.0.0.0/8", "10.0.0.0/33"),
        ("ArnLike", "arn:aws:iam::1:user/${aws:username}", "user/x"),
    ] {
        assert!(stores(operator, good), "{operator} {good}");
        assert!(!stores(operator, bad), "{operator} {bad}");
    }
    for operator in ["Bool", "Null", "StringEquals"] {
        assert!(stores(operator, "yes"));
    }
}
