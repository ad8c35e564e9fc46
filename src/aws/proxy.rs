//! The variables that name a proxy, judged before anything connects.
//!
//! The SDK's client passes over a value that it cannot read, and would then go past the proxy without a word.

use hyper_util::client::proxy::matcher::Matcher;

/// The variables by which the SDK's client finds a proxy for https, in its order: the first that is set counts. Plain http is
/// for loopback only, which is never proxied.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// The variables that name hosts without a proxy.
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// A variable that does not name a proxy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{variable}` is not the URL of an HTTP proxy: expected http://HOST:PORT")]
pub struct ProxyError {
    /// Its name. The value may hold a password and is not repeated.
    pub variable: &'static str,
}

/// Checks the variable that names the proxy for calls to `host`, if there is one.
///
/// # Errors
/// [`ProxyError`] if it holds something else than the URL of an HTTP proxy.
pub(super) fn check_proxies(
    host: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<(), ProxyError> {
    let first = |names: &[&'static str]| {
        names
            .iter()
            .find_map(|name| variable(name).map(|value| (*name, value)))
    };
    let Some((name, value)) = first(&VARIABLES) else {
        return Ok(());
    };
    let exceptions = first(&EXCEPTIONS).map_or_else(String::new, |(_, value)| value);
    let Ok(target) = format!("https://{host}").parse::<http::Uri>() else {
        return Ok(());
    };
    let proxied = |proxy: String, exceptions: String| {
        let matcher = Matcher::builder().https(proxy).no(exceptions).build();
        let found = matcher.intercept(&target);
        found.is_some_and(|found| matches!(found.uri().scheme_str(), Some("http" | "https")))
    };
    let is_exception = !proxied("http://proxy".to_owned(), exceptions);
    if is_exception || proxied(value, String::new()) {
        Ok(())
    } else {
        Err(ProxyError { variable: name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pairs: &[(&str, &str)]) -> Result<(), ProxyError> {
        check_proxies("sts.eu-west-1.amazonaws.com", &|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_url_or_a_host_names_a_proxy() {
        for value in [
            "http://proxy:3128",
            "https://proxy.example",
            "proxy:3128",
            "http://user:pass%21@proxy:3128/",
        ] {
            assert_eq!(check(&[("HTTPS_PROXY", value)]), Ok(()), "{value}");
        }
        assert_eq!(check(&[]), Ok(()));
    }

    #[test]
    fn anything_else_is_refused_by_the_variables_name_alone() {
        for value in [
            "http://",
            "not a url",
            "ftp://proxy:21",
            "socks5://proxy:1080",
            "http://user:se cret@proxy",
        ] {
            for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
                let error = check(&[(variable, value)]).unwrap_err();
                assert_eq!(error.variable, variable, "{value}");
                assert!(value == "http://" || !error.to_string().contains(value));
            }
        }
    }

    #[test]
    fn only_the_proxy_that_would_be_used_is_judged() {
        let good = ("HTTPS_PROXY", "http://proxy:3128");
        assert_eq!(check(&[good, ("ALL_PROXY", "socks5://proxy:1080")]), Ok(()));
        let bad = ("ALL_PROXY", "socks5://proxy:1080");
        assert_eq!(
            check(&[bad, ("NO_PROXY", "example.com,.amazonaws.com")]),
            Ok(())
        );
        assert!(check(&[bad, ("NO_PROXY", "example.com")]).is_err());
    }
}
