//! The federation endpoint, where the credentials of roles become sign-in tokens of the console.

use super::*;

const PAGE: &str = "https://console.aws.amazon.com/";
const ROLE: &str = "arn:aws:sts::111122223333:assumed-role/r/session";

impl Fixture {
    fn federation(&mut self, params: &[(&str, &str)]) -> Answer {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(params)
            .finish();
        self.send(&Request {
            method: "GET".to_owned(),
            path: "/federation".to_owned(),
            query,
            ..Request::default()
        })
    }

    fn get_token(&mut self, key: &Key, more: &[(&str, &str)]) -> Answer {
        let session = serde_json::json!({
            "sessionId": key.id,
            "sessionKey": key.secret,
            "sessionToken": key.token.clone().unwrap_or_default(),
        })
        .to_string();
        let params = [("Action", "getSigninToken"), ("Session", &session)];
        self.federation(&[&params, more].concat())
    }

    fn open_console(&mut self, token: &str) -> Answer {
        self.federation(&[
            ("Action", "login"),
            ("Issuer", "x"),
            ("Destination", PAGE),
            ("SigninToken", token),
        ])
    }

    fn role_session(&mut self) -> Key {
        let key = self.key.clone();
        self.role("r", "111122223333");
        self.assume(&key, "r", &[]).session()
    }
}

fn token(answer: &Answer) -> String {
    answer.is_ok();
    let value: serde_json::Value = serde_json::from_slice(&answer.0.body).unwrap();
    value["SigninToken"].as_str().unwrap().to_owned()
}

#[track_caller]
fn is_refused(answer: &Answer, outcome: &str) {
    assert_eq!(
        (answer.0.status, answer.0.entry.outcome.as_str()),
        (400, outcome)
    );
}

#[test]
fn the_session_of_a_role_signs_in_once_within_15_minutes() {
    let mut fixture = Fixture::new();
    let role = fixture.role_session();
    let answer = fixture.get_token(&role, &[]);
    assert_eq!(answer.0.entry.caller.as_deref(), Some(ROLE));
    let [first, second] = [token(&answer), token(&fixture.get_token(&role, &[]))];
    let page = fixture.open_console(&first);
    page.is_ok();
    assert!(
        page.body().contains(ROLE) && page.body().contains(PAGE),
        "{}",
        page.body()
    );
    is_refused(&fixture.open_console(&first), "UsedSigninToken");
    fixture.after(15 * 60);
    is_refused(&fixture.open_console(&second), "ExpiredSigninToken");
    is_refused(&fixture.open_console("x"), "InvalidSigninToken");
    // A token does not outlive the credentials of the role.
    fixture.after(45 * 60 - 1);
    let last = token(&fixture.get_token(&role, &[]));
    fixture.after(1);
    is_refused(&fixture.open_console(&last), "ExpiredSigninToken");
    is_refused(&fixture.get_token(&role, &[]), "ExpiredToken");
}

#[test]
fn only_roles_sign_in_and_only_with_their_own_secrets() {
    let mut fixture = Fixture::new();
    let (user, role) = (fixture.session(), fixture.role_session());
    is_refused(&fixture.get_token(&user, &[]), "NotARoleSession");
    let long_term = fixture.key.clone();
    is_refused(&fixture.get_token(&long_term, &[]), "InvalidCredentials");
    let wrong = Key {
        secret: user.secret.clone(),
        ..role.clone()
    };
    is_refused(&fixture.get_token(&wrong, &[]), "InvalidCredentials");
    for seconds in ["899", "43201", "1h"] {
        let answer = fixture.get_token(&role, &[("SessionDuration", seconds)]);
        is_refused(&answer, "InvalidSessionDuration");
    }
    token(&fixture.get_token(&role, &[("SessionDuration", "900")]));
    for (params, outcome) in [
        (&[][..], "InvalidAction"),
        (
            &[("Action", "getSigninToken"), ("Session", "{}")],
            "InvalidSession",
        ),
        (
            &[("Action", "login"), ("Destination", "http://x/")],
            "InvalidDestination",
        ),
    ] {
        is_refused(&fixture.federation(params), outcome);
    }
}
