//! The arguments of `console` as they are typed, and their help.

use clap::Args;

use super::session::SessionArgs;

pub(super) const AFTER: &str = "\
The console is opened as the role of a role profile, because AWS does not accept
the sessions of users there. The console session ends with the role's
credentials, after an hour unless the profile has `duration_seconds`.

Without a browser (no graphical session, or over SSH without one) the URL is
printed to stdout. It is a secret: whoever has it within 15 minutes is signed in.
$BROWSER names another browser.";

/// `console`.
#[derive(Debug, Args)]
pub struct Console {
    /// The options of a login, if one is needed.
    #[command(flatten)]
    pub session: SessionArgs,
    /// Service whose page is opened, as in the console's URLs, e.g. `s3` [default: the home page]
    #[arg(long, value_name = "NAME", conflicts_with = "destination")]
    pub service: Option<String>,
    /// Page of the console that is opened
    #[arg(long, value_name = "URL", value_hint = clap::ValueHint::Url)]
    pub destination: Option<String>,
    /// Print the URL to stdout instead of opening a browser
    #[arg(long)]
    pub print: bool,
}
