//! Names, paths, ARNs and serial numbers as IAM accepts them, and the entities that a request names.

use super::super::super::account::{Identity, Kind, ManagedPolicy};
use super::super::super::fault::Fault;
use super::super::operation::OperationCall;
use super::super::params::{Constraints, Params, member};

/// Whether a name can contain this character.
fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
}

/// A name of 1 to `most` characters.
pub(super) fn check_name<'p>(
    parameter: &str,
    name: &'p str,
    most: usize,
) -> Result<&'p str, Fault> {
    let member = member(parameter);
    let mut constraints = Constraints::default();
    constraints.length(&member, name, 1, most);
    constraints.check()?;
    if name.chars().all(is_of_name) {
        return Ok(name);
    }
    Err(Fault::validation(format!(
        "The specified value for {member} is invalid. \
         It must contain only alphanumeric characters and/or the following: +=,.@_-"
    )))
}

/// A required name.
pub(super) fn name<'p>(params: &'p Params, parameter: &str, most: usize) -> Result<&'p str, Fault> {
    check_name(parameter, params.required(parameter)?, most)
}

/// An optional name.
pub(super) fn optional_name<'p>(
    params: &'p Params,
    parameter: &str,
    most: usize,
) -> Result<Option<&'p str>, Fault> {
    params
        .text(parameter)
        .map(|name| check_name(parameter, name, most))
        .transpose()
}

/// An optional path. A path begins and ends with `/`.
pub(super) fn optional_path<'p>(
    params: &'p Params,
    parameter: &str,
) -> Result<Option<&'p str>, Fault> {
    let Some(path) = params.text(parameter) else {
        return Ok(None);
    };
    let member = member(parameter);
    let mut constraints = Constraints::default();
    constraints.length(&member, path, 1, 512);
    constraints.check()?;
    let whole = path.starts_with('/') && path.ends_with('/');
    if whole && path.chars().all(|c| matches!(c, '!'..='~')) {
        return Ok(Some(path));
    }
    Err(Fault::validation(format!(
        "The specified value for {member} is invalid. \
         It must begin and end with / and contain only alphanumeric characters and/or / characters."
    )))
}

/// The path of a new entity, `/` by default.
pub(super) fn path(params: &Params) -> Result<&str, Fault> {
    Ok(optional_path(params, "Path")?.unwrap_or("/"))
}

/// The prefix of the paths of the entities to list.
pub(super) fn path_prefix(params: &Params) -> Result<&str, Fault> {
    let prefix = params.text("PathPrefix").unwrap_or("/");
    let mut constraints = Constraints::default();
    constraints.length("pathPrefix", prefix, 1, 512);
    constraints.pattern("pathPrefix", prefix, r"\u002F[\u0021-\u007F]*", |c| {
        matches!(c, '!'..='\u{7f}')
    });
    constraints.check()?;
    if prefix.starts_with('/') {
        return Ok(prefix);
    }
    Err(Fault::validation(
        "The specified value for pathPrefix is invalid. \
         It must begin with / and contain only alphanumeric characters and/or / characters.",
    ))
}

/// The ARN of a managed policy.
pub(in super::super) fn arn<'p>(parameter: &str, arn: &'p str) -> Result<&'p str, Fault> {
    let mut constraints = Constraints::default();
    constraints.length(&member(parameter), arn, 20, 2048);
    constraints.check()?;
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, "iam", "", _, resource] if resource.starts_with("policy/") => Ok(arn),
        _ => Err(Fault::invalid_input(format!("ARN {arn} is not valid."))),
    }
}

/// The required ARN of a managed policy.
pub(super) fn policy_arn(params: &Params) -> Result<&str, Fault> {
    arn("PolicyArn", params.required("PolicyArn")?)
}

/// The optional ARN of a permissions boundary.
pub(super) fn optional_boundary(params: &Params) -> Result<Option<&str>, Fault> {
    params
        .text("PermissionsBoundary")
        .map(|text| arn("PermissionsBoundary", text))
        .transpose()
}

/// The managed policy that a request names.
pub(super) fn policy<'t>(
    call: &'t OperationCall<'_>,
) -> Result<(&'t str, &'t ManagedPolicy), Fault> {
    let arn = policy_arn(call.params)?;
    Ok((arn, call.account.records.policy(arn)?))
}

/// A required serial number.
pub(super) fn serial_number(params: &Params) -> Result<&str, Fault> {
    let serial = params.required("SerialNumber")?;
    let mut constraints = Constraints::default();
    constraints.length("serialNumber", serial, 9, 256);
    constraints.pattern("serialNumber", serial, r"[\w+=/:,.@-]+", |c| {
        is_of_name(c) || c == '/' || c == ':'
    });
    constraints.check()?;
    Ok(serial)
}

/// The text of a required policy document.
pub(super) fn policy_document<'p>(params: &'p Params, parameter: &str) -> Result<&'p str, Fault> {
    let text = params.required(parameter)?;
    let mut constraints = Constraints::default();
    for (holds, constraint) in [
        (!text.is_empty(), "greater than or equal to 1"),
        (
            text.chars().count() <= 131_072,
            "less than or equal to 131072",
        ),
    ] {
        let constraint = format!("have length {constraint}");
        constraints.require(holds, &member(parameter), "…", &constraint);
    }
    constraints.check()?;
    Ok(text)
}

/// The longest name that an existing entity can have.
const LONGEST_NAME: usize = 128;

/// The user, group or role that a request names: its unique ID and its record.
pub(super) fn named<'t>(
    call: &'t OperationCall<'_>,
    kind: Kind,
) -> Result<(&'t str, &'t Identity), Fault> {
    let parameter = format!("{}Name", kind.title());
    let name = name(call.params, &parameter, LONGEST_NAME)?;
    call.account.records.named(kind, name)
}

/// The user that a request names, else the caller.
pub(super) fn user_or_caller<'t>(
    call: &'t OperationCall<'_>,
) -> Result<(&'t str, &'t Identity), Fault> {
    if call.params.text("UserName").is_some() {
        return named(call, Kind::User);
    }
    let id = call.caller.user.as_str();
    let user = call.account.records.identity(Kind::User, id);
    user.map(|user| (id, user)).ok_or_else(|| {
        Fault::validation("Must specify userName when calling with non-User credentials")
    })
}
