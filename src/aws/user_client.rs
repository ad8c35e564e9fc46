//! The calls about a user's own devices and keys, through the AWS SDK for Rust.

use std::error::Error as StdError;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_iam::Client as Iam;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_iam::types::StatusType;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::DateTime;
use secrecy::SecretString;
use time::UtcDateTime;

use super::call::Answered;
use super::client::{Sdk, iam_client, sts_client};
use super::clock::ServerDate;
use super::endpoint::Service;
use super::error::{CallError, call_error};
use super::signer::Signer;
use super::target::Target;
use super::types::{AccessKeyId, Invalid, Keys, SecretAccessKey, SerialNumber, TokenCode};
use super::user_calls::{
    AccessKey, CallerIdentity, EnabledDevice, KeyStatus, NewDevice, UserCalls,
};

/// The bound of [`Sdk::call`] is enough.
const NO_OTHER_LIMIT: Duration = Duration::MAX;

impl Sdk {
    /// One call to IAM.
    fn iam<T>(
        &self,
        to: &Target,
        by: &Signer,
        one: &impl AsyncFn(&Iam) -> Result<T, CallError>,
    ) -> Result<Answered<T>, CallError> {
        self.call(
            to,
            Service::Iam,
            by,
            NO_OTHER_LIMIT,
            &async |config: &SdkConfig, date: &ServerDate| one(&iam_client(to, config, date)).await,
        )
    }
}

/// Turns the SDK's errors into ours.
fn failed<E>(action: &'static str, to: &Target) -> impl Fn(SdkError<E, HttpResponse>) -> CallError
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let host = to.host(Service::Iam);
    move |error| call_error(action, &host, &error)
}

fn not_aws(to: &Target, detail: &str) -> CallError {
    CallError::NotAws {
        host: to.host(Service::Iam),
        detail: detail.to_owned(),
    }
}

fn unusable(to: &Target) -> impl Fn(Invalid) -> CallError {
    let host = to.host(Service::Iam);
    move |problem| CallError::NotAws {
        host: host.clone(),
        detail: problem.to_string(),
    }
}

/// A date that AWS gave; the epoch if it is none of this era.
fn date(at: Option<&DateTime>) -> UtcDateTime {
    at.and_then(|at| UtcDateTime::from_unix_timestamp(at.secs()).ok())
        .unwrap_or(UtcDateTime::UNIX_EPOCH)
}

impl UserCalls for Sdk {
    fn caller(&self, to: &Target, by: &Signer) -> Result<Answered<CallerIdentity>, CallError> {
        let host = to.host(Service::Sts);
        self.call(
            to,
            Service::Sts,
            by,
            NO_OTHER_LIMIT,
            &async |config: &SdkConfig, date: &ServerDate| {
                let answer = sts_client(to, config, date)
                    .get_caller_identity()
                    .send()
                    .await
                    .map_err(|e| call_error("sts:GetCallerIdentity", &host, &e))?;
                match (answer.account(), answer.arn()) {
                    (Some(account), Some(arn)) => Ok(CallerIdentity {
                        account: account.to_owned(),
                        arn: arn.to_owned(),
                    }),
                    _ => Err(CallError::NotAws {
                        host: host.clone(),
                        detail: "it names no caller".to_owned(),
                    }),
                }
            },
        )
    }

    fn devices(&self, to: &Target, by: &Signer) -> Result<Answered<Vec<EnabledDevice>>, CallError> {
        self.iam(to, by, &async |iam: &Iam| {
            let answer = iam
                .list_mfa_devices()
                .send()
                .await
                .map_err(failed("iam:ListMFADevices", to))?;
            let devices = answer.mfa_devices().iter().map(|device| EnabledDevice {
                serial_number: device.serial_number().to_owned(),
                enabled: date(Some(device.enable_date())),
            });
            Ok(devices.collect())
        })
    }

    fn create_device(
        &self,
        to: &Target,
        by: &Signer,
        name: &str,
    ) -> Result<Answered<NewDevice>, CallError> {
        self.iam(to, by, &async |iam: &Iam| {
            let answer = iam
                .create_virtual_mfa_device()
                .virtual_mfa_device_name(name)
                .send()
                .await
                .map_err(failed("iam:CreateVirtualMFADevice", to))?;
            let device = answer.virtual_mfa_device();
            let seed = device
                .and_then(|device| device.base32_string_seed())
                .and_then(|seed| std::str::from_utf8(seed.as_ref()).ok());
            let (Some(device), Some(seed)) = (device, seed) else {
                return Err(not_aws(to, "it holds no device"));
            };
            Ok(NewDevice {
                serial_number: SerialNumber::new(device.serial_number()).map_err(unusable(to))?,
                secret: SecretString::from(seed),
            })
        })
    }

    fn enable_device(
        &self,
        to: &Target,
        by: &Signer,
        user: &str,
        device: &SerialNumber,
        [first, second]: &[TokenCode; 2],
    ) -> Result<Answered<()>, CallError> {
        self.iam(to, by, &async |iam: &Iam| {
            iam.enable_mfa_device()
                .user_name(user)
                .serial_number(device.as_str())
                .authentication_code1(first.expose())
                .authentication_code2(second.expose())
                .send()
                .await
                .map(drop)
                .map_err(failed("iam:EnableMFADevice", to))
        })
    }

    fn resync_device(
        &self,
        to: &Target,
        by: &Signer,
        user: &str,
        device: &SerialNumber,
        [first, second]: &[TokenCode; 2],
    ) -> Result<Answered<()>, CallError> {
        self.iam(to, by, &async |iam: &Iam| {
            iam.resync_mfa_device()
                .user_name(user)
                .serial_number(device.as_str())
                .authentication_code1(first.expose())
                .authentication_code2(second.expose())
                .send()
                .await
                .map(drop)
                .map_err(failed("iam:ResyncMFADevice", to))
        })
    }

    fn deactivate_device(
        &self,
        to: &Target,
        by: &Signer,
        user: &str,
        serial_number: &str,
    ) -> Result<Answered<()>, CallError> {
        self.iam(to, by, &async |iam: &Iam| {
            iam.deactivate_mfa_device()
                .user_name(user)
                .serial_number(serial_number)
                .send()
                .await
                .map(drop)
                .map_err(failed("iam:DeactivateMFADevice", to))
        })
    }

    fn delete_device(
        &self,
        to: &Target,
        by: &Signer,
        serial_number: &str,
    ) -> Result<Answered<()>, CallError> {
        self.iam(to, by, &async |iam: &Iam| {
            iam.delete_virtual_mfa_device()
                .serial_number(serial_number)
                .send()
                .await
                .map(drop)
                .map_err(failed("iam:DeleteVirtualMFADevice", to))
        })
    }

    fn keys(&self, to: &Target, by: &Signer) -> Result<Answered<Vec<AccessKey>>, CallError> {
        self.iam(to, by, &async |iam: &Iam| {
            let answer = iam
                .list_access_keys()
                .send()
                .await
                .map_err(failed("iam:ListAccessKeys", to))?;
            let keys = answer.access_key_metadata().iter().map(|key| {
                Ok(AccessKey {
                    id: AccessKeyId::new(key.access_key_id().unwrap_or_default())
                        .map_err(unusable(to))?,
                    status: match key.status() {
                        Some(StatusType::Active) => KeyStatus::Active,
                        _ => KeyStatus::Inactive,
                    },
                    created: date(key.create_date()),
                })
            });
            keys.collect()
        })
    }

    fn create_key(&self, to: &Target, by: &Signer) -> Result<Answered<Keys>, CallError> {
        self.iam(to, by, &async |iam: &Iam| {
            let answer = iam
                .create_access_key()
                .send()
                .await
                .map_err(failed("iam:CreateAccessKey", to))?;
            let Some(key) = answer.access_key() else {
                return Err(not_aws(to, "it holds no key"));
            };
            Ok(Keys {
                id: AccessKeyId::new(key.access_key_id()).map_err(unusable(to))?,
                secret: SecretAccessKey::new(key.secret_access_key()).map_err(unusable(to))?,
            })
        })
    }

    fn set_key_status(
        &self,
        to: &Target,
        by: &Signer,
        id: &AccessKeyId,
        status: KeyStatus,
    ) -> Result<Answered<()>, CallError> {
        let status = match status {
            KeyStatus::Active => StatusType::Active,
            KeyStatus::Inactive => StatusType::Inactive,
        };
        self.iam(to, by, &async |iam: &Iam| {
            iam.update_access_key()
                .access_key_id(id.as_str())
                .status(status.clone())
                .send()
                .await
                .map(drop)
                .map_err(failed("iam:UpdateAccessKey", to))
        })
    }

    fn delete_key(
        &self,
        to: &Target,
        by: &Signer,
        id: &AccessKeyId,
    ) -> Result<Answered<()>, CallError> {
        self.iam(to, by, &async |iam: &Iam| {
            iam.delete_access_key()
                .access_key_id(id.as_str())
                .send()
                .await
                .map(drop)
                .map_err(failed("iam:DeleteAccessKey", to))
        })
    }
}
