//! Pagination of lists: `MaxItems`, `Marker` and `IsTruncated`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::params::{Constraints, Params};

/// The page of a list that a request wants.
pub(super) struct Page {
    start: usize,
    most: usize,
}

impl Page {
    const DEFAULT_ITEMS: i32 = 100;

    pub(super) fn of(params: &Params) -> Result<Self, Fault> {
        let items = params.integer("MaxItems")?.unwrap_or(Self::DEFAULT_ITEMS);
        let mut constraints = Constraints::default();
        constraints.range("maxItems", items, 1, 1000);
        constraints.check()?;
        let start = match params.text("Marker") {
            None => 0,
            Some(marker) => place(marker)
                .ok_or_else(|| Fault::validation(format!("Invalid Marker: {marker}")))?,
        };
        Ok(Self {
            start,
            most: usize::try_from(items).unwrap_or(1),
        })
    }

    /// The items of this page, with `IsTruncated` and `Marker`.
    pub(super) fn part<T>(&self, items: Vec<T>) -> (Vec<T>, Vec<Node>) {
        let end = self.start.saturating_add(self.most);
        let more = items.len() > end;
        let part = items.into_iter().skip(self.start).take(self.most).collect();
        let mut rest = vec![Node::text("IsTruncated", more.to_string())];
        if more {
            rest.push(Node::text(
                "Marker",
                URL_SAFE_NO_PAD.encode(end.to_string()),
            ));
        }
        (part, rest)
    }

    /// This page of a list of members, with `IsTruncated` and `Marker`.
    pub(super) fn cut(&self, list: &'static str, nodes: Vec<Node>) -> Vec<Node> {
        let (part, rest) = self.part(nodes);
        let mut result = vec![Node::Tree(list, part)];
        result.extend(rest);
        result
    }
}

fn place(marker: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(marker).ok()?;
    std::str::from_utf8(&bytes).ok()?.parse().ok()
}
