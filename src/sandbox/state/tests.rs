//! Folders as a killed, a second and a curious process find them.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use secrecy::ExposeSecret as _;

use super::super::account::{MfaContext, Session, SessionOf};
use super::*;

fn now() -> UtcDateTime {
    UtcDateTime::from_unix_timestamp(1_795_500_000).unwrap()
}

fn session_of(user: &str, mfa: Option<MfaContext>) -> Session {
    let of = SessionOf::User {
        id: user.to_owned(),
    };
    Session::new(of, mfa, time::Duration::hours(1), now())
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

fn open(path: &Path) -> (StateFolder, Account) {
    let folder = StateFolder::open(path).unwrap();
    let account = folder.account(&Setup::default(), now()).unwrap();
    (folder, account)
}

#[test]
fn all_that_counts_survives() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, mut account) = open(&dir.path().join("deep/state"));
    let owner = account.owner().unwrap();
    let user = account.records.owner.clone();
    let device = owner.device.clone().unwrap();
    let code = device.secret.code_at(now());
    let serial = device.serial_number.as_str();
    let code_taken = account
        .judge_code(&user, serial, code.expose_secret(), now())
        .unwrap();
    let mfa = account.use_up(code_taken);
    let session = account.issue(&session_of(&user, Some(mfa)));
    folder.account_file().save(&mut account).unwrap();
    assert!(!account.is_changed());
    let path = folder.path().to_owned();
    drop(folder);

    let (_folder, mut again) = open(&path);
    let owner_again = again.owner().unwrap();
    let (keys, keys_again) = (owner.keys.unwrap(), owner_again.keys.unwrap());
    assert_eq!(keys.id, keys_again.id);
    assert_eq!(
        keys.secret.expose_secret(),
        keys_again.secret.expose_secret()
    );
    assert!(
        again
            .judge_code(&user, serial, code.expose_secret(), now())
            .is_err(),
        "a used code stays used"
    );
    assert_eq!(again.records.budgets[serial].spent, 2);
    let credentials = again
        .credentials(&session.id, Some(session.token.expose_secret()))
        .unwrap();
    assert_eq!(
        credentials.secret.expose_secret(),
        session.secret.expose_secret()
    );
}

#[test]
fn no_session_secret_is_stored() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, mut account) = open(dir.path());
    let user = account.records.owner.clone();
    let session = account.issue(&session_of(&user, None));
    folder.account_file().save(&mut account).unwrap();
    let stored = std::fs::read_to_string(folder.path().join(ACCOUNT)).unwrap();
    assert!(!stored.contains(&session.id));
    assert!(!stored.contains(session.secret.expose_secret()));
    assert!(!stored.contains(session.token.expose_secret()));
}

#[test]
fn everything_is_private_and_no_draft_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state");
    std::fs::create_dir(&path).unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    let (folder, account) = open(&path);
    let owner = account.owner().unwrap();
    folder
        .write_shared_files(&owner, "http://127.0.0.1:1")
        .unwrap();
    assert_eq!(mode(&path), 0o700);
    assert_eq!(
        names(&path),
        ["account.json", "config", "credentials", "lock"]
    );
    for name in names(&path) {
        assert_eq!(mode(&path.join(&name)), 0o600, "{name}");
    }
}

#[test]
fn a_folder_of_somebody_elses_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    std::fs::create_dir(dir.path().join("something")).unwrap();
    let error = StateFolder::open(dir.path()).unwrap_err();
    assert!(matches!(error, StateError::Open { .. }), "{error}");
    assert_eq!(names(dir.path()), ["something"]);
    assert_eq!(mode(dir.path()), 0o755);
}

#[test]
fn one_sandbox_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let first = StateFolder::open(dir.path()).unwrap();
    let error = StateFolder::open(dir.path()).unwrap_err();
    assert!(matches!(error, StateError::Held { .. }), "{error}");
    drop(first);
    StateFolder::open(dir.path()).unwrap();
}

#[test]
fn what_a_killed_sandbox_left_of_a_write_is_swept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state");
    drop(open(&path));
    let left = ".account.json.mfa-session-1-0.tmp";
    files::write_private(&path.join(left), b"").unwrap();
    let (folder, mut account) = open(&path);
    folder.account_file().save(&mut account).unwrap();
    assert!(!names(&path).contains(&left.to_owned()));
}

#[test]
fn a_temporary_folder_goes_with_its_holder() {
    let dir = tempfile::tempdir().unwrap();
    let folder = StateFolder::temporary(dir.path()).unwrap();
    assert_eq!(mode(folder.path()), 0o700);
    folder.account(&Setup::default(), now()).unwrap();
    assert_eq!(names(dir.path()).len(), 1);
    drop(folder);
    assert!(names(dir.path()).is_empty());
}

#[test]
fn what_cannot_be_understood_is_left_alone_and_not_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let folder = StateFolder::open(dir.path()).unwrap();
    let path = folder.path().join(ACCOUNT);
    for text in ["", "{\"version\": \"s3cr3t\"}", "not json", "[]"] {
        std::fs::OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .open(&path)
            .and_then(|mut f| io::Write::write_all(&mut f, text.as_bytes()))
            .unwrap();
        let error = folder.account(&Setup::default(), now()).unwrap_err();
        assert!(matches!(error, StateError::Malformed { .. }), "{error}");
        assert!(!format!("{error} {error:?}").contains("s3cr3t"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn an_account_of_another_version_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, mut account) = open(dir.path());
    account.records.version = 1;
    folder.account_file().save(&mut account).unwrap();
    let error = folder.account(&Setup::default(), now()).unwrap_err();
    assert!(
        matches!(error, StateError::Version { version: 1, .. }),
        "{error}"
    );
}

#[test]
fn the_account_is_read_while_a_sandbox_runs() {
    let dir = tempfile::tempdir().unwrap();
    let (_folder, account) = open(dir.path());
    let serial = account.owner().unwrap().device.unwrap().serial_number;
    let other = read_account(dir.path()).unwrap();
    assert_eq!(
        other.token_code(&serial, now()).unwrap().expose(),
        account.token_code(&serial, now()).unwrap().expose()
    );
    let empty = tempfile::tempdir().unwrap();
    let error = read_account(empty.path()).unwrap_err();
    assert!(matches!(error, StateError::NoAccount { .. }), "{error}");
    assert!(names(empty.path()).is_empty());
}

#[test]
fn a_restart_moves_the_endpoint_and_keeps_profiles() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, account) = open(dir.path());
    let owner = account.owner().unwrap();
    folder
        .write_shared_files(&owner, "http://127.0.0.1:1")
        .unwrap();
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
        let text = std::fs::read_to_string(&path).unwrap() + more;
        files::write_private(&path, text.as_bytes()).unwrap();
    }
    let credentials = std::fs::read_to_string(folder.credentials_path()).unwrap();
    folder
        .write_shared_files(&owner, "http://127.0.0.1:2")
        .unwrap();
    insta::assert_snapshot!(std::fs::read_to_string(folder.config_path()).unwrap(), @"
    [default]
    region = us-east-1
    endpoint_url = http://127.0.0.1:2

    [profile default-mfa]
    region = us-east-1
    ");
    assert_eq!(
        std::fs::read_to_string(folder.credentials_path()).unwrap(),
        credentials
    );
}

#[test]
fn keys_of_others_are_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, account) = open(dir.path());
    let text = "[default]\naws_access_key_id = AKIAOTHER23456723456\n";
    files::write_private(&folder.credentials_path(), text.as_bytes()).unwrap();
    let error = folder
        .write_shared_files(&account.owner().unwrap(), "http://127.0.0.1:1")
        .unwrap_err();
    assert!(matches!(error, StateError::OtherKeys { .. }), "{error}");
    assert_eq!(
        std::fs::read_to_string(folder.credentials_path()).unwrap(),
        text
    );
}

#[test]
fn a_symbolic_link_stays_one() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("target");
    let link = dir.path().join("link");
    files::write_private(&target, b"old").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    files::write_private(&link, b"new").unwrap();
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(std::fs::read(&target).unwrap(), b"new");
}

#[test]
fn a_shell_reads_the_env_file() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, account) = open(&dir.path().join("it's a $folder"));
    let owner = account.owner().unwrap();
    let path = dir.path().join("env");
    folder
        .write_env_file(&path, &owner, "http://127.0.0.1:1")
        .unwrap();
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
    let text = std::fs::read_to_string(&path).unwrap();
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
    let (folder, account) = open(&dir.path().join("state"));
    let owner = account.owner().unwrap();
    let path = dir.path().join("env");
    files::write_private(&path, b"mine").unwrap();
    let dangling = dir.path().join("dangling");
    std::os::unix::fs::symlink(dir.path().join("nowhere"), &dangling).unwrap();
    for taken in [&path, &dangling] {
        let error = folder
            .write_env_file(taken, &owner, "http://127.0.0.1:1")
            .unwrap_err();
        assert!(matches!(error, StateError::Exists { .. }), "{error}");
    }
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    assert_eq!(names(dir.path()), ["dangling", "env", "state"]);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    files::write_private(&file, b"").unwrap();
    let error = StateFolder::open(&file.join("state")).unwrap_err();
    assert!(error.to_string().contains("file/state"), "{error}");
}
