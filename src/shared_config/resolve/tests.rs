//! Which profile stands for which source, in every layout that people have.

use super::super::document::Document;
use super::super::file_kind::FileKind;
use super::*;

fn profiles(config: &str, credentials: &str) -> Profiles {
    Profiles::new(
        Document::parse(config.as_bytes(), FileKind::Config).unwrap(),
        Document::parse(credentials.as_bytes(), FileKind::Credentials).unwrap(),
    )
}

fn resolved(profiles: &Profiles, named: &str) -> (String, Via) {
    let resolved = profiles.resolve(named, &|_| false).unwrap();
    assert_eq!(resolved.named, named);
    (resolved.source, resolved.via)
}

#[test]
fn a_session_or_hook_profile_leads_to_its_source() {
    let profiles = profiles(
        "[profile hook]\ncredential_process = x\nmfa_session_source = admin\n",
        "[admin]\naws_access_key_id = x\n[admin-mfa]\nmfa_session_source = admin\n",
    );
    let admin = |via| ("admin".to_owned(), via);
    assert_eq!(resolved(&profiles, "admin"), admin(Via::Source));
    assert_eq!(resolved(&profiles, "admin-mfa"), admin(Via::Session));
    assert_eq!(resolved(&profiles, "hook"), admin(Via::Hook));
}

#[test]
fn a_chain_and_a_loop_are_errors() {
    let profiles = profiles(
        "",
        "[a]\nmfa_session_source = b\n[b]\nmfa_session_source = c\n[c]\n[d]\nmfa_session_source = d\n[e]\nmfa_session_source = bb\n",
    );
    for name in ["a", "d"] {
        let error = profiles.resolve(name, &|_| false).unwrap_err();
        assert!(matches!(error, ResolveError::Chain { .. }), "{error}");
    }
    let error = profiles.resolve("e", &|_| false).unwrap_err();
    assert_eq!(
        error.to_string(),
        "profile `e` names `bb` as its `mfa_session_source`, but that profile does not exist"
    );
    assert_eq!(
        error.hint(),
        "`aws configure set mfa_session_source SOURCE --profile e`"
    );
}

#[test]
fn hook_lines_are_followed_to_their_end() {
    let line = |name: &str| {
        format!("credential_process = mfa-session credential-process --profile {name}\n")
    };
    let config = format!(
        "[profile a]\n{}[profile b]\n{}[profile c]\nmfa_session_source = end\n[profile end]\n[profile own]\n{}\
         [profile keys]\n{}[profile x]\n{}",
        line("b"),
        line("c"),
        line("own"),
        line("keys"),
        line("end"),
    );
    // A profile with an access key is a source profile whatever its hook line says.
    let keys = "[keys]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n";
    let profiles = profiles(&config, keys);
    for name in ["a", "b", "x"] {
        assert_eq!(resolved(&profiles, name), ("end".to_owned(), Via::Hook));
    }
    assert_eq!(resolved(&profiles, "c").1, Via::Session);
    assert_eq!(resolved(&profiles, "keys").1, Via::Source);
    let error = profiles.resolve("own", &|_| false).unwrap_err();
    assert!(matches!(error, ResolveError::Loop { .. }), "{error}");
    // A source must not be a hook profile if `mfa_session_source` names it.
    let config = format!(
        "[profile a]\nmfa_session_source = b\n[profile b]\n{}[profile end]\n",
        line("end")
    );
    let error = super::super::Profiles::new(
        Document::parse(config.as_bytes(), FileKind::Config).unwrap(),
        Document::parse(b"", FileKind::Credentials).unwrap(),
    )
    .resolve("a", &|_| false)
    .unwrap_err();
    assert!(matches!(error, ResolveError::Chain { .. }), "{error}");
}

#[test]
fn an_unknown_profile_comes_with_names_like_it() {
    let profiles = profiles(
        "[default]\n[profile production-admin]\n[profile staging]\n[profile prod]\n",
        "",
    );
    let hint = |name: &str| profiles.resolve(name, &|_| false).unwrap_err().hint();
    assert_eq!(hint("stagign"), "did you mean `--profile staging`?");
    assert_eq!(
        hint("Prod"),
        "did you mean `--profile prod`? or `production-admin`"
    );
    assert_eq!(hint("admin"), "did you mean `--profile production-admin`?");
    assert_eq!(
        hint("xyz"),
        "list the profiles with `aws configure list-profiles`"
    );
    let error = profiles.resolve("a\u{1b}[2Jb", &|_| false).unwrap_err();
    assert!(!error.to_string().contains('\u{1b}'));
}

#[test]
fn a_name_without_end_is_no_burden() {
    let long = "a".repeat(1_000_000);
    let profiles = profiles(&format!("[profile {long}]\n[profile b{long}]\n"), "");
    let error = profiles.resolve(&long[1..], &|_| false).unwrap_err();
    assert!(error.hint().starts_with("list the profiles"));
}

#[test]
fn a_name_that_a_shell_would_split_is_quoted_in_the_hint() {
    let config = "[profile \"two words\"]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n";
    let profiles = profiles(config, "");
    assert_eq!(
        profiles.resolve("two word", &|_| false).unwrap_err().hint(),
        "did you mean `--profile 'two words'`?"
    );
}

#[test]
fn without_any_profile_the_hint_is_to_make_one() {
    let error = profiles("", "").resolve("default", &|_| false).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no profile `default` in the shared files"
    );
    assert_eq!(error.hint(), "store a long-term key with `aws configure`");
}

#[test]
fn the_layout_of_aws_mfa_is_explained() {
    let session = "aws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\naws_session_token = t\n";
    let profiles = profiles(
        "",
        &format!(
            "[x]\n{session}[x-long-term]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n[y]\n{session}"
        ),
    );
    let error = profiles.resolve("x", &|_| false).unwrap_err();
    assert_eq!(error.to_string(), "profile `x` holds only temporary keys");
    assert_eq!(
        error.hint(),
        "the long-term keys are in `x-long-term`: use `--profile x-long-term`"
    );
    assert_eq!(resolved(&profiles, "y").1, Via::Source);
    assert_eq!(resolved(&profiles, "x-long-term").1, Via::Source);
}

#[test]
fn session_profiles_are_named_after_their_source() {
    let profiles = profiles(
        "[default]\n[profile x-long-term]\n[profile -long-term]\n[profile a]\nmfa_session_profile = b\n",
        "",
    );
    let name = |source: &str| session_profile_name(&profiles.profile(source).unwrap());
    assert_eq!(name("default"), "default-mfa");
    assert_eq!(name("x-long-term"), "x");
    assert_eq!(name("-long-term"), "-long-term-mfa");
    assert_eq!(name("a"), "b");
}
