//! Accounts in a folder, and several processes that share them.

use tempfile::TempDir;

use super::*;
use crate::session::Cookies;
use crate::sign_in::Proof;
use crate::time::now;

const PRINT: Role = Role { name: "print", allows: "prints" };
const OPERATE: Role = Role { name: "operate", allows: "minds all jobs" };

fn accounts() -> (Accounts, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    (Accounts::open(folder.path()).expect("accounts"), folder)
}

fn user_of(accounts: &Accounts, key: &str) -> Option<User> {
    let proof = Proof::Key(key.to_owned());
    accounts.by_proof(&proof).expect("an answer")
}

#[test]
fn a_key_is_shown_once_and_only_its_hash_is_kept() {
    let (accounts, folder) = accounts();
    let key = accounts.add("Ray", &[PRINT]).expect("an account");
    assert_eq!(key.len(), 64);
    let user = user_of(&accounts, &key).expect("a user");
    assert_eq!(user.name, "ray");
    assert!(user.has("print") && !user.has("operate"));
    for entry in std::fs::read_dir(folder.path()).expect("the folder") {
        let bytes = std::fs::read(entry.expect("a file").path());
        let bytes = bytes.expect("readable");
        let found = bytes.windows(key.len()).any(|part| part == key.as_bytes());
        assert!(!found, "a file holds the key");
    }
    // The hash itself is no key.
    let hash = crate::hex::encode(&hash(&key));
    assert_eq!(user_of(&accounts, &hash), None);
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let (accounts, folder) = accounts();
    accounts.add("ray", &[PRINT]).expect("an account");
    for entry in std::fs::read_dir(folder.path()).expect("the folder") {
        let mode = entry.expect("one").metadata().expect("one").permissions();
        assert_eq!(mode.mode() & 0o077, 0);
    }
}

#[test]
fn another_process_heeds_a_change_at_once() {
    let (here, folder) = accounts();
    let there = Accounts::open(folder.path()).expect("accounts");
    let key = there.add("ray", &[PRINT]).expect("an account");
    assert!(user_of(&here, &key).is_some());
    here.set_roles("RAY", &[OPERATE, PRINT]).expect("changed");
    assert!(user_of(&there, &key).expect("a user").has("operate"));
    there.revoke("ray").expect("revoked");
    assert_eq!(user_of(&here, &key), None);
    let listed = here.list().expect("a list");
    assert_eq!(listed.len(), 1);
    assert!(listed[0].revoked.is_some());
}

#[test]
fn a_name_belongs_to_one_person_for_ever() {
    let (accounts, _folder) = accounts();
    let first = accounts.add("ray", &[PRINT]).expect("an account");
    let error = accounts.add("RAY", &[PRINT]).expect_err("taken");
    assert!(matches!(error, AccountError::Exists(_)), "{error}");
    accounts.revoke("ray").expect("revoked");
    let error = accounts.add("ray", &[PRINT]).expect_err("taken");
    assert!(error.to_string().contains("stays theirs"), "{error}");
    // The same person comes back, with another key.
    let second = accounts.renew_key("ray").expect("a key");
    assert_eq!(user_of(&accounts, &first), None);
    assert_eq!(user_of(&accounts, &second).expect("ray").name, "ray");
    assert_eq!(accounts.get("ray").expect("ray").revoked, None);
}

#[test]
fn names_that_look_alike_or_break_a_protocol_are_none() {
    let (accounts, _folder) = accounts();
    let long = "a".repeat(65);
    for name in
        ["", "r\u{430}y", "ray:x", "ray x", "-ray", "ray\n", "räy", &long]
    {
        let error = accounts.add(name, &[PRINT]).expect_err(name);
        assert!(matches!(error, AccountError::Name), "{name}: {error}");
    }
    for name in ["r", "ray.stantz@example.com", "7", &long[1..]] {
        accounts.add(name, &[PRINT]).expect(name);
    }
    for name in ["administrator", "Administrator"] {
        let error = accounts.add(name, &[PRINT]).expect_err(name);
        assert!(matches!(error, AccountError::Administrator), "{error}");
        assert!(accounts.revoke(name).is_err());
    }
}

#[test]
fn a_new_key_or_none_ends_sessions_and_links() {
    let (accounts, _folder) = accounts();
    let key = accounts.add("ray", &[PRINT]).expect("an account");
    let begin = |id: &str, secret| {
        let begun = accounts.begin_session(&secret, id, now() + 60);
        begun.expect("an answer").map(|user| user.name)
    };
    let folder = tempfile::tempdir().expect("a folder");
    let server = crate::Key::open(folder.path()).expect("a key");
    let cookies = Cookies::new(&server, "ecto");
    let user = |id: &str| {
        let mut headers = axum::http::HeaderMap::new();
        let cookie = cookies.cookie(id, now() + 60).parse().expect("a value");
        headers.insert("cookie", cookie);
        let session = cookies.find(&headers, false).expect("a session");
        let proof = Proof::Session(session);
        accounts.by_proof(&proof).expect("an answer").map(|user| user.name)
    };
    let ray = Some("ray".to_owned());
    assert_eq!(begin("one", Secret::Key(key.clone())), ray);
    assert_eq!(user("one"), ray);
    accounts.keep_link("link", "ray", now() + 60).expect("kept");
    accounts.revoke("ray").expect("revoked");
    assert_eq!(user("one"), None);
    assert_eq!(begin("two", Secret::Key(key.clone())), None);
    assert_eq!(begin("two", Secret::Link("link".to_owned())), None);
    let error = accounts.keep_link("link", "ray", now() + 60);
    assert!(matches!(error, Err(AccountError::Revoked(_))));

    let key = accounts.renew_key("ray").expect("a key");
    assert_eq!(user("one"), None);
    accounts.keep_link("link", "ray", now() + 60).expect("kept");
    assert_eq!(begin("two", Secret::Link("link".to_owned())), ray);
    assert_eq!(begin("three", Secret::Link("link".to_owned())), None);
    assert_eq!(begin("three", Secret::Key(key)), ray);
    // There are not more sessions than a person has browsers.
    for number in 0..64 {
        let id = number.to_string();
        begin(&id, Secret::ServerKey);
    }
    assert_eq!(user("0"), Some("administrator".to_owned()));
    begin("64", Secret::ServerKey);
    assert_eq!(user("three"), ray);
}

#[test]
fn accounts_that_were_removed_let_nobody_in() {
    let (accounts, folder) = accounts();
    let key = accounts.add("ray", &[PRINT]).expect("an account");
    for name in ["accounts.db", "accounts.db-wal", "accounts.db-shm"] {
        std::fs::remove_file(folder.path().join(name)).expect("removed");
    }
    assert!(accounts.by_proof(&Proof::Key(key)).is_err());
    assert!(accounts.add("egon", &[PRINT]).is_err());
}
