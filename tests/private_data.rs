//! What a server keeps is for its owner alone, whoever made the folder.

use std::process::ExitCode;

use harness::suite;

fn main() -> ExitCode {
    #[cfg(unix)]
    let tests = unix::tests();
    #[cfg(not(unix))]
    let tests = Vec::new();
    suite(tests)
}

#[cfg(unix)]
mod unix {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::path::Path;
    use std::process::Command;

    use harness::{PrintServer, Running, Test, program, scratch, test};

    pub fn tests() -> Vec<Test> {
        vec![
            test!(a_folder_that_was_there_is_for_its_owner_alone),
            test!(a_folder_that_all_users_share_is_refused),
            test!(a_pipe_as_key_is_refused_and_not_waited_for),
            test!(a_key_of_another_user_is_refused),
        ]
    }

    fn open_to_all(folder: &Path) {
        fs::set_permissions(folder, Permissions::from_mode(0o755))
            .expect("its owner may");
    }

    fn a_folder_that_was_there_is_for_its_owner_alone() {
        let data = scratch();
        open_to_all(data.path());
        fs::create_dir(data.path().join("spool")).expect("made");
        open_to_all(&data.path().join("spool"));
        let server = PrintServer::start(data.path(), &[]);
        let job = server.print("report.pdf", &[("pages", "1")]);
        server.wait_for_state(&job, "printed");
        let mut seen = 0;
        let mut left = vec![data.path().to_owned()];
        while let Some(path) = left.pop() {
            let Ok(about) = fs::symlink_metadata(&path) else { continue };
            let mode = about.permissions().mode() & 0o777;
            let made_before = path.ends_with("spool");
            assert!(made_before || mode & 0o077 == 0, "{path:?}: {mode:o}");
            seen += 1;
            if about.is_dir() {
                let entries = fs::read_dir(path).expect("a folder");
                left.extend(entries.map(|it| it.expect("an entry").path()));
            }
        }
        // The queue, the spool, the tray, and what is in them.
        assert!(seen > 8, "{seen}");
    }

    /// Starts a server that will not run, and returns what it says.
    fn refusal(data: &Path, pattern: &str) -> String {
        refusal_of(&mut Command::new(program("print-server")), data, pattern)
    }

    fn refusal_of(command: &mut Command, data: &Path, pattern: &str) -> String {
        command.arg("--data").arg(data).args(["--listen", "127.0.0.1:0"]);
        let mut refused = Running::start(command);
        let said = refused.wait_for_line(pattern);
        assert!(!refused.wait_for_end().success());
        said
    }

    fn a_folder_that_all_users_share_is_refused() {
        let data = scratch();
        fs::set_permissions(data.path(), Permissions::from_mode(0o1777))
            .expect("its owner may");
        let mut command = Command::new(program("print-server"));
        command.env("TMPDIR", data.path());
        let said = refusal_of(&mut command, data.path(), "cannot keep data.*");
        assert!(said.contains("all users put files into it"), "{said}");
        assert!(said.contains("--data"), "{said}");
    }

    fn a_pipe_as_key_is_refused_and_not_waited_for() {
        let data = scratch();
        let key = data.path().join("key");
        let mut mkfifo = Command::new("mkfifo");
        let made = mkfifo.arg("-m").arg("600").arg(&key).status();
        assert!(made.is_ok_and(|status| status.success()), "mkfifo");
        let said = refusal(data.path(), "cannot use the key.*");
        assert!(said.contains("it is no file"), "{said}");
    }

    fn a_key_of_another_user_is_refused() {
        let data = scratch();
        let key = data.path().join("key");
        fs::write(&key, "0123456789abcdef".repeat(4)).expect("written");
        fs::set_permissions(&key, Permissions::from_mode(0o600))
            .expect("its owner may");
        if chown(&key, Some(12345), None).is_err() {
            println!("only root can give a file away: not tried");
            return;
        }
        let said = refusal(data.path(), "cannot use the key.*");
        assert!(said.contains("another user"), "{said}");
    }
}
