//! The forecast of an account with policies attached, for people and as JSON.

use serde::Serialize;

use super::InputFile;
use crate::audit::forecast::{AccountForecast, Forecast, UserForecast};
use crate::palette;
use crate::policy::render::{Page, Style, list, plural};

/// Names that a line lists, at most.
const NAMES: usize = 12;

/// The forecast as a page of 80 columns.
#[must_use]
pub fn forecast_text(forecast: &Forecast, style: Style) -> String {
    let mut page = Page::new(style);
    for account in &forecast.accounts {
        of_account(&mut page, account);
    }
    page.into_text()
}

fn of_account(page: &mut Page, account: &AccountForecast) {
    page.heading(&format!("Account {}, if attached", account.account_id));
    let users = plural(account.users.len(), "user", "users");
    let (broken, others): (Vec<&UserForecast>, Vec<&UserForecast>) =
        account.users.iter().partition(|user| user.is_broken());
    if broken.is_empty() {
        let words = format!("none of {users} loses anything that is in use");
        page.verdict("clean", palette::CLEAN, &words);
    } else {
        let words = format!("{} of {users} would notice", broken.len());
        page.verdict("open", palette::OPEN, &words);
    }
    for user in broken {
        page.item(&format!(
            "{}: {} would be {}",
            user.name, user.before, user.after
        ));
        for sentence in user.loses.iter().chain(&user.cannot).chain(&user.machine) {
            page.sub_item(sentence);
        }
    }
    if others.is_empty() {
        return;
    }
    page.heading("Nothing in use is lost");
    let mut kinds: Vec<(String, Vec<&str>)> = Vec::new();
    for user in others {
        let change = if user.before == user.after {
            format!("still {}", user.after)
        } else {
            format!("{} would be {}", user.before, user.after)
        };
        match kinds.iter_mut().find(|(known, _)| *known == change) {
            Some((_, names)) => names.push(&user.name),
            None => kinds.push((change, vec![&user.name])),
        }
    }
    for (change, names) in kinds {
        page.item(&format!("{change}: {}", list(&names, NAMES)));
    }
}

#[derive(Serialize)]
struct Version1<'a> {
    version: u8,
    accounts: Vec<Account<'a>>,
    inputs: Vec<Input<'a>>,
}

#[derive(Serialize)]
struct Account<'a> {
    account_id: &'a str,
    users: Vec<User<'a>>,
}

#[derive(Serialize)]
struct User<'a> {
    name: &'a str,
    arn: &'a str,
    before: &'static str,
    after: &'static str,
    loses: &'a [String],
    cannot: &'a [String],
    machine: Option<&'a str>,
}

#[derive(Serialize)]
struct Input<'a> {
    kind: &'static str,
    file: &'a str,
    sha256: &'a str,
}

/// The forecast as one object over several lines; ends in a newline. Version 1 is frozen: members may be added, but not changed.
#[must_use]
pub fn forecast_json(forecast: &Forecast, inputs: &[InputFile]) -> String {
    let report = Version1 {
        version: 1,
        accounts: (forecast.accounts.iter())
            .map(|account| Account {
                account_id: &account.account_id,
                users: account.users.iter().map(user).collect(),
            })
            .collect(),
        inputs: (inputs.iter())
            .map(|input| Input {
                kind: input.kind,
                file: &input.file,
                sha256: &input.sha256,
            })
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
    text.push('\n');
    text
}

fn user(user: &UserForecast) -> User<'_> {
    User {
        name: &user.name,
        arn: &user.arn,
        before: user.before.as_str(),
        after: user.after.as_str(),
        loses: &user.loses,
        cannot: &user.cannot,
        machine: user.machine.as_deref(),
    }
}
