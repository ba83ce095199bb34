//! placeholder
use crate::rights::Routes;
/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
}
