//! Where the shared files and the session folder are. It asks for variables and touches no file.

use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use super::file_kind::FileKind;

/// The three places
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locations {
    /// The shared config file: `AWS_CONFIG_FILE`, else `~/.aws/config`.
    pub config: PathBuf,
    /// The shared credentials file: `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`.
    pub credentials: PathBuf,
    /// The folder of sessions, locks and state: `MFA_SESSION_DIR`, else `~/.aws/mfa-session`.
    pub sessions: PathBuf,
}

impl Locations {
    /// The shared config file and the shared credentials file.
    pub fn shared_files(&self) -> impl Iterator<Item = &Path> {
        [self.config.as_path(), self.credentials.as_path()].into_iter()
    }

    /// One of them.
    #[must_use]
    pub fn shared_file(&self, kind: FileKind) -> &Path {
        match kind {
            FileKind::Config => &self.config,
            FileKind::Credentials => &self.credentials,
        }
    }
}

/// There is no home folder, and a place that depends on it was not named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no home folder: neither HOME nor {variable} is set")]
pub struct NoHome {
    /// The variable that would do instead.
    pub variable: &'static str,
}

impl NoHome {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        format!("set HOME, or {} to a path", self.variable)
    }
}

/// Finds the three places. `variable` looks the environment up, where an empty variable counts as unset; `fallback` is
/// the home folder by the system's own records, used only if neither `HOME` nor `USERPROFILE` is set, as in the SDKs.
///
/// # Errors
/// [`NoHome`] if a place depends on the home folder and there is none.
pub fn locate(
    variable: &dyn Fn(&str) -> Option<OsString>,
    fallback: Option<PathBuf>,
) -> Result<Locations, NoHome> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let home = set("HOME")
        .or_else(|| set("USERPROFILE"))
        .map(PathBuf::from)
        .or(fallback.filter(|path| !path.as_os_str().is_empty()));
    let place = |variable: &'static str, default: &str| {
        let named = set(variable).map_or_else(|| PathBuf::from(default), PathBuf::from);
        expand_home(&named, home.as_deref()).ok_or(NoHome { variable })
    };
    Ok(Locations {
        config: place("AWS_CONFIG_FILE", "~/.aws/config")?,
        credentials: place("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")?,
        sessions: place("MFA_SESSION_DIR", "~/.aws/mfa-session")?,
    })
}

/// Only a first component `~` is expanded; `~name` is a name like any other.
fn expand_home(path: &Path, home: Option<&Path>) -> Option<PathBuf> {
    let mut components = path.components();
    match components.next() {
        Some(Component::Normal(first)) if first == OsStr::new("~") => {
            let mut expanded = home?.to_path_buf();
            expanded.extend(components);
            Some(expanded)
        }
        _ => Some(path.to_path_buf()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(env: &[(&str, &str)], fallback: Option<&str>) -> Result<[String; 3], NoHome> {
        let lookup = |name: &str| {
            env.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.into())
        };
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        locate(&lookup, fallback.map(Into::into)).map(|places| {
            [
                text(places.config),
                text(places.credentials),
                text(places.sessions),
            ]
        })
    }

    #[test]
    fn home_comes_first_and_the_systems_records_last() {
        let under = |home: &str| {
            Ok(["config", "credentials", "mfa-session"].map(|name| format!("{home}/.aws/{name}")))
        };
        assert_eq!(
            find(&[("HOME", "/h"), ("USERPROFILE", "/u")], Some("/d")),
            under("/h")
        );
        assert_eq!(
            find(&[("HOME", ""), ("USERPROFILE", "/u")], Some("/d")),
            under("/u")
        );
        assert_eq!(find(&[], Some("/d")), under("/d"));
    }

    #[test]
    fn each_place_can_be_named() {
        let env = [
            ("HOME", "/h"),
            ("AWS_CONFIG_FILE", "~/c"),
            ("AWS_SHARED_CREDENTIALS_FILE", "~a/b"),
            ("MFA_SESSION_DIR", "~"),
        ];
        let places = ["/h/c", "~a/b", "/h"].map(str::to_owned);
        assert_eq!(find(&env, None), Ok(places));
    }

    #[test]
    fn a_home_is_missed_only_where_it_is_needed() {
        let env = [
            ("AWS_CONFIG_FILE", "/c"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/s"),
        ];
        let error = find(&env, None).unwrap_err();
        assert_eq!(error.variable, "MFA_SESSION_DIR");
        assert_eq!(
            error.to_string(),
            "no home folder: neither HOME nor MFA_SESSION_DIR is set"
        );
        let all = [env[0], env[1], ("MFA_SESSION_DIR", "/m")];
        assert_eq!(find(&all, None), Ok(["/c", "/s", "/m"].map(str::to_owned)));
        assert_eq!(
            find(&[("HOME", "")], Some("")).unwrap_err().variable,
            "AWS_CONFIG_FILE"
        );
    }
}
