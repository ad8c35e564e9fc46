//! The actions of Amazon S3, whose operations are a method, a path and a name in the query string
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>).

/// The parts of a request to S3 that determine its action.
#[derive(Debug, Clone, Copy)]
pub(in crate::sandbox) struct S3<'a> {
    pub(in crate::sandbox) method: &'a str,
    pub(in crate::sandbox) bucket: Option<&'a str>,
    pub(in crate::sandbox) key: Option<&'a str>,
    /// The names in the query string.
    pub(in crate::sandbox) query: &'a [String],
}

/// Subresources of a bucket: the name in the query string, and the end of its actions. Deleting one is authorised as changing it.
const OF_BUCKET: [(&str, &str); 22] = [
    ("accelerate", "AccelerateConfiguration"),
    ("acl", "BucketAcl"),
    ("analytics", "AnalyticsConfiguration"),
    ("cors", "BucketCORS"),
    ("encryption", "EncryptionConfiguration"),
    ("intelligent-tiering", "IntelligentTieringConfiguration"),
    ("inventory", "InventoryConfiguration"),
    ("lifecycle", "LifecycleConfiguration"),
    ("location", "BucketLocation"),
    ("logging", "BucketLogging"),
    ("metrics", "MetricsConfiguration"),
    ("notification", "BucketNotification"),
    ("object-lock", "BucketObjectLockConfiguration"),
    ("ownershipControls", "BucketOwnershipControls"),
    ("policy", "BucketPolicy"),
    ("policyStatus", "BucketPolicyStatus"),
    ("publicAccessBlock", "BucketPublicAccessBlock"),
    ("replication", "ReplicationConfiguration"),
    ("requestPayment", "BucketRequestPayment"),
    ("tagging", "BucketTagging"),
    ("versioning", "BucketVersioning"),
    ("website", "BucketWebsite"),
];

/// The same for subresources of an object.
const OF_OBJECT: [(&str, &str); 5] = [
    ("acl", "Acl"),
    ("legal-hold", "LegalHold"),
    ("retention", "Retention"),
    ("tagging", "Tagging"),
    ("torrent", "Torrent"),
];

/// The action of a request.
pub(in crate::sandbox) fn of_s3(request: &S3<'_>) -> String {
    let name = match (request.bucket, request.key) {
        (None, _) => "ListAllMyBuckets".to_owned(),
        (Some(_), None) => of_bucket(request),
        (Some(_), Some(_)) => of_object(request),
    };
    format!("s3:{name}")
}

impl S3<'_> {
    fn has(&self, name: &str) -> bool {
        self.query.iter().any(|q| q == name)
    }

    fn part<'t>(&self, parts: &[(&str, &'t str)]) -> Option<&'t str> {
        parts
            .iter()
            .find(|(name, _)| self.has(name))
            .map(|(_, end)| *end)
    }
}

fn of_bucket(request: &S3<'_>) -> String {
    let part = request.part(&OF_BUCKET);
    match (request.method, part) {
        ("GET" | "HEAD", Some(part)) => format!("Get{part}"),
        ("GET" | "HEAD", None) if request.has("versions") => "ListBucketVersions".to_owned(),
        ("GET" | "HEAD", None) if request.has("uploads") => "ListBucketMultipartUploads".to_owned(),
        ("GET" | "HEAD", None) => "ListBucket".to_owned(),
        ("DELETE", Some(part @ ("BucketPolicy" | "BucketWebsite"))) => format!("Delete{part}"),
        (_, Some(part)) => format!("Put{part}"),
        ("DELETE", None) => "DeleteBucket".to_owned(),
        ("POST", None) if request.has("delete") => "DeleteObject".to_owned(),
        // An upload with an HTML form.
        ("POST", None) => "PutObject".to_owned(),
        (_, None) => "CreateBucket".to_owned(),
    }
}

fn of_object(request: &S3<'_>) -> String {
    let version = if request.has("versionId") {
        "Version"
    } else {
        ""
    };
    let part = request.part(&OF_OBJECT);
    let upload = request.has("uploadId");
    match (request.method, part) {
        ("GET" | "HEAD", None) if upload => "ListMultipartUploadParts".to_owned(),
        ("GET" | "HEAD", None) if request.has("attributes") => {
            format!("GetObject{version}Attributes")
        }
        ("DELETE", None) if upload => "AbortMultipartUpload".to_owned(),
        ("POST", None) if request.has("restore") => "RestoreObject".to_owned(),
        ("POST", None) if request.has("select") => "GetObject".to_owned(),
        (method, part) => {
            let verb = match method {
                "GET" | "HEAD" => "Get",
                "DELETE" => "Delete",
                _ => "Put",
            };
            // Legal holds and retention have one action for all versions, and a new object has no version.
            let version = match part {
                Some("LegalHold" | "Retention") => "",
                None if verb == "Put" => "",
                _ => version,
            };
            format!("{verb}Object{version}{}", part.unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(method: &str, path: &str, action: &str) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut parts = path.trim_start_matches('/').splitn(2, '/');
        let query: Vec<String> = query.split('&').map(str::to_owned).collect();
        let request = S3 {
            method,
            bucket: parts.next().filter(|b| !b.is_empty()),
            key: parts.next().filter(|k| !k.is_empty()),
            query: &query,
        };
        assert_eq!(of_s3(&request), action, "{method} {path}");
        assert!(crate::sandbox::action::is_exactly(action), "{action}");
    }

    #[test]
    fn buckets() {
        is("GET", "/", "s3:ListAllMyBuckets");
        is("GET", "/b", "s3:ListBucket");
        is("HEAD", "/b/", "s3:ListBucket");
        is("GET", "/b?versions", "s3:ListBucketVersions");
        is("GET", "/b?uploads", "s3:ListBucketMultipartUploads");
        is("PUT", "/b", "s3:CreateBucket");
        is("DELETE", "/b", "s3:DeleteBucket");
        is("POST", "/b?delete", "s3:DeleteObject");
        is("DELETE", "/b?policy", "s3:DeleteBucketPolicy");
        is("DELETE", "/b?cors", "s3:PutBucketCORS");
        is("DELETE", "/b?encryption", "s3:PutEncryptionConfiguration");
        for (name, end) in OF_BUCKET {
            is("GET", &format!("/b?{name}"), &format!("s3:Get{end}"));
        }
    }

    #[test]
    fn objects() {
        is("GET", "/b/k", "s3:GetObject");
        is("HEAD", "/b/k/l", "s3:GetObject");
        is("GET", "/b/k?versionId", "s3:GetObjectVersion");
        is("GET", "/b/k?uploadId", "s3:ListMultipartUploadParts");
        is("GET", "/b/k?attributes", "s3:GetObjectAttributes");
        is("PUT", "/b/k", "s3:PutObject");
        is("PUT", "/b/k?partNumber&uploadId", "s3:PutObject");
        is("POST", "/b/k?uploads", "s3:PutObject");
        is("POST", "/b/k?uploadId", "s3:PutObject");
        is("POST", "/b/k?restore", "s3:RestoreObject");
        is("DELETE", "/b/k", "s3:DeleteObject");
        is("DELETE", "/b/k?versionId", "s3:DeleteObjectVersion");
        is("DELETE", "/b/k?uploadId", "s3:AbortMultipartUpload");
        is(
            "DELETE",
            "/b/k?tagging&versionId",
            "s3:DeleteObjectVersionTagging",
        );
        is("PUT", "/b/k?acl", "s3:PutObjectAcl");
        is("PUT", "/b/k?retention&versionId", "s3:PutObjectRetention");
    }
}
