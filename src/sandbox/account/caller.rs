//! The callers: the holders of the account's long-term keys and temporary credentials.

use std::sync::Arc;

use secrecy::SecretString;
use time::UtcDateTime;

use super::Account;
use super::call::SignedWith;
use super::records::{Kind, Session, SessionOf, Status};
use crate::sandbox::fault::Fault;

/// The holder of credentials who made a request.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Caller {
    /// The unique ID of the user, or of the role for the session of a role.
    pub(in crate::sandbox) user: String,
    pub(in crate::sandbox) arn: String,
    pub(in crate::sandbox) signed_with: SignedWith,
    /// The session, for temporary credentials.
    pub(in crate::sandbox) session: Option<Arc<Session>>,
}

impl Caller {
    /// The `UserId` of sts:GetCallerIdentity. For a role and a federated user, it contains the name of the session.
    pub(in crate::sandbox) fn unique_id(&self, account_id: &str) -> String {
        match self.session.as_ref().map(|session| &session.of) {
            Some(SessionOf::Role { id, session }) => format!("{id}:{session}"),
            Some(SessionOf::Federated { name, .. }) => format!("{account_id}:{name}"),
            Some(SessionOf::User { .. }) | None => self.user.clone(),
        }
    }
}

/// Credentials of the account, with their holder.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Credentials {
    pub(in crate::sandbox) caller: Caller,
    pub(in crate::sandbox) secret: SecretString,
    pub(in crate::sandbox) token: Option<SecretString>,
    pub(in crate::sandbox) expiration: Option<UtcDateTime>,
}

impl Account {
    /// The credentials with this access key ID and the session token sent with it.
    ///
    /// # Errors
    /// `InvalidClientTokenId` if there are none.
    pub(in crate::sandbox) fn credentials(
        &self,
        key_id: &str,
        token: Option<&str>,
    ) -> Result<Credentials, Fault> {
        let found = match token {
            None => self.long_term(key_id),
            Some(token) => self.temporary(key_id, token),
        };
        found.ok_or_else(Fault::unknown_token)
    }

    fn long_term(&self, key_id: &str) -> Option<Credentials> {
        let key = self.records.access_keys.get(key_id)?;
        (key.status == Status::Active).then_some(())?;
        let user = self.records.identity(Kind::User, &key.user)?;
        Some(Credentials {
            caller: Caller {
                user: key.user.clone(),
                arn: self.records.arn_of(Kind::User, user),
                signed_with: SignedWith::LongTermKey,
                session: None,
            },
            secret: key.secret.clone(),
            token: None,
            expiration: None,
        })
    }

    fn temporary(&self, key_id: &str, token: &str) -> Option<Credentials> {
        let session = self.open_session(key_id, token)?;
        Some(Credentials {
            secret: self.records.seal.secret_access_key(key_id),
            token: Some(token.to_owned().into()),
            expiration: Some(session.expiration),
            caller: self.caller(session)?,
        })
    }

    /// The holder of a session. `None` if the user or role has been deleted.
    fn caller(&self, session: Arc<Session>) -> Option<Caller> {
        let records = &self.records;
        let (user, arn, signed_with) = match &session.of {
            SessionOf::User { id } => {
                let user = records.identity(Kind::User, id)?;
                let signed_with = match session.mfa {
                    Some(_) => SignedWith::MfaSession,
                    None => SignedWith::Session,
                };
                (id, records.arn_of(Kind::User, user), signed_with)
            }
            SessionOf::Role { id, session } => {
                let role = records.identity(Kind::Role, id)?;
                let arn = records.sts_arn(&format!("assumed-role/{}/{session}", role.name));
                (id, arn, SignedWith::RoleSession)
            }
            SessionOf::Federated { user, name } => {
                records.identity(Kind::User, user)?;
                let arn = records.sts_arn(&format!("federated-user/{name}"));
                (user, arn, SignedWith::FederatedSession)
            }
        };
        Some(Caller {
            user: user.clone(),
            arn,
            signed_with,
            session: Some(session),
        })
    }
}
