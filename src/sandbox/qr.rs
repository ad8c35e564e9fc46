//! A QR code for the terminal.

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// What a terminal is sure to have.
const MAX_COLUMNS: usize = 80;
/// Light modules around the code (<https://www.iso.org/standard/83389.html>), on each side.
const QUIET_ZONE: usize = 4;

/// The code in half blocks, two modules a character, with its quiet zone. Light modules are the painted ones, as terminals
/// mostly show light text on dark. `None` when it would be wider than 80 columns.
///
/// The text is what an authenticator app reads: of `otpauth://…` it is a secret.
#[must_use]
pub fn render(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    (code.width() + 2 * QUIET_ZONE <= MAX_COLUMNS).then(|| {
        code.render::<Dense1x2>()
            .dark_color(Dense1x2::Light)
            .light_color(Dense1x2::Dark)
            .quiet_zone(true)
            .module_dimensions(1, 1)
            .build()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_fits_the_terminal() {
        let uri = "otpauth://totp/mfa-session%20sandbox:admin%40111122223333?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
                   &issuer=mfa-session%20sandbox";
        let picture = render(uri).unwrap();
        assert!(picture.lines().all(|line| line.chars().count() <= 80));
        assert!(
            picture
                .chars()
                .all(|c| matches!(c, ' ' | '▀' | '▄' | '█' | '\n'))
        );
        let first = picture.lines().next().unwrap();
        assert!(first.chars().all(|c| c == '█'), "the quiet zone is painted");
    }

    #[test]
    fn what_does_not_fit_is_not_drawn() {
        assert!(render(&"x".repeat(2000)).is_none());
        assert!(render(&"x".repeat(100_000)).is_none());
    }
}
