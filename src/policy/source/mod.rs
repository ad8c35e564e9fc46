//! Finds the policies in a file. Text in, policies with their positions out; [`read`] is the only entry point.
//!
//! A file may be one policy, several policies together, the output of the AWS CLI, a `CloudFormation` template in JSON, or a
//! Terraform plan or state in JSON. `walk` goes through any JSON; `cloudformation` and `terraform` hold what is particular to
//! their formats; `found` is the model that all of them fill.
//!
//! An object is a policy because of its shape or because of the name of the member that contains it. A value that should be a
//! policy but is not is returned as well, so that it is reported and never skipped silently.

mod attachment;
mod cloudformation;
mod found;
mod known;
mod position;
mod shape;
mod terraform;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::HashSet;

use serde_json::value::RawValue;

pub use attachment::Attachment;
pub use found::{Candidate, Contents};
pub use known::Known;
pub(super) use position::fill;
pub use position::{Extent, Position};

use crate::policy::document;
use walk::Walk;

/// The largest file that is read. Terraform plans and the authorization details of large accounts are this large.
pub const MAX_BYTES: usize = 128 << 20;

/// Finds the policies of a file. Positions do not count a byte order mark.
#[must_use]
pub fn read(text: &str) -> Contents<'_> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut values = Vec::new();
    let mut contents = Contents::default();
    for value in serde_json::Deserializer::from_str(body).into_iter::<&RawValue>() {
        match value {
            Ok(value) => values.push(value.get()),
            Err(error) => {
                contents.problem = Some(document::syntax(body, &error));
                break;
            }
        }
    }
    let mut walk = Walk::new(body);
    let walked = match values.as_slice() {
        [one] => match terraform::plan(body, one) {
            Some(plan) => plan.and_then(|plan| plan.walk(&mut walk)),
            None => walk.root(one),
        },
        several => walk.items(several),
    };
    let found = walk.finish();
    contents.candidates = without_copies(found.candidates);
    contents.unknown = found.unknown;
    // The values were read before the syntax error, so a problem in them comes first in the file.
    if let Err(problem) = walked {
        contents.problem = Some(problem);
    }
    contents
}

/// Removes copies of policies that are also in the file in a place of their own.
fn without_copies(mut candidates: Vec<Candidate<'_>>) -> Vec<Candidate<'_>> {
    if candidates.iter().all(|c| !c.known.is_copy) {
        return candidates;
    }
    let alike = |candidate: &Candidate<'_>| {
        document::parse(candidate.text()).map(|document| document.to_json_compact())
    };
    let own: HashSet<String> = (candidates.iter())
        .filter(|c| !c.known.is_copy)
        .filter_map(|c| alike(c).ok())
        .collect();
    candidates.retain(|c| !c.known.is_copy || alike(c).map_or(true, |text| !own.contains(&text)));
    candidates
}
