//! A shared file of any bytes: it is kept byte for byte, and an edit changes its own profile and nothing else.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mfa_session::shared_config::{Document, Edit, EditError, EmptySection, FileKind};

fuzz_target!(|input: (bool, &str, &[u8])| {
    let (config, profile, bytes) = input;
    let kind = if config {
        FileKind::Config
    } else {
        FileKind::Credentials
    };
    let Ok(before) = Document::parse(bytes, kind) else {
        return;
    };
    assert_eq!(before.as_bytes(), bytes);
    // What cannot be read here cannot be read by the AWS CLI either.
    assert!(before.complaints().len() >= before.faults().len());
    let set = Edit::of(profile).set("region", "x").remove("k");
    let remove = Edit::of(profile)
        .remove("region")
        .empty_section(EmptySection::Remove);
    for edit in [set, remove] {
        match edit.apply(&before) {
            Ok(after) => {
                assert_eq!(after.same_but(&before, profile), Ok(()));
                assert_eq!(after.faults().len(), before.faults().len());
                assert_eq!(edit.apply(&after), Ok(after));
            }
            Err(EditError::Name(_) | EditError::Fault { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
});
