//! The shelf on which documents lie while somebody looks at them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use relay::Examined;

/// How long a document lies here after somebody looked at it last.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// The most documents of one person, and of all: each is an open file.
const MOST_OF_ONE: usize = 24;
const MOST: usize = 240;
/// The most bytes of one person's documents, beside the newest.
const MOST_BYTES: u64 = 1 << 30;

/// A document that somebody looks at.
#[derive(Debug)]
pub struct Preview {
    /// A name that cannot be guessed.
    pub id: String,
    /// The name of the person whose document this is.
    pub owner: String,
    /// The document.
    pub document: Examined,
}

/// The documents that people look at. Clones share them. What lies here is
/// forgotten when the program ends, half an hour after the last look, and,
/// the oldest first, when its owner looks at too many.
#[derive(Clone, Debug, Default)]
pub struct Previews(Arc<Mutex<Vec<Shelved>>>);

#[derive(Debug)]
struct Shelved {
    preview: Arc<Preview>,
    looked_at: Instant,
}

impl Previews {
    /// Puts a document on the shelf for its owner.
    ///
    /// # Panics
    /// When the system has no random numbers.
    pub fn add(&self, owner: &str, document: Examined) -> Arc<Preview> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).expect("the system's random numbers");
        let id = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let owner = owner.to_owned();
        let preview = Arc::new(Preview { id, owner, document });
        let mut shelf = self.shelf();
        forget_old(&mut shelf);
        make_room(&mut shelf, &preview.owner);
        let looked_at = Instant::now();
        shelf.push(Shelved { preview: preview.clone(), looked_at });
        preview
    }

    /// The document of this owner under this name, if it still lies here.
    #[must_use]
    pub fn get(&self, owner: &str, id: &str) -> Option<Arc<Preview>> {
        let mut shelf = self.shelf();
        let is_it = |one: &&mut Shelved| {
            one.preview.id == id && one.preview.owner == owner
        };
        let found = shelf.iter_mut().find(is_it)?;
        found.looked_at = Instant::now();
        Some(found.preview.clone())
    }

    /// Forgets a document; says whether it was there.
    pub fn forget(&self, owner: &str, id: &str) -> bool {
        let mut shelf = self.shelf();
        let count = shelf.len();
        shelf.retain(|Shelved { preview, .. }| {
            preview.id != id || preview.owner != owner
        });
        shelf.len() < count
    }

    /// Forgets what nobody has looked at for half an hour. To be called now
    /// and then.
    pub fn forget_old(&self) {
        forget_old(&mut self.shelf());
    }

    fn shelf(&self) -> MutexGuard<'_, Vec<Shelved>> {
        // Each change is one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn forget_old(shelf: &mut Vec<Shelved>) {
    shelf.retain(|one| one.looked_at.elapsed() < LONGEST);
}

/// Makes room for one more document of this owner.
fn make_room(shelf: &mut Vec<Shelved>, owner: &str) {
    loop {
        let is_owned = |one: &&Shelved| one.preview.owner == owner;
        let owned = || shelf.iter().filter(is_owned);
        let bytes: u64 = owned().map(|one| one.preview.document.bytes).sum();
        let oldest = if owned().count() >= MOST_OF_ONE || bytes > MOST_BYTES {
            shelf.iter().position(|one| is_owned(&one))
        } else if shelf.len() >= MOST {
            Some(0)
        } else {
            return;
        };
        shelf.remove(oldest.unwrap_or(0));
    }
}
