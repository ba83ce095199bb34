//! Sites, a checklist and an open round for inspectors in the street, and a phone with its outbox.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use yipanqi_domain::access::Role;
use yipanqi_domain::framework::Edition;
use yipanqi_domain::id::{ItemId, SiteId};
use yipanqi_domain::site::Shape;
use yipanqi_store::checklist::{self, Item, SiteType};
use yipanqi_store::framework::{self, EditionRow, EditionState, Framework};
use yipanqi_store::site::{self, Site};
use yipanqi_store::unit::{PersonPost, save_post};
use yipanqi_store::{Author, WriteTx};

use crate::world::{Answer, Backend, Browser, World};

/// What an inspector meets in the street.
pub struct Street {
    pub world: World,
    pub edition: Uuid,
    pub site_type: Uuid,
    pub sites: Vec<SiteId>,
    pub items: Vec<ItemId>,
}

pub fn id() -> String {
    Uuid::now_v7().to_string()
}

impl Street {
    pub async fn new(sites: u32) -> Self {
        Self::on(Backend::Sqlite, sites).await
    }

    pub async fn on(backend: Backend, sites: u32) -> Self {
        let world = World::on(backend).await;
        let tx = write(&world).await;
        let family = Framework { id: Uuid::now_v7(), code: "civilized_city".into(), name: "文明城市".into() };
        framework::add_framework(&tx, &family).await.unwrap();
        let edition = Uuid::now_v7();
        let row = EditionRow {
            id: edition,
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
            settings: Edition { level_names: vec!["标准".into()], ..Edition::default() },
            version: 0,
        };
        framework::save_edition(&tx, &row).await.unwrap();
        let site_type = Uuid::now_v7();
        let kind = SiteType {
            id: site_type,
            name: "背街小巷".into(),
            group_name: "市容".into(),
            shape: Shape::Point,
            industry_unit: None,
            industry_unit_name: "城市管理局".into(),
            position: 0,
            version: 0,
            names: Vec::new(),
        };
        checklist::save_site_type(&tx, &kind).await.unwrap();
        let items: Vec<Item> = (0..3).map(|position| item(site_type, position)).collect();
        checklist::add_items(&tx, &items).await.unwrap();
        let sites: Vec<Site> = (1..=sites).map(|number| plain_site(&world, number, site_type)).collect();
        site::add(&tx, &sites).await.unwrap();
        tx.commit().await.unwrap();
        let items = items.iter().map(|item| item.id).collect();
        Self { world, edition, site_type, items, sites: sites.iter().map(|site| site.id).collect() }
    }

    /// An open round on these sites, given to the inspector.
    pub async fn round(&self, kind: &str, sites: &[SiteId]) -> Value {
        let inspector = self.world.yunxi.people["inspector"];
        let body = json!({
            "command_id": id(), "name": "三月督查", "kind": kind, "edition_id": self.edition,
            "sites": { "site_ids": sites }, "inspectors": [inspector],
        });
        let answer = self.world.browser("office").post("/api/rounds", body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.json()
    }

    /// Makes somebody of the world an inspector of the office too.
    pub async fn another_inspector(&self, name: &str) -> yipanqi_domain::id::PersonId {
        let tx = write(&self.world).await;
        let post = PersonPost {
            id: Uuid::now_v7(),
            person: self.world.yunxi.people[name],
            unit: self.world.yunxi.units["office"],
            role: Role::Inspector,
            valid_from: chrono::NaiveDate::from_ymd_opt(2025, 1, 1).unwrap(),
            valid_to: None,
        };
        save_post(&tx, &post).await.unwrap();
        tx.commit().await.unwrap();
        self.world.yunxi.people[name]
    }

    /// The checklist gets one more item.
    pub async fn another_item(&self) {
        let tx = write(&self.world).await;
        checklist::add_items(&tx, &[item(self.site_type, 9)]).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn close(&self, round: &str) {
        let office = self.world.browser("office");
        let path = format!("/api/rounds/{round}");
        let version = office.get(&path).await.ok()["version"].clone();
        office.post(&format!("{path}/close"), json!({ "command_id": id(), "version": version })).await.ok();
    }

    pub fn phone(&self, name: &str) -> Phone {
        Phone { browser: self.world.browser(name), person: self.world.yunxi.people[name].to_string(), device: id() }
    }
}

async fn write(world: &World) -> WriteTx {
    let by = Author { person: None, name: "test".into() };
    world.yunxi.city.write(by, world.app.clock().now()).await.unwrap()
}

fn item(site_type: Uuid, position: i64) -> Item {
    Item {
        id: ItemId::new(Uuid::now_v7()),
        code: format!("09-{:02}", position + 1),
        site_type,
        position,
        text: "垃圾不满溢，周边无散落污水".into(),
        phrases: vec!["满溢".into(), "散落".into()],
        judgement: Some(json!({ "kind": "fault_count" })),
        judgement_words: "扣分：每处".into(),
        photo_on_failure: position == 0,
        carve_out: String::new(),
        walk_path: String::new(),
        version: 0,
        criteria: Vec::new(),
    }
}

pub fn plain_site(world: &World, number: u32, site_type: Uuid) -> Site {
    Site {
        id: SiteId::new(Uuid::now_v7()),
        code: format!("YX-{number:04}"),
        name: format!("安澜{number}巷"),
        site_type: Some(site_type),
        type_given: "背街小巷".into(),
        address: String::new(),
        longitude: Some(1_148_330_390),
        latitude: Some(312_616_840),
        datum_given: None,
        given_longitude: None,
        given_latitude: None,
        street: Some(world.yunxi.units["east"]),
        community: None,
        grid: None,
        industry_unit: None,
        territorial_unit: Some(world.yunxi.units["east"]),
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

/// A phone of one person.
#[derive(Clone)]
pub struct Phone {
    pub browser: Browser,
    pub person: String,
    pub device: String,
}

/// A command as it lies in the outbox: the body is kept as text, because its hash is of the text.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub id: String,
    pub text: String,
}

pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A photograph of its own: the demo city's picture with a remark behind its end.
pub fn photo(number: usize) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogues/yunxi/photos/IMG_3007.jpg");
    let mut bytes = std::fs::read(path).unwrap();
    bytes.extend(format!("remark {number}").into_bytes());
    bytes
}

impl Phone {
    pub fn command(&self, parents: &[&Waiting], made_at: &str, work: &Value) -> Waiting {
        let id = id();
        let work = work.to_string();
        let parents: Vec<&str> = parents.iter().map(|parent| parent.id.as_str()).collect();
        let hash = sha256(work.as_bytes());
        let text = format!(
            "{{\"id\":\"{id}\",\"person_id\":\"{}\",\"parents\":{},\"made_at\":\"{made_at}\",\"clock_offset_ms\":0,\
             \"body_hash\":\"{hash}\",\"work\":{work}}}",
            self.person,
            json!(parents),
        );
        Waiting { id, text }
    }

    pub async fn send(&self, commands: &[&Waiting]) -> Answer {
        let commands: Vec<&str> = commands.iter().map(|command| command.text.as_str()).collect();
        let body = format!("{{\"device\":\"{}\",\"commands\":[{}]}}", self.device, commands.join(","));
        let request = self.browser.request(Method::POST, "/api/sync/commands").header("content-type", "application/json");
        self.browser.answer(request.body(Body::from(body)).unwrap()).await
    }

    /// The receipt of each command.
    pub async fn receipts(&self, commands: &[&Waiting]) -> Vec<Value> {
        self.send(commands).await.ok()["receipts"].as_array().unwrap().clone()
    }

    pub async fn piece(&self, hash: &str, offset: usize, piece: &[u8]) -> Answer {
        let request = self.browser.request(Method::PATCH, &format!("/api/uploads/{hash}")).header("upload-offset", offset);
        self.browser.answer(request.body(Body::from(piece.to_vec())).unwrap()).await
    }

    pub async fn announce(&self, bytes: &[u8]) -> Answer {
        let body = json!({
            "sha256": sha256(bytes), "size": bytes.len(), "file_name": "photo.jpg",
            "capture": {
                "made_at": "2026-03-02T08:40:00+08:00", "clock_offset_ms": 60_000, "origin": "camera",
                "position": { "longitude": 114.833, "latitude": 31.2616, "accuracy_m": 12, "datum": "wgs84" },
            },
        });
        self.browser.post("/api/uploads", body).await
    }

    /// Sends a photograph and gives its hash.
    pub async fn photo(&self, number: usize) -> String {
        let bytes = photo(number);
        let hash = sha256(&bytes);
        self.announce(&bytes).await.ok();
        self.piece(&hash, 0, &bytes).await.ok();
        hash
    }

    pub async fn pull(&self, cursor: i64) -> Value {
        self.browser.post("/api/sync/pull", json!({ "device": self.device, "cursor": cursor })).await.ok()
    }
}

pub fn start(round: &Value, site: SiteId) -> Value {
    json!({ "kind": "start_visit", "round_id": round["id"], "site_id": site })
}

pub fn mark(item: ItemId, faults: u32, photos: &[String]) -> Value {
    json!({ "kind": "mark_item", "item_id": item, "mark": { "result": { "kind": "faults", "count": faults }, "photos": photos } })
}

pub fn finish(items: &[ItemId]) -> Value {
    json!({ "kind": "finish_visit", "seen": items })
}
