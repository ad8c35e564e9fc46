//! "Whom will it break?": the account as it would be with policies attached, beside the account as it is.

use time::{Duration, UtcDateTime};

use super::held::{Holding, Signing};
use super::inputs::{AccountInputs, DeviceKind, Inputs};
use super::judge::judge;
use super::outlook::{Outlook, requesters};
use super::report::{Audit, KeyReport, Verdict};
use super::setting::{Options, Setting, in_force};
use crate::account::{PolicyDocument, User};
use crate::policy::actions::ActionSet;
use crate::policy::evaluate::{Habits, Outcome, Request, Requester};

/// A key that was used within this time before the report was made, by nobody who could sign in otherwise, is a machine's.
const BUSY: Duration = Duration::DAY;

/// Policies to attach, and to whom.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The documents by name.
    pub policies: Vec<(String, PolicyDocument)>,
    /// To whom; to every user if there are none.
    pub to: Vec<Target>,
}

/// To whom a policy is to be attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The user with this name.
    User(String),
    /// The members of the group with this name.
    Group(String),
}

/// The targets that no account has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no {0} in the authorization details")]
pub struct UnknownTarget(pub String);

/// What would change.
#[derive(Debug, Clone, Default)]
pub struct Forecast {
    /// The accounts in their order.
    pub accounts: Vec<AccountForecast>,
}

/// What would change in one account.
#[derive(Debug, Clone)]
pub struct AccountForecast {
    /// Twelve digits.
    pub account_id: String,
    /// The users to whom the policies would apply: those first who would lose something.
    pub users: Vec<UserForecast>,
}

/// What would change for one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserForecast {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The verdict as it is.
    pub before: Verdict,
    /// The verdict as it would be.
    pub after: Verdict,
    /// What the user has used and could no longer use without MFA, in sentences.
    pub loses: Vec<String>,
    /// What the user could not do that is needed to work with MFA, in sentences.
    pub cannot: Vec<String>,
    /// Why a key looks like a machine's.
    pub machine: Option<String>,
}

impl UserForecast {
    /// Whether the user would notice.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        !self.loses.is_empty() || !self.cannot.is_empty()
    }
}

/// Judges the accounts as they are and as they would be.
///
/// # Errors
/// [`UnknownTarget`].
pub fn forecast(
    inputs: &Inputs,
    plan: &Plan,
    options: &Options,
) -> Result<Forecast, UnknownTarget> {
    check(inputs, plan)?;
    let mut changed = inputs.clone();
    for account in &mut changed.accounts {
        attach(account, plan);
    }
    let (before, after) = (judge(inputs, options), judge(&changed, options));
    let mut forecast = Forecast::default();
    for (n, (was, will_be)) in inputs.accounts.iter().zip(&changed.accounts).enumerate() {
        forecast.accounts.push(of_account(
            inputs,
            was,
            will_be,
            [&before, &after],
            n,
            plan,
            options,
        ));
    }
    Ok(forecast)
}

fn check(inputs: &Inputs, plan: &Plan) -> Result<(), UnknownTarget> {
    for target in &plan.to {
        let mut accounts = inputs.accounts.iter().map(|inputs| &inputs.account);
        let is_known = match target {
            Target::User(name) => accounts.any(|account| {
                let mut users = account.users.iter();
                users.any(|user| user.identity.name.eq_ignore_ascii_case(name))
            }),
            Target::Group(name) => accounts.any(|account| {
                let mut groups = account.groups.iter();
                groups.any(|group| group.identity.name.eq_ignore_ascii_case(name))
            }),
        };
        if !is_known {
            return Err(UnknownTarget(match target {
                Target::User(name) => format!("user `{name}`"),
                Target::Group(name) => format!("group `{name}`"),
            }));
        }
    }
    Ok(())
}

/// Attaches the policies as inline ones.
fn attach(inputs: &mut AccountInputs, plan: &Plan) {
    let is_meant = |name: &str, is_user: bool| {
        let mut targets = plan.to.iter();
        targets.any(|target| match target {
            Target::User(user) => is_user && user.eq_ignore_ascii_case(name),
            Target::Group(group) => !is_user && group.eq_ignore_ascii_case(name),
        }) || (is_user && plan.to.is_empty())
    };
    let users = inputs
        .account
        .users
        .iter_mut()
        .map(|user| (&mut user.identity, true));
    let groups = inputs
        .account
        .groups
        .iter_mut()
        .map(|group| (&mut group.identity, false));
    for (identity, is_user) in users.chain(groups) {
        if is_meant(&identity.name, is_user) {
            for (name, document) in &plan.policies {
                identity.inline.insert(name.clone(), document.clone());
            }
        }
    }
}

/// Whether the policies would apply to the user.
fn is_affected(user: &User, plan: &Plan) -> bool {
    plan.to.is_empty()
        || plan.to.iter().any(|target| match target {
            Target::User(name) => user.identity.name.eq_ignore_ascii_case(name),
            Target::Group(name) => user.groups.iter().any(|g| g.eq_ignore_ascii_case(name)),
        })
}

fn of_account(
    inputs: &Inputs,
    was: &AccountInputs,
    will_be: &AccountInputs,
    [before, after]: [&Audit; 2],
    n: usize,
    plan: &Plan,
    options: &Options,
) -> AccountForecast {
    let home = was.account.home.clone().unwrap_or_default();
    let control = in_force(&home.account_id, &inputs.control, options);
    let mut setting = Setting::new(was, &control, options);
    let mut changed = Setting::new(will_be, &control, options);
    let verdict = |audit: &Audit, arn: &str| {
        let users = audit
            .accounts
            .get(n)
            .map(|account| account.users.as_slice());
        let found = users
            .unwrap_or_default()
            .iter()
            .find(|user| user.arn == arn);
        found.map_or(Verdict::Unknown, |user| user.verdict)
    };
    let pairs = was.account.users.iter().zip(&will_be.account.users);
    let mut users: Vec<UserForecast> = pairs
        .filter(|(user, _)| is_affected(user, plan))
        .filter_map(|(user, changed_user)| {
            let arn = &user.identity.arn;
            let verdicts = (verdict(before, arn), verdict(after, arn));
            of_user(&mut setting, &mut changed, user, changed_user, verdicts)
        })
        .collect();
    users.sort_by(|a, b| (!a.is_broken(), &a.name).cmp(&(!b.is_broken(), &b.name)));
    AccountForecast {
        account_id: home.account_id,
        users,
    }
}

fn of_user(
    setting: &mut Setting<'_>,
    changed: &mut Setting<'_>,
    user: &User,
    changed_user: &User,
    (before, after): (Verdict, Verdict),
) -> Option<UserForecast> {
    let identity = &user.identity;
    let holding = setting.holdings.of_user(&identity.arn, &identity.name);
    let was = {
        let bound = setting.land.of_user(user).bound;
        setting
            .outlooks
            .of(&setting.land.field, &bound, requesters(identity)?)
    };
    let bound = changed.land.of_user(changed_user).bound;
    let will_be = changed
        .outlooks
        .of(&changed.land.field, &bound, requesters(identity)?);
    let change = Change {
        setting,
        changed,
        was: &was.outlook,
        will_be: &will_be.outlook,
        holding: &holding,
    };
    let policies = bound.policy_set();
    let allows = |action: &str, resource: &str, requester: &Requester| {
        let request = Request {
            action,
            resource,
            requester,
            owner: None,
            habits: Habits::Live,
        };
        policies.outcome(&request) == Outcome::Allowed
    };
    let requesters = &will_be.requesters;
    let can_enrol = |signing: Signing| match signing {
        Signing::Key => allows("iam:EnableMFADevice", &identity.arn, &requesters.absent),
        Signing::Password => allows("iam:EnableMFADevice", &identity.arn, &requesters.without),
        Signing::Session | Signing::Service => false,
    };
    let can_log_in = allows("sts:GetSessionToken", "*", &requesters.absent);
    Some(UserForecast {
        name: identity.name.clone(),
        arn: identity.arn.clone(),
        before,
        after,
        loses: change.loses(),
        cannot: change.cannot(can_enrol, can_log_in),
        machine: machine(&holding, change.reference()),
    })
}

/// What a user can do before and after.
struct Change<'c, 's> {
    setting: &'c Setting<'s>,
    changed: &'c Setting<'s>,
    was: &'c Outlook,
    will_be: &'c Outlook,
    holding: &'c Holding,
}

impl Change<'_, '_> {
    /// The moment by which it is judged what is in use.
    fn reference(&self) -> Option<UtcDateTime> {
        let inputs = self.setting.inputs;
        let generated = inputs.report.as_ref().and_then(|report| report.generated);
        let today = self
            .setting
            .options
            .today
            .map(|day| day.midnight().as_utc());
        generated.or(today)
    }

    fn loses(&self) -> Vec<String> {
        let mut lost: Vec<String> = Vec::new();
        let keys = self.holding.credentials.keys.iter();
        for key in keys.filter(|key| key.active != Some(false)) {
            lost.extend(self.lost_by_key(key));
        }
        let credentials = &self.holding.credentials;
        // With a device AWS asks for it at sign-in.
        if let Some(at) = credentials.password_last_used
            && credentials.password == Some(true)
            && self.holding.has_device != Some(true)
        {
            let before = self
                .setting
                .land
                .field
                .listed(&self.was.possible.without)
                .count();
            let after = self
                .changed
                .land
                .field
                .listed(&self.will_be.possible.without)
                .count();
            if after < before {
                lost.push(format!(
                    "the console, where the password was last used on {}: {after} of {before} actions remain until a device is enrolled",
                    at.date()
                ));
            }
        }
        lost
    }

    fn lost_by_key(&self, key: &KeyReport) -> Option<String> {
        let at = key.last_used?;
        let service = key.last_service.as_deref()?;
        let pattern = format!("{service}:*");
        let count = |setting: &Setting<'_>, possible: &ActionSet| {
            let mut of_service = setting.land.field.matching(&[&pattern]);
            of_service.keep(possible);
            of_service.len()
        };
        let before = count(self.setting, &self.was.possible.absent);
        let after = count(self.changed, &self.will_be.possible.absent);
        (after < before).then(|| {
            format!(
                "key {} was last used on {} with {service}: {after} of {before} actions of {service} remain without MFA",
                key.number,
                at.date()
            )
        })
    }

    fn cannot(&self, can_enrol: impl Fn(Signing) -> bool, can_log_in: bool) -> Vec<String> {
        let mut all = Vec::new();
        let certain = &self.holding.certain;
        let signs_in = certain
            .iter()
            .any(|s| matches!(s, Signing::Key | Signing::Password));
        if signs_in
            && self.holding.has_device == Some(false)
            && !certain.iter().any(|signing| can_enrol(*signing))
        {
            all.push("cannot enrol a device: an administrator has to".to_owned());
        }
        let has_key = certain.contains(&Signing::Key);
        if has_key && !can_log_in {
            all.push("cannot log in: sts:GetSessionToken is denied".to_owned());
        }
        let devices = &self.holding.devices;
        if has_key && !devices.is_empty() && devices.iter().all(|d| d.kind == DeviceKind::Passkey) {
            all.push(
                "cannot log in with the key: there are only passkeys, which have no codes"
                    .to_owned(),
            );
        }
        if self.locks_out() {
            all.push("cannot do anything, not even with MFA".to_owned());
        }
        all
    }

    /// Whether the policies take away everything that is possible with MFA.
    fn locks_out(&self) -> bool {
        let rest = |setting: &Setting<'_>, outlook: &Outlook| {
            let mut with = outlook.possible.with.clone();
            with.remove_all(&setting.expected);
            with.len()
        };
        rest(self.setting, self.was) > 0 && rest(self.changed, self.will_be) == 0
    }
}

/// Why a key looks like a machine's: it is in use, and nobody could sign in otherwise.
fn machine(holding: &Holding, reference: Option<UtcDateTime>) -> Option<String> {
    let reference = reference?;
    if holding.credentials.password != Some(false) || holding.has_device != Some(false) {
        return None;
    }
    let keys = holding.credentials.keys.iter();
    let is_busy = |at: UtcDateTime| reference - at < BUSY;
    let (key, at) = keys
        .filter(|key| key.active == Some(true))
        .find_map(|key| Some((key, key.last_used.filter(|at| is_busy(*at))?)))?;
    Some(format!(
        "key {} looks like a machine's: it was used on {}, and there is no password and no device",
        key.number,
        at.date()
    ))
}
