//! Durations as they are typed.

/// The seconds of a session that AWS grants, as [`span`] reads them.
pub(super) fn session_duration(text: &str) -> Result<u32, String> {
    let seconds = span(text)?;
    if (900..=129_600).contains(&seconds) {
        Ok(seconds)
    } else {
        Err("a session lasts 15m to 36h".to_owned())
    }
}

/// The whole seconds of `12h`, `90m`, `1h30m`, or a bare number of seconds.
pub(super) fn span(text: &str) -> Result<u32, String> {
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => Some(seconds),
        Err(_) => humantime::parse_duration(text).ok().map(|d| d.as_secs()),
    };
    seconds
        .and_then(|s| u32::try_from(s).ok())
        .ok_or_else(|| "expected a time such as 12h, 90m or 1h30m".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read() {
        for (text, seconds) in [
            ("12h", 43_200),
            ("90m", 5_400),
            ("1h30m", 5_400),
            ("45s", 45),
            ("900", 900),
            ("0", 0),
        ] {
            assert_eq!(span(text), Ok(seconds), "{text}");
        }
        for text in ["", "h", "-1h", "12hh", "99999999999h", "12x", "half a day"] {
            assert!(span(text).is_err(), "{text}");
        }
        assert!(session_duration("14m").is_err());
        assert!(session_duration("37h").is_err());
    }
}
