//! The sandbox: shuts the child off from files and from the network.
//!
//! Landlock (`man 7 landlock`) lets a process give up rights for ever, with
//! no need to be root: opening files since Linux 5.13, TCP since 6.7, signals
//! to other processes since 6.12, UDP since 7.2. Each kernel gives up what it
//! can; what that is says [`isolation`](super::isolation()), which tries.
//! Whether a file exists, and how large it is, can still be asked.

use std::path::PathBuf;

/// Gives up every right that this kernel can take from a process, except to
/// read what is in `readable_folders`, and to read and to run programs in those
/// that a second renderer needs. Folders that do not exist are left out. Files
/// that are open stay open. Counts for the calling thread and those that it
/// starts: call it before the first.
#[cfg(target_os = "linux")]
// ANCHOR: sandbox
pub(super) fn enter(
    readable_folders: &[PathBuf],
    programs: &[PathBuf],
) -> Result<(), landlock::RulesetError> {
    use landlock::{
        ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr,
        RulesetCreatedAttr, Scope, path_beneath_rules,
    };

    // What the newest kernel can take; an older one takes what it knows.
    let abi = ABI::V10;
    let readable = AccessFs::ReadFile | AccessFs::ReadDir;
    Ruleset::default()
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .scope(Scope::from_all(abi))?
        .create()?
        .add_rules(path_beneath_rules(readable_folders, readable))?
        .add_rules(path_beneath_rules(programs, readable | AccessFs::Execute))?
        .restrict_self()?;
    Ok(())
}
// ANCHOR_END: sandbox

/// Other systems have no Landlock.
#[cfg(not(target_os = "linux"))]
pub(super) fn enter(
    _readable_folders: &[PathBuf],
    _programs: &[PathBuf],
) -> Result<(), std::convert::Infallible> {
    Ok(())
}
