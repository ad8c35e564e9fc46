//! A verification for people.

use super::page::{Page, Style, plural};
use super::remains;
use crate::palette;
use crate::policy::verify::Verification;

/// The verification as a page; the first line is the verdict. Ends in a newline.
#[must_use]
pub fn verification(result: &Verification, style: Style) -> String {
    let mut page = Page::new(style);
    verdict(&mut page, result);
    remains::summary(&mut page, result);
    remains::unexpected(&mut page, result);
    remains::ways(&mut page, result);
    remains::remedies(&mut page, result);
    remains::expected(&mut page, result);
    remains::limits(&mut page, result);
    page.into_text()
}

fn verdict(page: &mut Page, result: &Verification) {
    if result.is_clean() {
        let words = "without MFA, only the expected actions are possible";
        return page.verdict("clean", palette::CLEAN, words);
    }
    if result.locked_out && !result.is_open() {
        let words = "nothing more is possible with MFA than without it";
        return page.verdict("locked out", palette::OPEN, words);
    }
    let actions: usize = result.unexpected.iter().map(|s| s.actions.len()).sum();
    let ways = remains::open_ways(result).len();
    let mut open = Vec::new();
    if actions > 0 {
        open.push(plural(actions, "action", "actions"));
    }
    if ways > 0 {
        open.push(plural(ways, "way past MFA", "ways past MFA"));
    }
    page.verdict("open", palette::OPEN, &open.join(" and "));
}
