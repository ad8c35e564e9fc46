//! The session cache: what is not trusted in it, what cannot be read, and what nobody needs.

use std::collections::HashSet;

use crate::quote::shell_quote;
use crate::shared_config::key;

use super::check::Check;
use super::finding::Finding;
use super::view::View;

/// An ended session is as usual as a morning; one that ended so many seconds ago belongs to no daily work.
const A_WEEK: i64 = 7 * 86_400;
const FORGET_ALL: &str = "mfa-session logout --all";
const MOVE: &str = "export MFA_SESSION_DIR=\"$HOME/.mfa-session\"";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let cache = &view.facts.cache;
    for untrusted in &cache.distrusted {
        let (repair, command) = match &untrusted.command {
            Some(command) => ("Close it to others.", command.clone()),
            None => (
                "Move it away; or keep the cache in another folder of your own.",
                format!("ls -ld {}", shell_quote(&untrusted.path)),
            ),
        };
        found.push(
            Finding::new(
                Check::CacheDistrusted,
                format!("The session cache is not trusted: {}.", untrusted.why),
            )
            .in_file(&untrusted.path)
            .breaks("The session in it is not used, and a code is asked for again.")
            .repair(repair, command),
        );
    }
    if let Some(path) = &cache.unwritable {
        found.push(
            Finding::new(
                Check::CacheUnwritable,
                "The folder of the session cache cannot be written.",
            )
            .in_file(path)
            .breaks("A login refuses to ask for a code, because it could not store the session.")
            .repair("Keep the cache in another folder.", MOVE),
        );
    }
    for (file, why) in &cache.broken {
        found.push(
            Finding::new(
                Check::RecordBroken,
                format!("A session record cannot be used: {why}."),
            )
            .in_file(file)
            .breaks("The session in it is not used.")
            .repair("Delete it.", format!("rm {}", shell_quote(file))),
        );
    }
    sessions(view, found);
    for file in &cache.leftovers {
        found.push(
            Finding::new(
                Check::CacheLeftover,
                "A killed process left a temporary file in the session cache.",
            )
            .in_file(file)
            .breaks("It may hold a session, and nobody looks after it.")
            .repair(
                "Every command that may write removes it.",
                "mfa-session login",
            ),
        );
    }
    if let Some(system) = cache.doubtful_locks {
        found.push(
            Finding::new(
                Check::Locks,
                format!("The session cache is on {system}, where locks may not work; this cannot be known without trying."),
            )
            .in_file(&cache.folder)
            .breaks("Without locks, two programs may ask for a code at the same time. Files stay whole all the same.")
            .repair("Keep the cache on a local file system.", MOVE),
        );
    }
}

fn sessions(view: &View<'_>, found: &mut Vec<Finding>) {
    let known: HashSet<String> = view
        .with(&[key::ACCESS_KEY_ID, key::STORED_KEY_ID])
        .filter_map(|profile| {
            let keys = profile.long_term_keys();
            keys.long_term_id().map(ToString::to_string)
        })
        .collect();
    for session in &view.facts.cache.sessions {
        let id = &session.source_key_id;
        let source = session.source_profile.escape_debug();
        if session.is_live && !session.is_remembered && !known.contains(id) {
            found.push(
                Finding::new(
                    Check::RecordForeign,
                    format!("There is a session of key {id} (profile `{source}`), which is in no profile any more."),
                )
                .in_file(&session.file)
                .breaks("No command finds it, and it stays valid until it ends.")
                .repair("Remove the sessions that nobody uses.", FORGET_ALL),
            );
        } else if session.ended_for > A_WEEK {
            found.push(
                Finding::new(
                    Check::RecordEnded,
                    format!(
                        "The session of profile `{source}` ended {} days ago.",
                        session.ended_for / 86_400
                    ),
                )
                .in_file(&session.file)
                .breaks("Nothing; it is only of no use.")
                .repair("Remove it.", FORGET_ALL),
            );
        }
    }
}
