//! A private CUPS: its own folders, port, and one raw queue.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::http::Connection;
use crate::{Result, apt};

/// A running cupsd, ended on drop.
pub struct Cups {
    pub address: SocketAddr,
    server: Child,
}

impl Cups {
    /// Starts cupsd in `folder` with a raw queue that prints to `printer`.
    pub fn start(
        folder: &Path,
        printer: SocketAddr,
        safe: bool,
    ) -> Result<Cups> {
        apt::need("cupsd", "cups-daemon")?;
        apt::need("lp", "cups-client")?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        for name in ["etc", "spool", "spool/tmp", "cache", "state", "log"] {
            fs::create_dir_all(folder.join(name))?;
        }
        let f = folder.display();
        // As shipped, job files are written up to 30 s late, never synced.
        let (sync, late) = if safe { ("Yes", 0) } else { ("No", 30) };
        let files = format!(
            "ServerRoot {f}/etc\nRequestRoot {f}/spool\nTempDir {f}/spool/tmp\n\
             CacheDir {f}/cache\nStateDir {f}/state\nAccessLog {f}/log/access\n\
             ErrorLog {f}/log/error\nPageLog {f}/log/page\n\
             SyncOnClose {sync}\n"
        );
        let main = format!(
            "Listen {address}\nDirtyCleanInterval {late}\nBrowsing No\nMaxJobs 0\nDefaultAuthType None\n\
             <Location />\nOrder allow,deny\nAllow all\n</Location>\n"
        );
        let queue = format!(
            "<Printer raw>\nDeviceURI socket://{printer}\nState Idle\n\
             Accepting Yes\n</Printer>\n"
        );
        fs::write(folder.join("etc/cups-files.conf"), files)?;
        fs::write(folder.join("etc/cupsd.conf"), main)?;
        fs::write(folder.join("etc/printers.conf"), queue)?;
        let server = Command::new("/usr/sbin/cupsd")
            .arg("-f")
            .arg("-c")
            .arg(folder.join("etc/cupsd.conf"))
            .arg("-s")
            .arg(folder.join("etc/cups-files.conf"))
            .stdin(Stdio::null())
            .spawn()?;
        let cups = Cups { address, server };
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            if start.elapsed() > Duration::from_secs(20) {
                return Err(format!("cupsd does not start: see {f}/log").into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(cups)
    }

    /// Process id of cupsd.
    pub fn pid(&self) -> u32 {
        self.server.id()
    }

    /// The command of an ordinary user: `lp`.
    pub fn lp(&self, file: &Path) -> Result<()> {
        let status = Command::new("lp")
            .args(["-h", &self.address.to_string(), "-d", "raw", "--"])
            .arg(file)
            .stdout(Stdio::null())
            .status()?;
        if status.success() { Ok(()) } else { Err("lp failed".into()) }
    }

    /// Sends a document as Print-Job (RFC 8011, section 4.2.1).
    pub fn print(
        &self,
        connection: &mut Connection,
        document: &[u8],
    ) -> Result<()> {
        let fields = "Content-Type: application/ipp\r\n";
        let body = [&self.print_job()[..], document];
        let (status, reply) =
            connection.post("/printers/raw", fields, &body)?;
        match (status, reply.get(2..4)) {
            (200, Some([0, 0])) => Ok(()), // successful-ok
            (status, ipp) => Err(format!("CUPS: {status}, {ipp:?}").into()),
        }
    }

    fn print_job(&self) -> Vec<u8> {
        // Version 2.0, operation Print-Job, request 1, operation attributes.
        let mut bytes = vec![2, 0, 0, 2, 0, 0, 0, 1, 1];
        let uri = format!("ipp://{}/printers/raw", self.address);
        for (tag, name, value) in [
            (0x47, "attributes-charset", "utf-8"),
            (0x48, "attributes-natural-language", "en"),
            (0x45, "printer-uri", &uri),
            (0x42, "requesting-user-name", "peter"),
            (0x42, "job-name", "lease.pdf"),
            (0x49, "document-format", "application/octet-stream"),
        ] {
            bytes.push(tag);
            for text in [name, value] {
                let length = u16::try_from(text.len()).expect("short text");
                bytes.extend(length.to_be_bytes());
                bytes.extend(text.as_bytes());
            }
        }
        bytes.push(3); // end of attributes
        bytes
    }
}

impl Drop for Cups {
    fn drop(&mut self) {
        // SIGTERM, so that cupsd ends its own children too.
        let pid = self.pid().to_string();
        let _ = Command::new("kill").arg(pid).status();
        let _ = self.server.wait();
    }
}
