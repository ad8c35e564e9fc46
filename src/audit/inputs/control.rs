//! Service and resource control policies: a document alone, or the output of `organizations describe-policy`.

use serde::Deserialize;

use super::InputError;
use crate::policy::document::{self, Document};
use crate::policy::evaluate::Policy;

/// A control policy of the organisation.
#[derive(Debug, Clone)]
pub struct Control {
    /// How people call it: its name, or the file.
    pub name: String,
    /// Which kind.
    pub kind: ControlKind,
    /// The account that manages the organisation, if the policy's ARN says so. No control policy is in force there.
    pub management: Option<String>,
    /// Its text.
    pub text: String,
    /// The document.
    pub document: Document,
}

/// The kinds of control policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ControlKind {
    /// It binds the accounts' users and roles.
    Service,
    /// It binds whoever uses the accounts' resources.
    Resource,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    policy: Body,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    policy_summary: Summary,
    content: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    #[serde(default)]
    arn: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

/// Reads a control policy; `file` names it unless the text does.
///
/// # Errors
/// [`InputError`].
pub fn read_control(file: &str, text: &str, kind: ControlKind) -> Result<Control, InputError> {
    let text = text.trim_start_matches('\u{feff}');
    let described: Option<Described> = serde_json::from_str(text).ok();
    let (name, arn, text) = match described {
        Some(Described { policy }) => (
            policy.policy_summary.name,
            policy.policy_summary.arn,
            policy.content,
        ),
        None => (None, None, text.to_owned()),
    };
    let wrong = |problem: String| InputError::Policy(problem);
    let document = document::parse(&text).map_err(|e| wrong(e.to_string()))?;
    Policy::new(document.clone()).map_err(|e| wrong(e.to_string()))?;
    let management = arn.and_then(|arn| {
        let account = arn.split(':').nth(4)?;
        (account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()))
            .then(|| account.to_owned())
    });
    Ok(Control {
        name: name.unwrap_or_else(|| file.to_owned()),
        kind,
        management,
        text,
        document,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_and_its_description_are_read() {
        let text = r#"{"Version":"2012-10-17","Statement":[]}"#;
        let plain = read_control("scp.json", text, ControlKind::Service).unwrap();
        assert_eq!((plain.name.as_str(), plain.management), ("scp.json", None));
        let described = serde_json::json!({"Policy": {
            "PolicySummary": {"Id": "p-1", "Name": "Guard", "Arn": "arn:aws:organizations::111122223333:policy/o-1/service_control_policy/p-1", "Type": "SERVICE_CONTROL_POLICY"},
            "Content": text,
        }});
        let read = read_control("f", &described.to_string(), ControlKind::Service).unwrap();
        assert_eq!(read.name, "Guard");
        assert_eq!(read.management.as_deref(), Some("111122223333"));
        // AWS's own policies belong to no account.
        let own = described.to_string().replace("111122223333", "aws");
        let read = read_control("f", &own, ControlKind::Service).unwrap();
        assert_eq!(read.management, None);
        for other in [
            "",
            "{}",
            r#"{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Nonsense":{"a":"b"}}}]}"#,
        ] {
            assert!(
                read_control("f", other, ControlKind::Service).is_err(),
                "{other}"
            );
        }
    }
}
