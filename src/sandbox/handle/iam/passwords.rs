//! Passwords. The sandbox has no console, so they are stored only for what IAM shows of them.

use super::super::super::account::{Kind, User};
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::operation::{Operation, OperationCall};
use super::super::params::{Constraints, Params};
use super::entry::{OperationResult, no_content, operation};
use super::names::{named, user_or_caller};
use super::permissions::{on_nothing, on_user, on_user_or_caller};
use crate::aws::types::rfc3339;

pub(super) const OPERATIONS: &[Operation] = &[
    operation("CreateLoginProfile", on_user_or_caller, create),
    operation("GetLoginProfile", on_user_or_caller, get),
    operation("UpdateLoginProfile", on_user, update),
    operation("DeleteLoginProfile", on_user_or_caller, delete),
    operation("ChangePassword", on_caller, change),
    operation("GetAccountPasswordPolicy", on_nothing, policy),
];

/// The caller, whatever user the request names.
#[expect(clippy::unnecessary_wraps, reason = "the signature of every operation")]
fn on_caller(call: &OperationCall<'_>) -> super::entry::RequiredPermissions {
    let user = call.account.records.identity(Kind::User, &call.caller.user);
    let arn = user.map_or_else(
        || call.caller.arn.clone(),
        |user| call.account.records.arn_of(Kind::User, user),
    );
    Ok(vec![super::permissions::permission(call, arn)])
}

/// A password that satisfies AWS's default password policy: at least eight characters of at least three kinds.
fn password<'p>(params: &'p Params, parameter: &str) -> Result<&'p str, Fault> {
    let password = params.required(parameter)?;
    // The message of a constraint would repeat the password, so it is not used here.
    let kinds: [fn(&char) -> bool; 4] = [
        char::is_ascii_lowercase,
        char::is_ascii_uppercase,
        char::is_ascii_digit,
        |c| !c.is_ascii_alphanumeric(),
    ];
    let has = |kind: &&fn(&char) -> bool| password.chars().any(|c| kind(&c));
    let length = password.chars().count();
    if (8..=128).contains(&length) && kinds.iter().filter(has).count() >= 3 {
        return Ok(password);
    }
    Err(Fault::new(
        400,
        "PasswordPolicyViolation",
        "Password does not conform to the account password policy.",
    ))
}

fn no_profile(name: &str) -> Fault {
    Fault::no_such_entity(format!("Login Profile for User {name} cannot be found."))
}

fn profile(user: &User) -> Result<Vec<Node>, Fault> {
    let password = user.password.as_ref();
    let password = password.ok_or_else(|| no_profile(&user.identity.name))?;
    Ok(vec![
        Node::text("UserName", user.identity.name.as_str()),
        Node::text("CreateDate", rfc3339(password.create_date)),
        Node::text("PasswordResetRequired", password.reset_required.to_string()),
    ])
}

fn user<'t>(call: &'t OperationCall<'_>, id: &str) -> Result<&'t User, Fault> {
    (call.account.records.users.get(id)).ok_or_else(Fault::internal)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html>
fn create(call: &mut OperationCall<'_>) -> OperationResult {
    let id = user_or_caller(call)?.0.to_owned();
    let existing = user(call, &id)?;
    if existing.password.is_some() {
        return Err(Fault::already_exists(format!(
            "Login Profile for user {} already exists.",
            existing.identity.name
        )));
    }
    let password = password(call.params, "Password")?;
    let reset = call.params.boolean("PasswordResetRequired")?;
    (call.account.records).set_password(&id, password, reset, call.now);
    Ok(vec![Node::Tree("LoginProfile", profile(user(call, &id)?)?)])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetLoginProfile.html>
fn get(call: &mut OperationCall<'_>) -> OperationResult {
    let (id, _) = user_or_caller(call)?;
    Ok(vec![Node::Tree("LoginProfile", profile(user(call, id)?)?)])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateLoginProfile.html>
fn update(call: &mut OperationCall<'_>) -> OperationResult {
    let id = named(call, Kind::User)?.0.to_owned();
    profile(user(call, &id)?)?;
    let reset = call.params.boolean("PasswordResetRequired")?;
    if call.params.text("Password").is_some() {
        let password = password(call.params, "Password")?;
        (call.account.records).set_password(&id, password, reset, call.now);
    } else if call.params.text("PasswordResetRequired").is_some()
        && let Some(user) = call.account.records.users.get_mut(&id)
        && let Some(password) = &mut user.password
    {
        password.reset_required = reset;
    }
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteLoginProfile.html>
fn delete(call: &mut OperationCall<'_>) -> OperationResult {
    let id = user_or_caller(call)?.0.to_owned();
    profile(user(call, &id)?)?;
    if let Some(user) = call.account.records.users.get_mut(&id) {
        user.password = None;
    }
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ChangePassword.html>
fn change(call: &mut OperationCall<'_>) -> OperationResult {
    let id = call.caller.user.clone();
    let Some(user) = call.account.records.users.get(&id) else {
        return Err(Fault::new(
            400,
            "InvalidUserType",
            "Only IAM Users can change their own password",
        ));
    };
    profile(user)?;
    let old = call.params.required("OldPassword")?;
    if !call.account.records.is_password(&id, old) {
        return Err(Fault::access_denied("The old password was incorrect."));
    }
    let new = password(call.params, "NewPassword")?;
    let mut constraints = Constraints::default();
    constraints.require(
        old != new,
        "newPassword",
        "",
        "differ from the old password",
    );
    constraints.check()?;
    call.account.records.set_password(&id, new, false, call.now);
    no_content()
}

/// There is none, because the sandbox cannot create one
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountPasswordPolicy.html>).
fn policy(call: &mut OperationCall<'_>) -> OperationResult {
    Err(Fault::no_such_entity(format!(
        "The Password Policy with domain name {} cannot be found.",
        call.account.account_id()
    )))
}
