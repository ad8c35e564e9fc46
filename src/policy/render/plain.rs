//! Names and texts of policies without the characters that control a terminal.

use std::borrow::Cow;

/// `text` on one line. Characters that control a terminal or reorder text are replaced by U+FFFD.
pub(super) fn one_line(text: &str) -> String {
    (text.chars())
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            c if is_hostile(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// `text` without the characters that control a terminal or reorder text. Line feeds and tabs are kept.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let is_removed = |c: char| is_hostile(c) && !matches!(c, '\n' | '\t');
    if text.contains(is_removed) {
        Cow::Owned(text.replace(is_removed, ""))
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether a character is a control character, changes the direction of text, or breaks a line although JSON allows it.
pub(super) fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_control_a_terminal_are_removed_or_replaced() {
        let hostile = "a\u{1b}[31mb\u{9b}c\u{202e}d\re\nf\tg";
        assert_eq!(plain(hostile), "a[31mbcde\nf\tg");
        assert_eq!(one_line(hostile), "a\u{fffd}[31mb\u{fffd}c\u{fffd}d e f g");
    }
}
