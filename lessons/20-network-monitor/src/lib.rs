//! Lesson 20 leaves the part `network_monitor`.
