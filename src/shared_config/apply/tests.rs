//! Edits: whole files before and after, and the laws that they keep. Never reads a file of the machine.

use insta::assert_snapshot;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::super::file_kind::FileKind;
use super::*;

fn credentials(text: &str) -> Document {
    Document::parse(text.as_bytes(), FileKind::Credentials).unwrap()
}

fn config(text: &str) -> Document {
    Document::parse(text.as_bytes(), FileKind::Config).unwrap()
}

/// The text after an edit, with what an eye would miss made visible.
fn shown(edit: &Edit<'_>, before: &Document) -> String {
    edit.apply(before)
        .unwrap()
        .text()
        .replace('\r', "␍")
        .replace('\t', "→")
}

fn value(document: &Document, profile: &str, key: &str) -> Option<String> {
    let (sections, _) = document.profile_sections(profile);
    document.value(&sections, key).map(str::to_owned)
}

const SESSION: [(&str, &str); 3] = [
    ("aws_access_key_id", "ASIANEW"),
    ("aws_secret_access_key", "new/secret"),
    ("aws_session_token", "new+token=="),
];

fn session(profile: &str) -> Edit<'_> {
    SESSION
        .iter()
        .fold(Edit::of(profile), |edit, (key, value)| edit.set(key, value))
        .remove("aws_security_token")
}

fn logout(profile: &str) -> Edit<'_> {
    SESSION
        .iter()
        .fold(Edit::of(profile), |edit, (key, _)| edit.remove(key))
        .empty_section(EmptySection::Remove)
}

#[test]
fn a_section_in_the_middle_is_changed_in_place() {
    let before = credentials(
        "# mine\n[default]\naws_access_key_id = AKIAOLD\n\n[s]\n; keep me\naws_access_key_id=ASIAOLD\nAWS_Session_Token=old\naws_security_token = stale\n\n# about the next\n[z]\nk: v = 1\n",
    );
    assert_snapshot!(shown(&session("s"), &before), @r"
    # mine
    [default]
    aws_access_key_id = AKIAOLD

    [s]
    ; keep me
    aws_access_key_id=ASIANEW
    AWS_Session_Token=new+token==
    aws_secret_access_key = new/secret

    # about the next
    [z]
    k: v = 1
    ");
}

#[test]
fn a_new_section_comes_at_the_end_in_the_files_own_line_endings() {
    let before = credentials("\u{feff}[default]\r\nk = v");
    let after = session("s").apply(&before).unwrap();
    assert_eq!(
        after.text(),
        "\u{feff}[default]\r\nk = v\r\n\r\n[s]\r\naws_access_key_id = ASIANEW\r\naws_secret_access_key = new/secret\r\naws_session_token = new+token==\r\n"
    );
}

#[test]
fn a_new_section_in_an_empty_file() {
    for empty in ["", "\u{feff}"] {
        let after = Edit::of("my name")
            .set("region", "x")
            .apply(&config(empty))
            .unwrap();
        assert_eq!(
            after.text(),
            format!("{empty}[profile \"my name\"]\nregion = x\n")
        );
    }
}

#[test]
fn a_header_at_the_end_without_a_newline_gets_one() {
    let after = Edit::of("s")
        .set("a", "1")
        .apply(&credentials("[s]"))
        .unwrap();
    assert_eq!(after.text(), "[s]\na = 1\n");
}

#[test]
fn a_last_line_without_an_ending_stays_so_when_it_is_only_changed() {
    let before = credentials("[s]\na = 1\r\nb=2");
    let after = Edit::of("s").set("b", "3").apply(&before).unwrap();
    assert_eq!(after.text(), "[s]\na = 1\r\nb=3");
    let after = Edit::of("s").set("c", "3").apply(&before).unwrap();
    assert_eq!(after.text(), "[s]\na = 1\r\nb=2\nc=3\n");
    let after = Edit::of("s").remove("b").set("c", "3").apply(&before);
    assert_eq!(after.unwrap().text(), "[s]\na = 1\r\nc=3\n");
}

#[test]
fn a_line_that_only_botocore_sees_end_is_ended_for_all() {
    let before = credentials("[s];\ra = 1\r");
    let after = Edit::of("s").set("b", "2").apply(&before).unwrap();
    assert_eq!(after.text(), "[s];\ra = 1\r\nb = 2\n");
    let after = Edit::of("t").set("b", "2").apply(&before).unwrap();
    assert_eq!(after.text(), "[s];\ra = 1\r\n\n[t]\nb = 2\n");
}

#[test]
fn the_value_that_counts_is_changed_and_the_others_go() {
    let before = credentials("[s]\na = 1\na = 2\n[other]\na = 7\n[s]\nA  =  3\n[other]\nb = 8\n");
    assert_snapshot!(shown(&Edit::of("s").set("a", "new").set("b", "2"), &before), @r"
    [s]
    [other]
    a = 7
    [s]
    A  =  new
    b = 2
    [other]
    b = 8
    ");
}

#[test]
fn lines_that_continue_a_value_go_with_it_and_comments_stay() {
    let before = config(
        "[profile s]\nregion = a # inline\n  more\n\n  # indented\n\tand more\ns3 =\n  region = x\n  b = c\noutput = json\n",
    );
    assert_snapshot!(shown(&Edit::of("s").set("region", "b").remove("s3"), &before), @r"
    [profile s]
    # inline
    region = b

    # indented
    output = json
    ");
}

#[test]
fn a_nested_property_of_the_same_name_is_not_touched() {
    let before = config("[profile s]\ns3 =\n  region = x\nregion = y\n");
    assert_snapshot!(shown(&Edit::of("s").set("region", "z"), &before), @r"
    [profile s]
    s3 =
      region = x
    region = z
    ");
    let before = config("[profile s]\ns3 =\n  region = x\n  # note\n");
    assert_snapshot!(shown(&Edit::of("s").set("region", "z"), &before), @r"
    [profile s]
    s3 =
      region = x
      # note
    region = z
    ");
}

#[test]
fn a_key_that_only_botocore_sees_is_written_for_all() {
    let before = credentials("[s]\naws_session_token: old==\naws_access_key_id\u{a0}= old\n");
    assert_snapshot!(shown(&session("s"), &before), @r"
    [s]
    aws_session_token = new+token==
    aws_access_key_id = ASIANEW
    aws_secret_access_key = new/secret
    ");
}

#[test]
fn an_empty_value_is_filled_in() {
    let before = credentials("[s]\na =\nb=\nc = \nd =# not a comment\ne = ; one\n");
    let edit = ["a", "b", "c", "d", "e"]
        .iter()
        .fold(Edit::of("s"), |edit, key| edit.set(key, "1"));
    assert_snapshot!(shown(&edit, &before), @r"
    [s]
    a = 1
    b=1
    c = 1
    d =1
    ; one
    e = 1
    ");
}

#[test]
fn both_default_sections_are_changed() {
    let before = config("[default]\nregion = a\n[profile default]\nregion = b\n");
    assert_snapshot!(shown(&Edit::of("default").set("region", "c"), &before), @r"
    [default]
    region = c
    [profile default]
    region = c
    ");
    let before = config("[default]\nregion = a\n");
    assert_snapshot!(shown(&Edit::of("default").set("region", "c"), &before), @r"
    [default]
    region = c
    ");
}

#[test]
fn values_already_there_leave_every_byte() {
    let before = credentials("[s]\r\na =  1  \r\n\r\n");
    let after = Edit::of("s").set("a", "1").remove("b").apply(&before);
    assert_eq!(after.unwrap(), before);
}

#[test]
fn login_then_logout_gives_the_file_back() {
    for text in ["", "[default]\nk = v\n", "# c\n\n", "[a]\r\nk=v\r\n\r\n"] {
        let before = credentials(text);
        let between = session("s").apply(&before).unwrap();
        assert_eq!(logout("s").apply(&between).unwrap(), before);
    }
    let before = credentials("[a]\nk = v\n\n[b]\n");
    let between = session("s").apply(&before).unwrap();
    let longer = format!("{}[z]\n", between.text());
    let after = logout("s").apply(&credentials(&longer)).unwrap();
    assert_eq!(after.text(), "[a]\nk = v\n\n[b]\n[z]\n");
}

#[test]
fn a_header_goes_only_if_nothing_stands_below_it() {
    let gone = |text: &str| {
        let after = logout("s").apply(&credentials(text)).unwrap();
        !after.has_profile("s")
    };
    assert!(gone("[s]\naws_session_token = x\n"));
    assert!(gone("[s]\naws_session_token = x\n\n# about z\n[z]\n"));
    assert!(!gone("[s]\naws_session_token = x\nregion = y\n"));
    assert!(!gone("[s]\n# mine\naws_session_token = x\n"));
    assert!(!gone("[s]\naws_session_token = x # mine\n"));
    assert!(!gone("[s] # mine\naws_session_token = x\n"));
    assert!(!gone("[s]\naws_session_token = x\n# about s\n[z]\n"));
    assert!(!gone("[s]\naws_session_token = x\n\n# at the end\n"));
    assert!(!gone("[s]\naws_session_token = x\n[z]\n[s]\nregion = y\n"));
}

#[test]
fn an_empty_profile_default_goes_on_putting_default_aside() {
    let before = config("[profile default]\naws_session_token = x\n[default]\nk = v\n");
    let after = logout("default").apply(&before).unwrap();
    assert_eq!(after.text(), "[profile default]\n[default]\nk = v\n");
}

#[test]
fn a_header_stays_if_it_is_to_stay() {
    let before = credentials("[s]\na = 1\n");
    let after = Edit::of("s").remove("a").apply(&before).unwrap();
    assert_eq!(after.text(), "[s]\n");
}

#[test]
fn nothing_to_do_in_a_file_without_the_profile() {
    let before = credentials("[a]\nk = v");
    assert_eq!(logout("s").apply(&before).unwrap(), before);
}

#[test]
fn names_keys_and_values_that_cannot_be_read_back_are_refused() {
    let file = credentials("[s]\n");
    for name in ["", "a]b", "a\nb", " a"] {
        let error = Edit::of(name).set("k", "v").apply(&file).unwrap_err();
        assert!(matches!(error, EditError::Name(_)), "{error}");
    }
    for key in ["", "a b", "a=b", "a:b", "[a", "#a", "a\nb", "ä"] {
        let error = Edit::of("s").set(key, "v").apply(&file).unwrap_err();
        assert!(matches!(error, EditError::Key { .. }), "{error}");
    }
    for value in [
        "",
        " ",
        "a ",
        " a",
        "a\nb",
        "a\r",
        "a\0",
        "a #b",
        "a ; b",
        "#a",
        ";a",
        "a\u{a0}#b",
        "\u{a0}a",
        "a\u{85}",
    ] {
        let error = Edit::of("s").set("k", value).apply(&file).unwrap_err();
        assert!(
            matches!(error, EditError::Value { .. }),
            "{value:?} {error}"
        );
    }
    for value in ["a#b", "a;b", "[a]", "a = b: c", "\"a b\"", "ä 東京", "="] {
        let after = Edit::of("s").set("k", value).apply(&file).unwrap();
        assert_eq!(
            super::tests::value(&after, "s", "k").as_deref(),
            Some(value)
        );
    }
}

#[test]
fn no_error_repeats_a_value() {
    let error = Edit::of("s")
        .set("aws_secret_access_key", "hush\nhush")
        .apply(&credentials(""))
        .unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hush"));
}

#[test]
fn the_last_call_for_a_key_counts() {
    let before = credentials("[s]\na = 1\n");
    let after = Edit::of("s").remove("a").set("A", "2").apply(&before);
    assert_eq!(after.unwrap().text(), "[s]\na = 2\n");
    let after = Edit::of("s").set("A", "2").remove("a").apply(&before);
    assert_eq!(after.unwrap().text(), "[s]\n");
}

/// A line of a file that the AWS CLI reads, or nearly.
fn a_line() -> impl Strategy<Value = String> {
    let margin = "([ \t]{1,3})?";
    let header = prop_oneof![
        4 => prop_oneof![Just("s"), Just("a"), Just("default"), Just("ü b")].prop_map(|n| format!("[{n}]")),
        2 => prop_oneof![Just("s"), Just("default"), Just("\"ü b\"")].prop_map(|n| format!("[profile {n}]")),
    ];
    let property = (
        "(aws_access_key_id|AWS_Session_Token|aws_security_token|region|k)",
        "( ?[=:] ?|=)",
        "(|x|y=z|a b|v # c|; c)",
    )
        .prop_map(|(key, equals, value)| format!("{key}{equals}{value}"));
    prop_oneof![
        6 => (prop_oneof![4 => Just(String::new()), 1 => margin], header, "( x| ; c)?").prop_map(|(m, h, tail)| format!("{m}{h}{tail}")),
        8 => (margin, property).prop_map(|(margin, property)| format!("{margin}{property}")),
        2 => "[ \t]{1,4}(more|a = b|aws_session_token = n|# c|\\[s\\])".prop_map(|line| line),
        2 => "[ \t]{0,3}[#;][ a-z]{0,4}".prop_map(|line| line),
        2 => "[ \t]{0,2}".prop_map(|line| line),
        1 => "[ \t]{0,2}(k|= v|\\[s|\\[\\]|s3 =)".prop_map(|line| line),
    ]
}

fn a_file() -> impl Strategy<Value = Document> {
    let ending = prop_oneof![3 => Just("\n"), 1 => Just("\r\n")];
    let lines = proptest::collection::vec((a_line(), ending), 0..16);
    let kind = prop_oneof![Just(FileKind::Config), Just(FileKind::Credentials)];
    let (mark, faults, cut) = (any::<bool>(), any::<bool>(), any::<bool>());
    (mark, faults, lines, cut, kind).prop_map(|(mark, faults, lines, cut, kind)| {
        let mut text = String::from(if mark { "\u{feff}" } else { "" });
        for (line, ending) in lines {
            text.push_str(&line);
            text.push_str(ending);
            if !faults && !Document::of(text.clone(), kind).faults().is_empty() {
                text.truncate(text.len() - line.len() - ending.len());
            }
        }
        if cut {
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
        }
        Document::of(text, kind)
    })
}

/// The file after an edit; `None` if the profile has a line at fault, which alone may keep an edit from being made.
fn applied(edit: &Edit<'_>, before: &Document) -> Option<Document> {
    let (effective, aside) = before.profile_sections(edit.profile);
    let mut sections = effective.into_iter().chain(aside);
    let fault = sections.find_map(|section| before.fault(section));
    match (edit.apply(before), fault) {
        (Err(EditError::Fault { source, .. }), Some(fault)) => {
            assert_eq!(source, fault);
            None
        }
        (after, fault) => {
            assert_eq!(fault, None, "{:?}", before.text());
            Some(after.unwrap_or_else(|error| panic!("{error:?}: {:?}", before.text())))
        }
    }
}

/// The bytes of all sections but the profile's, each with its lines, blank lines at the end left out.
fn others(document: &Document, profile: &str) -> Vec<String> {
    let (effective, aside) = document.profile_sections(profile);
    let first = document.sections().first();
    let preamble = document.slice(0..first.map_or(document.text().len(), |s| s.start));
    let sections = document.sections().iter();
    let foreign = sections.filter(|s| !effective.contains(s) && !aside.contains(s));
    std::iter::once(preamble)
        .chain(foreign.map(|s| document.slice(s.start..s.end)))
        .map(|text| text.trim_end_matches(|c: char| c.is_whitespace() || c == '\u{1c}'))
        .map(str::to_owned)
        .collect()
}

/// The same files in every run.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn a_document_prints_as_it_was_read(file in a_file()) {
        let again = Document::parse(file.as_bytes(), file.kind()).unwrap();
        prop_assert_eq!(again.as_bytes(), file.as_bytes());
    }

    #[test]
    fn bytes_of_any_kind_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        for kind in [FileKind::Config, FileKind::Credentials] {
            if let Ok(document) = Document::parse(&bytes, kind) {
                prop_assert_eq!(document.as_bytes(), &bytes[..]);
            }
        }
    }

    #[test]
    fn setting_changes_only_its_section(
        before in a_file(),
        profile in prop_oneof![Just("s"), Just("default"), Just("ü b"), Just("new")],
    ) {
        let Some(after) = applied(&session(profile), &before) else {
            return Ok(());
        };
        prop_assert_eq!(others(&after, profile), others(&before, profile));
        for (key, wanted) in SESSION {
            prop_assert_eq!(value(&after, profile, key), Some(wanted.to_owned()));
        }
        prop_assert_eq!(value(&after, profile, "aws_security_token"), None);
        prop_assert_eq!(value(&after, profile, "region"), value(&before, profile, "region"));
        let again = session(profile).apply(&after).unwrap();
        prop_assert_eq!(again, after);
    }

    #[test]
    fn taking_out_changes_only_its_section(
        before in a_file(),
        profile in prop_oneof![Just("s"), Just("default"), Just("ü b"), Just("new")],
    ) {
        let Some(after) = applied(&logout(profile), &before) else {
            return Ok(());
        };
        for (key, _) in SESSION {
            prop_assert_eq!(value(&after, profile, key), None);
        }
        prop_assert_eq!(value(&after, profile, "k"), value(&before, profile, "k"));
        let comments = |d: &Document| -> Vec<String> {
            let lines = d.text().lines().map(|line| line.trim().to_owned());
            lines.filter(|line| line.starts_with(['#', ';'])).collect()
        };
        let kept = comments(&after);
        prop_assert!(comments(&before).iter().all(|comment| kept.contains(comment)));
        prop_assert_eq!(logout(profile).apply(&after).unwrap(), after);
    }

    #[test]
    fn login_and_logout_of_a_new_profile_change_nothing_but_a_missing_newline(before in a_file()) {
        let between = session("new").apply(&before).unwrap();
        let after = logout("new").apply(&between).unwrap();
        let rest = after.text().strip_prefix(before.text()).unwrap();
        prop_assert!(["", "\n", "\r\n"].contains(&rest), "{rest:?}");
    }
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn a_text_of_any_kind_keeps_what_no_edit_names(
        text in "[\\[\\]=: \t\n\r\u{a0}\u{1c}\u{feff}sak#;é]{0,30}(\\[s\\]|\n\\[s\\]\n)?[\\[\\]=: \t\n\r\u{a0}\u{1c}sak#;é]{0,30}",
        kind in prop_oneof![Just(FileKind::Config), Just(FileKind::Credentials)],
    ) {
        let before = Document::of(text.clone(), kind);
        prop_assert_eq!(before.text(), &text);
        let edits = [
            Edit::of("s").set("a", "new").remove("k"),
            Edit::of("s").remove("a").empty_section(EmptySection::Remove),
        ];
        for edit in edits {
            if let Some(after) = applied(&edit, &before) {
                // Comments that stay where a header goes come to stand in the section above.
                if edit.empty == EmptySection::Keep {
                    prop_assert_eq!(others(&after, "s"), others(&before, "s"));
                }
                prop_assert_eq!(edit.apply(&after).unwrap(), after);
            }
        }
    }
}

#[test]
fn new_lines_of_an_indented_section_are_indented_as_its_last_property() {
    let before = config(
        "[profile s]\n    region: a # here\n    s3 =\n        k = 1\n    # about output\n    output = json\n\n  [profile t]\n  k = 2\n",
    );
    let edit = Edit::of("s")
        .set("region", "b")
        .set("output", "text")
        .set("mfa_serial", "m");
    assert_snapshot!(shown(&edit, &before), @r"
    [profile s]
        # here
        region = b
        s3 =
            k = 1
        # about output
        output = text
        mfa_serial = m

      [profile t]
      k = 2
    ");
}

#[test]
fn a_new_line_below_an_empty_indented_value_is_not_nested() {
    let before = config("[profile s]\n\tregion = a\n\ts3 =\n");
    let after = Edit::of("s").set("output", "json").apply(&before).unwrap();
    assert_eq!(
        after.text(),
        "[profile s]\n\tregion = a\n\ts3 =\n\toutput = json\n"
    );
    assert_eq!(value(&after, "s", "output").as_deref(), Some("json"));
}

#[test]
fn an_indented_header_below_new_lines_stays_a_header() {
    for text in ["[s]\n  [t]\n  k = 1\n", "  [s]\n\tk = 1\n\t[t]\n\t k = 1\n"] {
        let before = credentials(text);
        let between = session("s").apply(&before).unwrap();
        assert_eq!(value(&between, "t", "k").as_deref(), Some("1"), "{text:?}");
        let after = logout("s").apply(&between).unwrap();
        assert_eq!(after, before);
    }
}

#[test]
fn a_header_that_keeps_an_indented_one_apart_stays() {
    let before = credentials("[a]\nk = v\n[s]\n  aws_session_token = x\n  [t]\n  k = 1\n");
    let after = logout("s").apply(&before).unwrap();
    assert_eq!(after.text(), "[a]\nk = v\n[s]\n  [t]\n  k = 1\n");
}

#[test]
fn a_section_with_a_line_at_fault_is_not_changed_and_others_are() {
    let before = credentials("[s]\naws_access_key_id = ASIA\noops\n[t\nk = 1\n");
    let error = session("s").apply(&before).unwrap_err();
    assert_eq!(
        format!("{error}: {}", std::error::Error::source(&error).unwrap()),
        "profile `s` has a line that cannot be read: line 3: a property has no `=`"
    );
    let after = session("u").apply(&before).unwrap();
    assert!(after.text().starts_with(before.text()));
    assert_eq!(logout("u").apply(&after).unwrap(), before);
}

#[test]
fn many_profiles_are_changed_at_once() {
    let before = Document::parse(
        b"# top\n[a]\nx = 1\n\n[b]\nx = 1\n# note\n\n[c]\nx = 1\ny = 2\n\n[d]\nx = 1",
        FileKind::Credentials,
    )
    .unwrap();
    let remove = |name| {
        Edit::of(name)
            .remove("x")
            .empty_section(EmptySection::Remove)
    };
    let edits = [
        remove("a"),
        remove("b"),
        remove("c"),
        Edit::of("new").set("z", "1"),
        Edit::of("newer").set("z", "2"),
    ];
    let after = Edit::apply_all(&edits, &before).unwrap();
    assert_eq!(
        std::str::from_utf8(after.as_bytes()).unwrap(),
        "# top\n\n[b]\n# note\n\n[c]\ny = 2\n\n[d]\nx = 1\n\n[new]\nz = 1\n\n[newer]\nz = 2\n"
    );
    // The same as one after the other.
    let one_by_one = edits.iter().fold(before.clone(), |document, edit| {
        edit.apply(&document).unwrap()
    });
    assert_eq!(after, one_by_one);
    assert_eq!(Edit::apply_all(&[], &before).unwrap(), before);
}

#[test]
fn new_sections_stand_apart_and_behind_what_the_last_section_gets() {
    let edits = [
        Edit::of("a").set("x", "1"),
        Edit::of("b").set("y", "2"),
        Edit::of("s").set("z", "3"),
    ];
    let after = |before: &str| {
        let after = Edit::apply_all(&edits, &config(before)).unwrap();
        after.text().to_owned()
    };
    assert_eq!(
        after("[profile s]\nk = v"),
        "[profile s]\nk = v\nz = 3\n\n[profile a]\nx = 1\n\n[profile b]\ny = 2\n"
    );
    assert_eq!(
        after(""),
        "[profile a]\nx = 1\n\n[profile b]\ny = 2\n\n[profile s]\nz = 3\n"
    );
}
