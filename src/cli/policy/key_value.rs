//! Values of the form `KEY=VALUE`.

/// Splits at the first `=`; the key must not be empty.
pub(super) fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_contain_the_separator() {
        assert_eq!(key_value("a:b=c=d"), Ok(("a:b".into(), "c=d".into())));
        assert_eq!(key_value("a="), Ok(("a".into(), String::new())));
        assert!(key_value("=a").is_err() && key_value("a").is_err());
    }
}
