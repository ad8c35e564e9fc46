//! Time limits that do not run while this process is stopped.

use std::time::Duration;

use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};

/// Time limits are counted in pieces of this length.
const PIECE: Duration = Duration::from_millis(250);
/// A piece that took this much longer than it should was interrupted by a stop, a suspended machine or a very busy one.
const INTERRUPTION: Duration = Duration::from_secs(1);
/// How long an answer may take to be read after that.
const AFTER_INTERRUPTION: Duration = Duration::from_secs(2);

/// The time that this process runs. A time limit that went on while the process was stopped would be over when it continues, and
/// the answer that has been lying in the socket meanwhile would be thrown away with the code that it was given for.
#[derive(Debug)]
pub(super) struct RunningTime;

impl AsyncSleep for RunningTime {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(async move {
            let mut left = duration;
            while !left.is_zero() {
                let piece = left.min(PIECE);
                let began = std::time::Instant::now();
                tokio::time::sleep(piece).await;
                left -= piece;
                if began.elapsed() >= piece + INTERRUPTION {
                    left = left.max(AFTER_INTERRUPTION);
                }
            }
        })
    }
}
