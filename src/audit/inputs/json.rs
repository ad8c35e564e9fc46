//! One or several JSON values in a file, one after the other, as a loop over the users of an account writes them.

use serde::de::DeserializeOwned;

use super::InputError;

/// The values of a file, which must be objects.
pub(super) fn values<T: DeserializeOwned>(
    text: &str,
    command: &'static str,
) -> Result<Vec<T>, InputError> {
    let text = text.trim_start_matches('\u{feff}');
    let wrong = |problem: String| InputError::Shape { command, problem };
    // Serde would accept a list as the values of the fields in their order.
    if !text.trim_start().starts_with('{') {
        return Err(wrong("not an object".to_owned()));
    }
    (serde_json::Deserializer::from_str(text).into_iter())
        .map(|value| value.map_err(|e| wrong(e.to_string())))
        .collect()
}
