//! The session policies of a request, which narrow what its session may do.

use super::super::super::account::StoredPolicy;
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::iam;
use super::super::params::{Constraints, Params};

/// The most characters that all session policies of a request can have together.
const MOST_CHARACTERS: usize = 2_048;
const MOST_POLICY_ARNS: usize = 10;

/// The session policies of one request.
#[derive(Default)]
pub(super) struct SessionPolicies {
    pub(super) policies: Vec<StoredPolicy>,
    pub(super) arns: Vec<String>,
    /// Their size in per cent of the quota.
    packed: usize,
}

impl SessionPolicies {
    pub(super) fn of(params: &Params) -> Result<Self, Fault> {
        let mut read = Self::default();
        let mut size = 0;
        if let Some(text) = params.text("Policy") {
            let mut constraints = Constraints::default();
            constraints.length("policy", text, 1, MOST_CHARACTERS);
            constraints.check()?;
            size += text.chars().count();
            read.policies.push(StoredPolicy::for_session(text)?);
        }
        let arns = (1..).map_while(|n| params.text(&format!("PolicyArns.member.{n}.arn")));
        for arn in arns {
            size += arn.chars().count();
            read.arns.push(iam::arn("arn", arn)?.to_owned());
        }
        let mut constraints = Constraints::default();
        constraints.require(
            read.arns.len() <= MOST_POLICY_ARNS,
            "policyArns",
            "[…]",
            "have length less than or equal to 10",
        );
        constraints.check()?;
        read.packed = size * 100 / MOST_CHARACTERS;
        if size > MOST_CHARACTERS {
            return Err(Fault::new(
                400,
                "PackedPolicyTooLarge",
                format!(
                    "Packed size of session policies and session tags consumes {}% of allotted space.",
                    read.packed
                ),
            ));
        }
        Ok(read)
    }

    /// `PackedPolicySize` of the answer, if there are session policies.
    pub(super) fn packed_size(&self) -> Option<Node> {
        let is_none = self.policies.is_empty() && self.arns.is_empty();
        (!is_none).then(|| Node::text("PackedPolicySize", self.packed.to_string()))
    }
}
