//! Identities: one UUID newtype per noun, so that a unit can never be passed where a person is meant.
//!
//! As text and JSON an identity is its plain UUID. Identities are made outside (UUIDv7); rules only compare them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! identities {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes a UUID as this noun's identity.
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The plain UUID.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

identities! {
    /// A unit 单位.
    UnitId,
    /// A person with an account or named in a list.
    PersonId,
    /// A problem 问题.
    ProblemId,
    /// A site 点位.
    SiteId,
    /// A leaf of an edition 测评标准.
    CriterionId,
    /// A checklist item 检查项.
    ItemId,
    /// A round 测评批次.
    RoundId,
    /// A photograph or file.
    MediaId,
    /// A command of a client, made there, applied once.
    CommandId,
    /// A slip 督办单.
    SlipId,
    /// A duty 责任: a unit beside a criterion.
    DutyId,
    /// A task 任务.
    TaskId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_json_are_the_plain_uuid() {
        let text = "0192f0c1-0000-7000-8000-000000000001";
        let unit: UnitId = text.parse().unwrap();
        assert_eq!(unit.to_string(), text);
        assert_eq!(serde_json::to_string(&unit).unwrap(), format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<UnitId>(&format!("\"{text}\"")).unwrap(), unit);
        assert!("street-1".parse::<UnitId>().is_err());
    }
}
