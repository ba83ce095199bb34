//! The score of a round: a pure function from edition and sheet to a tree of exact figures with reasons.
//!
//! Invariants: a total is the sum of its leaves; the order of what is given changes nothing; rounding happens once, at
//! publication (and before, only where the edition sets a working scale); what is not measured counts neither 0 nor full.

mod sheet;
mod tree;

pub use sheet::{EnteredResult, EnteredValue, Incident, RoundSheet, SheetFinding, SheetItem, SheetSite};
pub use tree::{
    Conformity, ConformityCount, ConformityState, CriterionScore, Deduction, Figure, Ignored, MeasureScore, MethodFigure,
    NodeScore, Published, Reason, ScoreTree, SiteScore, TypeScore, Uncovered,
};
