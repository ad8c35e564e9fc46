//! PURE: says what an error of AWS's is, from its text and from what this machine knows.
//!
//! `message` reads the text; `credentials` knows the errors about keys, codes and tools, and `denied` those of policies. Where the text
//! does not decide, the explanation says so and names what does.

mod cause;
mod credentials;
mod denied;
mod here;
mod message;

pub use cause::{Cause, Explanation};
pub use here::{Here, StandsFor};

use message::Message;

/// What an error is; `None` if the text is not known.
#[must_use]
pub fn explain(text: &str, here: &Here) -> Option<Explanation> {
    let message = Message::read(text);
    credentials::explain(&message, here).or_else(|| denied::explain(&message, here))
}

#[cfg(test)]
mod tests;
