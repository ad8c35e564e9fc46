//! The policy engine: decisions, verification, and batches of simulations beside the JSON parser's own time.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mfa_session::policy::caller::Caller;
use mfa_session::policy::context::{Context, Mfa};
use mfa_session::policy::document::parse;
use mfa_session::policy::evaluate::{Habits, Named, Policy, PolicySet, Request, Requester};
use mfa_session::policy::generate;
use mfa_session::policy::verify::{Attached, verify};
use serde_json::json;

use super::{Bench, Run, measure_to, median, walls};

const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const USER: &str = "arn:aws:iam::123456789012:user/dev";

/// Documents of a batch.
const BATCH: usize = 100_000;

/// The seconds that each round takes, without the first, which warms up the caches.
fn rounds(count: usize, mut round: impl FnMut()) -> Vec<f64> {
    let mut seconds = Vec::new();
    for _ in 0..=count {
        let began = Instant::now();
        round();
        seconds.push(began.elapsed().as_secs_f64());
    }
    seconds.split_off(1)
}

/// The seed policy and an Allow of everything, parsed once.
pub(super) fn decisions() {
    const ROUND: usize = 200_000;
    const ACTIONS: [&str; 4] = [
        "s3:GetObject",
        "iam:GetUser",
        "ec2:RunInstances",
        "iam:CreateAccessKey",
    ];
    let named = |text: &str| Named {
        name: "policy".to_owned(),
        policy: Arc::new(Policy::new(parse(text).unwrap()).unwrap()),
    };
    let set = PolicySet {
        identity: vec![named(&generate::seed().to_json_compact()), named(ALLOW)],
        ..PolicySet::default()
    };
    println!("decisions on one core, seed plus an Allow, parsed once, medians");
    for (name, mfa) in [
        ("absent", Mfa::Absent),
        ("false", Mfa::False),
        ("true", Mfa::True { age: 60 }),
    ] {
        let mut context = Context::new();
        mfa.apply(&mut context);
        let requester = Requester::new(Caller::from_arn(USER).unwrap(), context);
        let seconds = median(rounds(20, || {
            for action in ACTIONS.iter().cycle().take(ROUND) {
                black_box(set.decide(&Request {
                    action: black_box(action),
                    resource: "arn:aws:s3:::bucket/key",
                    requester: &requester,
                    owner: None,
                    habits: Habits::Live,
                }));
            }
        }));
        println!(
            "  MFA {name:<7}{:>6.1} million a second   (due 2)",
            ROUND as f64 / seconds / 1e6
        );
    }
    println!();
}

/// Decides every action of the catalogue at every state of MFA under the seed policy.
pub(super) fn verification(bench: &Bench) {
    let seed = generate::seed();
    let file = bench.folder.path().join("seed.json");
    fs::write(&file, seed.to_json_pretty()).unwrap();
    let attached = Attached {
        identity: vec![("seed".to_owned(), seed)],
        ..Attached::default()
    };
    let library = rounds(20, || {
        black_box(verify(&attached, "aws").unwrap());
    });
    let process = runs(|| {
        let mut command = bench.plain();
        command.args(["policy", "verify"]).arg(&file);
        // The first enrolment is open.
        measure_to(command, 10)
    });
    let nothing = runs(|| {
        let mut command = bench.plain();
        command.arg("--version");
        measure_to(command, 0)
    });
    println!("policy verify of the seed, medians");
    println!("  library call  {:>6.1} ms", median(library) * 1e3);
    println!("  whole process {process:>6.1} ms   (due 50)");
    println!("  --version     {nothing:>6.1} ms\n");
}

/// The median of their wall times, in milliseconds.
fn runs(mut run: impl FnMut() -> Run) -> f64 {
    let runs: Vec<Run> = (0..=20).map(|_| run()).collect();
    median(walls(&runs[1..])) * 1e3
}

/// Measures the program on JSON Lines, and the JSON parser alone on the same lines.
pub(super) fn batch(bench: &Bench) {
    println!("policy simulate, JSON Lines, {BATCH} documents, medians");
    for (name, policies) in [("repeat", 20), ("differ", BATCH)] {
        let (file, bytes) = write_batch(bench, BATCH, policies);
        let text = fs::read_to_string(&file).unwrap();
        let parser = median(rounds(5, || {
            for line in text.lines() {
                black_box(serde_json::from_str::<serde_json::Value>(line).unwrap());
            }
        }));
        let program: Vec<Run> = (0..6)
            .map(|_| measure_to(simulate(bench, &file), 0))
            .collect();
        let wall = median(walls(&program[1..]));
        let (few, _) = write_batch(bench, BATCH / 10, policies.min(BATCH / 10));
        let small = peak(simulate(bench, &few));
        let (file, _) = write_batch(bench, BATCH, policies);
        let large = peak(simulate(bench, &file));
        let a_second = |seconds: f64| BATCH as f64 / seconds / 1e3;
        println!(
            "  policies that {name}, {} bytes a document: {:.0} thousand a second   (due 150)",
            bytes / BATCH,
            a_second(wall),
        );
        println!(
            "    serde_json alone, one core: {:.0} thousand a second; the program's time is {:.2} times that",
            a_second(parser),
            wall / parser,
        );
        println!("    peak memory {large:.0} MiB, with a tenth of the documents {small:.0} MiB");
    }
    println!();
}

fn simulate(bench: &Bench, file: &PathBuf) -> Command {
    let mut command = bench.plain();
    command
        .args(["policy", "simulate", "--cli-input-json", "-"])
        .stdin(File::open(file).unwrap());
    command
}

/// Each document has one of this many pairs of policies.
fn write_batch(bench: &Bench, count: usize, policies: usize) -> (PathBuf, usize) {
    let path = bench.folder.path().join("batch.jsonl");
    let mut file = BufWriter::new(File::create(&path).unwrap());
    let mut bytes = 0;
    for n in 0..count {
        let line = question(n, n % policies);
        bytes += line.len();
        writeln!(file, "{line}").unwrap();
    }
    file.into_inner().unwrap();
    (path, bytes)
}

fn question(n: usize, policies: usize) -> String {
    let team = format!("team-{policies}");
    let seed = generate::seed()
        .to_json_compact()
        .replace("DenyAllWithoutMFA", &format!("DenyAllWithoutMFA{policies}"));
    let buckets = json!({"Version": "2012-10-17", "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": [format!("arn:aws:s3:::{team}"), format!("arn:aws:s3:::{team}/${{aws:username}}/*")],
            "Condition": {
                "StringEquals": {"aws:PrincipalTag/team": team},
                "IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.168.0.0/16"]},
            },
        },
        {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"},
    ]});
    let present = if n.is_multiple_of(2) { "true" } else { "false" };
    json!({
        "PolicyInputList": [seed, buckets.to_string()],
        "ActionNames": ["s3:GetObject"],
        "ResourceArns": [format!("arn:aws:s3:::{team}/dev/{n}")],
        "CallerArn": USER,
        "ContextEntries": [
            {"ContextKeyName": "aws:MultiFactorAuthPresent", "ContextKeyValues": [present], "ContextKeyType": "boolean"},
            {"ContextKeyName": "aws:PrincipalTag/team", "ContextKeyValues": [team], "ContextKeyType": "string"},
            {"ContextKeyName": "aws:SourceIp", "ContextKeyValues": ["10.1.2.3"], "ContextKeyType": "ip"},
        ],
    })
    .to_string()
}

/// The peak memory of a run in MiB, sampled until it ends.
fn peak(mut command: Command) -> f64 {
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
        let kib = line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok());
        peak = kib.map_or(peak, |kib| kib / 1024.0);
        std::thread::sleep(Duration::from_millis(2));
    }
    peak
}
