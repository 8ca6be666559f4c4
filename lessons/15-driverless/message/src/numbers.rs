//! The numbers: enumerations whose values have numbers in IPP.

/// Writes an enum of which each variant is a number of IPP.
#[macro_export]
macro_rules! numbers {
    ($(#[$about:meta])* $name:ident {
        $($(#[$doc:meta])* $variant:ident = $number:literal),* $(,)?
    }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$doc])* $variant = $number),* }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// Its number in IPP.
            #[must_use]
            pub fn number(self) -> i32 {
                self as i32
            }

            /// The one with this number.
            #[must_use]
            pub fn from_number(number: i32) -> Option<$name> {
                match number { $($number => Some($name::$variant),)* _ => None }
            }
        }
    };
}
