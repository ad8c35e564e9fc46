//! AWS's clock and this machine's: the time that signs a request, and how far the Date header of an answer is trusted.
//!
//! AWS accepts a signature only if its time is within minutes of AWS's own clock. So a Date further away from the time that an
//! accepted request was signed with contradicts itself, and is not used. After a refusal for the clock, the request is signed
//! once more with the time of the refusal, however far that is: if AWS accepts this signature, it has proved that time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_sdk_iam::config::ConfigBag;
use aws_sdk_iam::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use time::UtcDateTime;

use super::types::rfc3339;

/// A Date may differ by this many seconds from the time that the request was signed with: 15 minutes, as AWS's own bound
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html#RESTAuthenticationTimeStamp>).
const LARGEST_SKEW: i64 = 15 * 60;

/// The difference between AWS's clock and this machine's by an answer: AWS's minus this machine's, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skew {
    /// Nothing.
    Unknown,
    /// It is used.
    Used(i64),
    /// It contradicts the time that the request was signed with, and is not used.
    Ignored(i64),
}

impl Skew {
    /// Judges the Date of an answer to a request that was signed with this machine's clock plus `shift` seconds.
    pub(super) fn judge(seconds: Option<i64>, shift: i64) -> Self {
        match seconds {
            None => Self::Unknown,
            Some(seconds) if seconds.saturating_sub(shift).saturating_abs() <= LARGEST_SKEW => {
                Self::Used(seconds)
            }
            Some(seconds) => Self::Ignored(seconds),
        }
    }

    /// The seconds that are used for corrections; 0 if the difference is not used.
    #[must_use]
    pub fn seconds(self) -> i64 {
        match self {
            Self::Used(seconds) => seconds,
            Self::Unknown | Self::Ignored(_) => 0,
        }
    }

    /// The two clocks, if the Date said anything: `this machine's clock says …, and AWS's says …`.
    #[must_use]
    pub fn clocks(self, now: UtcDateTime) -> Option<String> {
        let (Self::Used(seconds) | Self::Ignored(seconds)) = self else {
            return None;
        };
        let theirs = now
            .unix_timestamp()
            .checked_add(seconds)
            .and_then(|at| UtcDateTime::from_unix_timestamp(at).ok())?;
        Some(format!(
            "this machine's clock says {}, and AWS's says {}",
            rfc3339(now),
            rfc3339(theirs)
        ))
    }
}

/// The Date header of the last answer, as Unix seconds, and the host of the last request.
#[derive(Debug, Clone, Default)]
pub(super) struct ServerDate {
    date: Arc<Mutex<Option<i64>>>,
    host: Arc<Mutex<Option<String>>>,
}

impl ServerDate {
    /// How far it lies from the time between sending a request and reading its answer: a process that was stopped meanwhile
    /// reads an old date.
    pub(super) fn outside(&self, sent: i64, read: i64) -> Option<i64> {
        let date = *self.date.lock().unwrap_or_else(PoisonError::into_inner);
        // The header is cut to the second: one second off is none.
        date.map(|d| d.saturating_sub(d.clamp(sent, read.max(sent))))
            .map(|skew| if skew.saturating_abs() <= 1 { 0 } else { skew })
    }

    /// The host that the SDK called, which depends on more settings than are read here.
    pub(super) fn host(&self) -> Option<String> {
        let host = self.host.lock().unwrap_or_else(PoisonError::into_inner);
        host.clone()
    }
}

#[dyn_dispatch_hint]
impl Intercept for ServerDate {
    fn name(&self) -> &'static str {
        "ServerDate"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let uri = context.request().uri().parse::<http::Uri>();
        let host = uri.ok().and_then(|uri| uri.host().map(str::to_owned));
        *self.host.lock().unwrap_or_else(PoisonError::into_inner) = host;
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context
            .response()
            .headers()
            .get("date")
            .and_then(|d| DateTime::from_str(d, Format::HttpDate).ok());
        if let Some(date) = date {
            *self.date.lock().unwrap_or_else(PoisonError::into_inner) = Some(date.secs());
        }
        Ok(())
    }
}

/// The system's clock with a shift; it signs requests.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShiftedClock(pub(super) i64);

impl TimeSource for ShiftedClock {
    fn now(&self) -> SystemTime {
        let seconds = Duration::from_secs(self.0.unsigned_abs());
        let now = system_now();
        let shifted = if self.0 < 0 {
            now.checked_sub(seconds)
        } else {
            now.checked_add(seconds)
        };
        shifted.unwrap_or(now)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the SDK asks for the system's own type"
)]
fn system_now() -> SystemTime {
    SystemTime::now()
}

pub(super) fn unix_now() -> i64 {
    system_now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|d| i64::try_from(d.as_secs()).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use time::macros::utc_datetime;

    use super::*;

    #[test]
    fn a_date_more_than_15_minutes_off_is_not_used() {
        for (seconds, used) in [
            (0, 0),
            (900, 900),
            (-900, -900),
            (901, 0),
            (-901, 0),
            (i64::MAX, 0),
            (i64::MIN, 0),
        ] {
            assert_eq!(Skew::judge(Some(seconds), 0).seconds(), used, "{seconds}");
        }
        assert_eq!(Skew::judge(None, 0), Skew::Unknown);
    }

    #[test]
    fn a_correction_that_aws_accepted_is_used_however_large() {
        assert_eq!(Skew::judge(Some(3_600), 3_600), Skew::Used(3_600));
        assert_eq!(Skew::judge(Some(-86_402), -86_400), Skew::Used(-86_402));
        assert_eq!(Skew::judge(Some(0), 3_600), Skew::Ignored(0));
    }

    #[test]
    fn a_date_between_request_and_answer_is_no_skew() {
        let date = ServerDate::default();
        assert_eq!(date.outside(100, 200), None);
        for (at, skew) in [(90, -10), (99, 0), (100, 0), (150, 0), (201, 0), (210, 10)] {
            *date.date.lock().unwrap() = Some(at);
            assert_eq!(date.outside(100, 200), Some(skew), "{at}");
        }
        // This machine's clock was set back meanwhile.
        *date.date.lock().unwrap() = Some(100);
        assert_eq!(date.outside(100, 50), Some(0));
    }

    #[test]
    fn both_clocks_are_named() {
        let now = utc_datetime!(2026-11-24 08:30:00);
        assert_eq!(
            Skew::Ignored(3_600).clocks(now).unwrap(),
            "this machine's clock says 2026-11-24T08:30:00Z, and AWS's says 2026-11-24T09:30:00Z"
        );
        assert_eq!(Skew::Ignored(i64::MAX).clocks(now), None);
        assert_eq!(Skew::Unknown.clocks(now), None);
    }
}
