//! Removes from text of others what would control the terminal.

use std::borrow::Cow;

/// `text` without control characters (C0, DEL, C1) and without characters that reorder text. Line feeds and tabs are kept.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().any(controls_terminal) {
        Cow::Owned(text.chars().filter(|c| !controls_terminal(*c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// `text` cleaned, on one line and cut to `most` characters, for names and messages that other programs wrote.
#[must_use]
pub fn one_line(text: &str, most: usize) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    let line = clean(&words.join(" ")).into_owned();
    if line.chars().count() <= most {
        line
    } else {
        line.chars().take(most).chain(['…']).collect()
    }
}

fn controls_terminal(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_control_a_terminal_are_removed() {
        assert_eq!(clean("a\u{1b}[31mb\u{9b}c\u{202e}d\re"), "a[31mbcde");
        assert_eq!(clean("plain\nlines\tstay ü"), "plain\nlines\tstay ü");
    }

    #[test]
    fn a_line_is_cut_by_characters() {
        assert_eq!(one_line(" ä\nb\u{7}  c ", 9), "ä b c");
        assert_eq!(one_line("ääää", 2), "ää…");
    }
}
