//! The keyword: a setting's value as IPP, forms and files write it.

/// A text that is none of a setting's values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no {what}: say {}", known.join(", "))]
pub struct UnknownKeyword {
    /// The text, or its beginning.
    pub text: String,
    /// What the text was to be: "scaling".
    pub what: &'static str,
    /// What it could have been.
    pub known: Vec<&'static str>,
}

impl UnknownKeyword {
    pub(crate) fn new(
        text: &str,
        what: &'static str,
        known: Vec<&'static str>,
    ) -> UnknownKeyword {
        let text = text.chars().take(40).collect();
        UnknownKeyword { text, what, known }
    }
}

/// Gives an enumeration `ALL`, `keyword`, `Display` and `FromStr`.
macro_rules! keywords {
    ($name:ident, $what:literal, $($variant:ident = $keyword:literal,)+) => {
        impl $name {
            /// Every value.
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// The value's keyword.
            #[must_use]
            pub fn keyword(self) -> &'static str {
                match self {
                    $($name::$variant => $keyword,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.keyword())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownKeyword;

            fn from_str(text: &str) -> Result<$name, $crate::UnknownKeyword> {
                let same = |one: &&$name| one.keyword() == text;
                $name::ALL.iter().find(same).copied().ok_or_else(|| {
                    let known = $name::ALL.iter().map(|one| one.keyword());
                    $crate::UnknownKeyword::new(text, $what, known.collect())
                })
            }
        }
    };
}

pub(crate) use keywords;
