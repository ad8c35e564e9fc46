//! Wraps messages at word boundaries.

use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// `text` with lines of at most `columns` columns. What stands in backticks, and lines that begin with a space, are never broken,
/// so that a command can be copied in one piece.
pub(super) fn wrapped(text: &str, columns: usize) -> String {
    let options = Options::new(columns)
        .subsequent_indent("  ")
        .break_words(false)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    let lines: Vec<String> = (text.split('\n'))
        .map(|line| {
            if is_command(line) || textwrap::core::display_width(line) <= columns {
                line.to_owned()
            } else {
                textwrap::fill(line, &options)
            }
        })
        .collect();
    lines.join("\n")
}

fn is_command(line: &str) -> bool {
    line.starts_with(' ') && !line.starts_with("  because: ")
}

/// Splits a line at white space outside of backticks.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let has_pairs = line.matches('`').count().is_multiple_of(2);
    let mut is_quoted = false;
    let mut was_space = false;
    let mut starts = vec![0];
    for (at, c) in line.char_indices() {
        if c == '`' && has_pairs {
            is_quoted = !is_quoted;
        }
        if was_space && c != ' ' {
            starts.push(at);
        }
        was_space = c == ' ' && !is_quoted;
    }
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([line.len()]).collect();
    let ranges = starts.into_iter().zip(ends);
    Box::new(ranges.filter_map(|(start, end)| line.get(start..end).map(Word::from)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::{ERROR, painted};

    #[test]
    fn lines_break_between_words() {
        insta::assert_snapshot!(wrapped("error: the profile has no key of its own\nshort", 20), @r"
        error: the profile
          has no key of its
          own
        short
        ");
    }

    #[test]
    fn commands_stay_in_one_piece() {
        let text = "hint: run `mfa-session login --profile admin` to renew it";
        insta::assert_snapshot!(wrapped(text, 20), @r"
        hint: run
          `mfa-session login --profile admin`
          to renew it
        ");
        let command = "  mfa-session login --token-code CODE";
        assert_eq!(wrapped(command, 20), command);
        // A name may hold a backtick of its own.
        insta::assert_snapshot!(wrapped("a name with ` in it is broken", 20), @r"
        a name with ` in it
          is broken
        ");
    }

    #[test]
    fn colours_have_no_width() {
        let text = format!("{} one two three", painted(ERROR, "error:"));
        assert_eq!(wrapped(&text, 20), text);
    }

    #[test]
    fn a_word_that_is_too_long_is_not_broken() {
        let long = "https://example.com/a/long/address";
        assert_eq!(
            wrapped(&format!("see {long} there"), 12),
            format!("see\n  {long}\n  there")
        );
    }
}
