//! The AWS SDK's own reader as the oracle for ours: its published vectors, and files made at random.
//!
//! Where ours reads otherwise, it is on purpose, and the list is short:
//!
//! - What the SDK rejects is read as the AWS CLI reads it: indented properties and headers, and text after a `]`. The AWS CLI's
//!   own reader is the oracle for these in `tests/readers.rs`.
//! - Names and keys that the SDK passes over as no identifiers (Unicode, quotes, blanks) are kept: botocore reads them.
//! - An indented line that is a comment is one, as for botocore; the SDK appends it to the value above or rejects it.
//! - `key: a=b` is `key` as for botocore; for the SDK it is a key `key: a`.
//! - Blank lines between the lines of a value belong to it, as for botocore.
//! - A byte order mark is passed over, and a lone carriage return ends a line.
//! - An empty value is no value where both files are taken together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::pin;
use std::process::Command;
use std::task::{Context, Poll, Waker};

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_runtime::env_config::property::PropertiesKey;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value;

use super::document::Document;
use super::edit::Edit;
use super::fault::ParseError;
use super::file_kind::FileKind;
use super::name::SectionKind;
use super::profile::Profiles;
use crate::aws::endpoint::Service;

type Properties = BTreeMap<String, String>;
type Sections = BTreeMap<String, Properties>;

/// What the SDK reads; `None` if it rejects a file.
fn sdk(config: &str, credentials: &str) -> Option<ProfileSet> {
    let files = EnvConfigFiles::builder()
        .with_contents(EnvConfigFileKind::Config, config)
        .with_contents(EnvConfigFileKind::Credentials, credentials)
        .build();
    let (fs, env) = Default::default();
    let load = pin!(aws_config::profile::load(&fs, &env, &files, None));
    match load.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(read) => read.ok(),
        Poll::Pending => panic!("contents are at hand"),
    }
}

fn ours(config: &str, credentials: &str) -> Result<Profiles, ParseError> {
    Ok(Profiles::new(
        Document::parse(config.as_bytes(), FileKind::Config)?,
        Document::parse(credentials.as_bytes(), FileKind::Credentials)?,
    ))
}

fn is_identifier(name: &str) -> bool {
    name.chars()
        .all(|c| c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c))
}

/// Adds the sections of one file that the SDK would not pass over.
fn collect(document: &Document, kinds: &[SectionKind], into: &mut Sections) {
    for section in document
        .sections()
        .iter()
        .filter(|s| kinds.contains(&s.kind))
    {
        let name = document.name(section);
        let counts = document.profile_sections(name).0.contains(&section)
            || section.kind == SectionKind::SsoSession;
        if counts && is_identifier(name) {
            let properties = into.entry(name.to_owned()).or_default();
            for entry in document.entries(section) {
                let key = entry.property.key.to_ascii_lowercase();
                if is_identifier(&key) {
                    let lines = document.joined(&entry);
                    // The SDK passes over blank lines in a value.
                    let lines: Vec<_> = lines.split('\n').collect();
                    let rest = lines.iter().skip(1).filter(|line| !line.is_empty());
                    let lines: Vec<_> = lines.iter().take(1).chain(rest).copied().collect();
                    properties.insert(key, lines.join("\n"));
                }
            }
        }
    }
}

fn profiles(read: &Profiles) -> Sections {
    let mut sections = Sections::new();
    let kinds = [SectionKind::Profile, SectionKind::BareDefault];
    collect(read.config(), &kinds, &mut sections);
    collect(read.credentials(), &kinds, &mut sections);
    sections
}

fn sso_sessions(read: &Profiles) -> Sections {
    let mut sections = Sections::new();
    collect(read.config(), &[SectionKind::SsoSession], &mut sections);
    sections
}

/// The vectors that the SDK was published with.
fn vectors(file: &str) -> Vec<Value> {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--locked", "--format-version", "1"])
        .args(["--filter-platform", "host-tuple"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{metadata:?}");
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages
        .iter()
        .find(|package| package["name"] == "aws-runtime")
        .unwrap();
    let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
    let path = manifest.with_file_name("test-data").join(file);
    let vectors: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    vectors["tests"].as_array().unwrap().clone()
}

/// Our words for what the SDK says of a file that it rejects; `None` if the AWS CLI reads such a file.
fn in_our_words(message: &str) -> Option<&'static str> {
    match message {
        "Profile definition must end with ']'" => Some("a section header has no `]`"),
        "Expected a profile definition" => Some("a property comes before the first section"),
        "Property did not have a name" => Some("a property has no name"),
        "Expected an '=' sign defining a property" => Some("a property has no `=`"),
        "Expected an '=' sign defining a sub-property" => Some("a nested property has no `=`"),
        // `-continued` is indented below a header.
        "Expected a property definition" | "Expected a property definition, found continuation" => {
            Some("a property has no `=`")
        }
        "Sub-property did not have a name" => None,
        other => panic!("a new message: {other}"),
    }
}

#[test]
fn every_vector_of_the_sdk_is_read_alike() {
    let vectors = vectors("profile-parser-tests.json");
    assert!(vectors.len() > 50, "{}", vectors.len());
    for vector in vectors {
        let text = |file: &str| vector["input"][file].as_str().unwrap_or_default();
        let read = ours(text("configFile"), text("credentialsFile"));
        let output = &vector["output"];
        let read = read.unwrap();
        let faults: Vec<_> = [read.config(), read.credentials()]
            .into_iter()
            .flat_map(|document| document.faults().into_iter().map(|fault| fault.message))
            .collect();
        if let Some(message) = output["errorContaining"].as_str() {
            // The AWS CLI takes a colon for an equals sign.
            let colon = text("configFile").contains("key : value");
            let expected = in_our_words(message).filter(|_| !colon);
            assert_eq!(faults, Vec::from_iter(expected), "{vector}");
            continue;
        }
        assert_eq!(faults, [""; 0], "{vector}");
        let wanted = |key: &str| -> Sections {
            serde_json::from_value(output["config"][key].clone()).unwrap_or_default()
        };
        assert_eq!(profiles(&read), wanted("profiles"), "{vector}");
        assert_eq!(sso_sessions(&read), wanted("sso_sessions"), "{vector}");
    }
}

#[test]
fn the_files_are_where_the_sdk_looks_for_them() {
    let mut seen = 0;
    for vector in vectors("file-location-tests.json") {
        if vector["platform"] == "windows" {
            continue;
        }
        seen += 1;
        let variable = |name: &str| vector["environment"][name].as_str().map(Into::into);
        let found = super::location::locate(&variable, None).unwrap();
        assert_eq!(found.config.to_str(), vector["configLocation"].as_str());
        assert_eq!(
            found.credentials.to_str(),
            vector["credentialsLocation"].as_str()
        );
    }
    assert!(seen > 2);
}

/// Lines made of the pieces that matter to a parser; none of the differences above.
fn a_line() -> impl Strategy<Value = String> {
    let header =
        "\\[(profile |sso-session |services |)(a|b-c|default|in valid|x!)\\]( ?[#;][c ]?)?";
    let property =
        "(a|B|in valid|aws_access_key_id|sts)[ \t]?=[ \t]?(|v|v w|v=w|v#c|v #c|v; c|\t;|é)[ \t]?";
    prop_oneof![
        3 => header,
        6 => property,
        2 => "[ \t]{1,2}(more|a = b|endpoint_url = x|= v|a =|m # c|\\[a\\])[ \t]?",
        1 => "[#;][ a\\[=]{0,3}",
        1 => "[ \t]{0,2}",
        1 => "(\\[a|\\[|\\]|a|= v)",
    ]
}

/// Headers of one file are spelt in one way: `[profile a]` and `[profile  a]` are two to the SDK, which then merges them
/// in no order.
fn a_text() -> impl Strategy<Value = String> {
    let ending = prop_oneof![Just("\n"), Just("\r\n")];
    let lines = proptest::collection::vec((a_line(), ending), 0..10);
    let blanks = "[ \t]{0,2}";
    (lines, any::<bool>(), blanks, "[ \t]{1,2}", blanks).prop_map(
        |(lines, cut, open, between, close)| {
            let mut text = String::new();
            for (line, ending) in lines {
                if line.starts_with('[') {
                    let line = line.replacen('[', &format!("[{open}"), 1);
                    let line = line.replacen("profile ", &format!("profile{between}"), 1);
                    text.push_str(&line.replacen(']', &format!("{close}]"), 1));
                } else {
                    text.push_str(&line);
                }
                text.push_str(ending);
            }
            let end = if cut {
                text.trim_end().len()
            } else {
                text.len()
            };
            text.truncate(end);
            text
        },
    )
}

/// Drops the lines that the SDK does not accept, so that most files can be read.
fn mended(text: &str, kind: FileKind) -> String {
    text.split_inclusive('\n')
        .fold(String::new(), |mut kept, line| {
            let length = kept.len();
            kept.push_str(line);
            let read = match kind {
                FileKind::Config => sdk(&kept, ""),
                FileKind::Credentials => sdk("", &kept),
            };
            if read.is_none() {
                kept.truncate(length);
            }
            kept
        })
}

/// The same files in every run.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

const KEYS: [&str; 6] = ["a", "b", "aws_access_key_id", "sts", "in valid", "more"];

fn assert_alike(config: &str, credentials: &str) {
    let read = ours(config, credentials).unwrap();
    let Some(theirs) = sdk(config, credentials) else {
        return;
    };
    assert!(
        read.config().faults().is_empty() && read.credentials().faults().is_empty(),
        "{config:?} {credentials:?}"
    );
    let mine = profiles(&read);
    let mut names: Vec<_> = theirs.profiles().collect();
    names.sort_unstable();
    assert_eq!(mine.keys().collect::<Vec<_>>(), names);
    for (name, properties) in &mine {
        let profile = theirs.get_profile(name).unwrap();
        for key in KEYS {
            let value = properties.get(key).map(String::as_str);
            assert_eq!(
                value,
                profile.get(key),
                "{name}.{key} in {config:?} {credentials:?}"
            );
        }
    }
    let mine = sso_sessions(&read);
    let mut names: Vec<_> = theirs.sso_sessions().collect();
    names.sort_unstable();
    assert_eq!(mine.keys().collect::<Vec<_>>(), names);
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn files_of_any_kind_are_accepted_and_read_alike(config in a_text(), credentials in a_text()) {
        assert_alike(&config, &credentials);
    }

    #[test]
    fn files_that_can_be_read_are_read_alike(config in a_text(), credentials in a_text()) {
        let config = mended(&config, FileKind::Config);
        let credentials = mended(&credentials, FileKind::Credentials);
        assert_alike(&config, &credentials);
    }

    #[test]
    fn the_sdk_reads_what_an_edit_wrote(
        text in a_text(),
        name in prop_oneof![Just("a"), Just("default"), Just("new")],
        kind in prop_oneof![Just(FileKind::Config), Just(FileKind::Credentials)],
    ) {
        let before = Document::of(mended(&text, kind), kind);
        let edit = Edit::of(name)
            .set("aws_access_key_id", "ASIA")
            .set("expiration", "2026-11-24T12:00:00Z")
            .remove("a");
        let after = edit.apply(&before).unwrap();
        let theirs = match kind {
            FileKind::Config => sdk(after.text(), ""),
            FileKind::Credentials => sdk("", after.text()),
        };
        let theirs = theirs.unwrap();
        let profile = theirs.get_profile(name).unwrap();
        prop_assert_eq!(profile.get("aws_access_key_id"), Some("ASIA"));
        prop_assert_eq!(profile.get("expiration"), Some("2026-11-24T12:00:00Z"));
        prop_assert_eq!(profile.get("a"), None);
    }
}

#[test]
fn service_endpoints_are_found_as_the_sdk_finds_them() {
    let config = "[default]\nservices = dev\n[services dev]\nsts =\n  endpoint_url = http://a\nIAM =\n\tendpoint_url=http://b # c\n[services dev]\ns3 =\n  endpoint_url = http://c\n";
    let theirs = sdk(config, "").unwrap();
    let read = ours(config, "").unwrap();
    for (name, service) in [("sts", Service::Sts), ("iam", Service::Iam)] {
        let key = PropertiesKey::builder()
            .section_key("services")
            .section_name("dev")
            .property_name(name)
            .sub_property_name("endpoint_url")
            .build()
            .unwrap();
        let endpoint = theirs.other_sections().get(&key).map(String::as_str);
        assert!(endpoint.is_some());
        assert_eq!(read.service_endpoint("default", service), endpoint);
    }
}
