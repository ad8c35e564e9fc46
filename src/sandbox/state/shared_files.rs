//! The profiles of the sandbox's own config and credentials files.
//!
//! Lines are edited, nothing is parsed and written anew: comments, other profiles and line ends stay as they are, and a key
//! pair is added but never replaced.

use std::borrow::Cow;
use std::collections::HashMap;
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

/// The config file in which these profiles have this run's `endpoint_url`, and a region.
pub(super) fn with_endpoint<'p>(
    text: &str,
    profiles: impl IntoIterator<Item = &'p str>,
    endpoint_url: &str,
) -> String {
    let mut file = Sections::of(text);
    for profile in profiles {
        let header = match profile {
            DEFAULT => DEFAULT.to_owned(),
            other => format!("profile {other}"),
        };
        let section = file.section(&header);
        if section.value("region").is_none() {
            section.set("region", REGION);
        }
        if section.value("endpoint_url") != Some(endpoint_url) {
            section.set("endpoint_url", endpoint_url);
        }
    }
    file.join()
}

/// The credentials file in which these profiles have their key pairs. The error is the profile that has other keys.
pub(super) fn with_keys<'p>(
    text: &str,
    profiles: impl IntoIterator<Item = (&'p str, &'p Keys)>,
) -> Result<String, String> {
    let mut file = Sections::of(text);
    for (profile, keys) in profiles {
        let section = file.section(profile);
        let pair = [
            ("aws_access_key_id", keys.id.as_str()),
            ("aws_secret_access_key", keys.secret.expose_secret()),
        ];
        for (key, value) in pair {
            match section.value(key) {
                None => section.set(key, value),
                Some(there) if there == value => {}
                Some(_) => return Err(profile.to_owned()),
            }
        }
    }
    Ok(file.join())
}

/// The first user's profile.
pub(super) const DEFAULT: &str = "default";

/// A file cut at its headers.
struct Sections<'a> {
    /// The first has no header.
    all: Vec<Section<'a>>,
    /// The first section of each name.
    places: HashMap<String, usize>,
    end: &'static str,
}

/// A header with the lines below it, each with its end.
struct Section<'a> {
    header: Option<Cow<'a, str>>,
    lines: Vec<Cow<'a, str>>,
    end: &'static str,
}

impl<'a> Sections<'a> {
    fn of(text: &'a str) -> Self {
        let end = match text.split_inclusive('\n').next() {
            Some(line) if line.ends_with("\r\n") => "\r\n",
            _ => "\n",
        };
        let mut file = Self {
            all: vec![Section::new(None, end)],
            places: HashMap::new(),
            end,
        };
        for line in text.split_inclusive('\n') {
            if let Some(name) = name(line) {
                file.push(name, line.into());
            } else if let Some(last) = file.all.last_mut() {
                last.lines.push(line.into());
            }
        }
        file
    }

    fn push(&mut self, name: String, header: Cow<'a, str>) {
        self.places.entry(name).or_insert(self.all.len());
        self.all.push(Section::new(Some(header), self.end));
    }

    /// The section of this name, which is added at the end if there is none.
    fn section(&mut self, name: &str) -> &mut Section<'a> {
        let place = if let Some(place) = self.places.get(name) {
            *place
        } else {
            if let Some(last) = self.all.last_mut() {
                last.finish_last_line();
                if last.header.is_some() || !last.lines.is_empty() {
                    last.lines.push(last.end.into());
                }
            }
            self.push(name.to_owned(), format!("[{name}]{}", self.end).into());
            self.all.len() - 1
        };
        // INVARIANT: places are those of sections, and the first section is always there.
        let place = place.min(self.all.len() - 1);
        #[expect(clippy::indexing_slicing, reason = "bounded in the line above")]
        &mut self.all[place]
    }

    fn join(&self) -> String {
        self.all
            .iter()
            .flat_map(|section| section.header.iter().chain(&section.lines))
            .map(AsRef::as_ref)
            .collect()
    }
}

impl<'a> Section<'a> {
    fn new(header: Option<Cow<'a, str>>, end: &'static str) -> Self {
        Self {
            header,
            lines: Vec::new(),
            end,
        }
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.lines
            .iter()
            .position(|line| property(line).is_some_and(|(k, _)| k.eq_ignore_ascii_case(key)))
    }

    fn value(&self, key: &str) -> Option<&str> {
        let line = self.lines.get(self.position(key)?)?;
        property(line).map(|(_, value)| value)
    }

    /// Replaces the key's line, or puts one after the properties that are there, before the blank lines that part sections.
    fn set(&mut self, key: &str, value: &str) {
        let line = format!("{key} = {value}{}", self.end);
        if let Some(at) = self.position(key) {
            if let Some(old) = self.lines.get_mut(at) {
                *old = line.into();
            }
            return;
        }
        self.finish_last_line();
        let blank = (self.lines.iter().rev())
            .take_while(|line| line.trim().is_empty())
            .count();
        self.lines.insert(self.lines.len() - blank, line.into());
    }

    fn finish_last_line(&mut self) {
        let end = self.end;
        let last = self.lines.last_mut().or(self.header.as_mut());
        if let Some(last) = last.filter(|line| !line.ends_with('\n')) {
            last.to_mut().push_str(end);
        }
    }
}

/// The name in a header, with `profile default` taken for `default`.
fn name(line: &str) -> Option<String> {
    let inside = line
        .trim_start_matches('\u{feff}')
        .strip_prefix('[')?
        .split(']')
        .next()?
        .trim();
    let words: Vec<&str> = inside.split_whitespace().collect();
    Some(match words.as_slice() {
        ["profile", DEFAULT] => DEFAULT.to_owned(),
        words => words.join(" "),
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

    #[test]
    fn profiles_are_added_and_moved_and_the_rest_stays() {
        let text = "# mine\n[profile default]\nregion = x\n\n[profile dev] # him\nendpoint_url = old\noutput = json";
        let new = with_endpoint(text, ["default", "dev", "other"], "http://new");
        insta::assert_snapshot!(new, @r"
        # mine
        [profile default]
        region = x
        endpoint_url = http://new

        [profile dev] # him
        endpoint_url = http://new
        output = json
        region = us-east-1

        [profile other]
        region = us-east-1
        endpoint_url = http://new
        ");
        assert_eq!(
            with_endpoint(&new, ["default", "dev", "other"], "http://new"),
            new
        );
        assert_eq!(
            with_endpoint("", ["default"], "u"),
            "[default]\nregion = us-east-1\nendpoint_url = u\n"
        );
        assert_eq!(
            with_endpoint("a = b\r\n", ["default"], "u"),
            "a = b\r\n\r\n[default]\r\nregion = us-east-1\r\nendpoint_url = u\r\n"
        );
    }
}
