//! From a request to its answer: who calls, what for, may they, do it.
//!
//! Pure but for the account's own random numbers: no clock, no file, no socket. Each request passes the same gates in the same
//! order, whatever its service and protocol, and an operation runs only past all of them:
//!
//! 1. the signature proves the caller;
//! 2. the request names an operation of the service that the signature is for;
//! 3. what AWS bars sessions from, whatever the policies say;
//! 4. the policies, through [`mod@authorise`];
//! 5. AWS's own rule on managing one's own MFA devices, through [`own_device`];
//! 6. the operation itself; what is allowed and not served is answered so.

mod answer;
mod authorise;
mod elsewhere;
mod harmless;
mod iam;
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
use answer::{Done, respond};
use authorise::{Ask, Scene, Verdict, authorise};
use operation::{Operation, Turn};
use params::Params;
use resource::Place;
use table::Named;
use wire::Protocol;

/// The times that a request is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// The account's: of codes, sessions, propagation and conditions. A test may move it.
    pub account: UtcDateTime,
    /// The signature's: clients sign by the system's clock, and nobody moves that.
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

/// Answers one request. Never fails: whatever is wrong with the request is an answer too.
pub fn handle(account: &mut Account, request: &Request, now: impl Into<Clocks>) -> Response {
    let clocks = now.into();
    let params = Params::of(request);
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
    let from = answer::From {
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
    let from = answer::From {
        protocol: Protocol::Query,
        service: None,
        date: entry.time,
    };
    respond(&from, Err(Fault::internal()), &request_id, entry)
}

const SUCCESS: &str = "Success";

/// What is known of a request so far.
#[derive(Default)]
struct Trace {
    protocol: Protocol,
    /// Who answers, of the two that speak the query protocol here.
    service: Option<Service>,
    caller: Option<Caller>,
    /// As IAM writes it.
    action: Option<String>,
    verdict: Option<Verdict>,
}

/// The action of a request that was refused before its service was known. A name that no action can have is not repeated.
fn bare_action(params: &Params) -> Option<String> {
    params
        .text("Action")
        .filter(|a| is_name(a))
        .map(str::to_owned)
}

fn is_name(action: &str) -> bool {
    (1..=64).contains(&action.len()) && action.bytes().all(|b| b.is_ascii_alphabetic())
}

/// Takes a request through the gates, and notes in `trace` how far it came.
fn answer(
    account: &mut Account,
    request: &Request,
    params: &Params,
    clocks: Clocks,
    request_id: &str,
    trace: &mut Trace,
) -> Result<Done, Fault> {
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
    let asks = authenticated.asks(account, trace.protocol, trace.service)?;
    let action = asks
        .last()
        .map(|ask| ask.action.clone())
        .unwrap_or_default();
    trace.action = Some(action.clone());
    let scene = authenticated.scene();
    authorise(account, caller, &scene, &asks, &mut trace.verdict)?;
    harmless::answer(&action, params, account.account_id(), request_id)
        .map(Done::Document)
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
    fn scene(&self) -> Scene<'_> {
        Scene {
            now: self.now,
            region: &self.claim.region,
            // The server listens on loopback only.
            source_ip: "127.0.0.1",
            user_agent: self.request.header("user-agent"),
            referer: self.request.header("referer"),
        }
    }

    /// Runs one of the account's operations, if the policies and AWS's rule on own MFA devices allow it.
    fn run(
        &self,
        operation: &'static Operation,
        account: &mut Account,
        verdict: &mut Option<Verdict>,
    ) -> Result<Done, Fault> {
        let mut turn = Turn {
            operation,
            account,
            caller: self.caller,
            params: self.params,
            region: &self.claim.region,
            now: self.now,
        };
        let asks = (operation.asks)(&turn)?;
        authorise(turn.account, self.caller, &self.scene(), &asks, verdict)?;
        own_device::guard(&turn)?;
        Ok(Done::Operation(operation, (operation.run)(&mut turn)?))
    }

    /// What the policies must allow for an operation that the account does not serve.
    fn asks(
        &self,
        account: &Account,
        protocol: Protocol,
        service: Option<Service>,
    ) -> Result<Vec<Ask>, Fault> {
        let records = &account.records;
        let place = Place {
            partition: &records.partition,
            region: &self.claim.region,
            account: &records.account_id,
        };
        let mut asks = elsewhere::asks(self.request, self.params, self.claim, protocol, &place)?;
        if service == Some(Service::Iam)
            && let Some(ask) = asks.first_mut()
            && let Some(arn) = elsewhere::of_iam(records, self.params)
        {
            ask.resource = arn;
        }
        Ok(asks)
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
