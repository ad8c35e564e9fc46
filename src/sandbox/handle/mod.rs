//! Answers requests: authenticates the caller, authorises the request, and runs the operation.
//!
//! This is pure except for the account's random numbers: it uses no clock, file or socket. Every request passes the same checks in
//! the same order, whatever its service and protocol, and an operation runs only after all of them:
//!
//! 1. The signature authenticates the caller.
//! 2. The request names an operation of the service that it is signed for.
//! 3. AWS lets this kind of session call the operation at all.
//! 4. The policies allow it: [`mod@authorise`].
//! 5. AWS's rule on the caller's own MFA devices allows it: [`own_device`].
//! 6. The operation runs. A request that is allowed and not served is answered with `NotImplemented`.

mod answer;
mod authorise;
mod console;
mod harmless;
mod iam;
mod not_served;
mod operation;
mod own_device;
mod params;
mod resource;
mod sts;
mod table;
mod wire;

use time::UtcDateTime;

use super::account::{Account, Call, Caller, Use};
use super::fault::Fault;
use super::message::{Decided, Entry, Request, Response};
use super::response::Service;
use super::sigv4::Claim;
use answer::{AnswerForm, SUCCESS, Success, respond};
use authorise::{Permission, RequestFacts, Verdict, authorise};
use operation::{Operation, OperationCall};
use params::Params;
use resource::ArnScope;
use table::Named;
use wire::Protocol;

/// The two clocks of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// The account's clock, for codes, sessions, propagation and conditions. A test may move it.
    pub account: UtcDateTime,
    /// The clock for signatures. Clients sign by the system's clock, so this one is never moved.
    pub signature: UtcDateTime,
}

impl From<UtcDateTime> for Clocks {
    fn from(now: UtcDateTime) -> Self {
        Self {
            account: now,
            signature: now,
        }
    }
}

/// Answers one request. This never fails: an error in the request is an answer too.
pub fn handle(account: &mut Account, request: &Request, now: impl Into<Clocks>) -> Response {
    let clocks = now.into();
    let params = Params::of(request);
    if console::is_for_console(request) {
        return console::answer(account, request, &params, clocks.account);
    }
    let request_id = account.request_id();
    let mut trace = Trace {
        protocol: Protocol::of(request, &params, None),
        ..Trace::default()
    };
    let result = answer(account, request, &params, clocks, &request_id, &mut trace)
        .map_err(|fault| trace.protocol.translate(fault));
    let outcome = result.as_ref().map_or_else(|fault| fault.code, |_| SUCCESS);
    let action = trace.action.take().or_else(|| bare_action(&params));
    if let (Some(caller), Some(action)) = (&trace.caller, &action) {
        account.record(Call {
            action: action.clone(),
            caller: caller.arn.clone(),
            signed_with: caller.signed_with,
            outcome: outcome.to_owned(),
        });
    }
    let entry = Entry {
        time: clocks.account,
        signed_with: trace.caller.as_ref().map(|c| c.signed_with),
        caller: trace.caller.map(|c| c.arn),
        action,
        decision: trace.verdict.map(|v| Decided {
            decision: v.outcome.as_str(),
            statement: v.statement,
        }),
        outcome: outcome.to_owned(),
    };
    let from = AnswerForm {
        protocol: trace.protocol,
        service: trace.service,
        date: clocks.signature,
    };
    respond(&from, result, &request_id, entry)
}

/// The answer to a request whose effect could not be stored.
pub(super) fn internal_failure(account: &mut Account, entry: Entry) -> Response {
    let request_id = account.request_id();
    let entry = Entry {
        outcome: Fault::internal().code.to_owned(),
        ..entry
    };
    let from = AnswerForm {
        protocol: Protocol::Query,
        service: None,
        date: entry.time,
    };
    respond(&from, Err(Fault::internal()), &request_id, entry)
}

/// How far a request has come, for its answer and its line in the log.
#[derive(Default)]
struct Trace {
    protocol: Protocol,
    /// The service, if the account serves it.
    service: Option<Service>,
    caller: Option<Caller>,
    /// The action as IAM writes it, e.g. `iam:GetUser`.
    action: Option<String>,
    verdict: Option<Verdict>,
}

/// The action of a request that was refused before its service was known. `None` if no action can have this name, so that the log
/// does not repeat arbitrary text.
fn bare_action(params: &Params) -> Option<String> {
    params
        .text("Action")
        .filter(|a| is_name(a))
        .map(str::to_owned)
}

fn is_name(action: &str) -> bool {
    (1..=64).contains(&action.len()) && action.bytes().all(|b| b.is_ascii_alphabetic())
}

/// Takes a request through all checks, and records in `trace` how far it came.
fn answer(
    account: &mut Account,
    request: &Request,
    params: &Params,
    clocks: Clocks,
    request_id: &str,
    trace: &mut Trace,
) -> Result<Success, Fault> {
    let claim = Claim::of(request)?;
    trace.protocol = Protocol::of(request, params, Some(&claim.service));
    trace.service = Service::named(&claim.service);
    trace.action = trace
        .service
        .and_then(|service| Some(format!("{}:{}", service.name(), bare_action(params)?)));
    let caller = trace
        .caller
        .insert(authenticate(account, request, &claim, clocks)?);
    account.note_use(
        &claim.key_id,
        Use {
            date: clocks.account,
            service: claim.service.clone(),
            region: claim.region.clone(),
        },
    );
    let authenticated = Authenticated {
        request,
        params,
        claim: &claim,
        caller,
        now: clocks.account,
    };
    if let Some(service) = trace.service {
        if request.path != "/" {
            return Err(Fault::no_such_path());
        }
        match service.operation(params)? {
            Named::Served(operation) => {
                service.admit(operation.name, operation.sessions, caller.signed_with)?;
                return authenticated.run(operation, account, &mut trace.verdict);
            }
            Named::NotServed => {
                let name = params.text("Action").unwrap_or_default();
                service.admit(name, service.sessions(), caller.signed_with)?;
            }
        }
    }
    let permissions = authenticated.permissions(account, trace.protocol, trace.service)?;
    let action = permissions
        .last()
        .map(|permission| permission.action.clone())
        .unwrap_or_default();
    trace.action = Some(action.clone());
    let facts = authenticated.facts();
    authorise(account, caller, &facts, &permissions, &mut trace.verdict)?;
    harmless::answer(&action, params, account.account_id(), request_id)
        .map(Success::Document)
        .ok_or_else(|| Fault::not_implemented(&action))
}

/// A request whose caller has been authenticated.
struct Authenticated<'a> {
    request: &'a Request,
    params: &'a Params,
    claim: &'a Claim,
    caller: &'a Caller,
    now: UtcDateTime,
}

impl Authenticated<'_> {
    fn facts(&self) -> RequestFacts<'_> {
        RequestFacts {
            now: self.now,
            region: &self.claim.region,
            // The server listens on loopback only.
            source_ip: "127.0.0.1",
            user_agent: self.request.header("user-agent"),
            referer: self.request.header("referer"),
        }
    }

    /// Runs an operation that the account serves, if the policies and AWS's rule on own MFA devices allow it.
    fn run(
        &self,
        operation: &'static Operation,
        account: &mut Account,
        verdict: &mut Option<Verdict>,
    ) -> Result<Success, Fault> {
        let mut call = OperationCall {
            operation,
            account,
            caller: self.caller,
            params: self.params,
            region: &self.claim.region,
            now: self.now,
        };
        let permissions = (operation.permissions)(&call)?;
        authorise(
            call.account,
            self.caller,
            &self.facts(),
            &permissions,
            verdict,
        )?;
        own_device::guard(&call)?;
        Ok(Success::Operation(operation, (operation.run)(&mut call)?))
    }

    /// The permissions that a request needs if the account does not serve its operation.
    fn permissions(
        &self,
        account: &Account,
        protocol: Protocol,
        service: Option<Service>,
    ) -> Result<Vec<Permission>, Fault> {
        let records = &account.records;
        let scope = ArnScope {
            partition: &records.partition,
            region: &self.claim.region,
            account: &records.account_id,
        };
        let mut permissions =
            not_served::permissions(self.request, self.params, self.claim, protocol, &scope)?;
        if service == Some(Service::Iam)
            && let Some(permission) = permissions.first_mut()
            && let Some(arn) = not_served::of_iam(records, self.params)
        {
            permission.resource = arn;
        }
        Ok(permissions)
    }
}

fn authenticate(
    account: &Account,
    request: &Request,
    claim: &Claim,
    clocks: Clocks,
) -> Result<Caller, Fault> {
    let credentials = account.credentials(&claim.key_id, claim.token.as_deref())?;
    claim.verify(request, &credentials, clocks.signature)?;
    match credentials.expiration {
        Some(end) if clocks.account >= end => Err(Fault::expired_token()),
        _ => Ok(credentials.caller),
    }
}

#[cfg(test)]
mod tests;
