//! The user: the person or program that a request's key belongs to.

use std::fmt;

/// A role of an account: what its key is good for. Each program names its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    /// Its name, such as `print`.
    pub name: &'static str,
    /// What it allows, as the end of a sentence: "prints, and cancels its own
    /// jobs".
    pub allows: &'static str,
}

/// The roles of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles(Held);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Held {
    All,
    Named(Vec<String>),
}

impl Roles {
    /// Every role of the program, also of its later versions: those of the
    /// administrator.
    #[must_use]
    pub fn all() -> Roles {
        Roles(Held::All)
    }

    /// These roles and no others.
    #[must_use]
    pub fn named<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Roles {
        let mut names: Vec<String> =
            names.into_iter().map(Into::into).collect();
        names.sort();
        names.dedup();
        Roles(Held::Named(names))
    }

    /// Whether this role is one of them. No role contains another.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        match &self.0 {
            Held::All => true,
            Held::Named(names) => names.iter().any(|name| name == role),
        }
    }

    /// The names of those of `known` that are among them.
    pub fn among<'a>(
        &'a self,
        known: &'a [Role],
    ) -> impl Iterator<Item = &'static str> + 'a {
        known.iter().map(|role| role.name).filter(|name| self.has(name))
    }
}

/// `print, operate`, as a person reads it.
impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Held::All => f.write_str("every role"),
            Held::Named(names) if names.is_empty() => f.write_str("no role"),
            Held::Named(names) => f.write_str(&names.join(", ")),
        }
    }
}

/// The sender of a request. [`SignIn`](crate::SignIn) puts it into the extensions of each
/// request that it lets in with a key, and nobody else can: extensions are no
/// part of what a client sends. A request that was let in without a key has
/// none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The account's name, as it is compared and recorded.
    pub name: String,
    /// What the account may do.
    pub roles: Roles,
}

impl User {
    /// The name of the account that has the server's own key.
    pub const ADMINISTRATOR: &'static str = "administrator";

    /// Whoever has the server's own key.
    #[must_use]
    pub fn administrator() -> User {
        let name = User::ADMINISTRATOR.to_owned();
        User { name, roles: Roles::all() }
    }

    /// Whether the user may do what needs `role`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.has(role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [Role; 2] = [
        Role { name: "print", allows: "prints" },
        Role { name: "admin", allows: "makes accounts" },
    ];

    #[test]
    fn a_role_contains_no_other() {
        let roles = Roles::named(["admin", "admin"]);
        assert!(roles.has("admin"));
        assert!(!roles.has("print"));
        assert!(!roles.has("adm"));
        assert_eq!(roles.to_string(), "admin");
        assert_eq!(roles.among(&KNOWN).collect::<Vec<_>>(), ["admin"]);
        assert_eq!(Roles::named::<String>([]).to_string(), "no role");
    }

    #[test]
    fn the_administrator_has_roles_that_come_later_too() {
        let user = User::administrator();
        assert!(user.has("print") && user.has("not yet invented"));
        let names: Vec<_> = user.roles.among(&KNOWN).collect();
        assert_eq!(names, ["print", "admin"]);
    }
}
