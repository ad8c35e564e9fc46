//! The request context: the keys and values that conditions and policy variables use.

use std::borrow::Cow;

/// A value of the context. Its shape comes with the request, not from the count of values: a list-typed key is a list even with
/// one value (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextValue {
    /// A single-valued key.
    One(String),
    /// A list-typed key, e.g. `aws:TagKeys`.
    List(Vec<String>),
}

impl ContextValue {
    /// The values.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::List(list) => list,
        }
    }
}

impl From<&str> for ContextValue {
    fn from(text: &str) -> Self {
        Self::One(text.to_owned())
    }
}

impl From<String> for ContextValue {
    fn from(text: String) -> Self {
        Self::One(text)
    }
}

/// Condition keys with their values. Names are found without regard to case. A list without values is an absent key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    // Few keys: a sorted list is found through quicker than a hash map.
    entries: Vec<(Cow<'static, str>, ContextValue)>,
}

impl Context {
    /// A context without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key; an earlier value is replaced.
    pub fn set(&mut self, key: &str, value: impl Into<ContextValue>) {
        self.set_lower(Cow::Owned(key.to_ascii_lowercase()), value.into());
    }

    fn set_lower(&mut self, key: Cow<'static, str>, value: ContextValue) {
        match self.find(&key) {
            Ok(n) => {
                if let Some((_, old)) = self.entries.get_mut(n) {
                    *old = value;
                }
            }
            Err(n) => self.entries.insert(n, (key, value)),
        }
    }

    fn find(&self, lower: &str) -> Result<usize, usize> {
        self.entries
            .binary_search_by(|(name, _)| (**name).cmp(lower))
    }

    /// The same with one more key.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<ContextValue>) -> Self {
        self.set(key, value);
        self
    }

    /// Sets a key, given in lower case, unless the context has it.
    pub(crate) fn set_default(&mut self, lower: &'static str, value: impl Into<ContextValue>) {
        if self.value_of_lower(lower).is_none() {
            self.set_lower(Cow::Borrowed(lower), value.into());
        }
    }

    /// The value of a key, in any letter case.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&ContextValue> {
        if key.bytes().any(|b| b.is_ascii_uppercase()) {
            self.value_of_lower(&key.to_ascii_lowercase())
        } else {
            self.value_of_lower(key)
        }
    }

    /// The value of a key that is in lower case already.
    pub(crate) fn value_of_lower(&self, key: &str) -> Option<&ContextValue> {
        let (_, value) = self.entries.get(self.find(key).ok()?)?;
        (!value.as_slice().is_empty()).then_some(value)
    }
}

/// Whether the caller used MFA, according to the context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mfa {
    /// Long-term keys: the request carries no MFA key at all.
    Absent,
    /// A console session or temporary credentials without MFA.
    False,
    /// With MFA, so many seconds ago.
    True {
        /// Seconds since the code was given.
        age: u64,
    },
}

impl Mfa {
    /// Sets the keys as AWS does in this state, and removes what it would not send. The age is absent without MFA.
    pub fn apply(self, context: &mut Context) {
        context
            .entries
            .retain(|(key, _)| !key.starts_with("aws:multifactorauth"));
        match self {
            Self::Absent => {}
            Self::False => context.set("aws:MultiFactorAuthPresent", "false"),
            Self::True { age } => {
                context.set("aws:MultiFactorAuthPresent", "true");
                context.set("aws:MultiFactorAuthAge", age.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_case_of_a_name_does_not_matter() {
        let mut context = Context::new()
            .with("aws:PrincipalTag/Team", "x")
            .with("AWS:username", "dev");
        assert_eq!(context.value("aws:principaltag/team"), Some(&"x".into()));
        assert_eq!(context.value("aws:UserName"), Some(&"dev".into()));
        context.set("aws:userNAME", "other");
        context.set_default("aws:username", "dev");
        assert_eq!(context.value("aws:username"), Some(&"other".into()));
        assert_eq!(context.value("aws:usernam"), None);
    }

    #[test]
    fn an_empty_list_is_absent_but_an_empty_string_is_present() {
        let context = Context::new()
            .with("a", ContextValue::List(vec![]))
            .with("b", "");
        assert_eq!(context.value("a"), None);
        assert_eq!(context.value("b"), Some(&"".into()));
    }

    #[test]
    fn applying_a_state_of_mfa_replaces_the_earlier_one() {
        let mut context = Context::new();
        Mfa::True { age: 60 }.apply(&mut context);
        assert_eq!(context.value("aws:MultiFactorAuthAge"), Some(&"60".into()));
        Mfa::False.apply(&mut context);
        assert_eq!(
            context.value("aws:MultiFactorAuthPresent"),
            Some(&"false".into())
        );
        assert_eq!(context.value("aws:MultiFactorAuthAge"), None);
        Mfa::Absent.apply(&mut context);
        assert_eq!(context, Context::new());
    }
}
