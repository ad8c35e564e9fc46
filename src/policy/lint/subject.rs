//! The input of a rule: one policy, with what is known about it.

use crate::policy::document::Document;
use crate::policy::generate::Kind;
use crate::policy::source::Attachment;

/// One policy to be judged.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The parsed policy.
    pub document: &'a Document,
    /// Its text as it was written, for the size of the kinds that count white space.
    pub text: &'a str,
    /// What it is attached to, if known.
    pub attachment: Option<Attachment>,
    /// The kind by whose limits it is measured, if known.
    pub kind: Option<Kind>,
    /// The partition that it is for, if known, e.g. `aws-us-gov`.
    pub partition: Option<&'a str>,
}
