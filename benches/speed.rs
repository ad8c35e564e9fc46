//! How fast the program is. Each figure is measured together with a reference in the same run.
//!
//! It measures a release build without the test hooks, copied out of the target folder, and the same with the launcher in front, as a
//! package installs it. `MFA_SESSION_BENCH_PROGRAM` and `MFA_SESSION_BENCH_LAUNCHER` name other executables. It asserts nothing:
//! figures depend on the machine, their ratios less so.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "a bench may fail by panicking, prints its figures, and its files are its own"
)]

#[path = "speed/audit.rs"]
mod audit;
#[path = "speed/policy.rs"]
mod policy;

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mfa_session::sandbox::client::Client;
use mfa_session::sandbox::{Account, Hosts, Options, Owner, Server, Setup, TestClock};
use nix::sys::resource::{UsageWho, getrusage};
use secrecy::ExposeSecret as _;
use time::UtcDateTime;

/// A little longer than the time after which a file that nobody writes to counts as unchanged.
const REST: Duration = Duration::from_millis(300);

fn main() {
    // Cargo passes `--bench`; arguments without a hyphen select figures.
    let chosen: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    let wanted = |name: &str| chosen.is_empty() || chosen.iter().any(|c| name.contains(c.as_str()));
    if wanted("decisions") {
        policy::decisions();
    }
    if wanted("audit") {
        audit::accounts();
    }
    let bench = Bench::new();
    if wanted("verify") {
        policy::verification(&bench);
    }
    if wanted("batch") {
        policy::batch(&bench);
    }
    if wanted("hook") {
        bench.hook();
    }
    if wanted("memory") {
        bench.memory();
    }
    if wanted("login") {
        bench.login();
    }
    if wanted("profiles") {
        bench.profiles();
    }
}

/// Copies of the program, as if installed.
struct Bench {
    folder: tempfile::TempDir,
    /// The whole program, as `cargo install` installs it.
    program: PathBuf,
    /// The launcher in front of it, as a package installs it.
    packaged: PathBuf,
}

/// A home with a sandbox account of its own behind it: each code works once there, and each run needs one.
struct Home {
    folder: tempfile::TempDir,
    server: Server,
    owner: Owner,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let install = |variable: &str, build: fn() -> PathBuf, place: &str| {
            let built = std::env::var_os(variable).map_or_else(build, PathBuf::from);
            let installed = folder.path().join(place);
            fs::create_dir_all(installed.parent().unwrap()).unwrap();
            fs::copy(built, &installed).unwrap();
            installed
        };
        let whole = "libexec/mfa-session/mfa-session";
        let program = install("MFA_SESSION_BENCH_PROGRAM", build_program, whole);
        let packaged = install(
            "MFA_SESSION_BENCH_LAUNCHER",
            build_launcher,
            "bin/mfa-session",
        );
        let size = |path: &Path| fs::metadata(path).unwrap().len() / 1024;
        println!(
            "program: {} KiB, launcher: {} KiB, {} processors\n",
            size(&program),
            size(&packaged),
            std::thread::available_parallelism().map_or(1, usize::from),
        );
        Self {
            folder,
            program,
            packaged,
        }
    }

    /// The program in a home, without the environment of whoever runs this.
    fn program(&self, home: &Home, arguments: &[&str]) -> Command {
        home.command(&self.program, arguments)
    }

    /// The program in no home.
    fn plain(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn logged_in(&self, profiles: usize) -> Home {
        let home = Home::new(profiles);
        let code = home.code();
        let login = self.program(
            &home,
            &["login", "--profile", "admin", "--token-code", &code],
        );
        measure(login);
        home
    }

    fn hook(&self) {
        let home = self.logged_in(1);
        let hook = || self.program(&home, &HOOK);
        // The first one assumes the role.
        let role = self.program(&home, &HOOK_OF_ROLE).output();
        assert!(role.unwrap().status.success());
        let json = self.folder.path().join("session.json");
        fs::write(&json, hook().output().unwrap().stdout).unwrap();
        let commands = [
            ("hook", self.program.as_path(), &HOOK[..]),
            ("hook, packaged", self.packaged.as_path(), &HOOK[..]),
            ("role", self.program.as_path(), &HOOK_OF_ROLE[..]),
            ("cat", Path::new("/bin/cat"), &[json.to_str().unwrap()]),
            ("true", Path::new("/bin/true"), &[]),
        ];
        let mut rounds = Vec::new();
        // The first rounds warm up the caches.
        for round in 0..620 {
            let figures =
                commands.map(|(_, program, arguments)| measure(home.command(program, arguments)));
            if round >= 20 {
                rounds.push(figures);
            }
        }
        let runs = |i: usize| -> Vec<Run> { rounds.iter().map(|figures| figures[i]).collect() };
        let [plain, packaged, role, cat, nothing] = [0, 1, 2, 3, 4].map(runs);
        println!("hook hit, {} rounds, medians", rounds.len());
        for ((name, ..), runs) in commands
            .iter()
            .zip([&plain, &packaged, &role, &cat, &nothing])
        {
            println!("  {name:<15}{:>8.0} µs", median(walls(runs)) * 1e6);
        }
        for (name, runs, due) in [
            ("hook : cat", &plain, "   (due 1.45)"),
            ("hook, packaged : cat", &packaged, "   (goal 1.0)"),
            ("role : cat", &role, ""),
        ] {
            let ratio = paired(runs, &cat, Run::wall);
            println!("  {name:<21}{ratio:.2}{due}");
        }
        let ratio = paired(&plain, &nothing, Run::wall);
        println!("  {:<21}{ratio:.2}\n", "hook : true");
    }

    fn memory(&self) {
        let home = self.logged_in(1);
        println!("hook hit, peak memory");
        for (name, program, due) in [
            ("hook", &self.program, "due 6"),
            ("hook, packaged", &self.packaged, "goal 3"),
        ] {
            let peaks = (0..5).map(|_| peak(home.command(program, &HOOK))).collect();
            println!("  {name:<15}{:>5.1} MiB   ({due})", median(peaks));
        }
        println!();
    }

    fn login(&self) {
        let cli = std::env::var_os("MFA_SESSION_TEST_AWS_V1")
            .into_iter()
            .chain(std::env::var_os("MFA_SESSION_TEST_AWS_V2"))
            .chain(["aws".into()])
            .find(|cli| {
                Command::new(cli)
                    .arg("--version")
                    .output()
                    .is_ok_and(|o| o.status.success())
            });
        let mut ours = Vec::new();
        let mut theirs = Vec::new();
        for _ in 0..12 {
            let home = Home::new(1);
            let code = home.code();
            let login = ["login", "--profile", "admin", "--token-code", &code];
            // As each morning: nobody has just written the files. A file that is not at rest is waited for.
            std::thread::sleep(REST);
            ours.push(measure(self.program(&home, &login)));
            if let Some(cli) = &cli {
                let home = Home::new(1);
                let mut command = Command::new(cli);
                command
                    .args(["sts", "get-session-token", "--profile", "admin"])
                    .args(["--serial-number", home.serial()])
                    .args(["--token-code", &home.code()])
                    .args(["--endpoint-url", &home.server.endpoint_url()]);
                home.settle(&mut command);
                theirs.push(measure(command));
            }
        }
        // The first of each warms the caches up.
        let ours = ours.split_off(1);
        println!(
            "login against a loopback server, {} rounds, medians",
            ours.len()
        );
        print_run("login", &ours);
        let Some(cli) = cli else {
            println!("  no AWS CLI beside it: put `aws` into PATH\n");
            return;
        };
        let theirs = theirs.split_off(1);
        print_run(
            &format!("{} sts get-session-token", Path::new(&cli).display()),
            &theirs,
        );
        println!(
            "  CPU   {:.3}   (due 0.03)",
            paired(&ours, &theirs, Run::cpu)
        );
        println!(
            "  wall  {:.3}   (due 0.04)\n",
            paired(&ours, &theirs, Run::wall)
        );
    }

    fn profiles(&self) {
        println!("profiles in both files: hook hit, and login with its write, medians");
        for count in [10, 100, 1_000, 10_000] {
            let home = self.logged_in(count);
            let hooks: Vec<_> = (0..30)
                .map(|_| measure(self.program(&home, &HOOK)))
                .collect();
            let logins: Vec<_> = (0..5)
                .map(|_| {
                    let home = Home::new(count);
                    let code = home.code();
                    measure(self.program(
                        &home,
                        &["login", "--profile", "admin", "--token-code", &code],
                    ))
                })
                .collect();
            println!(
                "  {count:>6}  hook {:>7.1} ms   login {:>7.1} ms",
                median(walls(&hooks)) * 1e3,
                median(walls(&logins)) * 1e3,
            );
        }
        println!();
    }
}

const HOOK: [&str; 3] = ["credential-process", "--profile", "admin"];
const HOOK_OF_ROLE: [&str; 3] = ["credential-process", "--profile", "role"];
/// A trust policy that requires MFA.
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}"#;

impl Home {
    /// The profile `admin` comes after `profiles` others, each with its own key.
    fn new(profiles: usize) -> Self {
        let account = Account::new(&Setup::default(), UtcDateTime::now());
        let server = Server::start(Options {
            port: 0,
            account,
            persist: None,
            clock: Box::new(UtcDateTime::now),
            test_clock: TestClock::Off,
            hosts: Hosts::Loopback,
            log: Box::new(|_| {}),
        })
        .unwrap();
        let owner = server.with_account(|a| a.owner()).unwrap();
        let home = Self {
            folder: tempfile::tempdir().unwrap(),
            server,
            owner,
        };
        let keys = home.owner.keys.as_ref().unwrap();
        let role = [("RoleName", "bench"), ("AssumeRolePolicyDocument", TRUST)];
        let response = home.server.with_account(|account| {
            Client::with_keys(keys).call(account, "iam:CreateRole", &role, UtcDateTime::now())
        });
        assert_eq!(response.unwrap().status, 200);
        let mut config = String::new();
        let mut credentials = String::new();
        for n in 0..profiles {
            let _ = write!(
                config,
                "[profile p{n}]\nregion = eu-central-1\noutput = json\n\n"
            );
            let _ = write!(
                credentials,
                "[p{n}]\naws_access_key_id = AKIAEXAMPLE{n:09}\naws_secret_access_key = {n:040}\n\n"
            );
        }
        let _ = write!(
            config,
            "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/bench\nsource_profile = admin\n\
             [profile admin]\nregion = eu-central-1\nendpoint_url = {}\nmfa_serial = {}\n",
            home.server.endpoint_url(),
            home.serial(),
        );
        let _ = write!(
            credentials,
            "[admin]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            keys.id,
            keys.secret.expose_secret(),
        );
        let aws = home.folder.path().join(".aws");
        fs::create_dir(&aws).unwrap();
        for (name, text) in [("config", config), ("credentials", credentials)] {
            fs::write(aws.join(name), text).unwrap();
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            fs::set_permissions(aws.join(name), mode).unwrap();
        }
        home
    }

    fn serial(&self) -> &str {
        self.owner.device.as_ref().unwrap().serial_number.as_str()
    }

    fn code(&self) -> String {
        let secret = &self.owner.device.as_ref().unwrap().secret;
        secret
            .code_at(UtcDateTime::now())
            .expose_secret()
            .to_owned()
    }

    /// A program with this home and nothing else of the environment.
    fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments);
        self.settle(&mut command);
        command
    }

    /// This home and nothing else of the environment.
    fn settle(&self, command: &mut Command) {
        command
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
    }
}

/// One run, in seconds.
#[derive(Debug, Clone, Copy)]
struct Run {
    wall: f64,
    cpu: f64,
}

impl Run {
    fn wall(&self) -> f64 {
        self.wall
    }

    fn cpu(&self) -> f64 {
        self.cpu
    }
}

/// Runs the command and asserts that it succeeds.
fn measure(command: Command) -> Run {
    measure_to(command, 0)
}

/// Runs the command and asserts this exit code.
///
/// Only one child runs at a time, so that the resources used by children belong to this one.
fn measure_to(mut command: Command, code: i32) -> Run {
    let before = children();
    let began = Instant::now();
    let status = command.status().unwrap();
    let wall = began.elapsed().as_secs_f64();
    assert_eq!(status.code(), Some(code), "{command:?}");
    Run {
        wall,
        cpu: children() - before,
    }
}

/// The processor time of all children so far.
fn children() -> f64 {
    let used = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let seconds = |t: nix::sys::time::TimeVal| t.tv_sec() as f64 + t.tv_usec() as f64 / 1e6;
    seconds(used.user_time()) + seconds(used.system_time())
}

fn walls(runs: &[Run]) -> Vec<f64> {
    runs.iter().map(Run::wall).collect()
}

/// The median ratio of our figure to theirs: a slow machine slows both down, so that the ratio stays.
fn paired(ours: &[Run], theirs: &[Run], figure: fn(&Run) -> f64) -> f64 {
    median(
        ours.iter()
            .zip(theirs)
            .map(|(a, b)| figure(a) / figure(b))
            .collect(),
    )
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn print_run(name: &str, runs: &[Run]) {
    println!(
        "  {name}: CPU {:.1} ms, wall {:.1} ms",
        median(runs.iter().map(Run::cpu).collect()) * 1e3,
        median(walls(runs)) * 1e3,
    );
}

/// A plain release build, as `cargo install` makes it.
/// The peak memory of a hook in MiB, read while the hook blocks on its last write because the pipe is full.
fn peak(mut hook: Command) -> f64 {
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    while writer.write(&[0; 1]).is_ok() {}
    rustix::io::ioctl_fionbio(&writer, false).unwrap();
    let mut child = hook.stdout(writer).spawn().unwrap();
    drop(hook);
    let status = format!("/proc/{}/status", child.id());
    let field = |name: &str| -> f64 {
        let text = fs::read_to_string(&status).unwrap();
        let line = text.lines().find_map(|l| l.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    };
    // Nothing else would keep it running that long.
    std::thread::sleep(Duration::from_millis(300));
    let peak = field("VmHWM:") / 1024.0;
    std::io::copy(&mut reader, &mut std::io::sink()).unwrap();
    assert!(child.wait().unwrap().success());
    peak
}

fn build_program() -> PathBuf {
    build(&["build", "--bin", "mfa-session"], &[])
}

fn build_launcher() -> PathBuf {
    let statically = ["--", "-C", "target-feature=+crt-static"];
    build(&["rustc", "--bin", "mfa-session-launcher"], &statically)
}

/// Builds an executable for release and returns its path. Both have the same features, so that the library is compiled once.
fn build(command: &[&str], compiler: &[&str]) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut child = Command::new(cargo)
        .args(command)
        .args(["--release", "--locked", "--features", "launcher"])
        .args(["--message-format", "json-render-diagnostics"])
        .args(compiler)
        .current_dir(root)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut messages = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut messages)
        .unwrap();
    assert!(child.wait().unwrap().success(), "the release build failed");
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| message.get("executable")?.as_str().map(PathBuf::from))
        .next_back()
        .unwrap()
}
