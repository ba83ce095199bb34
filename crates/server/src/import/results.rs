//! Results of a round that were measured outside the product: one for a measure, entered anew if it is there already.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;
use yipanqi_documents::record::Record;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::{Citation, Method};
use yipanqi_domain::id::RoundId;
use yipanqi_domain::reading;
use yipanqi_domain::round::{FindingResult, Grade, RoundState};
use yipanqi_domain::score::EnteredValue;
use yipanqi_store::framework::EditionTree;
use yipanqi_store::import::RowAction;
use yipanqi_store::question::Phrase;
use yipanqi_store::round::{self, ResultRow, RoundFilter, RoundSort};
use yipanqi_store::{ReadTx, WriteTx, framework};

use super::desk::{Desk, text, words};
use super::outcome::{Notes, Outcome, Spot};
use crate::error::Error;

/// Reads results into one round.
#[derive(Debug)]
pub struct Results {
    target: Result<(RoundId, Arc<EditionTree>), &'static str>,
    known: HashMap<Uuid, ResultRow>,
    save: Vec<ResultRow>,
}

impl Results {
    /// Finds the round: the one named, else the only one that is open.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open(tx: &ReadTx, named: Option<&str>) -> Result<Self, Error> {
        let found = match named {
            Some(number) => round::by_number(tx, number).await?.ok_or("round_unknown"),
            None => {
                let (rounds, _) = round::list(tx, &RoundFilter::default(), RoundSort::default(), 0, 500).await?;
                let mut open = rounds.into_iter().filter(|round| round.state == RoundState::Open);
                match (open.next(), open.next()) {
                    (Some(only), None) => Ok(only),
                    (Some(_), Some(_)) | (None, _) => Err("round_not_given"),
                }
            }
        };
        let target = match found {
            Ok(round) => match round.edition {
                Some(edition) => Ok((round.id, framework::edition(tx, edition).await?)),
                None => Err("round_without_edition"),
            },
            Err(code) => Err(code),
        };
        let known = match &target {
            Ok((round, _)) => round::results(tx, *round).await?.into_iter().map(|row| (row.measure, row)).collect(),
            Err(_) => HashMap::new(),
        };
        Ok(Self { target, known, save: Vec::new() })
    }

    /// Takes rows.
    pub fn batch(&mut self, records: &[Record], desk: &Desk, author: &str, out: &mut Outcome) {
        for record in records {
            let mut notes = Notes::default();
            let action = self.row(record, desk, author, &mut notes);
            out.close(&Spot::of(record), action, notes);
        }
    }

    fn row(&mut self, record: &Record, desk: &Desk, author: &str, notes: &mut Notes) -> RowAction {
        let mut refuse = |field: &str, phrase: Phrase| {
            notes.refuse(field, phrase);
            RowAction::Refused
        };
        let (round, edition) = match &self.target {
            Ok((round, edition)) => (*round, edition),
            Err(code) => return refuse("", Phrase::new(code)),
        };
        let cited = words(record, "criterion");
        let node = Citation::normal(&cited).and_then(|citation| edition.cited(&citation.to_string()).cloned());
        let Some(node) = node.filter(|node| node.is_criterion) else {
            return refuse("criterion", Phrase::new("criterion_unknown").with("given", cited));
        };
        if text(record, "site").is_some() || text(record, "item").is_some() {
            return refuse("site", Phrase::new("result_of_one_site"));
        }
        let method = match text(record, "method").map(|given| (given, Method::from_chinese(given))) {
            Some((_, Some(method))) => Some(method),
            Some((given, None)) => return refuse("method", Phrase::new("method_unknown").with("given", given)),
            None => None,
        };
        let mut measures = node.measures.iter().filter(|measure| method.is_none_or(|method| measure.method == method));
        let measure = match (measures.next(), measures.next()) {
            (Some(only), None) => only,
            (Some(_), Some(_)) => return refuse("method", Phrase::new("method_not_given").with("criterion", &cited)),
            (None, _) => return refuse("method", Phrase::new("method_not_of_criterion").with("criterion", &cited)),
        };
        let value = match value(record) {
            Ok(value) => value,
            Err((field, phrase)) => return refuse(field, phrase),
        };
        let source = [desk.file_name.as_str(), text(record, "remark").unwrap_or_default()].join(" ").trim().to_owned();
        let known = self.known.get(&measure.id);
        let action = match known {
            None => RowAction::Created,
            Some(known) if known.value == value => return RowAction::Unchanged,
            Some(_) => RowAction::Changed,
        };
        let row = ResultRow {
            id: known.map_or_else(Uuid::now_v7, |known| known.id),
            edition: edition.row.id,
            round,
            measure: measure.id,
            value,
            source,
            entered_by: author.to_owned(),
            entered_at: desk.moment,
            version: known.map_or(0, |known| known.version),
        };
        self.known.insert(row.measure, row.clone());
        self.save.push(row);
        action
    }

    /// Writes what was decided since the last call.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn save(&mut self, tx: &mut WriteTx) -> Result<(), Error> {
        if let (Ok((round, _)), false) = (&self.target, self.save.is_empty()) {
            crate::score::figures::ask(tx, *round).await?;
        }
        round::save_result(tx, &std::mem::take(&mut self.save)).await?;
        Ok(())
    }
}

type Refused = (&'static str, Phrase);

/// The result that a row's columns give; more than one is doubtful and refused.
fn value(record: &Record) -> Result<EnteredValue, Refused> {
    let result = |result| EnteredValue::Result { result };
    let mut given: Vec<EnteredValue> = Vec::new();
    if let Some(applicable) = text(record, "applicable")
        && reading::yes_no(applicable) == Ok(false)
    {
        return Ok(result(FindingResult::NotApplicable { reason: words(record, "remark") }));
    }
    if let Some(count) = number(record, "count")? {
        given.push(result(FindingResult::Count { count }));
    }
    if let Some(count) = number(record, "faults")?.or(number(record, "failing")?) {
        given.push(result(FindingResult::faults(count)));
    }
    if let Some(words) = text(record, "grade") {
        let grade = match words {
            "达标" | "好" | "优秀" => Grade::Met,
            "基本达标" | "较好" | "一般" => Grade::MostlyMet,
            "不达标" | "差" => Grade::NotMet,
            _ => return Err(("grade", Phrase::new("value_unreadable").with("given", words))),
        };
        given.push(result(FindingResult::Grade { grade }));
    }
    if let Some(words) = text(record, "passed").or_else(|| text(record, "conformity")) {
        let pass = match words {
            "合格" | "通过" | "符合" | "达标" => true,
            "不合格" | "不通过" | "不符合" | "不达标" => false,
            other => reading::yes_no(other).map_err(|fault| ("passed", Phrase::new(fault.code()).with("given", other)))?,
        };
        given.push(result(FindingResult::PassFail { pass }));
    }
    let total = number(record, "total")?;
    if let Some(correct) = number(record, "correct")? {
        let asked = total.ok_or_else(|| ("total", Phrase::new("value_missing").with("field", "total")))?;
        given.push(result(FindingResult::Interview { correct, asked }));
    }
    if let Some(observed) = number(record, "observed")? {
        let total = total.ok_or_else(|| ("total", Phrase::new("value_missing").with("field", "total")))?;
        if observed > total {
            return Err(("observed", Phrase::new("observed_above_total")));
        }
        given.push(result(FindingResult::Ratio { observed, total }));
    } else if let Some(percent) = percent(record)? {
        given.push(EnteredValue::Percent { percent });
    }
    match <[EnteredValue; 1]>::try_from(given) {
        Ok([only]) => Ok(only),
        Err(several) if several.is_empty() => Err(("", Phrase::new("result_missing"))),
        Err(_) => Err(("", Phrase::new("result_ambiguous"))),
    }
}

fn number(record: &Record, field: &'static str) -> Result<Option<u32>, Refused> {
    let read = |given| reading::count(given).map_err(|fault| (field, Phrase::new(fault.code()).with("given", given)));
    text(record, field).map(read).transpose()
}

/// A share in per cent: `95%`, or a number cell that holds 0.95 formatted as per cent.
fn percent(record: &Record) -> Result<Option<Exact>, Refused> {
    let Some(given) = text(record, "rate") else { return Ok(None) };
    let read = reading::percentage(given).or_else(|_| reading::points(given));
    let percent = read.map_err(|fault| ("rate", Phrase::new(fault.code()).with("given", given)))?;
    if percent.is_negative() || percent > Exact::whole(100) {
        return Err(("rate", Phrase::new("value_unreadable").with("given", given)));
    }
    Ok(Some(percent))
}
