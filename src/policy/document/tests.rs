//! Policy documents: what is preserved, what is refused, and the positions of errors.

use proptest::prelude::*;

use super::*;

const ODD: &str = r#"{
  "Id": "cd3ad3d9",
  "Statement": {
    "Note": {"by": ["hand", 1.50, null]},
    "Effect": "Deny",
    "Sid": "One",
    "NotPrincipal": {"Service": ["ec2.amazonaws.com"], "AWS": "123456789012"},
    "Action": "s3:*",
    "Condition": {
      "NumericLessThan": {"aws:MultiFactorAuthAge": 3600, "s3:max-keys": [1e2, -0, 9007199254740993, 1e9999]},
      "Bool": {"aws:SecureTransport": false}
    }
  },
  "Version": "2008-10-17"
}"#;

fn refusal(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn a_policy_is_printed_as_it_was_written() {
    let document = parse(ODD).unwrap();
    let compact = document.to_json_compact();
    assert_eq!(compact, ODD.split_whitespace().collect::<String>());
    assert_eq!(parse(&compact).unwrap(), document);
    assert_eq!(parse(&document.to_json_pretty()).unwrap(), document);
}

#[test]
fn elements_are_read_into_their_types() {
    let document = parse(ODD).unwrap();
    assert_eq!(document.version(), Version::V2008);
    let statement = &document.statements()[0];
    assert_eq!(statement.sid(), Some("One"));
    assert_eq!(statement.effect(), Effect::Deny);
    let condition = statement.condition().unwrap();
    assert_eq!(
        condition.blocks[0].keys[1].1.texts().collect::<Vec<_>>(),
        ["1e2", "-0", "9007199254740993", "1e9999"]
    );
    assert_eq!(condition.blocks[1].keys[0].1.as_slice()[0].text(), "false");
}

#[test]
fn an_error_in_a_document_has_its_position() {
    insta::assert_snapshot!(
        refusal("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{\"Effect\":\"Allow\",\"Action\":\"*\"},\n    {\"Effect\":\"Deny\",\"NotAction\":\"*\",\"Condition\":{\n      \"BoolIfExists\": \"x\"}}]}"),
        @"`Statement[1].Condition.BoolIfExists` (line 5, column 23): expected an object of condition keys, found `x`"
    );
    insta::assert_snapshot!(refusal("[]"), @"`document` (line 1, column 1): expected a policy document, which is an object, found a list");
    insta::assert_snapshot!(refusal("{}"), @"`document` (line 1, column 1): expected an element `Statement`, found none");
    insta::assert_snapshot!(refusal(r#"{"Version":"2012-10-18","Statement":[]}"#), @"`Version` (line 1, column 12): expected `2012-10-17` or `2008-10-17`, found `2012-10-18`");
    insta::assert_snapshot!(refusal(r#"{"Statement":"x"}"#), @"`Statement` (line 1, column 14): expected a statement or a list of statements, found `x`");
    insta::assert_snapshot!(refusal(r#"{"Statement":[{"Effect":"allow","Action":"*"}]}"#), @"`Statement[0].Effect` (line 1, column 25): expected `Allow` or `Deny`, found `allow`");
    insta::assert_snapshot!(refusal(r#"{"Statement":[{"Effect":"Allow"}]}"#), @"`Statement[0]` (line 1, column 15): expected an element `Action` or `NotAction`, found none");
    insta::assert_snapshot!(refusal(r#"{"Statement":{"Action":"*"}}"#), @"`Statement` (line 1, column 14): expected an element `Effect`, found none");
    insta::assert_snapshot!(refusal(r#"{"Statement":{"Effect":"Deny","Action":"*","NotAction":"*"}}"#), @"`Statement` (line 1, column 14): expected either `Action` or `NotAction`, found both");
    insta::assert_snapshot!(refusal(r#"{"Statement":{"Effect":"Deny","Action":["*",null]}}"#), @"`Statement.Action[1]` (line 1, column 45): expected a string, found null");
    insta::assert_snapshot!(refusal(r#"{"Statement":{"Effect":"Deny","Action":"*","Principal":{"aws":"*"}}}"#), @"`Statement.Principal` (line 1, column 56): expected `*` or an object of `AWS`, `Service`, `Federated`, `CanonicalUser`, found `aws`");
    insta::assert_snapshot!(refusal(r#"{"Statement":{"Effect":"Deny","Action":"*","Condition":{"Bool":{"a":{}}}}}"#), @"`Statement.Condition.Bool.a` (line 1, column 69): expected a value or a list of values, found an object");
    insta::assert_snapshot!(refusal("{\n  \"Id\": \"é\", \"Id\": \"x\"}"), @"`Id` (line 2, column 14): duplicate member `Id`");
    insta::assert_snapshot!(refusal("{\n  \"Statement\": [,]}"), @"`document` (line 2, column 17): not valid JSON: expected value");
    insta::assert_snapshot!(refusal(""), @"`document` (line 1, column 1): not valid JSON: EOF while parsing a value");
    insta::assert_snapshot!(refusal("{} x"), @"`document` (line 1, column 4): not valid JSON: trailing characters");
    insta::assert_snapshot!(refusal(r#"{"Id":"\ud800"}"#), @"`Id` (line 1, column 7): not valid JSON: unexpected end of hex escape");
}

#[test]
fn a_valid_document_is_read_in_one_pass() {
    let text = ODD
        .replace("1.50", "150")
        .replace("1e2, -0, 9007199254740993, 1e9999", "1, -2");
    let fast = typed::read(&text).unwrap();
    assert_eq!(Ok(&fast), read::slowly(&text).as_ref());
    // The fast reader would lose the text of other numbers, so it leaves them to the slow one. Both refuse wrong documents.
    assert_eq!(typed::read(ODD), None);
    for wrong in [
        r#"{"Statement":[],"Statement":[]}"#,
        r#"{"Statement":[],"X":1,"X":2}"#,
        r#"{"Statement":{"Effect":"Deny","Action":"*","Action":"*"}}"#,
        r#"{"Statement":{"Effect":"Deny","Action":"*","Condition":{"Bool":{},"Bool":{}}}}"#,
        r#"{"Statement":{"Effect":"Deny","Action":"*","Condition":{"Bool":{"a":"b","a":"c"}}}}"#,
        r#"{"Statement":{"Effect":"Deny","Action":"*","Principal":{"AWS":"b","AWS":"c"}}}"#,
        r#"{"Statement":{"Effect":"Deny","Effect":"Deny","Action":"*"}}"#,
        r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","NotResource":"*"}}"#,
        r#"{"Statement":{"Effect":"Deny","Action":"*","Principal":"*","NotPrincipal":"*"}}"#,
        r#"{"Statement":[]} 1"#,
    ] {
        assert_eq!(typed::read(wrong), None, "{wrong}");
        assert!(read::slowly(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_repeated_name_in_a_large_object_is_found() {
    let members: Vec<String> = (0..40).map(|n| format!("\"k{n}\":1")).collect();
    let text = format!("{{{},\"k7\":2}}", members.join(","));
    assert!(refusal(&text).ends_with("duplicate member `k7`"));
}

#[test]
fn depth_and_size_are_limited() {
    let nested = |n: usize| {
        format!(
            r#"{{"Statement":[],"X":{}{}}}"#,
            "[".repeat(n),
            "]".repeat(n)
        )
    };
    assert!(parse(&nested(31)).is_ok());
    for n in [32, 33, 127, 128, 200_000] {
        assert!(
            matches!(parse(&nested(n)).unwrap_err().problem, Problem::TooDeep(32)),
            "{n}"
        );
    }
    let open = "[".repeat(500_000);
    assert!(matches!(
        parse(&open).unwrap_err().problem,
        Problem::Syntax(_)
    ));
    let large = format!("{{\"Id\":\"{}\"}}", "x".repeat(1 << 20));
    assert!(matches!(
        parse(&large).unwrap_err().problem,
        Problem::TooLarge(..)
    ));
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_document() {
    let text = "\u{feff}{\"Statement\":1}";
    let error = parse(text).unwrap_err();
    assert_eq!(&text[error.bytes], "1");
    assert_eq!((error.line, error.column), (1, 14));
    for text in [
        "\u{feff}{\"Statement\":[]}",
        "\u{feff}\n {\"Statement\":[]}",
    ] {
        assert!(parse(text).is_ok());
        let span = Spans::of(text)
            .unwrap()
            .value(&Path::default().key("Statement"))
            .unwrap();
        assert_eq!(&text[span.bytes], "[]");
    }
    insta::assert_snapshot!(refusal("\u{feff}{x"), @"`document` (line 1, column 2): not valid JSON: key must be a string");
}

#[test]
fn spans_point_at_names_and_values() {
    let spans = Spans::of(ODD).unwrap();
    let path = Path::default()
        .key("Statement")
        .key("Condition")
        .key("NumericLessThan");
    let name = spans.name(&path).unwrap();
    assert_eq!(
        (&ODD[name.bytes], name.line, name.column),
        ("\"NumericLessThan\"", 10, 7)
    );
    let item = spans.value(&path.key("s3:max-keys").index(1)).unwrap();
    assert_eq!((&ODD[item.bytes], item.line), ("-0", 10));
    assert_eq!(spans.value(&path.key("nowhere")), None);
    assert_eq!(
        path.key("s3:max-keys").index(1).to_string(),
        "Statement.Condition.NumericLessThan.s3:max-keys[1]"
    );
}

#[test]
fn statements_are_found_without_being_parsed() {
    let many = "\u{feff}{\n \"Id\": \"é\", \"\\u0053tatement\": [{\"a\":\n1}, 2]}";
    for (text, want) in [(ODD, 1), (many, 2), ("{}", 0), ("[]", 0), ("", 0)] {
        let found = statements(text);
        assert_eq!(found.len(), want, "{text}");
        let Ok(spans) = Spans::of(text) else { continue };
        let mut places = Places::of(text);
        for (n, range) in found.into_iter().enumerate() {
            let one = Path::default().key("Statement");
            let span = spans.value(&one.index(n)).or(spans.value(&one)).unwrap();
            assert_eq!(range, span.bytes);
            assert_eq!(places.at(range.start), (span.line, span.column));
            let end = spans.span(range.end..range.end);
            assert_eq!(places.at(range.end), (end.line, end.column));
        }
    }
}

/// Any JSON, with numbers of every form.
fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,4})?",
        ".{0,8}".prop_map(|s| serde_json::to_string(&s).unwrap()),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|v| format!("[{}]", v.join(" , "))),
            prop::collection::btree_map("[a-c]{1,3}", inner, 0..4).prop_map(|m| {
                let members: Vec<String> =
                    m.iter().map(|(k, v)| format!("\"{k}\":\n {v}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

/// Elements that may hold any JSON.
const TEMPLATES: [&str; 9] = [
    r#"{"Statement":[],"Id":@}"#,
    r#"{"Version":@,"Statement":@}"#,
    r#"{"Statement":[{"Effect":"Allow","Action":@}]}"#,
    r#"{"Statement":{"Effect":@,"NotAction":"*"}}"#,
    r#"{"Statement":{"Effect":"Deny","Action":[@,"*"],"Resource":@}}"#,
    r#"{"Statement":{"Effect":"Deny","Action":"*","Principal":{"AWS":@}}}"#,
    r#"{"Statement":{"Effect":"Deny","Action":"*","NotPrincipal":@}}"#,
    r#"{"Statement":{"Effect":"Deny","Action":"*","Condition":{"Bool":{"a":@},"a":@}}}"#,
    r#"{"Statement":{"Effect":"Deny","Action":"*","Condition":@,"b":@}}"#,
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_readers_agree(text in any_json()) {
        let slow = Spans::of(&text).unwrap().into_json();
        if let Ok(fast) = serde_json::from_str::<Json>(&text) {
            prop_assert_eq!(&fast, &slow);
        }
        let printed = serde_json::to_string(&slow).unwrap();
        prop_assert_eq!(Spans::of(&printed).unwrap().into_json(), slow);
    }

    #[test]
    fn both_ways_to_read_a_document_agree(text in any_json(), place in 0..TEMPLATES.len()) {
        let text = TEMPLATES[place].replace('@', &text);
        if let Some(fast) = typed::read(&text) {
            prop_assert_eq!(read::slowly(&text), Ok(fast), "{}", text);
        }
    }

    #[test]
    fn unknown_elements_survive(value in any_json()) {
        let text = format!(r#"{{"X":{value},"Statement":{{"Effect":"Allow","NotAction":[],"Y":{value}}}}}"#);
        let document = parse(&text).unwrap();
        prop_assert_eq!(parse(&document.to_json_pretty()).unwrap(), document);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[\\[\\]{}\",:0-9a-zA-Z \\\\-]{0,64}") {
        let _ = parse(&text);
    }
}
