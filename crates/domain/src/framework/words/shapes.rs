//! The patterns of the nine shapes. Each has to match the whole text; a number it cannot read makes it no match.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::super::{Rule, Step};
use super::numbers::{amount, share, whole};
use crate::exact::Exact;
use crate::round::Grade;

/// A rule with the sample its words ask for.
pub(super) struct Shape {
    pub rule: Rule,
    pub sample: Option<u32>,
}

impl From<Rule> for Shape {
    fn from(rule: Rule) -> Self {
        Self { rule, sample: None }
    }
}

type Reader = fn(&Captures<'_>, &Exact) -> Option<Shape>;

/// Abbreviations used in the patterns: one, a number, a counting word, "no points", an amount, a share, P.
const PARTS: [(&str, &str); 7] = [
    ("{1}", "(?:1|一)"),
    ("{n}", "(?<n>[0-9]+|[一二两三四五六七八九十]+)"),
    ("{u}", "(?:处|个|项|类|件|条|起|次|人|块|例|家|份|户|名|张|幅|面|座|辆|台|所|点|位|期|场|种)"),
    ("{0}", "(?:(?:本项|该项)?(?:不得分|得0分|计0分|记0分|为0分|0分))"),
    ("{each}", "(?<each>[^,扣]+)"),
    ("{s}", "[0-9.]+%?"),
    ("{p}", "(?:本项|该项|本项目)?(?:分值|总分|满分|标准分)"),
];

const SHAPES: [(&str, Reader); 19] = [
    // grades
    (
        r"^(?:分|按)?(?:为)?达标、基本达标、不达标(?:三档|三个等次|三个档次|三级)?,?(?:分别)?按{p}的?(?<a>{s})、(?<b>{s})、(?<c>{s})(?:计分|得分|计)?$",
        coefficients,
    ),
    (r"^按?达标(?<a>{s})、基本达标(?<b>{s})、不达标(?<c>{s})的?(?:系数|比例)(?:乘以|乘|×){p}(?:计分|得分)?$", coefficients),
    (
        r"^[^,0-9]*(?:达标|符合|充分|齐全|合格)(?:要求)?的?得(?:满分|100%),基本(?:达标|符合|合格)(?:要求)?的?得(?:{p}的?)?(?<b>{s})(?<points>分)?(?:的分值|分值)?,不(?:达标|符合|合格)(?:要求)?的?{0}$",
        full_part_none,
    ),
    // all_or_nothing
    (
        r"^(?:全部|均|各项均|所有要求均)(?:符合|达标|合格|达到要求)(?:要求|标准)?的?得满分,(?:只要)?(?:有|任|任何|任意)?{1}{u}(?:及以上|以上)?不(?:符合|达标|合格)(?:要求|标准)?的?,?{0}$",
        all_or_nothing,
    ),
    (
        r"^(?:任一|任意一|任何一|有任一|有一|任一项|任意一项|任何一项|有一项|其中一项)(?:{u})?(?:要求|标准|内容|指标)?不(?:符合|达标|合格)(?:要求|标准)?的?,?(?:则)?{0}$",
        all_or_nothing,
    ),
    (
        r"^(?:达到|达标|符合)(?:要求|标准|目标)?的?得满分,(?:未达到|未达标|不达标|不符合)(?:要求|标准|目标)?的?{0}$",
        all_or_nothing,
    ),
    // deduct_per_fault
    (
        r"^每?(?:发现|出现|存在|有|查实)?{1}{u}(?:问题|不符合|不达标|不合格|不规范|不到位)?(?:要求|标准)?的?,?扣{each}(?:,(?:同一点位|同一检查项|每个点位|同一点)?(?:同类|同一|同类型)问题最多扣{n}{u})?$",
        deduct,
    ),
    (r"^(?:[^,0-9]*(?:要素|方面|环节),)?每?缺(?:少)?{1}{u}[^,扣0-9]*,?扣{each}$", deduct),
    // count_at_least
    (
        r"^(?:总数|数量)?(?:应|须|需)?(?:设|设置|刊播|有)?(?:不少于|至少有?|不低于|应有|须有|不得少于){n}{u}[^,扣0-9]*,每?(?:少|缺|缺少){1}{u}扣{each}$",
        count_at_least,
    ),
    // ratio
    (r"^(?:得分=)?(?:合格|达标|符合|正确)[数量]+[÷/](?:抽查|检查|实查|应查|总)[数量]+×{p}$", ratio),
    (r"^(?:得分=)?{p}×(?:合格|达标|符合|正确)[数量]+[÷/](?:抽查|检查|实查|应查|总)[数量]+$", ratio),
    (
        r"^(?:得分=)?按?(?:有效问卷)?(?:得分率|合格率|达标率|满意率|满意度|知晓率|支持率|正确率|符合率|参与率)(?:乘以|乘|×){p}(?:计分|得分|计算)?$",
        ratio,
    ),
    (r"^得分={p}(?:乘以|乘|×)(?:有效问卷)?(?:得分率|合格率|达标率|满意率|满意度|知晓率|支持率|正确率|符合率|参与率)$", ratio),
    // per_percentage_point
    (r"^(?:目标值?|标准值?)(?:为|是)?(?<target>[0-9.]+)%,每(?:低|低于目标|下降|少|降低)(?:{1}个百分点|1%)扣{each}$", per_point),
    (
        r"^[^,0-9%]*(?:达到?|不低于|≥|高于或等于)(?<target>[0-9.]+)%(?:及?以上)?的?得满分,每(?:低|低于目标|下降|少|降低)(?:{1}个百分点|1%)扣{each}$",
        per_point,
    ),
    // failing_samples
    (r"^(?:随机)?(?:抽查|抽取|检查){n}{u}[^,扣0-9]*,每有?{1}{u}不(?:合格|符合|达标)(?:要求)?的?扣{each}$", failing_samples),
    // interview
    (
        r"^(?:随机)?(?:询问|访问|抽问|提问|采访|访谈){n}(?:人|名\p{Han}+|位\p{Han}+),每?(?:答对|答正确|回答正确|正确){1}(?:人|题|名|位)得{each}$",
        interview,
    ),
    // gate
    (
        r"^(?<condition>[^,]*?)的?,?(?:本项|该项)(?:计0分|不得分|得0分|记0分|为0分),(?:[^,]*?已[^,]*?的,?|其他情形,?|其余的?,?|否则,?)(?<then>.+)$",
        gate,
    ),
    (r"^(?<condition>(?:未|没有|不)[^,]*?)的?,?(?:本项|该项)(?:计0分|不得分|得0分|记0分|为0分),(?<then>.+)$", gate),
];

static COMPILED: LazyLock<Vec<(Regex, Reader)>> = LazyLock::new(|| {
    SHAPES.into_iter().filter_map(|(pattern, reader)| Some((Regex::new(&expand(pattern)).ok()?, reader))).collect()
});

fn expand(pattern: &str) -> String {
    PARTS.into_iter().fold(pattern.to_owned(), |pattern, (short, long)| pattern.replace(short, long))
}

/// The shape whose pattern matches the whole text.
pub(super) fn read(text: &str, points: &Exact) -> Option<Shape> {
    COMPILED.iter().find_map(|(pattern, reader)| reader(&pattern.captures(text)?, points))
}

/// What the text would mean if the standard's own percentage is the target, or if grades without values are the usual three.
pub(super) fn propose(text: &str, standard: &str) -> Option<Rule> {
    static WITHOUT_TARGET: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(&expand(r"^每(?:低|低于目标|下降|少|降低)(?:{1}个百分点|1%)扣{each}$")).ok());
    static TARGET: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?:不低于|不少于|达到?|≥|高于)(?<target>[0-9.]+)%").ok());
    static BY_GRADE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^按\p{Han}{0,4}(?:等次|等级|档次)(?:计分|得分|赋分)$").ok());
    if BY_GRADE.as_ref()?.is_match(text) {
        return Some(Rule::three_grades());
    }
    if let Some(found) = WITHOUT_TARGET.as_ref()?.captures(text) {
        let mut targets = TARGET.as_ref()?.captures_iter(standard);
        let target = targets.next()?["target"].parse().ok()?;
        return match targets.next() {
            Some(_) => None,
            None => Some(Rule::PerPercentagePoint { target, each: amount(&found["each"])?, step: Step::Exact }),
        };
    }
    COMPILED.iter().filter_map(|(pattern, _)| pattern.captures(text)).find_map(|found| {
        let (condition, then) = (found.name("condition")?, found.name("then")?);
        let then = propose(then.as_str(), standard)?;
        Some(Rule::Gate { item: None, condition: condition.as_str().to_owned(), then: Box::new(then) })
    })
}

fn grades(values: [Exact; 3]) -> Option<Shape> {
    let [met, mostly_met, not_met] = values;
    let falling = met <= Exact::one() && met >= mostly_met && mostly_met >= not_met && !not_met.is_negative();
    let grades = BTreeMap::from([(Grade::Met, met), (Grade::MostlyMet, mostly_met), (Grade::NotMet, not_met)]);
    falling.then(|| Rule::Grades { grades }.into())
}

fn coefficients(found: &Captures<'_>, _points: &Exact) -> Option<Shape> {
    grades([share(&found["a"])?, share(&found["b"])?, share(&found["c"])?])
}

fn full_part_none(found: &Captures<'_>, points: &Exact) -> Option<Shape> {
    let part = share(&found["b"])?;
    let part = match found.name("points") {
        Some(_) if found["b"].ends_with('%') => return None,
        Some(_) => part.checked_div(points)?,
        None if found["b"].ends_with('%') => part,
        // `得0.6` names neither points nor a share.
        None => return None,
    };
    grades([Exact::one(), part, Exact::zero()])
}

fn all_or_nothing(_found: &Captures<'_>, _points: &Exact) -> Option<Shape> {
    Some(Rule::AllOrNothing.into())
}

fn deduct(found: &Captures<'_>, _points: &Exact) -> Option<Shape> {
    let max_per_item = match found.name("n") {
        Some(most) => Some(whole(most.as_str())?),
        None => None,
    };
    Some(Rule::DeductPerFault { each: amount(&found["each"])?, floor: Exact::zero(), max_per_item }.into())
}

fn count_at_least(found: &Captures<'_>, _points: &Exact) -> Option<Shape> {
    Some(Rule::CountAtLeast { n: whole(&found["n"])?, each: amount(&found["each"])? }.into())
}

fn ratio(_found: &Captures<'_>, _points: &Exact) -> Option<Shape> {
    Some(Rule::Ratio.into())
}

fn per_point(found: &Captures<'_>, _points: &Exact) -> Option<Shape> {
    let target: Exact = found["target"].parse().ok()?;
    let each = amount(&found["each"])?;
    (target <= Exact::whole(100)).then(|| Rule::PerPercentagePoint { target, each, step: Step::Exact }.into())
}

fn failing_samples(found: &Captures<'_>, _points: &Exact) -> Option<Shape> {
    let n = whole(&found["n"])?;
    Some(Shape { rule: Rule::FailingSamples { n, each: amount(&found["each"])? }, sample: Some(n) })
}

fn interview(found: &Captures<'_>, _points: &Exact) -> Option<Shape> {
    Some(Shape { rule: Rule::Interview { each: amount(&found["each"])? }, sample: Some(whole(&found["n"])?) })
}

fn gate(found: &Captures<'_>, points: &Exact) -> Option<Shape> {
    let then = read(&found["then"], points)?;
    let condition = found["condition"].to_owned();
    Some(Shape { rule: Rule::Gate { item: None, condition, then: Box::new(then.rule) }, sample: then.sample })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(COMPILED.len(), SHAPES.len());
    }
}
