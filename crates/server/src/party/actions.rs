//! Intentions about parties, each in one transaction: save, ask, decide.

use chrono::TimeDelta;
use rand::Rng as _;
use sha2::Digest as _;
use uuid::Uuid;
use yipanqi_domain::access::{Place, Right};
use yipanqi_domain::id::ProblemId;
use yipanqi_domain::moment::Moment;
use yipanqi_domain::party::{AskState, Decision, PartyAnswer, PartyAsk, may_ask};
use yipanqi_store::party::{self as store, KeptAsk, Party};
use yipanqi_store::problem::Kept;
use yipanqi_store::{ReadTx, StoreError, site};

use super::views::{AskInput, DecideInput, NewParty, PartyInput};
use crate::error::Error;
use crate::notice::Herald;
use crate::problem::Rules;
use crate::problem::actions::{Order, apply, visible};
use crate::request::CityCtx;

/// Days for which a link holds at most.
const DAYS: u32 = 30;
/// Days for which a link holds where nobody says.
const USUAL: u32 = 7;
/// Characters of a name, a contact or an address.
pub const SHORT: usize = 100;
/// Characters of what is said.
pub(super) const LONG: usize = 1_000;

/// A new secret and what is kept of it.
pub(super) fn secret() -> (String, String) {
    let secret = hex::encode(rand::rng().random::<[u8; 32]>());
    let hash = hashed(&secret);
    (secret, hash)
}

/// What is kept of a secret.
pub(super) fn hashed(secret: &str) -> String {
    hex::encode(sha2::Sha256::digest(secret.as_bytes()))
}

fn until(ctx: &CityCtx, days: u32) -> Result<Moment, Error> {
    if (1..=DAYS).contains(&days) {
        Ok(Moment::new(ctx.moment.utc() + TimeDelta::days(days.into())))
    } else {
        Err(Error::invalid("days", "party_days"))
    }
}

fn short(field: &str, text: &str) -> Result<String, Error> {
    let text = text.trim();
    if text.chars().count() > SHORT { Err(Error::invalid(field, "text_too_long")) } else { Ok(text.to_owned()) }
}

fn named(field: &str, text: &str) -> Result<String, Error> {
    if text.trim().is_empty() { Err(Error::invalid(field, "value_missing")) } else { short(field, text) }
}

/// Adds or changes a party.
///
/// # Errors
/// `place_not_yours` outside one's reach, `party_not_found`, `version_conflict`.
pub async fn save(ctx: &CityCtx, input: &PartyInput) -> Result<(), Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, input).await?.is_some() {
        return Ok(());
    }
    let missing = || Error::new("party_not_found");
    let known = match input.id {
        Some(id) => Some(found(&tx, id).await?.ok_or_else(missing)?),
        None => None,
    };
    if let Some(known) = &known {
        ctx.allow(known.unit.as_slice()).map_err(|_| missing())?;
    }
    let at = match input.site_id {
        Some(id) => Some(site::get(&tx, id).await.map_err(|_| Error::invalid("site_id", "site_not_found"))?),
        None => None,
    };
    let of_site = at.as_ref().and_then(|site| site.community.or(site.street).or(site.territorial_unit));
    let unit = input.unit_id.or(of_site).ok_or_else(|| Error::invalid("unit_id", "value_missing"))?;
    if ctx.tree.get(unit).is_none() {
        return Err(Error::invalid("unit_id", "unit_not_found"));
    }
    ctx.allow(&[unit])?;
    let saved = Party {
        id: known.as_ref().map_or_else(Uuid::now_v7, |known| known.id),
        name: named("name", &input.name)?,
        kind: input.kind,
        contact: short("contact", &input.contact)?,
        phone: short("phone", &input.phone)?,
        address: short("address", &input.address)?,
        site: at.map(|site| site.id),
        unit: Some(unit),
        gone: input.gone,
        note: short("note", &input.note)?,
        version: if known.is_some() { input.version } else { 0 },
    };
    store::save(&tx, &saved).await?;
    tx.audit("party.save", "party", &saved.id.to_string(), &saved)?;
    ctx.answer_once(&mut tx, input.command_id, &()).await?;
    tx.commit().await?;
    Ok(())
}

async fn found(tx: &ReadTx, id: Uuid) -> Result<Option<Party>, Error> {
    match store::get(tx, id).await {
        Ok(party) => Ok(Some(party)),
        Err(StoreError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether a party is one that a problem's unit may ask: of the same place, or within the reader's own reach.
pub(super) fn at_hand(ctx: &CityCtx, kept: &Kept, party: &Party) -> bool {
    let here = party.site.is_some() && party.site == kept.problem.site;
    let units = [kept.facts.street, kept.facts.community, kept.facts.territorial];
    let near = party.unit.is_some_and(|unit| units.iter().flatten().any(|&held| ctx.tree.in_line(held, unit)));
    let mine = ctx.allow_right(Right::ViewParty, &Place::Units(party.unit.as_slice())).is_ok();
    !party.gone && (here || near || mine)
}

/// What was made of a command that asks; the secret itself is kept nowhere.
pub struct Made {
    /// What was asked.
    pub id: Uuid,
    /// The link's secret; none where the command was applied before.
    pub secret: Option<String>,
    /// Until when it holds.
    pub expires_at: Moment,
}

/// Asks a party to put a problem right.
///
/// # Errors
/// The rules' refusals, `party_not_found`, `party_asked_already`.
pub async fn ask(ctx: &CityCtx, id: ProblemId, input: &AskInput) -> Result<Made, Error> {
    let mut tx = ctx.write().await?;
    if let Some((id, expires_at)) = ctx.once::<(Uuid, Moment)>(&mut tx, input.command_id, &(id, input)).await? {
        return Ok(Made { id, secret: None, expires_at });
    }
    let kept = visible(ctx, &tx, id).await?;
    let unit = may_ask(&kept.problem, &ctx.actor, &ctx.tree)?;
    let expires_at = until(ctx, input.days)?;
    if input.words.chars().count() > LONG {
        return Err(Error::invalid("words", "text_too_long"));
    }
    let party = match (input.party_id, &input.new_party) {
        (Some(party), _) => {
            let party = found(&tx, party).await?.filter(|party| at_hand(ctx, &kept, party));
            party.ok_or_else(|| Error::new("party_not_found"))?
        }
        (None, Some(new)) => {
            let party = entered(ctx, &kept, new)?;
            store::save(&tx, &party).await?;
            tx.audit("party.save", "party", &party.id.to_string(), &party)?;
            party
        }
        (None, None) => return Err(Error::invalid("party_id", "value_missing")),
    };
    let open = store::asks_of(&tx, &[id]).await?;
    if open.iter().any(|kept| kept.party == party.id && kept.ask.state.is_open()) {
        return Err(Error::new("party_asked_already"));
    }
    let (secret, secret_hash) = secret();
    let asked = KeptAsk {
        id: Uuid::now_v7(),
        problem: id,
        party: party.id,
        ask: PartyAsk { unit, state: AskState::Open, expires_at, answer: None },
        words: input.words.trim().to_owned(),
        secret_hash,
        opened_at: None,
        ended_told: None,
        exchanges: Vec::new(),
        asked_at: ctx.moment,
        asked_by: ctx.actor.person,
        asked_name: ctx.name.clone(),
        version: 0,
    };
    store::save_ask(&tx, &asked).await?;
    let told = serde_json::json!({ "party": party.name, "ask": asked.ask, "words": asked.words });
    tx.audit("party.ask", "problem", &id.to_string(), &told)?;
    tx.event("problem", &id.to_string(), &kept.units())?;
    ctx.answer_once(&mut tx, input.command_id, &(asked.id, expires_at)).await?;
    tx.commit().await?;
    Ok(Made { id: asked.id, secret: Some(secret), expires_at })
}

/// A party that enters the register where the problem is.
fn entered(ctx: &CityCtx, kept: &Kept, new: &NewParty) -> Result<Party, Error> {
    let place = [kept.facts.community, kept.facts.street, kept.facts.territorial, kept.problem.unit];
    let unit = place.into_iter().flatten().find(|unit| ctx.tree.get(*unit).is_some());
    Ok(Party {
        id: Uuid::now_v7(),
        name: named("name", &new.name)?,
        kind: new.kind,
        contact: short("contact", &new.contact)?,
        phone: short("phone", &new.phone)?,
        address: kept.facts.place_text.chars().take(SHORT).collect(),
        site: kept.problem.site,
        unit,
        gone: false,
        note: String::new(),
        version: 0,
    })
}

/// The unit takes an answer as its own evidence, returns it, takes the link back or makes a new one.
///
/// # Errors
/// `party_ask_not_found`, `version_conflict`, the rules' refusals.
pub async fn decide(ctx: &CityCtx, id: Uuid, input: &DecideInput) -> Result<Made, Error> {
    let mut tx = ctx.write().await?;
    let missing = || Error::new("party_ask_not_found");
    let mut kept = store::ask(&tx, id).await?.ok_or_else(missing)?;
    let of = visible(ctx, &tx, kept.problem).await.map_err(|_| missing())?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, input)).await?.is_some() {
        return Ok(Made { id, secret: None, expires_at: kept.ask.expires_at });
    }
    if kept.version != input.version {
        return Err(Error::new("version_conflict").with("version", kept.version));
    }
    let until = until(ctx, input.days.unwrap_or(USUAL))?;
    let before = kept.ask.clone();
    kept.ask = before.decide(&of.problem, &input.decision, &ctx.actor, &ctx.tree, until)?;
    let mut made = None;
    let (taken, reason) = match &input.decision {
        Decision::Accept => (Some(true), ""),
        Decision::Return { reason } => (Some(false), reason.as_str()),
        Decision::Revoke { reason } => (None, reason.as_str()),
        Decision::Renew => {
            let (secret, hash) = secret();
            kept.secret_hash = hash;
            store::forget_guesses(&tx, id).await?;
            made = Some(secret);
            (None, "")
        }
    };
    if reason.chars().count() > LONG {
        return Err(Error::invalid("reason", "text_too_long"));
    }
    if let (Some(taken), Some(last)) = (taken, kept.exchanges.last_mut()) {
        last.decided = Some((ctx.name.clone(), ctx.moment));
        last.taken = Some(taken);
        last.reason = reason.trim().to_owned();
    }
    store::save_ask(&tx, &kept).await?;
    let subject = kept.problem.to_string();
    tx.audit("party.decide", "problem", &subject, &(id, &input.decision))?;
    tx.event("problem", &subject, &of.units())?;
    let evidence = kept.exchanges.last().filter(|_| kept.ask.state == AskState::Accepted && taken == Some(true));
    if let Some(answer) = evidence.filter(|exchange| exchange.answer == PartyAnswer::Done) {
        let name = store::get(&tx, kept.party).await?.name;
        let words = if answer.words.is_empty() { "已整改" } else { &answer.words };
        let order = Order::progress(format!("{name}：{words}"), answer.photos.clone());
        let rules = Rules::load(&tx, ctx.moment).await?;
        let mut herald = Herald::default();
        apply(ctx, &mut tx, &rules, kept.problem, of.problem.version, &order, &mut herald).await?;
        herald.flush(&mut tx, ctx.today()).await?;
    }
    ctx.answer_once(&mut tx, input.command_id, &()).await?;
    tx.commit().await?;
    Ok(Made { id, secret: made, expires_at: kept.ask.expires_at })
}
