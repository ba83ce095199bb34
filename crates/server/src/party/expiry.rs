//! Links that ended without an answer: the unit that asked is told, once for each end.

use serde_json::{Value, json};
use yipanqi_domain::moment::Moment;
use yipanqi_store::party::{self as store, KeptAsk};
use yipanqi_store::{WriteTx, problem, unit};

use crate::app::App;
use crate::error::Error;
use crate::job::{Failure, Task};
use crate::notice::{Herald, Told};
use crate::request::today;

/// Links looked at in one transaction.
const BATCH: u64 = 200;

/// Tells the units whose links have ended; a renewed link is told of again when that ends.
pub async fn run(_: App, task: Task) -> Result<Value, Failure> {
    let mut told = 0;
    loop {
        let mut tx = task.write().await?;
        let ended = store::unanswered(&tx, tx.at(), BATCH).await.map_err(Error::from)?;
        if ended.is_empty() {
            return Ok(json!({ "told": told }));
        }
        told += tell(&mut tx, ended).await?;
        task.commit(tx, told, told, json!({ "told": told })).await?;
    }
}

async fn tell(tx: &mut WriteTx, ended: Vec<KeptAsk>) -> Result<i64, Error> {
    let day = today(tx.at());
    let ids: Vec<_> = ended.iter().map(|kept| kept.problem).collect();
    let problems = problem::get_all(tx, &ids).await?;
    let posts = unit::posts(tx, None, day).await?;
    let (mut herald, mut told) = (Herald::default(), 0);
    for mut kept in ended {
        kept.ended_told = Some(kept.ask.expires_at);
        let of = problems.iter().find(|of| of.problem.id == kept.problem);
        // Where the matter has moved on nobody waits for the party any more.
        if let Some(of) = of.filter(|of| waits(&kept, &of.problem, tx.at())) {
            let id = kept.problem.to_string();
            herald.unit(kept.ask.unit, Told::PartySilent, &id, &of.facts.title);
            if !posts.iter().any(|post| post.person == kept.asked_by && post.unit == kept.ask.unit) {
                herald.person(kept.asked_by, Told::PartySilent, &id, &of.facts.title);
            }
            tx.audit("party.expire", "problem", &id, &kept.id)?;
            tx.event("problem", &id, &of.units())?;
            told += 1;
        }
        store::save_ask(tx, &kept).await?;
    }
    herald.flush(tx, day).await?;
    Ok(told)
}

fn waits(kept: &KeptAsk, problem: &yipanqi_domain::problem::Problem, at: Moment) -> bool {
    kept.ask.stands(problem, at).is_err_and(|refusal| matches!(refusal, yipanqi_domain::party::Refusal::Expired { .. }))
}
