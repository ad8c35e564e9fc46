//! From a request to its answer: who calls, what for, may they, do it.
//!
//! Pure but for the account's own random numbers: no clock, no file, no socket. Each request passes the same gates in the same
//! order, and an operation runs only past all of them:
//!
//! 1. the signature proves the caller;
//! 2. the parameters name an operation of the service that the signature is for;
//! 3. what AWS bars sessions from, whatever the policies say;
//! 4. the policies, through [`authorise`];
//! 5. the operation itself.

mod authorise;
mod iam;
mod params;
mod sts;

use time::UtcDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::account::{Account, Call, Caller, SignedWith};
use super::fault::Fault;
use super::message::{Decided, Entry, Request, Response};
use super::response::{self, Node, Service};
use super::sigv4::Claim;
use authorise::{Ask, Scene, Verdict, authorise};
use params::Params;

/// The date of HTTP headers (<https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7>).
const HTTP_DATE: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

/// One thing that the account can be asked for.
struct Operation {
    service: Service,
    name: &'static str,
    sessions: Sessions,
    /// What the request asks for, looked up in the account: names are authorised on the ARNs that are stored.
    asks: fn(&Turn<'_>) -> Result<Vec<Ask>, Fault>,
    run: fn(&mut Turn<'_>) -> Result<Vec<Node>, Fault>,
}

/// Which sessions AWS lets call an operation at all.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sessions {
    All,
    WithMfa,
    None,
}

/// Every operation; a table stands beside what it runs.
fn operations() -> impl Iterator<Item = &'static Operation> {
    [sts::OPERATIONS, iam::OPERATIONS].into_iter().flatten()
}

impl Operation {
    /// `iam:GetUser`.
    fn action(&self) -> String {
        format!("{}:{}", self.service.name(), self.name)
    }
}

/// What an operation works with.
struct Turn<'a> {
    operation: &'static Operation,
    account: &'a mut Account,
    caller: &'a Caller,
    params: &'a Params,
    now: UtcDateTime,
}

/// Answers one request. Never fails: whatever is wrong with the request is an answer too.
pub fn handle(account: &mut Account, request: &Request, now: UtcDateTime) -> Response {
    let params = Params::of(request);
    let request_id = account.request_id();
    let mut trace = Trace::default();
    let result = answer(account, request, &params, now, &mut trace);
    let outcome = result.as_ref().map_or_else(|fault| fault.code, |_| SUCCESS);
    let action = trace.action(&params);
    if let (Some(caller), Some(action)) = (&trace.caller, &action) {
        account.record(Call {
            action: action.clone(),
            caller: caller.arn.clone(),
            signed_with: caller.signed_with,
            outcome: outcome.to_owned(),
        });
    }
    let entry = Entry {
        time: now,
        signed_with: trace.caller.as_ref().map(|c| c.signed_with),
        caller: trace.caller.map(|c| c.arn),
        action,
        decision: trace.verdict.map(|v| Decided {
            decision: v.outcome.as_str(),
            statement: v.statement,
        }),
        outcome: outcome.to_owned(),
    };
    respond(trace.service, result, request_id, entry)
}

/// The answer to a request whose effect could not be stored.
pub(super) fn internal_failure(account: &mut Account, entry: Entry) -> Response {
    let request_id = account.request_id();
    let entry = Entry {
        outcome: Fault::internal().code.to_owned(),
        ..entry
    };
    respond(None, Err(Fault::internal()), request_id, entry)
}

const SUCCESS: &str = "Success";

/// What is known of a request so far.
#[derive(Default)]
struct Trace {
    service: Option<Service>,
    caller: Option<Caller>,
    verdict: Option<Verdict>,
}

impl Trace {
    /// The action as IAM writes it. A name that no action can have is not repeated.
    fn action(&self, params: &Params) -> Option<String> {
        let action = params.text("Action")?;
        let is_name =
            (1..=64).contains(&action.len()) && action.bytes().all(|b| b.is_ascii_alphabetic());
        is_name.then(|| match self.service {
            Some(service) => format!("{}:{action}", service.name()),
            None => action.to_owned(),
        })
    }
}

/// An operation's name and result.
type Answered = (&'static Operation, Vec<Node>);

fn answer(
    account: &mut Account,
    request: &Request,
    params: &Params,
    now: UtcDateTime,
    trace: &mut Trace,
) -> Result<Answered, Fault> {
    if request.path != "/" {
        return Err(Fault::new(
            404,
            "InvalidAction",
            "This account answers under the path / only.",
        ));
    }
    let claim = Claim::of(request)?;
    let service = Service::named(&claim.service).ok_or_else(|| {
        Fault::new(
            400,
            "InvalidAction",
            "This account serves sts and iam only.",
        )
    })?;
    trace.service = Some(service);
    let caller = trace
        .caller
        .insert(authenticate(account, request, &claim, now)?);
    let operation = operation(service, params)?;
    admit(operation, caller.signed_with)?;
    let scene = Scene {
        now,
        region: &claim.region,
        source_ip: "127.0.0.1",
        user_agent: request.header("user-agent"),
    };
    let mut turn = Turn {
        operation,
        account,
        caller,
        params,
        now,
    };
    let asks = (operation.asks)(&turn)?;
    authorise(turn.account, turn.caller, &scene, &asks, &mut trace.verdict)?;
    Ok((operation, (operation.run)(&mut turn)?))
}

fn authenticate(
    account: &Account,
    request: &Request,
    claim: &Claim,
    now: UtcDateTime,
) -> Result<Caller, Fault> {
    let credentials = account.credentials(&claim.key_id, claim.token.as_deref())?;
    claim.verify(request, &credentials, now)?;
    match credentials.expiration {
        Some(end) if now >= end => Err(Fault::expired_token()),
        _ => Ok(credentials.caller),
    }
}

fn operation(service: Service, params: &Params) -> Result<&'static Operation, Fault> {
    let action = params
        .text("Action")
        .filter(|a| !a.is_empty())
        .ok_or_else(Fault::missing_action)?;
    let version = params.text("Version").unwrap_or(service.version());
    operations()
        .find(|o| o.service == service && o.name == action)
        .filter(|_| version == service.version())
        .ok_or_else(|| Fault::unknown_action(action, version))
}

fn admit(operation: &Operation, signed_with: SignedWith) -> Result<(), Fault> {
    match (operation.sessions, signed_with) {
        (_, SignedWith::LongTermKey)
        | (Sessions::All, _)
        | (Sessions::WithMfa, SignedWith::MfaSession) => Ok(()),
        (Sessions::WithMfa, SignedWith::Session) => Err(Fault::no_iam_without_mfa()),
        (Sessions::None, _) => Err(Fault::not_with_session(operation.name)),
    }
}

fn respond(
    service: Option<Service>,
    result: Result<Answered, Fault>,
    request_id: String,
    entry: Entry,
) -> Response {
    let (status, body) = match result {
        Ok((operation, nodes)) => (
            200,
            response::success(operation.service, operation.name, &nodes, &request_id),
        ),
        Err(fault) => {
            // An action that nobody has answered is refused in nobody's name.
            let service = service.filter(|_| fault.code != "InvalidAction");
            (fault.status, response::error(service, &fault, &request_id))
        }
    };
    Response {
        status,
        headers: vec![
            ("x-amzn-requestid", request_id),
            ("content-type", "text/xml".to_owned()),
            ("date", entry.time.format(HTTP_DATE).unwrap_or_default()),
        ],
        // INVARIANT: the writer's target is memory, so there is nothing that could fail.
        body: body.unwrap_or_default(),
        entry,
    }
}

#[cfg(test)]
mod tests;
