//! The checks as CSV, with the column names of scanners that people load already.

use std::borrow::Cow;

use super::rows::{Status, rows};
use crate::audit::report::Audit;
use crate::policy::lint::Severity;

const HEAD: [&str; 7] = [
    "CHECK_ID",
    "STATUS",
    "STATUS_EXTENDED",
    "SEVERITY",
    "RESOURCE_UID",
    "ACCOUNT_UID",
    "COMPLIANCE",
];

/// All checks, one a line, under a line of names.
#[must_use]
pub fn csv(audit: &Audit) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let _ = writer.write_record(HEAD);
    for row in rows(audit) {
        let status = match row.status {
            Status::Pass => "PASS",
            Status::Fail => "FAIL",
            Status::Manual => "MANUAL",
        };
        let severity = match row.severity {
            Severity::Error => "critical",
            Severity::High => "high",
            Severity::Warning => "medium",
            Severity::Info => "informational",
        };
        let cells = [
            row.id,
            status,
            &row.message,
            severity,
            row.resource,
            row.account,
            row.compliance,
        ];
        let _ = writer.write_record(cells.map(|cell| safe(cell).into_owned()));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// The cell so that no spreadsheet takes it for a formula.
fn safe(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@a", "\tx", "\rx"] {
            assert_eq!(safe(cell), format!("'{cell}"));
        }
        assert_eq!(safe("a=1"), "a=1");
    }
}
