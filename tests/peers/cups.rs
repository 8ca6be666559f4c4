//! A private CUPS: its own folders, port, and one raw queue.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::http::Connection;
use crate::{Result, apt, print_job};

/// A printer that takes PCL XL in colour at 600 dpi: what `gstopxl` of
/// cups-filters makes of a PDF. Nobody is asked about toner by SNMP, which would
/// wait for an answer for 4 s.
const PXL: &str = "*PPD-Adobe: \"4.3\"
*FormatVersion: \"4.3\"
*FileVersion: \"1.0\"
*LanguageVersion: English
*LanguageEncoding: ISOLatin1
*PCFileName: \"PXL.PPD\"
*Manufacturer: \"Generic\"
*Product: \"(PCL XL)\"
*ModelName: \"Generic PCL XL\"
*ShortNickName: \"Generic PCL XL\"
*NickName: \"Generic PCL XL\"
*PSVersion: \"(3010.000) 0\"
*LanguageLevel: \"3\"
*ColorDevice: True
*DefaultColorSpace: RGB
*FileSystem: False
*cupsVersion: 2.4
*cupsSNMPSupplies: False
*cupsFilter: \"application/vnd.cups-pdf 0 gstopxl\"
*OpenUI *Resolution/Resolution: PickOne
*DefaultResolution: 600dpi
*Resolution 600dpi/600: \"<</HWResolution[600 600]>>setpagedevice\"
*CloseUI: *Resolution
*OpenUI *PageSize/Media Size: PickOne
*DefaultPageSize: A4
*PageSize A4/A4: \"<</PageSize[595 842]>>setpagedevice\"
*CloseUI: *PageSize
*OpenUI *PageRegion/Media Size: PickOne
*DefaultPageRegion: A4
*PageRegion A4/A4: \"<</PageSize[595 842]>>setpagedevice\"
*CloseUI: *PageRegion
*DefaultImageableArea: A4
*ImageableArea A4/A4: \"12 12 583 830\"
*DefaultPaperDimension: A4
*PaperDimension A4/A4: \"595 842\"
*cupsLanguages: \"en\"
";

/// A running cupsd, ended on drop.
pub struct Cups {
    pub address: SocketAddr,
    server: Child,
}

impl Cups {
    /// Starts cupsd in `folder` with two queues that print to `printer`: `raw`,
    /// and `pxl`, which turns documents into PCL XL.
    pub fn start(
        folder: &Path,
        printer: SocketAddr,
        safe: bool,
    ) -> Result<Cups> {
        apt::need("cupsd", "cups-daemon")?;
        apt::need("lp", "cups-client")?;
        // The way to port 9100; the filters come with it.
        apt::need("/usr/lib/cups/backend/socket", "cups")?;
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
             Accepting Yes\n</Printer>\n\
             <Printer pxl>\nDeviceURI socket://{printer}\nState Idle\n\
             Accepting Yes\n</Printer>\n"
        );
        fs::write(folder.join("etc/cups-files.conf"), files)?;
        fs::write(folder.join("etc/cupsd.conf"), main)?;
        fs::write(folder.join("etc/printers.conf"), queue)?;
        fs::create_dir_all(folder.join("etc/ppd"))?;
        fs::write(folder.join("etc/ppd/pxl.ppd"), PXL)?;
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

    /// Sends a document to the raw queue.
    pub fn print(
        &self,
        connection: &mut Connection,
        document: &[u8],
    ) -> Result<()> {
        let format = "application/octet-stream";
        let address = self.address;
        print_job::send(connection, address, "/printers/raw", format, document)
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
