//! Answers to two harmless requests to other services, so that a policy has something to allow or deny.

use super::super::response::{Node, tree};
use super::params::Params;

/// The regions that are enabled in every account.
const REGIONS: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Digits of a canonical user id.
const CANONICAL_ID: usize = 64;

/// The answer to a request that needs nothing from the account.
pub(super) fn answer(action: &str, params: &Params, account: &str, id: &str) -> Option<String> {
    let answer = match action {
        "s3:ListAllMyBuckets" => no_buckets(account),
        "ec2:DescribeRegions" => regions(params, id),
        _ => return None,
    };
    // INVARIANT: the writer writes to memory, so this cannot fail.
    Some(answer.unwrap_or_default())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
fn no_buckets(account: &str) -> std::io::Result<String> {
    let id: String = account.chars().cycle().take(CANONICAL_ID).collect();
    let owner = Node::Tree("Owner", vec![Node::text("ID", id)]);
    tree(
        "ListAllMyBucketsResult",
        Some("http://s3.amazonaws.com/doc/2006-03-01/"),
        &[owner, Node::Tree("Buckets", Vec::new())],
    )
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html>
fn regions(params: &Params, id: &str) -> std::io::Result<String> {
    let asked: Vec<&str> = (1..=REGIONS.len())
        .map_while(|n| params.text(&format!("RegionName.{n}")))
        .collect();
    let items = REGIONS
        .iter()
        .filter(|region| asked.is_empty() || asked.contains(region))
        .map(|region| {
            Node::Tree(
                "item",
                vec![
                    Node::text("regionName", *region),
                    Node::text("regionEndpoint", format!("ec2.{region}.amazonaws.com")),
                    Node::text("optInStatus", "opt-in-not-required"),
                ],
            )
        })
        .collect();
    tree(
        "DescribeRegionsResponse",
        Some("http://ec2.amazonaws.com/doc/2016-11-15/"),
        &[Node::text("requestId", id), Node::Tree("regionInfo", items)],
    )
}
