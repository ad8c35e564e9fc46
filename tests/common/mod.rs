//! The sandbox of a test: a home, an environment, an account, and a runner that searches for leaked secrets.
//!
//! After every run, and once more when the test ends, everything that was printed and every file under the home is searched for
//! the scenario's secrets. A session's secrets may appear in the stdout of `credential-process`, `env` and `exec`'s command, in
//! the record and in the session profile; the long-term secret only in the source section; the secret of an MFA device only in the
//! stdout of `device enroll --secret`; the sign-in tokens of the console only in the stdout of `console`; token codes nowhere.

pub mod fake;
pub mod pty;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use mfa_session::aws::endpoint::Endpoint;
use mfa_session::aws::types::SerialNumber;
use mfa_session::sandbox::{Account, Hosts, Options, Owner, Server, Setup, SignedWith, TestClock};
use mfa_session::session::record_name::RecordName;
use secrecy::ExposeSecret as _;
use time::UtcDateTime;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_mfa-session");

/// A home, an environment and an account.
pub struct World {
    root: tempfile::TempDir,
    pub server: Server,
    pub owner: Owner,
    /// Added to the sandbox's clock, in seconds.
    pub sandbox_shift: Arc<AtomicI64>,
    /// Where the sandbox's clock stands still, in seconds since 1970; it runs at 0.
    sandbox_frozen: Arc<AtomicI64>,
    env: BTreeMap<String, String>,
    codes: RefCell<Vec<String>>,
    used_steps: RefCell<Vec<i64>>,
    session_secrets: RefCell<Vec<String>>,
    long_term_secrets: RefCell<Vec<String>>,
    device_secrets: RefCell<Vec<String>>,
    sign_in_tokens: RefCell<Vec<String>>,
}

/// The exit code and the output of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The exit code, or 128 plus the signal.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Asserts this exit code, and prints the whole output if it differs.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout: {}\nstderr: {}",
            self.stdout, self.stderr
        );
        self
    }

    /// Asserts that stderr contains a text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "`{text}` is not in stderr: {}",
            self.stderr
        );
        self
    }

    /// Asserts that stderr does not contain a text.
    #[track_caller]
    pub fn says_not(self, text: &str) -> Self {
        assert!(
            !self.stderr.contains(text),
            "`{text}` is in stderr: {}",
            self.stderr
        );
        self
    }
}

impl World {
    /// A home with the long-term key of a new account in `[default]`, and its region and endpoint in the config file.
    pub fn new() -> Self {
        Self::with_account(|_, _| {})
    }

    /// The same with a user who has no MFA device.
    pub fn without_device() -> Self {
        Self::with_account(|account, _| account.remove_owner_devices())
    }

    /// The same with an account that `prepare` has changed.
    pub fn with_account(prepare: impl FnOnce(&mut Account, UtcDateTime)) -> Self {
        let root = tempfile::Builder::new()
            .prefix("mfa-session-test-")
            .tempdir()
            .unwrap();
        let now = UtcDateTime::now();
        let mut account = Account::new(&Setup::default(), now);
        prepare(&mut account, now);
        let shift = Arc::new(AtomicI64::new(0));
        let frozen = Arc::new(AtomicI64::new(0));
        let (clock, standing) = (Arc::clone(&shift), Arc::clone(&frozen));
        let server = Server::start(Options {
            port: 0,
            account,
            persist: None,
            clock: Box::new(move || sandbox_time(&clock, &standing)),
            test_clock: TestClock::Off,
            // The network tests redirect requests for AWS's own hosts to this server.
            hosts: Hosts::Any,
            log: Box::new(|_| {}),
        })
        .unwrap();
        let owner = server.with_account(|a| a.owner()).unwrap();
        let home = root.path().join("home");
        fs::create_dir_all(home.join(".aws")).unwrap();
        fs::create_dir_all(root.path().join("tmp")).unwrap();
        let env = [
            ("HOME", home.display().to_string()),
            ("TMPDIR", root.path().join("tmp").display().to_string()),
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("LANG", "C.UTF-8".to_owned()),
            // No test may come near the keychain of the person who runs it.
            ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere".to_owned()),
        ];
        let world = Self {
            root,
            server,
            sandbox_shift: shift,
            sandbox_frozen: frozen,
            env: env.map(|(k, v)| (k.to_owned(), v)).into(),
            codes: RefCell::default(),
            used_steps: RefCell::default(),
            session_secrets: RefCell::default(),
            long_term_secrets: RefCell::default(),
            device_secrets: RefCell::default(),
            sign_in_tokens: RefCell::default(),
            owner,
        };
        let keys = world.owner.keys.clone().unwrap();
        world
            .long_term_secrets
            .borrow_mut()
            .push(keys.secret.expose_secret().to_owned());
        let url = world.server.endpoint_url();
        world.write_config(&format!(
            "[default]\nregion = eu-central-1\nendpoint_url = {url}\n"
        ));
        world.write_credentials(&format!("[default]\n{}", world.key_lines()));
        world
    }

    /// `aws_access_key_id = …` and `aws_secret_access_key = …` of the account's first user.
    pub fn key_lines(&self) -> String {
        let keys = self.owner.keys.as_ref().unwrap();
        format!(
            "aws_access_key_id = {}\naws_secret_access_key = {}\n",
            keys.id,
            keys.secret.expose_secret()
        )
    }

    /// The id of the first user's key.
    pub fn key_id(&self) -> String {
        self.owner.keys.as_ref().unwrap().id.to_string()
    }

    /// The serial number of the first user's device.
    pub fn serial(&self) -> SerialNumber {
        self.owner.device.as_ref().unwrap().serial_number.clone()
    }

    /// The folder that contains the home and the files of scripts.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// The home.
    pub fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// A path under the home.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.home().join(relative)
    }

    /// The text of a file under the home; empty if there is none.
    pub fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative)).unwrap_or_default()
    }

    /// Writes a private file under the home.
    pub fn write(&self, relative: &str, text: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Writes `~/.aws/config`.
    pub fn write_config(&self, text: &str) {
        self.write(".aws/config", text);
    }

    /// Appends to `~/.aws/config`.
    pub fn add_config(&self, text: &str) {
        self.write_config(&format!("{}{text}", self.read(".aws/config")));
    }

    /// Writes `~/.aws/credentials`.
    pub fn write_credentials(&self, text: &str) {
        self.write(".aws/credentials", text);
    }

    /// The text of `~/.aws/credentials`.
    pub fn credentials(&self) -> String {
        self.read(".aws/credentials")
    }

    /// The state of every file under the home and the temporary folder: kind, mode, inode, both times and contents.
    pub fn tree(&self) -> BTreeMap<PathBuf, String> {
        use std::os::unix::fs::MetadataExt as _;
        let mut tree = BTreeMap::new();
        let mut stack = vec![self.home(), self.root.path().join("tmp")];
        while let Some(path) = stack.pop() {
            let meta = fs::symlink_metadata(&path).unwrap();
            if meta.is_dir() {
                stack.extend(fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
            }
            let times = [
                meta.mtime(),
                meta.mtime_nsec(),
                meta.ctime(),
                meta.ctime_nsec(),
            ];
            let bytes = meta.is_file().then(|| fs::read(&path).unwrap());
            let seen = format!("{:o} {} {times:?} {bytes:?}", meta.mode(), meta.ino());
            tree.insert(path, seen);
        }
        tree
    }

    /// Writes an executable shell script outside the home and returns its path.
    pub fn script(&self, name: &str, body: &str) -> String {
        let path = self.root.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path.display().to_string()
    }

    /// Sets the source profile's `mfa_process` to a script that runs in the root folder. Its `$PPID` is the program.
    pub fn mfa_process(&self, body: &str) {
        let script = self.script("mfa-process", body);
        self.add_config(&format!("mfa_process = exec {script}\n"));
    }

    /// The lines of a file in the root folder, where scripts count their runs.
    pub fn lines(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.root.path().join(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// The path of the session record for the first user's key.
    pub fn record_path(&self) -> PathBuf {
        self.record_path_at(&self.server.endpoint_url())
    }

    /// The record of the first user's key at an endpoint.
    pub fn record_path_at(&self, endpoint_url: &str) -> PathBuf {
        let id = self.owner.keys.as_ref().unwrap().id.clone();
        let endpoint = Endpoint::new(endpoint_url).unwrap().foreign();
        let name = RecordName::new(id, endpoint.as_ref()).file_name();
        self.path(&format!(".aws/mfa-session/sessions/{name}"))
    }

    /// Whether there is a record of any session.
    pub fn has_records(&self) -> bool {
        let folder = fs::read_dir(self.path(".aws/mfa-session/sessions"));
        folder.is_ok_and(|mut entries| entries.next().is_some())
    }

    /// The files with the credentials of roles.
    pub fn role_files(&self) -> Vec<PathBuf> {
        let folder = fs::read_dir(self.path(".aws/mfa-session/roles"));
        let mut files: Vec<_> = folder
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
    }

    /// Sets a variable for all later runs.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.env.insert(name.to_owned(), value.into());
    }

    /// Removes a variable for all later runs.
    pub fn unset(&mut self, name: &str) {
        self.env.remove(name);
    }

    /// The sandbox's clock.
    pub fn sandbox_now(&self) -> UtcDateTime {
        sandbox_time(&self.sandbox_shift, &self.sandbox_frozen)
    }

    /// Stops the sandbox's clock at this second of a code's thirty seconds, so that the wait for the next code is fixed.
    pub fn freeze_sandbox(&self, second_of_step: i64) {
        let now = self.sandbox_now().unix_timestamp();
        let at = now.div_euclid(30) * 30 + second_of_step;
        self.sandbox_frozen.store(at, Ordering::SeqCst);
    }

    /// Moves the clocks of the program and the account forward.
    pub fn later(&mut self, seconds: i64) {
        let now = self.sandbox_shift.fetch_add(seconds, Ordering::SeqCst) + seconds;
        self.set("MFA_SESSION_TEST_CLOCK_OFFSET", now.to_string());
    }

    /// Sends all requests to another endpoint.
    pub fn call(&self, url: &str) {
        self.write_config(&format!(
            "[default]\nregion = eu-central-1\nendpoint_url = {url}\n"
        ));
    }

    /// Everything in `~/.aws` except the two files and our own folder: empty, unless a write left a temporary file.
    pub fn leftovers(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.path(".aws"))
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .filter(|n| !["config", "credentials", "mfa-session"].contains(&n.as_str()))
            .collect();
        names.sort();
        names
    }

    /// Temporary files in the folders of the cache.
    pub fn leftovers_in_cache(&self) -> Vec<String> {
        let mut names = Vec::new();
        for folder in ["sessions", "roles", "state", "locks"] {
            let folder = self.path(".aws/mfa-session").join(folder);
            for entry in fs::read_dir(&folder).into_iter().flatten() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                if name.starts_with('.') {
                    names.push(format!("{}/{name}", folder.display()));
                }
            }
        }
        names
    }

    /// Asserts that no write left a temporary file beside the shared files or in the cache.
    #[track_caller]
    pub fn has_nothing_left_behind(&self, what: &str) {
        assert_eq!(self.leftovers(), Vec::<String>::new(), "{what}");
        assert_eq!(self.leftovers_in_cache(), Vec::<String>::new(), "{what}");
    }

    /// A valid code that was not returned before; every later run is searched for it.
    pub fn code(&self) -> String {
        let step = self.sandbox_now().unix_timestamp().div_euclid(30);
        let mut used = self.used_steps.borrow_mut();
        let free = [0, 1, -1, 2]
            .map(|k| step + k)
            .into_iter()
            .find(|s| !used.contains(s))
            .expect("a free code");
        used.push(free);
        let secret = &self.owner.device.as_ref().unwrap().secret;
        let at = UtcDateTime::from_unix_timestamp(free * 30 + 15).unwrap();
        let code = secret.code_at(at).expose_secret().to_owned();
        self.codes.borrow_mut().push(code.clone());
        code
    }

    /// A well-formed code that the account refuses.
    pub fn wrong_code(&self) -> String {
        let now = self.sandbox_now().unix_timestamp();
        let secret = &self.owner.device.as_ref().unwrap().secret;
        let near: Vec<_> = (-4..=4)
            .map(|k| {
                secret
                    .code_at(UtcDateTime::from_unix_timestamp(now + k * 30).unwrap())
                    .expose_secret()
                    .to_owned()
            })
            .collect();
        let wrong = (0..100)
            .map(|n| format!("{:06}", 918_273 + n))
            .find(|c| !near.contains(c))
            .unwrap();
        self.codes.borrow_mut().push(wrong.clone());
        wrong
    }

    /// Adds a text that may appear nowhere, like a token code.
    pub fn hunt(&self, secret: &str) {
        self.codes.borrow_mut().push(secret.to_owned());
    }

    /// A command with only the environment of this sandbox.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(&self.env)
            .current_dir(self.root.path());
        command
    }

    /// The program's command, without a controlling terminal.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = self.command("setsid");
        command
            .args(["-w", PROGRAM])
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    /// Runs the program without a controlling terminal, and searches for leaked secrets.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.program(arguments).output().unwrap();
        self.judge(arguments, output)
    }

    /// The same with text on standard input.
    #[must_use]
    pub fn feed(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Ran {
        use std::io::Write as _;
        let mut child = self
            .program(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.as_ref().to_vec();
        // The program may leave before it has read everything.
        let writer = std::thread::spawn(move || stdin.write_all(&input).is_ok());
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        self.judge(arguments, output)
    }

    /// Runs the program with a standard output whose reader has gone.
    #[must_use]
    pub fn run_unread(&self, arguments: &[&str]) -> Ran {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = self.program(arguments);
        let output = command.stdout(writer).stderr(Stdio::piped()).spawn();
        self.judge(arguments, output.unwrap().wait_with_output().unwrap())
    }

    /// Logs in with a valid code.
    #[track_caller]
    pub fn log_in(&self) -> Ran {
        let code = self.code();
        self.run(&["login", "--token-code", &code]).exits(0)
    }

    /// Searches a run that the test started itself for leaked secrets.
    #[must_use]
    pub fn judge(&self, arguments: &[&str], output: std::process::Output) -> Ran {
        use std::os::unix::process::ExitStatusExt as _;
        let status = output.status;
        let ran = Ran {
            code: status
                .code()
                .unwrap_or_else(|| 128 + status.signal().unwrap_or(0)),
            stdout: String::from_utf8(output.stdout).expect("stdout is text"),
            stderr: String::from_utf8(output.stderr).expect("stderr is text"),
        };
        self.learn();
        let may_print_session = arguments
            .iter()
            .any(|a| ["credential-process", "env", "exec"].contains(a));
        self.hunt_in("stderr", &ran.stderr, false);
        self.hunt_in("stdout", &ran.stdout, may_print_session);
        self.hunt_devices_in("stderr", &ran.stderr);
        self.hunt_sign_in_in("stderr", &ran.stderr);
        if !arguments.contains(&"console") {
            self.hunt_sign_in_in("stdout", &ran.stdout);
        }
        if !arguments.contains(&"--secret") {
            self.hunt_devices_in("stdout", &ran.stdout);
        }
        self.hunt_in_files();
        ran
    }

    /// The requests to the account: each action, and whether a key or a session signed it.
    pub fn calls(&self) -> Vec<(String, SignedWith)> {
        self.server.with_account(|a| {
            a.calls()
                .iter()
                .map(|c| (c.action.clone(), c.signed_with))
                .collect()
        })
    }

    /// How often an action was called.
    pub fn count(&self, action: &str) -> usize {
        self.calls().iter().filter(|(a, _)| a == action).count()
    }

    /// The secrets of every session and role on disk, and of every key and device in the account.
    fn learn(&self) {
        let (keys, devices) = (self.server).with_account(|a| (a.key_secrets(), a.device_secrets()));
        let keys = keys.iter().map(|key| key.expose_secret().to_owned());
        let devices = devices
            .iter()
            .map(|device| device.base32().expose_secret().to_owned());
        for (known, secrets) in [
            (&self.long_term_secrets, keys.collect::<Vec<_>>()),
            (&self.device_secrets, devices.collect()),
        ] {
            let mut known = known.borrow_mut();
            for secret in secrets {
                if !known.contains(&secret) {
                    known.push(secret);
                }
            }
        }
        let tokens = self.server.with_account(|a| a.sign_in_tokens());
        *self.sign_in_tokens.borrow_mut() = tokens
            .iter()
            .map(|token| token.expose_secret().to_owned())
            .collect();
        let mut secrets = self.session_secrets.borrow_mut();
        let folders = ["sessions", "roles"].map(|name| self.path(".aws/mfa-session").join(name));
        let entries = folders
            .iter()
            .filter_map(|folder| fs::read_dir(folder).ok());
        for entry in entries.flatten().flatten() {
            // Reading a pipe would block.
            if !entry.file_type().is_ok_and(|kind| kind.is_file()) {
                continue;
            }
            let Ok(text) = fs::read_to_string(entry.path()) else {
                continue;
            };
            let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) else {
                continue;
            };
            for key in ["secret_access_key", "session_token"] {
                if let Some(secret) = value[key].as_str() {
                    let secret = secret.to_owned();
                    if !secrets.contains(&secret) {
                        secrets.push(secret);
                    }
                }
            }
        }
    }

    /// Searches a text that the test obtained itself, for example from a terminal.
    pub fn hunt_in(&self, place: &str, text: &str, may_hold_session: bool) {
        for code in self.codes.borrow().iter() {
            assert!(
                !holds_word(text, code),
                "a code leaked into {place}: {text}"
            );
        }
        for secret in self.long_term_secrets.borrow().iter() {
            assert!(
                !text.contains(secret),
                "a long-term secret leaked into {place}"
            );
        }
        if !may_hold_session {
            for secret in self.session_secrets.borrow().iter() {
                assert!(
                    !text.contains(secret),
                    "a session's secret leaked into {place}"
                );
            }
        }
    }

    /// Searches a text for the secrets of MFA devices, which may stand only in the stdout of `device enroll --secret`.
    pub fn hunt_devices_in(&self, place: &str, text: &str) {
        for secret in self.device_secrets.borrow().iter() {
            assert!(
                !text.contains(secret),
                "a device's secret leaked into {place}"
            );
        }
    }

    /// Searches a text for the sign-in tokens of the console, which may stand only in the stdout of `console`.
    pub fn hunt_sign_in_in(&self, place: &str, text: &str) {
        for token in self.sign_in_tokens.borrow().iter() {
            assert!(!text.contains(token), "a sign-in token leaked into {place}");
        }
    }

    /// Searches every file under the home and the temporary folder.
    fn hunt_in_files(&self) {
        let mut stack = vec![self.home(), self.root.path().join("tmp")];
        while let Some(path) = stack.pop() {
            let Ok(meta) = fs::symlink_metadata(&path) else {
                continue;
            };
            if meta.is_dir() {
                stack.extend(
                    fs::read_dir(&path)
                        .into_iter()
                        .flatten()
                        .flatten()
                        .map(|e| e.path()),
                );
            } else if meta.is_file()
                && let Ok(bytes) = fs::read(&path)
            {
                self.hunt_in_file(&path, &String::from_utf8_lossy(&bytes));
            }
        }
    }

    /// Searches one file whose contents the test has read.
    pub fn hunt_in_file(&self, path: &Path, text: &str) {
        let place = path.display().to_string();
        self.hunt_devices_in(&place, text);
        self.hunt_sign_in_in(&place, text);
        let shared = path
            .file_name()
            .is_some_and(|n| n.to_string_lossy().contains("credentials") || n == "config");
        let record = place.contains("/sessions/") || place.contains("/roles/");
        if !shared {
            return self.hunt_in(&place, text, record);
        }
        for code in self.codes.borrow().iter() {
            assert!(!holds_word(text, code), "a code leaked into {place}");
        }
        // Section by section: a long-term secret only without our mark, a session's only with it. A write that was killed half
        // way leaves a private copy whose last section may end before its mark.
        let sections: Vec<_> = text.split("\n[").collect();
        let torn = place.contains(".mfa-session-");
        for (n, section) in sections.iter().enumerate() {
            let cut = torn && n + 1 == sections.len() && section.starts_with("default-mfa]");
            let ours = section.contains("manager = mfa-session") || cut;
            for secret in self.long_term_secrets.borrow().iter() {
                assert!(
                    !ours || !section.contains(secret),
                    "a long-term secret stands in a session profile of {place}"
                );
            }
            for secret in self.session_secrets.borrow().iter() {
                assert!(
                    ours || !section.contains(secret),
                    "a session's secret stands outside its profile in {place}"
                );
            }
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.learn();
            self.hunt_in_files();
        }
    }
}

fn sandbox_time(shift: &AtomicI64, frozen: &AtomicI64) -> UtcDateTime {
    match frozen.load(Ordering::SeqCst) {
        0 => UtcDateTime::now() + time::Duration::seconds(shift.load(Ordering::SeqCst)),
        at => UtcDateTime::from_unix_timestamp(at).unwrap(),
    }
}

/// Whether `text` contains `word` as a whole word. A code is six digits, which longer numbers may contain.
fn holds_word(text: &str, word: &str) -> bool {
    let bytes = text.as_bytes();
    text.match_indices(word).any(|(at, _)| {
        let before = at.checked_sub(1).and_then(|i| bytes.get(i));
        let after = bytes.get(at + word.len());
        ![before, after]
            .into_iter()
            .flatten()
            .any(u8::is_ascii_alphanumeric)
    })
}

/// Prints why a test skips a part on this machine.
pub fn skip(why: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// Waits until `is_so` holds; fails after a time that is long enough for any machine.
#[track_caller]
pub fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    for _ in 0..1500 {
        if so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("never: {what}");
}
