//! Flaws, missing components and exclusions as sentences in the reader's language.

use yipanqi_domain::assessment::{Excluded, NotCounted, PolicyFlaw};
use yipanqi_domain::ranking::Unranked;

use crate::request::Lang;

/// What does not fit in a policy, and what is done about it.
#[must_use]
pub fn flaw(flaw: &PolicyFlaw, lang: Lang) -> String {
    match (flaw, lang) {
        (PolicyFlaw::WeightsDiffer { sum }, Lang::Zh) => format!("权重合计{sum}，不是100；各项按占合计的比例计算"),
        (PolicyFlaw::WeightsDiffer { sum }, Lang::En) => {
            format!("the weights add up to {sum}, not 100; each counts by its share of that sum")
        }
        (PolicyFlaw::NoWeights, Lang::Zh) => "没有一项有权重，算不出任何单位的得分".to_owned(),
        (PolicyFlaw::NoWeights, Lang::En) => "no component has a weight: nobody has a figure".to_owned(),
        (PolicyFlaw::NegativeWeight { key }, Lang::Zh) => format!("“{key}”的权重小于0，该项不计"),
        (PolicyFlaw::NegativeWeight { key }, Lang::En) => format!("the weight of \"{key}\" is below 0: it does not count"),
        (PolicyFlaw::KeyRepeated { key }, Lang::Zh) => format!("“{key}”用了两次，两项取同一组数据"),
        (PolicyFlaw::KeyRepeated { key }, Lang::En) => format!("\"{key}\" is used twice: both read the same facts"),
        (PolicyFlaw::NegativePrice { key }, Lang::Zh) => format!("“{key}”的分值或倍数小于0，加分会变成扣分"),
        (PolicyFlaw::NegativePrice { key }, Lang::En) => {
            format!("a price of \"{key}\" is below 0: bonus and deduction change places")
        }
    }
}

/// Why a component does not count for a unit.
#[must_use]
pub fn not_counted(why: NotCounted, minimum: u64, lang: Lang) -> String {
    match (why, lang) {
        (NotCounted::NoFact, Lang::Zh) => "没有数据，不计零分也不计满分".to_owned(),
        (NotCounted::NoFact, Lang::En) => "no data: counts neither 0 nor full".to_owned(),
        (NotCounted::BelowMinimum, Lang::Zh) => format!("样本不足{minimum}个，不计"),
        (NotCounted::BelowMinimum, Lang::En) => format!("fewer than {minimum} cases: does not count"),
        (NotCounted::OutOfRange, Lang::Zh) => "完成数超出应完成数，请核对，暂不计".to_owned(),
        (NotCounted::OutOfRange, Lang::En) => "more was reached than is possible: does not count until it is checked".to_owned(),
        (NotCounted::NoWeight, Lang::Zh) => "没有权重，不计".to_owned(),
        (NotCounted::NoWeight, Lang::En) => "no weight: does not count".to_owned(),
    }
}

/// Why a unit is listed without a rank.
#[must_use]
pub fn unranked(excluded: Option<&Excluded>, unranked: Option<&Unranked>, lang: Lang) -> Option<String> {
    Some(match (excluded, unranked, lang) {
        (Some(Excluded::ByPolicy { reason }), _, Lang::Zh) => format!("按办法不参与排名：{reason}"),
        (Some(Excluded::ByPolicy { reason }), _, Lang::En) => format!("left out by the policy: {reason}"),
        (Some(Excluded::CoveredTooLittle { covered, minimum }), _, Lang::Zh) => {
            format!("有数据的权重只占{}%，不足{minimum}%，不排名", covered.published(2))
        }
        (Some(Excluded::CoveredTooLittle { covered, minimum }), _, Lang::En) => {
            format!("only {}% of the weights have data; {minimum}% are needed for a rank", covered.published(2))
        }
        (None, Some(_), Lang::Zh) => "没有可计分的数据，不排名".to_owned(),
        (None, Some(_), Lang::En) => "nothing to rank by".to_owned(),
        (None, None, _) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flaw_says_what_is_done_about_it() {
        let differ = PolicyFlaw::WeightsDiffer { sum: "75.5".parse().unwrap() };
        assert_eq!(flaw(&differ, Lang::Zh), "权重合计75.5，不是100；各项按占合计的比例计算");
        assert!(flaw(&differ, Lang::En).contains("share of that sum"));
    }
}
