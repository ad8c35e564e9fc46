//! Real clients against the sandbox. Their places come from the variables that `.ci/run` sets.

use crate::common::{Ran, World};

fn client(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} names no client"))
}

/// A world that is logged in, with the hook profile `admin-mfa` beside the session profile `default-mfa`.
fn logged_in() -> World {
    let world = World::new();
    let url = world.server.endpoint_url();
    world.add_config(&format!(
        "[profile admin-mfa]\nregion = eu-central-1\nendpoint_url = {url}\nmfa_session_source = default\n\
         credential_process = \"{}\" credential-process --profile admin-mfa\n",
        crate::common::PROGRAM
    ));
    world.log_in();
    world
}

fn identity(world: &World, program: &str, arguments: &[&str]) -> Ran {
    let mut command = world.command(program);
    command
        .args(arguments)
        .env("AWS_ENDPOINT_URL", world.server.endpoint_url())
        .env("AWS_PAGER", "")
        .env(
            "NODE_PATH",
            std::env::var("MFA_SESSION_TEST_NODE_PATH")
                .map(|p| format!("{p}/node_modules"))
                .unwrap_or_default(),
        );
    let ran = world.judge(arguments, command.output().unwrap()).exits(0);
    assert!(ran.stdout.contains(&world.owner.arn), "{}", ran.stdout);
    ran
}

#[test]
#[ignore = "needs the AWS CLI, version 1"]
fn aws_cli_1_by_session_and_hook_profile() {
    let world = logged_in();
    for profile in ["default-mfa", "admin-mfa"] {
        let url = world.server.endpoint_url();
        let _ = identity(
            &world,
            &client("MFA_SESSION_TEST_AWS_V1"),
            &[
                "--endpoint-url",
                &url,
                "sts",
                "get-caller-identity",
                "--profile",
                profile,
            ],
        );
    }
}

#[test]
#[ignore = "needs the AWS CLI, version 2"]
fn aws_cli_2_by_session_and_hook_profile() {
    let world = logged_in();
    for profile in ["default-mfa", "admin-mfa"] {
        let url = world.server.endpoint_url();
        let _ = identity(
            &world,
            &client("MFA_SESSION_TEST_AWS_V2"),
            &[
                "--endpoint-url",
                &url,
                "--region",
                "eu-central-1",
                "sts",
                "get-caller-identity",
                "--profile",
                profile,
            ],
        );
    }
}

#[test]
#[ignore = "needs boto3"]
fn boto3_by_hook_profile() {
    let world = logged_in();
    let script = "import boto3; print(boto3.Session(profile_name='admin-mfa').client('sts').get_caller_identity()['Arn'])";
    let _ = identity(&world, &client("MFA_SESSION_TEST_PYTHON"), &["-c", script]);
}

#[test]
#[ignore = "needs the AWS SDK for JavaScript"]
fn the_javascript_sdk_by_hook_profile() {
    let world = logged_in();
    let script = "const {STSClient, GetCallerIdentityCommand} = require('@aws-sdk/client-sts');\
        const {fromIni} = require('@aws-sdk/credential-providers');\
        new STSClient({region: 'eu-central-1', endpoint: process.env.AWS_ENDPOINT_URL, credentials: fromIni({profile: 'admin-mfa'})})\
        .send(new GetCallerIdentityCommand({})).then(r => console.log(r.Arn), e => { console.error(e); process.exit(1); });";
    let _ = identity(&world, &client("MFA_SESSION_TEST_NODE"), &["-e", script]);
}
