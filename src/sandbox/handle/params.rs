//! The parameters of a request in AWS's query protocol, and AWS's errors for parameters that are not valid.

use std::collections::HashMap;

use super::super::fault::Fault;
use super::super::message::Request;
use super::super::sigv4::is_of_signature;

/// The parameters of the query string and the form body. If a name appears twice, the first value counts.
#[derive(Debug)]
pub(super) struct Params(HashMap<String, String>);

impl Params {
    pub(super) fn of(request: &Request) -> Self {
        let form = request.header("content-type").is_none_or(|t| {
            t.trim_start()
                .starts_with("application/x-www-form-urlencoded")
        });
        let body: &[u8] = if form { &request.body } else { &[] };
        let pairs = form_urlencoded::parse(request.query.as_bytes())
            .filter(|(name, _)| !is_of_signature(name))
            .chain(form_urlencoded::parse(body));
        let mut params = HashMap::new();
        for (name, value) in pairs {
            params
                .entry(name.into_owned())
                .or_insert_with(|| value.into_owned());
        }
        Self(params)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A required parameter.
    ///
    /// # Errors
    /// `ValidationError` if it is missing.
    pub(super) fn required(&self, name: &str) -> Result<&str, Fault> {
        self.text(name).ok_or_else(|| missing(name))
    }

    /// A 32-bit integer, which may have a sign and leading zeros.
    pub(super) fn integer(&self, name: &str) -> Result<Option<i32>, Fault> {
        self.text(name)
            .map(|text| {
                text.parse()
                    .map_err(|_| Fault::malformed_input(format!("{name} is not an integer")))
            })
            .transpose()
    }

    /// `true` or `false`. A missing parameter is false.
    pub(super) fn boolean(&self, name: &str) -> Result<bool, Fault> {
        match self.text(name) {
            None => Ok(false),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(_) => Err(Fault::malformed_input(format!("{name} is not a Boolean"))),
        }
    }

    /// The texts `NAME.member.1`, `NAME.member.2` and so on.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        (1..)
            .map_while(|n| self.text(&format!("{name}.member.{n}")))
            .collect()
    }

    /// Two fields of each structure in a list. The list ends where the first field is missing; the second may be missing.
    pub(super) fn pairs(
        &self,
        name: &str,
        [first, second]: [&str; 2],
    ) -> Vec<(&str, Option<&str>)> {
        (1..)
            .map_while(|n| {
                let first = self.text(&format!("{name}.member.{n}.{first}"))?;
                Some((first, self.text(&format!("{name}.member.{n}.{second}"))))
            })
            .collect()
    }
}

/// The name of a parameter as messages write it, e.g. `userName`.
pub(super) fn member(name: &str) -> String {
    let mut chars = name.chars();
    chars
        .next()
        .map(|first| first.to_ascii_lowercase())
        .into_iter()
        .chain(chars)
        .collect()
}

/// AWS's error for a required parameter that is missing.
pub(super) fn missing(name: &str) -> Fault {
    Fault::validation(format!(
        "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
        member(name)
    ))
}

/// Collects the members of a request that break a constraint, and reports all of them with AWS's message.
#[derive(Debug, Default)]
pub(super) struct Constraints(Vec<String>);

impl Constraints {
    pub(super) fn require(&mut self, holds: bool, member: &str, value: &str, constraint: &str) {
        if !holds {
            self.0.push(format!(
                "Value '{value}' at '{member}' failed to satisfy constraint: Member must {constraint}"
            ));
        }
    }

    pub(super) fn range(&mut self, member: &str, value: i32, least: i32, most: i32) {
        let text = value.to_string();
        self.require(
            value >= least,
            member,
            &text,
            &format!("have value greater than or equal to {least}"),
        );
        self.require(
            value <= most,
            member,
            &text,
            &format!("have value less than or equal to {most}"),
        );
    }

    pub(super) fn length(&mut self, member: &str, value: &str, least: usize, most: usize) {
        let length = value.chars().count();
        self.require(
            length >= least,
            member,
            value,
            &format!("have length greater than or equal to {least}"),
        );
        self.require(
            length <= most,
            member,
            value,
            &format!("have length less than or equal to {most}"),
        );
    }

    pub(super) fn pattern(
        &mut self,
        member: &str,
        value: &str,
        pattern: &str,
        matches: impl Fn(char) -> bool,
    ) {
        self.require(
            value.chars().all(matches),
            member,
            value,
            &format!("satisfy regular expression pattern: {pattern}"),
        );
    }

    pub(super) fn one_of(&mut self, member: &str, value: &str, values: &[&str]) {
        self.require(
            values.contains(&value),
            member,
            value,
            &format!("satisfy enum value set: [{}]", values.join(", ")),
        );
    }

    pub(super) fn check(self) -> Result<(), Fault> {
        let plural = match self.0.len() {
            0 => return Ok(()),
            1 => "",
            _ => "s",
        };
        Err(Fault::validation(format!(
            "{} validation error{plural} detected: {}",
            self.0.len(),
            self.0.join("; ")
        )))
    }
}
