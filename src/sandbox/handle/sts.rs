//! The operations of STS.

use secrecy::ExposeSecret as _;
use time::Duration;

use super::super::account::{
    GoodCode, Identity, Issued, Kind, Refusal, Role, Session, SessionOf, SignedWith, StoredPolicy,
    Tags, Use, account_of,
};
use super::super::fault::Fault;
use super::super::response::{Node, Service};
use super::authorise::Ask;
use super::iam;
use super::operation::{Operation, Sessions, Turn};
use super::params::{Constraints, Params};
use crate::aws::types::rfc3339;
use crate::policy::context::ContextValue;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        service: Service::Sts,
        name: "GetSessionToken",
        sessions: Sessions::None,
        asks: on_nothing,
        run: get_session_token,
    },
    Operation {
        service: Service::Sts,
        name: "GetCallerIdentity",
        sessions: Sessions::All,
        asks: on_nothing,
        run: get_caller_identity,
    },
    Operation {
        service: Service::Sts,
        name: "AssumeRole",
        sessions: Sessions::NotFederated,
        asks: on_role,
        run: assume_role,
    },
    Operation {
        service: Service::Sts,
        name: "GetFederationToken",
        sessions: Sessions::None,
        asks: on_federated_user,
        run: get_federation_token,
    },
    Operation {
        service: Service::Sts,
        name: "GetAccessKeyInfo",
        sessions: Sessions::OfRoles,
        asks: on_nothing,
        run: get_access_key_info,
    },
];

/// Without a resource type an action is authorised on `*`.
#[expect(clippy::unnecessary_wraps, reason = "the signature of every operation")]
fn on_nothing(turn: &Turn<'_>) -> Result<Vec<Ask>, Fault> {
    Ok(vec![Ask::new(turn.operation.action(), "*")])
}

const LEAST_SECONDS: i32 = 900;
/// Of a user's own session and of a federated user's.
const MOST_SECONDS: i32 = 129_600;
const DEFAULT_SECONDS: i32 = 43_200;
/// Of a role's session, whatever the role says.
const MOST_ROLE_SECONDS: i32 = 43_200;
/// Of a role that is assumed from another role's session.
const MOST_CHAINED_SECONDS: i32 = 3_600;
/// Characters that session policies may have together.
const POLICY_ROOM: usize = 2_048;
const MOST_POLICY_ARNS: usize = 10;

/// A device and a code, checked for their form.
fn token_code<'p>(
    params: &'p Params,
    constraints: &mut Constraints,
) -> (Option<&'p str>, Option<&'p str>) {
    let serial = params.text("SerialNumber");
    let code = params.text("TokenCode");
    if let Some(serial) = serial {
        let is_serial = |c: char| c.is_ascii_alphanumeric() || "_+=/:,.@-".contains(c);
        constraints.length("serialNumber", serial, 9, 256);
        constraints.pattern("serialNumber", serial, r"[\w+=/:,.@-]*", is_serial);
    }
    if let Some(code) = code {
        constraints.pattern("tokenCode", code, r"[\d]*", |c| c.is_ascii_digit());
        constraints.length("tokenCode", code, 6, 6);
    }
    (serial, code)
}

/// Judges the code that came with a request. It is called last of all that can refuse, so that no code is used up by a
/// request that fails.
fn judge(
    turn: &mut Turn<'_>,
    given: (Option<&str>, Option<&str>),
) -> Result<Option<GoodCode>, Fault> {
    match given {
        (Some(serial), Some(code)) => turn
            .account
            .judge_code(&turn.caller.user, serial, code, turn.now)
            .map(Some)
            .map_err(|refusal| match refusal {
                Refusal::NotTheirs | Refusal::Exhausted => Fault::unable_to_validate(),
                Refusal::BadCode => Fault::bad_code(),
            }),
        (None, None) => Ok(None),
        _ => Err(Fault::serial_and_code()),
    }
}

fn credentials(issued: &Issued) -> Node {
    Node::Tree(
        "Credentials",
        vec![
            Node::text("AccessKeyId", issued.id.as_str()),
            Node::text("SecretAccessKey", issued.secret.expose_secret()),
            Node::text("SessionToken", issued.token.expose_secret()),
            Node::text("Expiration", rfc3339(issued.expiration)),
        ],
    )
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
fn get_session_token(turn: &mut Turn<'_>) -> Result<Vec<Node>, Fault> {
    let seconds = turn.params.integer("DurationSeconds")?;
    let seconds = seconds.unwrap_or(DEFAULT_SECONDS);
    let mut constraints = Constraints::default();
    constraints.range("durationSeconds", seconds, LEAST_SECONDS, MOST_SECONDS);
    let given = token_code(turn.params, &mut constraints);
    constraints.check()?;
    let code = judge(turn, given)?;
    let mfa = code.map(|code| turn.account.use_up(code));
    let of = SessionOf::User {
        id: turn.caller.user.clone(),
    };
    let session = Session::new(of, mfa, Duration::seconds(seconds.into()), turn.now);
    Ok(vec![credentials(&turn.account.issue(&session))])
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
#[expect(clippy::unnecessary_wraps, reason = "the signature of every operation")]
fn get_caller_identity(turn: &mut Turn<'_>) -> Result<Vec<Node>, Fault> {
    let account = turn.account.account_id();
    Ok(vec![
        Node::text("Arn", turn.caller.arn.as_str()),
        Node::text("UserId", turn.caller.unique_id(account)),
        Node::text("Account", account),
    ])
}

/// A parameter of this length made of the characters that names of sessions have.
fn session_text<'p>(
    constraints: &mut Constraints,
    member: &str,
    text: &'p str,
    (least, most): (usize, usize),
) -> &'p str {
    constraints.length(member, text, least, most);
    constraints.pattern(member, text, r"[\w+=,.@-]*", |c| {
        c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
    });
    text
}

/// What a caller says who wants to assume a role.
struct Assumption<'p> {
    role_arn: &'p str,
    session_name: &'p str,
    seconds: Option<i32>,
    external_id: Option<&'p str>,
    source_identity: Option<&'p str>,
    token_code: (Option<&'p str>, Option<&'p str>),
    tags: Tags,
    transitive: Vec<&'p str>,
    narrowed: Narrowed,
}

impl<'p> Assumption<'p> {
    fn of(params: &'p Params) -> Result<Self, Fault> {
        let role_arn = params.required("RoleArn")?;
        let session_name = params.required("RoleSessionName")?;
        let seconds = params.integer("DurationSeconds")?;
        let mut constraints = Constraints::default();
        constraints.length("roleArn", role_arn, 20, 2048);
        session_text(&mut constraints, "roleSessionName", session_name, (2, 64));
        if let Some(seconds) = seconds {
            constraints.range("durationSeconds", seconds, LEAST_SECONDS, MOST_ROLE_SECONDS);
        }
        let external_id = params.text("ExternalId");
        if let Some(id) = external_id {
            constraints.length("externalId", id, 2, 1224);
            constraints.pattern("externalId", id, r"[\w+=,.@:\/-]*", |c| {
                c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c)
            });
        }
        let source_identity = params
            .text("SourceIdentity")
            .map(|text| session_text(&mut constraints, "sourceIdentity", text, (2, 64)));
        let token_code = token_code(params, &mut constraints);
        constraints.check()?;
        if !role_arn.starts_with("arn:") {
            return Err(Fault::validation(format!("{role_arn} is invalid")));
        }
        Ok(Self {
            role_arn,
            session_name,
            seconds,
            external_id,
            source_identity,
            token_code,
            tags: iam::tags(params)?,
            transitive: params.list("TransitiveTagKeys"),
            narrowed: Narrowed::of(params)?,
        })
    }

    /// The keys of the request. A code that comes with it is MFA: whether it is good is judged after the policies.
    fn context(&self) -> Vec<(String, ContextValue)> {
        let mut context = vec![("sts:RoleSessionName".to_owned(), self.session_name.into())];
        let mut add = |key: &str, value: Option<&str>| {
            context.extend(value.map(|value| (key.to_owned(), value.into())));
        };
        add("sts:ExternalId", self.external_id);
        add("sts:SourceIdentity", self.source_identity);
        if let (Some(_), Some(_)) = self.token_code {
            add("aws:MultiFactorAuthPresent", Some("true"));
            add("aws:MultiFactorAuthAge", Some("0"));
        }
        if !self.transitive.is_empty() {
            let keys = self.transitive.iter().map(|&key| key.to_owned()).collect();
            context.push(("sts:TransitiveTagKeys".to_owned(), ContextValue::List(keys)));
        }
        context
    }
}

/// Session policies.
#[derive(Default)]
struct Narrowed {
    policies: Vec<StoredPolicy>,
    arns: Vec<String>,
    /// How much of the room they take, in per cent.
    packed: usize,
}

impl Narrowed {
    fn of(params: &Params) -> Result<Self, Fault> {
        let mut narrowed = Self::default();
        let mut size = 0;
        if let Some(text) = params.text("Policy") {
            size += text.chars().count();
            narrowed.policies.push(StoredPolicy::for_session(text)?);
        }
        let arns = (1..).map_while(|n| params.text(&format!("PolicyArns.member.{n}.arn")));
        for arn in arns {
            size += arn.chars().count();
            narrowed.arns.push(iam::arn("arn", arn)?.to_owned());
        }
        let mut constraints = Constraints::default();
        constraints.require(
            narrowed.arns.len() <= MOST_POLICY_ARNS,
            "policyArns",
            "[…]",
            "have length less than or equal to 10",
        );
        constraints.check()?;
        narrowed.packed = size * 100 / POLICY_ROOM;
        if size > POLICY_ROOM {
            return Err(Fault::new(
                400,
                "PackedPolicyTooLarge",
                format!(
                    "Packed size of session policies and session tags consumes {}% of allotted space.",
                    narrowed.packed
                ),
            ));
        }
        Ok(narrowed)
    }

    fn is_none(&self) -> bool {
        self.policies.is_empty() && self.arns.is_empty()
    }
}

/// The role of this ARN: its id and record.
fn role<'t>(turn: &'t Turn<'_>, arn: &str) -> Option<(&'t str, &'t Role)> {
    let records = &turn.account.records;
    (records.roles.iter())
        .find(|(_, role)| records.arn_of(Kind::Role, &role.identity) == arn)
        .map(|(id, role)| (id.as_str(), role))
}

/// The role, with its trust policy; of one that is not there, nothing is granted to anybody.
fn on_role(turn: &Turn<'_>) -> Result<Vec<Ask>, Fault> {
    let request = Assumption::of(turn.params)?;
    let found = role(turn, request.role_arn).map(|(_, role)| role);
    let trust = match found {
        Some(role) => Some(role.trust.named("trust policy")),
        None => turn.account.no_policy("trust policy"),
    };
    let mut actions = vec!["sts:AssumeRole"];
    if !request.tags.is_empty() {
        actions.push("sts:TagSession");
    }
    if request.source_identity.is_some() {
        actions.push("sts:SetSourceIdentity");
    }
    let asks = actions.into_iter().map(|action| {
        let mut ask = Ask::new(action, request.role_arn);
        ask.trust.clone_from(&trust);
        ask.context = request.context();
        iam::add_request_tags(&mut ask, &request.tags);
        let tags = found.map(|role: &Role| -> &Identity { &role.identity });
        iam::add_resource_tags(&mut ask, tags.map(|identity| &identity.tags));
        ask
    });
    Ok(asks.collect())
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
fn assume_role(turn: &mut Turn<'_>) -> Result<Vec<Node>, Fault> {
    let request = Assumption::of(turn.params)?;
    let (id, role) = role(turn, request.role_arn).ok_or_else(Fault::internal)?;
    let (id, name, most) = (
        id.to_owned(),
        role.identity.name.clone(),
        role.max_session_seconds,
    );
    let chained = turn.caller.signed_with == SignedWith::RoleSession;
    let seconds = request.seconds.unwrap_or(MOST_CHAINED_SECONDS);
    if chained && seconds > MOST_CHAINED_SECONDS {
        return Err(Fault::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ));
    }
    if seconds > most {
        return Err(Fault::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    // The code is used up; what AssumeRole returns carries no MFA.
    if let Some(code) = judge(turn, request.token_code)? {
        turn.account.use_up(code);
    }
    let of = SessionOf::Role {
        id: id.clone(),
        session: request.session_name.to_owned(),
    };
    let session = Session {
        policies: request.narrowed.policies.clone(),
        policy_arns: request.narrowed.arns.clone(),
        tags: request.tags.clone(),
        ..Session::new(of, None, Duration::seconds(seconds.into()), turn.now)
    };
    if let Some(role) = turn.account.records.roles.get_mut(&id) {
        role.last_used = Some(Use {
            date: session.issued,
            service: "sts".to_owned(),
            region: turn.region.to_owned(),
        });
    }
    let issued = turn.account.issue(&session);
    let session_name = request.session_name;
    let arn = (turn.account.records).sts_arn(&format!("assumed-role/{name}/{session_name}"));
    let mut nodes = vec![
        credentials(&issued),
        Node::Tree(
            "AssumedRoleUser",
            vec![
                Node::text("AssumedRoleId", format!("{id}:{session_name}")),
                Node::text("Arn", arn),
            ],
        ),
    ];
    nodes.extend(packed_size(&request.narrowed));
    nodes.extend(
        request
            .source_identity
            .map(|text| Node::text("SourceIdentity", text)),
    );
    Ok(nodes)
}

fn packed_size(narrowed: &Narrowed) -> Option<Node> {
    (!narrowed.is_none()).then(|| Node::text("PackedPolicySize", narrowed.packed.to_string()))
}

fn federated_name(params: &Params) -> Result<&str, Fault> {
    let name = params.required("Name")?;
    let mut constraints = Constraints::default();
    session_text(&mut constraints, "name", name, (2, 32));
    constraints.check()?;
    Ok(name)
}

fn on_federated_user(turn: &Turn<'_>) -> Result<Vec<Ask>, Fault> {
    let name = federated_name(turn.params)?;
    let arn = turn
        .account
        .records
        .sts_arn(&format!("federated-user/{name}"));
    let tags = iam::tags(turn.params)?;
    let mut actions = vec!["sts:GetFederationToken"];
    if !tags.is_empty() {
        actions.push("sts:TagSession");
    }
    let asks = actions.into_iter().map(|action| {
        let mut ask = Ask::new(action, arn.as_str());
        iam::add_request_tags(&mut ask, &tags);
        ask
    });
    Ok(asks.collect())
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>
fn get_federation_token(turn: &mut Turn<'_>) -> Result<Vec<Node>, Fault> {
    let name = federated_name(turn.params)?;
    let seconds = turn.params.integer("DurationSeconds")?;
    let seconds = seconds.unwrap_or(DEFAULT_SECONDS);
    let mut constraints = Constraints::default();
    constraints.range("durationSeconds", seconds, LEAST_SECONDS, MOST_SECONDS);
    constraints.check()?;
    let narrowed = Narrowed::of(turn.params)?;
    let of = SessionOf::Federated {
        user: turn.caller.user.clone(),
        name: name.to_owned(),
    };
    let packed = packed_size(&narrowed);
    let session = Session {
        policies: narrowed.policies,
        policy_arns: narrowed.arns,
        tags: iam::tags(turn.params)?,
        ..Session::new(of, None, Duration::seconds(seconds.into()), turn.now)
    };
    let issued = turn.account.issue(&session);
    let records = &turn.account.records;
    let mut nodes = vec![
        credentials(&issued),
        Node::Tree(
            "FederatedUser",
            vec![
                Node::text("FederatedUserId", format!("{}:{name}", records.account_id)),
                Node::text("Arn", records.sts_arn(&format!("federated-user/{name}"))),
            ],
        ),
    ];
    nodes.extend(packed);
    Ok(nodes)
}

/// An access key id tells its account, whoever's it is
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html>).
fn get_access_key_info(turn: &mut Turn<'_>) -> Result<Vec<Node>, Fault> {
    let id = turn.params.required("AccessKeyId")?;
    let mut constraints = Constraints::default();
    constraints.length("accessKeyId", id, 16, 128);
    constraints.pattern("accessKeyId", id, r"[\w]*", |c| {
        c.is_ascii_alphanumeric() || c == '_'
    });
    constraints.check()?;
    let own = turn.account.records.access_keys.contains_key(id);
    let account = if own {
        Some(turn.account.account_id().to_owned())
    } else {
        account_of(id)
    };
    let account = account
        .ok_or_else(|| Fault::validation(format!("The access key ID {id} is not valid.")))?;
    Ok(vec![Node::text("Account", account)])
}
