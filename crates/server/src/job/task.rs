//! What a running job knows of itself.

use serde_json::Value;
use yipanqi_store::City;

/// A job that this process holds the lease of.
#[derive(Debug, Clone)]
pub struct Task {
    /// The job's identity.
    pub id: String,
    /// The city it belongs to.
    pub city: City,
    /// What was asked when it was enqueued.
    pub payload: Value,
}
