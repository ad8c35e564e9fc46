//! One value for each state of MFA.

/// One value for each state of MFA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByState<T> {
    /// With long-term keys, which send no MFA key at all.
    pub absent: T,
    /// In the console or a session without MFA: `false`.
    pub without: T,
    /// With MFA: `true`.
    pub with: T,
}

impl<T> ByState<T> {
    /// The names of the states, as the MFA key has them.
    pub const STATES: [&'static str; 3] = ["absent", "false", "true"];

    /// Applies a function to each value.
    pub fn map<U>(&self, mut make: impl FnMut(&T) -> U) -> ByState<U> {
        ByState {
            absent: make(&self.absent),
            without: make(&self.without),
            with: make(&self.with),
        }
    }

    /// The values with the names of their states.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &T)> {
        let each = [&self.absent, &self.without, &self.with];
        Self::STATES.into_iter().zip(each)
    }
}

impl ByState<usize> {
    pub(super) fn count(&mut self, possible: ByState<bool>) {
        self.absent += usize::from(possible.absent);
        self.without += usize::from(possible.without);
        self.with += usize::from(possible.with);
    }
}
