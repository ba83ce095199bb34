//! The six lists 六清单 as one workbook: tasks, responsibilities, problems, rectifications, supervision, accountability.
//!
//! Standing: what is in them is what the city's records say now. Configurable: which of them, in which order, under which
//! titles. Accountability lists referrals only to whoever may see them.

use std::collections::HashMap;
use std::io::Cursor;

use axum::http::header;
use axum::response::IntoResponse;
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yipanqi_documents::list::{ColumnKind, ListCell, ListColumn, ListHead, Sheet};
use yipanqi_domain::access::{Reach, Right};
use yipanqi_domain::id::{CommandId, ProblemId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::State;
use yipanqi_store::problem::{ProblemFilter, ProblemSort, ProblemSortKey};
use yipanqi_store::site::SortOrder;
use yipanqi_store::slip::SlipFilter;
use yipanqi_store::{ReadTx, framework, problem, referral, setting, slip, unit};

use super::handlers::code;
use crate::error::{Error, FailureBody};
use crate::problem::Rules;
use crate::problem::views::{Names, ProblemRow};
use crate::request::{CityCtx, Json, Lang};
use crate::words::word;

/// The key under which a city keeps its choice.
const KEY: &str = "six_lists";
/// Problems listed at most.
const MOST: u64 = 20_000;

/// One of the six.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListKind {
    /// 任务清单: criteria of the newest edition with who leads.
    Tasks,
    /// 责任清单: units with what they lead and support.
    Responsibilities,
    /// 问题清单: what is open.
    Problems,
    /// 整改清单: what was done and closed.
    Rectifications,
    /// 督查清单: slips.
    Supervision,
    /// 问责清单: referrals.
    Accountability,
}

/// A list as the city wants it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListChoice {
    /// Which.
    pub kind: ListKind,
    /// Its title.
    pub title: String,
    /// Whether it is in the workbook.
    pub shown: bool,
}

fn usual() -> Vec<ListChoice> {
    let choice = |kind, title: &str| ListChoice { kind, title: title.to_owned(), shown: true };
    vec![
        choice(ListKind::Tasks, "任务清单"),
        choice(ListKind::Responsibilities, "责任清单"),
        choice(ListKind::Problems, "问题清单"),
        choice(ListKind::Rectifications, "整改清单"),
        choice(ListKind::Supervision, "督查清单"),
        choice(ListKind::Accountability, "问责清单"),
    ]
}

/// Which lists the city wants, in which order.
#[utoipa::path(get, path = "/api/six-lists", tag = "statistics", responses((status = 200, body = Vec<ListChoice>)))]
pub async fn choices(ctx: CityCtx) -> Result<Json<Vec<ListChoice>>, Error> {
    Ok(Json(setting::get(&ctx.read().await?, KEY).await?.unwrap_or_else(usual)))
}

/// A new choice.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ListsInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The lists in their order.
    pub lists: Vec<ListChoice>,
}

/// Choose the lists.
#[utoipa::path(put, path = "/api/six-lists", tag = "statistics", request_body = ListsInput,
    responses((status = 200, body = Vec<ListChoice>), (status = 422, body = FailureBody)))]
pub async fn choose(ctx: CityCtx, Json(input): Json<ListsInput>) -> Result<Json<Vec<ListChoice>>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &input).await?.is_none() {
        let mut titles: Vec<&str> = input.lists.iter().map(|list| list.title.trim()).collect();
        titles.sort_unstable();
        titles.dedup();
        let named = titles.len() == input.lists.len() && titles.iter().all(|title| (1..=30).contains(&title.chars().count()));
        if !named || input.lists.len() > 12 {
            return Err(Error::invalid("lists", "list_title"));
        }
        setting::put(&tx, KEY, &input.lists).await?;
        tx.audit("six_lists.choose", "setting", KEY, &input.lists)?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    }
    choices(ctx).await
}

struct Writing<'a> {
    ctx: &'a CityCtx,
    tx: &'a ReadTx,
    rules: Rules,
    names: std::sync::Arc<unit::Directory>,
    now: NaiveDateTime,
}

/// The lists as one workbook.
#[utoipa::path(get, path = "/api/six-lists/export.xlsx", tag = "statistics",
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))]
pub async fn book(ctx: CityCtx) -> Result<impl IntoResponse, Error> {
    let tx = ctx.read().await?;
    let chosen: Vec<ListChoice> = setting::get(&tx, KEY).await?.unwrap_or_else(usual);
    let rules = Rules::load(&tx, ctx.moment).await?;
    let now = rules.calendar.local(ctx.moment).naive_local();
    let writing = Writing { ctx: &ctx, tx: &tx, names: unit::directory(&tx).await?, rules, now };
    let mut sheets = Vec::new();
    for list in chosen.iter().filter(|list| list.shown) {
        sheets.push(writing.sheet(list).await?);
    }
    if sheets.is_empty() {
        return Err(Error::new("lists_empty"));
    }
    let mut bytes = Cursor::new(Vec::new());
    yipanqi_documents::list::write_book(&mut bytes, "六清单", now, sheets).map_err(Error::internal)?;
    Ok((
        [
            (header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned()),
            (header::CONTENT_DISPOSITION, "attachment; filename=\"six-lists.xlsx\"".to_owned()),
        ],
        bytes.into_inner(),
    ))
}

fn text(text: impl Into<String>) -> ListCell {
    let text = text.into();
    if text.is_empty() { ListCell::Blank } else { ListCell::Text(text) }
}

impl Writing<'_> {
    async fn sheet(&self, list: &ListChoice) -> Result<Sheet, Error> {
        let (heads, rows): (&[(&str, u16)], Vec<Vec<ListCell>>) = match list.kind {
            ListKind::Tasks => (&[("编号", 12), ("测评标准", 60), ("牵头单位", 30), ("配合单位", 30)], self.tasks().await?),
            ListKind::Responsibilities => {
                (&[("单位", 30), ("牵头项数", 12), ("配合项数", 12), ("在办问题", 12)], self.responsibilities().await?)
            }
            ListKind::Problems => (
                &[("编号", 16), ("问题", 36), ("地点", 28), ("来源", 14), ("责任单位", 20), ("状态", 12), ("时限", 18)],
                self.problems(&[
                    State::Reported,
                    State::Filed,
                    State::Assigned,
                    State::Rectifying,
                    State::Submitted,
                    State::Deferred,
                ])
                .await?,
            ),
            ListKind::Rectifications => (
                &[("编号", 16), ("问题", 36), ("地点", 28), ("来源", 14), ("责任单位", 20), ("状态", 12), ("时限", 18)],
                self.problems(&[State::Closed]).await?,
            ),
            ListKind::Supervision => (
                &[("文号", 18), ("颜色", 10), ("问题", 36), ("单位", 20), ("签发", 18), ("回复期限", 18)],
                self.supervision().await?,
            ),
            ListKind::Accountability => {
                (&[("文号", 18), ("问题", 36), ("单位", 20), ("理由", 36), ("结果", 36)], self.accountability().await?)
            }
        };
        let column = |&(head, width): &(&str, u16)| ListColumn { head: head.to_owned(), width, kind: ColumnKind::Plain };
        let subtitle = format!("共 {} 条，{} 生成", rows.len(), self.now.format("%Y年%-m月%-d日 %H:%M"));
        let head =
            ListHead { title: list.title.clone(), subtitle, generated_at: self.now, columns: heads.iter().map(column).collect() };
        Ok((head, rows))
    }

    fn name(&self, id: Option<yipanqi_domain::id::UnitId>) -> String {
        id.and_then(|id| self.names.get(id)).map(|unit| unit.name.clone()).unwrap_or_default()
    }

    fn local(&self, moment: Option<Moment>) -> ListCell {
        moment.map_or(ListCell::Blank, |moment| ListCell::DateTime(self.rules.calendar.local(moment).naive_local()))
    }

    fn reach(&self, right: Right) -> Option<std::collections::BTreeSet<yipanqi_domain::id::UnitId>> {
        match self.ctx.reach_of(right) {
            Reach::Everything => None,
            Reach::Units(units) => Some(units),
            Reach::Nothing => Some(std::collections::BTreeSet::new()),
        }
    }

    async fn tasks(&self) -> Result<Vec<Vec<ListCell>>, Error> {
        let mut rows = Vec::new();
        for node in self.criteria().await? {
            let (leads, supports) = node.units;
            rows.push(vec![text(node.number), text(node.title), text(leads.join("、")), text(supports.join("、"))]);
        }
        Ok(rows)
    }

    async fn criteria(&self) -> Result<Vec<Criterion>, Error> {
        let mut editions = framework::editions(self.tx).await?;
        editions.sort_by_key(|edition| std::cmp::Reverse(edition.year));
        let Some(newest) = editions.first() else { return Ok(Vec::new()) };
        let tree = framework::edition(self.tx, newest.id).await?;
        Ok(tree.nodes.iter().filter(|node| node.is_criterion).map(Criterion::of).collect())
    }

    async fn responsibilities(&self) -> Result<Vec<Vec<ListCell>>, Error> {
        let mut counts: HashMap<String, (i64, i64)> = HashMap::new();
        for node in self.criteria().await? {
            for lead in node.units.0 {
                counts.entry(lead).or_default().0 += 1;
            }
            for support in node.units.1 {
                counts.entry(support).or_default().1 += 1;
            }
        }
        let open = ProblemFilter {
            states: vec![State::Assigned, State::Rectifying, State::Submitted, State::Deferred],
            reach: self.reach(Right::ViewProblem),
            ..ProblemFilter::default()
        };
        let mut busy: HashMap<String, i64> = HashMap::new();
        for kept in problem::list(self.tx, &open, ProblemSort::default(), 0, MOST).await? {
            *busy.entry(self.name(kept.problem.unit)).or_default() += 1;
        }
        let mut names: Vec<String> = counts.keys().chain(busy.keys()).filter(|name| !name.is_empty()).cloned().collect();
        names.sort();
        names.dedup();
        Ok(names
            .into_iter()
            .map(|name| {
                let (lead, support) = counts.get(&name).copied().unwrap_or_default();
                let open = busy.get(&name).copied().unwrap_or_default();
                vec![text(name), ListCell::Integer(lead), ListCell::Integer(support), ListCell::Integer(open)]
            })
            .collect())
    }

    async fn problems(&self, states: &[State]) -> Result<Vec<Vec<ListCell>>, Error> {
        let filter = ProblemFilter { states: states.to_vec(), reach: self.reach(Right::ViewProblem), ..ProblemFilter::default() };
        let sort = ProblemSort { key: ProblemSortKey::Number, order: SortOrder::Ascending };
        let kept = problem::list(self.tx, &filter, sort, 0, MOST).await?;
        let names = Names::load(self.tx, &kept).await?;
        Ok(kept
            .iter()
            .map(|kept| {
                let row = ProblemRow::of(kept, &names, &self.rules.calendar, self.ctx.moment);
                let place = row.site.as_ref().map_or(row.place_text.clone(), |site| site.name.clone());
                vec![
                    text(row.text_number.clone()),
                    text(row.title.clone()),
                    text(place),
                    text(word("source", &code(&row.source), Lang::Zh)),
                    text(self.name(kept.problem.unit)),
                    text(word("state", &code(&row.state), Lang::Zh)),
                    self.local(row.clock.due_at),
                ]
            })
            .collect())
    }

    async fn supervision(&self) -> Result<Vec<Vec<ListCell>>, Error> {
        let filter = SlipFilter { reach: self.reach(Right::ViewSlip), ..SlipFilter::default() };
        let slips = slip::list(self.tx, &filter, 0, MOST).await?.0;
        let ids: Vec<ProblemId> = slips.iter().map(|kept| kept.slip.occasion.problem).collect();
        let titles: HashMap<ProblemId, String> =
            problem::get_all(self.tx, &ids).await?.into_iter().map(|kept| (kept.problem.id, kept.facts.title)).collect();
        Ok(slips
            .iter()
            .filter(|kept| kept.slip.number.is_some())
            .map(|kept| {
                vec![
                    text(kept.slip.number.map(|number| number.to_string()).unwrap_or_default()),
                    text(word("colour", &code(&kept.slip.colour), Lang::Zh)),
                    text(titles.get(&kept.slip.occasion.problem).cloned().unwrap_or_default()),
                    text(self.name(Some(kept.slip.unit))),
                    self.local(kept.slip.issued_at),
                    self.local(kept.slip.reply_due.moment()),
                ]
            })
            .collect())
    }

    async fn accountability(&self) -> Result<Vec<Vec<ListCell>>, Error> {
        if self.ctx.reach_of(Right::ViewReferral) == Reach::Nothing {
            return Ok(Vec::new());
        }
        Ok(referral::list(self.tx)
            .await?
            .into_iter()
            .map(|one| {
                vec![
                    text(format!("〔{}〕{}号", one.year, one.number)),
                    text(one.body.evidence["title"].as_str().unwrap_or_default()),
                    text(self.name(Some(one.unit))),
                    text(one.body.reason),
                    text(one.body.outcome),
                ]
            })
            .collect())
    }
}

struct Criterion {
    number: String,
    title: String,
    units: (Vec<String>, Vec<String>),
}

impl Criterion {
    fn of(node: &framework::EditionNode) -> Self {
        let named = |role: framework::DutyRole| {
            node.duties.iter().filter(|duty| duty.role == role).map(|duty| duty.name_given.clone()).collect()
        };
        Self {
            number: node.number.clone(),
            title: node.title.clone(),
            units: (named(framework::DutyRole::Lead), named(framework::DutyRole::Support)),
        }
    }
}
