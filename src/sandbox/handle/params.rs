//! The parameters of a request in AWS's query protocol, and the ways in which AWS finds them wrong.

use super::super::fault::Fault;
use super::super::message::Request;
use super::super::sigv4::is_of_signature;

/// The parameters of query string and form body; of a name given twice the first counts.
#[derive(Debug)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn of(request: &Request) -> Self {
        let form = request.header("content-type").is_none_or(|t| {
            t.trim_start()
                .starts_with("application/x-www-form-urlencoded")
        });
        let body: &[u8] = if form { &request.body } else { &[] };
        let pairs = form_urlencoded::parse(request.query.as_bytes())
            .filter(|(name, _)| !is_of_signature(name))
            .chain(form_urlencoded::parse(body))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        Self(pairs)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// A 32-bit integer with an optional sign and any leading zeros; nothing else around it.
    pub(super) fn integer(&self, name: &str) -> Result<Option<i32>, Fault> {
        self.text(name)
            .map(|text| {
                text.parse()
                    .map_err(|_| Fault::malformed_input(format!("{name} is not an integer")))
            })
            .transpose()
    }
}

/// Collects what is wrong with the members of a request, in AWS's words.
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
