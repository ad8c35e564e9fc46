//! What `login`, `exec` and `env` have in common.

use secrecy::ExposeSecret;
use time::UtcDateTime;

use crate::cli::SessionArgs;
use crate::context::Context;
use crate::error::Error;
use crate::login::plan::{ENDPOINT_VARIABLE, KeysFrom, Wanted};
use crate::login::{Delivery, LoggedIn, Request, Reuse, log_in};
use crate::session::record::Record;

use super::token_code;

/// The request that the options make. A malformed token code is refused here, before anything else.
pub(super) fn request(
    profile: Option<String>,
    args: SessionArgs,
    delivery: Delivery,
    reuse: Reuse,
) -> Result<Request, Error> {
    let token_code = args.token_code.map(token_code::given).transpose()?;
    Ok(Request {
        wanted: Wanted {
            profile,
            explicit_only: false,
            session_profile: None,
            serial_number: args.serial_number,
            duration_seconds: args.duration_seconds.or(args.duration),
            min_remaining: args.min_remaining,
            region: args.region,
            endpoint_url: args.endpoint_url,
            mfa_process: args.mfa_process,
            keys: if args.source_env {
                KeysFrom::Environment
            } else {
                KeysFrom::Profile
            },
        },
        token_code,
        delivery,
        reuse,
    })
}

/// The session for `exec` and `env`: a live one, else that of a new login; and the role that the profile stands for.
pub(super) fn any_live(
    context: &Context,
    profile: Option<String>,
    args: SessionArgs,
) -> Result<LoggedIn, Error> {
    let request = request(profile, args, Delivery::Cache, Reuse::Live)?;
    Ok(log_in(context, &request)?)
}

/// The time left to the nearest minute, e.g. `7h 12m`.
pub(super) fn time_left(record: &Record, now: UtcDateTime) -> String {
    let seconds = record.seconds_left(now).max(0).unsigned_abs();
    let shown = if seconds >= 60 {
        (seconds + 30) / 60 * 60
    } else {
        seconds
    };
    humantime::format_duration(std::time::Duration::from_secs(shown)).to_string()
}

/// The environment variables of a session or a role, which every SDK reads.
pub(super) fn variables(session: &LoggedIn, context: &Context) -> Vec<(String, String)> {
    let credentials = session.issued().credentials;
    let mut all = vec![
        ("AWS_ACCESS_KEY_ID", credentials.id.to_string()),
        (
            "AWS_SECRET_ACCESS_KEY",
            credentials.secret.expose_secret().to_owned(),
        ),
        (
            "AWS_SESSION_TOKEN",
            credentials.token.expose_secret().to_owned(),
        ),
        (
            "AWS_CREDENTIAL_EXPIRATION",
            crate::aws::types::rfc3339(session.issued().expiration_here()),
        ),
    ];
    // boto3 and AWS CLI 1 read only AWS_DEFAULT_REGION, most SDKs only AWS_REGION. What the user has set stays.
    let of_user = |name| context.env.get(name).map(str::to_owned);
    let region = REGION_VARIABLES
        .into_iter()
        .find_map(of_user)
        .or_else(|| session.settings.profile_region.clone());
    if let Some(region) = region {
        let unset = REGION_VARIABLES
            .into_iter()
            .filter(|name| of_user(name).is_none());
        all.extend(unset.map(|name| (name, region.clone())));
    }
    let all = all
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    all.chain(way_to_aws(session, context)).collect()
}

/// The profile's settings about the way to AWS: a program that reads no profile goes the same way. What the user has set stays; a
/// variable for all endpoints would lose to one of the profile's for a service.
fn way_to_aws(session: &LoggedIn, context: &Context) -> impl Iterator<Item = (String, String)> {
    let env = &context.env;
    let is_set = |name: &str| env.os(name).is_some();
    let own_endpoints = is_set(ENDPOINT_VARIABLE)
        || (env.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let exported = session.settings.exported.clone().into_iter();
    exported.filter(move |(name, _)| {
        let is_overridden = own_endpoints && name.starts_with(ENDPOINT_VARIABLE);
        !is_overridden && !is_set(name)
    })
}

/// The variables that name a region, the more important one first.
const REGION_VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// Other variables that would override the session's, or contradict them.
pub(super) const CONFLICTING: [&str; 4] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_EXPIRATION",
];
