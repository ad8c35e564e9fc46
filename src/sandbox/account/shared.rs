//! A value that is cheap to keep a copy of and knows whether it was changed.
//!
//! The account as it was before a request is kept while the request is answered; only a request that changes something pays
//! for the copy.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// Shared until it is changed. Whoever asks for it mutably is taken to change it.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Shared<T> {
    value: Arc<T>,
    changed: bool,
}

impl<T> Shared<T> {
    pub(super) fn new(value: T, changed: bool) -> Self {
        Self {
            value: Arc::new(value),
            changed,
        }
    }

    /// Whether it was changed since [`Shared::settle`].
    pub(super) fn is_changed(&self) -> bool {
        self.changed
    }

    /// What there is now counts as unchanged.
    pub(super) fn settle(&mut self) {
        self.changed = false;
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.changed = true;
        Arc::make_mut(&mut self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_keeps_what_was_there_and_a_change_is_noticed() {
        let mut list = Shared::new(vec![1], false);
        let before = list.clone();
        assert_eq!(list.len(), 1);
        assert!(!list.is_changed(), "looking changes nothing");
        list.push(2);
        assert!(list.is_changed());
        assert_eq!((before.len(), list.len()), (1, 2));
        list.settle();
        assert!(!list.is_changed());
    }
}
