//! The API of the records: who printed what, searched and summed, as JSON and
//! as CSV.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use print_records::{By, Error, Filter, Ledger, csv};
use serde::Deserialize;
use serde_json::json;
use sign_in::User;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use crate::api::{ApiError, AppState};
use crate::records::Records;

/// Records that are read and sent at once: a list of any length is no burden.
const PIECE: u32 = 500;

/// `GET /api/records`, `/api/records/summary` and `/api/records/quota`.
pub(crate) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/api/records", get(list))
        .route("/api/records/summary", get(summary))
        .route("/api/records/quota", get(quota))
}

/// What is asked for. What is left blank is not asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wish {
    /// The earliest end: a day, or milliseconds since 1970.
    from: String,
    /// The latest end: a day, which belongs to it, or milliseconds since 1970,
    /// which do not.
    to: String,
    user: String,
    printer: String,
    /// At most this number of records.
    limit: Option<u32>,
    /// `json` or `csv`.
    format: String,
    /// What is summed up together: `user`, `printer` or `month`.
    by: String,
}

type Shared = State<Arc<AppState>>;
type Visitor = Option<Extension<User>>;

async fn list(
    State(state): Shared,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> Result<Response, ApiError> {
    let is_csv = wish.is_csv()?;
    let user = wish.whose(visitor)?;
    let (pieces, stream) = mpsc::channel::<Bytes>(2);
    let records = records(&state)?;
    // The first piece tells whether there can be an answer.
    let (filter, first) = ask(&state, move || {
        let ledger = records.ledger()?;
        let filter = wish.filter(ledger, user)?;
        let first = Piece::read(ledger, &filter, is_csv)?;
        Ok((filter, first))
    })
    .await?;
    let records = self::records(&state)?;
    let send = move || send(&records, filter, first, is_csv, &pieces);
    // It ends with the stream.
    drop(state.tasks.spawn_blocking("list of records", send));
    let stream = ReceiverStream::new(stream).map(Ok::<_, Error>);
    Ok(answer(Body::from_stream(stream), is_csv, "records.csv"))
}

/// A piece of the list as text, and where the next one begins.
struct Piece {
    text: String,
    next: Option<print_records::Place>,
}

impl Piece {
    fn read(
        ledger: &Ledger,
        filter: &Filter,
        is_csv: bool,
    ) -> Result<Piece, Error> {
        let (records, next) = ledger.piece(filter, PIECE)?;
        let is_first = filter.after.is_none();
        let mut text = match (is_csv, is_first) {
            (true, true) => csv::record_head(),
            (false, true) => "[".to_owned(),
            _ => String::new(),
        };
        for (at, record) in records.iter().enumerate() {
            if is_csv {
                text += &csv::record_line(record);
                continue;
            }
            if !is_first || at > 0 {
                text.push(',');
            }
            text += &serde_json::to_string(record).expect("plain data");
        }
        if next.is_none() && !is_csv {
            text.push(']');
        }
        Ok(Piece { text, next })
    }
}

/// Sends the list, piece by piece, to whoever reads it. A list that breaks off
/// has no end: the answer is cut, and not taken for whole.
fn send(
    records: &Records,
    mut filter: Filter,
    first: Piece,
    is_csv: bool,
    pieces: &mpsc::Sender<Bytes>,
) {
    let mut piece = first;
    while pieces.blocking_send(piece.text.into()).is_ok() {
        let Some(next) = piece.next else { return };
        filter.after = Some(next);
        let read = records
            .ledger()
            .and_then(|ledger| Piece::read(ledger, &filter, is_csv));
        piece = match read {
            Ok(piece) => piece,
            Err(error) => {
                tracing::error!("a list of records broke off: {error}");
                return;
            }
        };
    }
}

async fn summary(
    State(state): Shared,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> Result<Response, ApiError> {
    let is_csv = wish.is_csv()?;
    let user = wish.whose(visitor)?;
    let by = match wish.by.as_str() {
        "" => By::User,
        by => by.parse().map_err(|expected| {
            ApiError::bad_request(format!("`by`: {expected}"))
        })?,
    };
    let records = records(&state)?;
    let sums = ask(&state, move || {
        let ledger = records.ledger()?;
        ledger.sums(&wish.filter(ledger, user)?, by)
    })
    .await?;
    if !is_csv {
        return Ok(Json(sums).into_response());
    }
    let mut text = csv::sum_head();
    for sum in &sums {
        text += &csv::sum_line(sum);
    }
    Ok(answer(text.into(), true, "summary.csv"))
}

/// What is left for a person this month.
async fn quota(
    State(state): Shared,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> Result<Response, ApiError> {
    let own = visitor.as_ref().map(|Extension(user)| user.name.clone());
    let user = wish.whose(visitor)?.or(own).unwrap_or_default();
    let records = records(&state)?;
    let name = user.clone();
    let allowance = ask(&state, move || records.allowance(&name)).await?;
    let view = json!({
        "user": user,
        "quota": allowance.map(|allowance| allowance.quota),
        "printed": allowance.map(|allowance| allowance.printed),
        "waiting": allowance.map(|allowance| allowance.waiting),
        "left": allowance.map(|allowance| allowance.left()),
    });
    Ok(Json(view).into_response())
}

impl Wish {
    fn is_csv(&self) -> Result<bool, ApiError> {
        match self.format.as_str() {
            "csv" => Ok(true),
            "" | "json" => Ok(false),
            _ => Err(ApiError::bad_request("`format`: say json or csv")),
        }
    }

    /// Whose records are wanted, as far as the visitor may see them: of all
    /// persons only who looks after the printer, and else one's own.
    fn whose(&self, visitor: Visitor) -> Result<Option<String>, ApiError> {
        let wanted = Some(self.user.clone()).filter(|user| !user.is_empty());
        match visitor {
            Some(Extension(user))
                if user.has("operate") || user.has("admin") =>
            {
                Ok(wanted)
            }
            Some(Extension(user))
                if wanted.as_ref().is_none_or(|name| *name == user.name) =>
            {
                Ok(Some(user.name))
            }
            _ => Err(ApiError::forbidden(
                "these are records of others: only who has the role operate \
                 or admin sees them",
            )),
        }
    }

    fn filter(
        &self,
        ledger: &Ledger,
        user: Option<String>,
    ) -> Result<Filter, Error> {
        let given =
            |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
        let moment = |text: &str, end| {
            given(text).map(|text| ledger.moment(&text, end)).transpose()
        };
        Ok(Filter {
            from: moment(&self.from, false)?,
            to: moment(&self.to, true)?,
            user,
            printer: given(&self.printer),
            limit: self.limit,
            after: None,
        })
    }
}

fn records(state: &AppState) -> Result<Records, ApiError> {
    state.records.clone().ok_or_else(|| {
        ApiError::not_found(
            "this process only prints: the records are kept by the one that \
             takes documents"
                .to_owned(),
        )
    })
}

/// Asks the records, on a thread that may block.
async fn ask<T: Send + 'static>(
    state: &AppState,
    question: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, ApiError> {
    let answer = state.tasks.spawn_blocking("record search", question).await;
    let answer = answer.map_err(|_| ApiError::broken())?;
    Ok(answer.map_err(|_| ApiError::broken())??)
}

fn answer(body: Body, is_csv: bool, name: &str) -> Response {
    if !is_csv {
        let kind = [(header::CONTENT_TYPE, "application/json")];
        return (kind, body).into_response();
    }
    let kind = (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned());
    let attachment = format!("attachment; filename=\"{name}\"");
    let place = (header::CONTENT_DISPOSITION, attachment);
    ([kind, place], body).into_response()
}
