//! The score of a round for people and scripts.

use clap::Args;
use serde_json::{Value, json};
use yipanqi_domain::score::{Figure, NodeScore};
use yipanqi_store::round::Round;
use yipanqi_store::{ReadTx, Slug, framework, round};

use super::console;
use crate::app::App;
use crate::error::Error;
use crate::request::Lang;
use crate::score::{figures, wording};

#[derive(Debug, Args)]
pub struct Score {
    /// The city
    #[arg(long)]
    city: Slug,
    /// Number or identity of the round
    #[arg(long)]
    round: String,
    /// Print JSON: every measure with its exact fraction, published text and reasons
    #[arg(long)]
    json: bool,
}

async fn wanted(tx: &ReadTx, text: &str) -> Result<Round, Error> {
    let found = match text.parse() {
        Ok(id) => round::get(tx, id).await.ok(),
        Err(_) => round::by_number(tx, text).await?,
    };
    found.ok_or_else(|| Error::new("round_not_found"))
}

fn figure(figure: &Figure) -> Value {
    json!({
        "earned": figure.earned.as_fraction(), "earned_published": figure.published.earned,
        "covered": figure.covered.as_fraction(), "covered_published": figure.published.covered,
        "points": figure.points.as_fraction(), "points_published": figure.published.points,
        "percent": figure.published.percent, "coverage": figure.published.coverage,
    })
}

pub async fn run(app: &App, score: Score) -> Result<(), Error> {
    let city = app.store().city(&score.city).await?;
    let tx = city.read().await?;
    let round = wanted(&tx, &score.round).await?;
    let edition = round.edition.ok_or_else(|| Error::new("round_without_edition"))?;
    let edition = framework::edition(&tx, edition).await?;
    drop(tx);
    let computed = figures::current(&city, console(), app.clock().now(), &round).await?;
    let tree = &computed.figures.tree;
    let mut measures = Vec::new();
    let mut waiting: Vec<&NodeScore> = tree.nodes.iter().rev().collect();
    while let Some(node) = waiting.pop() {
        let of_node = edition.cited(&node.number);
        for measure in node.criterion.iter().flat_map(|criterion| &criterion.measures) {
            let id = of_node.and_then(|known| known.measures.iter().find(|row| row.method == measure.method));
            let reasons = measure.reasons.iter().map(|reason| {
                json!({
                    "code": wording::code(reason), "detail": reason,
                    "zh": wording::sentence(reason, Lang::Zh), "en": wording::sentence(reason, Lang::En),
                })
            });
            let mut row = figure(&measure.figure);
            row["id"] = json!(id.map(|row| row.id));
            row["number"] = json!(of_node.map_or(node.number.as_str(), |known| known.number.as_str()));
            row["citation_key"] = json!(node.number);
            row["title"] = json!(node.title);
            row["method"] = json!(measure.method);
            row["reasons"] = reasons.collect();
            measures.push((row, measure.figure.clone()));
        }
        waiting.extend(node.children.iter().rev());
    }
    if score.json {
        let answer = json!({
            "round": { "id": round.id, "number": round.number, "name": round.name },
            "edition": { "id": edition.row.id, "code": edition.row.code, "name": edition.row.name },
            "computed_at": computed.at, "total": figure(&tree.total), "conformity": tree.conformity,
            "measures": measures.into_iter().map(|(row, _)| row).collect::<Value>(),
        });
        println!("{}", serde_json::to_string_pretty(&answer).map_err(Error::internal)?);
        return Ok(());
    }
    for (row, figure) in measures {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let published = &figure.published;
        println!("{}\t{}\t{}/{}/{}", text("number"), text("method"), published.earned, published.covered, published.points);
    }
    let total = &tree.total.published;
    println!("\t\t{}/{}/{}", total.earned, total.covered, total.points);
    Ok(())
}
