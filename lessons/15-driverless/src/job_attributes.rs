//! The attributes of a job, as Get-Job-Attributes and Get-Jobs tell them.

use ipp::attribute::IppAttribute;
use ipp::prelude::IppValue;

use crate::media::media_col_of;
use crate::printer_attributes::{AttributeList, up_time, urn};
use crate::ticket_reader::NO_FINISHING;
use crate::urls::Urls;
use crate::{
    ColorMode, Description, Finishing, Job, Orientation, Quality, Scaling,
    Sides, Ticket,
};
use ipp_message::requested::{Group, Requested};
use ipp_message::values::{
    date_time, enums, integer, keyword, keywords, mime_type, name, range,
    resolution, several, text, uri,
};

/// The owner that is named where nobody signed in for a job and the job names
/// nobody.
const NOBODY: &str = "anonymous";

/// Everything about a job that is asked for.
pub(crate) fn job_attributes(
    job: &Job,
    requested: Requested,
    printer: &Description,
    urls: &Urls,
    now: u64,
) -> Vec<IppAttribute> {
    let mut list = AttributeList::new(requested);
    add_identity(&mut list, job, printer, urls);
    add_progress(&mut list, job);
    add_times(&mut list, job, now);
    list.group(Group::JobTemplate);
    add_template(&mut list, &job.ticket, printer);
    list.into_attributes()
}

fn add_identity(
    list: &mut AttributeList,
    job: &Job,
    printer: &Description,
    urls: &Urls,
) {
    list.add("job-id", integer(job.id));
    list.add("job-uri", uri(&urls.job(job.id)));
    list.add("job-printer-uri", uri(&urls.this_printer()));
    list.add("job-more-info", uri(&urls.page(&printer.more_info)));
    let mut uuid = printer.uuid;
    for (byte, id) in uuid[12..].iter_mut().zip(job.id.to_be_bytes()) {
        *byte ^= id;
    }
    list.add("job-uuid", uri(&urn(&uuid)));
    list.add("job-name", name(&job.ticket.name));
    list.add("job-originating-user-name", name(owner_name(&job.ticket)));
    if let Some(format) = &job.format {
        list.add("document-format", mime_type(format));
    }
}

/// The name of a job's owner, for people.
fn owner_name(ticket: &Ticket) -> &str {
    let owner = ticket.owner.as_deref().unwrap_or(&ticket.said_name);
    if owner.is_empty() { NOBODY } else { owner }
}

fn add_progress(list: &mut AttributeList, job: &Job) {
    list.add("job-state", IppValue::Enum(job.state.number()));
    let mut reasons = job.reasons.clone();
    if reasons.is_empty() {
        reasons.push("none");
    }
    list.add("job-state-reasons", keywords(reasons));
    if !job.message.is_empty() {
        list.add("job-state-message", text(&job.message));
    }
    let known = |number: Option<u32>| number.map_or(IppValue::NoValue, integer);
    list.add("number-of-documents", integer(u8::from(job.bytes > 0)));
    list.add("job-k-octets", integer(job.bytes.div_ceil(1024)));
    list.add("job-impressions", known(job.impressions));
    let done = integer(job.impressions_completed);
    list.add("job-impressions-completed", done);
    list.add("job-media-sheets", known(job.sheets));
    list.add("job-media-sheets-completed", integer(job.sheets_completed));
}

fn add_times(list: &mut AttributeList, job: &Job, now: u64) {
    list.add("job-printer-up-time", up_time(now));
    for (event, at) in [
        ("creation", Some(job.asked_at)),
        ("processing", job.begun_at),
        ("completed", job.ended_at),
    ] {
        let time = at.map_or(IppValue::NoValue, up_time);
        list.add(&format!("time-at-{event}"), time);
        let time = at.map_or(IppValue::NoValue, date_time);
        list.add(&format!("date-time-at-{event}"), time);
    }
}

/// What the job was asked to be. What nobody asked for is left out.
fn add_template(
    list: &mut AttributeList,
    ticket: &Ticket,
    printer: &Description,
) {
    let mut add = |name: &str, value: Option<IppValue>| {
        if let Some(value) = value {
            list.add(name, value);
        }
    };
    add("copies", ticket.copies.map(integer));
    let word = |word: Option<&'static str>| word.map(keyword);
    add("sides", word(ticket.sides.map(Sides::keyword)));
    let mode = ticket.color_mode.map(ColorMode::keyword);
    add("print-color-mode", word(mode));
    add("print-scaling", word(ticket.scaling.map(Scaling::keyword)));
    let number = |number: Option<i32>| number.map(IppValue::Enum);
    add("print-quality", number(ticket.quality.map(Quality::number)));
    let way = ticket.orientation.map(Orientation::number);
    add("orientation-requested", number(way));
    add("printer-resolution", ticket.resolution.map(resolution));
    add("number-up", ticket.number_up.map(integer));
    add(
        "multiple-document-handling",
        ticket.collated.map(|sorted| {
            keyword(match sorted {
                true => "separate-documents-collated-copies",
                false => "separate-documents-uncollated-copies",
            })
        }),
    );
    add(
        "job-sheets",
        ticket
            .banner
            .map(|banner| keyword(if banner { "standard" } else { "none" })),
    );
    let hold = ticket.hold.then_some("indefinite");
    add("job-hold-until", word(hold));
    let finishings = ticket.finishings.iter().copied().map(Finishing::number);
    let mut finishings: Vec<i32> = finishings.collect();
    if finishings.is_empty() {
        finishings.push(NO_FINISHING);
    }
    add("finishings", Some(enums(finishings)));
    let signed = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let ranges = ticket.page_ranges.iter();
    let ranges = ranges.map(|(min, max)| range(signed(*min), signed(*max)));
    let has_ranges = !ticket.page_ranges.is_empty();
    add("page-ranges", has_ranges.then(|| several(ranges)));
    if let Some(media) = &ticket.media {
        add("media", word(media.paper.map(|paper| paper.name)));
        add("media-col", Some(media_col_of(media, printer)));
    }
}
