//! Every test file has a `mod` in `main.rs`, so that none is silently left out.

use std::path::Path;

#[test]
fn every_file_in_the_folder_is_a_module() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let main = std::fs::read_to_string(folder.join("main.rs")).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(module) = name.strip_suffix(".rs").filter(|m| *m != "main") else {
            continue;
        };
        assert!(
            main.contains(&format!("\nmod {module};\n")),
            "tests/{name} is not a module of main.rs"
        );
    }
}
