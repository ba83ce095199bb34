//! Phones: all inspectors synchronising at once while the console works on, against the console alone; and one inspector's day
//! through a connection that is cut every few hundred kilobytes, against one that holds.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use yipanqi_domain::id::{ItemId, SiteId};
use yipanqi_domain::site::Shape;
use yipanqi_domain::unit::UnitKind;
use yipanqi_server::demo::{Carried, Client, Person};
use yipanqi_store::checklist::{self, Item, SiteType};
use yipanqi_store::site::{self, Site};
use yipanqi_store::unit;

use crate::city::Bench;
use crate::report::{Line, middle};

/// When the phones' work was done.
const MADE: &str = "2025-08-27T09:10:00+08:00";
/// Visits of each of very many phones.
const VISITS: usize = 2;
/// Bytes of a piece, as the field application sends them.
const PIECE: usize = 192 * 1024;
/// Commands of a batch.
const BATCH: usize = 40;
/// What the console asks in between.
const PAGES: [&str; 3] = ["/api/problems?size=50", "/api/board", "/api/rounds"];

/// Runs it.
pub async fn run(bench: &Bench) -> anyhow::Result<Vec<Line>> {
    let admin = bench.client.log_in("admin").await?;
    let mut lines = many(bench, &admin).await?;
    lines.extend(bad_line(bench, &admin).await?);
    Ok(lines)
}

/// Sites with a checklist of their own, given to new inspectors in an open round.
struct Ground {
    round: String,
    items: Vec<ItemId>,
    phones: Vec<Phone>,
}

impl Ground {
    async fn new(
        bench: &Bench,
        admin: &Person,
        name: &str,
        inspectors: usize,
        sites: usize,
        items: usize,
    ) -> anyhow::Result<Self> {
        let moment = bench.app.clock().now();
        let tx = bench.city.write(Bench::author(), moment).await?;
        let directory = unit::directory(&tx).await?;
        let of = |kind| directory.units().iter().find(|unit| unit.kind == kind).map(|unit| unit.id);
        let (office, street) = (of(UnitKind::Office).context("no office")?, of(UnitKind::Street));
        let kind = SiteType {
            id: Uuid::now_v7(),
            name: format!("{name}点位"),
            group_name: "市容".to_owned(),
            shape: Shape::Point,
            industry_unit: None,
            industry_unit_name: String::new(),
            position: 900,
            version: 0,
            names: Vec::new(),
        };
        checklist::save_site_type(&tx, &kind).await?;
        let listed: Vec<Item> = (0..items).map(|number| item(name, kind.id, number)).collect();
        checklist::add_items(&tx, &listed).await?;
        let placed: Vec<Site> = (0..sites).map(|number| place(name, kind.id, street, number)).collect();
        site::add(&tx, &placed).await?;
        tx.commit().await?;
        let mut phones = Vec::new();
        for number in 0..inspectors {
            let login = format!("{name}.{number}");
            let new = json!({ "login": login, "name": format!("督查{number}"), "password": "yipanqi-demo", "unit_id": office, "role": "inspector" });
            bench.client.post(admin, "/api/accounts", new).await?;
            let person = bench.client.log_in(&login).await?;
            phones.push(Phone { client: bench.client.clone(), person, owner: String::new(), device: Uuid::now_v7() });
        }
        let accounts = bench.client.get(admin, &format!("/api/accounts?q={name}.")).await?;
        let persons: BTreeMap<&str, &str> = accounts
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|row| Some((row["login"].as_str()?, row["person_id"].as_str()?)))
            .collect();
        for (number, phone) in phones.iter_mut().enumerate() {
            let login = format!("{name}.{number}");
            phone.owner = (*persons.get(login.as_str()).context("an account without person")?).to_owned();
        }
        let editions = bench.client.get(&bench.office, "/api/editions").await?;
        let edition = editions.as_array().into_iter().flatten().find(|one| one["scoring"] == "points").context("no edition")?;
        let owners: Vec<&String> = phones.iter().map(|phone| &phone.owner).collect();
        let sites: Vec<SiteId> = placed.iter().map(|site| site.id).collect();
        let body = json!({
            "name": format!("{name}督查"), "kind": "mock", "edition_id": edition["id"], "sites": { "site_ids": sites }, "inspectors": owners,
        });
        let round = bench.client.post(&bench.office, "/api/rounds", body).await?;
        let round = round["id"].as_str().context("no round")?.to_owned();
        Ok(Self { round, items: listed.iter().map(|item| item.id).collect(), phones })
    }

    /// Nothing is lost and nothing came twice.
    async fn check(&self, bench: &Bench, sites: usize) -> anyhow::Result<()> {
        let round = bench.client.get(&bench.office, &format!("/api/rounds/{}", self.round)).await?;
        let wanted = (json!(sites), json!(sites * self.items.len()));
        ensure!((&round["visited"], &round["findings"]) == (&wanted.0, &wanted.1), "{wanted:?} wanted: {round}");
        Ok(())
    }
}

fn item(name: &str, site_type: Uuid, number: usize) -> Item {
    Item {
        id: ItemId::new(Uuid::now_v7()),
        code: format!("{name}-{number:02}"),
        site_type,
        position: i64::try_from(number).unwrap_or(0),
        text: "垃圾不满溢，周边无散落污水".to_owned(),
        phrases: vec!["满溢".to_owned(), "散落".to_owned()],
        judgement: Some(json!({ "kind": "fault_count" })),
        judgement_words: "扣分：每处".to_owned(),
        photo_on_failure: false,
        carve_out: String::new(),
        walk_path: String::new(),
        version: 0,
        criteria: Vec::new(),
    }
}

fn place(name: &str, site_type: Uuid, street: Option<yipanqi_domain::id::UnitId>, number: usize) -> Site {
    Site {
        id: SiteId::new(Uuid::now_v7()),
        code: format!("{name}-{number:04}"),
        name: format!("{name}{number}巷"),
        site_type: Some(site_type),
        type_given: String::new(),
        address: String::new(),
        longitude: Some(1_148_330_390),
        latitude: Some(312_616_840),
        datum_given: None,
        given_longitude: None,
        given_latitude: None,
        street,
        community: None,
        grid: None,
        industry_unit: None,
        territorial_unit: street,
        chief_name: None,
        chief_phone: None,
        pairing_unit: None,
        pairing_leader: None,
        remark: String::new(),
        retired: false,
        duplicate_of: None,
        version: 0,
    }
}

/// A phone with its outbox.
#[derive(Clone)]
struct Phone {
    client: Client,
    person: Person,
    owner: String,
    device: Uuid,
}

impl Phone {
    async fn pull(&self) -> anyhow::Result<Vec<String>> {
        let pack = self.client.post(&self.person, "/api/sync/pull", json!({ "device": self.device, "cursor": 0 })).await?;
        let visits = pack["visits"].as_array().into_iter().flatten();
        Ok(visits.filter_map(|visit| Some(visit["site"]["id"].as_str()?.to_owned())).collect())
    }

    /// A command as it lies in the outbox.
    fn command(&self, parents: &[&str], work: &Value) -> (String, String) {
        let (id, work) = (Uuid::now_v7().to_string(), work.to_string());
        let hash = sha256(work.as_bytes());
        let text = format!(
            "{{\"id\":\"{id}\",\"person_id\":\"{}\",\"parents\":{},\"made_at\":\"{MADE}\",\"clock_offset_ms\":0,\
             \"body_hash\":\"{hash}\",\"work\":{work}}}",
            self.owner,
            json!(parents),
        );
        (id, text)
    }

    /// The commands of a visit: begun, every item marked, finished; the first items with these photographs.
    fn visit(&self, ground: &Ground, site: &str, photos: &[String]) -> Vec<String> {
        let begin = json!({ "kind": "start_visit", "round_id": ground.round, "site_id": site });
        let (begun, text) = self.command(&[], &begin);
        let mut texts = vec![text];
        let mut parents = vec![begun.clone()];
        for (number, item) in ground.items.iter().enumerate() {
            let photos: Vec<&String> = photos.get(number).into_iter().collect();
            let faults = photos.len();
            let mark = json!({
                "kind": "mark_item", "item_id": item, "mark": { "result": { "kind": "faults", "count": faults }, "photos": photos },
            });
            let (id, text) = self.command(&[begun.as_str()], &mark);
            parents.push(id);
            texts.push(text);
        }
        let parents: Vec<&str> = parents.iter().map(String::as_str).collect();
        texts.push(self.command(&parents, &json!({ "kind": "finish_visit", "seen": ground.items })).1);
        texts
    }

    fn batch(&self, commands: &[String]) -> String {
        format!("{{\"device\":\"{}\",\"commands\":[{}]}}", self.device, commands.join(","))
    }

    /// Sends a batch; every command must be applied. What waited too long is sent again, as every phone does.
    async fn send(&self, commands: &[String]) -> anyhow::Result<()> {
        loop {
            let kind = [("content-type", "application/json".to_owned())];
            let body = Carried::Whole(self.batch(commands).into_bytes());
            match self.client.raw(&self.person, "POST", "/api/sync/commands", &kind, body).await {
                Ok(answer) => return applied(&answer),
                Err(error) if error.to_string().contains(": 408 ") => tokio::time::sleep(Duration::from_secs(1)).await,
                Err(error) => return Err(error),
            }
        }
    }
}

fn applied(answer: &Value) -> anyhow::Result<()> {
    let refused = answer["receipts"].as_array().into_iter().flatten().find(|receipt| receipt["receipt"] != "applied");
    ensure!(refused.is_none(), "{refused:?}");
    Ok(())
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All phones at once, and the console in between.
async fn many(bench: &Bench, admin: &Person) -> anyhow::Result<Vec<Line>> {
    let phones = bench.size.phones();
    let (_, items, _) = bench.size.day();
    let ground = Arc::new(Ground::new(bench, admin, "多机", phones, phones * VISITS, items).await?);
    let asked = async || {
        let mut slowest = Duration::ZERO;
        for page in PAGES {
            let begun = Instant::now();
            bench.client.get(&bench.office, page).await?;
            slowest = slowest.max(begun.elapsed());
        }
        Ok::<_, anyhow::Error>(slowest)
    };
    let idle = middle(bench.size.repeats(), async || asked().await.map(drop)).await?;
    let over = Arc::new(AtomicBool::new(false));
    let begun = Instant::now();
    let syncing = {
        let (ground, over) = (Arc::clone(&ground), Arc::clone(&over));
        tokio::spawn(async move {
            let sent = ground.phones.iter().cloned().map(|phone| {
                let ground = Arc::clone(&ground);
                tokio::spawn(async move {
                    let mut commands = Vec::new();
                    for site in phone.pull().await? {
                        commands.extend(phone.visit(&ground, &site, &[]));
                    }
                    for batch in commands.chunks(BATCH) {
                        phone.send(batch).await?;
                    }
                    // The answer to the first batch was lost: it is sent again.
                    phone.send(commands.get(..commands.len().min(BATCH)).unwrap_or_default()).await?;
                    Ok::<_, anyhow::Error>(commands.len())
                })
            });
            let mut commands = 0;
            for done in futures_util::future::join_all(sent.collect::<Vec<_>>()).await {
                commands += done??;
            }
            over.store(true, Ordering::Relaxed);
            Ok::<_, anyhow::Error>((commands, begun.elapsed()))
        })
    };
    let (mut waited, mut longest) = (Vec::new(), Duration::ZERO);
    while !over.load(Ordering::Relaxed) && !syncing.is_finished() {
        let begun = Instant::now();
        longest = longest.max(asked().await?);
        waited.push(begun.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (commands, took) = syncing.await??;
    ground.check(bench, phones * VISITS).await?;
    waited.sort();
    let median = waited.get(waited.len() / 2).copied().unwrap_or(idle);
    let note = format!(
        "{} times, the slowest page {} ms; {commands} commands in {:.1} s, each once",
        waited.len(),
        longest.as_millis(),
        took.as_secs_f64()
    );
    let what = format!("{phones} phones at once: three pages of the console");
    let whole = Line {
        what: format!("{phones} phones at once: {commands} commands"),
        took,
        against: "three pages of an idle server",
        baseline: idle,
        note: format!("{:.0} a second", commands as f64 / took.as_secs_f64()),
    };
    Ok(vec![Line { what, took: median, against: "the same on an idle server", baseline: idle, note }, whole])
}

/// A connection that carries so many bytes and then breaks.
struct Wire {
    left: Option<usize>,
    chance: u64,
    sent: usize,
    requests: usize,
    cuts: usize,
}

impl Wire {
    fn new(cut: bool) -> Self {
        let mut wire = Self { left: None, chance: 11, sent: 0, requests: 0, cuts: 0 };
        if cut {
            wire.left = Some(wire.span());
        }
        wire
    }

    /// What a slow connection carries in one to five seconds.
    fn span(&mut self) -> usize {
        self.chance = self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        180_000 + usize::try_from((self.chance >> 33) % 720_000).unwrap_or(0)
    }

    /// Sends a request; none if the connection broke under way or before the answer came.
    async fn ask(
        &mut self,
        phone: &Phone,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: Vec<u8>,
    ) -> anyhow::Result<Option<Value>> {
        self.requests += 1;
        let size = body.len();
        let carried = match self.left {
            None => size,
            Some(left) => size.min(left),
        };
        self.sent += carried;
        let whole = carried == size;
        // Every other cut comes after the request and before the answer.
        let lost = !whole && self.cuts % 2 == 1;
        if let Some(left) = self.left {
            self.left = Some(left - carried);
        }
        if whole {
            return phone.client.raw(&phone.person, method, path, headers, Carried::Whole(body)).await.map(Some);
        }
        self.cuts += 1;
        self.left = Some(self.span());
        if lost {
            self.sent += size - carried;
            phone.client.raw(&phone.person, method, path, headers, Carried::Whole(body)).await?;
            return Ok(None);
        }
        let begun = body.get(..carried).unwrap_or_default().to_vec();
        let answer = phone.client.raw(&phone.person, method, path, headers, Carried::Broken(begun)).await;
        ensure!(answer.is_err(), "a request of which half came was carried out: {answer:?}");
        Ok(None)
    }

    async fn photograph(&mut self, phone: &Phone, bytes: &[u8]) -> anyhow::Result<()> {
        let hash = sha256(bytes);
        let announced = json!({
            "sha256": hash, "size": bytes.len(), "file_name": "photo.jpg",
            "capture": { "made_at": MADE, "clock_offset_ms": 0, "origin": "camera", "position": null },
        });
        let (kind, path) = ([("content-type", "application/json".to_owned())], format!("/api/uploads/{hash}"));
        let mut at = None;
        loop {
            let view = match at {
                None => self.ask(phone, "POST", "/api/uploads", &kind, announced.to_string().into_bytes()).await?,
                Some(offset) => {
                    let end = bytes.len().min(offset + PIECE);
                    let piece = bytes.get(offset..end).unwrap_or_default().to_vec();
                    self.ask(phone, "PATCH", &path, &[("upload-offset", offset.to_string())], piece).await?
                }
            };
            at = match view {
                Some(view) if view["media_id"].is_string() => return Ok(()),
                Some(view) => Some(usize::try_from(view["offset"].as_u64().context("no offset")?)?),
                None => None,
            };
        }
    }

    async fn commands(&mut self, phone: &Phone, commands: &[String]) -> anyhow::Result<()> {
        let kind = [("content-type", "application/json".to_owned())];
        for batch in commands.chunks(BATCH) {
            loop {
                let body = phone.batch(batch).into_bytes();
                if let Some(answer) = self.ask(phone, "POST", "/api/sync/commands", &kind, body).await? {
                    applied(&answer)?;
                    break;
                }
            }
        }
        Ok(())
    }
}

/// One inspector's day through a connection that holds, then another's through one that is cut.
async fn bad_line(bench: &Bench, admin: &Person) -> anyhow::Result<Vec<Line>> {
    let (sites, items, photos) = bench.size.day();
    let mut took = Vec::new();
    let mut told = String::new();
    for (name, cut) in [("稳定", false), ("断续", true)] {
        let ground = Ground::new(bench, admin, name, 1, sites, items).await?;
        let phone = ground.phones.first().context("no phone")?;
        let given = phone.pull().await?;
        let pictures: Vec<Vec<u8>> = (0..photos).map(|number| picture(name, number)).collect::<anyhow::Result<_>>()?;
        let hashes: Vec<String> = pictures.iter().map(|bytes| sha256(bytes)).collect();
        let each = photos.div_ceil(sites);
        let mut commands = Vec::new();
        for (number, site) in given.iter().enumerate() {
            let from = (number * each).min(photos);
            let of = hashes.get(from..(from + each).min(photos)).unwrap_or_default();
            commands.extend(phone.visit(&ground, site, of));
        }
        let needed: usize = pictures.iter().map(Vec::len).sum::<usize>() + commands.iter().map(String::len).sum::<usize>();
        let mut wire = Wire::new(cut);
        let begun = Instant::now();
        for bytes in &pictures {
            wire.photograph(phone, bytes).await?;
        }
        wire.commands(phone, &commands).await?;
        took.push(begun.elapsed());
        ground.check(bench, sites).await?;
        let ratio = wire.sent as f64 / needed as f64;
        told = format!("{} cuts, {} requests, {ratio:.2} times the bytes needed, everything once", wire.cuts, wire.requests);
    }
    let [baseline, cut] = took.as_slice() else { anyhow::bail!("two days were measured") };
    let what = format!("a day of {sites} × {items} items, {photos} photographs, cut");
    Ok(vec![Line { what, took: *cut, against: "the same, not cut", baseline: *baseline, note: told }])
}

/// A photograph of its own: the demo city's picture with a remark behind its end, of a size that phones take.
fn picture(name: &str, number: usize) -> anyhow::Result<Vec<u8>> {
    static PICTURE: OnceLock<Vec<u8>> = OnceLock::new();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../catalogues/yunxi/photos/IMG_3007.jpg");
    let read = match PICTURE.get() {
        Some(read) => read,
        None => {
            let read = std::fs::read(path)?;
            PICTURE.get_or_init(|| read)
        }
    };
    let mut bytes = read.clone();
    bytes.extend(format!("{name} {number}").into_bytes());
    // What follows the end of a picture belongs to nobody; it makes the file as large as a phone's.
    let filled = bytes.len().max(420_000);
    bytes.resize(filled, 0);
    Ok(bytes)
}
