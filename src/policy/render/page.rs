//! A page for people, either as text of 80 columns or as Markdown.
//!
//! Names in policies are not our text: control characters are removed from them here, and Markdown syntax is escaped.

use std::fmt::Write as _;

use super::plain::plain;
use crate::palette::{self, painted};
use crate::policy::evaluate::Outcome;

/// How headings, lists and tables are marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// By indents and columns.
    Text,
    /// As [`Style::Text`], with colours.
    Terminal,
    /// Markdown.
    Markdown,
}

const WIDTH: usize = 80;

/// One cell of a table.
pub(crate) struct Cell {
    text: String,
    colour: Option<anstyle::Style>,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, colour: None }
    }
}

impl From<Outcome> for Cell {
    fn from(outcome: Outcome) -> Self {
        Self {
            text: outcome.as_str().to_owned(),
            colour: Some(colour_of(outcome)),
        }
    }
}

impl Cell {
    fn escaped(&self, style: Style) -> Self {
        Self {
            text: escaped(style, &self.text),
            colour: self.colour,
        }
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }

    fn painted(&self, style: Style) -> String {
        match self.colour {
            Some(colour) if style == Style::Terminal => painted(colour, &self.text),
            _ => self.text.clone(),
        }
    }
}

/// The colour of a decision.
pub(crate) fn colour_of(outcome: Outcome) -> anstyle::Style {
    match outcome {
        Outcome::Allowed => palette::ALLOWED,
        Outcome::ExplicitDeny | Outcome::ImplicitDeny => palette::DENIED,
    }
}

/// A page in the making.
pub(crate) struct Page {
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
    pub(crate) fn new(style: Style) -> Self {
        Self {
            text: String::new(),
            style,
            open: Open::Nothing,
        }
    }

    /// Ends in a newline.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    pub(crate) fn heading(&mut self, title: &str) {
        self.gap(self.open != Open::Nothing);
        let _ = match self.style {
            Style::Text => writeln!(self.text, "{title}"),
            Style::Terminal => writeln!(self.text, "{}", painted(palette::HEADING, title)),
            Style::Markdown => writeln!(self.text, "## {title}"),
        };
        self.open = Open::Heading;
    }

    pub(crate) fn paragraph(&mut self, words: &str) {
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

    /// A paragraph that begins with a verdict, e.g. `open: 2 ways past MFA`.
    pub(crate) fn verdict(&mut self, verdict: &str, style: anstyle::Style, words: &str) {
        let start = self.text.len();
        self.paragraph(&format!("{verdict}: {words}"));
        if self.style == Style::Terminal
            && let Some(at) = self.text.get(start..).and_then(|text| text.find(verdict))
        {
            let place = start + at..start + at + verdict.len();
            self.text.replace_range(place, &painted(style, verdict));
        }
    }

    /// An item of a list.
    pub(crate) fn item(&mut self, words: &str) {
        self.list_item("- ", "  ", "    ", words);
    }

    /// An item of a list within a list.
    pub(crate) fn sub_item(&mut self, words: &str) {
        self.list_item("  - ", "    ", "      ", words);
    }

    /// The `n`th item, from 1, of a list within a list.
    pub(crate) fn numbered(&mut self, n: usize, words: &str) {
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
    pub(crate) fn table<const N: usize>(&mut self, head: [&str; N], rows: &[[Cell; N]]) {
        let markdown = self.style == Style::Markdown;
        self.gap(self.open == Open::Paragraph || (markdown && self.open == Open::Heading));
        let style = self.style;
        let head = head.map(|cell| Cell::from(cell.to_owned()));
        let rows: Vec<[Cell; N]> = (rows.iter())
            .map(|row| row.each_ref().map(|cell| cell.escaped(style)))
            .collect();
        let mut widths = head.each_ref().map(Cell::width);
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        self.row(&head, &widths);
        if markdown {
            let rule = [(); N].map(|()| Cell::from("---".to_owned()));
            self.row(&rule, &widths);
        }
        for row in &rows {
            self.row(row, &widths);
        }
        self.open = Open::List;
    }

    fn row<const N: usize>(&mut self, cells: &[Cell; N], widths: &[usize; N]) {
        let style = self.style;
        let line = if style == Style::Markdown {
            let texts: Vec<&str> = cells.iter().map(|cell| cell.text.as_str()).collect();
            format!("| {} |", texts.join(" | "))
        } else {
            let mut line = String::new();
            let mut gap = 2;
            for (cell, width) in cells.iter().zip(widths) {
                line.push_str(&" ".repeat(gap));
                line.push_str(&cell.painted(style));
                gap = 2 + width - cell.width();
            }
            line
        };
        let _ = writeln!(self.text, "{}", line.trim_end());
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

/// `text` on one line, without control characters, and with its Markdown syntax escaped.
fn escaped(style: Style, text: &str) -> String {
    let line = text.replace(['\n', '\r', '\t'], " ");
    let line = plain(&line);
    if style != Style::Markdown {
        return line.into_owned();
    }
    let mut escaped = String::with_capacity(line.len());
    for c in line.chars() {
        if matches!(c, '*' | '_' | '<' | '>' | '[' | ']' | '|' | '\\' | '#') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// `22547` as `22,547`.
pub(crate) fn number(n: usize) -> String {
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
pub(crate) fn plural(n: usize, one: &str, many: &str) -> String {
    let word = if n == 1 { one } else { many };
    format!("{} {word}", number(n))
}

/// `a`, `a and b`, `a, b and c`; past `most` the rest is counted.
pub(crate) fn list(names: &[&str], most: usize) -> String {
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
    fn numbers_and_lists_are_written_in_english() {
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
        page.table(
            ["what", "n"],
            &[["a*b_c".to_owned().into(), "1".to_owned().into()]],
        );
        page.heading("Another");
        page.item("an item");
        page.numbered(1, "the first");
        page.into_text()
    }

    #[test]
    fn a_page_is_printed_in_both_styles() {
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
