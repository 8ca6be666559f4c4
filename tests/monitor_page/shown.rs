//! A monitor that measures nothing and shows what a test says.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use dashboard::api::{Occurrence, Outage, Status};
use dashboard::{Feed, NotSent, NotStarted, Source, page};
use harness::scratch;
use history::{History, Retention};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// A server of the page that shows what it is told.
pub struct Shown {
    monitor: Told,
    address: SocketAddr,
    _runtime: Runtime,
    _data: TempDir,
}

/// What it is told. Clones are the same.
#[derive(Clone)]
struct Told {
    status: Arc<Mutex<Status>>,
    windows: Arc<Vec<Occurrence>>,
    outages: Arc<Vec<Outage>>,
    history: Arc<History>,
    feed: Feed,
}

impl Shown {
    /// Shows this from now on.
    pub fn start(
        status: Status,
        windows: Vec<Occurrence>,
        outages: Vec<Outage>,
    ) -> Shown {
        let data = scratch();
        let history = History::open(data.path(), &Retention::default());
        let monitor = Told {
            status: Arc::new(Mutex::new(status)),
            windows: Arc::new(windows),
            outages: Arc::new(outages),
            history: Arc::new(history.expect("a history")),
            feed: Feed::new(),
        };
        let runtime = Runtime::new().expect("threads");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"));
        let listener = listener.expect("a port");
        let address = listener.local_addr().expect("an address");
        let app: Router =
            page::routes().merge(dashboard::routes(monitor.clone()));
        runtime.spawn(async move { axum::serve(listener, app).await });
        Shown { monitor, address, _runtime: runtime, _data: data }
    }

    /// Where the page is.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Shows something else.
    pub fn change(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.monitor.status.lock().expect("no panic"));
        self.monitor.feed.status_changed();
    }
}

impl Source for Told {
    fn status(&self) -> Status {
        let mut status = self.status.lock().expect("no panic").clone();
        status.now = network_monitor::now();
        status
    }

    fn history(&self) -> &History {
        &self.history
    }

    fn feed(&self) -> &Feed {
        &self.feed
    }

    fn windows(&self, _from: i64, _to: i64) -> Vec<Occurrence> {
        self.windows.to_vec()
    }

    fn outages(
        &self,
        _target: Option<&str>,
        _from: i64,
        _to: i64,
    ) -> Result<Vec<Outage>, history::Error> {
        Ok(self.outages.to_vec())
    }

    fn start_test(&self, name: &str) -> Result<(), NotStarted> {
        Err(NotStarted::Unknown(name.to_owned()))
    }

    async fn test_notifier(&self, name: &str) -> Result<(), NotSent> {
        Err(NotSent::Unknown(name.to_owned()))
    }

    async fn stopped(&self) {
        std::future::pending().await
    }
}
