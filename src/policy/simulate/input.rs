//! The request, in the format of AWS's `SimulateCustomPolicy`
//! (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html>) with three additional lists.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Refusal;
use crate::policy::caller::{Caller, CallerKind};
use crate::policy::context::{Context, ContextValue};

/// One question.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Input<P> {
    #[serde(default = "Vec::new")]
    pub(super) policy_input_list: Vec<P>,
    #[serde(default = "Vec::new")]
    pub(super) permissions_boundary_policy_input_list: Vec<P>,
    #[serde(default = "Vec::new")]
    pub(super) session_policy_input_list: Vec<P>,
    /// Policies of one level, or lists of them, the root's level first.
    #[serde(default = "Vec::new")]
    pub(super) service_control_policy_input_list: Vec<P>,
    #[serde(default = "Vec::new")]
    pub(super) resource_control_policy_input_list: Vec<P>,
    #[serde(default = "Option::default")]
    pub(super) resource_policy: Option<P>,
    pub(super) action_names: Vec<String>,
    #[serde(default)]
    pub(super) resource_arns: Vec<String>,
    #[serde(default)]
    pub(super) resource_owner: Option<String>,
    #[serde(default)]
    caller_arn: Option<String>,
    #[serde(default)]
    context_entries: Vec<ContextEntry>,
    /// AWS's own, without a bearing on the answer here: everything is answered in one piece.
    #[serde(rename = "ResourceHandlingOption", default)]
    _resource_handling_option: Option<String>,
    #[serde(rename = "MaxItems", default)]
    _max_items: Option<u64>,
    #[serde(rename = "Marker", default)]
    _marker: Option<String>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ContextEntry {
    #[serde(rename = "ContextKeyName")]
    name: String,
    #[serde(rename = "ContextKeyValues", default)]
    values: Vec<String>,
    #[serde(rename = "ContextKeyType", default)]
    kind: Option<ContextKeyType>,
}

#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
enum ContextKeyType {
    String,
    StringList,
    Numeric,
    NumericList,
    Boolean,
    BooleanList,
    Ip,
    IpList,
    Binary,
    BinaryList,
    Date,
    DateList,
}

impl ContextKeyType {
    fn is_list(self) -> bool {
        match self {
            Self::StringList
            | Self::NumericList
            | Self::BooleanList
            | Self::IpList
            | Self::BinaryList
            | Self::DateList => true,
            Self::String | Self::Numeric | Self::Boolean | Self::Ip | Self::Binary | Self::Date => {
                false
            }
        }
    }
}

/// More than any request has; what is beyond is hostile.
const MAX_VALUES: usize = 1_000;
const MAX_VALUE_BYTES: usize = 1 << 16;
const MAX_ACTIONS_TIMES_RESOURCES: usize = 100_000;

/// A policy, or the policies of one level.
#[derive(Debug)]
pub(super) enum Given<'a> {
    /// JSON text.
    Policy(Cow<'a, str>),
    /// JSON texts.
    Level(Vec<Cow<'a, str>>),
}

/// Policies as AWS has them: JSON in strings.
impl<'de: 'a, 'a> Deserialize<'de> for Given<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Strings;
        impl<'de> Visitor<'de> for Strings {
            type Value = Given<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a policy or a list of policies")
            }

            fn visit_str<E>(self, text: &str) -> Result<Given<'de>, E> {
                Ok(Given::Policy(Cow::Owned(text.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Given<'de>, A::Error> {
                let mut level = Vec::new();
                while let Some(text) = seq.next_element::<String>()? {
                    level.push(Cow::Owned(text));
                }
                Ok(Given::Level(level))
            }
        }
        deserializer.deserialize_any(Strings)
    }
}

/// The same, with JSON objects among them: their text is that of the question, which has to be gone through twice.
struct Written<'a>(Given<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Written<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        fn text(raw: &RawValue) -> serde_json::Result<Cow<'_, str>> {
            if raw.get().starts_with('"') {
                serde_json::from_str(raw.get()).map(Cow::Owned)
            } else {
                Ok(Cow::Borrowed(raw.get()))
            }
        }
        let raw = <&RawValue>::deserialize(deserializer)?;
        let given = if raw.get().starts_with('[') {
            serde_json::from_str::<Vec<&RawValue>>(raw.get())
                .and_then(|level| level.into_iter().map(text).collect())
                .map(Given::Level)
        } else {
            text(raw).map(Given::Policy)
        };
        given.map(Self).map_err(D::Error::custom)
    }
}

impl<'q> Input<Given<'q>> {
    /// Reads a question.
    pub(super) fn read(question: &'q str) -> Result<Self, Refusal> {
        serde_json::from_str::<Self>(question)
            .or_else(|_| {
                serde_json::from_str::<Input<Written<'q>>>(question)
                    .map(|input| input.map(|Written(given)| given))
            })
            .map_err(|e| Refusal::shape(e.to_string()))
    }
}

impl<P> Input<P> {
    fn map<Q>(self, change: fn(P) -> Q) -> Input<Q> {
        let list = |policies: Vec<P>| policies.into_iter().map(change).collect();
        Input {
            policy_input_list: list(self.policy_input_list),
            permissions_boundary_policy_input_list: list(
                self.permissions_boundary_policy_input_list,
            ),
            session_policy_input_list: list(self.session_policy_input_list),
            service_control_policy_input_list: list(self.service_control_policy_input_list),
            resource_control_policy_input_list: list(self.resource_control_policy_input_list),
            resource_policy: self.resource_policy.map(change),
            action_names: self.action_names,
            resource_arns: self.resource_arns,
            resource_owner: self.resource_owner,
            caller_arn: self.caller_arn,
            context_entries: self.context_entries,
            _resource_handling_option: None,
            _max_items: None,
            _marker: None,
        }
    }

    /// Checks what AWS checks before it evaluates.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        if self.action_names.is_empty() {
            return Err(Refusal::invalid(
                "expected at least one action in ActionNames".to_owned(),
            ));
        }
        for action in &self.action_names {
            // AWS takes `s3:*` and `s3:` too, and decides on that very text.
            let is_named = (action.split_once(':')).is_some_and(|(service, _)| !service.is_empty());
            if !is_named || action.len() > 128 {
                return Err(Refusal::invalid(format!(
                    "`{action}` is not an action: expected a service and a name such as `iam:CreateUser`"
                )));
            }
        }
        for resource in &self.resource_arns {
            if resource.is_empty() || resource.len() > MAX_VALUE_BYTES {
                return Err(Refusal::invalid(format!(
                    "a resource of {} bytes: expected an ARN or `*`",
                    resource.len()
                )));
            }
        }
        let results = self.results();
        if results > MAX_ACTIONS_TIMES_RESOURCES {
            return Err(Refusal::invalid(format!(
                "{results} results are asked for: expected {MAX_ACTIONS_TIMES_RESOURCES} at most"
            )));
        }
        Ok(())
    }

    /// How many results are asked for.
    pub(super) fn results(&self) -> usize {
        let resources = self.resource_arns.len().max(1);
        self.action_names.len().saturating_mul(resources)
    }

    /// The caller; with a resource policy somebody has to be named.
    pub(super) fn caller(&self) -> Result<Caller, Refusal> {
        let Some(arn) = &self.caller_arn else {
            if self.resource_policy.is_some() {
                return Err(Refusal::invalid(
                    "expected a CallerArn beside a ResourcePolicy".to_owned(),
                ));
            }
            return Ok(Caller::unknown());
        };
        match Caller::from_arn(arn) {
            Ok(caller) if caller.kind != CallerKind::Root => Ok(caller),
            _ => Err(Refusal::invalid(format!(
                "invalid CallerArn `{arn}`: expected the ARN of a user, role, role session or federated user"
            ))),
        }
    }

    /// The context as given, which is taken out. The type tells lists from single values; without a type the count has to.
    pub(super) fn context(&mut self) -> Result<Context, Refusal> {
        let mut context = Context::new();
        let count: usize = self.context_entries.iter().map(|e| e.values.len()).sum();
        if count > MAX_VALUES {
            return Err(Refusal::invalid(format!(
                "{count} context values: expected {MAX_VALUES} at most"
            )));
        }
        for entry in self.context_entries.drain(..) {
            let ContextEntry {
                name: key,
                mut values,
                kind,
            } = entry;
            if values.iter().any(|v| v.len() > MAX_VALUE_BYTES) {
                return Err(Refusal::invalid(format!(
                    "a value of `{key}` has more than {MAX_VALUE_BYTES} bytes"
                )));
            }
            if context.value(&key).is_some() {
                return Err(Refusal::invalid(format!(
                    "`{key}` stands twice in ContextEntries"
                )));
            }
            let value = match (kind, values.len()) {
                (Some(kind), _) if kind.is_list() => ContextValue::List(values),
                (_, 0 | 1) => match values.pop() {
                    None => continue,
                    Some(one) => ContextValue::One(one),
                },
                (None, _) => ContextValue::List(values),
                (Some(_), many) => {
                    return Err(Refusal::invalid(format!(
                        "`{key}` has {many} values: expected one, or a ContextKeyType for lists"
                    )));
                }
            };
            context.set(&key, value);
        }
        Ok(context)
    }

    /// The account of `ResourceOwner`, which is an account or the ARN of its root, of a user or of a role.
    pub(super) fn owner(&self) -> Result<Option<&str>, Refusal> {
        let Some(owner) = self.resource_owner.as_deref() else {
            return Ok(None);
        };
        let account = match owner.split(':').collect::<Vec<_>>().as_slice() {
            ["arn", _, "iam", "", account, name]
                if *name == "root" || name.starts_with("user/") || name.starts_with("role/") =>
            {
                account
            }
            _ => owner,
        };
        if crate::policy::caller::is_account(account) {
            return Ok(Some(account));
        }
        Err(Refusal::invalid(format!(
            "invalid ResourceOwner `{owner}`: expected an account, or the ARN of its root, of a user or of a role"
        )))
    }
}
