//! The caller of a request: what follows from its ARN, and which principals of a resource policy include it.

use super::context::Context;
use super::document::{Principal, PrincipalKind};

/// The caller of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// What it is.
    pub kind: CallerKind,
    /// Its ARN; empty for anonymous callers, the name for services, the provider for federated ones.
    pub arn: String,
    /// Twelve digits; empty for anonymous callers, services and providers.
    pub account: String,
    /// The last part of the ARN: the user's, session's or role's name.
    pub name: String,
    /// The unique id (`AIDA…`, `AROA…`) of the user or role, where it is known.
    pub id: Option<String>,
    /// For a session, the ARN of the role (its path is not in the session's ARN); for a federated user, that of the IAM user.
    pub issuer: Option<String>,
    /// The account's canonical user id of Amazon S3, where it is known.
    pub canonical_user: Option<String>,
}

/// The kinds of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallerKind {
    /// Unsigned requests.
    Anonymous,
    /// Unknown: a caller with identity policies, about whom nothing else is known.
    Unknown,
    /// The account's root user.
    Root,
    /// An IAM user, by long-term keys, in the console or with credentials from GetSessionToken.
    User,
    /// An IAM role whose session is unknown.
    Role,
    /// A role session.
    AssumedRole,
    /// A session from `GetFederationToken`.
    FederatedUser,
    /// A service of AWS.
    Service,
    /// Someone whom an identity provider vouches for, on the way to a role.
    Federated,
}

/// An ARN that does not identify a caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the ARN of a user, role, role session, federated user or root")]
pub struct NotACaller(pub String);

impl Caller {
    /// The caller with this ARN, e.g. `arn:aws:iam::123456789012:user/team/dev` or
    /// `arn:aws:sts::123456789012:assumed-role/admin/session`.
    ///
    /// # Errors
    /// [`NotACaller`] for any other ARN.
    pub fn from_arn(arn: &str) -> Result<Self, NotACaller> {
        Self::parse(arn).ok_or_else(|| NotACaller(arn.to_owned()))
    }

    fn parse(arn: &str) -> Option<Self> {
        let (partition, service, account, resource) = identity(arn)?;
        let (kind, rest) = match (service, resource.split_once('/')) {
            ("iam", None) if resource == "root" => (CallerKind::Root, "root"),
            ("iam", Some(("user", rest))) => (CallerKind::User, rest),
            ("iam", Some(("role", rest))) => (CallerKind::Role, rest),
            ("sts", Some(("assumed-role", rest))) => (CallerKind::AssumedRole, rest),
            ("sts", Some(("federated-user", rest))) => (CallerKind::FederatedUser, rest),
            _ => return None,
        };
        let name = rest.rsplit('/').next().filter(|name| !name.is_empty())?;
        let issuer = if kind == CallerKind::AssumedRole {
            let (role, session) = rest.split_once('/')?;
            (!role.is_empty() && !session.contains('/')).then_some(())?;
            Some(format!("arn:{partition}:iam::{account}:role/{role}"))
        } else {
            None
        };
        Some(Self {
            kind,
            arn: arn.to_owned(),
            account: account.to_owned(),
            name: name.to_owned(),
            id: None,
            issuer,
            canonical_user: None,
        })
    }

    /// A caller who signed nothing.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::outside(CallerKind::Anonymous, "")
    }

    /// A caller of whom only the policies are known.
    #[must_use]
    pub fn unknown() -> Self {
        Self::outside(CallerKind::Unknown, "")
    }

    /// A service principal, e.g. `ec2.amazonaws.com`.
    #[must_use]
    pub fn service(name: &str) -> Self {
        Self::outside(CallerKind::Service, name)
    }

    /// Someone known to an identity provider: the ARN of a SAML or OIDC provider, or a name such as `accounts.google.com`.
    #[must_use]
    pub fn federated(provider: &str) -> Self {
        Self::outside(CallerKind::Federated, provider)
    }

    fn outside(kind: CallerKind, name: &str) -> Self {
        Self {
            kind,
            arn: name.to_owned(),
            account: String::new(),
            name: name.to_owned(),
            id: None,
            issuer: None,
            canonical_user: None,
        }
    }

    /// Adds the keys that follow from the caller, unless the context has them
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>).
    pub fn complete(&self, context: &mut Context) {
        use CallerKind::{
            Anonymous, AssumedRole, Federated, FederatedUser, Role, Root, Service, Unknown, User,
        };
        let kind = match self.kind {
            Anonymous => "Anonymous",
            Root => "Account",
            User => "User",
            Role | AssumedRole => "AssumedRole",
            FederatedUser => "FederatedUser",
            Service => {
                context.set_default("aws:principalisawsservice", "true");
                context.set_default("aws:principalservicename", self.name.as_str());
                return;
            }
            Federated | Unknown => return,
        };
        context.set_default("aws:principaltype", kind);
        if self.kind == Anonymous {
            context.set_default("aws:userid", "anonymous");
            return;
        }
        context.set_default("aws:principalisawsservice", "false");
        context.set_default("aws:principalaccount", self.account.as_str());
        let arn = match self.kind {
            AssumedRole => self.issuer.as_deref().unwrap_or(&self.arn),
            _ => &self.arn,
        };
        context.set_default("aws:principalarn", arn);
        if self.kind == User {
            context.set_default("aws:username", self.name.as_str());
        }
        let id = match (self.kind, &self.id) {
            (Root, _) => Some(self.account.clone()),
            (FederatedUser, _) => Some(format!("{}:{}", self.account, self.name)),
            (AssumedRole, Some(id)) => Some(format!("{id}:{}", self.name)),
            (User, Some(id)) => Some(id.clone()),
            _ => None,
        };
        if let Some(id) = id {
            context.set_default("aws:userid", id);
        }
    }

    /// How far a grant to everyone with this `aws:PrincipalArn` reaches: a session's is its role's, so it is the role that is
    /// granted to.
    pub(crate) fn grant_by_arn(&self) -> Grant {
        match self.kind {
            CallerKind::Role | CallerKind::AssumedRole => Grant::Issuer,
            _ => Grant::Everyone,
        }
    }

    fn partition(&self) -> Option<&str> {
        self.arn.split(':').nth(1)
    }

    /// Whether this is a role that a service made for itself: neither service control policies nor resource control policies
    /// bind it. The ARN of a session lacks the role's path, but not its name, which only such roles can have.
    #[must_use]
    pub fn is_service_linked(&self) -> bool {
        let Some((_, _, _, resource)) = identity(&self.arn) else {
            return false;
        };
        match self.kind {
            CallerKind::Role => resource.starts_with("role/aws-service-role/"),
            CallerKind::AssumedRole => resource.starts_with("assumed-role/AWSServiceRoleFor"),
            _ => false,
        }
    }

    /// Whether identity policies of an account say what this caller may do.
    #[must_use]
    pub fn has_identity_policies(&self) -> bool {
        !matches!(
            self.kind,
            CallerKind::Anonymous | CallerKind::Service | CallerKind::Federated
        )
    }
}

/// Partition, service, account and resource of an ARN of IAM or STS.
fn identity(arn: &str) -> Option<(&str, &str, &str, &str)> {
    let mut parts = arn.splitn(6, ':');
    let mut part = || parts.next();
    let (head, partition, service, region) = (part()?, part()?, part()?, part()?);
    let (account, resource) = (part()?, part()?);
    let fits = head == "arn" && !partition.is_empty() && region.is_empty() && is_account(account);
    fits.then_some((partition, service, account, resource))
}

pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether `principal`, as a `NotPrincipal` element, leaves the caller out: when it names the caller itself, or its account and
/// nobody else in it. Who names a user has to name the user's account, too, which does not leave out the account's other users
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>).
pub(crate) fn leaves_out(principal: &Principal, caller: &Caller) -> bool {
    match grant(principal, caller) {
        None => false,
        Some(Grant::Account) if caller.kind != CallerKind::Root => {
            let Principal::Entries(entries) = principal else {
                return true;
            };
            !(entries.iter())
                .filter(|(kind, _)| *kind == PrincipalKind::Aws)
                .flat_map(|(_, names)| names.texts())
                .filter_map(identity)
                .any(|(_, _, account, resource)| account == caller.account && resource != "root")
        }
        Some(_) => true,
    }
}

/// By which form a resource policy names the caller. The later, the more direct: what is granted to a form passes the implicit
/// denies of the policies that bind only weaker forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grant {
    /// The caller's account: it delegates, and identity policies still have to allow.
    Account,
    /// The role of a session, or the IAM user of a federated one: boundaries and session policies still have to allow.
    Issuer,
    /// `*`
    Everyone,
    /// The user, the session itself, the service or the provider.
    Caller,
}

/// The most direct form by which `principal` names the caller, if it does.
pub(crate) fn grant(principal: &Principal, caller: &Caller) -> Option<Grant> {
    match principal {
        Principal::Everyone => Some(Grant::Everyone),
        Principal::Entries(entries) => entries
            .iter()
            .flat_map(|(kind, names)| names.texts().map(|name| grant_by(*kind, name, caller)))
            .max()
            .flatten(),
    }
}

fn grant_by(kind: PrincipalKind, name: &str, caller: &Caller) -> Option<Grant> {
    match kind {
        PrincipalKind::Aws => grant_by_aws(name, caller),
        PrincipalKind::Service => {
            let same = caller.kind == CallerKind::Service && name.eq_ignore_ascii_case(&caller.arn);
            same.then_some(Grant::Caller)
        }
        PrincipalKind::Federated => (caller.kind == CallerKind::Federated
            && (name == caller.arn || name == "*"))
            .then_some(Grant::Caller),
        PrincipalKind::CanonicalUser => {
            (caller.canonical_user.as_deref() == Some(name)).then_some(Grant::Account)
        }
    }
}

fn grant_by_aws(name: &str, caller: &Caller) -> Option<Grant> {
    if name == "*" {
        return Some(Grant::Everyone);
    }
    if !caller.has_identity_policies() || caller.kind == CallerKind::Unknown {
        return None;
    }
    let itself = match caller.kind {
        CallerKind::Role => Grant::Issuer,
        _ => Grant::Caller,
    };
    if name == caller.arn {
        return Some(itself);
    }
    if is_account(name) {
        return (name == caller.account).then_some(Grant::Account);
    }
    let Some((partition, service, account, resource)) = identity(name) else {
        // IAM writes the unique id where a deleted user or role stood.
        return match caller.kind {
            CallerKind::User => (caller.id.as_deref() == Some(name)).then_some(Grant::Caller),
            _ => (caller.id.as_deref() == Some(name)).then_some(Grant::Issuer),
        };
    };
    if service != "iam" || account != caller.account || Some(partition) != caller.partition() {
        return None;
    }
    if resource == "root" {
        return Some(Grant::Account);
    }
    let issuer = caller.issuer.as_deref()?;
    let same = match caller.kind {
        // A role's name is unique in its account, and a session's ARN lacks the role's path.
        CallerKind::AssumedRole => {
            resource.starts_with("role/")
                && resource.rsplit('/').next() == issuer.rsplit('/').next()
        }
        _ => name == issuer,
    };
    same.then_some(Grant::Issuer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::context::ContextValue;
    use crate::policy::document::Strings;

    fn derived(arn: &str, key: &str) -> Option<String> {
        let mut context = Context::new();
        Caller::from_arn(arn).unwrap().complete(&mut context);
        match context.value(key)? {
            ContextValue::One(text) => Some(text.clone()),
            ContextValue::List(_) => None,
        }
    }

    #[test]
    fn condition_keys_are_derived_from_the_caller() {
        for (arn, principal, username, userid, kind) in [
            (
                "arn:aws:iam::123456789012:user/team/dev",
                "arn:aws:iam::123456789012:user/team/dev",
                Some("dev"),
                None,
                "User",
            ),
            (
                "arn:aws-cn:sts::123456789012:assumed-role/admin/s",
                "arn:aws-cn:iam::123456789012:role/admin",
                None,
                None,
                "AssumedRole",
            ),
            (
                "arn:aws:iam::123456789012:role/x/admin",
                "arn:aws:iam::123456789012:role/x/admin",
                None,
                None,
                "AssumedRole",
            ),
            (
                "arn:aws:sts::123456789012:federated-user/fred",
                "arn:aws:sts::123456789012:federated-user/fred",
                None,
                Some("123456789012:fred"),
                "FederatedUser",
            ),
            (
                "arn:aws:iam::123456789012:root",
                "arn:aws:iam::123456789012:root",
                None,
                Some("123456789012"),
                "Account",
            ),
        ] {
            assert_eq!(derived(arn, "aws:PrincipalArn").as_deref(), Some(principal));
            assert_eq!(derived(arn, "aws:username").as_deref(), username);
            assert_eq!(derived(arn, "aws:userid").as_deref(), userid);
            assert_eq!(derived(arn, "aws:PrincipalType").as_deref(), Some(kind));
            assert_eq!(
                derived(arn, "aws:PrincipalAccount").as_deref(),
                Some("123456789012")
            );
        }
    }

    #[test]
    fn a_given_key_overrides_the_derived_one() {
        let mut context = Context::new().with("AWS:USERNAME", "other");
        let caller = Caller::from_arn("arn:aws:iam::123456789012:user/dev").unwrap();
        caller.complete(&mut context);
        assert_eq!(context.value("aws:username"), Some(&"other".into()));
    }

    #[test]
    fn other_arns_are_not_callers() {
        for arn in [
            "",
            "dev",
            "arn:aws:iam::123456789012:group/x",
            "arn:aws:iam::123456789012:user/",
            "arn:aws:iam::1234:user/dev",
            "arn:aws:iam:eu-west-1:123456789012:user/dev",
            "arn:aws:sts::123456789012:assumed-role/admin",
            "arn:aws:sts::123456789012:assumed-role/a/b/c",
            "arn:aws:s3:::bucket",
        ] {
            assert_eq!(Caller::from_arn(arn), Err(NotACaller(arn.into())), "{arn}");
        }
    }

    #[test]
    fn every_form_of_a_principal_is_read() {
        let user = "arn:aws:iam::123456789012:user/team/dev";
        let session = "arn:aws:sts::123456789012:assumed-role/admin/s";
        for (kind, name, caller, want) in [
            (PrincipalKind::Aws, "*", user, Some(Grant::Everyone)),
            (PrincipalKind::Aws, user, user, Some(Grant::Caller)),
            (
                PrincipalKind::Aws,
                "arn:aws:iam::123456789012:user/dev",
                user,
                None,
            ),
            (
                PrincipalKind::Aws,
                "arn:aws:iam::123456789012:user/*",
                user,
                None,
            ),
            (
                PrincipalKind::Aws,
                "123456789012",
                user,
                Some(Grant::Account),
            ),
            (
                PrincipalKind::Aws,
                "arn:aws:iam::123456789012:root",
                user,
                Some(Grant::Account),
            ),
            (
                PrincipalKind::Aws,
                "arn:aws:iam::210987654321:root",
                user,
                None,
            ),
            (PrincipalKind::Aws, session, session, Some(Grant::Caller)),
            (
                PrincipalKind::Aws,
                "arn:aws:iam::123456789012:role/x/admin",
                session,
                Some(Grant::Issuer),
            ),
            (
                PrincipalKind::Aws,
                "arn:aws:iam::123456789012:role/other",
                session,
                None,
            ),
            (
                PrincipalKind::Aws,
                "arn:aws:iam::123456789012:role/admin",
                user,
                None,
            ),
            (PrincipalKind::Service, user, user, None),
            (PrincipalKind::Federated, "*", user, None),
        ] {
            let principal = Principal::Entries(vec![(kind, Strings::One(name.into()))]);
            let caller = Caller::from_arn(caller).unwrap();
            assert_eq!(grant(&principal, &caller), want, "{name}");
        }
        let service = Principal::Entries(vec![(
            PrincipalKind::Service,
            Strings::One("ec2.amazonaws.com".into()),
        )]);
        assert_eq!(
            grant(&service, &Caller::service("ec2.amazonaws.com")),
            Some(Grant::Caller)
        );
        assert_eq!(grant(&service, &Caller::anonymous()), None);
        assert_eq!(
            grant(&Principal::Everyone, &Caller::anonymous()),
            Some(Grant::Everyone)
        );
    }
}
