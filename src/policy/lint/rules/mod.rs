//! The rules, one per file.

mod age_if_exists;
mod age_without_mfa;
mod allow_alone;
mod allow_if_exists;
mod allow_without_mfa;
mod device_lookup_denied;
mod device_named_as_user;
mod device_removal_open;
mod exception_never_allowed;
mod exceptions;
mod first_enrolment_open;
mod forwarded_calls_denied;
mod identity_without_mfa;
mod inverted;
mod locks_out;
mod long_term_keys_pass;
mod mixed_partitions;
mod narrowed_guard;
mod new_credentials_open;
mod oauth_token_open;
mod other_users_enrolment_open;
mod pages;
mod password_change;
mod refused_by_aws;
mod restated;
mod scp_without_user_scope;
mod session_token_denied;
mod sessions_without_mfa_pass;
mod trust_if_exists;
mod unfit_operator;
mod unknown_name;
mod unusable_value;
mod unused_resource;
mod version_and_variables;

// What most rules need, so that each can take it from here.
use super::finding::{Finding, Rule, Severity};
use super::fix::{Edit, Fix};
use super::guard::Guard;
use super::statement::Judged;
use super::view::View;
use exceptions::{passing_actions, removal};
use pages::{IF_EXISTS, NULL, OPERATORS, PRESENT};
use restated::{BOOL, exchange, failing, restated, restated_present};

/// All rules, by their ids.
pub const RULES: &[&Rule] = &[
    &long_term_keys_pass::RULE,
    &sessions_without_mfa_pass::RULE,
    &allow_if_exists::RULE,
    &allow_without_mfa::RULE,
    &inverted::RULE,
    &unfit_operator::RULE,
    &unknown_name::RULE,
    &first_enrolment_open::RULE,
    &other_users_enrolment_open::RULE,
    &device_removal_open::RULE,
    &new_credentials_open::RULE,
    &password_change::RULE,
    &session_token_denied::RULE,
    &exception_never_allowed::RULE,
    &device_named_as_user::RULE,
    &device_lookup_denied::RULE,
    &oauth_token_open::RULE,
    &identity_without_mfa::RULE,
    &scp_without_user_scope::RULE,
    &trust_if_exists::RULE,
    &age_if_exists::RULE,
    &forwarded_calls_denied::RULE,
    &narrowed_guard::RULE,
    &allow_alone::RULE,
    &unused_resource::RULE,
    &unusable_value::RULE,
    &age_without_mfa::RULE,
    &refused_by_aws::RULE,
    &version_and_variables::RULE,
    &mixed_partitions::RULE,
    &locks_out::RULE,
];
