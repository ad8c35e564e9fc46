//! What the users of one account are judged with.

use time::Date;

use super::held::Holdings;
use super::inputs::{AccountInputs, Control};
use super::land::Land;
use super::outlook::Outlooks;
use super::roles::{Roles, WRITES_POLICIES};
use crate::policy::actions::ActionSet;
use crate::policy::generate::statements::SEED_EXCEPTIONS;

/// What is expected to be possible without MFA besides the exceptions of the seed: looking at one's own device, and a call that
/// succeeds under any policy.
const EXPECTED: [&str; 2] = ["iam:GetMFADevice", "sts:GetCallerIdentity"];

/// Others for whom a user might enrol a device, of each sort, at most.
const MOST_OTHERS: usize = 3;

/// What the caller wants.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Users with this tag are exempt.
    pub exempt_tag: Option<String>,
    /// Accounts that manage an organisation: no control policy is in force there.
    pub management: Vec<String>,
    /// Actions that may be possible without MFA as well; `*` and `?` are wildcards.
    pub expected: Vec<String>,
    /// The day on which this is judged, by which exemptions end.
    pub today: Option<Date>,
}

/// What the users of one account are judged with.
pub(super) struct Setting<'a> {
    pub(super) inputs: &'a AccountInputs,
    pub(super) options: &'a Options,
    pub(super) land: Land<'a>,
    pub(super) holdings: Holdings<'a>,
    pub(super) roles: Roles<'a>,
    pub(super) outlooks: Outlooks,
    pub(super) expected: ActionSet,
    writes_policies: ActionSet,
    /// Some users with and some without a device.
    some_users: Vec<String>,
}

impl<'a> Setting<'a> {
    pub(super) fn new(
        inputs: &'a AccountInputs,
        control: &'a [&'a Control],
        options: &'a Options,
    ) -> Self {
        let account = &inputs.account;
        let land = Land::of(account, control);
        let roles = Roles::of(&land);
        let holdings = Holdings::of(inputs);
        let expected: Vec<&str> = (SEED_EXCEPTIONS.into_iter())
            .chain(EXPECTED)
            .chain(options.expected.iter().map(String::as_str))
            .collect();
        let mut some_users = Vec::new();
        for wanted in [false, true] {
            let users = account.users.iter().map(|user| &user.identity);
            let of_sort = users.filter(|user| {
                let has_device = holdings.has_device(&user.arn, &user.name);
                has_device.unwrap_or_default() == wanted
            });
            // One more, because nobody is another user for oneself.
            some_users.extend(of_sort.take(MOST_OTHERS + 1).map(|user| user.arn.clone()));
        }
        Self {
            expected: land.field.matching(&expected),
            writes_policies: land.field.matching(&WRITES_POLICIES),
            inputs,
            options,
            holdings,
            roles,
            outlooks: Outlooks::default(),
            some_users,
            land,
        }
    }

    /// Some other users, those without a device first.
    pub(super) fn others(&self, arn: &str) -> Vec<String> {
        let others = self.some_users.iter().filter(|other| *other != arn);
        others.cloned().collect()
    }

    /// Whether an administrator's calls are among these.
    pub(super) fn writes_policies(&self, possible: &ActionSet) -> bool {
        possible.meets(&self.writes_policies)
    }
}

/// The control policies that bind an account: all, unless the account manages the organisation.
pub(super) fn in_force<'a>(
    account_id: &str,
    control: &'a [Control],
    options: &Options,
) -> Vec<&'a Control> {
    let manages = |control: &Control| control.management.as_deref() == Some(account_id);
    let is_said = options.management.iter().any(|id| id == account_id);
    let in_force = control
        .iter()
        .filter(|control| !is_said && !manages(control));
    in_force.collect()
}
