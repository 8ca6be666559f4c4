//! The number of files that the program may have open, connections included.

/// Raises the limit as far as the system permits without a privilege. Most
/// systems begin with 1,024, because of programs of long ago that count no
/// further.
pub(crate) fn raise_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        // It stays as it was where the system refuses.
        let _ = setrlimit(Resource::Nofile, limit);
    }
}
