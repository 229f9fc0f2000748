//! Logins, sessions and keys.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use portreto_store::{ErrorKind, ManualClock, Options, Portreto, Scope};
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery";

async fn open() -> (TempDir, Portreto, Arc<ManualClock>) {
    let home = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(Timestamp::from_second(1_800_000_000).unwrap()));
    let mut options = Options::new(home.path());
    options.create = true;
    options.clock = clock.clone();
    options.catalog = portreto_scratch_postgres::catalog_of(home.path(), module_path!());
    (home, Portreto::open(options).await.unwrap(), clock)
}

fn kind<T: std::fmt::Debug>(result: portreto_store::Result<T>) -> ErrorKind {
    result.unwrap_err().kind()
}

#[tokio::test]
async fn a_session_is_prolonged_by_tokens_that_are_good_once() {
    let (home, portreto, clock) = open().await;
    let ada = portreto.register("Ada@example.org", PASSWORD).await.unwrap();
    assert_eq!(kind(portreto.register("ada@example.org", PASSWORD).await), ErrorKind::Conflict);
    let first = portreto.login("ADA@example.org", PASSWORD, "1").await.unwrap();
    assert_eq!(first.person, ada.id);
    let other = portreto.login("ada@example.org", PASSWORD, "1").await.unwrap();
    let second = portreto.refresh(&first.refresh_token).await.unwrap();
    assert_eq!((&second.person, &second.id), (&ada.id, &first.id));
    let third = portreto.refresh(&second.refresh_token).await.unwrap();
    assert!(portreto.session_is_open(&first.id, &ada.id).await.unwrap());
    assert!(!portreto.session_is_open(&first.id, "somebody").await.unwrap());

    // The thief comes second, or first: the session is over for both, others go on.
    assert_eq!(kind(portreto.refresh(&second.refresh_token).await), ErrorKind::Denied);
    assert_eq!(kind(portreto.refresh(&third.refresh_token).await), ErrorKind::Denied);
    assert!(!portreto.session_is_open(&first.id, &ada.id).await.unwrap());
    assert!(portreto.session_is_open(&other.id, &ada.id).await.unwrap());
    portreto.logout(&other.id).await.unwrap();
    assert_eq!(kind(portreto.refresh(&other.refresh_token).await), ErrorKind::Denied);

    let late = portreto.login("ada@example.org", PASSWORD, "1").await.unwrap();
    clock.advance(SignedDuration::from_hours(31 * 24));
    assert!(!portreto.session_is_open(&late.id, &ada.id).await.unwrap());
    assert_eq!(kind(portreto.refresh(&late.refresh_token).await), ErrorKind::Denied);

    // No secret is in the catalog.
    portreto.close().await;
    let file = home.path().join("catalog.sqlite");
    let Ok(catalog) = std::fs::read(file) else { return assert!(module_path!().contains("::")) };
    for secret in [PASSWORD, &first.refresh_token, &late.refresh_token] {
        assert!(!catalog.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
}

#[tokio::test]
async fn wrong_names_and_passwords_are_one_and_are_counted() {
    let (_home, portreto, clock) = open().await;
    portreto.register("ada", PASSWORD).await.unwrap();
    for (name, password) in
        [("", PASSWORD), ("a b", PASSWORD), ("ok", "short"), ("ok", &"x".repeat(300))]
    {
        assert_eq!(kind(portreto.register(name, password).await), ErrorKind::BadInput, "{name}");
    }
    let fails = async |name: &str| portreto.login(name, "wrong password", "1").await.unwrap_err();
    assert_eq!(fails("ada").await.to_string(), fails("nobody").await.to_string());
    for _ in 1..10 {
        assert_eq!(fails("ada").await.kind(), ErrorKind::Denied);
    }
    // The eleventh is not even looked at; others are, whether they exist or not.
    assert_eq!(kind(portreto.login("ada", PASSWORD, "2").await), ErrorKind::TooMany);
    assert_eq!(fails("nobody").await.kind(), ErrorKind::Denied);
    clock.advance(SignedDuration::from_mins(16));
    portreto.login("ada", PASSWORD, "2").await.unwrap();
    // A good login forgets the bad ones before it.
    for _ in 0..10 {
        assert_eq!(fails("ada").await.kind(), ErrorKind::Denied);
    }
    assert_eq!(fails("ada").await.kind(), ErrorKind::TooMany);
}

#[tokio::test]
async fn keys_are_told_once_and_can_be_removed() {
    let (_home, portreto, _) = open().await;
    let ada = portreto.register("ada", PASSWORD).await.unwrap();
    let (key, secret) = portreto.add_api_key(&ada.id, "camera", Scope::Read).await.unwrap();
    assert!(secret.starts_with("portreto_"));
    assert_eq!(portreto.api_key(&secret).await.unwrap().as_ref(), Some(&key));
    assert_eq!(portreto.api_key("portreto_x").await.unwrap(), None);
    assert_eq!(portreto.api_keys(&ada.id).await.unwrap(), std::slice::from_ref(&key));
    assert_eq!(kind(portreto.remove_api_key("eve", &key.id).await), ErrorKind::NotFound);
    portreto.remove_api_key(&ada.id, &key.id).await.unwrap();
    assert_eq!(portreto.api_key(&secret).await.unwrap(), None);
    assert_eq!(kind(portreto.add_api_key(&ada.id, "\n", Scope::Read).await), ErrorKind::BadInput);
}

/// What the answer does not tell, its time should not either: each way to fail costs one hash, as a success does.
#[tokio::test]
async fn a_login_hashes_once_whoever_it_is() {
    let (_home, portreto, _) = open().await;
    portreto.register("ada", PASSWORD).await.unwrap();
    for (name, password) in [
        ("ada", PASSWORD),
        ("ada", "wrong password"),
        ("nobody", PASSWORD),
        ("nobody", "x"),
        ("ada", ""),
        ("not a name", PASSWORD),
    ] {
        let before = portreto.passwords_hashed();
        let result = portreto.login(name, password, "1").await;
        assert_eq!(result.is_ok(), (name, password) == ("ada", PASSWORD), "{name} {password}");
        assert_eq!(portreto.passwords_hashed(), before + 1, "{name} {password}");
    }
}

/// Another server of the same home counts on where the first one was.
#[tokio::test]
async fn attempts_are_counted_over_all_servers() {
    let (home, first, clock) = open().await;
    let mut options = Options::new(home.path());
    options.clock = clock;
    options.catalog = portreto_scratch_postgres::catalog_of(home.path(), module_path!());
    let second = Portreto::open(options).await.unwrap();
    first.register("ada", PASSWORD).await.unwrap();
    for server in [&first, &second].into_iter().cycle().take(10) {
        assert_eq!(kind(server.login("ada", "wrong password", "1").await), ErrorKind::Denied);
    }
    for server in [&first, &second] {
        assert_eq!(kind(server.login("ada", PASSWORD, "2").await), ErrorKind::TooMany);
    }
}
