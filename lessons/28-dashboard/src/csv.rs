//! Charts and results as tables for a spreadsheet.

use std::io;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use csv_lines::line;
use history::{Columns, HistoryQuery, TestResult};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio_stream::wrappers::ReceiverStream;

use crate::Source;
use crate::routes::{ApiError, Parameters, Range, chart};

/// The media type (RFC 7111, section 5.1).
const TYPE: &str = "text/csv; charset=utf-8; header=present";
/// How many results are read at a time.
const AT_ONCE: usize = 500;

/// `GET /api/history.csv`: a chart, a line for each of its points.
pub(crate) async fn history<S: Source>(
    State(source): State<S>,
    query: Parameters<HistoryQuery>,
) -> Result<Response, ApiError> {
    let Query(query) = query?;
    let columns = chart(source, query).await?;
    Ok(table("history.csv", Body::from(of_chart(&columns))))
}

/// `GET /api/results.csv`: every result of a speed test, the newest first.
/// They are read while they are sent: there may be many.
pub(crate) async fn results<S: Source>(
    State(source): State<S>,
    range: Parameters<Range>,
) -> Result<Response, ApiError> {
    let Query(range) = range?;
    let (from, to) = (range.from(), range.to());
    let read = move |to| source.history().results(from, to, AT_ONCE);
    // An error before the first line is still an answer of its own.
    let (read, page) = spawn_blocking(move || {
        let page = read(to);
        (read, page)
    })
    .await?;
    let mut page: Result<_, history::Error> = Ok(page?);
    let (lines, received) = mpsc::channel::<io::Result<String>>(2);
    spawn_blocking(move || {
        let mut text = line(RESULT_HEAD);
        loop {
            let results = match page {
                Ok(results) => results,
                Err(error) => {
                    // The answer breaks off: half a table is no table.
                    let _ = lines.blocking_send(Err(io::Error::other(error)));
                    return;
                }
            };
            for result in results.iter().rev() {
                text += &of_result(result);
            }
            let oldest = results.first().map(|result| result.at);
            // An error says that nobody reads it any more.
            let sent = lines.blocking_send(Ok(std::mem::take(&mut text)));
            // One test runs at a time, so no two end at the same moment.
            page = match oldest {
                Some(oldest) if sent.is_ok() => read(oldest - 1),
                _ => return,
            };
        }
    });
    let body = Body::from_stream(ReceiverStream::new(received));
    Ok(table("results.csv", body))
}

fn table(name: &str, body: Body) -> Response {
    let file = format!("attachment; filename=\"{name}\"");
    let headers =
        [(CONTENT_TYPE, TYPE.to_owned()), (CONTENT_DISPOSITION, file)];
    (headers, body).into_response()
}

// ANCHOR: chart
/// A chart: when each point begins, in Unix milliseconds and for people, and
/// its figures in the unit that is said. A cell is empty where there is none.
fn of_chart(columns: &Columns) -> String {
    let mut text = line(&[
        "metric", "target", "unit", "at", "time", "count", "failed", "minimum",
        "p25", "median", "p75", "p95", "maximum",
    ]);
    let Columns { metric, target, unit, .. } = columns;
    for (place, at) in columns.times.iter().enumerate() {
        let figure = |column: &[Option<f64>]| number(column[place]);
        text += &line(&[
            metric,
            target,
            unit,
            &at.to_string(),
            &time(*at),
            &columns.count[place].to_string(),
            &columns.failed[place].to_string(),
            &figure(&columns.minimum),
            &figure(&columns.p25),
            &figure(&columns.median),
            &figure(&columns.p75),
            &figure(&columns.p95),
            &figure(&columns.maximum),
        ]);
    }
    text
}
// ANCHOR_END: chart

/// The columns of a result: those keys of its report that are figures or words.
const RESULT_HEAD: &[&str] = &[
    "at",
    "time",
    "name",
    "server",
    "download_bps",
    "upload_bps",
    "idle_latency_ms",
    "jitter_ms",
    "loaded_latency_download_ms",
    "loaded_latency_upload_ms",
    "rpm",
    "grade",
    "stable",
    "error",
];

fn of_result(result: &TestResult) -> String {
    let report = &result.report;
    let value = |key: &str| in_a_cell(report.get(key));
    let loaded = |direction: &str| {
        in_a_cell(report.pointer(&format!("/loaded_latency_ms/{direction}")))
    };
    line(&[
        &result.at.to_string(),
        &time(result.at),
        &result.name,
        &value("server"),
        &value("download_bps"),
        &value("upload_bps"),
        &value("idle_latency_ms"),
        &value("jitter_ms"),
        &loaded("download"),
        &loaded("upload"),
        &value("rpm"),
        &value("grade"),
        &value("stable"),
        &value("error"),
    ])
}

/// A value of a report as the text of a cell.
fn in_a_cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn number(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A time in UTC: `2026-11-24T01:10:05.250Z` (RFC 3339).
fn time(at: i64) -> String {
    let at = Timestamp::from_millisecond(at).unwrap_or_default();
    at.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_chart_has_a_line_for_each_point() {
        let columns = Columns {
            metric: "ping".to_owned(),
            target: "=router, old".to_owned(),
            unit: "ms".to_owned(),
            times: vec![0, 60_000],
            count: vec![2, 0],
            failed: vec![1, 0],
            minimum: vec![Some(1.5), None],
            p25: vec![Some(1.5), None],
            median: vec![Some(1.5), None],
            p75: vec![Some(1.5), None],
            p95: vec![Some(1.5), None],
            maximum: vec![Some(1.5), None],
            ..Columns::default()
        };
        let text = of_chart(&columns);
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert_eq!(
            lines[1],
            "ping,\"'=router, old\",ms,0,1970-01-01T00:00:00Z,2,1,1.5,1.5,1.5,\
             1.5,1.5,1.5"
        );
        assert!(lines[2].ends_with(",60000,1970-01-01T00:01:00Z,0,0,,,,,,"));
    }

    #[test]
    fn a_result_has_a_cell_for_each_column() {
        let report = json!({
            "download_bps": 19_310_000, "stable": true,
            "loaded_latency_ms": { "download": 30.5, "upload": null },
            "error": "=cmd()",
        });
        let result = TestResult { at: 0, name: "line".to_owned(), report };
        let text = of_result(&result);
        assert!(text.contains(",line,,19310000,"), "{text}");
        assert!(text.ends_with(",30.5,,,,true,\"'=cmd()\"\r\n"), "{text}");
        let cells = text.matches(',').count() + 1;
        assert_eq!(cells, RESULT_HEAD.len(), "{text}");
    }
}
