//! Tells records from titles, repeated headers, subtotals, totals, notes and section lines.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{Cell, Entry, Record, SkipReason, Skipped, static_part};
use crate::header::normal;
use crate::kind::{Kind, Part, SUBTOTAL, TOTAL, Totals};
use crate::mapping::{BlankMeans, MappingError, SheetMapping};
use crate::source::{Origin, Region, SheetCell, SheetRow, column_index};

const SUBTOTALS: [&str; 5] = ["小计", "本页小计", "分项小计", "分类小计", "subtotal"];
const TOTALS: [&str; 8] = ["合计", "总计", "共计", "累计", "总分", "合计得分", "总数", "total"];
const NOTES: [&str; 24] = [
    "注",
    "备注",
    "说明",
    "填表说明",
    "填报说明",
    "附注",
    "填表人",
    "填报人",
    "制表人",
    "制表",
    "审核人",
    "审核",
    "审批人",
    "单位负责人",
    "主管领导",
    "联系人",
    "填报单位",
    "填表单位",
    "填报时间",
    "填表日期",
    "制表日期",
    "数据来源",
    "温馨提示",
    "note",
];

/// A mapped column.
struct Column {
    letters: Arc<str>,
    header: Arc<str>,
    field: &'static str,
    blank: BlankMeans,
    above: Option<Cell>,
}

/// Reads the rows of one sheet in order.
pub(super) struct Reader {
    sheet: Arc<str>,
    part: &'static Part,
    header_rows: Vec<u32>,
    columns: BTreeMap<u32, Column>,
    headers: HashMap<u32, Vec<String>>,
    bands: HashMap<u32, u32>,
    after_note: bool,
}

impl Reader {
    pub(super) fn new(
        kind: Kind,
        part: &str,
        mapping: &SheetMapping,
        sheet: Arc<str>,
        regions: Vec<Region>,
    ) -> Result<Self, MappingError> {
        let part = static_part(kind, mapping, part)?;
        let mut columns = BTreeMap::new();
        for column in &mapping.columns {
            let Some(field) = column.field.as_deref().and_then(|name| part.field(name)) else { continue };
            let (letters, header) = (column.column.as_str().into(), column.header.as_str().into());
            let mapped = Column { letters, header, field: field.name, blank: column.blank, above: None };
            columns.extend(column_index(&column.column).map(|place| (place, mapped)));
        }
        let forms = |header: &str| {
            let mut forms = vec![normal(header)];
            if let Some((upper, lower)) = header.split_once('/') {
                forms.extend([normal(upper), normal(lower)]);
            }
            forms
        };
        let lettered = mapping.columns.iter().filter_map(|column| Some((column_index(&column.column)?, forms(&column.header))));
        let headers = lettered.collect();
        let mut bands: HashMap<u32, u32> = HashMap::new();
        for region in regions {
            let widest = bands.entry(region.first_row).or_default();
            *widest = (*widest).max(region.last_column - region.first_column + 1);
        }
        let header_rows = mapping.header_rows.clone();
        Ok(Self { sheet, part, header_rows, columns, headers, bands, after_note: false })
    }

    /// What a row is; nothing for blank rows and the header itself.
    pub(super) fn read(&mut self, row: SheetRow) -> Option<Entry> {
        if self.header_rows.contains(&row.number) || row.own().next().is_none() {
            return None;
        }
        let first = self.header_rows.iter().min().copied().unwrap_or(0);
        if row.number < first {
            return Some(self.skipped(&row, SkipReason::Title));
        }
        match self.classify(&row) {
            None => Some(Entry::Record(self.record(&row, self.part.name))),
            Some(SkipReason::Subtotal) if self.part.totals == Totals::Delivered => {
                Some(Entry::Record(self.record(&row, SUBTOTAL)))
            }
            Some(SkipReason::Total) if self.part.totals == Totals::Delivered => Some(Entry::Record(self.record(&row, TOTAL))),
            Some(why) => Some(self.skipped(&row, why)),
        }
    }

    fn skipped(&self, row: &SheetRow, why: SkipReason) -> Entry {
        let joined: Vec<&str> = row.own().map(|cell| cell.text.trim()).collect();
        let text = joined.join(" ").chars().take(200).collect();
        Entry::Skipped(Skipped { sheet: self.sheet.clone(), row: Some(row.number), why, text })
    }

    fn classify(&mut self, row: &SheetRow) -> Option<SkipReason> {
        let own: Vec<&SheetCell> = row.own().collect();
        let first = own.first()?;
        if self.repeats_header(&own) {
            return Some(SkipReason::RepeatedHeader);
        }
        let text = normal(&first.text);
        if let Some(why) = sum(&text, own.len(), self.columns.len()) {
            return Some(why);
        }
        let few = own.len() == 1 || own.len() * 2 <= self.headers.len();
        let is_note = few && NOTES.iter().any(|word| begins(&text, word));
        if is_note || (self.after_note && own.len() == 1) {
            self.after_note = true;
            return Some(SkipReason::Note);
        }
        self.after_note = false;
        let band = self.bands.get(&row.number).is_some_and(|width| *width as usize * 2 > self.headers.len());
        let heading = own.len() == 1 && self.columns.len() >= 3 && (band || is_heading(&text));
        heading.then_some(SkipReason::Section)
    }

    fn repeats_header(&self, own: &[&SheetCell]) -> bool {
        let same = |cell: &&&SheetCell| {
            let forms = self.headers.get(&cell.column);
            forms.is_some_and(|forms| forms.contains(&normal(&cell.text)))
        };
        let alike = own.iter().filter(same).count();
        alike >= 2 && alike * 3 >= own.len() * 2
    }

    fn record(&mut self, row: &SheetRow, part: &'static str) -> Record {
        let is_record = part == self.part.name;
        let mut fields = BTreeMap::new();
        for (place, column) in &mut self.columns {
            let given = row.cell(*place).filter(|cell| !cell.is_blank());
            let cell = match given {
                Some(cell) => Some(column.cell(cell)),
                None if is_record && column.blank == BlankMeans::Above => column.above.clone(),
                None => None,
            };
            if let Some(cell) = cell {
                if is_record && column.blank == BlankMeans::Above {
                    column.above = Some(Cell { origin: Origin::Above, ..cell.clone() });
                }
                fields.insert(column.field, cell);
            }
        }
        Record { sheet: self.sheet.clone(), row: row.number, part, fields }
    }
}

impl Column {
    fn cell(&self, cell: &SheetCell) -> Cell {
        let (column, header) = (self.letters.clone(), self.header.clone());
        let (text, number, date) = (cell.text.clone(), cell.number.clone(), cell.date.clone());
        Cell { column, header, text, number, date, origin: cell.origin }
    }
}

/// `小计`, `合计：`, `问题合计260个`: the word alone in any row, with more text only where little else stands in the row.
fn sum(text: &str, cells: usize, columns: usize) -> Option<SkipReason> {
    let few = cells <= (columns / 3).max(1);
    let short = text.chars().count() <= 20;
    let sums = |word: &&str| text == *word || (few && short && text.starts_with(*word));
    if SUBTOTALS.iter().any(sums) {
        return Some(SkipReason::Subtotal);
    }
    if TOTALS.iter().any(sums) {
        return Some(SkipReason::Total);
    }
    let single = cells == 1 && columns >= 3 && short;
    let inside = |words: &[&str]| single && words.iter().any(|word| text.contains(word));
    if inside(&["小计"]) {
        return Some(SkipReason::Subtotal);
    }
    inside(&["合计", "总计", "共计"]).then_some(SkipReason::Total)
}

/// The word, then nothing, a colon or a number: `注：1.…`, `填表人:`; never `说明书缺失`.
fn begins(text: &str, word: &str) -> bool {
    let rest = text.strip_prefix(word);
    rest.is_some_and(|rest| rest.chars().next().is_none_or(|next| matches!(next, ':' | '1' | '一' | '(' | '.' | '、')))
}

/// `一、街道`, `（二）部门`.
fn is_heading(text: &str) -> bool {
    let text = text.strip_prefix('(').unwrap_or(text);
    let numeral = text.chars().take_while(|c| "一二三四五六七八九十".contains(*c)).count();
    let rest: String = text.chars().skip(numeral).collect();
    numeral > 0 && (rest.starts_with('、') || rest.starts_with(')'))
}
