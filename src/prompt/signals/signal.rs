//! The three signals that end the program in an orderly way.

/// A signal that ends the program in an orderly way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT: Ctrl-C.
    Int,
    /// SIGTERM.
    Term,
    /// SIGHUP: the terminal has been closed.
    Hup,
}

impl Signal {
    /// 128 plus the signal's number, as in shells.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Int => 130,
            Self::Term => 143,
            Self::Hup => 129,
        }
    }
}
