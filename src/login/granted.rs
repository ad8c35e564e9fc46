//! PURE: which end of a granted session is believed.
//!
//! A session never lasts longer than what was asked for, whatever its Expiration says, and a session that has already ended is an error.

use time::{Duration, UtcDateTime};

use crate::aws::Skew;
use crate::aws::types::{SessionCredentials, rfc3339};
use crate::session::record::MARGIN_SECONDS;

/// Granted credentials that have ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AlreadyEnded {
    /// When they ended.
    pub(super) expiration: String,
    /// What the clocks say.
    pub(super) clocks: String,
}

/// The credentials, with an expiration that is no later than what was asked for. `now` is this machine's clock.
///
/// # Errors
/// [`AlreadyEnded`] if they end within a minute, which only a wrong clock explains.
pub(super) fn bounded(
    mut credentials: SessionCredentials,
    asked_seconds: u32,
    skew: Skew,
    now: UtcDateTime,
) -> Result<SessionCredentials, AlreadyEnded> {
    let here = now.saturating_add(Duration::seconds(skew.seconds()));
    let latest = here.saturating_add(Duration::seconds(asked_seconds.into()));
    let margin = Duration::seconds(MARGIN_SECONDS);
    if credentials.expiration <= here.saturating_add(margin) {
        let clocks = skew
            .clocks(now)
            .unwrap_or_else(|| format!("this machine's clock says {}", rfc3339(now)));
        return Err(AlreadyEnded {
            expiration: rfc3339(credentials.expiration),
            clocks,
        });
    }
    credentials.expiration = credentials.expiration.min(latest);
    Ok(credentials)
}

#[cfg(test)]
mod tests {
    use time::macros::utc_datetime;

    use super::*;
    use crate::session::record;

    const NOW: UtcDateTime = utc_datetime!(2026-11-24 08:30:00);

    fn judged(seconds: i64, skew: Skew) -> Result<i64, AlreadyEnded> {
        let mut credentials = record::tests::example().credentials;
        credentials.expiration = NOW + Duration::seconds(seconds);
        bounded(credentials, 3_600, skew, NOW).map(|c| (c.expiration - NOW).whole_seconds())
    }

    #[test]
    fn a_session_lasts_no_longer_than_asked_for() {
        let years = 26 * 365 * 86_400;
        assert_eq!(judged(3_599, Skew::Used(0)).unwrap(), 3_599);
        assert_eq!(judged(years, Skew::Used(0)).unwrap(), 3_600);
        assert_eq!(judged(years, Skew::Unknown).unwrap(), 3_600);
        assert_eq!(judged(years, Skew::Ignored(years)).unwrap(), 3_600);
        assert_eq!(judged(years, Skew::Used(600)).unwrap(), 4_200);
    }

    #[test]
    fn a_session_that_ends_within_a_minute_is_refused_and_the_clock_blamed() {
        for (seconds, skew) in [
            (0, Skew::Unknown),
            (60, Skew::Used(0)),
            (-86_400, Skew::Used(0)),
            (660, Skew::Used(600)),
            (60, Skew::Ignored(-86_400)),
        ] {
            let error = judged(seconds, skew).unwrap_err();
            assert!(
                (error.clocks).contains("this machine's clock says 2026-11-24T08:30:00Z"),
                "{error:?}"
            );
        }
        assert_eq!(judged(61, Skew::Used(0)).unwrap(), 61);
        assert_eq!(judged(61, Skew::Used(-600)).unwrap(), 61);
    }
}
