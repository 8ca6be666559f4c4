//! Answers without an end, such as server-sent events: each goes on only as
//! long as its reader may read it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use hyper::body::Frame;

use crate::sign_in::Proof;
use crate::{Accounts, User};

/// For how long an answer goes on without another look at the account. What
/// this process changes is heeded at once, what another one does after this.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

type Answer<T> = Pin<Box<dyn Future<Output = T> + Send>>;

// ANCHOR: end
/// The answer to a user, which ends when the account is changed or revoked,
/// or its session ends. One that is complete already is left as it is.
pub(crate) fn end_with_account(
    answer: Response,
    accounts: &Accounts,
    user: User,
    proof: Proof,
) -> Response {
    let is_complete = answer.body().size_hint().exact().is_some();
    if is_complete || matches!(proof, Proof::ServerKey) {
        return answer;
    }
    let accounts = accounts.clone();
    answer.map(|body| {
        Body::new(Watched {
            body,
            held: None,
            looked: Instant::now(),
            looking: None,
            change: next_change(&accounts),
            accounts,
            user,
            proof,
        })
    })
}
// ANCHOR_END: end

/// An answer's body, and what its reader is.
struct Watched {
    body: Body,
    /// What waits for a look at the account.
    held: Option<Frame<Bytes>>,
    looked: Instant,
    looking: Option<Answer<bool>>,
    change: Answer<()>,
    accounts: Accounts,
    user: User,
    proof: Proof,
}

impl Watched {
    /// Looks whether the user is still what it was when the answer began.
    fn look(&mut self) {
        self.looked = Instant::now();
        let (user, proof) = (self.user.clone(), self.proof.clone());
        let accounts = self.accounts.clone();
        self.looking = Some(Box::pin(async move {
            let now = accounts.ask(move |list| list.by_proof(&proof)).await;
            // Without its accounts, a server tells nobody anything.
            now.is_ok_and(|now| now.as_ref() == Some(&user))
        }));
    }
}

/// Waits for the next change to the accounts that this process makes.
fn next_change(accounts: &Accounts) -> Answer<()> {
    let mut changes = accounts.changes();
    Box::pin(async move {
        if changes.changed().await.is_err() {
            // There are no accounts to change any more.
            std::future::pending().await
        }
    })
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        loop {
            if let Some(looking) = &mut this.looking {
                if !ready!(looking.as_mut().poll(context)) {
                    this.held = None;
                    this.body = Body::empty();
                    this.looking = Some(Box::pin(async { false }));
                    return Poll::Ready(None);
                }
                this.looking = None;
            }
            if this.change.as_mut().poll(context).is_ready() {
                this.change = next_change(&this.accounts);
                this.look();
                continue;
            }
            if let Some(frame) = this.held.take() {
                return Poll::Ready(Some(Ok(frame)));
            }
            match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                Some(Ok(frame)) if this.looked.elapsed() >= LOOK_AGAIN => {
                    this.held = Some(frame);
                    this.look();
                }
                polled => return Poll::Ready(polled),
            }
        }
    }
}
