//! Our speed-test server, byte by byte.
