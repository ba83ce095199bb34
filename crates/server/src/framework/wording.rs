//! A rule as a sentence in the reader's language, made from the rule itself, so that it says what will be computed.

use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::example::Observed;
use yipanqi_domain::framework::{Amount, Rule, Step};
use yipanqi_domain::round::Grade;

use crate::request::Lang;

/// The sentence of a measure's rule; where none is chosen yet, that.
#[must_use]
pub fn sentence(rule: Option<&Rule>, points: &Exact, lang: Lang) -> String {
    match (rule, lang) {
        (Some(rule), Lang::Zh) => format!("{}。", zh(rule, points)),
        (Some(rule), Lang::En) => {
            let text = en(rule, points);
            let mut letters = text.chars();
            letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
        }
        (None, Lang::Zh) => "计分规则待选定，暂不计入得分。".to_owned(),
        (None, Lang::En) => "The rule is still to be chosen; nothing is counted yet.".to_owned(),
    }
}

/// The points an amount stands for, with the share it was given as.
fn amount_zh(amount: &Amount, points: &Exact) -> String {
    match amount {
        Amount::Points(amount) => format!("{amount}分"),
        Amount::Share(share) => format!("分值的{}（{}分）", percent(share), amount.of(points)),
    }
}

fn amount_en(amount: &Amount, points: &Exact) -> String {
    match amount {
        Amount::Points(amount) => format!("{amount} points"),
        Amount::Share(share) => format!("{} of the points ({})", percent(share), amount.of(points)),
    }
}

fn percent(share: &Exact) -> String {
    format!("{}%", share * &Exact::whole(100))
}

fn zh(rule: &Rule, points: &Exact) -> String {
    match rule {
        Rule::Grades { grades } => {
            let grade = |(grade, value): (&Grade, &Exact)| {
                let name = match grade {
                    Grade::Met => "达标",
                    Grade::MostlyMet => "基本达标",
                    Grade::NotMet => "不达标",
                };
                format!("{name}得{}", percent(value))
            };
            format!("按等级计分，取各检查项平均：{}", grades.iter().map(grade).collect::<Vec<_>>().join("，"))
        }
        Rule::AllOrNothing => format!("全部合格得{points}分，有一项不合格不得分"),
        Rule::DeductPerFault { each, floor, max_per_item } => {
            let most = max_per_item.map_or_else(String::new, |most| format!("，每个检查项最多计{most}处"));
            let floor = if floor.is_zero() { "扣完为止".to_owned() } else { format!("最低得{floor}分") };
            format!("每发现1处问题扣{}{most}，{floor}", amount_zh(each, points))
        }
        Rule::CountAtLeast { n, each } => format!("数量应不少于{n}，每少1个扣{}，扣完为止", amount_zh(each, points)),
        Rule::Ratio => format!("得分＝{points}分×合格数÷抽查数；没有抽查的不计"),
        Rule::PerPercentagePoint { target, each, step } => {
            let step = match step {
                Step::Exact => "不足1个百分点的按比例扣",
                Step::Begun => "不足1个百分点的按1个百分点扣",
            };
            format!("目标{target}%，每低1个百分点扣{}，{step}，扣完为止", amount_zh(each, points))
        }
        Rule::FailingSamples { n, each } => {
            format!("以{n}个样本计，每有1个不合格扣{}；实查数不是{n}个的按比例折算，扣完为止", amount_zh(each, points))
        }
        Rule::Interview { each } => format!("每答对1人得{}，最多得{points}分", amount_zh(each, points)),
        Rule::Gate { condition, then, .. } => {
            let condition = if condition.is_empty() { "前置条件" } else { condition };
            format!("“{condition}”不满足的不得分；满足的，{}", zh(then, points))
        }
    }
}

fn en(rule: &Rule, points: &Exact) -> String {
    match rule {
        Rule::Grades { grades } => {
            let grade = |(grade, value): (&Grade, &Exact)| {
                let name = match grade {
                    Grade::Met => "met",
                    Grade::MostlyMet => "mostly met",
                    Grade::NotMet => "not met",
                };
                format!("{name} earns {}", percent(value))
            };
            format!("by grade, the mean of the items: {}", grades.iter().map(grade).collect::<Vec<_>>().join(", "))
        }
        Rule::AllOrNothing => format!("all {points} points if every item passes, otherwise nothing"),
        Rule::DeductPerFault { each, floor, max_per_item } => {
            let most = max_per_item.map_or_else(String::new, |most| format!(" (at most {most} counted per item)"));
            let floor = if floor.is_zero() { "not below 0".to_owned() } else { format!("not below {floor} points") };
            format!("each fault found costs {}{most}, {floor}", amount_en(each, points))
        }
        Rule::CountAtLeast { n, each } => {
            format!("at least {n} are wanted; each missing one costs {}, not below 0", amount_en(each, points))
        }
        Rule::Ratio => {
            format!("{points} points times those that comply out of those looked at; nothing looked at is not counted")
        }
        Rule::PerPercentagePoint { target, each, step } => {
            let step = match step {
                Step::Exact => "parts of a point count by their size",
                Step::Begun => "a begun point counts as a whole one",
            };
            format!("the target is {target}%; each percentage point short costs {}, {step}, not below 0", amount_en(each, points))
        }
        Rule::FailingSamples { n, each } => format!(
            "of {n} samples each that fails costs {}; another number visited counts in proportion, not below 0",
            amount_en(each, points)
        ),
        Rule::Interview { each } => {
            format!("each correct answer earns {}, up to {points} points", amount_en(each, points))
        }
        Rule::Gate { condition, then, .. } => {
            let condition = if condition.is_empty() { "the condition" } else { condition };
            format!("nothing if \u{201c}{condition}\u{201d} is not fulfilled; otherwise {}", en(then, points))
        }
    }
}

/// An example in a sentence: what is observed, and what it earns of the points.
#[must_use]
pub fn example(rule: &Rule, points: &Exact, observed: Observed, earned: &Exact, lang: Lang) -> String {
    let Observed { count, of } = observed;
    let seen = match (rule, lang) {
        (Rule::Gate { then, .. }, _) => return example(then, points, observed, earned, lang),
        (Rule::Grades { .. }, Lang::Zh) => format!("评为{}", ["达标", "基本达标", "不达标"][count.min(2) as usize]),
        (Rule::Grades { .. }, Lang::En) => format!("graded {}", ["met", "mostly met", "not met"][count.min(2) as usize]),
        (Rule::AllOrNothing, Lang::Zh) => (if count == 0 { "全部合格" } else { "有不合格项" }).to_owned(),
        (Rule::AllOrNothing, Lang::En) => (if count == 0 { "everything passes" } else { "an item fails" }).to_owned(),
        (Rule::DeductPerFault { each, .. }, Lang::Zh) => format!("{count} 处问题，每处扣 {}", each.of(points)),
        (Rule::DeductPerFault { each, .. }, Lang::En) => format!("{count} faults, each \u{2212}{}", each.of(points)),
        (Rule::CountAtLeast { n, each }, Lang::Zh) => format!("应有 {n} 处，实有 {count} 处，每少 1 处扣 {}", each.of(points)),
        (Rule::CountAtLeast { n, each }, Lang::En) => {
            format!("{count} of at least {n}, each missing one \u{2212}{}", each.of(points))
        }
        (Rule::Ratio, Lang::Zh) => format!("抽查 {of} 个，合格 {count} 个"),
        (Rule::Ratio, Lang::En) => format!("{count} of {of} comply"),
        (Rule::PerPercentagePoint { target, each, .. }, Lang::Zh) => {
            format!("{count}/{of}，目标 {target}%，每低 1 个百分点扣 {}", each.of(points))
        }
        (Rule::PerPercentagePoint { target, each, .. }, Lang::En) => {
            format!("{count}/{of}, target {target}%, each percentage point short \u{2212}{}", each.of(points))
        }
        (Rule::FailingSamples { each, .. }, Lang::Zh) => format!("抽查 {of} 个，不合格 {count} 个，每个扣 {}", each.of(points)),
        (Rule::FailingSamples { each, .. }, Lang::En) => {
            format!("{count} of {of} samples fail, each \u{2212}{}", each.of(points))
        }
        (Rule::Interview { each }, Lang::Zh) => format!("询问 {of} 人，答对 {count} 人，每人得 {}", each.of(points)),
        (Rule::Interview { each }, Lang::En) => format!("{count} of {of} answer right, each +{}", each.of(points)),
    };
    match lang {
        Lang::Zh => format!("{seen}：{points} 分得 {earned} 分"),
        Lang::En => format!("{seen} \u{2192} {earned} of {points}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    fn points(text: &str) -> Amount {
        Amount::Points(exact(text))
    }

    #[test]
    fn a_rule_reads_as_it_is_computed() {
        let floor = Exact::zero;
        let deduct = |each, max_per_item| Rule::DeductPerFault { each, floor: floor(), max_per_item };
        let gate = |condition: &str| Rule::Gate { item: None, condition: condition.to_owned(), then: Box::new(Rule::Ratio) };
        for (rule, zh, en) in [
            (
                Rule::three_grades(),
                "按等级计分，取各检查项平均：达标得100%，基本达标得60%，不达标得0%。",
                "By grade, the mean of the items: met earns 100%, mostly met earns 60%, not met earns 0%.",
            ),
            (
                Rule::AllOrNothing,
                "全部合格得0.8分，有一项不合格不得分。",
                "All 0.8 points if every item passes, otherwise nothing.",
            ),
            (deduct(points("0.1"), None), "每发现1处问题扣0.1分，扣完为止。", "Each fault found costs 0.1 points, not below 0."),
            (
                deduct(Amount::Share(exact("0.25")), Some(3)),
                "每发现1处问题扣分值的25%（0.2分），每个检查项最多计3处，扣完为止。",
                "Each fault found costs 25% of the points (0.2) (at most 3 counted per item), not below 0.",
            ),
            (
                Rule::CountAtLeast { n: 5, each: points("0.16") },
                "数量应不少于5，每少1个扣0.16分，扣完为止。",
                "At least 5 are wanted; each missing one costs 0.16 points, not below 0.",
            ),
            (
                Rule::Ratio,
                "得分＝0.8分×合格数÷抽查数；没有抽查的不计。",
                "0.8 points times those that comply out of those looked at; nothing looked at is not counted.",
            ),
            (
                Rule::PerPercentagePoint { target: exact("95"), each: points("0.05"), step: Step::Begun },
                "目标95%，每低1个百分点扣0.05分，不足1个百分点的按1个百分点扣，扣完为止。",
                "The target is 95%; each percentage point short costs 0.05 points, a begun point counts as a whole one, not below 0.",
            ),
            (
                Rule::FailingSamples { n: 10, each: points("0.08") },
                "以10个样本计，每有1个不合格扣0.08分；实查数不是10个的按比例折算，扣完为止。",
                "Of 10 samples each that fails costs 0.08 points; another number visited counts in proportion, not below 0.",
            ),
            (
                Rule::Interview { each: points("0.2") },
                "每答对1人得0.2分，最多得0.8分。",
                "Each correct answer earns 0.2 points, up to 0.8 points.",
            ),
            (
                gate("建有台账"),
                "“建有台账”不满足的不得分；满足的，得分＝0.8分×合格数÷抽查数；没有抽查的不计。",
                "Nothing if \u{201c}建有台账\u{201d} is not fulfilled; otherwise 0.8 points times those that comply out of those \
                 looked at; nothing looked at is not counted.",
            ),
        ] {
            assert_eq!(sentence(Some(&rule), &exact("0.8"), Lang::Zh), zh);
            assert_eq!(sentence(Some(&rule), &exact("0.8"), Lang::En), en);
        }
        let deduct = Rule::DeductPerFault { each: points("0.2"), floor: Exact::zero(), max_per_item: None };
        let observed = Observed { count: 3, of: 0 };
        let said = |lang| example(&deduct, &exact("1"), observed, &exact("0.4"), lang);
        assert_eq!(said(Lang::En), "3 faults, each \u{2212}0.2 \u{2192} 0.4 of 1");
        assert_eq!(said(Lang::Zh), "3 处问题，每处扣 0.2：1 分得 0.4 分");
        assert!(sentence(None, &exact("1"), Lang::Zh).contains("待选定"));
        assert!(sentence(None, &exact("1"), Lang::En).contains("to be chosen"));
    }
}
