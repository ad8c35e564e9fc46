//! Guesses the action of a REST request from its method and path, because the program does not contain the services' API models.
//!
//! The paths of a service consist of nouns, and its actions of verbs and the same nouns: `GET /clusters` of Amazon EKS is
//! `eks:ListClusters`, and `DELETE /clusters/NAME` is `eks:DeleteCluster`. About seven of ten operations are found in this way. If
//! none is found, the action gets a name that no action has. Only `*` and `SERVICE:*` allow it, and a Deny with `NotAction` or `*`
//! denies it, as it denies the right action.

use crate::policy::catalog::Catalog;

/// The most parts of a path that are used. No AWS service has more, and the work grows with their square.
const MOST_PARTS: usize = 12;
/// The name of an action that was not found.
const UNKNOWN: &str = "UnknownOperation";

/// Paths from which the action cannot be guessed: service prefix, method, pattern of the path, action.
const ROUTES: [(&str, &str, &str, &str); 16] = [
    ("lambda", "GET", "account-settings", "GetAccountSettings"),
    ("lambda", "GET", "tags/*", "ListTags"),
    (
        "lambda",
        "POST",
        "functions/*/invocations",
        "InvokeFunction",
    ),
    (
        "lambda",
        "POST",
        "functions/*/invoke-async",
        "InvokeFunction",
    ),
    (
        "lambda",
        "POST",
        "functions/*/response-streaming-invocations",
        "InvokeFunction",
    ),
    ("lambda", "PUT", "functions/*/code", "UpdateFunctionCode"),
    (
        "lambda",
        "GET",
        "functions/*/versions",
        "ListVersionsByFunction",
    ),
    ("lambda", "POST", "functions/*/versions", "PublishVersion"),
    ("lambda", "POST", "functions/*/policy", "AddPermission"),
    (
        "lambda",
        "DELETE",
        "functions/*/policy/*",
        "RemovePermission",
    ),
    (
        "lambda",
        "PUT",
        "functions/*/concurrency",
        "PutFunctionConcurrency",
    ),
    ("es", "GET", "domain", "ListDomainNames"),
    ("es", "GET", "opensearch/domain", "ListDomainNames"),
    ("bedrock", "POST", "model/*/invoke", "InvokeModel"),
    ("bedrock", "POST", "model/*/converse", "InvokeModel"),
    ("eks", "POST", "clusters/*/updates", "UpdateClusterVersion"),
];

/// The action of a request to a service that is authorised under `prefix`. The path is still percent-encoded.
pub(in crate::sandbox) fn guess(prefix: &str, method: &str, path: &str) -> String {
    // The actions of Amazon API Gateway are the HTTP methods.
    if prefix == "apigateway" {
        return format!("{prefix}:{method}");
    }
    if prefix == "execute-api" {
        return format!("{prefix}:Invoke");
    }
    let segments: Vec<&str> = path
        .split('/')
        .filter(|s| !s.is_empty() && !is_version(s))
        .take(MOST_PARTS)
        .collect();
    let route = ROUTES
        .iter()
        .find(|(p, m, route, _)| *p == prefix && *m == method && follows(&segments, route));
    if let Some((_, _, _, action)) = route {
        return format!("{prefix}:{action}");
    }
    find(prefix, method, &segments).unwrap_or_else(|| format!("{prefix}:{UNKNOWN}"))
}

/// `2015-03-31`, `v2`, `20180820`: the version of an API.
fn is_version(segment: &str) -> bool {
    let rest = segment.strip_prefix('v').unwrap_or(segment);
    let rest = rest.strip_suffix("beta").unwrap_or(rest);
    !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

fn follows(segments: &[&str], route: &str) -> bool {
    let parts: Vec<&str> = route.split('/').collect();
    parts.len() == segments.len()
        && parts
            .iter()
            .zip(segments)
            .all(|(part, segment)| *part == "*" || part == segment)
}

fn find(prefix: &str, method: &str, segments: &[&str]) -> Option<String> {
    let actions = Actions::of(prefix)?;
    let nouns: Vec<String> = segments.iter().map(|s| letters(s)).collect();
    if nouns.iter().any(|noun| noun == "tags") {
        let name = match method {
            "GET" => "listtagsforresource",
            "DELETE" => "untagresource",
            _ => "tagresource",
        };
        if let Some(action) = actions.named(name) {
            return Some(action);
        }
    }
    // `POST /ListTables`
    let whole = nouns.iter().rev().find_map(|noun| actions.named(noun));
    whole.or_else(|| {
        (0..nouns.len())
            .rev()
            .find_map(|n| verb_and_noun(&actions, method, &nouns, n))
    })
}

/// An action whose noun is the `n`th part of the path. The last part is a collection; any other part is followed by one item of
/// it.
fn verb_and_noun(actions: &Actions, method: &str, nouns: &[String], n: usize) -> Option<String> {
    let noun = nouns.get(n)?;
    let is_last = n + 1 == nouns.len();
    let parents: Vec<String> = nouns
        .get(..n)?
        .iter()
        .rev()
        .flat_map(|parent| singulars(parent))
        .collect();
    verbs(method, is_last).iter().find_map(|verb| {
        let many = is_last && ["list", "describe", "search", "batchget"].contains(verb);
        let mut forms = forms(noun);
        if many {
            forms.sort_by_key(|form| std::cmp::Reverse(form.ends_with('s')));
        } else {
            forms.sort_by_key(String::len);
        }
        let with_parent = forms.iter().flat_map(|form| {
            parents
                .iter()
                .map(move |parent| format!("{verb}{parent}{form}"))
        });
        let alone = forms.iter().map(|form| format!("{verb}{form}"));
        with_parent
            .chain(alone)
            .find_map(|name| actions.named(&name))
    })
}

/// The verbs of a POST to a collection, the most likely first.
const POST_COLLECTION: [&str; 19] = [
    "create",
    "start",
    "put",
    "add",
    "register",
    "associate",
    "send",
    "invoke",
    "batchcreate",
    "list",
    "search",
    "describe",
    "batch",
    "get",
    "publish",
    "import",
    "tag",
    "update",
    "post",
];

/// The verbs of a POST to one item of a collection, the most likely first.
const POST_ITEM: [&str; 13] = [
    "update",
    "create",
    "put",
    "start",
    "modify",
    "tag",
    "set",
    "associate",
    "invoke",
    "list",
    "describe",
    "get",
    "add",
];

/// The verbs of a method, the most likely first.
fn verbs(method: &str, of_collection: bool) -> &'static [&'static str] {
    match (method, of_collection) {
        ("GET" | "HEAD", true) => &["list", "describe", "get", "search", "query"],
        ("GET" | "HEAD", false) => &["get", "describe", "batchget", "list", "check", "download"],
        ("POST", true) => &POST_COLLECTION,
        ("POST", false) => &POST_ITEM,
        ("PUT", true) => &["put", "create", "update", "set", "tag", "associate", "list"],
        ("PUT", false) => &[
            "update",
            "put",
            "create",
            "set",
            "enable",
            "associate",
            "add",
            "modify",
            "register",
        ],
        ("DELETE", _) => &[
            "delete",
            "remove",
            "disassociate",
            "untag",
            "deregister",
            "cancel",
            "stop",
            "disable",
        ],
        ("PATCH", _) => &["update", "patch", "modify", "put"],
        _ => &[],
    }
}

/// The actions of a service, in lower case and as they are written.
struct Actions(Vec<(String, &'static str)>);

impl Actions {
    fn of(prefix: &str) -> Option<Self> {
        let service = Catalog::embedded()
            .services()
            .iter()
            .find(|service| service.prefix == prefix)?;
        let named = service.actions.iter().filter_map(|action| {
            let (_, name) = action.split_once(':')?;
            Some((name.to_ascii_lowercase(), action.as_str()))
        });
        Some(Self(named.collect()))
    }

    fn named(&self, name: &str) -> Option<String> {
        self.0
            .iter()
            .find(|(lower, _)| lower == name)
            .map(|(_, action)| (*action).to_owned())
    }
}

fn letters(segment: &str) -> String {
    segment
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// The word, and what it may be the plural of.
fn singulars(noun: &str) -> Vec<String> {
    let mut all = vec![noun.to_owned()];
    all.extend(noun.strip_suffix("ies").map(|stem| format!("{stem}y")));
    all.extend(noun.strip_suffix("es").map(str::to_owned));
    all.extend(noun.strip_suffix('s').map(str::to_owned));
    all
}

/// The word in singular and plural.
fn forms(noun: &str) -> Vec<String> {
    let mut all = singulars(noun);
    let plurals: Vec<String> = all
        .iter()
        .flat_map(|form| {
            let ies = form.strip_suffix('y').map(|stem| format!("{stem}ies"));
            [Some(format!("{form}s")), Some(format!("{form}es")), ies]
        })
        .flatten()
        .collect();
    all.extend(plurals);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_nouns() {
        for (prefix, method, path, action) in [
            ("eks", "GET", "/clusters", "eks:ListClusters"),
            ("eks", "GET", "/clusters/prod", "eks:DescribeCluster"),
            ("eks", "POST", "/clusters", "eks:CreateCluster"),
            ("eks", "DELETE", "/clusters/prod", "eks:DeleteCluster"),
            (
                "eks",
                "GET",
                "/clusters/prod/node-groups",
                "eks:ListNodegroups",
            ),
            (
                "lambda",
                "GET",
                "/2015-03-31/functions",
                "lambda:ListFunctions",
            ),
            (
                "lambda",
                "GET",
                "/2015-03-31/functions/",
                "lambda:ListFunctions",
            ),
            (
                "lambda",
                "GET",
                "/2015-03-31/functions/x1",
                "lambda:GetFunction",
            ),
            (
                "lambda",
                "POST",
                "/2015-03-31/functions",
                "lambda:CreateFunction",
            ),
            (
                "lambda",
                "DELETE",
                "/2015-03-31/functions/x1",
                "lambda:DeleteFunction",
            ),
            (
                "lambda",
                "POST",
                "/2015-03-31/functions/x1/invocations",
                "lambda:InvokeFunction",
            ),
            (
                "lambda",
                "GET",
                "/2015-03-31/event-source-mappings/",
                "lambda:ListEventSourceMappings",
            ),
            (
                "route53",
                "GET",
                "/2013-04-01/hostedzone",
                "route53:ListHostedZones",
            ),
            (
                "route53",
                "GET",
                "/2013-04-01/hostedzone/Z1",
                "route53:GetHostedZone",
            ),
            (
                "cloudfront",
                "GET",
                "/2020-05-31/distribution",
                "cloudfront:ListDistributions",
            ),
            ("batch", "POST", "/v1/submitjob", "batch:SubmitJob"),
            ("xray", "POST", "/TraceSummaries", "xray:GetTraceSummaries"),
            ("apigateway", "GET", "/restapis", "apigateway:GET"),
            ("execute-api", "POST", "/prod/x", "execute-api:Invoke"),
            (
                "lambda",
                "GET",
                "/2017-03-31/tags/arn%3Aaws",
                "lambda:ListTags",
            ),
        ] {
            assert_eq!(guess(prefix, method, path), action, "{method} {path}");
        }
    }

    #[test]
    fn a_request_that_matches_no_action_gets_an_unknown_one() {
        assert_eq!(guess("eks", "BREW", "/tea"), "eks:UnknownOperation");
        assert_eq!(guess("nothing", "GET", "/x"), "nothing:UnknownOperation");
        assert_eq!(guess("eks", "GET", "/"), "eks:UnknownOperation");
    }

    #[test]
    fn a_hostile_path_costs_little() {
        let path = "/a".repeat(30_000);
        assert_eq!(guess("iot", "POST", &path), "iot:UnknownOperation");
    }
}
