//! The account's clock: that of the system, unless a test has moved it.
//!
//! `GET /_sandbox/clock` reads the clock and `POST` changes it, with a body of JSON: `{"advance":"30s"}` (or a number of seconds),
//! `{"set":"2026-11-24T06:00:00Z"}` (or seconds since the epoch), or `{"frozen":true}` to stop it and `false` to continue it. The
//! path exists only if the sandbox was started with `--test-clock`. These requests are not signed, so a request that a browser
//! sends for a web page is refused. The clock for signatures never moves.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use time::{Duration, UtcDateTime};

use crate::aws::types::{parse_rfc3339, rfc3339};
use crate::sandbox::handle::Clocks;
use crate::sandbox::message::Request;

pub(super) const PATH: &str = "/_sandbox/clock";

/// The latest time of the clock, in seconds since the epoch: the year 9000. Times that are computed from it are still in range.
const LATEST: i64 = 221_845_392_000;

/// Whether requests may move the account's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TestClock {
    /// The clock is that of the system.
    #[default]
    Off,
    /// `POST /_sandbox/clock` moves the clock.
    On,
}

/// The account's clock.
pub(super) struct Clock {
    system: Box<dyn Fn() -> UtcDateTime + Send + Sync>,
    kind: TestClock,
    moved: Mutex<Moved>,
}

/// How the account's clock differs from that of the system.
#[derive(Debug, Clone, Copy, Default)]
struct Moved {
    ahead: Duration,
    frozen: Option<UtcDateTime>,
}

/// The answer to a request about the clock.
pub(super) struct ClockAnswer {
    pub(super) status: u16,
    /// JSON.
    pub(super) body: String,
    /// A note for the log.
    pub(super) note: String,
}

/// The changes in a request, which are made in this order.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(alias = "now", alias = "time")]
    set: Option<Moment>,
    #[serde(alias = "seconds")]
    advance: Option<Span>,
    #[serde(alias = "freeze")]
    frozen: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Moment {
    Seconds(f64),
    Text(String),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Span {
    Seconds(f64),
    Text(String),
}

impl Clock {
    pub(super) fn new(system: Box<dyn Fn() -> UtcDateTime + Send + Sync>, kind: TestClock) -> Self {
        Self {
            system,
            kind,
            moved: Mutex::default(),
        }
    }

    pub(super) fn kind(&self) -> TestClock {
        self.kind
    }

    pub(super) fn now(&self) -> Clocks {
        let system = (self.system)();
        Clocks {
            account: self.moved().account(system),
            signature: system,
        }
    }

    fn moved(&self) -> MutexGuard<'_, Moved> {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request to read or change the clock.
    pub(super) fn answer(&self, request: &Request) -> ClockAnswer {
        let refused = |status, why: &str| ClockAnswer {
            status,
            body: serde_json::json!({ "error": why }).to_string(),
            note: format!("the clock was not changed: {why}"),
        };
        if is_from_web_page(request) {
            return refused(403, "the request comes from a web page");
        }
        let result = match request.method.as_str() {
            "GET" => Ok(()),
            "POST" => self.change(&request.body),
            _ => return refused(405, "use GET to read the clock and POST to change it"),
        };
        if let Err(why) = result {
            return refused(400, &why);
        }
        let now = rfc3339(self.now().account);
        let frozen = self.moved().frozen.is_some();
        ClockAnswer {
            status: 200,
            body: serde_json::json!({ "now": now, "frozen": frozen }).to_string(),
            note: format!("the clock is at {now}"),
        }
    }

    fn change(&self, body: &[u8]) -> Result<(), String> {
        let change: Change = serde_json::from_slice(body).map_err(|error| {
            format!("not a valid change of the clock: {error}; for example, {{\"advance\":\"30s\"}} is valid")
        })?;
        let system = (self.system)();
        let mut moved = self.moved();
        let mut now = moved.account(system);
        if let Some(moment) = change.set {
            now = moment.read()?;
        }
        if let Some(span) = change.advance {
            let then = now.checked_add(span.read()?);
            now = then.ok_or_else(out_of_range)?;
        }
        if !(0..=LATEST).contains(&now.unix_timestamp()) {
            return Err(out_of_range());
        }
        let frozen = change.frozen.unwrap_or(moved.frozen.is_some());
        *moved = Moved {
            ahead: now - system,
            frozen: frozen.then_some(now),
        };
        Ok(())
    }
}

impl Moved {
    fn account(&self, system: UtcDateTime) -> UtcDateTime {
        self.frozen
            .unwrap_or_else(|| system.saturating_add(self.ahead))
    }
}

impl Moment {
    fn read(&self) -> Result<UtcDateTime, String> {
        match self {
            Self::Seconds(seconds) => seconds_span(*seconds)
                .and_then(|span| UtcDateTime::UNIX_EPOCH.checked_add(span))
                .ok_or_else(out_of_range),
            Self::Text(text) => {
                parse_rfc3339(text).ok_or_else(|| format!("`{text}` is not an RFC 3339 time"))
            }
        }
    }
}

impl Span {
    fn read(&self) -> Result<Duration, String> {
        match self {
            Self::Seconds(seconds) => seconds_span(*seconds).ok_or_else(out_of_range),
            Self::Text(text) => {
                let (back, text) = match text.strip_prefix('-') {
                    Some(rest) => (true, rest),
                    None => (false, text.as_str()),
                };
                let span = humantime::parse_duration(text)
                    .map_err(|error| format!("`{text}` is not a duration: {error}"))?;
                let span = Duration::try_from(span).map_err(|_| out_of_range())?;
                Ok(if back { -span } else { span })
            }
        }
    }
}

fn seconds_span(seconds: f64) -> Option<Duration> {
    Duration::checked_seconds_f64(seconds)
}

fn out_of_range() -> String {
    "the clock can be set to times from 1970 to the year 9000".to_owned()
}

/// Whether a browser sent the request for a web page. Browsers set one of these headers, whatever the host of the page.
fn is_from_web_page(request: &Request) -> bool {
    ["origin", "sec-fetch-site", "referer"]
        .iter()
        .any(|name| request.header(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> UtcDateTime {
        parse_rfc3339(text).unwrap()
    }

    fn clock() -> Clock {
        Clock::new(Box::new(|| at("2026-11-24T06:00:00Z")), TestClock::On)
    }

    fn request(method: &str, body: &str) -> Request {
        Request {
            method: method.to_owned(),
            headers: vec![("host".to_owned(), "127.0.0.1:1".to_owned())],
            body: body.as_bytes().to_vec(),
            ..Request::default()
        }
    }

    fn post(clock: &Clock, body: &str) -> (u16, String) {
        let answer = clock.answer(&request("POST", body));
        (answer.status, answer.body)
    }

    #[test]
    fn the_clock_is_moved_and_read_and_that_of_signatures_stays() {
        let clock = clock();
        for (body, now) in [
            (r#"{"advance":"30s"}"#, "2026-11-24T06:00:30Z"),
            (r#"{"advance":30}"#, "2026-11-24T06:01:00Z"),
            (r#"{"advance":"-1m"}"#, "2026-11-24T06:00:00Z"),
            (r#"{"advance":-60}"#, "2026-11-24T05:59:00Z"),
            (r#"{"set":"2030-01-01T00:00:00Z"}"#, "2030-01-01T00:00:00Z"),
            (
                r#"{"set":"2030-01-01T01:00:00+01:00","advance":"13h"}"#,
                "2030-01-01T13:00:00Z",
            ),
            (r#"{"set":1795500000}"#, "2026-11-24T06:00:00Z"),
            ("{}", "2026-11-24T06:00:00Z"),
        ] {
            let (status, answer) = post(&clock, body);
            assert_eq!(status, 200, "{answer}");
            assert_eq!(answer, format!(r#"{{"now":"{now}","frozen":false}}"#));
            assert_eq!(clock.now().account, at(now));
            assert_eq!(clock.now().signature, at("2026-11-24T06:00:00Z"));
        }
    }

    #[test]
    fn a_frozen_clock_stops() {
        use std::sync::atomic::{AtomicI64, Ordering};
        static SYSTEM: AtomicI64 = AtomicI64::new(1_795_500_000);
        let tick = || SYSTEM.fetch_add(10, Ordering::SeqCst);
        let system = || UtcDateTime::from_unix_timestamp(SYSTEM.load(Ordering::SeqCst)).unwrap();
        let clock = Clock::new(Box::new(system), TestClock::On);
        let start = clock.now().account;
        post(&clock, r#"{"frozen":true}"#);
        tick();
        assert_eq!(clock.now().account, start);
        post(&clock, r#"{"advance":30}"#);
        tick();
        assert_eq!(clock.now().account, start + Duration::seconds(30));
        post(&clock, r#"{"frozen":false}"#);
        tick();
        assert_eq!(clock.now().account, start + Duration::seconds(40));
    }

    #[test]
    fn a_change_that_is_not_valid_is_refused() {
        let clock = clock();
        for body in [
            "",
            "30s",
            "[]",
            r#"{"advance":"soon"}"#,
            r#"{"advance":1e300}"#,
            r#"{"advance":"9999999y"}"#,
            r#"{"set":"yesterday"}"#,
            r#"{"set":-1}"#,
            r#"{"set":"9999-12-31T23:59:59Z"}"#,
            r#"{"back":1}"#,
            r#"{"frozen":"yes"}"#,
        ] {
            let (status, answer) = post(&clock, body);
            assert_eq!(status, 400, "{body}: {answer}");
        }
        assert_eq!(clock.now().account, at("2026-11-24T06:00:00Z"));
        assert_eq!(clock.answer(&request("DELETE", "")).status, 405);
    }

    #[test]
    fn a_request_of_a_web_page_is_refused() {
        let clock = clock();
        for (name, value) in [
            ("origin", "http://127.0.0.1:1"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("referer", "http://localhost:3000/"),
        ] {
            let mut request = request("GET", "");
            request.headers.push((name.to_owned(), value.to_owned()));
            assert_eq!(clock.answer(&request).status, 403, "{name}: {value}");
        }
    }
}
