//! `logout`: forgets sessions on this machine. AWS does not: they stay valid until they end, and this says so.
//!
//! Takes only what a login wrote.

use std::collections::BTreeSet;

use crate::aws::types::{AccessKeyId, rfc3339};
use crate::cli::Logout;
use crate::context::Context;
use crate::error::Error;
use crate::login::plan::Wanted;
use crate::login::{LoginError, Scene, withdraw};
use crate::session::cache::Lookup;

use super::Outcome;

pub(super) fn run(context: &Context, profile: Option<String>, args: &Logout) -> Outcome {
    if args.all && profile.is_some() {
        return Err(Error::Usage {
            message: "--all and --profile exclude each other".to_owned(),
            hint: "mfa-session logout --all".to_owned(),
        });
    }
    let scene = Scene::open(&context.env)?;
    let (ids, profiles) = if args.all {
        everything(context, &scene)
    } else {
        one(context, &scene, profile)?
    };
    let known = scene.sessions();
    let mut forgot = false;
    for id in ids {
        forgot |= forget(context, &scene, &id)?;
    }
    for name in profiles {
        if withdraw(context, &scene, &name, &known)? {
            forgot = true;
            context
                .ui
                .say(&format!("Profile {name} holds no session any more."));
        }
    }
    if !forgot {
        context.ui.say("There is no session to forget.");
    }
    Ok(0)
}

type Found = (BTreeSet<AccessKeyId>, BTreeSet<String>);

fn everything(context: &Context, scene: &Scene) -> Found {
    let all = scene.cache.all().unwrap_or_else(|why| {
        context.ui.warn(&why.line());
        Vec::new()
    });
    let ids = all.into_iter().map(|(id, _)| id).collect();
    let profiles = scene
        .profiles
        .names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    (ids, profiles)
}

fn one(context: &Context, scene: &Scene, profile: Option<String>) -> Result<Found, LoginError> {
    let wanted = Wanted {
        profile,
        ..Wanted::default()
    };
    let names = scene.names(context, &wanted)?;
    for note in &names.notes {
        context.ui.warn(note);
    }
    let mut profiles = BTreeSet::from([names.session]);
    let id = scene.source_id(context, &names.source);
    if let Some(id) = &id
        && let Lookup::Found(record) = scene.cache.load(id)
    {
        profiles.insert(record.session_profile);
    }
    Ok((id.into_iter().collect(), profiles))
}

fn forget(context: &Context, scene: &Scene, id: &AccessKeyId) -> Result<bool, LoginError> {
    let until = match scene.cache.load(id) {
        Lookup::Found(record) if record.is_live(context.clock.now()) => {
            Some(record.credentials.expiration)
        }
        _ => None,
    };
    if !scene.cache.forget(id)? {
        return Ok(false);
    }
    context.ui.say(&format!("Forgot the session of key {id}."));
    if let Some(until) = until {
        context.ui.say(&format!(
            "On AWS it stays valid until {}: whoever copied it can still use it.",
            rfc3339(until)
        ));
    }
    Ok(true)
}
