//! The arguments of `device` as they are typed, and their help.

use clap::{Args, Subcommand, ValueEnum};

/// `device`.
#[derive(Debug, Subcommand)]
pub enum Device {
    /// List the MFA devices of the user, and whether they can be used to log in
    List(DeviceList),
}

/// Where the calls of `device` and `key` go.
#[derive(Debug, Args, Default)]
pub struct CallArgs {
    /// Region of the STS endpoint [default: AWS_REGION, AWS_DEFAULT_REGION, the profile, then the partition's home region]
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// URL to call instead of AWS's endpoints
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
}

/// `device list`.
#[derive(Debug, Args)]
pub struct DeviceList {
    /// Output format
    #[arg(long, value_enum, default_value_t = DeviceForm::Text, value_name = "FORM")]
    pub format: DeviceForm,
    /// Where calls go.
    #[command(flatten)]
    pub call: CallArgs,
}

/// How `device list` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DeviceForm {
    /// for people
    Text,
    /// for programs
    Json,
}
