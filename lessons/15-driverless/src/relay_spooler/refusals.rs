//! What the relay and the queue refuse, with IPP's status for it.

use axum::http::StatusCode;
use driver::DocumentError;

use crate::{Refusal, Status};

impl From<relay::Refusal> for Refusal {
    fn from(refusal: relay::Refusal) -> Refusal {
        use relay::Refusal as R;
        let status = match &refusal {
            R::Document { source: DocumentError::Encrypted, .. } => {
                Status::DocumentPasswordError
            }
            R::Document { source: DocumentError::Range(_), .. } => {
                Status::AttributesOrValuesNotSupported
            }
            R::Document { .. } | R::Empty(_) => Status::DocumentFormatError,
            R::Doubtful { .. } | R::Unprintable { .. } => {
                Status::DocumentUnprintable
            }
            R::RawNotAllowed => Status::DocumentFormatNotSupported,
            R::Quota { .. } => Status::AccountLimitReached,
            R::BadPin | R::Field { .. } => {
                Status::AttributesOrValuesNotSupported
            }
            R::Busy => Status::Busy,
            other => like_http(other.status()),
        };
        Refusal::new(status, refusal.to_string())
    }
}

/// IPP's status that says what HTTP's does.
fn like_http(status: StatusCode) -> Status {
    match status {
        StatusCode::FORBIDDEN => Status::NotAuthorized,
        StatusCode::REQUEST_TIMEOUT => Status::Timeout,
        StatusCode::CONFLICT => Status::NotPossible,
        StatusCode::PAYLOAD_TOO_LARGE => Status::RequestEntityTooLong,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Status::DocumentFormatNotSupported
        }
        StatusCode::UNPROCESSABLE_ENTITY => Status::DocumentFormatError,
        StatusCode::INSUFFICIENT_STORAGE => Status::TemporaryError,
        StatusCode::SERVICE_UNAVAILABLE => Status::ServiceUnavailable,
        status if status.is_server_error() => Status::InternalError,
        _ => Status::BadRequest,
    }
}

impl From<job_queue::Error> for Refusal {
    fn from(error: job_queue::Error) -> Refusal {
        let status = match error {
            job_queue::Error::NoSuchJob(_) => Status::NotFound,
            job_queue::Error::NotPossible { .. } => Status::NotPossible,
            job_queue::Error::Full { .. } => Status::TemporaryError,
            _ => Status::ServiceUnavailable,
        };
        Refusal::new(status, error.to_string())
    }
}
