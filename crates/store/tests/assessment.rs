//! The register of the negative list, official results, and assessments with their appeals, on both databases.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod common;

use common::{at, by, city};
use uuid::Uuid;
use yipanqi_domain::assessment::AppealState;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::Edition;
use yipanqi_domain::id::UnitId;
use yipanqi_domain::score::IncidentState;
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::assessment::{self, AppealRow, AssessmentRow, AssessmentState, PolicyRow};
use yipanqi_store::framework::{self, EditionRow, EditionState, Framework};
use yipanqi_store::incident::{self, IncidentRow, YearResult};
use yipanqi_store::unit::{self, Unit};
use yipanqi_store::{City, StoreError, both};

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

/// A framework with an edition.
async fn edition(city: &City) -> (Uuid, Uuid) {
    let tx = city.write(by("甲"), at()).await.unwrap();
    let family = Framework { id: Uuid::now_v7(), code: "civilized_city".into(), name: "文明城市".into() };
    framework::add_framework(&tx, &family).await.unwrap();
    let row = EditionRow {
        id: Uuid::now_v7(),
        framework: family.id,
        code: "civilized_city-2026".into(),
        name: "2026版".into(),
        year: Some(2026),
        state: EditionState::InUse,
        revision: 1,
        supersedes: None,
        reason: String::new(),
        frozen_at: None,
        imported_from: None,
        settings: Edition::default(),
        version: 0,
    };
    framework::save_edition(&tx, &row).await.unwrap();
    tx.commit().await.unwrap();
    (family.id, row.id)
}

fn incident(edition: Uuid) -> IncidentRow {
    IncidentRow {
        id: Uuid::now_v7(),
        edition,
        number: "3".into(),
        count: 2,
        occurred_on: day("2026-02-01"),
        title: "通报".into(),
        source: "省级媒体".into(),
        units: vec![UnitId::new(Uuid::now_v7())],
        state: IncidentState::Alleged,
        decision: String::new(),
        decided_at: None,
        decided_by: String::new(),
        withdrawal: String::new(),
        withdrawn_at: None,
        entered_by: "甲".into(),
        entered_at: at(),
        version: 0,
    }
}

both! { async fn an_incident_is_kept_and_changed_once_per_version(store: Store) {
    let city = city(&store, "yunxi").await;
    let (_, edition) = edition(&city).await;
    let new = incident(edition);
    let tx = city.write(by("甲"), at()).await.unwrap();
    incident::add(&tx, &new).await.unwrap();
    let kept = incident::get(&tx, new.id).await.unwrap();
    assert_eq!(kept, IncidentRow { version: 1, ..new.clone() });
    let stands = IncidentRow { state: IncidentState::Stands, decided_at: Some(at()), decision: "3号".into(), ..kept };
    incident::save(&tx, &stands).await.unwrap();
    assert!(matches!(incident::save(&tx, &stands).await, Err(StoreError::Conflict { kind: "incident", .. })));
    assert_eq!(incident::of_edition(&tx, edition).await.unwrap(), [IncidentRow { version: 2, ..stands }]);
    assert!(matches!(incident::get(&tx, Uuid::now_v7()).await, Err(StoreError::NotFound { .. })));
    tx.commit().await.unwrap();
} }

both! { async fn a_later_official_result_of_a_year_replaces_the_earlier_one(store: Store) {
    let city = city(&store, "yunxi").await;
    let (framework, _) = edition(&city).await;
    let tx = city.write(by("甲"), at()).await.unwrap();
    for (year, result) in [(2025, "88.41"), (2024, "2/3"), (2025, "88.42")] {
        let result: Exact = result.parse().unwrap();
        let row = YearResult { id: Uuid::now_v7(), framework, year, result, source: "通报".into(),
            entered_by: "甲".into(), entered_at: at(), version: 0 };
        incident::save_year(&tx, &row).await.unwrap();
    }
    let years = incident::years(&tx, framework).await.unwrap();
    let shown: Vec<_> = years.iter().map(|row| (row.year, row.result.to_string(), row.version)).collect();
    assert_eq!(shown, [(2024, "2/3".to_owned(), 1), (2025, "88.42".to_owned(), 2)]);
    tx.commit().await.unwrap();
} }

fn assessment() -> AssessmentRow {
    let id = Uuid::now_v7();
    AssessmentRow {
        id,
        series: id,
        ordinal: 1,
        name: "3月考核".into(),
        from: day("2026-03-01"),
        until: day("2026-03-31"),
        round: None,
        state: AssessmentState::Draft,
        policy_id: Uuid::nil(),
        policy: "{}".into(),
        entered: "{}".into(),
        inputs: "[]".into(),
        outcome: "{\"units\":[]}".into(),
        outcome_hash: "ab".into(),
        corrections: "[]".into(),
        reason: String::new(),
        published_at: None,
        appeal_until: None,
        made_by: "甲".into(),
        made_at: at(),
        version: 0,
    }
}

both! { async fn a_published_assessment_is_never_replaced(store: Store) {
    let city = city(&store, "yunxi").await;
    let tx = city.write(by("甲"), at()).await.unwrap();
    let draft = assessment();
    assessment::add(&tx, &draft).await.unwrap();
    let published = AssessmentRow { state: AssessmentState::Published, published_at: Some(at()), version: 1, ..draft.clone() };
    assessment::save(&tx, &published).await.unwrap();
    let kept = assessment::get(&tx, draft.id).await.unwrap();
    assert_eq!(kept, AssessmentRow { version: 2, ..published });
    assert!(matches!(assessment::save(&tx, &kept).await, Err(StoreError::Conflict { kind: "assessment", .. })));
    let next = AssessmentRow { id: Uuid::now_v7(), ordinal: 2, reason: "更正".into(), version: 0, ..kept };
    assessment::add(&tx, &next).await.unwrap();
    let again = AssessmentRow { id: Uuid::now_v7(), ..next.clone() };
    let first = assessment::get(&tx, draft.id).await.unwrap();
    let listed = assessment::list(&tx).await.unwrap();
    assert_eq!(listed, [AssessmentRow { version: 1, ..next.clone() }.head(), first.head()], "newest first, without what they were made of");
    assert!(matches!(assessment::add(&tx, &again).await, Err(StoreError::Taken { .. })), "one version per number");
} }

both! { async fn an_appeal_is_decided_once(store: Store) {
    let city = city(&store, "yunxi").await;
    let tx = city.write(by("甲"), at()).await.unwrap();
    let of = Unit {
        id: UnitId::new(Uuid::now_v7()), code: "east".into(), name: "东街街道".into(), short_name: None, kind: UnitKind::Street,
        parent: None, head: None, officer: None, liaison: None, phone: None, remark: String::new(), households: None,
        opened_on: None, closed_on: None, position: 0, version: 0, names: Vec::new(),
    };
    unit::add(&tx, &of).await.unwrap();
    let against = assessment();
    assessment::add(&tx, &against).await.unwrap();
    let filed = AppealRow {
        id: Uuid::now_v7(), assessment: against.id, unit: of.id, subject: "field".into(), reason: "不归我街道".into(),
        state: AppealState::Filed, until: at(), filed_by: "乙".into(), filed_at: at(), decision: String::new(),
        decided_by: String::new(), decided_at: None, version: 0,
    };
    assessment::add_appeal(&tx, &filed).await.unwrap();
    let decided = AppealRow { state: AppealState::Rejected, decided_at: Some(at()), version: 1, ..filed.clone() };
    assessment::save_appeal(&tx, &decided).await.unwrap();
    assert!(matches!(assessment::save_appeal(&tx, &decided).await, Err(StoreError::Conflict { kind: "appeal", .. })));
    assert_eq!(assessment::appeals(&tx, &[against.id]).await.unwrap(), [AppealRow { version: 2, ..decided.clone() }]);
    assert_eq!(assessment::appeal(&tx, filed.id).await.unwrap().state, AppealState::Rejected);
    tx.commit().await.unwrap();
} }

both! { async fn the_policy_in_force_is_the_newest_of_its_day(store: Store) {
    let city = city(&store, "yunxi").await;
    let tx = city.write(by("甲"), at()).await.unwrap();
    for (name, from) in [("旧", "2026-01-01"), ("新", "2026-03-01"), ("改", "2026-03-01")] {
        let row = PolicyRow { id: Uuid::now_v7(), name: name.into(), effective_on: day(from), body: "{}".into(),
            made_by: "甲".into(), made_at: at() };
        assessment::add_policy(&tx, &row).await.unwrap();
    }
    let names: Vec<_> = assessment::policies(&tx).await.unwrap().into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["改", "新", "旧"]);
    tx.commit().await.unwrap();
} }
