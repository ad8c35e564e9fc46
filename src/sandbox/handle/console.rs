//! The federation endpoint, where a role's credentials become a sign-in token of the console
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html>).
//!
//! Its requests are not signed: the credentials themselves are in them. As on AWS, only those of roles and federated users sign in, and
//! an error is a page of HTML. The account has no console, so a sign-in ends with a page that says who is signed in.

use std::ops::RangeInclusive;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use time::UtcDateTime;

use super::super::account::{Account, Call, Caller, NotSignedIn, SignedWith};
use super::super::message::{Entry, Request, Response};
use super::answer::SUCCESS;
use super::params::Params;

/// The path of the endpoint.
const PATH: &str = "/federation";
/// The console sessions that may be asked for, in seconds.
const SECONDS: RangeInclusive<u32> = 900..=43_200;

pub(super) fn is_for_console(request: &Request) -> bool {
    request.path == PATH
}

#[derive(Deserialize)]
struct Session {
    #[serde(rename = "sessionId")]
    id: String,
    #[serde(rename = "sessionKey")]
    secret: SecretString,
    #[serde(rename = "sessionToken")]
    token: SecretString,
}

/// What a request gets.
enum Answer {
    /// A sign-in token.
    Token(SecretString),
    /// A page for the person who signed in.
    Page(String),
    /// An error: what stands in the log, and what the page says.
    Refused(&'static str),
}

/// Answers a request to the federation endpoint.
pub(super) fn answer(
    account: &mut Account,
    request: &Request,
    params: &Params,
    now: UtcDateTime,
) -> Response {
    let allowed = ["GET", "POST"].contains(&request.method.as_str());
    let (action, caller, answer) = match params.text("Action").filter(|_| allowed) {
        Some("getSigninToken") => {
            let (caller, answer) = token(account, params, now);
            ("signin:GetSigninToken", caller, answer)
        }
        Some("login") => ("signin:ConsoleLogin", None, login(account, params, now)),
        _ => ("signin:Unknown", None, Answer::Refused("InvalidAction")),
    };
    let (status, kind, outcome, body) = match answer {
        Answer::Token(token) => {
            let body = serde_json::json!({ "SigninToken": token.expose_secret() });
            (200, "application/json", SUCCESS, body.to_string())
        }
        Answer::Page(text) => (200, "text/plain; charset=utf-8", SUCCESS, text),
        Answer::Refused(why) => {
            let body = format!("<html><body><h1>400 Bad Request</h1><p>{why}</p></body></html>\n");
            (400, "text/html; charset=utf-8", why, body)
        }
    };
    if let Some(caller) = &caller {
        account.record(Call {
            action: action.to_owned(),
            caller: caller.arn.clone(),
            signed_with: caller.signed_with,
            outcome: outcome.to_owned(),
        });
    }
    Response {
        status,
        headers: vec![
            ("content-type", kind.to_owned()),
            ("cache-control", "no-store".to_owned()),
        ],
        body: body.into_bytes(),
        entry: Entry {
            time: now,
            signed_with: caller.as_ref().map(|caller| caller.signed_with),
            caller: caller.map(|caller| caller.arn),
            action: Some(action.to_owned()),
            decision: None,
            outcome: outcome.to_owned(),
        },
    }
}

fn token(account: &mut Account, params: &Params, now: UtcDateTime) -> (Option<Caller>, Answer) {
    let session = params.text("Session").unwrap_or_default();
    let Ok(session) = serde_json::from_str::<Session>(session) else {
        return (None, Answer::Refused("InvalidSession"));
    };
    let found = account.credentials(&session.id, Some(session.token.expose_secret()));
    let credentials = match found {
        Ok(found) if found.secret.expose_secret() == session.secret.expose_secret() => found,
        _ => return (None, Answer::Refused("InvalidCredentials")),
    };
    let caller = credentials.caller;
    let Some(end) = credentials.expiration.filter(|end| now < *end) else {
        return (Some(caller), Answer::Refused("ExpiredToken"));
    };
    let duration = params.text("SessionDuration").map(str::parse::<u32>);
    let refused = match (caller.signed_with, duration) {
        (SignedWith::RoleSession | SignedWith::FederatedSession, None) => None,
        (SignedWith::RoleSession, Some(Ok(seconds))) if SECONDS.contains(&seconds) => None,
        (SignedWith::RoleSession | SignedWith::FederatedSession, _) => {
            Some("InvalidSessionDuration")
        }
        _ => Some("NotARoleSession"),
    };
    if let Some(why) = refused {
        return (Some(caller), Answer::Refused(why));
    }
    let token = account.sign_in_token(&caller.arn, end, now);
    (Some(caller), Answer::Token(token))
}

fn login(account: &mut Account, params: &Params, now: UtcDateTime) -> Answer {
    let destination = params.text("Destination").unwrap_or_default();
    if !destination.starts_with("https://") {
        return Answer::Refused("InvalidDestination");
    }
    let token = params.text("SigninToken").unwrap_or_default();
    match account.sign_in.sign_in(token, now) {
        Ok(arn) => Answer::Page(format!(
            "Signed in as {arn}.\nThis sandbox has no console. AWS would open {destination}\n"
        )),
        Err(NotSignedIn::Unknown) => Answer::Refused("InvalidSigninToken"),
        Err(NotSignedIn::Used) => Answer::Refused("UsedSigninToken"),
        Err(NotSignedIn::Ended) => Answer::Refused("ExpiredSigninToken"),
    }
}
