//! Facilities over HTTP: quotas of a type, what is found at a site, gaps, and tasks of them.

use serde_json::{Value, json};
use uuid::Uuid;
use yipanqi_domain::id::SiteId;
use yipanqi_domain::site::Shape;
use yipanqi_store::Author;
use yipanqi_store::checklist::{self, SiteType};
use yipanqi_store::site::{self, Site};

use crate::world::World;

fn new_id() -> String {
    Uuid::now_v7().to_string()
}

/// A market in the east street, and one that belongs to nobody.
async fn markets(world: &World) -> (String, Vec<String>) {
    let by = Author { person: None, name: "test".into() };
    let tx = world.yunxi.city.write(by, world.app.clock().now()).await.unwrap();
    let site_type = Uuid::now_v7();
    let market = SiteType {
        id: site_type,
        name: "农贸市场".into(),
        group_name: String::new(),
        shape: Shape::Point,
        industry_unit: None,
        industry_unit_name: String::new(),
        position: 0,
        version: 0,
        names: Vec::new(),
    };
    checklist::save_site_type(&tx, &market).await.unwrap();
    let east = world.yunxi.units["east"];
    let sites: Vec<Site> = [("M-1", Some(east)), ("M-2", None)]
        .into_iter()
        .map(|(code, unit)| Site {
            id: SiteId::new(Uuid::now_v7()),
            code: code.into(),
            name: format!("{code} 市场"),
            site_type: Some(site_type),
            type_given: "农贸市场".into(),
            address: String::new(),
            longitude: None,
            latitude: None,
            datum_given: None,
            given_longitude: None,
            given_latitude: None,
            street: unit,
            community: None,
            grid: None,
            industry_unit: None,
            territorial_unit: unit,
            chief_name: None,
            chief_phone: None,
            pairing_unit: None,
            pairing_leader: None,
            remark: String::new(),
            retired: false,
            duplicate_of: None,
            version: 0,
        })
        .collect();
    site::add(&tx, &sites).await.unwrap();
    tx.commit().await.unwrap();
    (site_type.to_string(), sites.iter().map(|site| site.id.to_string()).collect())
}

#[tokio::test]
async fn what_is_short_at_sites_becomes_tasks_of_their_units() {
    let world = World::new().await;
    let (office, street) = (world.browser("office"), world.browser("street_head"));
    let (site_type, sites) = markets(&world).await;
    let quota = json!({"command_id": new_id(), "kind": "advert", "name": "公益广告", "required": 3, "words": "不少于 3 处"});
    let quotas = office.put(&format!("/api/site-types/{site_type}/quotas"), quota.clone()).await.ok();
    let mut again = quota;
    again["command_id"] = new_id().into();
    assert_eq!(office.put(&format!("/api/site-types/{site_type}/quotas"), again.clone()).await.code(), "quota_name_taken");
    assert_eq!(street.put(&format!("/api/site-types/{site_type}/quotas"), again).await.code(), "right_missing");

    let path = format!("/api/sites/{}/facilities", sites[0]);
    assert_eq!(street.get(&path).await.ok()[0]["missing"], 3, "nobody has looked yet");
    let found = |quota: &Value, version: i64| {
        json!({"command_id": new_id(), "quota_id": quota, "good": 1, "broken": 1, "version": version,
               "upkeep_id": world.yunxi.units["urban"].to_string()})
    };
    let rows = street.put(&path, found(&quotas[0]["id"], 0)).await.ok();
    assert_eq!((rows[0]["missing"].as_u64(), rows[0]["to_mend"].as_u64()), (Some(1), Some(1)));
    assert_eq!(street.put(&path, found(&quotas[0]["id"], 0)).await.code(), "version_conflict");
    assert_eq!(street.put(&path, found(&new_id().into(), 0)).await.code(), "invalid");
    let other = world.browser("other_street_head").put(&path, found(&quotas[0]["id"], 1)).await;
    assert_eq!(other.code(), "site_not_found", "another street does not write there");

    let gaps = office.get("/api/facilities/gaps").await.ok();
    let told: Vec<_> = gaps.as_array().unwrap().iter().map(|gap| (gap["missing"].as_u64(), gap["to_mend"].as_u64())).collect();
    assert_eq!(told, [(Some(1), Some(1)), (Some(3), Some(0))]);
    let tasks = office.post("/api/facilities/tasks", json!({"command_id": new_id(), "due_on": "2026-06-30"})).await.ok();
    assert_eq!((tasks["drafted"].as_u64(), tasks["without_unit"].as_u64()), (Some(1), Some(1)));
    let task = office.get(&format!("/api/tasks?site={}", sites[0])).await.ok()["items"][0].clone();
    assert_eq!(
        (task["title"].as_str(), task["lead"]["id"].as_str()),
        (Some("公益广告 2"), Some(&*world.yunxi.units["urban"].to_string()))
    );
}
