//! Account track and user authentication: who may print, once somebody has
//! switched them on.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// Wrong passwords in a row after which an account is locked.
const MOST_WRONG: u32 = 3;

/// The departments and the users that the machine knows, each with its
/// password. While there is no department, account track is switched off, and
/// likewise user authentication.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    /// The password of each department.
    pub departments: BTreeMap<String, String>,
    /// The password of each user.
    pub users: BTreeMap<String, String>,
}

/// Names them, and no password.
impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts")
            .field("departments", &self.departments.keys())
            .field("users", &self.users.keys())
            .finish()
    }
}

/// A name and a password, as a job has set them.
#[derive(Default)]
pub struct Credentials {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
}

/// The wrong passwords since the last right one, for each account.
#[derive(Default)]
pub struct WrongPasswords(BTreeMap<String, u32>);

impl WrongPasswords {
    /// Whether `said` names one of `accounts` that is not locked, with its
    /// password. With no accounts at all it does not matter.
    pub fn admit(
        &mut self,
        kind: &str,
        accounts: &BTreeMap<String, String>,
        said: &Credentials,
    ) -> bool {
        if accounts.is_empty() {
            return true;
        }
        let Some(password) = accounts.get(&said.name) else { return false };
        let wrong = self.0.entry(format!("{kind} {}", said.name)).or_default();
        if *password == said.password && *wrong < MOST_WRONG {
            *wrong = 0;
            return true;
        }
        *wrong += 1;
        false
    }

    /// The accounts that are locked, such as `department sales`.
    #[must_use]
    pub fn locked(&self) -> Vec<String> {
        let is_locked = |(_, wrong): &(&String, &u32)| **wrong >= MOST_WRONG;
        self.0.iter().filter(is_locked).map(|(name, _)| name.clone()).collect()
    }

    /// Unlocks all accounts.
    pub fn forget(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_wrong_passwords_lock_an_account_until_it_is_unlocked() {
        let sales = ("sales".to_owned(), "1984".to_owned());
        let accounts = BTreeMap::from([sales]);
        let mut wrong = WrongPasswords::default();
        let admit = |wrong: &mut WrongPasswords, password: &str| {
            let (name, password) = ("sales".to_owned(), password.to_owned());
            let said = Credentials { name, password };
            wrong.admit("department", &accounts, &said)
        };
        assert!(!admit(&mut wrong, "1") && !admit(&mut wrong, "2"));
        // The right one begins anew.
        assert!(admit(&mut wrong, "1984"));
        for password in ["1", "2", "3"] {
            assert!(!admit(&mut wrong, password));
        }
        assert!(!admit(&mut wrong, "1984"));
        assert_eq!(wrong.locked(), ["department sales"]);
        wrong.forget();
        assert!(admit(&mut wrong, "1984"));
    }

    #[test]
    fn without_accounts_everybody_prints_and_with_them_no_stranger_does() {
        let mut wrong = WrongPasswords::default();
        let nobody = Credentials::default();
        assert!(wrong.admit("user", &BTreeMap::new(), &nobody));
        let egon = ("egon".to_owned(), "spores".to_owned());
        assert!(!wrong.admit("user", &BTreeMap::from([egon]), &nobody));
    }
}
