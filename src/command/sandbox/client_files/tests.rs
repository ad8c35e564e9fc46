//! The shared files and the environment file, written beside what a user and a login put into them.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use time::UtcDateTime;

use super::*;
use crate::sandbox::Setup;

const URL: &str = "http://127.0.0.1:1";

fn open(path: &Path) -> (StateFolder, Owner) {
    let now = UtcDateTime::from_unix_timestamp(1_795_500_000).unwrap();
    let folder = StateFolder::open(path).unwrap();
    let account = folder.account(&Setup::default(), now).unwrap();
    (folder, account.owner().unwrap())
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn put(path: &Path, text: &str) {
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .open(path)
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn config(text: &str, profiles: &[&str], endpoint_url: &str) -> String {
    let before = Document::parse(text.as_bytes(), FileKind::Config).unwrap();
    let after = with_endpoint(before, profiles, endpoint_url).unwrap();
    String::from_utf8(after.as_bytes().to_vec()).unwrap()
}

#[test]
fn profiles_are_added_and_moved_and_the_rest_stays() {
    let text = "# mine\n[profile default]\nregion = x\n\n[profile dev] # him\nendpoint_url = old\noutput = json";
    let all = ["default", "dev", "other"];
    let new = config(text, &all, "http://new");
    insta::assert_snapshot!(new, @r"
    # mine
    [profile default]
    region = x
    endpoint_url = http://new

    [profile dev] # him
    endpoint_url = http://new
    output = json
    region = us-east-1

    [profile other]
    region = us-east-1
    endpoint_url = http://new
    ");
    assert_eq!(config(&new, &all, "http://new"), new);
    assert_eq!(
        config("", &["default"], "u"),
        "[default]\nregion = us-east-1\nendpoint_url = u\n"
    );
    assert_eq!(
        config("[profile a]\r\nb = c\r\n", &["default"], "u"),
        "[profile a]\r\nb = c\r\n\r\n[default]\r\nregion = us-east-1\r\nendpoint_url = u\r\n"
    );
}

#[test]
fn both_shared_files_are_private_and_no_temporary_file_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, owner) = open(&dir.path().join("state"));
    write_shared_files(&folder, &owner, &[], URL).unwrap();
    let path = folder.path();
    assert_eq!(
        names(path),
        ["account.json", "config", "credentials", "lock"]
    );
    for name in names(path) {
        assert_eq!(mode(&path.join(&name)), 0o600, "{name}");
    }
}

#[test]
fn a_restart_moves_the_endpoint_and_keeps_profiles() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, owner) = open(dir.path());
    write_shared_files(&folder, &owner, &[], URL).unwrap();
    for (path, more) in [
        (
            folder.config_path(),
            "\n[profile default-mfa]\nregion = us-east-1\n",
        ),
        (
            folder.credentials_path(),
            "\n[default-mfa]\naws_session_token = t\n",
        ),
    ] {
        put(&path, &(read(&path) + more));
    }
    let credentials = read(&folder.credentials_path());
    write_shared_files(&folder, &owner, &[], "http://127.0.0.1:2").unwrap();
    insta::assert_snapshot!(read(&folder.config_path()), @"
    [default]
    region = us-east-1
    endpoint_url = http://127.0.0.1:2

    [profile default-mfa]
    region = us-east-1
    ");
    assert_eq!(read(&folder.credentials_path()), credentials);
}

#[test]
fn every_loaded_user_gets_a_profile_beside_the_first_users() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, mut owner) = open(dir.path());
    let keys = owner.keys.take().unwrap();
    write_shared_files(&folder, &owner, &[("dev".to_owned(), keys.clone())], URL).unwrap();
    assert_eq!(
        read(&folder.config_path()),
        format!(
            "[default]\nregion = us-east-1\nendpoint_url = {URL}\n\n\
             [profile dev]\nregion = us-east-1\nendpoint_url = {URL}\n"
        )
    );
    assert_eq!(
        read(&folder.credentials_path()),
        format!(
            "[dev]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            keys.id,
            keys.secret.expose_secret()
        )
    );
}

#[test]
fn keys_of_others_are_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, owner) = open(dir.path());
    let text = "[default]\naws_access_key_id = AKIAOTHER23456723456\n";
    put(&folder.credentials_path(), text);
    let error = write_shared_files(&folder, &owner, &[], URL).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "`{}` holds other keys in its profile `default`",
            folder.credentials_path().display()
        )
    );
    assert_eq!(read(&folder.credentials_path()), text);
}

#[test]
fn a_section_that_cannot_be_read_is_reported_with_its_line_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, owner) = open(dir.path());
    let text = "[default]\nregion = x\nbroken\n";
    put(&folder.config_path(), text);
    let error = write_shared_files(&folder, &owner, &[], URL).unwrap_err();
    assert!(error.to_string().contains("line 3"), "{error}");
    assert_eq!(read(&folder.config_path()), text);
}

#[test]
fn another_section_that_cannot_be_read_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, owner) = open(dir.path());
    put(
        &folder.config_path(),
        "[default]\nregion = x\n[profile other]\nbroken\n",
    );
    write_shared_files(&folder, &owner, &[], URL).unwrap();
    assert_eq!(
        read(&folder.config_path()),
        format!("[default]\nregion = x\nendpoint_url = {URL}\n[profile other]\nbroken\n")
    );
}

#[test]
fn a_symbolic_link_stays_one() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, owner) = open(&dir.path().join("state"));
    let target = dir.path().join("target");
    put(&target, "# mine\n");
    std::os::unix::fs::symlink(&target, folder.config_path()).unwrap();
    write_shared_files(&folder, &owner, &[], URL).unwrap();
    let link = folder.config_path().symlink_metadata().unwrap();
    assert!(link.is_symlink());
    assert!(read(&target).starts_with("# mine\n\n[default]\n"));
}

#[test]
fn a_shell_reads_the_env_file() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, owner) = open(&dir.path().join("it's a $folder"));
    let path = dir.path().join("env");
    write_env_file(&path, &folder, &owner, URL).unwrap();
    assert_eq!(mode(&path), 0o600);
    let script = "set -a; . \"$1\"; unset PWD OLDPWD SHLVL _; env | LC_ALL=C sort";
    let output = Command::new("/bin/sh")
        .args(["-c", script, "sh"])
        .arg(&path)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .output()
        .unwrap();
    let device = owner.device.unwrap();
    let folder_path = folder.path().display();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        format!(
            "AWS_CONFIG_FILE={folder_path}/config\n\
             AWS_ENDPOINT_URL=http://127.0.0.1:1\n\
             AWS_MFA_SERIAL=arn:aws:iam::111122223333:mfa/admin-phone\n\
             AWS_REGION=us-east-1\n\
             AWS_SHARED_CREDENTIALS_FILE={folder_path}/credentials\n\
             MFA_TOTP_SECRET={}\n\
             PATH=/usr/bin:/bin\n",
            device.secret.base32().expose_secret()
        )
    );
    let text = read(&path);
    let keys = owner.keys.unwrap();
    assert!(text.contains(&format!("\n# AWS_ACCESS_KEY_ID={}\n", keys.id)));
    assert!(text.ends_with(&format!(
        "\n# AWS_SECRET_ACCESS_KEY={}\n",
        keys.secret.expose_secret()
    )));
}

#[test]
fn an_env_file_is_never_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, owner) = open(&dir.path().join("state"));
    let path = dir.path().join("env");
    put(&path, "mine");
    let dangling = dir.path().join("dangling");
    std::os::unix::fs::symlink(dir.path().join("nowhere"), &dangling).unwrap();
    for taken in [&path, &dangling] {
        let error = write_env_file(taken, &folder, &owner, URL).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "`{}` already exists and is not overwritten",
                taken.display()
            )
        );
    }
    assert_eq!(read(&path), "mine");
    assert_eq!(names(dir.path()), ["dangling", "env", "state"]);
}
