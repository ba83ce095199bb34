//! The matrix of criteria and units, against the bare rows that it is made of.

use serde_json::json;
use uuid::Uuid;
use yipanqi_domain::framework::Edition;
use yipanqi_domain::id::CriterionId;
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::framework::{self, Duty, DutyRole, EditionNode, EditionRow, EditionState};
use yipanqi_store::{testing, unit};

use crate::city::Bench;
use crate::report::{Line, middle};

/// Units that stand in the matrix.
const UNITS: usize = 80;
/// Units that answer for a criterion: one leads, the others support.
const EACH: usize = 4;

/// Runs it.
pub async fn run(bench: &Bench) -> anyhow::Result<Vec<Line>> {
    let edition = laid_out(bench).await?;
    bench.client.post(&bench.office, "/api/duties/derive", json!({ "edition_id": edition })).await?;
    let nodes = format!("SELECT * FROM node WHERE edition_id = '{edition}'");
    let duties = format!("SELECT * FROM unit_duty WHERE edition_id = '{edition}'");
    let baseline = middle(bench.size.repeats(), async || {
        testing::rows(&bench.city, &nodes).await;
        testing::rows(&bench.city, &duties).await;
        Ok(())
    })
    .await?;
    let path = format!("/api/duties/matrix?edition={edition}");
    let before = bench.city.statements();
    bench.client.get(&bench.office, &path).await?;
    let statements = bench.city.statements() - before;
    let took = middle(bench.size.repeats(), async || {
        bench.client.get(&bench.office, &path).await?;
        Ok(())
    })
    .await?;
    let what = format!("matrix: {} criteria and {UNITS} units", bench.size.standards());
    Ok(vec![Line { what, took, against: "its criteria and duties", baseline, note: format!("{statements} statements") }])
}

/// An edition with as many criteria as the size says, shared out to units.
async fn laid_out(bench: &Bench) -> anyhow::Result<Uuid> {
    let tx = bench.city.read().await?;
    let directory = unit::directory(&tx).await?;
    let units: Vec<_> = (directory.units().iter())
        .filter(|unit| !matches!(unit.kind, UnitKind::Grid | UnitKind::Leadership | UnitKind::Office))
        .take(UNITS)
        .collect();
    let family = framework::frameworks(&tx).await?.first().map(|family| family.id).unwrap_or_default();
    drop(tx);
    let id = Uuid::now_v7();
    let row = EditionRow {
        id,
        framework: family,
        code: format!("bench-{id}"),
        name: "矩阵".to_owned(),
        year: None,
        state: EditionState::InUse,
        revision: 1,
        supersedes: None,
        reason: String::new(),
        frozen_at: None,
        imported_from: None,
        settings: Edition::default(),
        version: 0,
    };
    let node = |number: usize| EditionNode {
        id: CriterionId::new(Uuid::now_v7()),
        parent: None,
        position: i64::try_from(number).unwrap_or(0) + 1,
        depth: 0,
        number: format!("{}.", number + 1),
        citation_key: (number + 1).to_string(),
        title: format!("第{}条标准", number + 1),
        is_criterion: true,
        remark: String::new(),
        measures: Vec::new(),
        site_types: Vec::new(),
        duties: (0..EACH)
            .map(|place| {
                let unit = units[(number * 7 + place * 13) % units.len()];
                let role = if place == 0 { DutyRole::Lead } else { DutyRole::Support };
                Duty { unit: Some(unit.id), name_given: unit.name.clone(), role }
            })
            .collect(),
    };
    let nodes: Vec<EditionNode> = (0..bench.size.standards()).map(node).collect();
    let tx = bench.city.write(Bench::author(), bench.app.clock().now()).await?;
    framework::save_edition(&tx, &row).await?;
    framework::save_nodes(&tx, id, &nodes).await?;
    tx.commit().await?;
    Ok(id)
}
