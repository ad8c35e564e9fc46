//! Whether there is a browser, and starting it.

use crate::context::Env;

/// How the URL gets to the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// In a browser.
    Open,
    /// On stdout.
    Print,
}

impl Way {
    /// The way in this environment: a browser that BROWSER names, or that of a graphical session.
    pub(super) fn of(env: &Env, print: bool) -> Self {
        let is_set = |name: &str| env.os(name).is_some();
        let is_graphical = if cfg_macos() {
            !["SSH_CONNECTION", "SSH_TTY"].into_iter().any(is_set)
        } else {
            // Over SSH these are set only if windows are forwarded.
            ["DISPLAY", "WAYLAND_DISPLAY"].into_iter().any(is_set)
        };
        if !print && (is_graphical || is_set("BROWSER")) {
            Self::Open
        } else {
            Self::Print
        }
    }
}

fn cfg_macos() -> bool {
    std::env::consts::OS == "macos"
}

/// Starts the browser with an address that is not a secret for long. A browser for the terminal has it until it ends. Returns
/// whether one was found.
pub(super) fn open(address: &str) -> bool {
    webbrowser::open(address).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_opened_where_there_is_one() {
        for (env, way) in [
            (&[][..], Way::Print),
            (&[("DISPLAY", ":0")], Way::Open),
            (&[("WAYLAND_DISPLAY", "wayland-0")], Way::Open),
            (&[("BROWSER", "firefox")], Way::Open),
            (&[("SSH_CONNECTION", "a 1 b 22")], Way::Print),
            (
                &[("SSH_TTY", "/dev/pts/1"), ("DISPLAY", "localhost:10.0")],
                Way::Open,
            ),
            (&[("DISPLAY", "")], Way::Print),
        ] {
            let env = Env::of(env);
            assert_eq!(Way::of(&env, false), way, "{env:?}");
            assert_eq!(Way::of(&env, true), Way::Print);
        }
    }
}
