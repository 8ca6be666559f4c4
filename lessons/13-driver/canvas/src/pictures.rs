//! The decoded pictures of a document, kept from band to band.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::decoded::Picture;

/// How many bytes of pictures that were used before are kept for a new one.
const MOST_KEPT: usize = 128 << 20;

/// The decoded pictures of a document, shared by the threads that draw it. A
/// picture is decoded by one thread, once, whatever the number of bands.
#[derive(Default)]
pub struct Pictures {
    kept: Mutex<Vec<Kept>>,
    /// Held while a picture is decoded: one at a time is enough memory.
    decoding: Mutex<()>,
}

struct Kept {
    key: Key,
    picture: Arc<OnceLock<Option<Arc<Picture>>>>,
}

/// The picture, and the size in dots for which it was decoded.
type Key = (u128, u32, u32);

impl Pictures {
    /// The picture of this key, which is decoded if nobody has it yet.
    pub(super) fn get(
        &self,
        key: Key,
        decode: impl FnOnce() -> Option<Picture>,
    ) -> Option<Arc<Picture>> {
        let cell = self.cell(key);
        let picture = cell.get_or_init(|| {
            let _one_at_a_time =
                self.decoding.lock().unwrap_or_else(PoisonError::into_inner);
            self.make_room(key);
            decode().map(Arc::new)
        });
        picture.clone()
    }

    fn cell(&self, key: Key) -> Arc<OnceLock<Option<Arc<Picture>>>> {
        let mut kept = self.kept();
        if let Some(at) = kept.iter().position(|kept| kept.key == key) {
            // What was used last stands last.
            kept[at..].rotate_left(1);
        } else {
            kept.push(Kept { key, picture: Arc::default() });
        }
        kept[kept.len() - 1].picture.clone()
    }

    /// Forgets what was not used for the longest time, for a new picture.
    fn make_room(&self, new: Key) {
        let mut kept = self.kept();
        let bytes = |kept: &Kept| match kept.picture.get() {
            Some(Some(picture)) => picture.bytes(),
            _ => 0,
        };
        let mut rest: usize = kept.iter().map(bytes).sum();
        kept.retain(|kept| {
            let stays = rest <= MOST_KEPT || kept.key == new;
            if !stays {
                rest -= bytes(kept);
            }
            stays
        });
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
