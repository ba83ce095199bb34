//! Scoring rules in words: the sheets of two editions, and wordings other offices use.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::collections::BTreeMap;

use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::words::{Recognition, recognise, recognise_for, recognise_negative, split_by_method};
use yipanqi_domain::framework::{Amount, Method, NegativeEffect, Rule, Step};

#[derive(serde::Deserialize)]
struct Row {
    edition: u32,
    standard: String,
    words: String,
    measures: Vec<RowMeasure>,
}

#[derive(serde::Deserialize)]
struct RowMeasure {
    method: Method,
    points: Exact,
}

fn exact(text: &str) -> Exact {
    text.parse().unwrap()
}

fn read(words: &str) -> Recognition {
    recognise(words, Method::OnSite, &exact("0.8"))
}

fn points(text: &str) -> Amount {
    Amount::Points(exact(text))
}

fn share(text: &str) -> Amount {
    Amount::Share(exact(text))
}

fn deduct(each: Amount, max_per_item: Option<u32>) -> Rule {
    Rule::DeductPerFault { each, floor: Exact::zero(), max_per_item }
}

#[test]
fn both_editions_are_understood_but_for_rules_that_lack_a_number() {
    let rows: Vec<Row> = serde_json::from_str(include_str!("fixtures/rule-words.json")).unwrap();
    let mut shapes: BTreeMap<(u32, &str), u32> = BTreeMap::new();
    let mut unread: BTreeMap<(u32, String), u32> = BTreeMap::new();
    let mut proposed = 0;
    for row in &rows {
        for measure in &row.measures {
            let read = recognise_for(&row.words, measure.method, &measure.points, &row.standard);
            match &read.rule {
                Some(rule) => {
                    assert_eq!(read.not_understood, Vec::<String>::new());
                    *shapes.entry((row.edition, rule.shape())).or_default() += 1;
                }
                None => {
                    proposed += u32::from(read.proposal.is_some());
                    *unread.entry((row.edition, read.not_understood.join("|"))).or_default() += 1;
                }
            }
        }
    }
    let no_target = "每低1个百分点扣0.05分".to_owned();
    let no_values = "未按时上报或材料造假,本项计0分,已上报的按审核等次计分".to_owned();
    let expected = BTreeMap::from([
        ((2025, no_target.clone()), 6),
        ((2025, no_values.clone()), 6),
        ((2026, no_target), 6),
        ((2026, no_values), 7),
    ]);
    assert_eq!(unread, expected, "{shapes:?}");
    assert_eq!(proposed, 20);
    let recognised: u32 = shapes.values().sum();
    let measures: usize = rows.iter().map(|row| row.measures.len()).sum();
    assert_eq!(usize::try_from(recognised).unwrap(), measures - 25);
    for shape in [
        "grades",
        "all_or_nothing",
        "deduct_per_fault",
        "count_at_least",
        "ratio",
        "per_percentage_point",
        "failing_samples",
        "interview",
        "gate",
    ] {
        assert!(shapes.contains_key(&(2025, shape)), "{shape}: {shapes:?}");
    }
}

#[test]
fn other_wordings_of_the_same_rules() {
    let gate = |condition: &str, then: Rule| Rule::Gate { item: None, condition: condition.to_owned(), then: Box::new(then) };
    for (words, rule) in [
        ("每出现一处不符合要求的扣０．１分", deduct(points("0.1"), None)),
        ("发现1处问题，扣0.05分；同一点位同类问题最多扣两处；扣完本项分值为止。", deduct(points("0.05"), Some(2))),
        ("每缺一项扣本项分值的百分之二十五", deduct(share("0.25"), None)),
        ("每缺1份材料扣10%的分值", deduct(share("0.1"), None)),
        ("至少４处，每缺１处扣0.2分", Rule::CountAtLeast { n: 4, each: points("0.2") }),
        ("不得少于三块，每少一块扣分值的三分之一", Rule::CountAtLeast { n: 3, each: share("1/3") }),
        ("合格率×本项分值", Rule::Ratio),
        ("得分=本项分值×达标数/检查数，保留两位小数", Rule::Ratio),
        ("满意率不低于85.5%的得满分，每下降一个百分点扣0.02分", per_point("85.5", "0.02", Step::Exact)),
        ("目标值为90％，每低1个百分点扣0.05分，不足1个百分点按1个百分点计", per_point("90", "0.05", Step::Begun)),
        ("随机抽查十家，每有1家不合格扣0.08分", Rule::FailingSamples { n: 10, each: points("0.08") }),
        ("采访5名群众，每答对1人得0.16分", Rule::Interview { each: points("0.16") }),
        ("有任一项不达标，不得分", Rule::AllOrNothing),
        ("均符合要求得满分，有一处不符合要求不得分", Rule::AllOrNothing),
        ("达标得满分，基本达标得0.48分，不达标不得分", Rule::three_grades()),
        ("无规划的，本项不得分，其余每发现1处不符合扣0.1分", gate("无规划", deduct(points("0.1"), None))),
        (
            "每发现一起扣0.2分，累计最多扣0.6分",
            Rule::DeductPerFault { each: points("0.2"), floor: exact("0.2"), max_per_item: None },
        ),
    ] {
        let read = read(words);
        assert_eq!(read.rule, Some(rule), "{words}: {read:?}");
    }
}

fn per_point(target: &str, each: &str, step: Step) -> Rule {
    Rule::PerPercentagePoint { target: exact(target), each: points(each), step }
}

#[test]
fn what_is_not_said_is_not_guessed() {
    for words in [
        "",
        "酌情扣分",
        "由测评组综合评定",
        "每发现2处扣0.1分",
        "每低5个百分点扣0.25分",
        "应不少于5处，每少1处酌情扣分",
        "每发现1处不符合扣分",
        "每发现1处不符合扣0分",
        "达标得满分，基本达标得0.6，不达标不得分",
        "全部符合得满分",
        "目标值120%，每低1个百分点扣0.05分",
        "每发现1处不符合扣0.1分，情节严重的加倍扣分",
        "应不少于5处，每少1处扣0.19分，不足1个百分点按1个百分点计",
        "按比例得分",
        "每发现一起扣0.2分，累计最多扣6分",
        "扣完为止",
    ] {
        let read = read(words);
        assert_eq!(read.rule, None, "{words}");
        assert_eq!(read.not_understood.is_empty(), words.is_empty(), "{words}");
    }
}

#[test]
fn samples_and_decimals_are_read_beside_the_rule() {
    assert_eq!(read("随机询问4人，每答对1人得0.1375分").sample, Some(4));
    assert_eq!(read("得分＝合格数÷抽查数×本项分值，保留四位小数").decimals, Some(4));
}

#[test]
fn a_missing_target_is_proposed_from_the_standard_only_if_it_is_the_only_one() {
    let words = "按佐证数据核算，每低1个百分点扣0.05分，扣完为止";
    let propose = |standard| recognise_for(words, Method::Filing, &exact("0.95"), standard).proposal;
    assert_eq!(propose("按时办结率不低于95%。"), Some(per_point("95", "0.05", Step::Exact)));
    assert_eq!(propose("达到规定值"), None);
    assert_eq!(propose("城区不低于95%，镇区不低于80%"), None);
}

#[test]
fn a_cell_is_split_by_method() {
    let split = |words| split_by_method(words);
    let expected = vec![(Some(Method::OnSite), "甲".to_owned()), (Some(Method::Filing), "乙\n丙".to_owned())];
    for words in ["【实地】甲\n【网上】乙\n丙", "【实地考察】：甲 [网上申报]乙\n丙", "实地考察：甲\n网上申报：乙\n丙"]
    {
        assert_eq!(split(words), expected, "{words}");
    }
    assert_eq!(split("全部符合得满分"), [(None, "全部符合得满分".to_owned())]);
    let other_method = recognise("【网上】缺1类必备材料扣分值的25%", Method::Survey, &exact("0.8"));
    assert_eq!((other_method.rule, other_method.not_understood.len()), (None, 1));
}

#[test]
fn the_negative_list_is_read_in_both_layouts() {
    let deduct = |points: &str, per: &str| Some(NegativeEffect::Deduct { points: exact(points), per: per.to_owned() });
    for (situation, handling, value, effect) in [
        ("发生较大食品安全事件，每起", "扣分", Some("1"), deduct("1", "起")),
        ("网上申报资料重复使用往年图片被查实，每张", "扣0.05分", None, deduct("0.05", "张")),
        ("群众满意率低于80%", "扣０．５分", None, deduct("0.5", "")),
        ("弄虚作假", "一票否决", None, Some(NegativeEffect::Veto)),
        ("弄虚作假", "取消当年资格", None, Some(NegativeEffect::Veto)),
        ("弄虚作假", "扣分", None, None),
        ("弄虚作假", "通报批评", Some("1"), None),
    ] {
        assert_eq!(recognise_negative(situation, handling, value.map(exact).as_ref()), effect, "{situation} {handling}");
    }
}

#[test]
fn a_rule_is_stored_by_its_shape() {
    for (rule, json) in [
        (Rule::three_grades(), r#"{"shape":"grades","grades":{"met":"1","mostly_met":"0.6","not_met":"0"}}"#),
        (Rule::AllOrNothing, r#"{"shape":"all_or_nothing"}"#),
        (deduct(share("0.25"), None), r#"{"shape":"deduct_per_fault","each":{"share":"0.25"}}"#),
        (Rule::CountAtLeast { n: 5, each: points("0.19") }, r#"{"shape":"count_at_least","n":5,"each":{"points":"0.19"}}"#),
        (per_point("95", "0.03", Step::Exact), r#"{"shape":"per_percentage_point","target":"95","each":{"points":"0.03"}}"#),
        (
            Rule::Gate { item: None, condition: "造假".to_owned(), then: Box::new(Rule::Ratio) },
            r#"{"shape":"gate","condition":"造假","then":{"shape":"ratio"}}"#,
        ),
    ] {
        assert_eq!(serde_json::from_str::<Rule>(json).unwrap(), rule);
        let written = serde_json::to_string(&rule).unwrap();
        assert_eq!(serde_json::from_str::<Rule>(&written).unwrap(), rule);
    }
}
