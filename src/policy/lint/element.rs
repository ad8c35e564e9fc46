//! The bytes of a policy's text that are marked for an element.

use std::ops::Range;

use crate::policy::document::{Path, Spans, Step};

/// What to mark for an element, on one line: a member's name, with its value if that is a string or a number; an item.
pub(super) fn element(spans: &Spans<'_>, text: &str, path: &Path) -> Range<usize> {
    let path = spans.nearest(path);
    let value = spans.value(&path).map(|s| s.bytes).unwrap_or_default();
    let is_member = matches!(path.0.last(), Some(Step::Key(_)));
    let bytes = match spans.name(&path).filter(|_| is_member) {
        None => value,
        Some(name) => {
            // A value that stands elsewhere, such as one that a name refers to, is not marked.
            if spans.is_container(&path) || value.start < name.bytes.end {
                name.bytes
            } else {
                name.bytes.start..value.end
            }
        }
    };
    let line = text.get(bytes.clone()).unwrap_or_default();
    let end = line
        .find('\n')
        .map_or(line, |n| line.get(..n).unwrap_or_default());
    bytes.start..bytes.start + end.trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_marked_on_one_line() {
        let text = "{\n \"Statement\": [{\n  \"Effect\": \"Deny\",\n  \"Action\": [\"a:b\", \"c:d\"], \"Resource\": \"*\" } ]\n}";
        let spans = Spans::of(text).unwrap();
        let statement = Path::default().key("Statement");
        let first = statement.index(0);
        let marked = |path: &Path| text[element(&spans, text, path)].to_owned();
        assert_eq!(marked(&Path::default()), "{");
        assert_eq!(marked(&statement), "\"Statement\"");
        assert_eq!(marked(&first), "{");
        assert_eq!(marked(&first.key("Effect")), "\"Effect\": \"Deny\"");
        assert_eq!(marked(&first.key("Action").index(1)), "\"c:d\"");
        // A lone value counts as a list of one; what is not there is marked by what should have it.
        assert_eq!(
            marked(&first.key("Resource").index(0)),
            "\"Resource\": \"*\""
        );
        assert_eq!(marked(&first.key("Condition").key("Bool")), "{");
        assert_eq!(marked(&first.key("Action").index(7)), "\"Action\"");
    }
}
