//! The sandbox: shuts the child off from files and from the network.
//!
//! Landlock (`man 7 landlock`) lets a process give up rights for ever, with
//! no need to be root: opening files since Linux 5.13, TCP since 6.7, signals
//! to other processes since 6.12, UDP since 7.2. Each kernel gives up what it
//! can; what that is says [`isolation`](super::isolation()), which tries.
//! Whether a file exists, and how large it is, can still be asked.

use std::path::PathBuf;

/// What a child may still do. Folders that do not exist are left out.
#[derive(Default)]
pub(super) struct Allowed {
    /// What it may read.
    pub readable: Vec<PathBuf>,
    /// Whose programs it may read and run, because another program needs them.
    pub programs: Vec<PathBuf>,
    /// What it may read, write and remove.
    pub writable: Vec<PathBuf>,
    /// Where it may make sockets for its own processes.
    pub sockets: Vec<PathBuf>,
}

/// Gives up every right that this kernel can take from a process, except those
/// that are `allowed`. Files that are open stay open. Counts for the calling
/// thread and those that it starts: call it before the first.
#[cfg(target_os = "linux")]
// ANCHOR: sandbox
pub(super) fn enter(allowed: &Allowed) -> Result<(), landlock::RulesetError> {
    use landlock::{
        ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr,
        RulesetCreatedAttr, Scope, path_beneath_rules,
    };

    // What the newest kernel can take; an older one takes what it knows.
    let abi = ABI::V10;
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let Allowed { readable, programs, writable, sockets } = allowed;
    Ruleset::default()
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .scope(Scope::from_all(abi))?
        .create()?
        .add_rules(path_beneath_rules(readable, read))?
        .add_rules(path_beneath_rules(programs, read | AccessFs::Execute))?
        .add_rules(path_beneath_rules(writable, AccessFs::from_all(abi)))?
        .add_rules(path_beneath_rules(sockets, AccessFs::MakeSock))?
        .restrict_self()?;
    Ok(())
}
// ANCHOR_END: sandbox

/// Other systems have no Landlock.
#[cfg(not(target_os = "linux"))]
pub(super) fn enter(_: &Allowed) -> Result<(), std::convert::Infallible> {
    Ok(())
}
