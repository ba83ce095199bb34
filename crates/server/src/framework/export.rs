//! An edition as a workbook that re-imports unchanged: the text with its measures, the negative list, what it decides besides.

use std::collections::BTreeMap;
use std::io::Cursor;

use uuid::Uuid;
use yipanqi_documents::book::{self, BookSheet};
use yipanqi_documents::list::ListCell;
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::{Method, NegativeEffect, Scoring};
use yipanqi_domain::moment::Moment;
use yipanqi_store::framework::{self, DutyRole, EditionNode, EditionTree, Framework, NegativeRow, RuleState};

use super::known;
use crate::error::{Error, FailureBody};
use crate::import::framework::RuleData;
use crate::page::{self, Workbook};
use crate::request::{CityCtx, Path};

/// An edition as a workbook.
#[utoipa::path(get, path = "/api/editions/{id}/export.xlsx", tag = "frameworks", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
    (status = 404, body = FailureBody)))]
pub async fn export(ctx: CityCtx, Path(id): Path<Uuid>) -> Result<Workbook, Error> {
    let tx = ctx.read().await?;
    let tree = framework::edition(&tx, id).await.map_err(known)?;
    let families = framework::frameworks(&tx).await?;
    let family = families.iter().find(|family| family.id == tree.row.framework).ok_or_else(|| Error::new("edition_not_found"))?;
    let bytes = workbook(&tree, family, ctx.moment)?;
    Ok(page::workbook(
        &format!("{}.xlsx", tree.row.code.replace(|sign: char| !sign.is_ascii_alphanumeric() && sign != '-', "_")),
        bytes,
    ))
}

/// The bytes of the workbook.
///
/// # Errors
/// `internal` if it cannot be written.
pub fn workbook(tree: &EditionTree, family: &Framework, at: Moment) -> Result<Vec<u8>, Error> {
    let mut sheets = vec![text(tree)];
    if !tree.negative_items.is_empty() {
        sheets.push(negative(&tree.negative_items));
    }
    sheets.push(settings(tree, family)?);
    let mut bytes = Cursor::new(Vec::new());
    let local = Calendar::default().local(at).naive_local();
    book::write(&mut bytes, &tree.row.name, local, &sheets).map_err(Error::internal)?;
    Ok(bytes.into_inner())
}

fn words(text: &str) -> ListCell {
    if text.is_empty() { ListCell::Blank } else { ListCell::Text(text.to_owned()) }
}

/// A number with as many decimals as it has; one without end as a fraction.
fn number(exact: &Exact) -> ListCell {
    let text = exact.to_string();
    let scale = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    match u32::try_from(scale) {
        Ok(scale) if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => ListCell::Decimal(exact.clone(), scale),
        Ok(_) | Err(_) => ListCell::Text(text),
    }
}

/// How a method is written in a cell and above a column.
fn method(of: Method) -> (&'static str, &'static str) {
    match of {
        Method::OnSite => ("实地考察", "实地考察分值"),
        Method::Filing => ("网上申报", "网上申报分值"),
        Method::Survey => ("问卷调查", "问卷调查分值"),
        Method::Opinion => ("公众评议", "民意调查分值"),
        Method::Statistic => ("统计数据", "统计数据分值"),
    }
}

fn text(tree: &EditionTree) -> BookSheet {
    let points = tree.row.scoring() == Scoring::Points;
    let used = |wanted: &Method| tree.nodes.iter().flat_map(|node| &node.measures).any(|measure| measure.method == *wanted);
    let methods: Vec<Method> = if points { Method::ALL.into_iter().filter(used).collect() } else { Vec::new() };
    let levels = tree.row.settings.level_names.len();
    let mut heads: Vec<(String, u16)> = vec![("序号".to_owned(), 6), ("编号".to_owned(), 10)];
    heads.extend(
        tree.row
            .settings
            .level_names
            .iter()
            .enumerate()
            .map(|(level, name)| (name.clone(), if level + 1 == levels { 48 } else { 20 })),
    );
    heads.push(("测评方式".to_owned(), 14));
    heads.extend(methods.iter().map(|of| (method(*of).1.to_owned(), 10)));
    heads.extend(
        [("计分规则", 40), ("规则数据", 12), ("点位类型", 24), ("牵头单位", 16), ("责任单位", 24), ("备注", 24)]
            .map(|(head, width)| (head.to_owned(), width)),
    );
    let by_id: BTreeMap<_, &EditionNode> = tree.nodes.iter().map(|node| (node.id, node)).collect();
    let mut rows: Vec<Vec<ListCell>> = Vec::new();
    for (serial, node) in (1..).zip(tree.nodes.iter().filter(|node| node.is_criterion)) {
        let mut line = vec![node];
        while let Some(upper) = line.last().and_then(|node| node.parent).and_then(|id| by_id.get(&id)) {
            line.push(*upper);
        }
        line.reverse();
        let mut row = vec![ListCell::Integer(serial), words(&node.citation_key)];
        for level in 0..levels {
            // A criterion that hangs higher up leaves the levels between blank and stands in the last column.
            let at = if level + 1 == levels { line.last() } else { line.get(level).filter(|at| !at.is_criterion) };
            row.push(at.map_or(ListCell::Blank, |at| words(&numbered(at))));
        }
        row.push(words(&node.measures.iter().map(|measure| method(measure.method).0).collect::<Vec<_>>().join("、")));
        for of in &methods {
            let measure = node.measures.iter().find(|measure| measure.method == *of);
            row.push(measure.and_then(|measure| measure.points.as_ref()).map_or(ListCell::Blank, number));
        }
        row.push(words(&rules(node)));
        row.push(words(&data(node)));
        row.push(words(&node.site_types.iter().map(|given| given.name_given.as_str()).collect::<Vec<_>>().join("、")));
        for role in [DutyRole::Lead, DutyRole::Support] {
            let names = node.duties.iter().filter(|duty| duty.role == role).map(|duty| duty.name_given.as_str());
            row.push(words(&names.collect::<Vec<_>>().join("、")));
        }
        row.push(words(&node.remark));
        rows.push(row);
    }
    let stated = &tree.row.settings.stated_by_method;
    if points && !stated.is_empty() {
        let mut total = vec![ListCell::Text("合计".to_owned())];
        total.resize(2 + levels + 1, ListCell::Blank);
        total.extend(methods.iter().map(|of| stated.get(of).map_or(ListCell::Blank, number)));
        rows.push(total);
    }
    BookSheet { name: "测评体系".to_owned(), title: tree.row.name.clone(), heads, rows }
}

/// Number and text, a blank between, so that a text that begins with a figure keeps it.
fn numbered(node: &EditionNode) -> String {
    if node.number.is_empty() { node.title.clone() } else { format!("{} {}", node.number, node.title) }
}

/// The words of one method as they are, of several each behind its method's name.
fn rules(node: &EditionNode) -> String {
    let worded: Vec<_> = node.measures.iter().filter(|measure| !measure.rule_words.is_empty()).collect();
    match worded.as_slice() {
        [only] if node.measures.len() == 1 => only.rule_words.clone(),
        several => several
            .iter()
            .map(|measure| format!("【{}】{}", method(measure.method).0, measure.rule_words))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

/// Rules that a person chose, as data; blank where the words say everything.
fn data(node: &EditionNode) -> String {
    let chosen = node.measures.iter().filter_map(|measure| {
        let rule = measure.rule.clone().filter(|_| measure.rule_state == RuleState::Chosen);
        (rule.is_some() || measure.scope.is_some()).then_some((measure.method, RuleData { rule, scope: measure.scope }))
    });
    let chosen: BTreeMap<Method, RuleData> = chosen.collect();
    if chosen.is_empty() { String::new() } else { serde_json::to_string(&chosen).unwrap_or_default() }
}

fn negative(items: &[NegativeRow]) -> BookSheet {
    let heads = [("序号", 6), ("负面情形", 60), ("处理方式", 16), ("扣分值", 10), ("认定单位", 20)];
    let row = |row: &NegativeRow| {
        let points = match &row.item.effect {
            NegativeEffect::Deduct { points, .. } => Some(points),
            NegativeEffect::Veto => None,
        };
        let end = points.map(|points| format!(" {points}")).unwrap_or_default();
        let handling = row.words.strip_suffix(end.as_str()).unwrap_or(&row.words);
        vec![
            words(&row.item.number),
            words(&row.item.situation),
            words(handling),
            points.map_or(ListCell::Blank, number),
            words(&row.decider_name),
        ]
    };
    BookSheet {
        name: "负面清单".to_owned(),
        title: String::new(),
        heads: heads.map(|(head, width)| (head.to_owned(), width)).to_vec(),
        rows: items.iter().map(row).collect(),
    }
}

/// Which edition it is and what it decides besides its tree, a row each.
fn settings(tree: &EditionTree, family: &Framework) -> Result<BookSheet, Error> {
    let row = &tree.row;
    let year = row.year.map(|year| year.to_string()).unwrap_or_default();
    let mut rows: Vec<Vec<ListCell>> = Vec::new();
    let names = [
        ("code", &row.code),
        ("name", &row.name),
        ("year", &year),
        ("framework_code", &family.code),
        ("framework_name", &family.name),
    ];
    for (name, value) in names.into_iter().filter(|(_, value)| !value.is_empty()) {
        rows.push(vec![words(name), words(value)]);
    }
    let all = serde_json::to_value(&row.settings).map_err(Error::internal)?;
    for (name, value) in all.as_object().into_iter().flatten() {
        if !["nodes", "negative_items"].contains(&name.as_str()) {
            rows.push(vec![words(name), ListCell::Text(value.to_string())]);
        }
    }
    let heads = vec![("版本设置项".to_owned(), 22), ("版本设置值".to_owned(), 60)];
    Ok(BookSheet { name: "版本设置".to_owned(), title: String::new(), heads, rows })
}
