//! The attributes of the printer, as Get-Printer-Attributes tells them.
//!
//! Which there must be is said in RFC 8011, section 5.4, PWG 5100.14 (IPP
//! Everywhere), tables 5 and 6, and, for what the systems of today ask for
//! besides, nowhere in one place.

use ipp::attribute::IppAttribute;
use ipp::prelude::IppValue;

use crate::description::Authentication;
use crate::media::{AUTO, MEMBERS, media_col, media_col_ready, size_of};
use crate::ticket_reader::{NO_FINISHING, OUTPUT_BIN, OVERRIDES, PIN_LENGTH};
use crate::urf::urf_supported;
use crate::urls::Urls;
use crate::{
    ColorMode, Condition, Description, Finishing, Orientation, Paper, Quality,
    Refusal, Scaling, Sides,
};
use ipp_message::Operation;
use ipp_message::request::Request;
use ipp_message::requested::{Group, Requested};
use ipp_message::values::{
    attribute, charset, date_time, enums, integer, keyword, keywords, language,
    mime_type, name, octets, range, resolution, several, text, unknown, uri,
};

/// How long a job may wait for its document, in seconds.
pub(crate) const OPERATION_TIME_OUT: u32 = 60;
/// The values of `which-jobs`.
pub(crate) const WHICH_JOBS: [&str; 8] = [
    "completed",
    "not-completed",
    "all",
    "aborted",
    "canceled",
    "pending",
    "pending-held",
    "processing",
];
/// The attributes with which a job can be made.
const CREATION: [&str; 25] = [
    "copies",
    "document-name",
    "finishings",
    "ipp-attribute-fidelity",
    "job-hold-until",
    "job-mandatory-attributes",
    "job-name",
    "job-password",
    "job-password-encryption",
    "job-sheets",
    "media",
    "media-col",
    "multiple-document-handling",
    "number-up",
    "orientation-requested",
    "output-bin",
    "overrides",
    "page-ranges",
    "print-color-mode",
    "print-content-optimize",
    "print-quality",
    "print-rendering-intent",
    "print-scaling",
    "printer-resolution",
    "sides",
];
/// The largest side of a JPEG in pixels.
const JPEG_PIXELS: i32 = 65_535;

/// When things were, in milliseconds since 1970.
#[derive(Clone, Copy)]
pub(crate) struct Moments {
    pub now: u64,
    pub started: u64,
    pub state_changed: u64,
}

/// Seconds on the clock of the printer. It counts from 1970, as that of CUPS
/// does, so that the times of jobs from before the last start stay in order.
pub(crate) fn up_time(millis: u64) -> IppValue {
    integer(millis / 1000)
}

/// Collects the attributes that are asked for.
pub(crate) struct AttributeList<'r> {
    requested: Requested<'r>,
    group: Group,
    attributes: Vec<IppAttribute>,
}

impl<'r> AttributeList<'r> {
    pub(crate) fn new(requested: Requested<'r>) -> AttributeList<'r> {
        let group = Group::Description;
        AttributeList { requested, group, attributes: Vec::new() }
    }

    /// The group of the attributes that follow.
    pub(crate) fn group(&mut self, group: Group) {
        self.group = group;
    }

    pub(crate) fn add(&mut self, name: &str, value: IppValue) {
        if self.requested.contains(name, self.group) {
            self.attributes.push(attribute(name, value));
        }
    }

    pub(crate) fn into_attributes(self) -> Vec<IppAttribute> {
        self.attributes
    }
}

/// The attributes of a printer that a request asks for.
pub(crate) fn printer_attributes(
    request: &Request,
    printer: &Description,
    condition: &Condition,
    urls: &Urls,
    moments: Moments,
) -> Result<Vec<IppAttribute>, Refusal> {
    let requested = Requested::read(request, "printer-description", &["all"])?;
    let mut list = AttributeList::new(requested);
    add_identity(&mut list, printer, urls);
    add_protocol(&mut list, printer, urls);
    add_state(&mut list, condition, moments);
    add_documents(&mut list, printer);
    add_media(&mut list, printer, condition);
    add_job_template(&mut list, printer);
    add_supplies(&mut list, condition, urls);
    Ok(list.into_attributes())
}

/// What the printer is, and where.
fn add_identity(list: &mut AttributeList, printer: &Description, urls: &Urls) {
    list.add("printer-name", name(&printer.name));
    list.add("printer-dns-sd-name", name(&printer.name));
    list.add("printer-info", text(&printer.info));
    list.add("printer-location", text(&printer.location));
    // Unknown, as the place of most printers is.
    list.add("printer-geo-location", unknown());
    list.add("printer-organization", text(""));
    list.add("printer-organizational-unit", text(""));
    list.add("printer-make-and-model", text(&printer.make_and_model()));
    list.add("printer-device-id", text(&device_id(printer)));
    list.add("printer-uuid", uri(&printer.urn()));
    list.add("printer-kind", keywords(["document", "photo"]));
    list.add("printer-firmware-name", name("ipp_printer"));
    list.add("printer-firmware-string-version", text(&printer.firmware));
    list.add("printer-firmware-version", octets(&printer.firmware));
    list.add("printer-firmware-patches", text(""));
    list.add("printer-more-info", uri(&urls.page(&printer.more_info)));
    list.add("printer-icons", several(urls.icons().iter().map(|it| uri(it))));
}

/// The identity of a printer as plug and play knows it (IEEE 1284, section
/// 7.6). CMD names the languages.
fn device_id(printer: &Description) -> String {
    let languages = printer.formats.iter().filter_map(|format| {
        Some(match *format {
            "application/pdf" => "PDF",
            "image/pwg-raster" => "PWGRaster",
            "image/urf" => "AppleRaster,URF",
            "image/jpeg" => "JPEG",
            "image/png" => "PNG",
            "text/plain" => "TXT",
            _ => return None,
        })
    });
    let languages: Vec<&str> = languages.collect();
    let field = |text: &str| text.replace([';', ':'], " ");
    format!(
        "MFG:{};MDL:{};CLS:PRINTER;CMD:{};",
        field(&printer.maker),
        field(&printer.model),
        languages.join(",")
    )
}

/// What can be done with it, and how it is reached.
fn add_protocol(list: &mut AttributeList, printer: &Description, urls: &Urls) {
    let access = &printer.access;
    let uris = access.iter().map(|one| uri(&urls.printer(one.tls)));
    list.add("printer-uri-supported", several(uris));
    let security =
        access.iter().map(|one| if one.tls { "tls" } else { "none" });
    list.add("uri-security-supported", keywords(security));
    let authentication = access.iter().map(|one| match one.authentication {
        Authentication::None => "requesting-user-name",
        Authentication::Basic => "basic",
    });
    list.add("uri-authentication-supported", keywords(authentication));
    list.add("ipp-versions-supported", keywords(["1.1", "2.0"]));
    list.add("ipp-features-supported", keyword("ipp-everywhere"));
    let operations = Operation::ALL.iter().map(|it| it.number());
    list.add("operations-supported", enums(operations));
    list.add("charset-configured", charset());
    list.add("charset-supported", charset());
    list.add("natural-language-configured", language());
    list.add("generated-natural-language-supported", language());
    list.add("printer-get-attributes-supported", keyword("document-format"));
    list.add("preferred-attributes-supported", IppValue::Boolean(false));
    list.add("multiple-document-jobs-supported", IppValue::Boolean(false));
    list.add("multiple-operation-time-out", integer(OPERATION_TIME_OUT));
    list.add("multiple-operation-time-out-action", keyword("abort-job"));
    list.add("which-jobs-supported", keywords(WHICH_JOBS));
    list.add("job-ids-supported", IppValue::Boolean(true));
    let creation = CREATION.into_iter().filter(|name| match *name {
        "job-password" | "job-password-encryption" => printer.pins,
        "page-ranges" => printer.page_ranges,
        _ => true,
    });
    list.add("job-creation-attributes-supported", keywords(creation));
    list.add("overrides-supported", keywords(OVERRIDES));
    list.add("pdl-override-supported", keyword("attempted"));
    list.add("identify-actions-default", keyword("display"));
    list.add("identify-actions-supported", keyword("display"));
    if printer.pins {
        let longest = *PIN_LENGTH.end();
        list.add("job-password-supported", integer(longest as u32));
        list.add("job-password-encryption-supported", keyword("none"));
        let digits = "iana_us-ascii_digits";
        list.add("job-password-repertoire-configured", keyword(digits));
        list.add("job-password-repertoire-supported", keyword(digits));
    }
}

/// How it is at this moment.
fn add_state(list: &mut AttributeList, now: &Condition, moments: Moments) {
    list.add("printer-state", IppValue::Enum(now.activity as i32));
    let mut reasons = now.reasons.clone();
    if reasons.is_empty() {
        reasons.push("none");
    }
    list.add("printer-state-reasons", keywords(reasons));
    list.add("printer-state-message", text(&now.message));
    list.add("printer-is-accepting-jobs", IppValue::Boolean(now.accepting));
    list.add("queued-job-count", integer(now.queued));
    list.add("printer-up-time", up_time(moments.now));
    list.add("printer-current-time", date_time(moments.now));
    list.add("printer-state-change-time", up_time(moments.state_changed));
    let changed = date_time(moments.state_changed);
    list.add("printer-state-change-date-time", changed);
    list.add("printer-config-change-time", up_time(moments.started));
    let configured = date_time(moments.started);
    list.add("printer-config-change-date-time", configured);
}

/// What documents it takes.
fn add_documents(list: &mut AttributeList, printer: &Description) {
    let takes = |format: &str| printer.formats.contains(&format);
    let largest = printer.largest_document / 1024;
    let largest = i32::try_from(largest).unwrap_or(i32::MAX);
    let formats = printer.formats.iter().map(|format| mime_type(format));
    list.add("document-format-supported", several(formats));
    let default = printer.formats.first().copied().unwrap_or_default();
    list.add("document-format-default", mime_type(default));
    let best = ["application/pdf", "image/pwg-raster"];
    let best = best.into_iter().find(|format| takes(format));
    list.add("document-format-preferred", mime_type(best.unwrap_or(default)));
    let compressions = ["none", "gzip", "deflate"];
    list.add("compression-supported", keywords(compressions));
    list.add("compression-default", keyword("none"));
    list.add("job-k-octets-supported", range(0, largest));
    if takes("application/pdf") {
        list.add("pdf-k-octets-supported", range(0, largest));
        let versions = ["iso-32000-1_2008", "adobe-1.7", "adobe-1.4"];
        list.add("pdf-versions-supported", keywords(versions));
    }
    if takes("image/jpeg") {
        list.add("jpeg-k-octets-supported", range(0, largest));
        list.add("jpeg-x-dimension-supported", range(1, JPEG_PIXELS));
        list.add("jpeg-y-dimension-supported", range(1, JPEG_PIXELS));
    }
    let resolutions =
        || several(printer.resolutions.iter().map(|it| resolution(*it)));
    if takes("image/pwg-raster") {
        list.add("pwg-raster-document-resolution-supported", resolutions());
        let types = printer.raster_types.iter().copied();
        list.add("pwg-raster-document-type-supported", keywords(types));
        // Pages are turned here, so their backs come as they are read.
        list.add("pwg-raster-document-sheet-back", keyword("normal"));
    }
    if takes("image/urf") {
        let words = urf_supported(printer);
        let words = words.iter().map(String::as_str);
        list.add("urf-supported", keywords(words));
    }
}

fn has_color(printer: &Description) -> bool {
    printer.color_modes.contains(&ColorMode::Color)
}

/// What papers it has.
fn add_media(list: &mut AttributeList, printer: &Description, now: &Condition) {
    let margin = printer.margin;
    let margins = || {
        let borderless = printer.borderless.then_some(0);
        several([margin].into_iter().chain(borderless).map(integer))
    };
    list.add("media-bottom-margin-supported", margins());
    list.add("media-left-margin-supported", margins());
    list.add("media-right-margin-supported", margins());
    list.add("media-top-margin-supported", margins());
    let papers = || printer.papers.iter().copied();
    list.add("media-size-supported", several(papers().map(size_of)));
    let with_auto = |offer: &[&'static str]| {
        keywords([AUTO].into_iter().chain(offer.iter().copied()))
    };
    list.add("media-source-supported", with_auto(&printer.trays));
    list.add("media-type-supported", with_auto(&printer.kinds));
    list.group(Group::JobTemplate);
    list.add("media-supported", keywords(papers().map(|paper| paper.name)));
    list.add("media-col-supported", keywords(MEMBERS));
    let default = now.ready.first().map(|ready| ready.paper);
    let default = default.or(printer.papers.first().copied());
    let default = default.unwrap_or(Paper::A4);
    list.add("media-default", keyword(default.name));
    let kind = printer.kinds.first().copied();
    let default = media_col(Some(default), margin, Some(AUTO), kind);
    list.add("media-col-default", default);
    if !now.ready.is_empty() {
        let mut names: Vec<&str> = Vec::new();
        for ready in &now.ready {
            if !names.contains(&ready.paper.name) {
                names.push(ready.paper.name);
            }
        }
        list.add("media-ready", keywords(names));
        let ready = now.ready.iter().map(|it| media_col_ready(it, margin));
        list.add("media-col-ready", several(ready));
    }
    list.group(Group::OnlyByName);
    let mut database: Vec<IppValue> = Vec::new();
    for paper in papers() {
        database.push(media_col(Some(paper), margin, None, None));
        if printer.borderless && margin != 0 {
            database.push(media_col(Some(paper), 0, None, None));
        }
    }
    list.add("media-col-database", several(database));
    list.group(Group::Description);
}

/// How jobs can be printed: for each attribute its default and its values.
fn add_job_template(list: &mut AttributeList, printer: &Description) {
    list.group(Group::JobTemplate);
    list.add("copies-default", integer(1));
    list.add("copies-supported", range(1, printer.most_copies.into()));
    let sides = printer.sides.iter().copied().map(Sides::keyword);
    add_words(list, "sides", sides);
    let modes = printer.color_modes.iter().copied().map(ColorMode::keyword);
    add_words(list, "print-color-mode", modes);
    let scalings = printer.scalings.iter().copied().map(Scaling::keyword);
    add_words(list, "print-scaling", scalings);
    let collated = "separate-documents-collated-copies";
    let uncollated = "separate-documents-uncollated-copies";
    let uncollated = printer.uncollated.then_some(uncollated);
    let handling = [collated].into_iter().chain(uncollated);
    add_words(list, "multiple-document-handling", handling);
    let banner = printer.banners.then_some("standard");
    add_words(list, "job-sheets", ["none"].into_iter().chain(banner));
    add_words(list, "job-hold-until", ["no-hold", "indefinite"]);
    add_words(list, "output-bin", [OUTPUT_BIN]);
    add_words(list, "print-content-optimize", ["auto"]);
    add_words(list, "print-rendering-intent", ["auto"]);
    let qualities = || printer.qualities.iter().copied().map(Quality::number);
    list.add("print-quality-default", enums(qualities().take(1)));
    list.add("print-quality-supported", enums(qualities()));
    let ways = printer.orientations.iter().copied();
    // As the document is, until somebody says otherwise.
    list.add("orientation-requested-default", IppValue::NoValue);
    list.add(
        "orientation-requested-supported",
        enums(ways.map(Orientation::number)),
    );
    let dpi = || printer.resolutions.iter().copied().map(resolution);
    list.add("printer-resolution-default", several(dpi().take(1)));
    list.add("printer-resolution-supported", several(dpi()));
    let finishings = printer.finishings.iter().copied();
    let finishings = finishings.map(Finishing::number);
    list.add("finishings-default", IppValue::Enum(NO_FINISHING));
    list.add(
        "finishings-supported",
        enums([NO_FINISHING].into_iter().chain(finishings)),
    );
    let pages = printer.number_up.iter().copied().map(integer);
    list.add("number-up-default", integer(1));
    list.add("number-up-supported", several(pages));
    let ranges = IppValue::Boolean(printer.page_ranges);
    list.add("page-ranges-supported", ranges);
    list.group(Group::Description);
    list.add("color-supported", IppValue::Boolean(has_color(printer)));
    let (grey, color) = printer.pages_per_minute;
    list.add("pages-per-minute", integer(grey));
    if has_color(printer) {
        list.add("pages-per-minute-color", integer(color));
    }
}

/// The first of the words is the default.
fn add_words(
    list: &mut AttributeList,
    name: &str,
    words: impl IntoIterator<Item = &'static str>,
) {
    let words: Vec<&str> = words.into_iter().collect();
    let default = words.first().copied().unwrap_or_default();
    list.add(&format!("{name}-default"), keyword(default));
    list.add(&format!("{name}-supported"), keywords(words));
}

/// What is used up (PWG 5100.13, section 5.6).
fn add_supplies(list: &mut AttributeList, now: &Condition, urls: &Urls) {
    list.add("printer-supply-info-uri", uri(&urls.page("/")));
    if now.supplies.is_empty() {
        return;
    }
    let levels = now.supplies.iter().map(|supply| {
        // RFC 3805, prtMarkerSuppliesLevel: -2 is unknown.
        let level = supply.level.map_or(-2, i32::from);
        octets(&format!(
            "type={};maxcapacity=100;level={level};class=supplyThatIsConsumed;\
             unit=percent;colorantname={};",
            supply.kind, supply.color
        ))
    });
    list.add("printer-supply", several(levels));
    let names = now.supplies.iter().map(|supply| text(&supply.name));
    list.add("printer-supply-description", several(names));
    let colors = now.supplies.iter().map(|supply| name(supply.color));
    list.add("marker-colors", several(colors));
    let levels = now.supplies.iter().map(|supply| {
        // As CUPS has it: -1 is unknown.
        integer(supply.level.map_or(-1, i32::from))
    });
    list.add("marker-levels", several(levels));
    let names = now.supplies.iter().map(|supply| name(&supply.name));
    list.add("marker-names", several(names));
    let kinds = now.supplies.iter().map(|supply| keyword(supply.kind));
    list.add("marker-types", several(kinds));
}

impl Description {
    /// The printer's UUID as a name of a resource (RFC 9562, section 4).
    pub(crate) fn urn(&self) -> String {
        urn(&self.uuid)
    }
}

/// A UUID as a name of a resource.
pub(crate) fn urn(uuid: &[u8; 16]) -> String {
    let mut urn = "urn:uuid:".to_owned();
    for (place, byte) in uuid.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            urn.push('-');
        }
        urn.push_str(&format!("{byte:02x}"));
    }
    urn
}
