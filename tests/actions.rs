//! Tests the mapping from operations to actions with the service models of the installed AWS CLI: if the requests of a service name
//! their operation, each operation must map to an action in the catalogue, or be an exception that is listed here.
//!
//! The models are read where they are installed, and not copied. Debian's AWS CLI does not change, so every operation must be
//! covered. The AWS CLI of `PyPI` changes often and has operations that are not in the catalogue. They must be few, and their
//! service must be in the catalogue.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use mfa_session::policy::catalog::Catalog;
use mfa_session::sandbox::iam_action;

/// A Python script that prints a line for each operation: service, signing name, protocol, operation.
const READER: &str = r"
try:
    from awscli.botocore import loaders
except ImportError:
    from botocore import loaders
loader = loaders.Loader()
for service in loader.list_available_services('service-2'):
    model = loader.load_service_model(service, 'service-2')
    meta = model['metadata']
    signing = meta.get('signingName') or meta['endpointPrefix']
    for operation in model['operations']:
        print(service, signing, meta['protocol'], operation)
";

/// Services that have no IAM actions any more, or none that are documented.
const WITHOUT_ACTIONS: [(&str, &str); 3] = [
    (
        "cloudhsm",
        "the classic service: its successor has the prefix and other operations",
    ),
    ("macie", "the classic service: ended"),
    (
        "iotthingsgraph",
        "ended; no longer in AWS's authorization reference",
    ),
];

/// Operations that have no action of their own.
const EXCEPTIONS: [(&str, &str, &[&str]); 2] = [
    (
        "comprehendmedical",
        "deprecated: DetectEntitiesV2 took its place",
        &["DetectEntities"],
    ),
    (
        "glue",
        "called by engines that are trusted with AWS Lake Formation's permissions",
        &[
            "GetUnfilteredPartitionMetadata",
            "GetUnfilteredPartitionsMetadata",
            "GetUnfilteredTableMetadata",
        ],
    ),
];

/// The protocols whose requests name their operation.
fn names_its_operation(protocol: &str) -> bool {
    ["query", "ec2", "json", "smithy-rpc-v2-cbor"].contains(&protocol)
}

/// The Python interpreter of a script.
fn interpreter(program: &Path) -> PathBuf {
    let script = std::fs::read_to_string(program).unwrap();
    let first = script.lines().next().unwrap();
    PathBuf::from(first.strip_prefix("#!").unwrap().trim())
}

fn told(name: &str) -> PathBuf {
    let path = std::env::var_os(name);
    PathBuf::from(path.unwrap_or_else(|| panic!("{name} is not set; .ci/run sets it")))
}

/// The operations whose action is unknown: the action to which each was mapped, and its service and operation.
fn unknown(python: &Path) -> (usize, BTreeMap<String, Vec<String>>) {
    let output = Command::new(python).args(["-c", READER]).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let catalog = Catalog::embedded();
    let mut seen = 0;
    let mut unknown: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [service, signing, protocol, operation] = words[..] else {
            panic!("not four words: {line}");
        };
        if !names_its_operation(protocol) {
            continue;
        }
        seen += 1;
        let action = iam_action(signing, operation);
        if catalog.action(&action) != Some(action.as_str()) {
            unknown
                .entry(service.to_owned())
                .or_default()
                .push(operation.to_owned());
        }
    }
    (seen, unknown)
}

/// The unknown operations without the exceptions, with a line for each service.
fn unlisted(mut unknown: BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    for (service, _) in WITHOUT_ACTIONS {
        unknown.remove(service);
    }
    for (service, _, operations) in EXCEPTIONS {
        if let Some(found) = unknown.get_mut(service) {
            found.retain(|operation| !operations.contains(&operation.as_str()));
        }
    }
    unknown.retain(|_, operations| !operations.is_empty());
    unknown
}

fn shown(unknown: &BTreeMap<String, Vec<String>>) -> String {
    let mut text = String::new();
    for (service, operations) in unknown {
        writeln!(text, "{service}: {}", operations.join(" ")).unwrap();
    }
    text
}

#[test]
#[ignore = "needs AWS's models; .ci/run has them"]
fn every_operation_of_debians_aws_cli_is_an_action_that_the_catalogue_knows() {
    let (seen, unknown) = unknown(&interpreter(&told("MFA_SESSION_TEST_AWS_V2")));
    assert!(seen > 4_000, "{seen} operations were read");
    let left = unlisted(unknown);
    assert!(left.is_empty(), "of {seen} operations:\n{}", shown(&left));
}

#[test]
#[ignore = "needs AWS's models; .ci/run has them"]
fn nearly_every_operation_of_the_newest_aws_cli_is_an_action_that_the_catalogue_knows() {
    let (seen, unknown) = unknown(&told("MFA_SESSION_TEST_PYTHON"));
    assert!(seen > 8_000, "{seen} operations were read");
    let left = unlisted(unknown);
    let count: usize = left.values().map(Vec::len).sum();
    assert!(
        count * 10 < seen,
        "{count} of {seen} operations:\n{}",
        shown(&left)
    );
}
