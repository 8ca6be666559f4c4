//! The child's side: limits itself, and does what is requested.

use std::fs::File;
use std::io::{self, Read};
use std::ops::RangeInclusive;
use std::path::Path;
use std::{env, process, thread};

use fonts::{font_folders, set_font_folders};
use serde::Serialize;

use super::isolation::try_out;
use super::protocol::{
    ARGUMENT, Answer, Failure, FrameKind, InspectedPage, Request, StepHead,
    Task, write_frame,
};
use super::sandbox::{self, Allowed};
use super::time_limit::{self, TimeLimit};
use super::{Summary, office_child};
use crate::inspection::inspect;
use crate::part::Part;
use crate::print::{STACK, panic_message, print_part};
use crate::second_renderer::{Trial, second_renderer};
use crate::{
    Document, Error, Finding, SecondRenderer, Settings, set_second_renderer,
    thumbnail,
};

/// Bytes of stack for the thread that waits for the parent's end.
const SMALL_STACK: usize = 64 << 10;

/// Becomes a child that draws documents, and never returns, when this program
/// was started as one; does nothing otherwise.
pub fn serve_if_child() {
    let mut arguments = env::args_os().skip(1);
    let first = arguments.next().unwrap_or_default();
    if first == ARGUMENT {
        // When standard output is closed, nobody is left to be told.
        let served = serve();
        process::exit(if served.is_ok() { 0 } else { 1 });
    }
    if first == office_child::ARGUMENT {
        process::exit(office_child::convert(arguments));
    }
}

fn serve() -> io::Result<()> {
    // ANCHOR: serve
    let request = read_request()?;
    let document = File::open(&request.path);
    limit_memory(request.limits.memory)?;
    if let Some(folders) = &request.fonts {
        set_font_folders(folders.clone());
    }
    // A kernel that cannot shut us off does not keep us from printing: what
    // is open is said by `isolation`.
    let second = request.second_renderer.as_ref();
    let programs = second.map(SecondRenderer::folders).unwrap_or_default();
    let _ = sandbox::enter(&Allowed {
        readable: font_folders().to_vec(),
        programs,
        ..Allowed::default()
    });
    // Not a byte of the document was read until here.
    // ANCHOR_END: serve
    let time = request.limits.page_time;
    let second = request.second_renderer.clone();
    set_second_renderer(second.map(|one| one.limited(time)));
    thread::Builder::new().stack_size(SMALL_STACK).spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        // The parent is gone, or needs nothing more.
        process::exit(1);
    })?;
    let threads = match request.task {
        Task::Print(part) => part.effort.threads(&request.settings),
        _ => 1,
    };
    let time = TimeLimit::start(request.limits, threads)?;
    let mut out = standard_output()?;
    let result = match request.task {
        Task::Check => check(&request, document, &mut out),
        Task::Print(part) => {
            let printed = print(&request, part, document, &time, &mut out);
            printed.map(Answer::Printed)
        }
        Task::Thumbnails { first, last, longest } => {
            let pages = first..=last;
            read(&request.path, document).and_then(|document| {
                draw_thumbnails(&document, pages, longest, &time, &mut out)
            })
        }
        Task::TryOut(port) => {
            Ok(Answer::TriedOut(try_out(&request.path, port)))
        }
    };
    if let Err(Error::Write(error)) = result {
        return Err(error);
    }
    let end = result.map_err(Failure::from);
    write_frame(&mut out, FrameKind::End, [&serde_json::to_vec(&end)?, &[]])
}

fn read_request() -> io::Result<Request> {
    let mut line = Vec::new();
    // Byte by byte: what follows belongs to the thread that waits for the
    // parent's end.
    for byte in io::stdin().lock().bytes() {
        match byte? {
            b'\n' => break,
            byte => line.push(byte),
        }
    }
    Ok(serde_json::from_slice(&line)?)
}

#[cfg(unix)]
fn limit_memory(bytes: u64) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limit = Rlimit { current: Some(bytes), maximum: Some(bytes) };
    Ok(setrlimit(Resource::As, limit)?)
}

#[cfg(not(unix))]
fn limit_memory(_bytes: u64) -> io::Result<()> {
    Ok(())
}

fn read(path: &Path, file: io::Result<File>) -> Result<Document, Error> {
    let document = file.and_then(Document::open_file).map_err(|error| {
        let path = path.display();
        let text = format!("cannot read {path}: {error}");
        Error::Renderer(io::Error::other(text))
    })?;
    Ok(document?)
}

fn check(
    request: &Request,
    document: io::Result<File>,
    out: &mut File,
) -> Result<Answer, Error> {
    request.settings.check()?;
    let document = read(&request.path, document)?;
    let chosen = document.check(&request.settings)?;
    let readable = |page: &u32| document.page_size(*page).is_some();
    let summary = Summary {
        format: document.format(),
        pages: chosen.iter().copied().filter(readable).collect(),
        page_count: document.page_count(),
        findings: document.findings().on(&chosen).to_vec(),
        second_pages: Vec::new(),
    };
    write_json(out, FrameKind::Checked, &summary)?;
    let inspection = || inspect_pages(&document, &summary.pages, out);
    on_large_stack(inspection)?;
    Ok(Answer::Inspected)
}

/// Calls `work` with as much stack as the drawing has.
fn on_large_stack(
    work: impl FnOnce() -> Result<(), Error> + Send,
) -> Result<(), Error> {
    thread::scope(|scope| {
        let builder = thread::Builder::new().stack_size(STACK);
        let thread = builder.spawn_scoped(scope, work);
        let thread = thread.map_err(Error::Renderer)?;
        thread
            .join()
            .map_err(|panic| Error::Crashed { how: panic_message(&*panic) })?
    })
}

fn draw_thumbnails(
    document: &Document,
    pages: RangeInclusive<u32>,
    longest: u16,
    time: &TimeLimit,
    out: &mut File,
) -> Result<Answer, Error> {
    on_large_stack(|| {
        for page in pages.take_while(|page| *page <= document.page_count()) {
            time.begin_page();
            let this = page.to_string().parse().ok();
            let settings = Settings { pages: this, ..Settings::default() };
            document.check(&settings)?;
            if let Some(png) = thumbnail::draw(document, page, longest)? {
                let number = page.to_le_bytes();
                write_frame(out, FrameKind::Thumbnail, [&number, &png])
                    .map_err(Error::Write)?;
            }
        }
        Ok(())
    })?;
    Ok(Answer::Drawn)
}

fn inspect_pages(
    document: &Document,
    pages: &[u32],
    out: &mut File,
) -> Result<(), Error> {
    let mut written = Ok(());
    let mut trial = second_renderer().map(|one| Trial::new(one, document));
    inspect(document, pages, &mut |page, mut findings| {
        let second = trial
            .as_mut()
            .is_some_and(|trial| trial.hands_over(page, &mut findings));
        let page = InspectedPage { page, findings, second };
        if written.is_ok() {
            written = write_json(out, FrameKind::Inspected, &page);
        }
    });
    written
}

fn write_json(
    out: &mut File,
    kind: FrameKind,
    value: &impl Serialize,
) -> Result<(), Error> {
    let json = serde_json::to_vec(value).expect("plain data");
    write_frame(out, kind, [&json, &[]]).map_err(Error::Write)
}

fn print(
    request: &Request,
    part: Part,
    document: io::Result<File>,
    time: &TimeLimit,
    out: &mut File,
) -> Result<Vec<Finding>, Error> {
    let document = read(&request.path, document)?;
    let mut told = Vec::new();
    print_part(&document, &request.settings, part, &mut |step| {
        let head = StepHead {
            page_done: if step.ends_page { step.page } else { 0 },
            pages: step.pages,
            position: step.position,
            used: time_limit::used(),
        };
        write_frame(out, FrameKind::Step, [&head.to_bytes(), step.data])?;
        if step.ends_page {
            time.begin_page();
            let found = step.findings.to_vec();
            if found != told {
                let json = serde_json::to_vec(&found)?;
                write_frame(out, FrameKind::Findings, [&json, &[]])?;
                told = found;
            }
        }
        Ok(())
    })
}

/// Standard output itself, without the line buffer that Rust puts before it.
#[cfg(unix)]
fn standard_output() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

#[cfg(windows)]
fn standard_output() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(io::stdout().as_handle().try_clone_to_owned()?.into())
}
