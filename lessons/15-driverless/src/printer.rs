//! The printer: IPP over HTTP, in front of a program.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request as HttpRequest, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router};

use crate::created_jobs::CreatedJobs;
use crate::description::Authentication;
use crate::icon::icon;
use crate::operations::Dialogue;
use crate::printer_attributes::Moments;
use crate::urls::{ICON_SIZES, Urls};
use crate::{Condition, Description, Operation, Requester, Spooler, Status};
use ipp_message::answer::Answer;
use ipp_message::incoming::{HeadError, Incoming};
use ipp_message::request::{Header, Request};

/// The MIME type of IPP (RFC 8010, section 4).
const IPP: &str = "application/ipp";
/// The icon in each of its sizes.
static ICONS: LazyLock<[Bytes; ICON_SIZES.len()]> =
    LazyLock::new(|| ICON_SIZES.map(|size| icon(size).into()));

/// A printer that speaks IPP, in front of a program that prints.
pub struct IppPrinter<S> {
    /// Where it is on its server, `/ipp/print`.
    pub(crate) path: String,
    pub(crate) description: Description,
    pub(crate) spooler: Arc<S>,
    pub(crate) created: CreatedJobs,
    /// When it was switched on, in milliseconds since 1970.
    started: u64,
    /// What the last client was told of its state, and since when it is so.
    last_told: Mutex<Option<(Condition, u64)>>,
    observer: Option<Observer>,
}

/// What was asked and how it ended, among the extensions of each answer: for a
/// server that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The operation, if it is one that the printer knows.
    pub operation: Option<Operation>,
    /// The status of the answer.
    pub status: Status,
}

type Observer = Box<dyn Fn(&[u8], &[u8]) + Send + Sync>;

impl<S: Spooler> IppPrinter<S> {
    /// A printer at this path of its server, `/ipp/print`.
    #[must_use]
    pub fn new(
        path: &str,
        description: Description,
        spooler: S,
    ) -> IppPrinter<S> {
        IppPrinter {
            path: path.to_owned(),
            description,
            spooler: Arc::new(spooler),
            created: CreatedJobs::default(),
            started: now(),
            last_told: Mutex::default(),
            observer: None,
        }
    }

    /// Shows somebody the bytes of each request, without its document, and of
    /// the answer. A PIN in a request is among them.
    #[must_use]
    pub fn observe(
        mut self,
        observer: impl Fn(&[u8], &[u8]) + Send + Sync + 'static,
    ) -> IppPrinter<S> {
        self.observer = Some(Box::new(observer));
        self
    }

    // ANCHOR: router
    /// The routes: the printer itself, its jobs, and its icon.
    pub fn router(self) -> Router {
        let path = self.path.clone();
        let mut router = Router::new()
            .route(&path, post(serve::<S>))
            .route(&format!("{path}/job/{{id}}"), post(serve::<S>));
        for (size, icon) in ICON_SIZES.iter().zip(ICONS.iter()) {
            let icon = icon_route(icon.clone());
            router = router.route(&format!("{path}/icon-{size}.png"), icon);
        }
        // The program behind the printer has limits of its own.
        router.layer(DefaultBodyLimit::disable()).with_state(Arc::new(self))
    }
    // ANCHOR_END: router

    pub(crate) fn moments(&self, condition: &Condition) -> Moments {
        let now = now();
        let mut last =
            self.last_told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |last: &Condition| {
            last.activity == condition.activity
                && last.reasons == condition.reasons
        };
        let since = match &*last {
            Some((told, since)) if is_same(told) => *since,
            Some(_) => now,
            None => self.started,
        };
        *last = Some((condition.clone(), since));
        Moments { now, started: self.started, state_changed: since }
    }

    /// Whether it is reached over TLS only.
    fn is_over_tls(&self) -> bool {
        self.description.access.iter().all(|access| access.tls)
    }

    fn asks_for_a_key(&self) -> bool {
        let access = &self.description.access;
        access.iter().any(|one| one.authentication == Authentication::Basic)
    }

    // ANCHOR: answer
    /// Receives the attributes of a request and does what it asks for.
    async fn answer(
        self: &Arc<Self>,
        http: HttpRequest,
    ) -> Result<Response, StatusCode> {
        let (parts, body) = http.into_parts();
        let mut incoming = Some(Incoming::new(body));
        let mut head = Vec::new();
        let request = receive(&mut incoming, &mut head).await;
        let header = match &request {
            Ok(request) => request.header,
            // Whoever sent less than a header does not speak IPP.
            Err(_) => Header::read(&head).ok_or(StatusCode::BAD_REQUEST)?,
        };
        let result = match request {
            Ok(request) => {
                let dialogue = Dialogue {
                    printer: self.clone(),
                    requester: parts.extensions.get::<Requester>().cloned(),
                    urls: self.urls(&parts.headers),
                    request,
                };
                dialogue.perform(&mut incoming).await
            }
            Err(HeadError::TooSlow) => return Err(StatusCode::REQUEST_TIMEOUT),
            Err(broken) => Err(broken.into()),
        };
        // What nobody has read.
        if let Some(mut rest) = incoming {
            rest.discard().await;
        }
        if let Err(refusal) = &result
            && refusal.status == Status::NotAuthenticated
            && self.asks_for_a_key()
        {
            return Ok(ask_for_a_key(&self.description.name));
        }
        let answer = result.unwrap_or_else(|refusal| Answer::refused(&refusal));
        let bytes = answer.to_bytes(&header);
        if let Some(observer) = &self.observer {
            observer(&head, &bytes);
        }
        let answered = Answered {
            operation: Operation::from_number(header.operation.into()),
            status: answer.status(),
        };
        let content_type = [(CONTENT_TYPE, IPP)];
        Ok((Extension(answered), content_type, bytes).into_response())
    }
    // ANCHOR_END: answer

    fn urls(&self, headers: &HeaderMap) -> Urls {
        Urls::new(headers, &self.path, self.is_over_tls())
    }
}

async fn receive(
    incoming: &mut Option<Incoming>,
    head: &mut Vec<u8>,
) -> Result<Request, HeadError> {
    if let Some(incoming) = incoming {
        incoming.receive_head(head).await?;
    }
    Ok(Request::read(Bytes::copy_from_slice(head))?)
}

async fn serve<S: Spooler>(
    State(printer): State<Arc<IppPrinter<S>>>,
    request: HttpRequest,
) -> Response {
    let kind = request.headers().get(CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != IPP) {
        let words = "this is a printer: send it application/ipp";
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, words).into_response();
    }
    printer.answer(request).await.unwrap_or_else(IntoResponse::into_response)
}

/// RFC 7617. What the client sends then is for the program to look at.
fn ask_for_a_key(name: &str) -> Response {
    let name: String = name
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || *letter == ' ')
        .collect();
    let challenge = format!("Basic realm=\"{name}\", charset=\"UTF-8\"");
    let words = "sign in with your name and your key";
    let headers = [(WWW_AUTHENTICATE, challenge)];
    (StatusCode::UNAUTHORIZED, headers, words).into_response()
}

fn icon_route<T: Clone + Send + Sync + 'static>(
    icon: Bytes,
) -> MethodRouter<T> {
    get(move || async move {
        let headers = [
            (CONTENT_TYPE, "image/png"),
            (CACHE_CONTROL, "public, max-age=86400"),
        ];
        (headers, icon)
    })
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}
