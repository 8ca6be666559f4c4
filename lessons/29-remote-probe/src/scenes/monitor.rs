//! A monitor that measures nothing itself: it takes what a probe sends.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use history::{History, HistoryQuery, Retention};
use jiff::Timestamp;
use remote_probe::{Delivery, Intake, PlaceKey, Places, routes, series};
use sign_in::{Key, Role, SignIn};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::probe::{TARGET, TEN_O_CLOCK};
use crate::Result;

/// The place of the one probe.
const PLACE: &str = "home";
/// What a probe's key is good for.
const PROBE: Role = Role { name: "probe", allows: "sends what it measures" };

/// A monitor that runs until the program ends.
pub struct Monitor {
    address: SocketAddr,
    key: PlaceKey,
    history: Arc<History>,
    /// How many samples it has taken.
    taken: watch::Receiver<usize>,
    runtime: Runtime,
    // Goes last.
    _folder: TempDir,
}

/// The monitor as its probe sees it.
#[derive(Clone)]
struct Desk {
    intake: Intake,
    taken: watch::Sender<usize>,
}

// ANCHOR: desk
impl Places for Desk {
    type Target = &'static str;

    fn orders(&self, place: &str) -> Option<(Vec<&'static str>, u64)> {
        (place == PLACE).then(|| (vec![TARGET], 10_000))
    }

    fn take(
        &self,
        place: &str,
        delivery: Delivery,
    ) -> remote_probe::Result<u64> {
        let accepted = self.intake.take(place, delivery)?;
        self.taken.send_modify(|taken| *taken += accepted.samples.len());
        Ok(accepted.taken)
    }
}
// ANCHOR_END: desk

impl Monitor {
    /// Starts one with an empty history.
    pub fn start() -> Result<Monitor> {
        let folder = tempfile::tempdir()?;
        let data = folder.path();
        let history = Arc::new(History::open(data, &Retention::default())?);
        let sign_in = SignIn::open(data, Key::open(data)?, "lesson29")?;
        let key = sign_in.accounts().add(PLACE, &[PROBE])?;
        let key = PlaceKey::new(PLACE, &key);
        let (sender, taken) = watch::channel(0);
        let desk = Desk { intake: Intake::new(history.clone()), taken: sender };
        // Whoever has another key is refused.
        let app = sign_in.require(PROBE.name, routes(desk));
        let app: Router = sign_in.protect(app);

        let runtime = Runtime::new()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        runtime.spawn(async move { axum::serve(listener, app).await });
        Ok(Monitor { address, key, history, taken, runtime, _folder: folder })
    }

    /// Where it answers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Writes the key of its probe into a file that only its owner can read.
    pub fn write_key(&self, path: &Path) -> Result<()> {
        use std::io::Write;
        let mut file = tempfile::NamedTempFile::new()?;
        writeln!(file, "{}", self.key.line())?;
        file.persist(path)?;
        Ok(())
    }

    /// How many samples its history has.
    pub fn samples(&self) -> usize {
        *self.taken.borrow()
    }

    /// Waits until its history has so many.
    pub fn wait_for(&self, samples: usize) -> Result<()> {
        let mut taken = self.taken.clone();
        self.runtime
            .block_on(async move {
                taken.wait_for(|taken| *taken >= samples).await.map(drop)
            })
            .map_err(Into::into)
    }

    /// What its history has of each ten seconds: when they began, how many
    /// samples, and how many of them were lost.
    pub fn tens(&self) -> Result<Vec<(String, u64, u64)>> {
        let to = TEN_O_CLOCK + 80_000;
        let mut query = HistoryQuery::new("ping", TEN_O_CLOCK, to);
        query.target = Some(series(TARGET, PLACE));
        query.step = Some(10_000);
        let columns = self.history.query(&query)?;
        let mut tens = Vec::new();
        for (at, time) in columns.times.iter().enumerate() {
            let time = Timestamp::from_millisecond(*time)?;
            let time = time.strftime("%H:%M:%S").to_string();
            let (count, failed) = (columns.count[at], columns.failed[at]);
            tens.push((time, count, failed));
        }
        Ok(tens)
    }
}
