//! QR codes as text for a terminal, and as PNG images.

use qrcode::render::unicode::Dense1x2;
use qrcode::{Color, EcLevel, QrCode};

/// The width that every terminal has.
const MAX_COLUMNS: usize = 80;
/// The light modules on each side of the code (<https://www.iso.org/standard/83389.html>).
const QUIET_ZONE: usize = 4;

/// A QR code in half blocks, with two modules in each character and a quiet zone. Light modules are painted, because most
/// terminals show light text on a dark background. `None` if the code would be wider than 80 columns.
///
/// The QR code of an `otpauth://…` URI is a secret, as its text is.
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

/// The pixels of a module in an image, in each direction.
const SCALE: usize = 4;

/// A QR code as a black and white PNG with a quiet zone. `None` if the text is too long for a QR code.
#[must_use]
pub fn png(text: &str) -> Option<Vec<u8>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let modules = code.width() + 2 * QUIET_ZONE;
    let side = u32::try_from(modules * SCALE).ok()?;
    let colors = code.to_colors();
    let is_dark = |x: usize, y: usize| {
        let inside = |n: usize| {
            (n / SCALE)
                .checked_sub(QUIET_ZONE)
                .filter(|n| *n < code.width())
        };
        let at = inside(y).zip(inside(x)).map(|(y, x)| y * code.width() + x);
        at.and_then(|n| colors.get(n)) == Some(&Color::Dark)
    };
    let pixels: Vec<u8> = (0..modules * SCALE)
        .flat_map(|y| (0..modules * SCALE).map(move |x| (x, y)))
        .map(|(x, y)| if is_dark(x, y) { 0 } else { u8::MAX })
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_qr_code_of_a_uri_fits_a_terminal() {
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
    fn a_text_that_is_too_long_has_no_qr_code() {
        assert!(render(&"x".repeat(2000)).is_none());
        assert!(render(&"x".repeat(100_000)).is_none());
    }
}
