//! The query parameters that carry the signature of a presigned request.

/// The parameters of the signature, which are not parameters of the operation.
const PRESIGNED: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
];

/// Whether a query parameter belongs to the signature.
pub(in crate::sandbox) fn is_of_signature(name: &str) -> bool {
    PRESIGNED.contains(&name)
}

/// The query string without the parameters of the signature.
pub(super) fn without_signature(query: &str) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(
            form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| !is_of_signature(name)),
        )
        .finish()
}
