//! Matching of editions: measured on a pair of editions read by hand, and on pairs made by changing invented ones.

#![expect(clippy::unwrap_used, reason = "a test stops where something cannot be had")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use yipanqi_domain::framework::Method;
use yipanqi_domain::framework::matching::{ChangeKind, Matcher, Pair, Standard, kinds};
use yipanqi_domain::id::CriterionId;

fn read(text: &str) -> Vec<Standard> {
    let rows: Vec<Value> = serde_json::from_str(text).unwrap();
    rows.iter()
        .map(|row| Standard {
            id: CriterionId::new(uuid::Uuid::now_v7()),
            number: row["number"].as_str().unwrap().to_owned(),
            above: row["above"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect(),
            title: row["title"].as_str().unwrap().to_owned(),
            points: (row["points"].as_object().unwrap().iter())
                .map(|(method, points)| {
                    let method: Method = serde_json::from_value(method.as_str().into()).unwrap();
                    (method, points.as_str().unwrap().parse().unwrap())
                })
                .collect(),
        })
        .collect()
}

fn editions() -> (Vec<Standard>, Vec<Standard>, Value) {
    let truth = serde_json::from_str(include_str!("fixtures/editions/truth.json")).unwrap();
    (read(include_str!("fixtures/editions/old.json")), read(include_str!("fixtures/editions/new.json")), truth)
}

/// Found, wrong and missed links, and precision and recall per mille.
fn measure(found: &BTreeSet<(usize, usize)>, truth: &BTreeSet<(usize, usize)>) -> (usize, usize, usize, usize, usize) {
    let right = found.intersection(truth).count();
    (right, found.len() - right, truth.len() - right, right * 1000 / found.len().max(1), right * 1000 / truth.len().max(1))
}

#[test]
fn a_real_pair_of_editions_is_matched() {
    let (old, new, truth) = editions();
    let place = |side: &[Standard], number: &str| side.iter().position(|standard| standard.number == number).unwrap();
    let rows = truth["rows"].as_array().unwrap();
    let mut links = BTreeSet::new();
    for row in rows {
        for from in row["from"].as_array().unwrap() {
            links.insert((place(&old, from.as_str().unwrap()), place(&new, row["number"].as_str().unwrap())));
        }
    }
    let pairs = Matcher::new(&old, &new).pairs();
    let found: BTreeSet<(usize, usize)> = pairs.iter().map(|pair| (pair.old, pair.new)).collect();
    for (old_place, new_place) in found.symmetric_difference(&links) {
        let sign = if links.contains(&(*old_place, *new_place)) { "missed" } else { "wrong" };
        println!(
            "{sign}: {} {} | {} {}",
            old[*old_place].number, old[*old_place].title, new[*new_place].number, new[*new_place].title
        );
    }
    let (right, wrong, missed, precision, recall) = measure(&found, &links);
    println!("links {right} right, {wrong} wrong, {missed} missed: precision {precision} ‰, recall {recall} ‰");
    assert!(precision > 950 && recall > 950);
    let mut named: BTreeMap<usize, BTreeSet<(ChangeKind, bool)>> = BTreeMap::new();
    let changes = kinds(&old, &new, &pairs);
    for change in &changes {
        if let Some(new) = change.new {
            named.entry(new).or_default().insert((change.kind, change.points_moved));
        }
    }
    let mut agreed = 0;
    for row in rows {
        let given = row["change"].as_str().unwrap();
        let of = &named[&place(&new, row["number"].as_str().unwrap())];
        let fits = of.iter().any(|(kind, moved)| match given {
            "reworded+points" => *kind == ChangeKind::Reworded && *moved,
            other => kind.as_str() == other,
        });
        if fits { agreed += 1 } else { println!("{} is {given}, named {of:?}", row["number"]) }
    }
    println!("kinds {agreed} of {}", rows.len());
    assert!(agreed * 100 >= rows.len() * 95);
    let gone: BTreeSet<&str> = changes
        .iter()
        .filter(|change| change.kind == ChangeKind::Gone)
        .filter_map(|change| Some(old[change.old?].number.as_str()))
        .collect();
    let stated: BTreeSet<&str> = truth["gone"].as_array().unwrap().iter().map(|number| number.as_str().unwrap()).collect();
    assert_eq!(gone, stated);
}

#[test]
fn an_edition_matches_itself_word_for_word() {
    let (old, _, _) = editions();
    let pairs = Matcher::new(&old, &old).pairs();
    assert_eq!(pairs, (0..old.len()).map(|place| Pair { old: place, new: place, likeness: 1000 }).collect::<Vec<_>>());
    assert!(kinds(&old, &old, &pairs).iter().all(|change| change.kind == ChangeKind::Same));
}

#[test]
fn steps_say_how_far_they_are_and_change_nothing() {
    let (old, new, _) = editions();
    let mut matcher = Matcher::new(&old, &new);
    let mut steps = 0;
    while matcher.advance(40) {
        steps += 1;
        assert_eq!(matcher.done(), steps * 40);
    }
    assert_eq!(matcher.done(), old.len());
    assert_eq!(matcher.pairs(), Matcher::new(&old, &new).pairs());
}

/// A small generator of invented editions: places that things happen at, and what is asked of them.
mod invented {
    use super::*;

    const SUBJECTS: [&str; 24] = [
        "图书馆",
        "体育场",
        "码头",
        "殡仪馆",
        "驾校",
        "养老院",
        "游泳池",
        "加油站",
        "动物园",
        "快递网点",
        "建筑工地",
        "音乐厅",
        "果蔬批发部",
        "汽修店",
        "洗浴中心",
        "彩票站",
        "理发店",
        "托育园",
        "湿地步道",
        "渡口",
        "灯塔",
        "气象站",
        "采石场",
        "苗圃",
    ];
    const ASKS: [&str; 40] = [
        "每日消毒并有记录",
        "设置双语标牌",
        "安排专人引导",
        "公开收费标准",
        "夜间照明充足",
        "应急出口保持畅通",
        "监控录像保存三十日",
        "雨天铺设防滑垫",
        "提供免费饮水",
        "票务窗口排队不超过十分钟",
        "设备每季度检修",
        "噪声不超过限值",
        "员工持证上岗",
        "垃圾分类投放",
        "无烟标识醒目",
        "残障人士可无碍进出",
        "接受移动支付和现金",
        "意见簿当月回复",
        "绿植养护良好",
        "非机动车停放划线",
        "灭火器压力正常",
        "儿童活动区软包防护",
        "食品留样四十八小时",
        "油烟净化达标",
        "污水接入管网",
        "围挡高度不低于两米",
        "裸土全部覆盖",
        "出入口冲洗车轮",
        "急救药品在有效期内",
        "志愿服务时长如实登记",
        "会员信息加密保存",
        "广告内容真实合法",
        "场地预约公开透明",
        "季节性闭馆提前公告",
        "安检人员文明用语",
        "宠物牵绳入园",
        "电梯年检合格",
        "母婴室全天开放",
        "失物招领有台账",
        "志愿者佩戴标志",
    ];

    /// Numbers that look random and are the same everywhere.
    pub struct Dice(pub u64);
    impl Dice {
        pub fn below(&mut self, most: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(self.0 >> 33).unwrap() % most
        }
    }

    fn standard(place: usize, subject: &str, asks: &[&str], points: usize) -> Standard {
        Standard {
            id: CriterionId::new(uuid::Uuid::now_v7()),
            number: format!("{}-{}-{}", place / 30 + 1, place / 5 % 6 + 1, place % 5 + 1),
            above: vec![format!("第{}板块", SUBJECTS[place / 30 % 24]), format!("{}管理", SUBJECTS[place / 5 % 24])],
            title: format!("{subject}{}。", asks.join("，")),
            points: BTreeMap::from([(Method::OnSite, yipanqi_domain::exact::Exact::whole(i64::try_from(points).unwrap()))]),
        }
    }

    /// An edition of `size` criteria, the next one, and which became which.
    pub fn pair(seed: u64, size: usize) -> (Vec<Standard>, Vec<Standard>, BTreeSet<(usize, usize)>) {
        let mut dice = Dice(seed);
        let mut made = Vec::new();
        for place in 0..size {
            let subject = SUBJECTS[dice.below(SUBJECTS.len())];
            let mut asks: Vec<&str> = Vec::new();
            while asks.len() < 4 {
                let ask = ASKS[dice.below(ASKS.len())];
                if !asks.contains(&ask) {
                    asks.push(ask);
                }
            }
            made.push((subject, asks, place));
        }
        let old: Vec<Standard> = made.iter().map(|(subject, asks, place)| standard(*place, subject, asks, 1)).collect();
        let (mut new, mut truth) = (Vec::new(), BTreeSet::new());
        let mut place = 0;
        while place < size {
            let (subject, asks, _) = &made[place];
            match dice.below(20) {
                0 => {}
                1 | 2 => {
                    let mut asks = asks.clone();
                    let at = dice.below(4);
                    asks[at] = ASKS[dice.below(ASKS.len())];
                    truth.insert((place, new.len()));
                    new.push(standard(place, subject, &asks, 1));
                }
                3 => {
                    for half in asks.chunks(2) {
                        truth.insert((place, new.len()));
                        new.push(standard(place, subject, half, 1));
                    }
                }
                4 if place + 1 < size => {
                    let (next, more, _) = &made[place + 1];
                    let tail = format!("{next}{}", more[0]);
                    let joined = [asks[0], asks[1], tail.as_str(), more[1], more[2]];
                    truth.insert((place, new.len()));
                    truth.insert((place + 1, new.len()));
                    new.push(standard(place, subject, &joined, 2));
                    place += 1;
                }
                5 => {
                    let fresh = [ASKS[dice.below(ASKS.len())], ASKS[dice.below(ASKS.len())], ASKS[dice.below(ASKS.len())]];
                    new.push(standard(place, SUBJECTS[dice.below(SUBJECTS.len())], &fresh, 1));
                    truth.insert((place, new.len()));
                    new.push(standard(place, subject, asks, 1));
                }
                6 => {
                    truth.insert((place, new.len()));
                    new.push(standard((place + 40) % size, subject, asks, 1));
                }
                _ => {
                    truth.insert((place, new.len()));
                    new.push(standard(place, subject, asks, 1 + place % 2));
                }
            }
            place += 1;
        }
        (old, new, truth)
    }
}

#[test]
fn invented_editions_changed_at_random_are_matched() {
    let (mut right, mut wrong, mut missed) = (0, 0, 0);
    for seed in 1..=6 {
        let (old, new, truth) = invented::pair(seed, 180);
        let found: BTreeSet<(usize, usize)> = Matcher::new(&old, &new).pairs().iter().map(|pair| (pair.old, pair.new)).collect();
        let (good, bad, lost, ..) = measure(&found, &truth);
        (right, wrong, missed) = (right + good, wrong + bad, missed + lost);
    }
    let (precision, recall) = (right * 1000 / (right + wrong), right * 1000 / (right + missed));
    println!("invented: {right} right, {wrong} wrong, {missed} missed: precision {precision} ‰, recall {recall} ‰");
    assert!(precision > 950 && recall > 950);
}

#[test]
fn five_hundred_criteria_beside_five_hundred_leave_none_unweighed() {
    let (old, new, truth) = invented::pair(99, 500);
    let found: BTreeSet<(usize, usize)> = Matcher::new(&old, &new).pairs().iter().map(|pair| (pair.old, pair.new)).collect();
    let (right, wrong, missed, precision, recall) = measure(&found, &truth);
    println!("500: {right} right, {wrong} wrong, {missed} missed: precision {precision} ‰, recall {recall} ‰");
    assert!(precision > 930 && recall > 930);
}
