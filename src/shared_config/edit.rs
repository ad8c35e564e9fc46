//! What an edit is to change in one profile: the keys to set and the keys to remove.
//!
//! It only records the request; `apply` makes the changes.

/// What becomes of a section in which no property is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptySection {
    /// Its header stays.
    Keep,
    /// Its header goes too, unless a comment stands in the section.
    Remove,
}

/// Changes to one profile of one file.
#[derive(Clone)]
pub struct Edit<'a> {
    pub(super) profile: &'a str,
    pub(super) set: Vec<(&'a str, &'a str)>,
    pub(super) remove: Vec<&'a str>,
    pub(super) empty: EmptySection,
}

impl<'a> Edit<'a> {
    /// No change yet.
    #[must_use]
    pub fn of(profile: &'a str) -> Self {
        Self {
            profile,
            set: Vec::new(),
            remove: Vec::new(),
            empty: EmptySection::Keep,
        }
    }

    /// Gives `key` this value, whatever it was; a new key comes after the section's last property, and a profile that
    /// has no section gets one at the end of the file.
    #[must_use]
    pub fn set(mut self, key: &'a str, value: &'a str) -> Self {
        self.forget(key);
        self.set.push((key, value));
        self
    }

    /// Takes `key` away, with the lines that continue it.
    #[must_use]
    pub fn remove(mut self, key: &'a str) -> Self {
        self.forget(key);
        self.remove.push(key);
        self
    }

    /// Says what becomes of a section that is left without properties. Without this it stays.
    #[must_use]
    pub fn empty_section(mut self, empty: EmptySection) -> Self {
        self.empty = empty;
        self
    }

    fn forget(&mut self, key: &str) {
        self.set
            .retain(|(known, _)| !known.eq_ignore_ascii_case(key));
        self.remove.retain(|known| !known.eq_ignore_ascii_case(key));
    }
}
