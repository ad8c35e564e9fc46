//! The part of a long line that is shown: what is marked, and whole words around it.

use std::borrow::Cow;
use std::ops::Range;

/// What stands for the parts that are left out.
const ELLIPSIS: &str = "…";

/// The part of `line` around `mark` that has at most `room` characters, and the mark in it. A mark that is longer is cut.
pub(super) fn window(line: &str, mark: Range<usize>, room: usize) -> (Cow<'_, str>, Range<usize>) {
    if line.chars().count() <= room {
        return (Cow::Borrowed(line), mark);
    }
    let room = room.saturating_sub(2).max(1);
    let before = line.get(..mark.start).unwrap_or_default();
    let marked = line.get(mark.clone()).unwrap_or_default();
    let after = line.get(mark.end..).unwrap_or_default();
    let mut shown = marked.to_owned();
    if let Some((cut, _)) = marked.char_indices().nth(room) {
        shown.truncate(cut);
    }
    let is_whole = shown.len() == marked.len();
    let mut left = room - shown.chars().count();
    // Alternately, so that the mark stands about in the middle.
    let (mut start, mut end) = (before.len(), 0);
    let mut is_growing = is_whole;
    while is_growing {
        is_growing = false;
        let rest = after.get(end..).unwrap_or_default();
        let word = rest.get(..word_end(rest)).unwrap_or_default();
        if !word.is_empty() && word.chars().count() <= left {
            left -= word.chars().count();
            end += word.len();
            is_growing = true;
        }
        let rest = before.get(..start).unwrap_or_default();
        let word = rest.get(word_start(rest)..).unwrap_or_default();
        if !word.is_empty() && word.chars().count() <= left {
            left -= word.chars().count();
            start -= word.len();
            is_growing = true;
        }
    }
    let mut text = String::new();
    if start > 0 {
        text.push_str(ELLIPSIS);
    }
    text.push_str(before.get(start..).unwrap_or_default());
    let at = text.len();
    text.push_str(&shown);
    let mark = at..text.len();
    text.push_str(after.get(..end).unwrap_or_default());
    if end < after.len() || !is_whole {
        text.push_str(ELLIPSIS);
    }
    (Cow::Owned(text), mark)
}

/// Where the first word ends: after a blank or the punctuation of JSON.
fn word_end(text: &str) -> usize {
    let end = text.char_indices().find(|(_, c)| is_end(*c));
    end.map_or(text.len(), |(at, c)| at + c.len_utf8())
}

/// Where the last word begins.
fn word_start(text: &str) -> usize {
    let mut ends = text.char_indices().rev().skip(1);
    ends.find(|(_, c)| is_end(*c))
        .map_or(0, |(at, c)| at + c.len_utf8())
}

fn is_end(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | '{' | '}' | '[' | ']')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINE: &str = r#"  "Action": ["iam:EnableMFADevice", "iam:ResyncMFADevice", "iam:ListMFADevices", "s3:Gét*"],"#;

    fn shown(room: usize) -> (String, String) {
        let start = LINE.find("\"iam:Resync").unwrap();
        let mark = start..start + "\"iam:ResyncMFADevice\"".len();
        let (text, mark) = window(LINE, mark, room);
        (text.to_string(), text[mark].to_owned())
    }

    #[test]
    fn whole_words_are_shown_around_the_mark() {
        for (room, want) in [
            (200, LINE),
            (
                70,
                r#"…["iam:EnableMFADevice", "iam:ResyncMFADevice", "iam:ListMFADevices",…"#,
            ),
            (48, r#"…"iam:EnableMFADevice", "iam:ResyncMFADevice", …"#),
            (30, r#"… "iam:ResyncMFADevice", …"#),
        ] {
            let (text, marked) = shown(room);
            assert_eq!(text, want, "{room}");
            assert_eq!(marked, "\"iam:ResyncMFADevice\"");
        }
        assert_eq!(
            shown(10),
            ("…\"iam:Res…".to_owned(), "\"iam:Res".to_owned())
        );
    }

    proptest! {
        #[test]
        fn the_mark_is_shown_at_every_width(line in "[a-zé日, {}\"]{1,80}", from in 0_usize..80, to in 0_usize..80, room in 3_usize..90) {
            let at = |n: usize| line.char_indices().map(|(i, _)| i).chain([line.len()]).nth(n.min(line.chars().count())).unwrap();
            let mark = at(from.min(to))..at(from.max(to));
            let (text, shown) = window(&line, mark.clone(), room);
            prop_assert!(text.chars().count() <= room, "{text}");
            prop_assert!(line[mark].starts_with(&text[shown]), "{text}");
            prop_assert!(line.contains(text.trim_start_matches(ELLIPSIS).trim_end_matches(ELLIPSIS)));
        }
    }
}
