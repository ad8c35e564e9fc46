//! stub
use super::super::Operation;
pub(super) const OPERATIONS: &[Operation] = &[];
