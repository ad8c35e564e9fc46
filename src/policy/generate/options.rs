//! The options of a policy, and how they can contradict each other.

use super::kind::Kind;
use super::template::Template;

/// The options of a policy. The default is the seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The templates to combine; if there are none, the seed, or `max-age` if `max_age` is given.
    pub templates: Vec<Template>,
    /// Whether to add the guard `own-only`.
    pub guard_own_only: bool,
    /// The partition of every ARN.
    pub partition: String,
    /// Further actions that pass without MFA.
    pub exceptions: Vec<String>,
    /// The name of the statement that denies everything, or of the only statement.
    pub sid: Option<String>,
    /// The oldest token code, in seconds.
    pub max_age: Option<u64>,
    /// Who may assume the role of `role-trust`.
    pub principals: Vec<String>,
    /// For `scp`: users with this tag are exempt.
    pub exempt_tag: Option<(String, String)>,
    /// For `revoke`: the present time in RFC 3339.
    pub now: Option<String>,
    /// The kind of policy to save the document as; by default the kind that suits the templates.
    pub kind: Option<Kind>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            templates: Vec::new(),
            guard_own_only: false,
            partition: "aws".to_owned(),
            exceptions: Vec::new(),
            sid: None,
            max_age: None,
            principals: Vec::new(),
            exempt_tag: None,
            now: None,
            kind: None,
        }
    }
}

/// Options that contradict each other, or of which no policy can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// Two templates that exclude each other.
    #[error("templates `{}` and `{}` contradict each other", .0.name(), .1.name())]
    Templates(Template, Template),
    /// An option that needs a template which is not given.
    #[error("`{0}` needs template `{1}`")]
    Needs(&'static str, &'static str),
    /// A template that needs an option.
    #[error("template `{}` needs `{option}`", .template.name())]
    NeedsOption {
        /// The template.
        template: Template,
        /// The option.
        option: &'static str,
    },
    /// A template that cannot be saved as this kind.
    #[error("template `{}` cannot be saved as `{}`", .0.name(), .1.name())]
    Kind(Template, Kind),
    /// A malformed value.
    #[error("invalid {what} `{value}`: expected {expected}")]
    Value {
        /// The value as given.
        value: String,
        /// What it should have been.
        what: &'static str,
        /// Its form.
        expected: &'static str,
    },
    /// A document that exceeds the size limit of its kind.
    #[error("{size} characters, but `{}` can have at most {}", .kind.name(), .kind.limit())]
    TooLarge {
        /// The size in characters, as AWS counts them.
        size: usize,
        /// The kind.
        kind: Kind,
    },
    /// A document that IAM refuses to store.
    #[error("IAM refuses to store the policy: \"{0}\"")]
    Refused(std::borrow::Cow<'static, str>),
    /// A character that IAM refuses.
    #[error("IAM refuses the character U+{:04X} in policies", u32::from(*.0))]
    Character(char),
}
