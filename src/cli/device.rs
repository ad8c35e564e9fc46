//! The arguments of `device` as they are typed, and their help.

use clap::{Args, Subcommand, ValueEnum};

use super::hidden::Hidden;

/// `device`.
#[derive(Debug, Subcommand)]
pub enum Device {
    /// List the MFA devices of the user, and whether they can be used to log in
    List(DeviceList),
    /// Create a virtual MFA device, show its QR code for an authenticator app, and enable it with two token codes
    #[command(after_help = ENROLL)]
    Enroll(DeviceEnroll),
    /// Resynchronise a device whose codes AWS refuses because its clock is off, with two token codes
    Resync(DeviceResync),
    /// Take a device from the user, and delete it if it is a virtual one; this needs an MFA session
    Remove(DeviceRemove),
}

const ENROLL: &str = "\
A script, which has no terminal, works in two steps: it creates the device and
stores its secret, and then enables it with two codes of the device:
  mfa-session device enroll --yes --create-only --secret > secret
  mfa-session device enroll --yes --serial-number ARN \\
    --authentication-code1 CODE --authentication-code2 NEXT_CODE";

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

/// The two codes that prove a device to AWS, where they are not typed at the terminal.
#[derive(Debug, Args, Default)]
pub struct CodeArgs {
    /// First of two consecutive token codes of the device [default: ask at the terminal]
    #[arg(
        long,
        value_name = "CODE",
        requires = "authentication_code2",
        allow_hyphen_values = true
    )]
    pub authentication_code1: Option<Hidden>,
    /// Second of two consecutive token codes of the device
    #[arg(
        long,
        value_name = "CODE",
        requires = "authentication_code1",
        allow_hyphen_values = true
    )]
    pub authentication_code2: Option<Hidden>,
}

/// `device enroll`.
#[derive(Debug, Args)]
pub struct DeviceEnroll {
    /// Name of the new device [default: the user's name]
    #[arg(long, value_name = "NAME", conflicts_with = "serial_number")]
    pub name: Option<String>,
    /// Print the device's secret to stdout instead of showing a QR code at the terminal
    #[arg(long, conflicts_with = "serial_number")]
    pub secret: bool,
    /// Only create the device, and print the command that enables it
    #[arg(long, conflicts_with_all = ["serial_number", "authentication_code1"])]
    pub create_only: bool,
    /// Enable a virtual device that was created before, instead of a new one
    #[arg(long, value_name = "ARN")]
    pub serial_number: Option<String>,
    /// Go on without asking
    #[arg(long)]
    pub yes: bool,
    /// The codes.
    #[command(flatten)]
    pub codes: CodeArgs,
    /// Where calls go.
    #[command(flatten)]
    pub call: CallArgs,
}

/// `device resync`.
#[derive(Debug, Args)]
pub struct DeviceResync {
    /// Serial number or ARN of the device [default: the only one that shows codes]
    #[arg(long, value_name = "SERIAL")]
    pub serial_number: Option<String>,
    /// Go on without asking
    #[arg(long)]
    pub yes: bool,
    /// The codes.
    #[command(flatten)]
    pub codes: CodeArgs,
    /// Where calls go.
    #[command(flatten)]
    pub call: CallArgs,
}

/// `device remove`.
#[derive(Debug, Args)]
pub struct DeviceRemove {
    /// Serial number or ARN of the device [default: the only one]
    #[arg(long, value_name = "SERIAL")]
    pub serial_number: Option<String>,
    /// Go on without asking
    #[arg(long)]
    pub yes: bool,
    /// Where calls go.
    #[command(flatten)]
    pub call: CallArgs,
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
