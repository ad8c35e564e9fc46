//! PURE: what is said about the difference between this machine's clock and AWS's.

use time::UtcDateTime;

use crate::aws::Skew;

/// The warning about clocks that differ; `None` where they agree or where nothing is known.
pub(super) fn clock_warning(skew: Skew, corrected: bool, now: UtcDateTime) -> Option<String> {
    let clocks = skew.clocks(now)?;
    match skew {
        Skew::Ignored(_) => Some(format!("{clocks}; the difference is not used")),
        Skew::Used(seconds) if corrected => Some(format!(
            "{}; the request was signed with AWS's time: {clocks}",
            difference(seconds)
        )),
        Skew::Used(_) | Skew::Unknown => None,
    }
}

/// `this machine's clock is 60 s behind AWS's`.
pub(super) fn difference(seconds: i64) -> String {
    format!(
        "this machine's clock is {} s {} AWS's",
        seconds.unsigned_abs(),
        if seconds > 0 { "behind" } else { "ahead of" }
    )
}

#[cfg(test)]
mod tests {
    use time::macros::utc_datetime;

    use super::*;

    const NOW: UtcDateTime = utc_datetime!(2026-11-24 08:30:00);

    #[test]
    fn a_warning_names_both_clocks() {
        assert_eq!(
            clock_warning(Skew::Ignored(-86_400), false, NOW).unwrap(),
            "this machine's clock says 2026-11-24T08:30:00Z, and AWS's says 2026-11-23T08:30:00Z; the difference is not used"
        );
        assert_eq!(
            clock_warning(Skew::Used(3_600), true, NOW).unwrap(),
            "this machine's clock is 3600 s behind AWS's; the request was signed with AWS's time: \
             this machine's clock says 2026-11-24T08:30:00Z, and AWS's says 2026-11-24T09:30:00Z"
        );
        assert_eq!(clock_warning(Skew::Used(30), false, NOW), None);
        assert_eq!(clock_warning(Skew::Unknown, true, NOW), None);
    }
}
