//! A link of known speed that needs no root.
