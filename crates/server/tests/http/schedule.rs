//! A phone sends its outbox through a connection that is cut, doubled and turned about, to a server that is killed; in the end
//! the city has what was made, each once.
//!
//! A schedule is a seed. `YIPANQI_SCHEDULES` says how many are run (200 if it says nothing; a tenth of them on PostgreSQL too),
//! `YIPANQI_SEED` where they begin. Thousands are run with an optimised binary, as `make torture` does.

use std::future::Future;
use std::pin::pin;
use std::sync::Mutex;
use std::task::Poll;

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use yipanqi_domain::id::SiteId;

use crate::street::{Phone, Street, Waiting, finish, mark, photo, sha256, start};
use crate::world::{Answer, Backend, Browser};

const MADE: &str = "2026-03-02T08:30:00+08:00";
/// Schedules that share a city, each with a site of its own.
const PER_CITY: u64 = 25;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// What happens to a request on its way.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// It never arrives.
    CutBefore,
    /// It is carried out, but the answer is lost.
    CutAfter,
    /// The server is killed while it is at it.
    Killed,
    /// It arrives twice.
    Doubled,
    /// All is well.
    Fine,
}

fn fate(chance: &mut StdRng) -> Fate {
    match chance.random_range(0..20) {
        0..4 => Fate::CutBefore,
        4..8 => Fate::CutAfter,
        8..10 => Fate::Killed,
        10..13 => Fate::Doubled,
        _ => Fate::Fine,
    }
}

/// Drives a request for so many steps and then lets go of it, as a killed process does.
async fn steps(request: impl Future<Output = Answer>, steps: u32) {
    let mut request = pin!(request);
    let mut left = steps;
    std::future::poll_fn(|context| {
        if left == 0 || request.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        left -= 1;
        Poll::Pending
    })
    .await;
}

/// The phone, the connection and the server behind it.
struct Line<'a> {
    street: &'a Street,
    chance: StdRng,
    phone: Phone,
}

impl Line<'_> {
    /// Sends a request as the schedule has it; gives the answer if one comes back.
    async fn ask<F: Future<Output = Answer>>(&mut self, request: impl Fn(Phone) -> F) -> Option<Answer> {
        match fate(&mut self.chance) {
            Fate::CutBefore => None,
            Fate::CutAfter => {
                request(self.phone.clone()).await;
                None
            }
            Fate::Killed => {
                steps(request(self.phone.clone()), self.chance.random_range(1..12)).await;
                self.phone.browser = restarted(self.street, &self.phone.browser).await;
                None
            }
            Fate::Doubled => {
                request(self.phone.clone()).await;
                Some(request(self.phone.clone()).await)
            }
            Fate::Fine => Some(request(self.phone.clone()).await),
        }
    }

    /// One step of sending a photograph: announced anew each time, as after a restart of the phone.
    async fn upload(&mut self, bytes: &[u8]) -> bool {
        let Some(announced) = self.ask(async |phone: Phone| phone.announce(bytes).await).await else { return false };
        let announced = announced.ok();
        if announced["media_id"].is_string() {
            return true;
        }
        let offset = usize::try_from(announced["offset"].as_u64().unwrap()).unwrap();
        let end = (offset + self.chance.random_range(1..40_000)).min(bytes.len());
        let hash = sha256(bytes);
        self.ask(async |phone: Phone| phone.piece(&hash, offset, &bytes[offset..end]).await).await;
        false
    }

    /// Sends some of what waits, in any order and some of it twice; what was applied leaves the outbox.
    async fn send(&mut self, outbox: &mut Vec<Waiting>) {
        outbox.shuffle(&mut self.chance);
        let count = self.chance.random_range(1..=outbox.len());
        let mut batch: Vec<Waiting> = outbox[..count].to_vec();
        if self.chance.random_bool(0.2) {
            batch.push(batch[0].clone());
        }
        let Some(answer) = self.ask(async |phone: Phone| phone.send(&batch.iter().collect::<Vec<_>>()).await).await else {
            return;
        };
        for receipt in answer.ok()["receipts"].as_array().unwrap() {
            let state = receipt["receipt"].as_str().unwrap();
            assert!(["applied", "held", "media_missing"].contains(&state) || receipt["code"] == "visit_incomplete", "{receipt}");
            if state == "applied" {
                outbox.retain(|waiting| receipt["id"] != waiting.id.as_str());
            }
        }
    }
}

async fn restarted(street: &Street, browser: &Browser) -> Browser {
    let app = street.world.restarted().await;
    browser.clone().served_by(&app)
}

/// Everything that one inspector makes in a morning at one site.
fn morning(street: &Street, phone: &Phone, round: &Value, site: SiteId, photos: &[Vec<u8>]) -> Vec<Waiting> {
    let hashes: Vec<String> = photos.iter().map(|bytes| sha256(bytes)).collect();
    let begun = phone.command(&[], MADE, &start(round, site));
    let first = phone.command(&[&begun], MADE, &mark(street.items[0], 2, &hashes[..1]));
    let mut again = mark(street.items[0], 3, &hashes);
    again["base"] = json!({ "result": { "kind": "faults", "count": 2 }, "photos": &hashes[..1] });
    let again = phone.command(&[&begun, &first], MADE, &again);
    let second = phone.command(&[&begun], MADE, &mark(street.items[1], 0, &[]));
    let third = phone.command(&[&begun], MADE, &mark(street.items[2], 1, &[]));
    let end = phone.command(&[&begun, &again, &second, &third], MADE, &finish(&street.items));
    let report = json!({ "kind": "report_problem", "source": "grid_patrol", "title": format!("井盖破损 {site}"), "category": "市容",
                         "place_text": "东街口", "photos": &hashes[1..] });
    let report = phone.command(&[], MADE, &report);
    vec![begun, first, again, second, third, end, report]
}

async fn run(street: &Street, site: SiteId, seed: u64) {
    let mut chance = StdRng::seed_from_u64(seed);
    let round = street.round("mock", &[site]).await;
    let photos: Vec<Vec<u8>> = (0..2).map(|number| photo(usize::try_from(seed).unwrap() * 2 + number)).collect();
    let phone = street.phone("inspector");
    let mut outbox = morning(street, &phone, &round, site, &photos);
    let mut unsent: Vec<Vec<u8>> = photos.clone();
    unsent.shuffle(&mut chance);
    let mut line = Line { street, chance, phone };
    for turn in 0.. {
        assert!(turn < 2_000, "seed {seed}: the outbox never empties: {outbox:?}");
        if outbox.is_empty() && unsent.is_empty() {
            break;
        }
        let photographs_first = !unsent.is_empty() && (outbox.is_empty() || line.chance.random_bool(0.7));
        if photographs_first {
            let last = unsent.len() - 1;
            if line.upload(&unsent[last].clone()).await {
                unsent.pop();
            }
        } else {
            line.send(&mut outbox).await;
        }
    }
    compare(street, &round, site, &photos, seed).await;
}

/// The city has what was made, each once.
async fn compare(street: &Street, round: &Value, site: SiteId, photos: &[Vec<u8>], seed: u64) {
    let office = street.world.browser("office");
    let shown = office.get(&format!("/api/rounds/{}", round["id"].as_str().unwrap())).await.ok();
    assert_eq!((&shown["visited"], &shown["findings"], &shown["faults"]), (&json!(1), &json!(3), &json!(4)), "seed {seed}");
    let visit = shown["site_list"][0]["visit_id"].as_str().unwrap();
    let visit = office.get(&format!("/api/visits/{visit}")).await.ok();
    assert_eq!((&visit["ordinal"], &visit["purpose"]), (&json!(1), &json!("assess")), "seed {seed}");
    let failed = visit["findings"].as_array().unwrap().iter().find(|finding| finding["result"]["count"] == 3).unwrap();
    assert_eq!(failed["media_ids"].as_array().unwrap().len(), 2, "seed {seed}: {failed}");
    for (media, sent) in failed["media_ids"].as_array().unwrap().iter().zip(photos) {
        let request = office.request(axum::http::Method::GET, &format!("/api/media/{}", media.as_str().unwrap()));
        let kept = office.raw(request.body(axum::body::Body::empty()).unwrap()).await;
        let kept = http_body_util::BodyExt::collect(kept.into_body()).await.unwrap().to_bytes();
        assert_eq!(sha256(&kept), sha256(sent), "seed {seed}: byte for byte");
    }
    let found = office.get(&format!("/api/problems?q={site}")).await.ok();
    let reported = found["items"].as_array().unwrap().iter().filter(|row| row["title"] == format!("井盖破损 {site}")).count();
    assert_eq!(reported, 1, "seed {seed}: {found}");
}

/// Runs so many schedules on as many cores as there are, some to a city.
fn drive(backend: Backend, first: u64, count: u64) {
    let begun = std::time::Instant::now();
    let cities = Mutex::new((first..first + count).step_by(usize::try_from(PER_CITY).unwrap()));
    let lane = || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            loop {
                let Some(from) = cities.lock().unwrap().next() else { break };
                let street = Street::on(backend, u32::try_from(PER_CITY).unwrap()).await;
                for (seed, site) in (from..(from + PER_CITY).min(first + count)).zip(street.sites.clone()) {
                    run(&street, site, seed).await;
                }
            }
        });
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(lane);
        }
    });
    println!("{count} schedules from {first} on {backend:?}: {} s", begun.elapsed().as_secs());
}

#[test]
fn whatever_happens_on_the_way_everything_made_arrives_once() {
    drive(Backend::Sqlite, setting("YIPANQI_SEED", 1), setting("YIPANQI_SCHEDULES", 200));
}

/// A tenth of them on the other database.
#[test]
fn whatever_happens_on_the_way_to_the_other_database_too() {
    drive(Backend::Postgres, setting("YIPANQI_SEED", 1), setting("YIPANQI_SCHEDULES", 200).div_ceil(10));
}
