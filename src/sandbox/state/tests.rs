//! Folders after a kill, with a second sandbox, and with other users.

use std::os::unix::fs::PermissionsExt as _;

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

fn put(path: &Path, text: &str) {
    OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .open(path)
        .and_then(|mut file| io::Write::write_all(&mut file, text.as_bytes()))
        .unwrap();
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
fn keys_used_codes_and_sessions_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, mut account) = open(&dir.path().join("deep/state"));
    let owner = account.owner().unwrap();
    let user = account.records.owner.clone();
    let device = owner.device.clone().unwrap();
    let code = device.secret.code_at(now());
    let serial = device.serial_number.as_str();
    let code_taken = account
        .verify_code(&user, serial, code.expose_secret(), now())
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
            .verify_code(&user, serial, code.expose_secret(), now())
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
fn everything_is_private_and_no_temporary_file_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state");
    std::fs::create_dir(&path).unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    let (_folder, _) = open(&path);
    assert_eq!(mode(&path), 0o700);
    assert_eq!(names(&path), ["account.json", "lock"]);
    for name in names(&path) {
        assert_eq!(mode(&path.join(&name)), 0o600, "{name}");
    }
}

#[test]
fn a_folder_that_others_can_access_and_that_is_not_empty_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    std::fs::create_dir(dir.path().join("something")).unwrap();
    let error = StateFolder::open(dir.path()).unwrap_err();
    assert!(matches!(error, StateError::Open { .. }), "{error}");
    assert_eq!(names(dir.path()), ["something"]);
    assert_eq!(mode(dir.path()), 0o755);
}

#[test]
fn a_folder_is_used_by_one_sandbox_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let first = StateFolder::open(dir.path()).unwrap();
    let error = StateFolder::open(dir.path()).unwrap_err();
    assert!(matches!(error, StateError::Held { .. }), "{error}");
    drop(first);
    StateFolder::open(dir.path()).unwrap();
}

#[test]
fn temporary_files_of_a_killed_sandbox_are_removed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state");
    drop(open(&path));
    let left = ".account.json.mfa-session-1-0.tmp";
    put(&path.join(left), "");
    let (folder, mut account) = open(&path);
    folder.account_file().save(&mut account).unwrap();
    assert!(!names(&path).contains(&left.to_owned()));
}

#[test]
fn a_temporary_folder_is_removed_when_it_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let folder = StateFolder::temporary(dir.path()).unwrap();
    assert_eq!(mode(folder.path()), 0o700);
    folder.account(&Setup::default(), now()).unwrap();
    assert_eq!(names(dir.path()).len(), 1);
    drop(folder);
    assert!(names(dir.path()).is_empty());
}

#[test]
fn a_file_that_is_not_an_account_is_left_alone_and_not_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let folder = StateFolder::open(dir.path()).unwrap();
    let path = folder.path().join(ACCOUNT);
    for text in ["", "{\"version\": \"s3cr3t\"}", "not json", "[]"] {
        put(&path, text);
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
fn an_error_names_a_folder_that_cannot_be_created() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    put(&file, "");
    let error = StateFolder::open(&file.join("state")).unwrap_err();
    assert!(error.to_string().contains("file/state"), "{error}");
}
