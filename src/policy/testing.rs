//! Builders that the tests of several modules of the policy engine share.

use std::sync::Arc;

use super::context::{Context, Mfa};
use super::document;
use super::evaluate::{Named, Policy};
use super::generate::{Options, Template};

/// A policy that allows everything.
pub(in crate::policy) const ALLOW_EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

/// A policy for the evaluator, with its name.
pub(in crate::policy) fn named(name: &str, text: &str) -> Named {
    let document = document::parse(text).unwrap();
    Named {
        name: name.to_owned(),
        policy: Arc::new(Policy::new(document).unwrap()),
    }
}

/// The context of a request that has nothing but this state of MFA.
pub(in crate::policy) fn context_at(mfa: Mfa) -> Context {
    let mut context = Context::new();
    mfa.apply(&mut context);
    context
}

/// Options for these templates, with a value for each option that one of them requires.
pub(in crate::policy) fn template_options(templates: &[Template]) -> Options {
    Options {
        templates: templates.to_vec(),
        max_age: templates.contains(&Template::MaxAge).then_some(43_200),
        principals: if templates.contains(&Template::RoleTrust) {
            vec!["123456789012".to_owned()]
        } else {
            vec![]
        },
        now: Some("2026-11-24T08:30:00Z".to_owned()),
        ..Options::default()
    }
}
