//! A value of which a copy is cheap, and which knows whether it has changed.
//!
//! While a request is answered, a copy of the account is kept so that the request can be undone. Only a request that changes the
//! account pays for the copy.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A value that is shared until it is changed. Borrowing it mutably counts as a change.
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

    /// Whether the value has changed since [`Shared::mark_unchanged`].
    pub(super) fn is_changed(&self) -> bool {
        self.changed
    }

    /// From now on, the present value counts as unchanged.
    pub(super) fn mark_unchanged(&mut self) {
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
    fn a_copy_keeps_the_old_value_and_a_change_is_noticed() {
        let mut list = Shared::new(vec![1], false);
        let before = list.clone();
        assert_eq!(list.len(), 1);
        assert!(!list.is_changed(), "reading is not a change");
        list.push(2);
        assert!(list.is_changed());
        assert_eq!((before.len(), list.len()), (1, 2));
        list.mark_unchanged();
        assert!(!list.is_changed());
    }
}
