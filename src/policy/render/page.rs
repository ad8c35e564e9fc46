//! A page for people, either for a terminal of 80 columns or as Markdown.
//!
//! Names in policies are not our text: Markdown syntax in them is escaped here, and the code that prints to a terminal must
//! remove
//! control characters.

use std::fmt::Write as _;

/// How headings, lists and tables are marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// By indents and columns, for a terminal.
    Text,
    /// Markdown.
    Markdown,
}

const WIDTH: usize = 80;

/// A page in the making.
pub(super) struct Page {
    text: String,
    style: Style,
    /// Whether the next block needs a blank line before it.
    open: Open,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    /// After a heading: text follows at once, Markdown after a blank line.
    Heading,
    Paragraph,
    List,
}

impl Page {
    pub(super) fn new(style: Style) -> Self {
        Self {
            text: String::new(),
            style,
            open: Open::Nothing,
        }
    }

    /// Ends in a newline.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    pub(super) fn heading(&mut self, title: &str) {
        self.gap(self.open != Open::Nothing);
        let mark = match self.style {
            Style::Text => "",
            Style::Markdown => "## ",
        };
        let _ = writeln!(self.text, "{mark}{title}");
        self.open = Open::Heading;
    }

    pub(super) fn paragraph(&mut self, words: &str) {
        let markdown = self.style == Style::Markdown;
        self.gap(match self.open {
            Open::Nothing => false,
            Open::Heading => markdown,
            Open::Paragraph | Open::List => true,
        });
        let indent = if self.open == Open::Nothing || self.open == Open::Paragraph {
            ""
        } else {
            "  "
        };
        let indent = if markdown { "" } else { indent };
        self.lines(words, indent, indent);
        self.open = Open::Paragraph;
    }

    /// An item of a list.
    pub(super) fn item(&mut self, words: &str) {
        self.list_item("- ", "  ", "    ", words);
    }

    /// An item of a list within a list.
    pub(super) fn sub_item(&mut self, words: &str) {
        self.list_item("  - ", "    ", "      ", words);
    }

    /// The `n`th item, from 1, of a list within a list.
    pub(super) fn numbered(&mut self, n: usize, words: &str) {
        let mark = format!("{n}. ");
        let first = format!("    {mark}");
        let rest = " ".repeat(first.len());
        self.list_item(&format!("  {mark}"), &first, &rest, words);
    }

    fn list_item(&mut self, mark: &str, first: &str, rest: &str, words: &str) {
        let markdown = self.style == Style::Markdown;
        self.gap(markdown && matches!(self.open, Open::Heading | Open::Paragraph));
        if markdown {
            self.lines(words, mark, "");
        } else {
            self.lines(words, first, rest);
        }
        self.open = Open::List;
    }

    /// Columns under a head.
    pub(super) fn table<const N: usize>(&mut self, head: [&str; N], rows: &[[String; N]]) {
        let markdown = self.style == Style::Markdown;
        self.gap(self.open == Open::Paragraph || (markdown && self.open == Open::Heading));
        let mut widths = head.map(|cell| cell.chars().count());
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let style = self.style;
        let mut line = |cells: [&str; N]| {
            let line = match style {
                Style::Text => {
                    let padded = (cells.iter().zip(widths))
                        .fold(String::new(), |line, (cell, width)| {
                            line + &format!("  {cell:width$}")
                        });
                    padded.trim_end().to_owned()
                }
                Style::Markdown => format!("| {} |", cells.join(" | ")),
            };
            let _ = writeln!(self.text, "{line}");
        };
        line(head);
        if markdown {
            line(["---"; N]);
        }
        for row in rows {
            let cells = row.each_ref().map(|cell| escaped(style, cell));
            line(cells.each_ref().map(String::as_str));
        }
        self.open = Open::List;
    }

    fn gap(&mut self, wanted: bool) {
        if wanted {
            self.text.push('\n');
        }
    }

    fn lines(&mut self, words: &str, first: &str, rest: &str) {
        let words = escaped(self.style, words);
        if self.style == Style::Markdown {
            let _ = writeln!(self.text, "{first}{words}");
            return;
        }
        let mut line = first.to_owned();
        let mut empty = true;
        for word in words.split_whitespace() {
            let width = line.chars().count() + usize::from(!empty) + word.chars().count();
            if !empty && width > WIDTH {
                let _ = writeln!(self.text, "{line}");
                rest.clone_into(&mut line);
                empty = true;
            }
            if !empty {
                line.push(' ');
            }
            line.push_str(word);
            empty = false;
        }
        let _ = writeln!(self.text, "{line}");
    }
}

fn escaped(style: Style, text: &str) -> String {
    if style == Style::Text {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '_' | '<' | '>' | '[' | ']' | '|' | '\\' | '#') {
            escaped.push('\\');
        }
        escaped.push(if c == '\n' || c == '\r' { ' ' } else { c });
    }
    escaped
}

/// `22547` as `22,547`.
pub(super) fn number(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 way`, `2 ways`.
pub(super) fn plural(n: usize, one: &str, many: &str) -> String {
    let word = if n == 1 { one } else { many };
    format!("{} {word}", number(n))
}

/// `a`, `a and b`, `a, b and c`; past `most` the rest is counted.
pub(super) fn list(names: &[&str], most: usize) -> String {
    let shown = names.get(..most.min(names.len())).unwrap_or_default();
    let rest = names.len() - shown.len();
    if rest > 0 {
        return format!("{} and {} more", shown.join(", "), number(rest));
    }
    match shown.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_lists() {
        assert_eq!(
            [0, 7, 999, 1_000, 22_547, 1_234_567].map(number),
            ["0", "7", "999", "1,000", "22,547", "1,234,567"]
        );
        assert_eq!(list(&["a"], 9), "a");
        assert_eq!(list(&["a", "b"], 9), "a and b");
        assert_eq!(list(&["a", "b", "c"], 9), "a, b and c");
        assert_eq!(list(&["a", "b", "c"], 1), "a and 2 more");
        assert_eq!(list(&[], 1), "");
    }

    fn page(style: Style) -> String {
        let mut page = Page::new(style);
        page.paragraph("Words that are longer than one line of a terminal can hold are broken where a blank is, never within one.");
        page.heading("A heading");
        page.paragraph("Said of it.");
        page.table(["what", "n"], &[["a*b_c".to_owned(), "1".to_owned()]]);
        page.heading("Another");
        page.item("an item");
        page.numbered(1, "the first");
        page.into_text()
    }

    #[test]
    fn a_page_in_both_styles() {
        insta::assert_snapshot!(page(Style::Text), @"
        Words that are longer than one line of a terminal can hold are broken where a
        blank is, never within one.

        A heading
          Said of it.

          what   n
          a*b_c  1

        Another
          an item
            1. the first
        ");
        insta::assert_snapshot!(page(Style::Markdown), @r"
        Words that are longer than one line of a terminal can hold are broken where a blank is, never within one.

        ## A heading

        Said of it.

        | what | n |
        | --- | --- |
        | a\*b\_c | 1 |

        ## Another

        - an item
          1. the first
        ");
    }
}
