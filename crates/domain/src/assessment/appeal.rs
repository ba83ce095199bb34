//! Appeals against a published assessment, and corrections, which make a new marked version and never touch the old one.

use serde::{Deserialize, Serialize};

use crate::id::UnitId;
use crate::moment::Moment;

use super::{AssessmentEvent, AssessmentPolicy, Fact, UnitInputs};

/// How far an appeal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppealState {
    /// Waiting for a decision.
    Filed,
    /// The unit was right: a correction follows.
    Accepted,
    /// The figure stands.
    Rejected,
}

impl AppealState {
    /// The state as every other layer writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Filed => "filed",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }
}

/// A unit's appeal.
#[doc(alias = "申诉")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    /// How far it is.
    pub state: AppealState,
    /// The end of the window.
    pub until: Moment,
}

/// Why an appeal cannot be filed or decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppealRefusal {
    /// The window is over.
    #[error("the window for appeals is over")]
    TooLate,
    /// It was decided already.
    #[error("the appeal was decided")]
    Decided,
}

impl Appeal {
    /// Files an appeal within the window; the last moment still counts.
    ///
    /// # Errors
    /// [`AppealRefusal::TooLate`].
    pub fn file(until: Moment, now: Moment) -> Result<Self, AppealRefusal> {
        if now > until { Err(AppealRefusal::TooLate) } else { Ok(Self { state: AppealState::Filed, until }) }
    }

    /// Decides it, once.
    ///
    /// # Errors
    /// [`AppealRefusal::Decided`].
    pub fn decide(&self, to: AppealState) -> Result<Self, AppealRefusal> {
        match (self.state, to) {
            (AppealState::Filed, AppealState::Accepted | AppealState::Rejected) => Ok(Self { state: to, ..self.clone() }),
            (AppealState::Filed, AppealState::Filed)
            | (
                AppealState::Accepted | AppealState::Rejected,
                AppealState::Filed | AppealState::Accepted | AppealState::Rejected,
            ) => Err(AppealRefusal::Decided),
        }
    }
}

/// A change of one unit's inputs after publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "correction", rename_all = "snake_case")]
pub enum Correction {
    /// A component rests on something else.
    Fact {
        /// The unit.
        unit: UnitId,
        /// The component.
        component: String,
        /// What it rests on; none: it does not count.
        fact: Option<Fact>,
    },
    /// An event does not count.
    DropEvent {
        /// The unit.
        unit: UnitId,
        /// The event.
        event: String,
    },
    /// An event was forgotten.
    AddEvent {
        /// The unit.
        unit: UnitId,
        /// The event.
        event: AssessmentEvent,
    },
}

/// Why a correction cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CorrectionMisfit {
    /// It names a unit, component, event or price that the assessment does not have.
    #[error("the correction concerns nothing of this assessment")]
    Unknown,
    /// More was reached than is possible, or less than nothing.
    #[error("the correction lies outside what is possible")]
    OutOfRange,
}

/// The inputs with the corrections made.
///
/// # Errors
/// [`CorrectionMisfit`] if something is not among the inputs or in the policy, or cannot be.
pub fn corrected(
    policy: &AssessmentPolicy,
    inputs: &[UnitInputs],
    corrections: &[Correction],
) -> Result<Vec<UnitInputs>, CorrectionMisfit> {
    let mut inputs = inputs.to_vec();
    for correction in corrections {
        let (Correction::Fact { unit, .. } | Correction::DropEvent { unit, .. } | Correction::AddEvent { unit, .. }) = correction;
        let of_unit = inputs.iter_mut().find(|known| known.unit == *unit).ok_or(CorrectionMisfit::Unknown)?;
        match correction {
            Correction::Fact { component, fact: Some(fact), .. } => {
                if !policy.components.iter().any(|known| known.key == *component) {
                    return Err(CorrectionMisfit::Unknown);
                }
                if !fact.can_be() {
                    return Err(CorrectionMisfit::OutOfRange);
                }
                of_unit.facts.insert(component.clone(), fact.clone());
            }
            Correction::Fact { component, fact: None, .. } => {
                of_unit.facts.remove(component).ok_or(CorrectionMisfit::Unknown)?;
            }
            Correction::DropEvent { event, .. } => {
                let place = of_unit.events.iter().position(|known| known.id == *event).ok_or(CorrectionMisfit::Unknown)?;
                of_unit.events.remove(place);
            }
            Correction::AddEvent { event, .. } => {
                let known = policy.adjustments.iter().find(|adjustment| adjustment.key == event.adjustment);
                known.and_then(|known| known.price(event.finder, event.repeats)).ok_or(CorrectionMisfit::Unknown)?;
                of_unit.events.push(event.clone());
            }
        }
    }
    Ok(inputs)
}
