//! A typed secret, which no message repeats.

/// A secret that was typed. Neither `Debug` nor an error shows it.
#[derive(Clone)]
pub struct Hidden(pub secrecy::SecretString);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}
