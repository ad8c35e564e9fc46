//! Accounts made by hand, with their verdicts.

#[expect(
    clippy::needless_pass_by_value,
    clippy::struct_excessive_bools,
    reason = "builders read better so"
)]
mod builder;
mod enforced;
mod open;
mod unknown;
