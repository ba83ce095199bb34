//! Names in a provincial team's list against the registry of the demo city.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail the test")]

use std::time::Instant;

use serde::Deserialize;
use yipanqi_domain::likeness::{Candidate, Match, NameTier, Resolution, SiteIndex, UnitDirectory, UnitNames, resolve_unit};
use yipanqi_domain::reading::list;

#[derive(Deserialize)]
struct Row {
    row: u32,
    spelt: String,
    #[serde(rename = "type")]
    site_type: Option<String>,
    code: Option<String>,
}

fn rows() -> Vec<Row> {
    serde_json::from_str(include_str!("fixtures/feedback-truth.json")).unwrap()
}

fn registry() -> SiteIndex<String> {
    let rows = include_str!("fixtures/sites.tsv").lines().skip(1).map(|row| row.split('\t').collect::<Vec<_>>());
    let sites = rows.map(|cells| Candidate {
        id: cells[0].to_owned(),
        name: cells[1].to_owned(),
        site_type: cells[2].to_owned(),
        street: Some(cells[3].to_owned()).filter(|street| !street.is_empty()),
    });
    SiteIndex::new(sites, &["云溪市", "云溪"])
}

#[test]
fn a_feedback_list_is_matched_without_a_silent_error() {
    let started = Instant::now();
    let index = registry();
    let (mut sure, mut wrong, mut offered) = (0, Vec::new(), 0);
    let rows = rows();
    for row in &rows {
        match index.match_site(&row.spelt, row.site_type.as_deref(), None) {
            Match::Sure { site, .. } if row.code.as_ref() == Some(&site) => sure += 1,
            Match::Sure { site, .. } => wrong.push((row.row, row.spelt.clone(), site)),
            Match::Unsure { candidates } => {
                println!("{} {} {:?}: {candidates:?}", row.row, row.spelt, row.code);
                offered += u32::from(candidates.iter().any(|(site, _)| row.code.as_ref() == Some(site)));
            }
            Match::None => println!("{} {} {:?}: none", row.row, row.spelt, row.code),
        }
    }
    let registered = rows.iter().filter(|row| row.code.is_some()).count();
    println!("{sure} of {registered} sure, {} wrong, {offered} right among those offered, {:?}", wrong.len(), started.elapsed());
    assert_eq!((rows.len(), registered), (260, 251));
    assert_eq!(wrong, [], "sure and wrong, unregistered names included");
    assert!(sure * 10 >= registered * 9, "{sure} of {registered}");
    assert!(started.elapsed().as_millis() < 1_500, "{:?}", started.elapsed());
}

#[test]
fn a_registered_name_never_means_another_site() {
    let index = registry();
    for row in include_str!("fixtures/sites.tsv").lines().skip(1) {
        let cells: Vec<_> = row.split('\t').collect();
        match index.match_site(cells[1], Some(cells[2]), Some(cells[3])) {
            Match::Sure { site, score } => assert_eq!((site.as_str(), score), (cells[0], 1000), "{}", cells[1]),
            Match::Unsure { candidates } => assert!(candidates.iter().any(|(site, _)| site == cells[0]), "{}", cells[1]),
            Match::None => panic!("{}", cells[1]),
        }
    }
}

fn small() -> SiteIndex<&'static str> {
    let site = |id, name: &str, site_type: &str, street: &str| Candidate {
        id,
        name: name.to_owned(),
        site_type: site_type.to_owned(),
        street: Some(street.to_owned()),
    };
    SiteIndex::new(
        [
            site("school", "育才小学", "学校", "东湖街道"),
            site("around", "育才小学周边（200米）", "学校周边", "东湖街道"),
            site("first", "锦园一期", "住宅小区", "东湖街道"),
            site("second", "锦园二期", "住宅小区", "东湖街道"),
            site("here", "新华书店", "商场超市", "东湖街道"),
            site("there", "新华书店", "商场超市", "望岳街道"),
            site("shop", "湖美小旅馆（金穗）", "五小门店", "望岳街道"),
            site("toilet", "双塔公厕", "公厕", "望岳街道"),
        ],
        &["云溪市"],
    )
}

#[test]
fn type_street_and_number_decide() {
    let sure = |site, score| Match::Sure { site, score };
    let cases = [
        ("云溪市锦园2期", Some("住宅小区"), None, sure("second", 950)),
        ("新华书店", None, Some("望岳街道"), sure("there", 1000)),
        ("新华书店", None, None, Match::Unsure { candidates: vec![("here", 1000), ("there", 1000)] }),
        ("育才小学", Some("学校周边"), None, Match::Unsure { candidates: vec![("school", 1000)] }),
        ("育才小学门口", Some("学校"), None, sure("school", 950)),
        ("育才小学门口", None, None, Match::Unsure { candidates: vec![("school", 950)] }),
        ("金穗湖美小旅馆", Some("五小门店"), None, sure("shop", 950)),
        ("双塔公共厕所", Some("公共厕所"), None, sure("toilet", 950)),
        ("人民广场", Some("广场"), None, Match::None),
    ];
    for (spelt, site_type, street, found) in cases {
        assert_eq!(small().match_site(spelt, site_type, street), found, "{spelt}");
    }
    // No phase was written: which of the two is for a person to say.
    match small().match_site("锦园", Some("住宅小区"), None) {
        Match::Unsure { candidates } => {
            assert!(candidates.iter().all(|(site, _)| ["first", "second"].contains(site)), "{candidates:?}")
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_unit_named_in_the_registry_is_found() {
    let units = include_str!("fixtures/units.tsv").lines().skip(1).map(|row| row.split('\t').collect::<Vec<_>>());
    let units = units.map(|cells| UnitNames {
        id: cells[0].to_owned(),
        name: cells[1].to_owned(),
        short_name: Some(cells[2].to_owned()).filter(|name| !name.is_empty()),
        aliases: list(cells[3]),
    });
    let directory = UnitDirectory::new(units, &["云溪市", "云溪"]);
    let (mut former, mut shortened) = (0, 0);
    for row in include_str!("fixtures/sites.tsv").lines().skip(1) {
        let cells: Vec<_> = row.split('\t').collect();
        match resolve_unit(cells[9], &directory) {
            Resolution::Unit { tier: NameTier::Current, .. } => {}
            Resolution::Unit { tier: NameTier::Alias, .. } => former += 1,
            other => panic!("{}: {other:?}", cells[9]),
        }
        if !cells[8].is_empty() {
            match resolve_unit(cells[8], &directory) {
                Resolution::Unit { tier: NameTier::Current, .. } => {}
                Resolution::Unit { tier: NameTier::Alias | NameTier::Abbreviated, .. } => shortened += 1,
                other => panic!("{}: {other:?}", cells[8]),
            }
        }
    }
    assert_eq!((former, shortened), (46, 25));
}
