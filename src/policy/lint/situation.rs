//! The request contexts for which the rules ask the evaluator: a plain IAM user at each state of MFA, calling directly.
//!
//! Some keys follow from that and are known; all others are unknown. The value of an unknown key is never guessed: a condition on
//! it is assumed to hold when a statement is judged by itself, and assumed not to hold when another statement should help.

use crate::policy::caller::is_account;
use crate::policy::condition::Family;
use crate::policy::context::{Context, ContextValue, Mfa};
use crate::policy::document::{Document, Effect, StatementElement, Strings};

use super::{Subject, texts};

/// The account where a document names none.
const ACCOUNT: &str = "123456789012";

/// Who and where the plain user is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Situation {
    pub(super) partition: String,
    account: String,
}

impl Situation {
    /// In the partition and account that the document's ARNs name, else in the partition that is asked for.
    pub(super) fn of(subject: &Subject<'_>) -> Self {
        // Other accounts are named for what is in them, the users' own for users.
        let is_users = |arn: &&str| arn.contains(":user/") || arn.contains(":mfa/");
        let all = || texts::values(subject.document).map(|(_, text)| text);
        let arns = || all().filter(is_users).chain(all());
        let account = |arn: &str| {
            arn.split(':')
                .nth(4)
                .filter(|a| is_account(a))
                .map(str::to_owned)
        };
        let partition = arns().find_map(texts::partition).or(subject.partition);
        Self {
            partition: partition.unwrap_or("aws").to_owned(),
            account: arns()
                .find_map(account)
                .unwrap_or_else(|| ACCOUNT.to_owned()),
        }
    }

    /// The context of a plain user's direct call.
    pub(super) fn user(&self, mfa: Mfa) -> Context {
        let mut context = Context::new()
            .with("aws:PrincipalArn", self.own_user())
            .with("aws:username", "caller")
            .with("aws:userid", "AIDACALLER")
            .with("aws:PrincipalType", "User");
        call_directly(&mut context);
        // A key that is turned into an OAuth token says so.
        let grant = match mfa {
            Mfa::Absent => "client_credentials",
            Mfa::False | Mfa::True { .. } => {
                context.set("aws:TokenIssueTime", "2026-01-01T00:00:00Z");
                "authorization_code"
            }
        };
        context.set("signin:OAuthGrantType", grant);
        mfa.apply(&mut context);
        context
    }

    /// The context of a session of the role `name`, which never carries the MFA key.
    pub(super) fn role(&self, name: &str) -> Context {
        let mut context = Context::new()
            .with("aws:PrincipalArn", self.iam(&format!("role/{name}")))
            .with("aws:userid", "AROAROLE:session")
            .with("aws:PrincipalType", "AssumedRole")
            .with("aws:TokenIssueTime", "2026-01-01T00:00:00Z");
        call_directly(&mut context);
        context
    }

    /// The same call, forwarded by a service.
    pub(super) fn forwarded(mut context: Context) -> Context {
        const SERVICE: &str = "cloudformation.amazonaws.com";
        context.set("aws:ViaAWSService", "true");
        context.set(
            "aws:CalledVia",
            ContextValue::List(vec![SERVICE.to_owned()]),
        );
        context.set("aws:CalledViaFirst", SERVICE);
        context.set("aws:CalledViaLast", SERVICE);
        context
    }

    pub(super) fn own_user(&self) -> String {
        self.iam("user/caller")
    }

    pub(super) fn own_user_with_a_path(&self) -> String {
        self.iam("user/path/caller")
    }

    pub(super) fn other_user(&self) -> String {
        self.iam("user/other")
    }

    pub(super) fn own_device(&self) -> String {
        self.iam("mfa/caller")
    }

    pub(super) fn device(&self) -> String {
        self.iam("mfa/any-name")
    }

    fn iam(&self, resource: &str) -> String {
        self.arn("iam", "", resource)
    }

    /// The ARN of a resource of the account.
    pub(super) fn arn(&self, service: &str, region: &str, resource: &str) -> String {
        let Self { partition, account } = self;
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    /// A resource that no document names.
    pub(super) fn anything(&self) -> String {
        self.arn("stand-in", "region-1", "stand-in/resource")
    }

    /// An instance of a resource pattern.
    pub(super) fn instance(pattern: &str) -> String {
        Self::for_caller(pattern).replace(['*', '?'], "x")
    }

    /// The pattern for the plain user's own name.
    pub(super) fn for_caller(pattern: &str) -> String {
        const VARIABLE: &str = "${aws:username}";
        let mut whole = String::with_capacity(pattern.len());
        let mut end = 0;
        for (at, _) in pattern.to_ascii_lowercase().match_indices(VARIABLE) {
            whole.push_str(pattern.get(end..at).unwrap_or_default());
            whole.push_str("caller");
            end = at + VARIABLE.len();
        }
        whole.push_str(pattern.get(end..).unwrap_or_default());
        whole
    }
}

/// What the context says when no service stands between.
fn call_directly(context: &mut Context) {
    for key in [
        "aws:PrincipalIsAWSService",
        "aws:ViaAWSService",
        "aws:ViaAWSMCPService",
    ] {
        context.set(key, "false");
    }
}

/// The resource patterns of a document's statements of one effect.
pub(super) fn resources(document: &Document, effect: Effect) -> impl Iterator<Item = &str> {
    (document.statements().iter())
        .filter(move |statement| statement.effect() == effect)
        .flat_map(|statement| &statement.elements)
        .filter_map(|element| match element {
            StatementElement::Resource(s) | StatementElement::NotResource(s) => Some(s),
            _ => None,
        })
        .flat_map(Strings::texts)
}

/// Whether a condition on the key, in lower case, follows from the caller and the way of the call.
pub(super) fn is_known(key: &str, family: Family) -> bool {
    const KNOWN: [&str; 11] = [
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principaltype",
        "aws:userid",
        "aws:username",
        "aws:viaawsmcpservice",
        "aws:viaawsservice",
        "signin:oauthgranttype",
    ];
    KNOWN.contains(&key)
        || key.starts_with("aws:principaltag/")
        // Its presence indicates temporary credentials; the time of issue is unknown.
        || (key == "aws:tokenissuetime" && family == Family::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::document::parse;

    fn situation(statement: &str) -> Situation {
        let text = format!(r#"{{"Statement":[{{"Effect":"Allow","Action":"*",{statement}}}]}}"#);
        let document = parse(&text).unwrap();
        Situation::of(&Subject {
            document: &document,
            text: &text,
            attachment: None,
            kind: None,
            partition: Some("aws-cn"),
        })
    }

    #[test]
    fn the_document_shows_whether_it_is_about_users() {
        for (statement, user) in [
            (
                r#""Resource":"*""#,
                "arn:aws-cn:iam::123456789012:user/caller",
            ),
            (
                r#""Resource":["arn:aws:iam::111122223333:role/x","arn:aws:iam::444455556666:user/${aws:username}"]"#,
                "arn:aws:iam::444455556666:user/caller",
            ),
            (
                r#""Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws-us-gov:iam::*:user/*"}}"#,
                "arn:aws-us-gov:iam::123456789012:user/caller",
            ),
            (
                r#""Resource":"arn:aws:s3:eu-west-1:111122223333:accesspoint/x""#,
                "arn:aws:iam::111122223333:user/caller",
            ),
        ] {
            assert_eq!(situation(statement).own_user(), user, "{statement}");
        }
    }

    #[test]
    fn an_instance_of_a_pattern_matches_it() {
        for (pattern, instance) in [
            (
                "arn:aws:iam::*:user/${aws:username}",
                "arn:aws:iam::x:user/caller",
            ),
            ("é${AWS:UserName}?${aws:username}", "écallerxcaller"),
            ("${aws:userid}", "${aws:userid}"),
        ] {
            assert_eq!(Situation::instance(pattern), instance);
        }
    }
}
