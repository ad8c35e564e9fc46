//! Requests to everything that the account does not serve: what they ask for, so that the policies can be asked.
//!
//! Nothing is done here. What is denied is denied as by AWS; what is allowed is answered with 501.

use super::super::account::{Kind, Records};
use super::super::action::{self, S3};
use super::super::fault::Fault;
use super::super::message::Request;
use super::super::sigv4::Claim;
use super::authorise::Ask;
use super::params::Params;
use super::resource::{Place, decoded, of_body, of_params, of_path};
use super::wire::Protocol;

/// What a request asks for, as well as it can be told without the service's model.
///
/// # Errors
/// A request that names no operation.
pub(super) fn asks(
    request: &Request,
    params: &Params,
    claim: &Claim,
    protocol: Protocol,
    place: &Place<'_>,
) -> Result<Vec<Ask>, Fault> {
    let service = claim.service.as_str();
    match protocol {
        Protocol::Query | Protocol::Ec2 => {
            let name = named(params.text("Action")).ok_or_else(Fault::missing_action)?;
            let action = action::iam_action(service, name);
            let resource = of_params(&action, params, place);
            Ok(vec![Ask::new(action, resource)])
        }
        Protocol::Json(_) | Protocol::Cbor => {
            let name = named(operation(request)).ok_or_else(Fault::unknown_operation)?;
            let action = action::iam_action(service, name);
            let resource = of_body(&action, &request.body, place);
            Ok(vec![Ask::new(action, resource)])
        }
        Protocol::S3 => Ok(of_s3(request, place)),
        Protocol::RestXml | Protocol::RestJson => {
            let prefix = action::prefix(service);
            let action = action::guess(&prefix, &request.method, &request.path);
            let resource = of_path(&action, &request.path, place);
            Ok(vec![Ask::new(action, resource)])
        }
    }
}

/// The operation that a header or the path names: `DynamoDB_20120810.ListTables`, `/service/X/operation/PutMetricData`.
fn operation(request: &Request) -> Option<&str> {
    match request.header("x-amz-target") {
        Some(target) => target.rsplit('.').next(),
        None => request.path.split_once("/operation/").map(|(_, name)| name),
    }
}

/// A name that an operation can have.
fn named(name: Option<&str>) -> Option<&str> {
    name.filter(|name| {
        (1..=128).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

/// What an action of IAM that is not served is about, where its parameters name it: on the ARN that is stored.
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
    // An instance profile's own calls may name a role as well.
    plain("InstanceProfileName", "instance-profile")
        .or_else(|| of(Kind::User))
        .or_else(|| of(Kind::Role))
        .or_else(|| of(Kind::Group))
        .or_else(|| plain("ServerCertificateName", "server-certificate"))
        .or_else(|| given("SAMLProviderArn"))
        .or_else(|| given("OpenIDConnectProviderArn"))
        .or_else(|| given("PolicyArn"))
}

/// S3 names bucket and key in the path, or the bucket in the host.
fn of_s3(request: &Request, place: &Place<'_>) -> Vec<Ask> {
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
    let partition = place.partition;
    let resource = match (s3.bucket, s3.key) {
        (None, _) => "*".to_owned(),
        // The keys stand in the body; the whole bucket is asked for.
        (Some(bucket), None) if action.ends_with("Object") => {
            format!("arn:{partition}:s3:::{bucket}/*")
        }
        (Some(bucket), None) => format!("arn:{partition}:s3:::{bucket}"),
        (Some(bucket), Some(key)) => format!("arn:{partition}:s3:::{bucket}/{key}"),
    };
    let mut asks = vec![Ask::new(action, resource)];
    if let Some(source) = request.header("x-amz-copy-source") {
        let source = source.split('?').next().unwrap_or_default();
        let source = decoded(source.trim_start_matches('/'));
        asks.insert(
            0,
            Ask::new("s3:GetObject", format!("arn:{partition}:s3:::{source}")),
        );
    }
    asks
}
