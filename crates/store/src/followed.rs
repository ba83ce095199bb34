//! Values that follow the daily work of a city in memory: they are brought up to date instead of being loaded anew.
//!
//! Whoever uses one takes it out and puts it back when it is right again, so that nobody ever sees one half changed; what
//! fails in between is gone, and the next reader begins anew. A few are kept at most; the longest unused goes first. How a
//! value finds out what has changed since is its own business: it was right in some snapshot, earlier or later than the
//! reader's, of this server or another.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Values kept at most; a city visits few rounds at a time.
const ROOM: usize = 4;

/// The followed values of one city in this process.
#[derive(Debug, Default)]
pub struct Followed {
    kept: Mutex<VecDeque<(String, Box<dyn Any + Send>)>>,
}

impl Followed {
    /// Takes the value of this name out; none if there is none of this kind.
    pub fn take<T: Send + 'static>(&self, name: &str) -> Option<T> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(known, _)| known == name)?;
        let (_, value) = kept.remove(place)?;
        value.downcast().ok().map(|value| *value)
    }

    /// Puts a value in; one of the same name goes, and the longest unused if there is no room.
    pub fn put<T: Send + 'static>(&self, name: &str, value: T) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| known != name);
        while kept.len() >= ROOM {
            kept.pop_front();
        }
        kept.push_back((name.to_owned(), Box::new(value)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_nobodys_while_it_is_used_and_the_longest_unused_goes_first() {
        let followed = Followed::default();
        for name in ["a", "b", "c", "d"] {
            followed.put(name, name.len());
        }
        let a: Option<usize> = followed.take("a");
        assert_eq!((a, followed.take::<usize>("a")), (Some(1), None));
        followed.put("a", 7_usize);
        followed.put("e", 8_usize);
        assert_eq!(followed.take::<usize>("b"), None, "the longest unused");
        assert_eq!(followed.take::<usize>("a"), Some(7));
        followed.put("e", 9_usize);
        assert_eq!(followed.take::<usize>("e"), Some(9));
        assert_eq!(followed.take::<u8>("c"), None, "of another kind");
    }
}
