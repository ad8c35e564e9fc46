//! Splits the input into JSON documents, either documents over several lines or JSON Lines: the first document decides.
//!
//! Memory stays constant: at most the largest accepted document and a few chunks are held. Complete documents are handed on before
//! more input is awaited, so that a program at the other end of two pipes gets its answer.

mod batch;
mod reader;
mod splitter;
mod step;

pub(super) use reader::Documents;
