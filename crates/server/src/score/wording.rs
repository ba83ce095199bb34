//! Why a figure is what it is, as a sentence in the reader's language.

use yipanqi_domain::framework::NotApplicable;
use yipanqi_domain::score::{Ignored, Reason, Uncovered};
use yipanqi_domain::statistics::{Interval, IntervalMethod};

use crate::request::Lang;

/// The code of a reason.
#[must_use]
pub fn code(reason: &Reason) -> &'static str {
    match reason {
        Reason::Faults { .. } => "faults",
        Reason::Grades { .. } => "grades",
        Reason::ItemsFailed { .. } => "items_failed",
        Reason::CountShort { .. } => "count_short",
        Reason::Share { .. } => "share",
        Reason::BelowTarget { .. } => "below_target",
        Reason::SamplesFailed { .. } => "samples_failed",
        Reason::Answers { .. } => "answers",
        Reason::GateFailed => "gate_failed",
        Reason::Exhausted => "exhausted",
        Reason::ItemsNotApplicable { .. } => "items_not_applicable",
        Reason::SiteNotApplicable { .. } => "site_not_applicable",
        Reason::MeanOfSites { .. } => "mean_of_sites",
        Reason::MeanOfTypes { .. } => "mean_of_types",
        Reason::Entered => "entered",
        Reason::WorkingScale { .. } => "working_scale",
        Reason::Uncovered { why } => uncovered(*why).0,
    }
}

/// The sentence of a reason.
#[must_use]
pub fn sentence(reason: &Reason, lang: Lang) -> String {
    match lang {
        Lang::Zh => zh(reason),
        Lang::En => en(reason),
    }
}

fn zh(reason: &Reason) -> String {
    match reason {
        Reason::Faults { faults, counted, each } if faults == counted => format!("发现{faults}处问题，每处扣{each}分"),
        Reason::Faults { faults, counted, each } => format!("发现{faults}处问题，计{counted}处，每处扣{each}分"),
        Reason::Grades { met, mostly_met, not_met } => format!("达标{met}项，基本达标{mostly_met}项，不达标{not_met}项"),
        Reason::ItemsFailed { failed, judged } => format!("{judged}项中{failed}项不合格"),
        Reason::CountShort { count, n, each } => format!("应有{n}个，实有{count}个，每少1个扣{each}分"),
        Reason::Share { observed, total } => format!("{total}个中{observed}个合格"),
        Reason::BelowTarget { target, short, each } => format!("目标{target}%，低{short}个百分点，每个百分点扣{each}分"),
        Reason::SamplesFailed { failing, visited, n, each } => {
            format!("实查{visited}个，{failing}个不合格；以{n}个计，每个扣{each}分")
        }
        Reason::Answers { correct, asked, each } => format!("询问{asked}人，答对{correct}人，每人得{each}分"),
        Reason::GateFailed => "前置条件不满足，不得分".to_owned(),
        Reason::Exhausted => "已扣完".to_owned(),
        Reason::ItemsNotApplicable { items } => format!("{items}项不适用，不计"),
        Reason::SiteNotApplicable { counts_as } => match counts_as {
            NotApplicable::Leaves => "该点位不适用，不计入平均".to_owned(),
            NotApplicable::FullMarks => "该点位不适用，按满分计".to_owned(),
            NotApplicable::TypeMean => "该点位不适用，按同类点位平均计".to_owned(),
        },
        Reason::MeanOfSites { sites, left_out: 0 } => format!("{sites}个点位的平均"),
        Reason::MeanOfSites { sites, left_out } => format!("{sites}个点位的平均，另有{left_out}个不计"),
        Reason::MeanOfTypes { types } => format!("{types}类点位的平均"),
        Reason::Entered => "录入的结果".to_owned(),
        Reason::WorkingScale { decimals, exact } => format!("由{exact}舍入到{decimals}位小数"),
        Reason::Uncovered { why } => uncovered(*why).1.to_owned(),
    }
}

fn en(reason: &Reason) -> String {
    match reason {
        Reason::Faults { faults, counted, each } if faults == counted => format!("{faults} faults at {each} points each"),
        Reason::Faults { faults, counted, each } => format!("{faults} faults, {counted} counted at {each} points each"),
        Reason::Grades { met, mostly_met, not_met } => format!("{met} met, {mostly_met} mostly met, {not_met} not met"),
        Reason::ItemsFailed { failed, judged } => format!("{failed} of {judged} items failed"),
        Reason::CountShort { count, n, each } => format!("{count} where {n} are wanted, {each} points for each missing one"),
        Reason::Share { observed, total } => format!("{observed} of {total} comply"),
        Reason::BelowTarget { target, short, each } => {
            format!("{short} percentage points short of {target}%, {each} points each")
        }
        Reason::SamplesFailed { failing, visited, n, each } => {
            format!("{failing} of {visited} samples failed; {each} points each, counted as of {n}")
        }
        Reason::Answers { correct, asked, each } => format!("{correct} of {asked} answered correctly, {each} points each"),
        Reason::GateFailed => "the condition is not fulfilled: nothing is earned".to_owned(),
        Reason::Exhausted => "nothing is left to deduct".to_owned(),
        Reason::ItemsNotApplicable { items } => format!("{items} items do not apply and are left out"),
        Reason::SiteNotApplicable { counts_as } => match counts_as {
            NotApplicable::Leaves => "nothing applies here: the site leaves the mean".to_owned(),
            NotApplicable::FullMarks => "nothing applies here: full marks".to_owned(),
            NotApplicable::TypeMean => "nothing applies here: the mean of its type counts".to_owned(),
        },
        Reason::MeanOfSites { sites, left_out: 0 } => format!("the mean of {sites} sites"),
        Reason::MeanOfSites { sites, left_out } => format!("the mean of {sites} sites; {left_out} more do not count"),
        Reason::MeanOfTypes { types } => format!("the mean of {types} site types"),
        Reason::Entered => "the result was entered".to_owned(),
        Reason::WorkingScale { decimals, exact } => format!("{exact} rounded to {decimals} decimals"),
        Reason::Uncovered { why } => uncovered(*why).2.to_owned(),
    }
}

/// Code and sentences of what is not measured.
fn uncovered(why: Uncovered) -> (&'static str, &'static str, &'static str) {
    match why {
        Uncovered::NoRule => ("no_rule", "计分规则待选定，不计入", "the rule is to be chosen: not covered"),
        Uncovered::NoPoints => ("no_points", "没有分值", "there are no points to earn"),
        Uncovered::NoFinding => ("no_finding", "没有检查过相关点位，不计入", "no site was visited for it: not covered"),
        Uncovered::NoResult => ("no_result", "没有录入结果，不计入", "no result was entered: not covered"),
        Uncovered::NotApplicable => ("not_applicable", "所有点位都不适用，不计入", "it applies at no site: not covered"),
        Uncovered::NoItemOfKind => {
            ("no_item_of_kind", "没有形式相符的检查结果，不计入", "there is no result of the form it reads: not covered")
        }
        Uncovered::GateUndecided => ("gate_undecided", "前置条件还没有判定，不计入", "the condition was not judged: not covered"),
        Uncovered::OutOfRange => ("out_of_range", "结果超出可能的范围，不计入", "the result cannot be: not covered"),
        Uncovered::GradeWithoutValue => {
            ("grade_without_value", "规则没有给出该等级的分值，不计入", "the rule gives the grade no value: not covered")
        }
    }
}

/// How an interval was made.
#[must_use]
pub fn interval(interval: &Interval, lang: Lang) -> String {
    let Interval { method, replicates, single_strata, .. } = interval;
    let mut text = match (method, lang) {
        (IntervalMethod::Wilson, Lang::Zh) => "威尔逊区间".to_owned(),
        (IntervalMethod::Wilson, Lang::En) => "Wilson's interval".to_owned(),
        (IntervalMethod::Census, Lang::Zh) => "点位全部实查，没有抽样误差".to_owned(),
        (IntervalMethod::Census, Lang::En) => "every site was visited: no sampling error".to_owned(),
        (IntervalMethod::Bootstrap, Lang::Zh) => format!("按点位类型分层重抽{replicates}次"),
        (IntervalMethod::Bootstrap, Lang::En) => format!("drawn again {replicates} times within the site types"),
    };
    if *single_strata > 0 {
        text.push_str(&match lang {
            Lang::Zh => format!("；{single_strata}类点位只查了1个，其误差无从估计"),
            Lang::En => format!("; {single_strata} types with one visited site, whose spread cannot be known"),
        });
    }
    text
}

/// What could not be used.
#[must_use]
pub fn ignored(ignored: &Ignored, lang: Lang) -> String {
    let (zh, en) = match ignored {
        Ignored::UnknownSite { .. } => {
            ("有检查结果的点位不在本批次中，未计入", "a finding at a site that is not of the round was not counted")
        }
        Ignored::UnknownItem { .. } => {
            ("有检查结果的检查项不在清单上，未计入", "a finding of an item that is on no checklist was not counted")
        }
        Ignored::RepeatedFinding { .. } => {
            ("同一点位同一检查项有两条结果，只计一条", "of two findings of one item at one site one was counted")
        }
        Ignored::ResultWithoutMeasure { .. } => (
            "有录入结果不属于本年度版的任何测评内容，未计入",
            "an entered result belongs to no measure of the edition and was not counted",
        ),
        Ignored::RepeatedResult { .. } => {
            ("同一测评内容录入了两个结果，均未计入", "two results were entered for one measure; neither was counted")
        }
        Ignored::UnknownNegativeItem { number } => {
            return match lang {
                Lang::Zh => format!("负面清单没有第{number}项，未计入"),
                Lang::En => format!("the negative list has no item {number}; it was not counted"),
            };
        }
    };
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_what_was_counted() {
        let each = "0.1".parse().unwrap();
        let faults = Reason::Faults { faults: 5, counted: 3, each };
        assert_eq!((code(&faults), zh(&faults).as_str()), ("faults", "发现5处问题，计3处，每处扣0.1分"));
        assert_eq!(en(&faults), "5 faults, 3 counted at 0.1 points each");
        let uncovered = Reason::Uncovered { why: Uncovered::NoResult };
        assert_eq!(code(&uncovered), "no_result");
        assert!(sentence(&uncovered, Lang::Zh).contains("不计入") && sentence(&uncovered, Lang::En).contains("not covered"));
    }
}
