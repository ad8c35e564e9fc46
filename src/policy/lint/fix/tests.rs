//! Edits of texts with different layouts.

use proptest::prelude::*;

use super::*;
use crate::policy::document::Json;

fn single(title: &str, edits: Vec<Edit>) -> Vec<Fix> {
    vec![Fix {
        title: title.to_owned(),
        edits,
    }]
}

/// The path with these steps, which are separated by dots.
fn at(steps: &str) -> Path {
    steps.split('.').fold(Path::default(), |path, step| {
        step.parse()
            .map_or_else(|_| path.key(step), |n| path.index(n))
    })
}

fn text(text: &str) -> Json {
    Json::String(text.to_owned())
}

fn edited(policy: &str, edits: Vec<Edit>) -> String {
    apply(policy, &single("x", edits)).unwrap()
}

const PRETTY: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "NotAction": [
                "iam:A",
                "iam:B",
                "iam:C"
            ],
            "Resource": "*",
            "Condition": {
                "Bool": {
                    "aws:MultiFactorAuthPresent": "false",
                    "aws:ViaAWSService": "false"
                }
            }
        }
    ]
}
"#;

const COMPACT: &str =
    r#"{"Statement":{"Effect":"Deny","NotAction":"iam:A","Condition":{"Bool":{"k":"v"}}}}"#;

#[test]
fn a_key_moves_to_an_operator_of_its_own() {
    let bool_block = at("Statement.0.Condition.Bool");
    let after = edited(
        PRETTY,
        vec![
            Edit::Remove(bool_block.key("aws:MultiFactorAuthPresent")),
            Edit::Insert(
                at("Statement.0.Condition"),
                "BoolIfExists".to_owned(),
                Json::Object(vec![(
                    "aws:MultiFactorAuthPresent".to_owned(),
                    text("false"),
                )]),
            ),
        ],
    );
    insta::assert_snapshot!(after, @r#"
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "NotAction": [
                    "iam:A",
                    "iam:B",
                    "iam:C"
                ],
                "Resource": "*",
                "Condition": {
                    "Bool": {
                        "aws:ViaAWSService": "false"
                    },
                    "BoolIfExists": {
                        "aws:MultiFactorAuthPresent": "false"
                    }
                }
            }
        ]
    }
    "#);
}

#[test]
fn items_are_removed_with_their_commas() {
    let list = at("Statement.0.NotAction");
    let without = |numbers: &[usize]| {
        let edits = numbers
            .iter()
            .map(|n| Edit::Remove(list.index(*n)))
            .collect();
        let after = edited(PRETTY, edits);
        let items: Value = serde_json::from_str(&after).unwrap();
        (after, items["Statement"][0]["NotAction"].to_string())
    };
    for (numbers, left) in [
        (vec![0], r#"["iam:B","iam:C"]"#),
        (vec![1], r#"["iam:A","iam:C"]"#),
        (vec![2], r#"["iam:A","iam:B"]"#),
        (vec![0, 1], r#"["iam:C"]"#),
        (vec![1, 2], r#"["iam:A"]"#),
        (vec![2, 0], r#"["iam:B"]"#),
    ] {
        let (after, items) = without(&numbers);
        assert_eq!(items, left, "{numbers:?}");
        // The remaining lines are unchanged.
        assert!(
            after
                .lines()
                .all(|line| PRETTY.contains(line.trim_end_matches(','))),
            "{after}"
        );
        assert_eq!(
            after.lines().count(),
            PRETTY.lines().count() - numbers.len()
        );
    }
    // No list is left empty.
    assert_eq!(without(&[0, 1, 2]).0, PRETTY);
}

#[test]
fn added_items_are_indented_like_their_neighbours() {
    let after = edited(
        PRETTY,
        vec![
            Edit::Append(at("Statement.0.NotAction"), text("iam:D")),
            Edit::Remove(at("Statement.0.NotAction.2")),
            Edit::Rename(at("Statement.0.Condition.Bool"), "BoolIfExists".to_owned()),
            Edit::Replace(at("Version"), text("2008-10-17")),
            Edit::Insert(Path::default(), "Id".to_owned(), text("é\"")),
        ],
    );
    insta::assert_snapshot!(after, @r#"
    {
        "Version": "2008-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "NotAction": [
                    "iam:A",
                    "iam:B",
                    "iam:D"
                ],
                "Resource": "*",
                "Condition": {
                    "BoolIfExists": {
                        "aws:MultiFactorAuthPresent": "false",
                        "aws:ViaAWSService": "false"
                    }
                }
            }
        ],
        "Id": "é\""
    }
    "#);
    let after = edited(
        COMPACT,
        vec![
            Edit::Append(at("Statement.NotAction"), text("iam:B")),
            Edit::Insert(at("Statement.Condition.Bool"), "w".to_owned(), text("x")),
            Edit::Insert(
                at("Statement.Condition"),
                "Null".to_owned(),
                Json::Object(vec![(
                    "k".to_owned(),
                    Json::Array(vec![text("a"), text("b")]),
                )]),
            ),
        ],
    );
    insta::assert_snapshot!(after, @r#"{"Statement":{"Effect":"Deny","NotAction":["iam:A","iam:B"],"Condition":{"Bool":{"k":"v","w":"x"},"Null":{"k":["a","b"]}}}}"#);
    let windows = PRETTY.replace('\n', "\r\n");
    let after = edited(
        &format!("\u{feff}{windows}"),
        vec![Edit::Append(at("Statement.0.NotAction"), text("iam:D"))],
    );
    assert_eq!(
        after,
        format!("\u{feff}{windows}").replace(
            "\"iam:C\"\r\n",
            "\"iam:C\",\r\n                \"iam:D\"\r\n"
        )
    );
}

#[test]
fn all_members_can_be_replaced() {
    let after = edited(
        COMPACT,
        vec![
            Edit::Remove(at("Statement.Condition.Bool")),
            Edit::Insert(
                at("Statement.Condition"),
                "Null".to_owned(),
                Json::Object(vec![]),
            ),
        ],
    );
    assert!(after.contains(r#""Condition":{"Null":{}}"#), "{after}");
}

#[test]
fn of_conflicting_fixes_the_first_is_applied() {
    let fix = |title: &str, edits| single(title, edits).remove(0);
    let block = at("Statement.0.Condition.Bool");
    let fixes = [
        fix(
            "one",
            vec![Edit::Rename(block.clone(), "BoolIfExists".to_owned())],
        ),
        fix(
            "two",
            vec![
                Edit::Remove(at("Statement.0.NotAction.0")),
                Edit::Rename(block.clone(), "Null".to_owned()),
            ],
        ),
        fix("three", vec![Edit::Remove(block.key("aws:ViaAWSService"))]),
        fix("four", vec![Edit::Remove(block)]),
    ];
    let (after, titles) = apply_all(PRETTY, &fixes).unwrap();
    assert_eq!(titles, ["one", "three"]);
    let want = PRETTY.replace("\"Bool\"", "\"BoolIfExists\"").replace(
        "\"false\",\n                    \"aws:ViaAWSService\": \"false\"",
        "\"false\"",
    );
    assert_eq!(after, want);
}

#[test]
fn a_path_that_does_not_exist_cannot_be_edited() {
    let gone = apply(PRETTY, &single("x", vec![Edit::Remove(at("Statement.4"))]));
    insta::assert_snapshot!(gone.unwrap_err(), @"there is no `Statement[4]` in the policy");
    assert!(matches!(apply("{", &[]), Err(EditError::Parse(_))));
    let broken = single("x", vec![Edit::Replace(at("Version"), text("2020-01-01"))]);
    assert!(matches!(apply(PRETTY, &broken), Err(EditError::Parse(_))));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// After any removals and insertions, the rest is unchanged and in its order.
    #[test]
    fn an_item_of_a_list_is_edited_within_the_list(
        items in prop::collection::vec("[a-c]{1,3}", 1..7),
        goes in prop::collection::vec(any::<bool>(), 7),
        added in any::<bool>(),
        layout in 0..3,
    ) {
        let document = serde_json::json!({"Statement": {"Effect": "Deny", "NotAction": items}});
        let policy = match layout {
            0 => document.to_string(),
            1 => serde_json::to_string_pretty(&document).unwrap(),
            _ => document.to_string().replace(',', " , ").replace('[', "[ "),
        };
        let list = at("Statement.NotAction");
        let gone: Vec<usize> = (0..items.len()).filter(|n| goes[*n]).collect();
        let mut edits: Vec<Edit> = gone.iter().map(|n| Edit::Remove(list.index(*n))).collect();
        if added {
            edits.push(Edit::Append(list, text("new")));
        }
        let after: Value = serde_json::from_str(&edited(&policy, edits)).unwrap();
        let mut want: Vec<&str> = (items.iter().enumerate())
            .filter(|(n, _)| !gone.contains(n))
            .map(|(_, item)| item.as_str())
            .collect();
        if added {
            want.push("new");
        } else if want.is_empty() {
            want = items.iter().map(String::as_str).collect();
        }
        prop_assert_eq!(&after["Statement"]["NotAction"], &serde_json::json!(want));
    }
}
