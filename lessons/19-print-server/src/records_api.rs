//! The API of the records: who printed what, searched and summed, as JSON and
//! as CSV.

use std::mem;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use print_options::roles::minds_all;
use print_records::{By, Error, Filter, Ledger, Record, csv};
use serde::Deserialize;
use serde_json::json;
use sign_in::User;
use tokio::sync::mpsc;
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
    /// What is summed up together: `user`, `printer`, `month` or
    /// `day`.
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
    let (pieces, stream) = mpsc::channel(2);
    let records = records(&state)?;
    // The first piece tells whether there can be an answer.
    let listing = ask(&state, move || {
        let filter = wish.filter(records.ledger()?, user)?;
        let mut listing = Listing { records, filter, is_csv, first: None };
        listing.first = Some(listing.read()?);
        Ok(listing)
    })
    .await?;
    let send = move || listing.send(&pieces);
    // It ends with the stream.
    drop(state.tasks.spawn_blocking("list of records", send));
    let body = Body::from_stream(ReceiverStream::new(stream));
    Ok(answer(body, is_csv, "records.csv"))
}

/// A list of records on its way to a client.
struct Listing {
    records: Records,
    /// What is still wanted.
    filter: Filter,
    is_csv: bool,
    /// The first piece, once it is read.
    first: Option<Vec<Record>>,
}

impl Listing {
    fn read(&mut self) -> Result<Vec<Record>, Error> {
        self.records.ledger()?.piece(&mut self.filter, PIECE)
    }

    /// Sends the list, piece by piece, as fast as the client reads it. An error
    /// on the way cuts the connection: half a list is not taken for a whole.
    fn send(mut self, pieces: &mpsc::Sender<Result<Bytes, Error>>) {
        let mut text = match self.is_csv {
            true => csv::record_head(),
            false => "[".to_owned(),
        };
        let mut between = "";
        let mut piece = self.first.take().unwrap_or_default();
        while !piece.is_empty() {
            for record in &piece {
                if self.is_csv {
                    text += &csv::record_line(record);
                } else {
                    text += between;
                    text += &serde_json::to_string(record).expect("plain data");
                    between = ",";
                }
            }
            let part = mem::take(&mut text);
            if pieces.blocking_send(Ok(part.into())).is_err() {
                return;
            }
            piece = match self.read() {
                Ok(piece) => piece,
                Err(error) => {
                    tracing::error!("a list of records broke off: {error}");
                    let _ = pieces.blocking_send(Err(error));
                    return;
                }
            };
        }
        if !self.is_csv {
            text.push(']');
        }
        let _ = pieces.blocking_send(Ok(text.into()));
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
            Some(Extension(user)) if minds_all(&user) => Ok(wanted),
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
