//! Verifies AWS Signature Version 4, in the Authorization header or in the query string of a presigned request
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>).
//!
//! `claim` reads the signature that a request states, and `verify` makes it again with AWS's own signer (`aws-sigv4`). Nothing in
//! the claim is believed before that has succeeded. The crate `scratchstack-aws-signature` was considered: it ignores
//! `X-Amz-Expires`, does not know unsigned payloads, and accepts a clock skew of 15 minutes for every service.

mod claim;
mod presigned;
mod verify;

pub(super) use claim::Claim;
pub(super) use presigned::is_of_signature;

#[cfg(test)]
pub(super) mod tests;
