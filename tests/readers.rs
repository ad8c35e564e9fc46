//! The AWS CLI's own reader beside ours: what each profile says, in files made at random, in edited ones, and in the pairs of
//! `shared_files`.
//!
//! The AWS CLI reads the shared files with botocore, as boto3 does. Where ours reads otherwise it is on purpose, as `line` of
//! `shared_config` says; files made at random do not contain these cases, except comments at the end of a value.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use mfa_session::shared_config::{Document, Edit, FileKind, Profiles};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngSeed, TestRunner};
use serde_json::{Value, json};

use crate::shared_files::PAIRS;

/// Reads files from a JSON list and prints what botocore says of each: its profiles, or `null` if it rejects the file.
const SCRIPT: &str = "\
import json, os, sys, tempfile
from botocore import configloader, exceptions
def read(file):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'file')
        with open(path, 'w', encoding='utf-8', newline='') as out:
            out.write(file['text'])
        try:
            if file['kind'] == 'config':
                return configloader.load_config(path)['profiles']
            return configloader.raw_config_parse(path)
        except exceptions.ConfigParseError:
            return None
json.dump([read(file) for file in json.load(sys.stdin)], sys.stdout)
";

/// Profiles with their values; a nested block is one value.
type Read = BTreeMap<String, BTreeMap<String, String>>;

/// What botocore reads in each file; `None` if it rejects the file.
fn botocore(files: &[(FileKind, String)]) -> Vec<Option<Read>> {
    let files: Vec<Value> = files
        .iter()
        .map(|(kind, text)| json!({"kind": kind_name(*kind), "text": text}))
        .collect();
    let python = std::env::var("MFA_SESSION_TEST_PYTHON").expect("MFA_SESSION_TEST_PYTHON is set");
    let mut child = Command::new(python)
        .args(["-X", "utf8", "-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(&serde_json::to_vec(&files).unwrap())
        .unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let read: Vec<Option<BTreeMap<String, BTreeMap<String, Value>>>> =
        serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(read.len(), files.len());
    let value = |value: Value| match value {
        Value::String(text) => text,
        Value::Object(nested) => {
            let nested: BTreeMap<_, _> = nested.into_iter().collect();
            let lines = nested
                .iter()
                .map(|(key, value)| format!("\n{key}={}", value.as_str().unwrap()));
            lines.collect()
        }
        other => panic!("{other}"),
    };
    read.into_iter()
        .map(|file| {
            let profiles = file?
                .into_iter()
                .map(|(name, keys)| (name, keys.into_iter().map(|(k, v)| (k, value(v))).collect()));
            Some(profiles.collect())
        })
        .collect()
}

fn kind_name(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Config => "config",
        FileKind::Credentials => "credentials",
    }
}

fn parsed(kind: FileKind, text: &str) -> Document {
    Document::parse(text.as_bytes(), kind).unwrap()
}

fn alone(document: Document) -> Profiles {
    match document.kind() {
        FileKind::Config => Profiles::new(document, Document::empty(FileKind::Credentials)),
        FileKind::Credentials => Profiles::new(Document::empty(FileKind::Config), document),
    }
}

/// Asserts that ours reads in a file what botocore reads in it.
#[track_caller]
fn assert_alike(kind: FileKind, text: &str, theirs: &Read) {
    let files = alone(parsed(kind, text));
    let mut names = files.names();
    names.sort_unstable();
    let wanted: Vec<_> = theirs.keys().map(String::as_str).collect();
    assert_eq!(names, wanted, "{text:?}");
    for (name, values) in theirs {
        let profile = files.profile(name).unwrap();
        for (key, wanted) in values {
            let value = profile.get(key).map(normal).unwrap_or_default();
            assert_eq!(value, uncommented(wanted), "{name}.{key} in {text:?}");
        }
        for key in KEYS {
            let there = values.contains_key(key);
            assert!(
                there || profile.get(key).is_none(),
                "{name}.{key} in {text:?}"
            );
        }
    }
}

/// A value in the form in which botocore has it: its lines trimmed, without comments, and a nested block in the order of its keys.
fn normal(value: &str) -> String {
    let value = value.replace("\r\n", "\n").replace('\r', "\n");
    let lines = value.split('\n').map(str::trim);
    let lines: Vec<_> = lines.filter(|line| !line.starts_with(['#', ';'])).collect();
    let joined = lines.join("\n");
    if !joined.starts_with('\n') {
        return uncommented(&joined);
    }
    let nested: BTreeMap<_, _> = lines
        .iter()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim()))
        .collect();
    nested
        .iter()
        .map(|(key, value)| format!("\n{key}={value}"))
        .collect()
}

/// A value of one line without the comment at its end, which botocore takes for a part of it.
fn uncommented(value: &str) -> String {
    if value.contains('\n') {
        return value.to_owned();
    }
    let at = [" #", " ;", "\t#", "\t;"]
        .iter()
        .filter_map(|c| value.find(c))
        .min();
    value[..at.unwrap_or(value.len())].trim().to_owned()
}

const KEYS: [&str; 6] = ["region", "output", "s3", "k", "aws_access_key_id", "a key"];

/// A line of a file as the AWS CLI may read it, and lines that it rejects.
fn a_line() -> impl Strategy<Value = String> {
    let header = "(|||||[ \t]{1,3})\\[(profile |)(a|b-c|ü|default2|\"two words\"|'q'|a b)\\](| x|; c| # c| =)";
    let property = "[ \t]{0,4}(region|output|s3|k|K|a key|aws_access_key_id)( ?[=:] ?)(|v|v w|v=w|a:b|v#c|v # c|é|\\[x\\])[ \t]?";
    prop_oneof![
        4 => header,
        10 => property,
        3 => "[ \t]{1,5}(more|a = b|c=d|region = x|# c|\\[a\\]|m ; c)[ \t]?",
        1 => "[ \t]{0,3}[#;][ a\\[=]{0,3}",
        1 => "[ \t]{0,2}",
        1 => "[ \t]{0,2}(k|= v|: v|\\[\\]|\\[a|\\]|s3 =)",
    ]
}

fn a_file() -> impl Strategy<Value = (FileKind, String)> {
    let kind = prop_oneof![Just(FileKind::Config), Just(FileKind::Credentials)];
    let ending = prop_oneof![6 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\r")];
    let lines = proptest::collection::vec(a_line(), 0..14);
    let (mark, cut) = (proptest::bool::weighted(0.05), any::<bool>());
    // Most files begin with a header and have no line that nobody can read.
    let (first, mend) = (proptest::bool::weighted(0.8), proptest::bool::weighted(0.7));
    (kind, ending, lines, mark, cut, first, mend).prop_map(
        |(kind, ending, lines, mark, cut, first, mend)| {
            let mut text = String::from(if mark { "\u{feff}" } else { "" });
            if first {
                text.push_str("[profile a]");
                text.push_str(ending);
            }
            for line in lines {
                let length = text.len();
                text.push_str(&line);
                text.push_str(ending);
                if mend && !parsed(kind, &text).complaints().is_empty() {
                    text.truncate(length);
                }
            }
            if cut {
                text.truncate(text.trim_end().len());
            }
            (kind, text)
        },
    )
}

/// The same files in every run.
fn samples(count: usize) -> Vec<(FileKind, String)> {
    let mut runner = TestRunner::new(ProptestConfig {
        rng_seed: RngSeed::Fixed(12),
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let strategy = a_file();
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect()
}

#[test]
#[ignore = "needs botocore: .ci/run"]
fn the_aws_cli_reads_the_same_in_each_file_and_rejects_those_that_are_warned_about() {
    let files = samples(3000);
    let mut read = 0;
    for ((kind, text), theirs) in files.iter().zip(botocore(&files)) {
        let complaints = parsed(*kind, text).complaints();
        assert_eq!(
            theirs.is_none(),
            !complaints.is_empty(),
            "{text:?} {complaints:?}"
        );
        if let Some(theirs) = theirs {
            read += 1;
            assert_alike(*kind, text, &theirs);
        }
    }
    assert!(read > 1000 && read < 2950, "{read}");
}

#[test]
#[ignore = "needs botocore: .ci/run"]
fn the_aws_cli_reads_what_an_edit_wrote_and_everything_else_as_before() {
    let files = samples(1500);
    let mut edited = Vec::new();
    for ((kind, text), before) in files.iter().zip(botocore(&files)) {
        let Some(before) = before else { continue };
        for name in ["a", "ü", "new"] {
            let edit = Edit::of(name)
                .set("region", "eu-west-1")
                .set("mfa_serial", "m")
                .remove("k");
            let after = edit.apply(&parsed(*kind, text)).unwrap();
            let after = String::from_utf8(after.as_bytes().to_vec()).unwrap();
            edited.push((name, text, before.clone(), (*kind, after)));
        }
    }
    assert!(edited.len() > 1000);
    let after: Vec<_> = edited.iter().map(|(.., after)| after.clone()).collect();
    for ((name, text, mut before, (kind, edited)), theirs) in
        edited.into_iter().zip(botocore(&after))
    {
        let theirs = theirs.unwrap_or_else(|| panic!("{text:?} became {edited:?}"));
        let profile = before.entry(name.to_owned()).or_default();
        profile.insert("region".to_owned(), "eu-west-1".to_owned());
        profile.insert("mfa_serial".to_owned(), "m".to_owned());
        profile.remove("k");
        assert_eq!(theirs, before, "{text:?} became {edited:?}");
        assert_alike(kind, &edited, &theirs);
    }
}

#[test]
#[ignore = "needs botocore: .ci/run"]
fn boto3_reads_the_pairs_as_they_are_read_here_before_and_after_a_login() {
    for pair in &PAIRS {
        let world = pair.world();
        for logged_in in [false, true] {
            if logged_in {
                pair.log_in(&world);
            }
            let files = [
                (FileKind::Config, world.read(".aws/config")),
                (FileKind::Credentials, world.credentials()),
            ];
            let theirs = botocore(&files);
            assert_eq!(
                theirs.iter().all(Option::is_some),
                pair.aws_cli_reads,
                "{}",
                pair.name
            );
            for ((kind, text), theirs) in files.iter().zip(theirs) {
                if let Some(theirs) = theirs {
                    assert_alike(*kind, text, &theirs);
                }
            }
        }
    }
}
