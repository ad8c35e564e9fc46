//! While the program runs, secrets never appear in command lines, environments, files or core files, at the highest verbosity.
//!
//! A thread samples the processes of the scenario and the files under its home continuously. The script `pause` waits for a
//! sample that began after it, so that there is at least one sample at each pause.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::common::{PROGRAM, World, skip};

/// A mark in the command line or the environment of every command that `exec` runs.
const EXEC_CHILD: &str = "SECRETS_EXEC_CHILD=1";

const PAUSE: &str = "
rm -f sampled
touch calling
n=0
until [ -e sampled ] || [ $n -gt 1500 ]; do sleep 0.02; n=$((n+1)); done
echo pause >> pauses";

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Process {
    command_line: String,
    /// `None` if the system does not show it.
    environment: Option<String>,
}

impl Process {
    /// `None` if the process belongs to another scenario, or has become another program meanwhile.
    fn read(folder: &Path, root: &str) -> Option<Self> {
        let read = |name: &str| {
            let bytes = fs::read(folder.join(name)).ok()?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        };
        let command_line = read("cmdline")?;
        let environment = read("environ");
        if read("cmdline")? != command_line {
            return None;
        }
        let process = Self {
            command_line,
            environment,
        };
        let own = match &process.environment {
            Some(environment) => environment.contains(root),
            None => process.is_program(),
        };
        (own || process.command_line.contains(root)).then_some(process)
    }

    fn is_program(&self) -> bool {
        self.command_line.split('\0').next() == Some(PROGRAM)
    }

    fn may_hold_session(&self) -> bool {
        let marked = |text: &str| text.contains(EXEC_CHILD);
        let environment = self.environment.as_deref().unwrap_or_default();
        !self.is_program() && (marked(&self.command_line) || marked(environment))
    }
}

#[derive(Default)]
struct Seen {
    processes: BTreeSet<Process>,
    files: BTreeSet<(PathBuf, String)>,
}

impl Seen {
    fn look(&mut self, root: &Path) {
        let shown = root.display().to_string();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let number = entry.file_name().to_string_lossy().parse::<u32>().is_ok();
            if number && let Some(process) = Process::read(&entry.path(), &shown) {
                self.processes.insert(process);
            }
        }
        let mut folders = vec![root.join("home"), root.join("tmp")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => folders.push(path),
                    Ok(kind) if kind.is_file() => {
                        if let Ok(bytes) = fs::read(&path) {
                            let text = String::from_utf8_lossy(&bytes).into_owned();
                            self.files.insert((path, text));
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}

struct Sampler {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Seen>,
}

impl Sampler {
    fn start(world: &World) -> Self {
        let root = world.root().to_owned();
        let over = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            let mut seen = Seen::default();
            while !end.load(Ordering::SeqCst) {
                let awaited = fs::remove_file(root.join("calling")).is_ok();
                seen.look(&root);
                if awaited {
                    fs::write(root.join("sampled"), "").unwrap();
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            seen
        });
        Self { over, thread }
    }

    fn end(self) -> Seen {
        self.over.store(true, Ordering::SeqCst);
        self.thread.join().unwrap()
    }
}

/// A sandbox whose codes come from a file outside the home; it is sampled while a code is made and while AWS answers.
fn world() -> World {
    let mut world = World::new();
    world.script("pause", PAUSE);
    world.mfa_process("./pause; cat next-code");
    world.set("MFA_SESSION_LOG", "debug");
    world.set("MFA_SESSION_TEST_STEP", "call.answer=run:./pause");
    world
}

fn next_code(world: &World) {
    fs::write(world.root().join("next-code"), world.code()).unwrap();
}

fn hunt(world: &World, seen: &Seen) {
    for process in &seen.processes {
        world.hunt_in("a command line", &process.command_line, false);
        if let Some(environment) = &process.environment {
            world.hunt_in("an environment", environment, process.may_hold_session());
        }
    }
    for (path, text) in &seen.files {
        world.hunt_in_file(path, text);
    }
}

/// The core files below the sandbox's root: all files whose name begins with `core`.
fn core_files(world: &World) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![world.root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if entry.file_name().to_string_lossy().starts_with("core") {
                found.push(entry.path());
            }
        }
    }
    found
}

#[test]
fn no_command_reveals_a_secret_to_other_processes() {
    let world = world();
    let sampler = Sampler::start(&world);
    next_code(&world);
    let run = |line: &str| {
        let mut arguments: Vec<&str> = line.split(' ').collect();
        arguments.insert(1, "-vv");
        let ran = world.run(&arguments);
        assert!([0, 10].contains(&ran.code), "{line}: {}", ran.stderr);
        ran
    };
    run("login").says("debug");
    run("login");
    run("status");
    run("status --format json");
    run("status --short");
    run("credential-process --profile default");
    run(&format!("exec -- env {EXEC_CHILD} ./pause"));
    run("env --shell bash");
    run("env --shell json");
    run("env --unset");
    run("policy generate --output mfa.json");
    run("policy check mfa.json");
    run("policy explain mfa.json");
    run("policy verify mfa.json");
    run("policy simulate --policy mfa.json --action s3:GetObject");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        run(&format!("completions {shell}"));
    }
    run("logout");
    next_code(&world);
    run("credential-process --profile default");
    run("logout --all");
    next_code(&world);
    run(&format!("exec -- env {EXEC_CHILD} ./pause"));
    let seen = sampler.end();

    hunt(&world, &seen);
    assert_eq!(core_files(&world), Vec::<PathBuf>::new());
    assert_eq!(world.lines("pauses").len(), 3 * 2 + 2);
    // The sampling works: it found the values that may be visible.
    let environments = || seen.processes.iter().filter(|p| p.environment.is_some());
    assert!(
        environments().any(|p| p.may_hold_session()
            && p.environment
                .as_ref()
                .is_some_and(|e| e.contains("AWS_SESSION_TOKEN="))),
        "the command of `exec` was not seen"
    );
    let programs: Vec<_> = seen.processes.iter().filter(|p| p.is_program()).collect();
    assert!(!programs.is_empty(), "the program was not seen");
    if programs.iter().all(|p| p.environment.is_none()) {
        skip("the program's own environment can only be read as root");
    }
}

#[test]
fn a_refused_code_is_never_printed() {
    let mut world = World::new();
    world.set("MFA_SESSION_LOG", "debug");
    let code = world.wrong_code();
    world
        .run(&["login", "-vv", "--token-code", &code])
        .exits(4)
        .says_not(&code);
}

#[test]
fn a_crash_leaves_no_core_file() {
    let mut world = world();
    next_code(&world);
    world.set(
        "MFA_SESSION_TEST_STEP",
        "call.answer=run:kill -ABRT $PPID; sleep 1",
    );
    let sampler = Sampler::start(&world);
    let output = world
        .command("sh")
        .args(["-c", "ulimit -c unlimited; exec \"$0\" login -vv", PROGRAM])
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.signal(), Some(6));
    assert!(!output.status.core_dumped());
    world.judge(&["login"], output).exits(134);
    hunt(&world, &sampler.end());
    assert_eq!(core_files(&world), Vec::<PathBuf>::new());
}
