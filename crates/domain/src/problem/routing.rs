//! Whose a problem is: proposed by the city's own table from the type of the site, the criterion, the kind and the position.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::UnitId;

/// Who is named by a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum RouteTo {
    /// This unit.
    Unit {
        /// Which.
        unit: UnitId,
    },
    /// 属地: the territorial unit of the place.
    Territorial,
    /// 行业主管: the industry unit of the place.
    Industry,
    /// The street or town of the place.
    Street,
    /// The community or village of the place.
    Community,
}

/// A row: what it leaves empty holds for all; the first row that fits and names a known unit decides.
#[doc(alias = "派遣规则")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingRow {
    /// Types of the site.
    #[serde(default)]
    pub site_types: BTreeSet<Uuid>,
    /// Criteria as cited, normalised; a shorter citation stands for all below it.
    #[serde(default)]
    pub criteria: Vec<String>,
    /// Kinds.
    #[serde(default)]
    pub categories: BTreeSet<String>,
    /// Streets or communities in which the place lies.
    #[serde(default)]
    pub areas: BTreeSet<UnitId>,
    /// Who rectifies.
    pub lead: RouteTo,
    /// Who supports.
    #[serde(default)]
    pub supporting: Vec<RouteTo>,
}

/// What is known of a place and a fault.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Whereabouts {
    /// The type of the site.
    pub site_type: Option<Uuid>,
    /// Criteria as cited, normalised.
    pub criteria: Vec<String>,
    /// Its kind.
    pub category: String,
    /// 属地.
    pub territorial: Option<UnitId>,
    /// 行业主管.
    pub industry: Option<UnitId>,
    /// Street or town.
    pub street: Option<UnitId>,
    /// Community or village.
    pub community: Option<UnitId>,
}

/// Who is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Who rectifies.
    pub lead: UnitId,
    /// Who supports.
    pub supporting: BTreeSet<UnitId>,
    /// By which row, from 0; none: no row fitted, the place itself decides.
    pub row: Option<usize>,
}

/// Who is proposed: by the first row that fits, else the territorial unit with the industry unit in support, or the other way.
#[must_use]
pub fn route(rows: &[RoutingRow], place: &Whereabouts) -> Option<Route> {
    for (index, row) in rows.iter().enumerate().filter(|(_, row)| row.fits(place)) {
        if let Some(lead) = place.named(row.lead) {
            let supporting = row.supporting.iter().filter_map(|to| place.named(*to)).filter(|unit| *unit != lead).collect();
            return Some(Route { lead, supporting, row: Some(index) });
        }
    }
    let lead = place.territorial.or(place.street).or(place.industry)?;
    let supporting = place.industry.into_iter().filter(|unit| *unit != lead).collect();
    Some(Route { lead, supporting, row: None })
}

impl RoutingRow {
    fn fits(&self, place: &Whereabouts) -> bool {
        let cited = |wanted: &String| {
            let below = format!("{wanted}-");
            place.criteria.iter().any(|cited| cited == wanted || cited.starts_with(&below))
        };
        (self.site_types.is_empty() || place.site_type.is_some_and(|kind| self.site_types.contains(&kind)))
            && (self.criteria.is_empty() || self.criteria.iter().any(cited))
            && (self.categories.is_empty() || self.categories.contains(&place.category))
            && (self.areas.is_empty()
                || [place.street, place.community].into_iter().flatten().any(|area| self.areas.contains(&area)))
    }
}

impl Whereabouts {
    fn named(&self, to: RouteTo) -> Option<UnitId> {
        match to {
            RouteTo::Unit { unit } => Some(unit),
            RouteTo::Territorial => self.territorial.or(self.street),
            RouteTo::Industry => self.industry,
            RouteTo::Street => self.street,
            RouteTo::Community => self.community,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(number: u128) -> UnitId {
        UnitId::new(Uuid::from_u128(number))
    }

    fn row(lead: RouteTo) -> RoutingRow {
        RoutingRow {
            site_types: [].into(),
            criteria: Vec::new(),
            categories: [].into(),
            areas: [].into(),
            lead,
            supporting: Vec::new(),
        }
    }

    fn place() -> Whereabouts {
        Whereabouts {
            site_type: Some(Uuid::from_u128(7)),
            criteria: vec!["VI-2-1".to_owned()],
            category: "市容".to_owned(),
            territorial: Some(unit(1)),
            industry: Some(unit(2)),
            street: Some(unit(3)),
            community: None,
        }
    }

    #[test]
    fn the_first_row_that_fits_and_names_a_known_unit_decides() {
        let urban = RouteTo::Unit { unit: unit(9) };
        let rows = [
            RoutingRow { categories: ["市政".to_owned()].into(), ..row(urban) },
            RoutingRow { areas: [unit(3)].into(), ..row(RouteTo::Community) },
            RoutingRow { criteria: vec!["VI-2".to_owned()], supporting: vec![RouteTo::Industry, urban], ..row(urban) },
            row(RouteTo::Street),
        ];
        let found = route(&rows, &place()).unwrap();
        assert_eq!((found.lead, found.row), (unit(9), Some(2)));
        assert_eq!(found.supporting, [unit(2)].into(), "nobody supports himself");
        let elsewhere = Whereabouts { criteria: vec!["VI-21".to_owned()], ..place() };
        assert_eq!(route(&rows, &elsewhere).unwrap().row, Some(3), "VI-2 does not stand for VI-21");
    }

    #[test]
    fn without_a_table_the_place_itself_decides() {
        let found = route(&[], &place()).unwrap();
        assert_eq!((found.lead, found.supporting), (unit(1), [unit(2)].into()));
        assert_eq!(route(&[], &Whereabouts::default()), None);
    }
}
