//! A speed-test server for four families of clients.
