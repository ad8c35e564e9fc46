//! The permissions that a request needs if the account does not serve its operation.
//!
//! Such a request changes nothing. If the policies deny it, it is denied as by AWS; if they allow it, it is answered with 501.

use super::super::account::{Kind, Records};
use super::super::action::{self, S3};
use super::super::fault::Fault;
use super::super::message::Request;
use super::super::sigv4::Claim;
use super::authorise::Permission;
use super::params::Params;
use super::resource::{ArnScope, decoded, of_body, of_params, of_path};
use super::wire::Protocol;

/// The permissions of a request, as well as they can be found without the service's API model.
///
/// # Errors
/// `MissingAction` or `InvalidAction` if the request does not name an operation.
pub(super) fn permissions(
    request: &Request,
    params: &Params,
    claim: &Claim,
    protocol: Protocol,
    scope: &ArnScope<'_>,
) -> Result<Vec<Permission>, Fault> {
    let service = claim.service.as_str();
    match protocol {
        Protocol::Query | Protocol::Ec2 => {
            let name = named(params.text("Action")).ok_or_else(Fault::missing_action)?;
            let action = action::iam_action(service, name);
            let resource = of_params(&action, params, scope);
            Ok(vec![Permission::new(action, resource)])
        }
        Protocol::Json(_) | Protocol::Cbor => {
            let name = named(operation(request)).ok_or_else(Fault::unknown_operation)?;
            let action = action::iam_action(service, name);
            let resource = of_body(&action, &request.body, scope);
            Ok(vec![Permission::new(action, resource)])
        }
        Protocol::S3 => Ok(of_s3(request, scope)),
        Protocol::RestXml | Protocol::RestJson => {
            let prefix = action::prefix(service);
            let action = action::guess(&prefix, &request.method, &request.path);
            let resource = of_path(&action, &request.path, scope);
            Ok(vec![Permission::new(action, resource)])
        }
    }
}

/// The operation that a header or the path names, e.g. `DynamoDB_20120810.ListTables`, `/service/X/operation/PutMetricData`.
fn operation(request: &Request) -> Option<&str> {
    match request.header("x-amz-target") {
        Some(target) => target.rsplit('.').next(),
        None => request.path.split_once("/operation/").map(|(_, name)| name),
    }
}

/// The name, if an operation can have it.
fn named(name: Option<&str>) -> Option<&str> {
    name.filter(|name| {
        (1..=128).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

/// The resource of an IAM action that the account does not serve, if its parameters name one. It is the ARN that is stored.
pub(super) fn of_iam(records: &Records, params: &Params) -> Option<String> {
    let of = |kind: Kind| {
        let name = params.text(&format!("{}Name", kind.title()))?;
        Some(match records.named(kind, name) {
            Ok((_, identity)) => records.arn_of(kind, identity),
            Err(_) => records.arn(kind, "/", name),
        })
    };
    let plain = |parameter: &str, word: &str| {
        let name = params.text(parameter)?;
        let (partition, account) = (&records.partition, &records.account_id);
        Some(format!("arn:{partition}:iam::{account}:{word}/{name}"))
    };
    let given = |parameter: &str| params.text(parameter).map(str::to_owned);
    // An operation on an instance profile may name a role as well.
    plain("InstanceProfileName", "instance-profile")
        .or_else(|| of(Kind::User))
        .or_else(|| of(Kind::Role))
        .or_else(|| of(Kind::Group))
        .or_else(|| plain("ServerCertificateName", "server-certificate"))
        .or_else(|| given("SAMLProviderArn"))
        .or_else(|| given("OpenIDConnectProviderArn"))
        .or_else(|| given("PolicyArn"))
}

/// The permissions of a request to S3, which names the bucket in the path or the host, and the key in the path.
fn of_s3(request: &Request, scope: &ArnScope<'_>) -> Vec<Permission> {
    let host = request.header("host").unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let in_host = host.strip_suffix(".localhost");
    let path = request.path.strip_prefix('/').unwrap_or(&request.path);
    let (bucket, key) = match in_host {
        Some(bucket) => (bucket, path),
        None => path.split_once('/').unwrap_or((path, "")),
    };
    let (bucket, key) = (decoded(bucket), decoded(key));
    let query: Vec<String> = form_urlencoded::parse(request.query.as_bytes())
        .map(|(name, _)| name.into_owned())
        .collect();
    let s3 = S3 {
        method: &request.method,
        bucket: Some(bucket.as_str()).filter(|b| !b.is_empty()),
        key: Some(key.as_str()).filter(|k| !k.is_empty()),
        query: &query,
    };
    let action = action::of_s3(&s3);
    let partition = scope.partition;
    let resource = match (s3.bucket, s3.key) {
        (None, _) => "*".to_owned(),
        // The keys are in the body, so the whole bucket is the resource.
        (Some(bucket), None) if action.ends_with("Object") => {
            format!("arn:{partition}:s3:::{bucket}/*")
        }
        (Some(bucket), None) => format!("arn:{partition}:s3:::{bucket}"),
        (Some(bucket), Some(key)) => format!("arn:{partition}:s3:::{bucket}/{key}"),
    };
    let mut permissions = vec![Permission::new(action, resource)];
    if let Some(source) = request.header("x-amz-copy-source") {
        let source = source.split('?').next().unwrap_or_default();
        let source = decoded(source.trim_start_matches('/'));
        permissions.insert(
            0,
            Permission::new("s3:GetObject", format!("arn:{partition}:s3:::{source}")),
        );
    }
    permissions
}
