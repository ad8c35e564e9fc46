//! The `[default]` profiles of the sandbox's own config and credentials files.
//!
//! Lines are edited, nothing is parsed and written anew: comments, other profiles and line ends stay as they are, and a key
//! pair is added but never replaced.

use std::path::Path;

use secrecy::ExposeSecret as _;

use super::error::StateError;
use super::files;
use crate::aws::types::Keys;

/// For whoever has no other: the account takes any.
pub(super) const REGION: &str = "us-east-1";

/// Edits a file and writes it if that made a difference.
pub(super) fn update(
    path: &Path,
    edit: impl FnOnce(&str) -> Result<String, StateError>,
) -> Result<(), StateError> {
    let old = files::read(path)?;
    let text = String::from_utf8(old.unwrap_or_default()).map_err(|_| StateError::NotText {
        path: path.to_owned(),
    })?;
    let new = edit(&text)?;
    if new == text {
        Ok(())
    } else {
        files::write_private(path, new.as_bytes())
    }
}

/// The config file with this run's `endpoint_url`, and with a region.
pub(super) fn with_endpoint(text: &str, endpoint_url: &str) -> String {
    let mut file = Lines::of(text);
    if file.value("region").is_none() {
        file.set("region", REGION);
    }
    if file.value("endpoint_url") != Some(endpoint_url) {
        file.set("endpoint_url", endpoint_url);
    }
    file.join()
}

/// The credentials file with this key pair. `None` if other keys are there.
pub(super) fn with_keys(text: &str, keys: &Keys) -> Option<String> {
    let mut file = Lines::of(text);
    let pair = [
        ("aws_access_key_id", keys.id.as_str()),
        ("aws_secret_access_key", keys.secret.expose_secret()),
    ];
    for (key, value) in pair {
        match file.value(key) {
            None => file.set(key, value),
            Some(there) if there == value => {}
            Some(_) => return None,
        }
    }
    Some(file.join())
}

/// A file by its lines, each with its end.
struct Lines<'a> {
    lines: Vec<std::borrow::Cow<'a, str>>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            lines: text.split_inclusive('\n').map(Into::into).collect(),
        }
    }

    fn join(&self) -> String {
        self.lines.concat()
    }

    /// The lines of `[default]`, its header left out.
    fn section(&self) -> Option<std::ops::Range<usize>> {
        let header = self.lines.iter().position(|line| is_default(line))?;
        let start = header + 1;
        let length = self
            .lines
            .iter()
            .skip(start)
            .take_while(|line| !line.starts_with('['))
            .count();
        Some(start..start + length)
    }

    fn position(&self, key: &str) -> Option<usize> {
        let section = self.section()?;
        let length = section.len();
        self.lines
            .iter()
            .skip(section.start)
            .take(length)
            .position(|line| property(line).is_some_and(|(k, _)| k.eq_ignore_ascii_case(key)))
            .map(|n| section.start + n)
    }

    fn value(&self, key: &str) -> Option<&str> {
        let line = self.lines.get(self.position(key)?)?;
        property(line).map(|(_, value)| value)
    }

    /// Replaces the key's line, or puts one right after the header.
    fn set(&mut self, key: &str, value: &str) {
        let end = self.line_end();
        let line = format!("{key} = {value}{end}");
        if let Some(at) = self.position(key) {
            if let Some(old) = self.lines.get_mut(at) {
                *old = line.into();
            }
            return;
        }
        if self.section().is_none() {
            self.finish_last_line(end);
            if !self.lines.is_empty() {
                self.lines.push(end.into());
            }
            self.lines.push(format!("[default]{end}").into());
        }
        self.finish_last_line(end);
        // After the properties that are there, before the blank lines that part sections.
        let at = self.section().map_or(self.lines.len(), |section| {
            let length = section.len();
            let blank = self
                .lines
                .iter()
                .skip(section.start)
                .take(length)
                .rev()
                .take_while(|line| line.trim().is_empty())
                .count();
            section.end - blank
        });
        self.lines.insert(at, line.into());
    }

    fn line_end(&self) -> &'static str {
        match self.lines.first() {
            Some(line) if line.ends_with("\r\n") => "\r\n",
            _ => "\n",
        }
    }

    fn finish_last_line(&mut self, end: &str) {
        if let Some(last) = self.lines.last_mut()
            && !last.ends_with('\n')
        {
            last.to_mut().push_str(end);
        }
    }
}

fn is_default(line: &str) -> bool {
    let name = line
        .trim_start_matches('\u{feff}')
        .strip_prefix('[')
        .and_then(|rest| rest.split(']').next())
        .map(str::trim);
    name.is_some_and(|name| {
        name == "default"
            || name
                .strip_prefix("profile")
                .is_some_and(|rest| rest.trim_start() == "default" && rest != "default")
    })
}

/// A property that is not a comment and not nested under another.
fn property(line: &str) -> Option<(&str, &str)> {
    if line.starts_with([' ', '\t', '#', ';', '[']) {
        return None;
    }
    let (key, value) = line.split_once('=')?;
    Some((key.trim(), value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::types::AccessKeyId;

    fn keys() -> Keys {
        Keys {
            id: AccessKeyId::new("AKIAEXAMPLE234567AAA").unwrap(),
            secret: "s3cr3t/+".to_owned().into(),
        }
    }

    #[test]
    fn a_new_config_file() {
        let text = with_endpoint("", "http://127.0.0.1:1");
        insta::assert_snapshot!(text, @"
        [default]
        region = us-east-1
        endpoint_url = http://127.0.0.1:1
        ");
    }

    #[test]
    fn only_the_endpoint_of_default_changes() {
        let text = "\
# mine
[default]
region = eu-west-1
# endpoint_url = no
s3 =
  endpoint_url = nested
endpoint_url=http://127.0.0.1:1
output = json

[profile other]
endpoint_url = http://other
";
        let new = with_endpoint(text, "http://127.0.0.1:2");
        insta::assert_snapshot!(new, @"
        # mine
        [default]
        region = eu-west-1
        # endpoint_url = no
        s3 =
          endpoint_url = nested
        endpoint_url = http://127.0.0.1:2
        output = json

        [profile other]
        endpoint_url = http://other
        ");
        assert_eq!(with_endpoint(&new, "http://127.0.0.1:2"), new);
    }

    #[test]
    fn a_config_file_without_default_or_last_line_end_gets_one() {
        let new = with_endpoint("[profile x]\r\na = b", "http://e");
        assert_eq!(
            new,
            "[profile x]\r\na = b\r\n\r\n[default]\r\nregion = us-east-1\r\nendpoint_url = http://e\r\n"
        );
        let new = with_endpoint("[profile default]\noutput = json\n\n[x]\n", "http://e");
        assert_eq!(
            new,
            "[profile default]\noutput = json\nregion = us-east-1\nendpoint_url = http://e\n\n[x]\n"
        );
    }

    #[test]
    fn session_profiles_survive_and_keys_are_never_replaced() {
        let first = with_keys("", &keys()).unwrap();
        insta::assert_snapshot!(first, @"
        [default]
        aws_access_key_id = AKIAEXAMPLE234567AAA
        aws_secret_access_key = s3cr3t/+
        ");
        let with_session = format!("{first}\n[default-mfa]\naws_session_token = t\n");
        assert_eq!(with_keys(&with_session, &keys()).unwrap(), with_session);
        let other = first.replace("s3cr3t", "changed");
        assert!(with_keys(&other, &keys()).is_none());
        let other = first.replace("AKIA", "ASIA");
        assert!(with_keys(&other, &keys()).is_none());
    }
}
