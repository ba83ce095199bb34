//! A covert round, until it is released, changes no answer of any route for the units that are inspected: neither of what they
//! know, nor of what they could guess the identity of.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use yipanqi_domain::id::RoundId;
use yipanqi_domain::moment::Moment;
use yipanqi_domain::round::VisitPurpose;
use yipanqi_server::app::routes;
use yipanqi_server::rights::{Access, Declared};
use yipanqi_store::Author;
use yipanqi_store::framework::{self, EditionRow, EditionState};
use yipanqi_store::round::{self, VisitRow};

use crate::assessment::Small;
use crate::street::{Phone, finish, id, photo, sha256, start};
use crate::world::Backend;

/// Who must not notice.
const INSPECTED: [&str; 8] =
    ["head", "officer", "liaison", "grid_worker", "other_head", "street_head", "other_street_head", "province"];

/// Of those, whose sites it visits, and who reads everything: they alone ask on PostgreSQL, where asking takes long, and for
/// workbooks of what the lists say.
const CONCERNED: [&str; 3] = ["other_head", "street_head", "province"];

/// Nouns of which a covert round makes nothing, and which are asked with an unknown identity here.
const APART: &[&str] = &[
    "appeals",
    "assessments",
    "campaigns",
    "cities",
    "comparisons",
    "delegations",
    "duties",
    "imports",
    "incidents",
    "ledgers",
    "lookbacks",
    "merits",
    "party-asks",
    "patrol-plans",
    "photos",
    "questions",
    "quotas",
    "referrals",
    "sessions",
    "slip-policies",
    "slips",
    "tasks",
];

const MADE: &str = "2026-03-02T08:30:00+08:00";

/// Identities by the noun of their routes or the name of their parameter.
type Ids = BTreeMap<&'static str, Vec<String>>;

/// The city, what everybody knows in it, and a round of which nobody inspected knows.
struct City {
    small: Small,
    known: Ids,
    /// Used by no round that may be seen.
    new_edition: Uuid,
    asking: &'static [&'static str],
}

impl City {
    async fn on(backend: Backend) -> Self {
        let small = Small::on(backend).await;
        let office = small.browser("office");
        let open = small.open(json!({ "site_ids": small.sites[1..] })).await["id"].as_str().unwrap().to_owned();
        let (visit, media) = visited(&small, &open, 1, 1).await;
        let proposals = office.get(&format!("/api/rounds/{open}/proposals")).await.ok();
        let confirm = json!({ "command_id": id(), "finding_ids": [proposals[0]["finding_id"]] });
        let made = office.post(&format!("/api/rounds/{open}/confirm"), confirm).await.ok();
        let new_edition = prepared(&small, &open).await;
        small.score_of(&open).await;
        let (units, people) = (&small.world.yunxi.units, &small.world.yunxi.people);
        let ids = |list: &[&dyn ToString]| list.iter().map(|one| one.to_string()).collect::<Vec<_>>();
        let known = BTreeMap::from([
            ("rounds", vec![open]),
            ("visits", vec![visit]),
            ("media", vec![media]),
            ("uploads", vec![sha256(&photo(1))]),
            ("problems", vec![made["results"][0]["problem_id"].as_str().unwrap().to_owned()]),
            ("sites", ids(&[&small.sites[0], &small.sites[1]])),
            ("units", ids(&[&units["east"], &units["market"]])),
            ("people", ids(&[&people["inspector"], &people["street_head"]])),
            ("inspectors", ids(&[&small.sites[0]])),
            ("findings", ids(&[&small.items[0]])),
            ("measures", small.measures.iter().take(2).map(ToString::to_string).collect()),
            ("indicators", small.criteria.iter().take(2).map(ToString::to_string).collect()),
            ("editions", ids(&[&small.edition, &new_edition])),
            ("frameworks", vec![]),
            ("site-types", ids(&[&small.market])),
            ("accounts", vec![small.world.yunxi.accounts["inspector"].clone()]),
            ("posts", ids(&[&small.world.yunxi.posts["inspector"]])),
            ("jobs", jobs(&small).await.into_iter().collect()),
        ]);
        let asking: &[&str] = match backend {
            Backend::Sqlite => &INSPECTED,
            Backend::Postgres => &CONCERNED,
        };
        Self { small, known, new_edition, asking }
    }

    /// Every reading route with every combination of what is known: the first of each noun, and each other one by itself.
    async fn answers(&self) -> Vec<(String, Value)> {
        let mut answers = Vec::new();
        for route in reading() {
            for (at, path) in paths(&route.path, &self.known).iter().enumerate() {
                let whom = if at == 0 && !path.ends_with(".xlsx") { self.asking } else { &CONCERNED };
                answers.extend(self.ask(whom, &Method::GET, path, None, &[]).await);
            }
        }
        for name in self.asking {
            let pulled = self.small.browser(name).post("/api/sync/pull", json!({ "device": id(), "cursor": 0 })).await;
            let body: Value = serde_json::from_str(&pulled.text).unwrap_or_default();
            let taken = ["visits", "checklists", "problems", "patrols", "code"].map(|part| body[part].clone());
            answers.push((format!("{name} pull {}", pulled.status), masked(json!(taken), &[])));
        }
        answers
    }

    /// The answers to these people, without moments and identities, also those that were asked for.
    async fn ask(
        &self,
        whom: &[&str],
        method: &Method,
        path: &str,
        body: Option<&Value>,
        asked: &[&str],
    ) -> Vec<(String, Value)> {
        let mut answers = Vec::new();
        for name in whom {
            let answer = self.small.browser(name).send(method.clone(), path, body.cloned()).await;
            let said: Value = serde_json::from_str(&answer.text).unwrap_or_else(|_| json!(answer.text));
            answers.push((format!("{name} {method} {path}"), json!([answer.status.as_u16(), masked(said, asked)])));
        }
        answers
    }

    /// Asks with an identity of the covert round and with one that nobody has: both are answered alike.
    async fn unknown_to_all(
        &self,
        method: &Method,
        body: impl Fn(&str) -> Option<Value>,
        path: impl Fn(&str) -> String,
        secret: &str,
    ) {
        let nobody = match secret.len() {
            64 => sha256(b"nothing"),
            _ => id(),
        };
        let real = self.ask(self.asking, method, &path(secret), body(secret).as_ref(), &[secret]).await;
        let unknown = self.ask(self.asking, method, &path(&nobody), body(&nobody).as_ref(), &[&nobody]).await;
        for ((what, real), (_, unknown)) in real.iter().zip(&unknown) {
            assert_eq!(real, unknown, "{what} told of the covert round");
        }
    }
}

/// An edition that nothing was assessed by, and at a site as many old visits as its page shows.
async fn prepared(small: &Small, open: &str) -> Uuid {
    let place = &small.world.yunxi;
    let by = Author { person: None, name: "test".into() };
    let mut tx = place.city.write(by, small.world.app.clock().now()).await.unwrap();
    let old = framework::edition(&tx, small.edition).await.unwrap();
    let row = EditionRow {
        id: Uuid::now_v7(),
        code: "civilized_city-2027".into(),
        name: "2027版".into(),
        state: EditionState::InUse,
        frozen_at: None,
        version: 0,
        ..old.row.clone()
    };
    framework::save_edition(&tx, &row).await.unwrap();
    let visits: Vec<VisitRow> = (101..121).map(|ordinal| old_visit(small, open.parse().unwrap(), ordinal)).collect();
    round::add_visits(&tx, &visits).await.unwrap();
    tx.audit("test", "city", "yunxi", &()).unwrap();
    tx.commit().await.unwrap();
    row.id
}

fn old_visit(small: &Small, round: RoundId, ordinal: i64) -> VisitRow {
    let at = |hour: i64| Moment::parse(&format!("2026-01-05T{hour:02}:{:02}:00+08:00", ordinal - 100)).unwrap();
    VisitRow {
        id: Uuid::now_v7(),
        round,
        site: small.sites[1],
        inspector: Some(small.world.yunxi.people["inspector"]),
        ordinal,
        started_at: at(9),
        finished_at: Some(at(10)),
        longitude: None,
        latitude: None,
        accuracy_m: None,
        purpose: VisitPurpose::Agreement,
        arrived_at: None,
        begun_at: None,
        ended_at: None,
        version: 0,
    }
}

/// The identities of all jobs.
async fn jobs(small: &Small) -> BTreeSet<String> {
    let list = small.browser("admin").get("/api/jobs?size=200").await.ok();
    list["items"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect()
}

fn reading() -> Vec<Declared> {
    let asked = |route: &&Declared| {
        let open = matches!(route.access, Access::Public | Access::Link);
        route.method == Method::GET && route.path != "/api/events" && !open
    };
    routes().declared().iter().filter(asked).cloned().collect()
}

/// The nouns of an address's parameters, in order.
fn nouns(path: &str) -> Vec<&str> {
    let parts: Vec<&str> = path.split('/').collect();
    parts.windows(2).filter(|pair| pair[1].starts_with('{')).map(|pair| pair[0]).collect()
}

/// An address with an identity for each parameter.
fn filled(path: &str, ids: &[&str]) -> String {
    let mut ids = ids.iter();
    path.split('/').map(|part| if part.starts_with('{') { *ids.next().unwrap() } else { part }).collect::<Vec<_>>().join("/")
}

/// The address with the first known identity of each noun, and with each further one in its place.
fn paths(path: &str, known: &Ids) -> Vec<String> {
    let nil = uuid::Uuid::nil().to_string();
    let of = |noun: &str| {
        assert!(
            known.contains_key(noun) || APART.contains(&noun),
            "/{noun}/{{id}} in {path}: name an identity, or say it is apart"
        );
        known.get(noun).filter(|ids| !ids.is_empty()).cloned().unwrap_or_else(|| vec![nil.clone()])
    };
    let ids: Vec<Vec<String>> = nouns(path).into_iter().map(of).collect();
    let first: Vec<&str> = ids.iter().map(|ids| ids[0].as_str()).collect();
    let mut all = vec![filled(path, &first)];
    for (place, ids) in ids.iter().enumerate() {
        for other in &ids[1..] {
            let mut some = first.clone();
            some[place] = other;
            all.push(filled(path, &some));
        }
    }
    all
}

/// Identities and moments differ from run to run and say nothing.
fn masked(value: Value, asked: &[&str]) -> Value {
    match value {
        Value::String(text) if uuid::Uuid::parse_str(&text).is_ok() => json!("id"),
        Value::String(text) if chrono::DateTime::parse_from_rfc3339(&text).is_ok() => json!("moment"),
        Value::String(text) => json!(asked.iter().fold(text, |text, id| text.replace(id, "id"))),
        Value::Array(rows) => Value::Array(rows.into_iter().map(|row| masked(row, asked)).collect()),
        Value::Object(fields) => Value::Object(fields.into_iter().map(|(name, value)| (name, masked(value, asked))).collect()),
        other => other,
    }
}

/// A finished visit made on a phone, with a photograph; gives both.
async fn visited(small: &Small, round: &str, site: usize, number: usize) -> (String, String) {
    let phone =
        Phone { browser: small.browser("inspector"), person: small.world.yunxi.people["inspector"].to_string(), device: id() };
    let hash = phone.photo(number).await;
    let begun = phone.command(&[], MADE, &start(&json!({ "id": round }), small.sites[site]));
    let results = [
        json!({ "kind": "grade", "grade": "not_met" }),
        json!({ "kind": "faults", "count": 3 }),
        json!({ "kind": "count", "count": 0 }),
    ];
    let mut commands = vec![begun.clone()];
    for (item, result) in small.items.iter().zip(results) {
        let mark =
            json!({ "kind": "mark_item", "item_id": item, "mark": { "result": result, "phrase": "占道经营", "photos": [hash] } });
        commands.push(phone.command(&[&begun], MADE, &mark));
    }
    let end = phone.command(&commands.iter().collect::<Vec<_>>(), MADE, &finish(&small.items));
    commands.push(end);
    let receipts = phone.receipts(&commands.iter().collect::<Vec<_>>()).await;
    assert!(receipts.iter().all(|receipt| receipt["receipt"] == "applied"), "{receipts:?}");
    let visit = receipts[0]["subject_id"].as_str().unwrap().to_owned();
    let shown = small.browser("office").get(&format!("/api/visits/{visit}")).await.ok();
    (visit, shown["findings"][0]["media_ids"][0].as_str().unwrap().to_owned())
}

crate::on_both!(
    async fn a_covert_round_is_noticed_by_nobody_inspected_until_it_is_released(city: City = City::on) {
        let (small, office) = (&city.small, city.small.browser("office"));
        let before = city.answers().await;
        assert!(before.len() > 120 * city.asking.len(), "{}", before.len());
        let heard = yipanqi_store::event::newest(&small.world.yunxi.city.read().await.unwrap()).await.unwrap();

        let body = json!({
            "command_id": id(), "name": "暗访", "kind": "covert", "edition_id": small.edition,
            "sites": { "site_ids": [small.sites[0], small.sites[1]] }, "inspectors": [small.world.yunxi.people["inspector"]],
        });
        let covert = office.post("/api/rounds", body).await.json()["id"].as_str().unwrap().to_owned();
        let with_new = json!({
            "command_id": id(), "name": "暗访二", "kind": "covert", "edition_id": city.new_edition,
            "sites": { "site_ids": [small.sites[2]] }, "inspectors": [small.world.yunxi.people["inspector"]],
        });
        assert_eq!(office.post("/api/rounds", with_new).await.status, 201);
        let (visit, media) = visited(small, &covert, 0, 2).await;
        let (other_visit, _) = visited(small, &covert, 1, 3).await;
        small.score_of(&covert).await;
        let findings = office.get(&format!("/api/rounds/{covert}/proposals")).await.ok();
        let finding = findings[0]["finding_id"].as_str().unwrap().to_owned();
        let version = office.get(&format!("/api/rounds/{covert}")).await.ok()["version"].clone();
        office.post(&format!("/api/rounds/{covert}/close"), json!({ "command_id": id(), "version": version })).await.ok();
        small.settled().await;

        // What everybody knows is answered as before.
        for ((what, before), (_, after)) in before.iter().zip(city.answers().await) {
            assert_eq!(before, &after, "{what} noticed the covert round");
        }
        // Who guesses an identity of it is answered as to one that nobody has.
        let known_jobs: BTreeSet<String> = city.known["jobs"].iter().cloned().collect();
        let secret: Ids = BTreeMap::from([
            ("rounds", vec![covert.clone()]),
            ("visits", vec![visit.clone(), other_visit]),
            ("media", vec![media.clone()]),
            ("uploads", vec![sha256(&photo(2))]),
            ("findings", vec![finding.clone()]),
            ("jobs", jobs(small).await.difference(&known_jobs).cloned().collect()),
        ]);
        assert!(!secret["jobs"].is_empty(), "its score was computed by a job");
        let mut guessed = 0;
        for route in routes().declared().iter().filter(|route| !matches!(route.access, Access::Public | Access::Link)) {
            let nouns = nouns(&route.path);
            let nil = uuid::Uuid::nil().to_string();
            let known = |noun: &str| city.known.get(noun).and_then(|ids| ids.first()).cloned().unwrap_or_else(|| nil.clone());
            for (place, noun) in nouns.iter().enumerate() {
                for guess in secret.get(noun).into_iter().flatten() {
                    let path = |id: &str| {
                        let ids: Vec<String> =
                            nouns.iter().enumerate().map(|(at, noun)| if at == place { id.to_owned() } else { known(noun) }).collect();
                        filled(&route.path, &ids.iter().map(String::as_str).collect::<Vec<_>>())
                    };
                    // One body for whatever is written: each route takes what it knows.
                    let body = |_: &str| match route.method == Method::GET {
                        true => None,
                        false => Some(json!({
                            "command_id": id(), "version": 1, "finding_ids": [finding], "result": { "kind": "faults", "count": 1 },
                            "site_ids": [small.sites[0]], "external_round_id": covert, "changes": [], "inspector_id": null,
                        })),
                    };
                    city.unknown_to_all(&route.method, body, path, guess).await;
                    guessed += 1;
                }
            }
        }
        assert!(guessed > 25, "{guessed}");
        // The same where an identity stands in the query or in the body.
        let asked = [
            ("/api/problems", "round", &covert),
            ("/api/problems/board", "round", &covert),
            ("/api/contrast-lines", "round", &covert),
            ("/api/contrast-lines", "own_round", &covert),
            ("/api/problem-desk", "media_ids", &media),
        ];
        for (path, name, guess) in asked {
            city.unknown_to_all(&Method::GET, |_| None, |id| format!("{path}?{name}={id}"), guess).await;
        }
        let begin = |round: &str| Some(json!({ "command_id": id(), "round_id": round, "site_id": small.sites[0] }));
        city.unknown_to_all(&Method::POST, begin, |_| "/api/visits".to_owned(), &covert).await;
        let tell = |media: &str| {
            Some(json!({ "command_id": id(), "source": "grid_patrol", "title": "垃圾", "category": "环境卫生", "place_text": "街口",
                         "media_ids": [media] }))
        };
        city.unknown_to_all(&Method::POST, tell, |_| "/api/problems".to_owned(), &media).await;
        // No event of it went to anybody whom it inspects.
        let told = yipanqi_store::event::since(&small.world.yunxi.city.read().await.unwrap(), heard, 1_000).await.unwrap();
        let of_it = [&covert, &visit, &finding, &media];
        assert!(told.iter().all(|event| !of_it.contains(&&event.subject_id)), "{told:?}");

        let version = office.get(&format!("/api/rounds/{covert}")).await.ok()["version"].clone();
        office.post(&format!("/api/rounds/{covert}/release"), json!({ "command_id": id(), "version": version })).await.ok();
        let changed = before.iter().zip(city.answers().await).any(|((_, before), (_, after))| before != &after);
        assert!(changed, "once released it is seen: the walk would have noticed");
        let shown = small.browser("street_head").get(&format!("/api/visits/{visit}")).await;
        assert_eq!(shown.status, 200, "{shown:?}");
    }
);

crate::on_both!(
    async fn a_covert_round_leaves_no_gap_and_fixes_its_edition_unseen(small: Small = Small::on) {
        let office = small.browser("office");
        let open = async |kind: &str| {
            let body = json!({
                "command_id": id(), "name": "批次", "kind": kind, "edition_id": small.edition,
                "sites": { "site_ids": [small.sites[0]] }, "inspectors": [],
            });
            let round = office.post("/api/rounds", body).await;
            assert_eq!(round.status, 201, "{round:?}");
            round.json()
        };
        let edition = async || office.get(&format!("/api/editions/{}", small.edition)).await.ok();
        let step = async |round: &Value, to: &str| {
            let path = format!("/api/rounds/{}", round["id"].as_str().unwrap());
            let version = office.get(&path).await.ok()["version"].clone();
            office.post(&format!("{path}/{to}"), json!({ "command_id": id(), "version": version })).await.ok()
        };

        let covert = open("covert").await;
        assert_eq!(covert["number"], "2026-C01", "{covert}");
        let seen = edition().await;
        let told = ["state", "frozen_at", "may_edit", "may_correct"].map(|part| seen[part].clone());
        assert_eq!(json!(told), json!(["in_use", null, false, true]), "its text is fixed, which nobody else is told");
        let change = json!({
            "command_id": id(), "version": seen["version"],
            "change": { "kind": "remark", "id": seen["nodes"][0]["id"], "remark": "改" },
        });
        let refused = office.post(&format!("/api/editions/{}/edits", small.edition), change).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, "edition_frozen".to_owned()), "{refused:?}");

        step(&covert, "close").await;
        assert_eq!(edition().await["state"], "in_use");
        let released = step(&covert, "release").await;
        assert_eq!(released["number"], "2026-01", "numbered when it is released");
        assert_eq!(edition().await["state"], "frozen");
        open("covert").await;
        assert_eq!(open("mock").await["number"], "2026-02", "no gap tells of the covert round");
    }
);
