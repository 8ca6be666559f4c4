//! Checks exercise 09.
