//! PURE: the access key in a CSV file of the AWS console, with or without a byte order mark.

use secrecy::SecretString;

/// The columns that hold the pair; other columns may stand beside them.
const ID: &str = "access key id";
const SECRET: &str = "secret access key";

/// What is wrong with a file. It repeats nothing of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum CsvError {
    /// It cannot be read as CSV.
    #[error("it is not a CSV file")]
    NotCsv,
    /// A column is missing.
    #[error("it has no columns `Access key ID` and `Secret access key`")]
    NoColumns,
    /// There is no line with a key.
    #[error("it has no line with an access key")]
    Empty,
    /// There are several.
    #[error("it has the access keys of several users; leave one line below the first")]
    Several,
}

/// The id and the secret, as they stand in the file.
///
/// # Errors
/// [`CsvError`].
pub(super) fn pair(text: &str) -> Result<(String, SecretString), CsvError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|_| CsvError::NotCsv)?;
    let column = |name: &str| headers.iter().position(|h| h.eq_ignore_ascii_case(name));
    let (Some(id), Some(secret)) = (column(ID), column(SECRET)) else {
        return Err(CsvError::NoColumns);
    };
    let mut found = None;
    for record in reader.records() {
        let record = record.map_err(|_| CsvError::NotCsv)?;
        let value = |n: usize| record.get(n).filter(|value| !value.is_empty());
        let (Some(id), Some(secret)) = (value(id), value(secret)) else {
            continue;
        };
        if found.is_some() {
            return Err(CsvError::Several);
        }
        found = Some((id.to_owned(), SecretString::from(secret)));
    }
    found.ok_or(CsvError::Empty)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn the_files_of_the_console_are_read() {
        for text in [
            "Access key ID,Secret access key\nAKIAIOSFODNN7EXAMPLE,s/s+s\n",
            "\u{feff}Access key ID,Secret access key\r\nAKIAIOSFODNN7EXAMPLE,s/s+s",
            "User name,Password,Access key ID,Secret access key,Console login link\nadmin,,AKIAIOSFODNN7EXAMPLE,s/s+s,https://x\n",
            "\"Access key ID\",\"Secret access key\"\n\"AKIAIOSFODNN7EXAMPLE\",\"s/s+s\"\n\n",
            "secret access key, access key id\ns/s+s, AKIAIOSFODNN7EXAMPLE\n",
        ] {
            let (id, secret) = pair(text).unwrap();
            assert_eq!(id, "AKIAIOSFODNN7EXAMPLE", "{text}");
            assert_eq!(secret.expose_secret(), "s/s+s", "{text}");
        }
    }

    #[test]
    fn other_files_are_refused_without_repeating_them() {
        for (text, error) in [
            ("", CsvError::NoColumns),
            ("AKIAIOSFODNN7EXAMPLE,s/s+s\n", CsvError::NoColumns),
            ("Access key ID,Secret access key\n", CsvError::Empty),
            (
                "Access key ID,Secret access key\nAKIAIOSFODNN7EXAMPLE,\n",
                CsvError::Empty,
            ),
            ("Access key ID,Secret access key\na,b,c\n", CsvError::NotCsv),
            (
                "Access key ID,Secret access key\na,b\nc,d\n",
                CsvError::Several,
            ),
        ] {
            assert_eq!(pair(text).unwrap_err(), error, "{text}");
        }
    }
}
