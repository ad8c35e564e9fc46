//! The terminal of this process.

use super::check::Check;
use super::facts::Terminal;
use super::finding::Finding;
use super::view::View;

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let finding = |what: &str| {
        Finding::new(Check::Terminal, what)
            .breaks("The hook cannot ask for a code here, and exits with 3.")
    };
    found.extend(match view.facts.terminal {
        Terminal::None | Terminal::Ordinary => None,
        Terminal::Unusual => Some(
            finding("The terminal does not read whole lines, or does not show what is typed.")
                .repair("Bring it back to its ordinary mode.", "stty sane"),
        ),
        Terminal::Unreachable => Some(
            finding("Messages go to a terminal, but /dev/tty cannot be opened.")
                .in_file("/dev/tty")
                .repair(
                    "Log in with a code on standard input, or start the container with a terminal of its own (docker run -it).",
                    "mfa-session login --token-code -",
                ),
        ),
    });
}
