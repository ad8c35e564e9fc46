//! A JSON value that keeps the order of members and the text of numbers.

/// Any JSON value, for what the policy grammar does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it was written.
    Number(String),
    /// A string.
    String(String),
    /// A list.
    Array(Vec<Json>),
    /// Members in their order, each name once.
    Object(Vec<(String, Json)>),
}
