//! Whole conversations, over a real socket, with a spooler in memory.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use flate2::write::GzEncoder;
use ipp::attribute::IppAttributeGroup;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_stream::StreamExt;

use super::*;
use crate::{
    Access, Activity, Authentication, ColorMode, Condition, Description,
    Document, Finishing, MediaChoice, Paper, Pin, Sides, Ticket,
};
use ipp_message::attribute_reader::read_groups;

const PRINT_JOB: u8 = 0x02;
const VALIDATE_JOB: u8 = 0x04;
const CREATE_JOB: u8 = 0x05;
const SEND_DOCUMENT: u8 = 0x06;
const CANCEL_JOB: u8 = 0x08;
const GET_JOB_ATTRIBUTES: u8 = 0x09;
const GET_JOBS: u8 = 0x0a;
const GET_PRINTER_ATTRIBUTES: u8 = 0x0b;
const PAUSE_PRINTER: u8 = 0x10;
const CANCEL_MY_JOBS: u8 = 0x39;
const CLOSE_JOB: u8 = 0x3b;

/// Keeps jobs and documents in memory, and prints none.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    jobs: Vec<Job>,
    documents: Vec<Vec<u8>>,
    reserved: u32,
    paused: bool,
    /// How many documents have begun to come.
    begun: u32,
}

impl Memory {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().expect("no test panics with it")
    }

    fn change(&self, id: u32, state: JobState) -> Result<(), Refusal> {
        let mut kept = self.kept();
        let job = kept.jobs.iter_mut().find(|job| job.id == id);
        job.ok_or_else(no_such_job)?.state = state;
        Ok(())
    }
}

impl Spooler for Memory {
    fn condition(&self) -> Result<Condition, Refusal> {
        Ok(Condition {
            activity: Activity::Idle,
            reasons: Vec::new(),
            message: String::new(),
            accepting: true,
            queued: 0,
            ready: Vec::new(),
            supplies: Vec::new(),
        })
    }

    fn check(&self, ticket: &Ticket) -> Result<(), Refusal> {
        match ticket.owner.as_deref() {
            Some("poor") => {
                Err(Refusal::new(Status::AccountLimitReached, "no pages left"))
            }
            _ => Ok(()),
        }
    }

    fn reserve(&self) -> Result<u32, Refusal> {
        let mut kept = self.kept();
        kept.reserved += 1;
        Ok(kept.reserved)
    }

    async fn submit(
        &self,
        ticket: Ticket,
        document: Document,
        reserved: Option<u32>,
    ) -> Result<Job, Refusal> {
        self.kept().begun += 1;
        let mut body = document.body.into_data_stream();
        let mut whole = Vec::new();
        while let Some(piece) = body.next().await {
            let broken = |_| Refusal::new(Status::BadRequest, "broken off");
            whole.extend(piece.map_err(broken)?);
        }
        let id = match reserved {
            Some(id) => id,
            None => self.reserve()?,
        };
        let job = Job {
            id,
            state: JobState::Pending,
            reasons: Vec::new(),
            message: String::new(),
            ticket,
            format: Some(document.format),
            bytes: whole.len() as u64,
            impressions: None,
            impressions_completed: 0,
            sheets: None,
            sheets_completed: 0,
            asked_at: now(),
            begun_at: None,
            ended_at: None,
        };
        let mut kept = self.kept();
        kept.documents.push(whole);
        kept.jobs.push(job.clone());
        Ok(job)
    }

    fn job(&self, id: u32) -> Result<Option<Job>, Refusal> {
        Ok(self.kept().jobs.iter().find(|job| job.id == id).cloned())
    }

    fn jobs(
        &self,
        wanted: &dyn Fn(&Job) -> bool,
        limit: usize,
    ) -> Result<Vec<Job>, Refusal> {
        let kept = self.kept();
        let jobs = kept.jobs.iter().rev().filter(|job| wanted(job));
        Ok(jobs.take(limit).cloned().collect())
    }

    fn cancel(&self, id: u32) -> Result<(), Refusal> {
        self.change(id, JobState::Canceled)
    }

    fn hold(&self, id: u32) -> Result<(), Refusal> {
        self.change(id, JobState::Held)
    }

    fn release(&self, id: u32) -> Result<(), Refusal> {
        self.change(id, JobState::Pending)
    }

    fn restart(&self, id: u32) -> Result<(), Refusal> {
        self.change(id, JobState::Pending)
    }

    fn resubmit(&self, _: u32, _: Ticket) -> Result<Job, Refusal> {
        Err(Refusal::new(Status::NotPossible, "not here"))
    }

    fn pause(&self) -> Result<(), Refusal> {
        self.kept().paused = true;
        Ok(())
    }

    fn resume(&self) -> Result<(), Refusal> {
        self.kept().paused = false;
        Ok(())
    }

    fn identify(&self, _: &str) -> Result<(), Refusal> {
        Ok(())
    }
}

fn description(authentication: Authentication) -> Description {
    Description {
        name: "Third floor".to_owned(),
        info: String::new(),
        location: String::new(),
        maker: "Ours".to_owned(),
        model: "1".to_owned(),
        uuid: [7; 16],
        firmware: "1".to_owned(),
        more_info: "/".to_owned(),
        formats: vec!["application/octet-stream", "application/pdf"],
        raster_types: Vec::new(),
        most_copies: 9,
        uncollated: false,
        sides: Sides::ALL.to_vec(),
        color_modes: ColorMode::ALL.to_vec(),
        papers: vec![Paper::A4, Paper::LETTER],
        trays: vec!["tray-1", "tray-2"],
        kinds: vec!["stationery"],
        margin: 420,
        borderless: false,
        page_ranges: true,
        orientations: Vec::new(),
        scalings: Vec::new(),
        qualities: Vec::new(),
        resolutions: vec![600],
        finishings: vec![Finishing::Staple],
        number_up: vec![1],
        banners: false,
        pins: true,
        pages_per_minute: (1, 1),
        largest_document: 1 << 20,
        access: vec![Access { tls: false, authentication }],
    }
}

/// A printer that lets requests in as those of `requester`.
struct Printer {
    address: SocketAddr,
    memory: Memory,
}

impl Printer {
    /// Everybody who asks gets in as each of these, on a port of its own.
    async fn start<const N: usize>(
        requesters: [Option<Requester>; N],
        authentication: Authentication,
    ) -> [Printer; N] {
        let memory = Memory::default();
        let description = description(authentication);
        let printer =
            IppPrinter::new("/ipp/print", description, memory.clone());
        let router = printer.router();
        let mut printers = Vec::new();
        for requester in requesters {
            let router = match requester {
                Some(requester) => router.clone().layer(Extension(requester)),
                None => router.clone(),
            };
            let address = serve(router).await.expect("a port");
            printers.push(Printer { address, memory: memory.clone() });
        }
        printers.try_into().ok().expect("one for each")
    }

    /// A printer for one guest.
    async fn open() -> Printer {
        let guest = Some(Requester::default());
        let [printer] = Printer::start([guest], Authentication::None).await;
        printer
    }

    async fn connect(&self, bytes: usize) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.expect("up");
        let head = format!(
            "POST /ipp/print HTTP/1.1\r\nHost: printer\r\nConnection: close\
             \r\nContent-Type: application/ipp\r\nContent-Length: {bytes}\
             \r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        stream
    }

    /// The first line of HTTP, and the body.
    async fn post(&self, message: &[u8]) -> (String, Vec<u8>) {
        let mut stream = self.connect(message.len()).await;
        stream.write_all(message).await.expect("sent");
        answer_of(stream).await
    }

    async fn ask(&self, message: &Message) -> Reply {
        let (line, body) = self.post(&message.to_bytes()).await;
        assert_eq!(line, "HTTP/1.1 200 OK");
        Reply::read(&body)
    }
}

async fn serve(router: Router) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

async fn answer_of(mut stream: TcpStream) -> (String, Vec<u8>) {
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await.expect("an answer");
    let end = reply.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let body = reply.split_off(end.expect("a head") + 4);
    let head = String::from_utf8_lossy(&reply);
    (head.lines().next().unwrap_or_default().to_owned(), body)
}

/// A request in the making.
#[derive(Clone)]
struct Message {
    bytes: Vec<u8>,
    document: Vec<u8>,
}

impl Message {
    fn new(operation: u8) -> Message {
        let bytes = vec![2, 0, 0, operation, 0, 0, 0, 5, 0x01];
        let message = Message { bytes, document: Vec::new() };
        message
            .with(0x47, "attributes-charset", b"utf-8")
            .with(0x48, "attributes-natural-language", b"en")
            .with(0x45, "printer-uri", b"ipp://printer/ipp/print")
    }

    fn with(mut self, tag: u8, name: &str, value: &[u8]) -> Message {
        self.bytes.push(tag);
        for part in [name.as_bytes(), value] {
            let length = u16::try_from(part.len()).expect("short");
            self.bytes.extend(length.to_be_bytes());
            self.bytes.extend(part);
        }
        self
    }

    fn number(self, tag: u8, name: &str, number: u32) -> Message {
        self.with(tag, name, &number.to_be_bytes())
    }

    fn said(self, name: &str) -> Message {
        self.with(0x42, "requesting-user-name", name.as_bytes())
    }

    fn of_job(mut self) -> Message {
        self.bytes.push(0x02);
        self
    }

    fn document(mut self, document: &[u8]) -> Message {
        self.document = document.to_vec();
        self
    }

    fn to_bytes(&self) -> Vec<u8> {
        [self.bytes.as_slice(), &[0x03], &self.document].concat()
    }
}

fn about_job(operation: u8, id: u32) -> Message {
    Message::new(operation).number(0x21, "job-id", id)
}

fn send(id: u32, last: bool) -> Message {
    let last = [u8::from(last)];
    about_job(SEND_DOCUMENT, id).with(0x22, "last-document", &last)
}

struct Reply {
    status: Status,
    groups: Vec<IppAttributeGroup>,
}

impl Reply {
    fn read(body: &[u8]) -> Reply {
        let [major, minor, first, second, rest @ ..] = body else {
            panic!("no header: {body:?}");
        };
        assert_eq!([*major, *minor], [2, 0]);
        assert_eq!(rest[..4], [0, 0, 0, 5], "the number of the request");
        let number = i32::from(i16::from_be_bytes([*first, *second]));
        let groups = read_groups(rest[4..].to_vec().into());
        Reply {
            status: Status::from_number(number).expect("a known status"),
            groups: groups.expect("well-formed"),
        }
    }

    fn all(&self, tag: DelimiterTag, name: &str) -> Vec<String> {
        let groups = self.groups.iter().filter(|group| group.tag() == tag);
        let found = groups.filter_map(|group| group.get(name));
        found.map(|attribute| attribute.value().to_string()).collect()
    }

    fn of_job(&self, name: &str) -> String {
        self.all(DelimiterTag::JobAttributes, name).join(" ")
    }

    fn unsupported(&self, name: &str) -> Vec<String> {
        self.all(DelimiterTag::UnsupportedAttributes, name)
    }
}

fn someone(name: &str, operator: bool) -> Option<Requester> {
    let name = Some(name.to_owned());
    Some(Requester { name, operator, host: None })
}

#[tokio::test]
async fn what_a_job_asks_for_becomes_a_ticket() {
    let printer = Printer::open().await;
    let message = Message::new(PRINT_JOB)
        .said("venkman")
        .with(0x42, "job-name", "M\u{e4}rz\u{1b}[2J".as_bytes())
        .with(0x49, "document-format", b"application/pdf")
        .with(0x30, "job-password", b"1234")
        .of_job()
        .number(0x21, "copies", 3)
        .with(0x44, "sides", b"two-sided-long-edge")
        .with(0x33, "page-ranges", &[0, 0, 0, 1, 0, 0, 0, 2])
        .with(0x33, "", &[0, 0, 0, 5, 0, 0, 0, 5])
        .with(0x34, "media-col", b"")
        .with(0x4a, "", b"media-size")
        .with(0x34, "", b"")
        .with(0x4a, "", b"x-dimension")
        .number(0x21, "", 27_950)
        .with(0x4a, "", b"y-dimension")
        .number(0x21, "", 21_590)
        .with(0x37, "", b"")
        .with(0x4a, "", b"media-source")
        .with(0x44, "", b"tray-2")
        .with(0x37, "", b"")
        .number(0x23, "finishings", 4)
        .document(b"%PDF-1.7");
    let reply = printer.ask(&message).await;
    assert_eq!(reply.status, Status::Ok);
    assert_eq!(reply.of_job("job-id"), "1");
    assert_eq!(reply.of_job("job-uri"), "ipp://printer:80/ipp/print/job/1");
    let kept = printer.memory.kept();
    assert_eq!(kept.documents, [b"%PDF-1.7"]);
    let wanted = Ticket {
        name: "März[2J".to_owned(),
        said_name: "venkman".to_owned(),
        copies: Some(3),
        sides: Some(Sides::LongEdge),
        page_ranges: vec![(1, 2), (5, 5)],
        media: Some(MediaChoice {
            paper: Some(Paper::LETTER),
            source: Some("tray-2".to_owned()),
            kind: None,
            borderless: false,
        }),
        finishings: vec![Finishing::Staple],
        pin: Some(Pin::new("1234")),
        ..Ticket::default()
    };
    assert_eq!(kept.jobs[0].ticket, wanted);
}

#[tokio::test]
async fn what_cannot_be_honoured_comes_back_and_with_fidelity_is_refused() {
    let printer = Printer::open().await;
    let message = |exactly: bool| {
        let exactly = [u8::from(exactly)];
        Message::new(PRINT_JOB)
            .with(0x22, "ipp-attribute-fidelity", &exactly)
            .of_job()
            .number(0x21, "copies", 10)
            .with(0x44, "media", b"iso_a4_210x297mm")
            .with(0x44, "wallpaper", b"stripes")
            .document(b"x")
    };
    let reply = printer.ask(&message(false)).await;
    assert_eq!(reply.status, Status::OkIgnoredOrSubstituted);
    assert_eq!(reply.unsupported("copies"), ["10"]);
    assert_eq!(reply.unsupported("wallpaper").len(), 1);
    assert!(reply.unsupported("media").is_empty());
    assert_eq!(reply.of_job("job-id"), "1");

    let reply = printer.ask(&message(true)).await;
    assert_eq!(reply.status, Status::AttributesOrValuesNotSupported);
    assert_eq!(reply.unsupported("copies"), ["10"]);
    let mandatory = Message::new(VALIDATE_JOB)
        .with(0x44, "job-mandatory-attributes", b"copies")
        .of_job()
        .number(0x21, "copies", 10);
    let reply = printer.ask(&mandatory).await;
    assert_eq!(reply.status, Status::AttributesOrValuesNotSupported);
    assert_eq!(printer.memory.kept().jobs.len(), 1);
}

#[tokio::test]
async fn a_job_is_changed_by_its_owner_and_by_operators_only() {
    let requesters = [
        someone("egon", false),
        someone("ray", false),
        someone("janine", true),
        Some(Requester::default()),
    ];
    let way = Authentication::None;
    let [egon, ray, janine, guest] = Printer::start(requesters, way).await;
    let print = || Message::new(PRINT_JOB).said("egon").document(b"x");
    // Two jobs of Egon's, one of a guest who says that he is Egon.
    for printer in [&egon, &egon, &guest] {
        assert_eq!(printer.ask(&print()).await.status, Status::Ok);
    }
    let cancel = |id| about_job(CANCEL_JOB, id).said("egon");
    let refused = Status::NotAuthorized;
    assert_eq!(ray.ask(&cancel(1)).await.status, refused);
    assert_eq!(egon.ask(&cancel(3)).await.status, refused);
    let refused = Status::NotAuthenticated;
    assert_eq!(guest.ask(&cancel(1)).await.status, refused);
    let other = about_job(CANCEL_JOB, 3).said("peter");
    assert_eq!(guest.ask(&other).await.status, refused);

    let mine = Message::new(GET_JOBS).with(0x22, "my-jobs", &[1]).said("ray");
    assert_eq!(egon.ask(&mine).await.of_job("job-id"), "1 2");
    assert_eq!(ray.ask(&mine).await.of_job("job-id"), "");

    assert_eq!(egon.ask(&cancel(1)).await.status, Status::Ok);
    assert_eq!(egon.ask(&cancel(1)).await.status, Status::NotPossible);
    assert_eq!(janine.ask(&cancel(2)).await.status, Status::Ok);
    let all_mine = Message::new(CANCEL_MY_JOBS).said("egon");
    assert_eq!(guest.ask(&all_mine).await.status, Status::Ok);
    let all = Message::new(GET_JOBS).with(0x44, "which-jobs", b"canceled");
    assert_eq!(ray.ask(&all).await.of_job("job-id"), "3 2 1");

    let pause = Message::new(PAUSE_PRINTER);
    assert_eq!(ray.ask(&pause).await.status, Status::NotAuthorized);
    assert!(!ray.memory.kept().paused);
    assert_eq!(janine.ask(&pause).await.status, Status::Ok);
    assert!(ray.memory.kept().paused);
}

#[tokio::test]
async fn whom_nobody_has_let_in_may_ask_about_the_printer_and_nothing_else() {
    let requesters = [None, someone("poor", false)];
    let way = Authentication::Basic;
    let [stranger, poor] = Printer::start(requesters, way).await;
    let question = Message::new(GET_PRINTER_ATTRIBUTES).with(
        0x44,
        "requested-attributes",
        b"uri-authentication-supported",
    );
    let reply = stranger.ask(&question).await;
    let tag = DelimiterTag::PrinterAttributes;
    let ways = reply.all(tag, "uri-authentication-supported");
    assert_eq!(ways, ["basic"]);
    assert!(reply.all(tag, "printer-name").is_empty());
    for operation in [PRINT_JOB, VALIDATE_JOB, GET_JOBS, CANCEL_JOB] {
        let message = Message::new(operation).to_bytes();
        let (line, _) = stranger.post(&message).await;
        assert_eq!(line, "HTTP/1.1 401 Unauthorized");
    }
    let reply = poor.ask(&Message::new(VALIDATE_JOB)).await;
    assert_eq!(reply.status, Status::AccountLimitReached);
}

#[tokio::test]
async fn a_created_job_keeps_its_number_and_takes_one_document() {
    let printer = Printer::open().await;
    let create = Message::new(CREATE_JOB).of_job().number(0x21, "copies", 2);
    let reply = printer.ask(&create).await;
    assert_eq!(reply.of_job("job-id"), "1");
    assert_eq!(reply.of_job("job-state"), "4");
    assert_eq!(reply.of_job("job-state-reasons"), "job-data-insufficient");
    let other = printer.ask(&Message::new(PRINT_JOB).document(b"x")).await;
    assert_eq!(other.of_job("job-id"), "2");

    let unsaid = about_job(SEND_DOCUMENT, 1).document(b"x");
    assert_eq!(printer.ask(&unsaid).await.status, Status::BadRequest);
    let reply = printer.ask(&send(1, false).document(b"one")).await;
    assert_eq!(reply.of_job("job-state"), "3");
    let reply = printer.ask(&send(1, true).document(b"two")).await;
    assert_eq!(reply.status, Status::MultipleDocumentJobsNotSupported);
    // No data, and the last: that was all.
    assert_eq!(printer.ask(&send(1, true)).await.status, Status::Ok);
    let close = about_job(CLOSE_JOB, 1);
    assert_eq!(printer.ask(&close).await.status, Status::Ok);
    let jobs = printer.ask(&Message::new(GET_JOBS)).await;
    assert_eq!(jobs.of_job("job-id"), "1 2");
    let kept = printer.memory.kept();
    assert_eq!(kept.documents, [b"x".as_slice(), b"one"]);
    assert_eq!(kept.jobs[1].ticket.copies, Some(2));
}

#[tokio::test]
async fn a_created_job_without_a_document_is_given_up_or_called_off() {
    let printer = Printer::open().await;
    for _ in 0..3 {
        printer.ask(&Message::new(CREATE_JOB)).await;
    }
    let state = async |id| {
        let reply = printer.ask(&about_job(GET_JOB_ATTRIBUTES, id)).await;
        reply.of_job("job-state")
    };
    assert_eq!(printer.ask(&send(1, true)).await.of_job("job-state"), "8");
    let close = about_job(CLOSE_JOB, 2);
    assert_eq!(printer.ask(&close).await.of_job("job-state"), "8");
    let cancel = about_job(CANCEL_JOB, 3);
    assert_eq!(printer.ask(&cancel).await.status, Status::Ok);
    assert_eq!(printer.ask(&cancel).await.status, Status::NotPossible);
    assert_eq!([state(1).await, state(3).await], ["8", "7"]);
    let late = printer.ask(&send(3, true).document(b"x")).await;
    assert_eq!(late.status, Status::NotPossible);
    assert_eq!(printer.ask(&about_job(CANCEL_JOB, 4)).await.status, {
        Status::NotFound
    });
    assert!(printer.memory.kept().jobs.is_empty());
}

#[tokio::test]
async fn a_job_is_called_off_while_its_document_comes() {
    let printer = Printer::open().await;
    printer.ask(&Message::new(CREATE_JOB)).await;
    let message = send(1, true).document(b"the beginning").to_bytes();
    let mut stream = printer.connect(message.len() + 1000).await;
    stream.write_all(&message).await.expect("sent");
    while printer.memory.kept().begun == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let cancel = about_job(CANCEL_JOB, 1);
    assert_eq!(printer.ask(&cancel).await.status, Status::Ok);
    let (_, body) = answer_of(stream).await;
    assert_eq!(Reply::read(&body).status, Status::JobCanceled);
    assert!(printer.memory.kept().jobs.is_empty());
    let reply = printer.ask(&about_job(GET_JOB_ATTRIBUTES, 1)).await;
    assert_eq!(reply.of_job("job-state"), "7");
}

#[tokio::test]
async fn a_job_waits_on_for_a_client_that_went_away() {
    let printer = Printer::open().await;
    printer.ask(&Message::new(CREATE_JOB)).await;
    let message = send(1, true).document(b"the beginning").to_bytes();
    let mut stream = printer.connect(message.len() + 1000).await;
    stream.write_all(&message).await.expect("sent");
    while printer.memory.kept().begun == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(stream);
    // It comes again, as soon as the printer knows that it went away.
    loop {
        let reply = printer.ask(&send(1, true).document(b"all")).await;
        if reply.status == Status::Ok {
            break;
        }
        assert_eq!(reply.status, Status::NotPossible);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(printer.memory.kept().documents, [b"all"]);
}

#[tokio::test]
async fn a_compressed_document_is_decompressed_or_refused() {
    let printer = Printer::open().await;
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"who you gonna call").expect("in memory");
    let mut data = gzip.finish().expect("in memory");
    let print = |data: &[u8]| {
        let message = Message::new(PRINT_JOB);
        message.with(0x44, "compression", b"gzip").document(data)
    };
    assert_eq!(printer.ask(&print(&data)).await.status, Status::Ok);
    assert_eq!(printer.memory.kept().documents, [b"who you gonna call"]);
    data.truncate(12);
    let reply = printer.ask(&print(&data)).await;
    assert_eq!(reply.status, Status::CompressionError);
    let zip = Message::new(PRINT_JOB).with(0x44, "compression", b"compress");
    let reply = printer.ask(&zip.document(&data)).await;
    assert_eq!(reply.status, Status::CompressionNotSupported);
    let word = Message::new(PRINT_JOB)
        .with(0x49, "document-format", b"application/msword")
        .document(&data);
    let reply = printer.ask(&word).await;
    assert_eq!(reply.status, Status::DocumentFormatNotSupported);
    let none = printer.ask(&Message::new(PRINT_JOB)).await;
    assert_eq!(none.status, Status::BadRequest);
    assert_eq!(printer.memory.kept().jobs.len(), 1);
}

#[tokio::test]
async fn a_list_of_jobs_is_filtered_and_limited() {
    let printer = Printer::open().await;
    for _ in 0..4 {
        printer.ask(&Message::new(PRINT_JOB).document(b"x")).await;
    }
    printer.ask(&about_job(CANCEL_JOB, 2)).await;
    let list = || Message::new(GET_JOBS);
    let ids = async |message: Message| {
        let reply = printer.ask(&message).await;
        (reply.status, reply.of_job("job-id"))
    };
    let ok = |ids: &str| (Status::Ok, ids.to_owned());
    assert_eq!(ids(list()).await, ok("1 3 4"));
    assert_eq!(ids(list().number(0x21, "limit", 2)).await, ok("1 3"));
    assert_eq!(ids(list().number(0x21, "first-job-id", 3)).await, ok("3 4"));
    let which = |word: &[u8]| list().with(0x44, "which-jobs", word);
    assert_eq!(ids(which(b"completed")).await, ok("2"));
    assert_eq!(ids(which(b"all")).await, ok("4 3 2 1"));
    let reply = printer.ask(&which(b"best")).await;
    assert_eq!(reply.status, Status::AttributesOrValuesNotSupported);
    assert_eq!(reply.unsupported("which-jobs"), ["best"]);
    let zero = printer.ask(&list().number(0x21, "limit", 0)).await;
    assert_eq!(zero.status, Status::BadRequest);
}
