//! Cancelling tasks: at once, or when it suits them.

use tokio::sync::watch;
use tokio::{select, task::JoinSet, time::timeout};

use crate::story::{event, real, wait};

// ANCHOR: cancel
pub fn play() {
    crate::one_thread().block_on(async {
        // At once: each stops at the await where it is.
        let mut team = JoinSet::new();
        team.spawn(hunt("Peter Venkman"));
        team.spawn(hunt("Egon Spengler"));
        if timeout(real(2.0), team.join_next()).await.is_err() {
            event("main", "calls it off");
            team.shutdown().await;
            event("main", "nobody is out there");
        }

        // When it suits them: they are told, and finish what they are at.
        let (stop, stopped) = watch::channel(false);
        team.spawn(patrol("Peter Venkman", stopped.clone()));
        wait(0.5).await;
        team.spawn(patrol("Egon Spengler", stopped));
        wait(2.0).await;
        event("main", "asks them to come home");
        stop.send_replace(true);
        team.join_all().await;
        event("main", "nobody is out there");
    });
}

async fn hunt(me: &'static str) {
    let _beam = Beam(me);
    event(me, "switches the beam on");
    wait(60.0).await;
    event(me, "has a ghost in the trap");
}

/// A beam that is on. Its drop switches it off, also in a cancelled task.
struct Beam(&'static str);

impl Drop for Beam {
    fn drop(&mut self) {
        event(self.0, "switches the beam off");
    }
}

async fn patrol(me: &str, mut stopped: watch::Receiver<bool>) {
    loop {
        // Here he may be called off ...
        select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            () = wait(1.5) => event(me, "meets a ghost"),
        }
        // ... and here not.
        wait(2.0).await;
        event(me, "has it in the trap");
    }
    event(me, "comes home");
}
// ANCHOR_END: cancel
