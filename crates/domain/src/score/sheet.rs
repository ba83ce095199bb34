//! What a round brings to the score: sites, items with their links, findings, entered results, incidents.

use serde::{Deserialize, Serialize};

use crate::exact::Exact;
use crate::framework::Method;
use crate::id::{CriterionId, ItemId, SiteId, UnitId};
use crate::round::{FindingResult, ItemStandard};

/// Everything a score is made of besides the edition. The order of the lists changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RoundSheet {
    /// The round's sites, visited or not.
    pub sites: Vec<SheetSite>,
    /// The checklist items with what they serve.
    pub items: Vec<SheetItem>,
    /// The findings of the visits that count (the first complete visit of each site).
    pub findings: Vec<SheetFinding>,
    /// Results the product did not collect itself, one per measure.
    pub results: Vec<EnteredResult>,
    /// Incidents of the negative list that stand.
    pub incidents: Vec<Incident>,
}

/// A site of the round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetSite {
    /// The site.
    pub site: SiteId,
    /// Its code, by which sites are listed.
    pub code: String,
    /// Its type.
    pub site_type: String,
    /// The unit of its territory (属地).
    #[serde(default)]
    pub territorial: Option<UnitId>,
    /// The unit of its industry (行业主管).
    #[serde(default)]
    pub industry: Option<UnitId>,
}

/// A checklist item and the criteria it serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetItem {
    /// The item.
    pub item: ItemId,
    /// What it asks of a count, a share or an interview to pass by itself.
    #[serde(default)]
    pub standard: ItemStandard,
    /// The criteria it feeds, each once however often it is named.
    pub criteria: Vec<CriterionId>,
}

/// What was found for one item at one site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetFinding {
    /// The site.
    pub site: SiteId,
    /// The item.
    pub item: ItemId,
    /// What was observed.
    pub result: FindingResult,
}

/// A result entered for a whole measure; it stands in place of findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnteredResult {
    /// The criterion.
    pub criterion: CriterionId,
    /// The measure's method.
    pub method: Method,
    /// What was entered.
    pub value: EnteredValue,
}

/// A result as it was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entered", rename_all = "snake_case")]
pub enum EnteredValue {
    /// The points earned, as decided elsewhere; the rule is not applied.
    Points {
        /// Between 0 and P.
        points: Exact,
    },
    /// A share in per cent, for rules that read a share.
    Percent {
        /// Between 0 and 100.
        percent: Exact,
    },
    /// An observation, to which the rule is applied; it has passed the gate, if the rule has one.
    Result {
        /// What was observed.
        result: FindingResult,
    },
    /// The gate of the rule has failed.
    GateFailed,
}

/// An incident of the negative list that stands (withdrawn ones are left out).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// The number on the edition's negative list.
    pub number: String,
    /// How often: 起, 件, 处.
    pub count: u32,
}
