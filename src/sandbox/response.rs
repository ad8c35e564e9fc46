//! The XML documents of AWS's query protocol.
//!
//! The XML writer escapes text. Characters that XML cannot contain are replaced, so that every answer can be parsed even if it
//! repeats what a client sent.

use std::io;

use quick_xml::Writer;
use quick_xml::events::BytesText;

use super::fault::Fault;

/// The two services that the account serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Sts,
    Iam,
}

impl Service {
    /// The service with this name in a credential scope.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "sts" => Some(Self::Sts),
            "iam" => Some(Self::Iam),
            _ => None,
        }
    }

    /// The name in a credential scope, which is also the prefix of actions.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::Iam => "iam",
        }
    }

    /// The version of the service's API.
    pub(super) fn version(self) -> &'static str {
        match self {
            Self::Sts => "2011-06-15",
            Self::Iam => "2010-05-08",
        }
    }

    fn namespace(self) -> &'static str {
        match self {
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
        }
    }
}

/// The namespace of errors that do not come from an operation.
const FAULT_NAMESPACE: &str = "http://webservices.amazon.com/AWSFault/2005-15-09";

/// One XML element of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// An element that contains text.
    Text(&'static str, String),
    /// An element that contains elements.
    Tree(&'static str, Vec<Node>),
}

impl Node {
    pub(super) fn text(name: &'static str, text: impl Into<String>) -> Self {
        Self::Text(name, text.into())
    }
}

/// The document of a successful operation.
pub(super) fn success(
    service: Service,
    action: &str,
    result: &[Node],
    request_id: &str,
) -> io::Result<String> {
    document(
        &format!("{action}Response"),
        Some(service.namespace()),
        |writer| {
            writer
                .create_element(format!("{action}Result"))
                .write_inner_content(|w| result.iter().try_for_each(|node| write(w, node)))?;
            let metadata = Node::Tree(
                "ResponseMetadata",
                vec![Node::text("RequestId", request_id)],
            );
            write(writer, &metadata)
        },
    )
}

/// The document of an error.
pub(super) fn error(
    service: Option<Service>,
    fault: &Fault,
    request_id: &str,
) -> io::Result<String> {
    let namespace = service.map_or(FAULT_NAMESPACE, Service::namespace);
    document("ErrorResponse", Some(namespace), |writer| {
        let error = Node::Tree(
            "Error",
            vec![
                Node::text("Type", fault.side()),
                Node::text("Code", fault.code),
                Node::text("Message", fault.message.as_ref()),
            ],
        );
        write(writer, &error)?;
        write(writer, &Node::text("RequestId", request_id))
    })
}

/// The document of an error of Amazon EC2.
pub(super) fn ec2_error(fault: &Fault, request_id: &str) -> io::Result<String> {
    let error = Node::Tree(
        "Error",
        vec![
            Node::text("Code", fault.code),
            Node::text("Message", fault.message.as_ref()),
        ],
    );
    tree(
        "Response",
        None,
        &[
            Node::Tree("Errors", vec![error]),
            Node::text("RequestID", request_id),
        ],
    )
}

/// The document of an error of Amazon S3.
pub(super) fn s3_error(fault: &Fault, request_id: &str) -> io::Result<String> {
    tree(
        "Error",
        None,
        &[
            Node::text("Code", fault.code),
            Node::text("Message", fault.message.as_ref()),
            Node::text("RequestId", request_id),
            Node::text("HostId", "sandbox"),
        ],
    )
}

/// A document with these elements.
pub(super) fn tree(root: &str, namespace: Option<&str>, nodes: &[Node]) -> io::Result<String> {
    document(root, namespace, |writer| {
        nodes.iter().try_for_each(|node| write(writer, node))
    })
}

fn document(
    root: &str,
    namespace: Option<&str>,
    content: impl FnOnce(&mut Writer<Vec<u8>>) -> io::Result<()>,
) -> io::Result<String> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let mut element = writer.create_element(root);
    if let Some(namespace) = namespace {
        element = element.with_attribute(("xmlns", namespace));
    }
    element.write_inner_content(content)?;
    let mut text = String::from_utf8(writer.into_inner()).map_err(io::Error::other)?;
    text.push('\n');
    Ok(text)
}

fn write(writer: &mut Writer<Vec<u8>>, node: &Node) -> io::Result<()> {
    match node {
        Node::Text(name, text) => {
            let text = text.replace(not_xml, "\u{FFFD}");
            writer
                .create_element(*name)
                .write_text_content(BytesText::new(&text))?;
        }
        Node::Tree(name, nodes) if nodes.is_empty() => {
            writer.create_element(*name).write_empty()?;
        }
        Node::Tree(name, nodes) => {
            writer
                .create_element(*name)
                .write_inner_content(|w| nodes.iter().try_for_each(|node| write(w, node)))?;
        }
    }
    Ok(())
}

/// Whether XML 1.0 cannot contain this character (<https://www.w3.org/TR/xml/#charsets>).
fn not_xml(c: char) -> bool {
    !matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_cleaned() {
        let nodes = [
            Node::text("A", "<b> & \"c\"\u{1} é 😀"),
            Node::Tree("Empty", vec![]),
        ];
        let xml = success(Service::Sts, "Do", &nodes, "id").unwrap();
        insta::assert_snapshot!(xml, @r#"
        <DoResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <DoResult>
            <A>&lt;b&gt; &amp; &quot;c&quot;� é 😀</A>
            <Empty/>
          </DoResult>
          <ResponseMetadata>
            <RequestId>id</RequestId>
          </ResponseMetadata>
        </DoResponse>
        "#);
    }

    #[test]
    fn spaces_in_a_message_are_kept() {
        let xml = error(Some(Service::Sts), &Fault::bad_code(), "id").unwrap();
        assert!(xml.contains("pass code. </Message>"), "{xml}");
        let xml = error(Some(Service::Sts), &Fault::unable_to_validate(), "id").unwrap();
        assert!(xml.contains("code.  Please"), "{xml}");
    }

    #[test]
    fn an_error_without_a_service() {
        let xml = error(None, &Fault::internal(), "id").unwrap();
        insta::assert_snapshot!(xml, @r#"
        <ErrorResponse xmlns="http://webservices.amazon.com/AWSFault/2005-15-09">
          <Error>
            <Type>Receiver</Type>
            <Code>InternalFailure</Code>
            <Message>The request processing has failed because of an unknown error, exception or failure.</Message>
          </Error>
          <RequestId>id</RequestId>
        </ErrorResponse>
        "#);
    }
}
