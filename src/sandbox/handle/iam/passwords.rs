//! Passwords: kept for what IAM tells of them, as there is no console to sign in to.

use super::super::super::account::{Kind, User};
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::operation::{Operation, Turn};
use super::super::params::{Constraints, Params};
use super::asks::{on_nothing, on_user, on_user_or_caller};
use super::entry::{Done, done, operation};
use super::names::{named, user_or_caller};
use crate::aws::types::rfc3339;

pub(super) const OPERATIONS: &[Operation] = &[
    operation("CreateLoginProfile", on_user_or_caller, create),
    operation("GetLoginProfile", on_user_or_caller, get),
    operation("UpdateLoginProfile", on_user, update),
    operation("DeleteLoginProfile", on_user_or_caller, delete),
    operation("ChangePassword", on_caller, change),
    operation("GetAccountPasswordPolicy", on_nothing, policy),
];

/// The caller, whatever else the request says.
#[expect(clippy::unnecessary_wraps, reason = "the signature of every operation")]
fn on_caller(turn: &Turn<'_>) -> super::entry::Asked {
    let user = turn.account.records.identity(Kind::User, &turn.caller.user);
    let arn = user.map_or_else(
        || turn.caller.arn.clone(),
        |user| turn.account.records.arn_of(Kind::User, user),
    );
    Ok(vec![super::asks::ask(turn, arn)])
}

/// A password as AWS's default policy has it: eight characters at least, of three kinds at least.
fn password<'p>(params: &'p Params, parameter: &str) -> Result<&'p str, Fault> {
    let password = params.required(parameter)?;
    // A constraint's message would repeat it.
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

fn user<'t>(turn: &'t Turn<'_>, id: &str) -> Result<&'t User, Fault> {
    (turn.account.records.users.get(id)).ok_or_else(Fault::internal)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html>
fn create(turn: &mut Turn<'_>) -> Done {
    let id = user_or_caller(turn)?.0.to_owned();
    let there = user(turn, &id)?;
    if there.password.is_some() {
        return Err(Fault::already_exists(format!(
            "Login Profile for user {} already exists.",
            there.identity.name
        )));
    }
    let password = password(turn.params, "Password")?;
    let reset = turn.params.boolean("PasswordResetRequired")?;
    (turn.account.records).set_password(&id, password, reset, turn.now);
    Ok(vec![Node::Tree("LoginProfile", profile(user(turn, &id)?)?)])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetLoginProfile.html>
fn get(turn: &mut Turn<'_>) -> Done {
    let (id, _) = user_or_caller(turn)?;
    Ok(vec![Node::Tree("LoginProfile", profile(user(turn, id)?)?)])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateLoginProfile.html>
fn update(turn: &mut Turn<'_>) -> Done {
    let id = named(turn, Kind::User)?.0.to_owned();
    profile(user(turn, &id)?)?;
    let reset = turn.params.boolean("PasswordResetRequired")?;
    if turn.params.text("Password").is_some() {
        let password = password(turn.params, "Password")?;
        (turn.account.records).set_password(&id, password, reset, turn.now);
    } else if turn.params.text("PasswordResetRequired").is_some()
        && let Some(user) = turn.account.records.users.get_mut(&id)
        && let Some(password) = &mut user.password
    {
        password.reset_required = reset;
    }
    done()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteLoginProfile.html>
fn delete(turn: &mut Turn<'_>) -> Done {
    let id = user_or_caller(turn)?.0.to_owned();
    profile(user(turn, &id)?)?;
    if let Some(user) = turn.account.records.users.get_mut(&id) {
        user.password = None;
    }
    done()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ChangePassword.html>
fn change(turn: &mut Turn<'_>) -> Done {
    let id = turn.caller.user.clone();
    let Some(user) = turn.account.records.users.get(&id) else {
        return Err(Fault::new(
            400,
            "InvalidUserType",
            "Only IAM Users can change their own password",
        ));
    };
    profile(user)?;
    let old = turn.params.required("OldPassword")?;
    if !turn.account.records.is_password(&id, old) {
        return Err(Fault::access_denied("The old password was incorrect."));
    }
    let new = password(turn.params, "NewPassword")?;
    let mut constraints = Constraints::default();
    constraints.require(
        old != new,
        "newPassword",
        "",
        "differ from the old password",
    );
    constraints.check()?;
    turn.account.records.set_password(&id, new, false, turn.now);
    done()
}

/// Nobody can make one here
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountPasswordPolicy.html>).
fn policy(turn: &mut Turn<'_>) -> Done {
    Err(Fault::no_such_entity(format!(
        "The Password Policy with domain name {} cannot be found.",
        turn.account.account_id()
    )))
}
