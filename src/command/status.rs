//! `status`: what sessions there are and how long they live. No network, no secret.
//!
//! The cache is the truth; a session profile that differs from it is reported.

use serde::Serialize;
use time::UtcDateTime;

use crate::aws::types::rfc3339;
use crate::cli::{Status, StatusForm};
use crate::context::Context;
use crate::error::Error;
use crate::login::plan::Wanted;
use crate::login::{LoginError, Scene, Standing, standing};
use crate::process::shell_quote;
use crate::session::record::Record;
use crate::ui::clean;

use super::Outcome;
use super::session::time_left;

/// `status --format json`, version 1. Frozen: a new field or meaning is a new version.
#[derive(Debug, Serialize)]
struct Report<'a> {
    version: u8,
    sessions: Vec<Session<'a>>,
}

#[derive(Debug, Serialize)]
struct Session<'a> {
    profile: &'a str,
    source_profile: &'a str,
    source_access_key_id: &'a str,
    access_key_id: &'a str,
    expiration: String,
    seconds_left: i64,
    live: bool,
}

pub(super) fn run(context: &Context, profile: Option<String>, args: &Status) -> Outcome {
    let scene = Scene::open(&context.env).map_err(Error::from)?;
    let now = context.clock.now();
    let all = scene.records(context);
    let by_flag = profile.is_some();
    let named = by_flag || context.env.os("AWS_PROFILE").is_some();
    let one = named
        .then(|| named_record(context, &scene, profile, &all, args))
        .transpose()?;
    let live = match &one {
        Some(one) => one.is_some_and(|r| r.is_live(now)),
        None => all.iter().any(|r| r.is_live(now)),
    };
    let shown: Vec<&Record> = match one {
        Some(one) if by_flag => one.into_iter().collect(),
        _ => all.iter().collect(),
    };
    let text = if args.short {
        let words = match one {
            Some(one) => short(one.into_iter(), now),
            None => short(all.iter(), now),
        };
        clean(&words).into_owned()
    } else {
        match args.format {
            StatusForm::Json => json(&shown, now),
            StatusForm::Text => clean(&text(&scene, &shown, now)).into_owned(),
        }
    };
    context.ui.data(&text)?;
    if shown.is_empty() && !args.short && args.format == StatusForm::Text {
        context.ui.say("No session. To get one: mfa-session login");
    }
    Ok(if live { 0 } else { 3 })
}

fn named_record<'r>(
    context: &Context,
    scene: &Scene,
    profile: Option<String>,
    all: &'r [Record],
    args: &Status,
) -> Result<Option<&'r Record>, Error> {
    let wanted = Wanted {
        profile,
        ..Wanted::default()
    };
    let names = scene.names(context, &wanted).map_err(LoginError::from)?;
    if !args.short {
        for note in &names.notes {
            context.ui.warn(note);
        }
    }
    let id = scene.source_id(context, &names.source);
    Ok(id.and_then(|id| all.iter().find(|r| r.source_access_key_id == id)))
}

fn short<'r>(records: impl Iterator<Item = &'r Record>, now: UtcDateTime) -> String {
    let words: Vec<_> = records
        .filter(|r| r.is_live(now))
        .map(|r| format!("{} {}", r.session_profile, compact(r.seconds_left(now))))
        .collect();
    if words.is_empty() {
        String::new()
    } else {
        format!("{}\n", words.join(", "))
    }
}

/// `7h12m`, `59m`, `40s`.
fn compact(seconds: i64) -> String {
    let (hours, minutes) = (seconds / 3600, seconds % 3600 / 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, m) => format!("{m}m"),
        (h, m) => format!("{h}h{m:02}m"),
    }
}

fn json(records: &[&Record], now: UtcDateTime) -> String {
    let report = Report {
        version: 1,
        sessions: records
            .iter()
            .map(|r| Session {
                profile: &r.session_profile,
                source_profile: &r.source_profile,
                source_access_key_id: r.source_access_key_id.as_str(),
                access_key_id: r.credentials.id.as_str(),
                expiration: rfc3339(r.credentials.expiration),
                seconds_left: r.seconds_left(now).max(0),
                live: r.is_live(now),
            })
            .collect(),
    };
    // A tree of texts, numbers and Booleans always serialises.
    let text = serde_json::to_string(&report).unwrap_or_default();
    format!("{text}\n")
}

fn text(scene: &Scene, records: &[&Record], now: UtcDateTime) -> String {
    records.iter().map(|r| line(scene, r, now)).collect()
}

pub(super) fn line(scene: &Scene, record: &Record, now: UtcDateTime) -> String {
    let profile = &record.session_profile;
    let until = rfc3339(record.credentials.expiration);
    let source = shell_quote(&record.source_profile);
    let head = if record.is_live(now) {
        format!(
            "{profile}: {} left, until {until} (source {})",
            time_left(record, now),
            record.source_profile
        )
    } else {
        return format!(
            "{profile}: ended at {until} (source {})\n  to renew it: mfa-session login --profile {source}\n",
            record.source_profile
        );
    };
    let note = match standing(&scene.profiles, profile, record) {
        Standing::Same => String::new(),
        Standing::Hook => "  served by the credential process\n".to_owned(),
        Standing::Differs => format!(
            "  profile {profile} holds another session than the cache; to mend it: mfa-session login --profile {source}\n"
        ),
        Standing::Missing => format!(
            "  profile {profile} does not hold it; to write it: mfa-session login --profile {source}\n"
        ),
    };
    format!("{head}\n{note}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_gets_few_characters() {
        assert_eq!(compact(12 * 3600), "12h00m");
        assert_eq!(compact(3599), "59m");
        assert_eq!(compact(40), "40s");
    }
}
