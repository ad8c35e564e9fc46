//! The policies that this program generates.

mod kind;
pub(crate) mod statements;
mod template;
#[cfg(test)]
mod tests;

pub use kind::{Kind, refused_character};
pub use template::Template;

use statements::{
    Deny, MFA_PRESENT, SEED_EXCEPTIONS, SEED_SID, allow, condition, list, one, statement,
};

use super::document::{
    Document, Effect, Element, Principal, PrincipalKind, Statement, StatementElement, Statements,
    Version,
};

/// What is asked for. The default is the seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The templates to combine; none is the seed, or what `max_age` alone asks for.
    pub templates: Vec<Template>,
    /// Adds the guard `own-only` to whatever the templates say.
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
    /// What the document is to be saved as; by default what fits the templates.
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

/// A policy with the kind that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The document.
    pub document: Document,
    /// What it is to be saved as.
    pub kind: Kind,
    /// A name to save it under.
    pub name: String,
}

/// Options that contradict each other or that no policy can be made of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// Two templates that exclude each other.
    #[error("templates `{}` and `{}` contradict each other", .0.name(), .1.name())]
    Templates(Template, Template),
    /// An option that needs a template that is not there.
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
    /// A value of another form.
    #[error("invalid {what} `{value}`: expected {expected}")]
    Value {
        /// As given.
        value: String,
        /// What it should have been.
        what: &'static str,
        /// Its form.
        expected: &'static str,
    },
    /// More than the kind takes.
    #[error("{size} characters, but `{}` can have at most {}", .kind.name(), .kind.limit())]
    TooLarge {
        /// Characters that count.
        size: usize,
        /// The kind.
        kind: Kind,
    },
    /// A character that IAM refuses.
    #[error("IAM refuses the character U+{:04X} in policies", u32::from(*.0))]
    Character(char),
}

/// The policy that denies everything without MFA, except what a user needs to set up MFA: one statement, `DenyAllWithoutMFA`.
///
/// It is attached together with the user's permission policies; an explicit deny takes precedence over any allow.
#[must_use]
pub fn seed() -> Document {
    document(vec![
        Deny::all_without_mfa(SEED_SID, &SEED_EXCEPTIONS).into_statement(),
    ])
}

/// Writes the policy that is asked for.
///
/// # Errors
/// [`Contradiction`].
pub fn generate(options: &Options) -> Result<Generated, Contradiction> {
    let templates = templates(options);
    let kind = check(options, &templates)?;
    let mut statements = compose(options, &templates);
    if let Some(sid) = &options.sid {
        rename(&mut statements, sid);
    }
    let name = statements
        .iter()
        .find(|s| s.effect() == Effect::Deny)
        .or(statements.first())
        .and_then(|s| s.sid())
        .unwrap_or(SEED_SID)
        .to_owned();
    let document = document(statements);
    let text = document.to_json_compact();
    if let Some(refused) = refused_character(&text) {
        return Err(Contradiction::Character(refused));
    }
    let size = kind.size(&text);
    if size > kind.limit() {
        return Err(Contradiction::TooLarge { size, kind });
    }
    Ok(Generated {
        document,
        kind,
        name,
    })
}

/// The templates in their order, each once; a maximal age and a guard count as theirs.
fn templates(options: &Options) -> Vec<Template> {
    let mut all = options.templates.clone();
    if options.max_age.is_some() {
        all.push(Template::MaxAge);
    }
    if all.is_empty() {
        all.push(Template::Seed);
    }
    if options.guard_own_only {
        all.push(Template::OwnOnly);
    }
    all.sort_unstable();
    all.dedup();
    all
}

fn check(options: &Options, templates: &[Template]) -> Result<Kind, Contradiction> {
    use Template::{
        AdminProvisioned, AwsLogin, ConsoleEnrol, MaxAge, NoAwsLogin, Revoke, RoleTrust, Scp,
        SelfManage,
    };
    let has = |template| templates.contains(&template);
    for (one, other) in [
        (AdminProvisioned, SelfManage),
        (AdminProvisioned, ConsoleEnrol),
        (AwsLogin, NoAwsLogin),
    ] {
        if has(one) && has(other) {
            return Err(Contradiction::Templates(one, other));
        }
    }
    if has(Scp)
        && let Some(allowing) = templates.iter().find(|t| t.allows())
    {
        return Err(Contradiction::Templates(Scp, *allowing));
    }
    let beside_trust = templates.iter().find(|t| !matches!(t, RoleTrust | MaxAge));
    if has(RoleTrust)
        && let Some(other) = beside_trust
    {
        return Err(Contradiction::Templates(RoleTrust, *other));
    }
    for (template, missing, option) in [
        (RoleTrust, options.principals.is_empty(), "--principal"),
        (MaxAge, options.max_age.is_none(), "--max-age"),
        (Revoke, options.now.is_none(), "the present time"),
    ] {
        if has(template) && missing {
            return Err(Contradiction::NeedsOption { template, option });
        }
    }
    let denies_all = templates.iter().any(|t| t.denies_all());
    for (given, fits, option, needed) in [
        (
            !options.principals.is_empty(),
            has(RoleTrust),
            "--principal",
            "role-trust",
        ),
        (
            options.exempt_tag.is_some(),
            has(Scp),
            "--exempt-tag",
            "scp",
        ),
        (
            !options.exceptions.is_empty(),
            denies_all,
            "--except",
            "seed",
        ),
    ] {
        if given && !fits {
            return Err(Contradiction::Needs(option, needed));
        }
    }
    check_values(options)?;
    check_kind(options, templates)
}

fn check_kind(options: &Options, templates: &[Template]) -> Result<Kind, Contradiction> {
    let has = |template| templates.contains(&template);
    let natural = if has(Template::Scp) {
        Kind::Scp
    } else if has(Template::RoleTrust) {
        Kind::Trust
    } else {
        Kind::Managed
    };
    let kind = options.kind.unwrap_or(natural);
    let wrong = match kind {
        // Saved for the whole organisation, a template needs the scope that `scp` gives it.
        Kind::Scp => (!has(Template::Scp)).then(|| templates.first()),
        Kind::Trust => (!has(Template::RoleTrust)).then(|| templates.first()),
        Kind::Rcp => Some(templates.first()),
        Kind::Managed | Kind::InlineUser | Kind::InlineGroup | Kind::InlineRole => (natural
            != Kind::Managed)
            .then(|| (templates.iter()).find(|t| matches!(t, Template::Scp | Template::RoleTrust))),
    };
    match wrong.flatten() {
        Some(template) => Err(Contradiction::Kind(*template, kind)),
        None => Ok(kind),
    }
}

fn check_values(options: &Options) -> Result<(), Contradiction> {
    let refuse = |value: &str, what, expected| {
        Err(Contradiction::Value {
            value: value.to_owned(),
            what,
            expected,
        })
    };
    let is_word = |text: &str, more: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    let partition = &options.partition;
    if !is_partition(partition) {
        return refuse(
            partition,
            "partition",
            "`aws`, or a name that begins with `aws-`",
        );
    }
    if let Some(sid) = options.sid.as_deref().filter(|sid| !is_word(sid, "")) {
        return refuse(sid, "Sid", "letters and digits");
    }
    for action in &options.exceptions {
        let fits = (action.split_once(':'))
            .is_some_and(|(service, name)| is_word(service, "-") && is_word(name, "*?"));
        if !fits {
            return refuse(
                action,
                "action",
                "a service and a name such as `iam:GetUser`",
            );
        }
    }
    for principal in &options.principals {
        let is_arn = principal.split(':').count() >= 6
            && principal.starts_with(&format!("arn:{partition}:"));
        if !is_arn && !super::caller::is_account(principal) {
            return refuse(
                principal,
                "principal",
                "an account or an ARN of the partition",
            );
        }
    }
    match options.max_age {
        Some(0) => refuse("0", "age", "a second at least"),
        _ => Ok(()),
    }
}

/// Whether an ARN can name this partition.
#[must_use]
pub fn is_partition(name: &str) -> bool {
    (name == "aws" || name.starts_with("aws-"))
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn compose(options: &Options, templates: &[Template]) -> Vec<Statement> {
    use Template::{
        AdminProvisioned, AwsLogin, ConsoleEnrol, FirstLogin, MaxAge, NoAwsLogin, OwnOnly, Revoke,
        RoleTrust, Scp, SelfManage, ViaService,
    };
    let has = |template| templates.contains(&template);
    let partition = options.partition.as_str();
    if has(RoleTrust) {
        return vec![role_trust(options)];
    }
    let mut all = Vec::new();
    if has(SelfManage) {
        all.extend(statements::own_devices(partition));
    }
    if has(AwsLogin) {
        all.push(allow(
            "AllowAwsLogin",
            &statements::SIGN_IN,
            &[&format!(
                "arn:{partition}:signin:*:*:oauth2/public-client/*"
            )],
        ));
    }
    let mut denies: Vec<Deny> = Vec::new();
    if templates.iter().any(|t| t.denies_all()) {
        let mut exceptions: Vec<&str> = SEED_EXCEPTIONS.to_vec();
        if has(AdminProvisioned) {
            exceptions.retain(|a| !statements::SELF_ENROLMENT.contains(a));
        }
        if has(SelfManage) {
            exceptions.push("iam:GetMFADevice");
        }
        if has(FirstLogin) {
            exceptions.extend(["iam:ChangePassword", "iam:GetAccountPasswordPolicy"]);
        }
        exceptions.extend(options.exceptions.iter().map(String::as_str));
        let mut once: Vec<&str> = Vec::new();
        for action in exceptions {
            if !once.iter().any(|known| known.eq_ignore_ascii_case(action)) {
                once.push(action);
            }
        }
        let mut deny = Deny::all_without_mfa(SEED_SID, &once);
        if has(ViaService) {
            deny = deny.and("BoolIfExists", "aws:ViaAWSService", "false");
        }
        if let Some((key, value)) = &options.exempt_tag {
            deny = deny.and("StringNotEquals", &format!("aws:PrincipalTag/{key}"), value);
        }
        denies.push(deny);
    }
    if has(ConsoleEnrol) {
        denies.push(
            Deny::actions("DenyEnrolmentByAccessKey", &statements::ENROLMENT).and(
                "Null",
                MFA_PRESENT,
                "true",
            ),
        );
    }
    if has(OwnOnly) {
        denies.push(Deny::others_devices(partition));
    }
    if has(MaxAge)
        && let Some(age) = options.max_age
    {
        denies.push(Deny::actions("DenyStaleMFA", &["*"]).and(
            "NumericGreaterThan",
            "aws:MultiFactorAuthAge",
            &age.to_string(),
        ));
    }
    if has(AwsLogin) {
        denies.push(
            Deny::actions("DenyTokenByAccessKey", &["signin:CreateOAuth2Token"]).and(
                "StringEquals",
                "signin:OAuthGrantType",
                "client_credentials",
            ),
        );
    }
    if has(NoAwsLogin) {
        denies.push(Deny::actions("DenyAwsLogin", &statements::SIGN_IN));
    }
    if has(Revoke)
        && let Some(now) = &options.now
    {
        denies.push(Deny::actions("DenySessionsIssuedBefore", &["*"]).and(
            "DateLessThan",
            "aws:TokenIssueTime",
            now,
        ));
    }
    if has(Scp) {
        // Role sessions never carry the MFA key: without this scope they would all be locked out.
        let users = format!("arn:{partition}:iam::*:user/*");
        denies = denies
            .into_iter()
            .map(|deny| deny.and("ArnLike", "aws:PrincipalArn", &users))
            .collect();
        if let Some((key, _)) = &options.exempt_tag {
            denies.push(
                Deny::actions(
                    "DenyChangeOfExemption",
                    &["iam:CreateUser", "iam:TagUser", "iam:UntagUser"],
                )
                .and("ForAnyValue:StringEqualsIgnoreCase", "aws:TagKeys", key),
            );
        }
    }
    all.extend(denies.into_iter().map(Deny::into_statement));
    all
}

fn role_trust(options: &Options) -> Statement {
    let principals: Vec<&str> = options.principals.iter().map(String::as_str).collect();
    let names = match principals.as_slice() {
        [single] => one(single),
        many => list(many),
    };
    let mut blocks = vec![("Bool", MFA_PRESENT, "true".to_owned())];
    if let Some(age) = options.max_age {
        blocks.push((
            "NumericLessThanEquals",
            "aws:MultiFactorAuthAge",
            age.to_string(),
        ));
    }
    statement(
        "AllowAssumeRoleWithMFA",
        Effect::Allow,
        vec![
            StatementElement::Principal(Principal::Entries(vec![(PrincipalKind::Aws, names)])),
            StatementElement::Action(one("sts:AssumeRole")),
            StatementElement::Condition(condition(&blocks)),
        ],
    )
}

/// Gives the statement that denies everything, else the first one, another name.
fn rename(statements: &mut [Statement], sid: &str) {
    let n = (statements.iter().position(|s| s.sid() == Some(SEED_SID))).unwrap_or(0);
    let elements = statements.get_mut(n).map(|s| &mut s.elements);
    for element in elements.into_iter().flatten() {
        if let StatementElement::Sid(name) = element {
            *name = sid.into();
        }
    }
}

fn document(statements: Vec<Statement>) -> Document {
    Document {
        elements: vec![
            Element::Version(Version::V2012),
            Element::Statement(Statements::Many(statements)),
        ],
    }
}
