//! The kinds of policy, with the sizes and characters that AWS accepts
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).

/// What a document is to be saved as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A managed policy.
    Managed,
    /// An inline policy of a user.
    InlineUser,
    /// An inline policy of a group.
    InlineGroup,
    /// An inline policy of a role.
    InlineRole,
    /// A role's trust policy.
    Trust,
    /// A service control policy.
    Scp,
    /// A resource control policy.
    Rcp,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Managed,
        Self::InlineUser,
        Self::InlineGroup,
        Self::InlineRole,
        Self::Trust,
        Self::Scp,
        Self::Rcp,
    ];

    /// The kind with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.name() == name)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Managed => "managed",
            Self::InlineUser => "inline-user",
            Self::InlineGroup => "inline-group",
            Self::InlineRole => "inline-role",
            Self::Trust => "trust",
            Self::Scp => "scp",
            Self::Rcp => "rcp",
        }
    }

    /// The most characters that AWS takes; for inline policies the sum of all of one user, group or role. A trust policy's
    /// limit can be raised to 4,096.
    #[must_use]
    pub fn limit(self) -> usize {
        match self {
            Self::Managed => 6_144,
            Self::InlineUser | Self::Trust => 2_048,
            Self::InlineGroup | Self::Rcp => 5_120,
            Self::InlineRole | Self::Scp => 10_240,
        }
    }

    /// The characters of `text` that count: IAM leaves white space out, Organizations counts all that is sent to it.
    #[must_use]
    pub fn size(self, text: &str) -> usize {
        match self {
            Self::Scp | Self::Rcp => text.chars().count(),
            Self::Managed
            | Self::InlineUser
            | Self::InlineGroup
            | Self::InlineRole
            | Self::Trust => text.chars().filter(|c| !c.is_whitespace()).count(),
        }
    }
}

/// The first character that IAM refuses in a policy: it takes tab, line feed, carriage return and U+0020 to U+00FF.
#[must_use]
pub fn refused_character(text: &str) -> Option<char> {
    text.chars()
        .find(|c| !matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}'))
}
