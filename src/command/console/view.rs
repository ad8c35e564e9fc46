//! What is opened, as which role and where it is signed in: everything that is known without a code.

use crate::aws::Federation;
use crate::aws::console::{Console, Page};
use crate::aws::endpoint::Endpoint;
use crate::aws::role::DEFAULT_ROLE_SECONDS;
use crate::context::Context;
use crate::error::Error;
use crate::login::plan::{self, Assumption, Settings, Wanted};
use crate::login::{Answer, LocalState, LoginError, Purpose};
use crate::process::shell_quote;

/// What was typed.
pub(super) struct Wish<'a> {
    pub(super) service: Option<&'a str>,
    pub(super) destination: Option<&'a str>,
}

/// The role profile that the console is opened as.
pub(super) struct RoleProfile {
    pub(super) profile: String,
    seconds: u32,
}

impl RoleProfile {
    /// Whether the role is assumed for another time than AWS's own.
    pub(super) fn has_own_duration(&self) -> bool {
        self.seconds != DEFAULT_ROLE_SECONDS
    }
}

/// What is opened, as which role and where it is signed in.
pub(super) struct View {
    pub(super) role: RoleProfile,
    pub(super) page: Page,
    pub(super) federation: Federation,
}

impl View {
    /// Finds the role, its console and the page, before anybody is asked for a code.
    ///
    /// # Errors
    /// The profile has no role, its partition has no console, or the page is not one of it.
    pub(super) fn of(context: &Context, wanted: &Wanted, wish: &Wish<'_>) -> Result<Self, Error> {
        let (_, (source, role, settings)) =
            LocalState::look_up(&context.env, Purpose::Answer, &mut |state| {
                find(context, state, wanted)
            })?;
        let role = role.ok_or_else(|| no_role(&source))?;
        let partition = role.arn.partition();
        let console = Console::of_partition(partition).ok_or_else(|| Error::Refused {
            message: format!("AWS documents no way to sign in to the console of partition `{partition}` with a role's credentials"),
            hint: "sign in to the console by hand".to_owned(),
        })?;
        Ok(Self {
            page: page(context, &console, wanted, &settings, wish)?,
            federation: federation(&console, &settings)?,
            role: RoleProfile {
                seconds: role.duration_seconds,
                profile: role.profile,
            },
        })
    }

    /// The same command with another option.
    pub(super) fn command(&self, option: &str) -> String {
        let profile = shell_quote(&self.role.profile);
        format!("mfa-session console {option} --profile {profile}")
    }
}

/// The source profile, the role that is wanted, and the settings.
type Found = (String, Option<Assumption>, Settings);

fn find(
    context: &Context,
    state: &LocalState,
    wanted: &Wanted,
) -> Result<Answer<Found>, LoginError> {
    let var = |name: &str| context.env.get(name).map(str::to_owned);
    let names = state.names(context, wanted)?;
    let role = plan::role_chain(&names.roles)?.map(|chain| chain.last().clone());
    let settings = plan::settings(wanted, &var, &state.profiles, &names)?;
    let is_complete = role.is_some();
    let found = (names.source, role, settings);
    Ok(if is_complete {
        Answer::Complete(found)
    } else {
        Answer::Partial(found)
    })
}

/// The error for a profile that stands for the session of a user.
pub(super) fn no_role(source: &str) -> Error {
    let quoted = shell_quote(source);
    Error::Refused {
        message: format!(
            "profile `{source}` stands for a session of sts:GetSessionToken, and AWS's console accepts only the credentials of roles"
        ),
        hint: format!(
            "add a profile for a role, and name it: aws configure set role_arn arn:aws:iam::ACCOUNT:role/ROLE --profile NAME && aws configure set source_profile {quoted} --profile NAME && mfa-session console --profile NAME"
        ),
    }
}

fn page(
    context: &Context,
    console: &Console,
    wanted: &Wanted,
    settings: &Settings,
    wish: &Wish<'_>,
) -> Result<Page, Error> {
    if let Some(text) = wish.destination {
        return console.destination(text).map_err(|error| Error::Usage {
            message: error.to_string(),
            hint: "copy the URL from the console's address bar, or name a service: --service s3"
                .to_owned(),
        });
    }
    let variable = |name| context.env.get(name).map(str::to_owned);
    let region = (wanted.region.clone())
        .or_else(|| variable("AWS_REGION"))
        .or_else(|| variable("AWS_DEFAULT_REGION"))
        .or_else(|| settings.profile_region.clone());
    if let Some(region) = region.as_deref().filter(|r| !console.has_region(r)) {
        return Err(Error::Usage {
            message: format!("region `{region}` is not in the partition of the role"),
            hint: "name a region of the role's partition: --region REGION".to_owned(),
        });
    }
    (console.page(wish.service, region.as_deref())).map_err(|error| Error::Usage {
        message: format!(
            "`{}` is {error}",
            wish.service.unwrap_or_default().escape_debug()
        ),
        hint: "mfa-session console --service s3".to_owned(),
    })
}

/// The endpoint that gets the role's credentials. INVARIANT: credentials from AWS go to AWS alone, and those from a server on this
/// machine only back to that server.
fn federation(console: &Console, settings: &Settings) -> Result<Federation, Error> {
    let endpoint = match settings.sts_endpoint.as_ref() {
        Some(sts) if sts.is_loopback() => {
            let own = sts
                .foreign()
                .and_then(|origin| Endpoint::new(&format!("{}/federation", origin.as_str())).ok());
            own.unwrap_or_else(|| sts.clone())
        }
        Some(sts) if sts.foreign().is_some() => {
            return Err(Error::Refused {
                message: format!(
                    "the role's credentials come from {}, and AWS's console accepts only AWS's own",
                    sts.host()
                ),
                hint: "unset the endpoint of the profile: see `endpoint_url` and AWS_ENDPOINT_URL"
                    .to_owned(),
            });
        }
        _ => console.federation().ok_or_else(|| Error::Refused {
            message: "the console has no address".to_owned(),
            hint: "sign in to the console by hand".to_owned(),
        })?,
    };
    Ok(Federation {
        endpoint,
        ca_bundle: settings.ca_bundle.clone(),
    })
}
