//! The checks as `JUnit` XML, for the test reports of CI: each check is a test case, and an account is a suite.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::rows::{CheckRow, Status, rows};
use crate::audit::report::Audit;

/// All checks.
#[must_use]
pub fn junit(audit: &Audit) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing to memory does not fail.
    let _ = write(&mut writer, audit);
    let mut text = String::from_utf8(writer.into_inner()).unwrap_or_default();
    text.push('\n');
    text
}

fn write(writer: &mut Writer<Vec<u8>>, audit: &Audit) -> std::io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let rows = rows(audit);
    writer.write_event(Event::Start(BytesStart::new("testsuites")))?;
    for account in &audit.accounts {
        let of_account = rows.iter().filter(|row| row.account == account.account_id);
        suite(writer, &account.account_id, &of_account.collect::<Vec<_>>())?;
    }
    writer.write_event(Event::End(BytesEnd::new("testsuites")))
}

fn suite(
    writer: &mut Writer<Vec<u8>>,
    account: &str,
    rows: &[&CheckRow<'_>],
) -> std::io::Result<()> {
    let count = |status| rows.iter().filter(|row| row.status == status).count();
    let mut start = BytesStart::new("testsuite");
    start.push_attribute(("name", format!("mfa-session audit {account}").as_str()));
    start.push_attribute(("tests", rows.len().to_string().as_str()));
    start.push_attribute(("failures", count(Status::Fail).to_string().as_str()));
    start.push_attribute(("skipped", count(Status::Manual).to_string().as_str()));
    writer.write_event(Event::Start(start))?;
    for row in rows {
        let mut case = BytesStart::new("testcase");
        case.push_attribute(("classname", row.id));
        case.push_attribute(("name", xml_text(row.resource).as_str()));
        if row.status == Status::Pass {
            writer.write_event(Event::Empty(case))?;
            continue;
        }
        writer.write_event(Event::Start(case))?;
        let element = match row.status {
            Status::Manual => "skipped",
            Status::Pass | Status::Fail => "failure",
        };
        let message = xml_text(&row.message);
        let mut inner = BytesStart::new(element);
        inner.push_attribute(("message", message.as_str()));
        if row.status == Status::Fail {
            inner.push_attribute(("type", row.severity.as_str()));
        }
        writer.write_event(Event::Start(inner))?;
        writer.write_event(Event::Text(BytesText::new(&message)))?;
        writer.write_event(Event::End(BytesEnd::new(element)))?;
        writer.write_event(Event::End(BytesEnd::new("testcase")))?;
    }
    writer.write_event(Event::End(BytesEnd::new("testsuite")))
}

/// The text without the characters that XML cannot hold.
fn xml_text(text: &str) -> String {
    let is_allowed = |c: char| {
        matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
    };
    text.chars().filter(|c| is_allowed(*c)).collect()
}
