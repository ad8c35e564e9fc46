//! The kinds of policies, each with its size limit.

use clap::ValueEnum;

/// The kinds of policy by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KindName {
    /// managed policy: 6,144 characters
    Managed,
    /// inline policies of a user: 2,048
    InlineUser,
    /// inline policies of a group: 5,120
    InlineGroup,
    /// inline policies of a role: 10,240
    InlineRole,
    /// trust policy of a role: 2,048
    Trust,
    /// service control policy: 10,240, white space counted
    Scp,
    /// resource control policy: 5,120, white space counted
    Rcp,
}
