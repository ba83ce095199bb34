//! Two entries of one site: offered, merged, seen as one, parted again; what is final stays as it is.

use serde_json::{Value, json};
use yipanqi_domain::id::SiteId;

use crate::street::{Phone, Street, finish, id, mark, start};
use crate::world::{Answer, Backend};

const MADE: &str = "2026-03-02T08:30:00+08:00";

async fn four(backend: Backend) -> Street {
    Street::on(backend, 4).await
}

async fn visited(street: &Street, phone: &Phone, round: &Value, site: SiteId) -> Value {
    let begun = phone.command(&[], MADE, &start(round, site));
    let photo = phone.photo(3).await;
    let marks: Vec<_> = (0_u32..)
        .zip(&street.items)
        .map(|(faults, item)| phone.command(&[&begun], MADE, &mark(*item, 2 - faults, std::slice::from_ref(&photo))))
        .collect();
    let end = phone.command(&[&begun, &marks[0], &marks[1], &marks[2]], MADE, &finish(&street.items));
    let receipts = phone.receipts(&[&begun, &marks[0], &marks[1], &marks[2], &end]).await;
    assert!(receipts.iter().all(|receipt| receipt["receipt"] == "applied"), "{receipts:?}");
    receipts[0].clone()
}

async fn merge(street: &Street, kept: SiteId, merged: SiteId, take: &[&str]) -> Answer {
    let office = street.world.browser("admin");
    let view = office.get(&format!("/api/sites/{kept}/merge?with={merged}")).await.ok();
    let body = json!({ "command_id": id(), "version": view["version"], "merged_id": merged,
                       "merged_version": view["merged_version"], "take": take });
    let answer = office.post(&format!("/api/sites/{kept}/merge"), body.clone()).await;
    if answer.status == 200 {
        assert_eq!(office.post(&format!("/api/sites/{kept}/merge"), body).await.text, answer.text, "a command is applied once");
    }
    answer
}

async fn unmerge(street: &Street, kept: SiteId, merged: SiteId) -> Answer {
    let body = json!({ "command_id": id(), "other_id": merged });
    street.world.browser("admin").post(&format!("/api/sites/{kept}/unmerge"), body).await
}

async fn report(street: &Street, site: SiteId, title: &str) -> String {
    let body = json!({ "command_id": id(), "source": "grid_patrol", "title": title, "category": "环境卫生", "site_id": site });
    let made = street.world.browser("office").post("/api/problems", body).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.json()["id"].as_str().unwrap().to_owned()
}

fn titles(site: &Value) -> Vec<&str> {
    let mut titles: Vec<&str> = site["problems"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
    titles.sort_unstable();
    titles
}

crate::on_both!(
    async fn a_merged_site_is_seen_under_the_kept_one_and_what_is_final_stays(street: Street = four) {
        let (office, phone) = (street.world.browser("office"), street.phone("inspector"));
        let [one, two, ..] = street.sites[..] else { unreachable!() };
        let offered = street.world.browser("admin").get("/api/sites/duplicates").await.ok();
        let pairs = offered.as_array().unwrap().len();
        assert!(offered.as_array().unwrap().iter().any(|pair| pair["one"]["code"] == "YX-0001" && pair["other"]["code"] == "YX-0002"));

        // A closed round with both, each visited.
        let closed = street.round("routine", &[one, two]).await;
        let closed_id = closed["id"].as_str().unwrap();
        visited(&street, &phone, &closed, one).await;
        visited(&street, &phone, &closed, two).await;
        street.close(closed_id).await;
        yipanqi_server::job::worker::drain(&street.world.app, &street.world.yunxi.city).await.unwrap();
        let final_pages = ["", "/score", "/agreement"].map(|page| format!("/api/rounds/{closed_id}{page}"));
        let mut before = Vec::new();
        for page in &final_pages {
            before.push(office.get(page).await.text);
        }
        report(&street, two, "垃圾满溢").await;

        // A phone begins at the second number in a round that goes on, without network.
        let open = street.round("routine", &[two]).await;
        let begun = phone.command(&[], MADE, &start(&open, two));
        let marked = phone.command(&[&begun], MADE, &mark(street.items[1], 1, &[]));
        merge(&street, one, two, &["name"]).await.ok();
        for receipt in phone.receipts(&[&begun, &marked]).await {
            assert_eq!(receipt["receipt"], "applied", "{receipt}");
        }
        let round = office.get(&format!("/api/rounds/{}", open["id"].as_str().unwrap())).await.ok();
        assert_eq!(round["site_list"].as_array().unwrap().len(), 1);
        assert_eq!((&round["site_list"][0]["site"]["id"], &round["site_list"][0]["state"]), (&json!(one), &json!("visiting")));

        let page = office.get(&format!("/api/sites/{one}")).await.ok();
        assert_eq!((titles(&page), &page["name"]), (vec!["垃圾满溢"], &json!("安澜2巷")), "its name was taken over");
        assert_eq!(page["visits"].as_array().unwrap().len(), 3, "both visits of the closed round, and the one under way");
        assert_eq!(page["merged"][0]["site"]["code"], "YX-0002");
        let old = office.get(&format!("/api/sites/{two}")).await.ok();
        assert_eq!(old["id"], json!(one), "the old address opens the site that stands for it");
        let found = office.get("/api/sites?q=YX-0002").await.ok();
        assert_eq!((&found["total"], &found["items"][0]["id"]), (&json!(1), &json!(one)), "and so does the old number: {found}");
        let offered = street.world.browser("admin").get("/api/sites/duplicates").await.ok();
        assert!(offered.as_array().unwrap().len() < pairs && !offered.to_string().contains("YX-0002"));
        let later = report(&street, two, "晚到的上报").await;
        assert_eq!(office.get(&format!("/api/problems/{later}")).await.ok()["site"]["id"], json!(one));

        // Never drawn again; a choice by the old number means the new one.
        let drawn = json!({ "command_id": id(), "name": "抽查", "kind": "spot", "edition_id": street.edition,
                            "sites": { "count": 9, "must": [two] }, "inspectors": [] });
        let drawn = office.post("/api/rounds", drawn).await.json();
        let codes: Vec<&str> = drawn["site_list"].as_array().unwrap().iter().map(|one| one["site"]["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["YX-0001", codes[1], codes[2]], "{codes:?}");
        assert!(!codes.contains(&"YX-0002"));

        for (page, before) in final_pages.iter().zip(&before) {
            let (after, before) = (office.get(page).await.text, before.replace("安澜1巷", "安澜2巷"));
            assert_eq!(after.replace("安澜1巷", "安澜2巷"), before, "{page} of a closed round changed");
        }
        let proposals = office.get(&format!("/api/rounds/{closed_id}/proposals")).await.ok();
        let sites: Vec<&Value> = proposals.as_array().unwrap().iter().map(|one| &one["site"]["id"]).collect();
        assert!(!sites.is_empty() && sites.iter().all(|site| **site == json!(one)), "a fault becomes a problem of the site that stands");
        assert_eq!(unmerge(&street, one, two).await.code(), "unmerge_visited_since");
        assert_eq!(merge(&street, street.sites[2], two, &[]).await.code(), "merge_merged_before");
        assert_eq!(merge(&street, two, street.sites[2], &[]).await.code(), "merge_kept_not_in_use");
    }
);

crate::on_both!(
    async fn the_place_dropped_by_a_merge_stays_his_who_had_begun_there(street: Street = four) {
        let (office, phone) = (street.world.browser("office"), street.phone("inspector"));
        let other = street.another_inspector("supervisor").await;
        let [kept, merged, ..] = street.sites[..] else { unreachable!() };
        let round = street.round("routine", &[kept, merged]).await;
        let path = format!("/api/rounds/{}", round["id"].as_str().unwrap());
        office.put(&format!("{path}/inspectors/{kept}"), json!({ "command_id": id(), "inspector_id": other })).await.ok();
        // After the kept one went to the other, before the two were merged.
        let made = "2026-03-02T09:30:00+08:00";
        let begun = phone.command(&[], made, &start(&round, merged));
        let marked = phone.command(&[&begun], made, &mark(street.items[1], 1, &[]));
        street.world.at("2026-03-02T10:00:00+08:00");
        merge(&street, kept, merged, &[]).await.ok();
        let receipts = phone.receipts(&[&begun, &marked]).await;
        assert!(receipts.iter().all(|receipt| receipt["receipt"] == "applied"), "{receipts:?}");
        let list = office.get(&path).await.ok()["site_list"].clone();
        assert_eq!((list.as_array().unwrap().len(), &list[0]["site"]["id"], &list[0]["state"]), (1, &json!(kept), &json!("visiting")));
        // Whoever never had the place there is refused.
        let stranger = phone.command(&[], made, &start(&round, kept));
        assert_eq!(phone.receipts(&[&stranger]).await[0]["code"], "visit_not_yours");
    }
);

crate::on_both!(
    async fn whatever_names_the_older_number_shows_what_stands_for_it(street: Street = four) {
        let office = street.world.browser("office");
        let [kept, merged, ..] = street.sites[..] else { unreachable!() };
        report(&street, merged, "垃圾满溢").await;
        let draft = json!({ "command_id": id(), "title": "整治", "goal": "整治到位", "site_ids": [merged] });
        let task = office.post("/api/tasks", draft).await;
        assert_eq!(task.status, 201, "{task:?}");
        let task = task.json()["id"].as_str().unwrap().to_owned();
        merge(&street, kept, merged, &[]).await.ok();
        for site in [kept, merged] {
            for list in ["problems", "tasks"] {
                let shown = office.get(&format!("/api/{list}?site={site}")).await.ok();
                assert_eq!(shown["total"], 1, "{list} of {site}: {shown}");
                let board = office.get(&format!("/api/{list}/board?site={site}")).await.ok();
                let cards: u64 = board.as_array().unwrap().iter().map(|column| column["count"].as_u64().unwrap()).sum();
                assert_eq!(cards, 1, "{list} of {site}: {board}");
            }
            let rows = crate::lists::lines(&office, &format!("/api/problems/export.xlsx?site={site}")).await;
            assert!(rows.iter().flatten().any(|cell| cell.contains("垃圾满溢")), "{rows:?}");
        }
        let shown = office.get(&format!("/api/tasks/{task}")).await.ok();
        assert_eq!(shown["site_ids"], json!([kept]), "its page leads to the site that stands");
        let found = office.get("/api/sites?q=YX-0002").await.ok();
        assert_eq!(found["items"][0]["id"], json!(kept), "the code on its sheet opens it");
    }
);

crate::on_both!(
    async fn a_merge_is_undone_and_everything_is_where_it_was(street: Street = four) {
        let (office, phone) = (street.world.browser("office"), street.phone("inspector"));
        let [_, _, kept, merged] = street.sites[..] else { unreachable!() };
        let open = street.round("routine", &[kept, merged]).await;
        visited(&street, &phone, &open, merged).await;
        visited(&street, &phone, &open, kept).await;
        report(&street, merged, "甲").await;
        report(&street, kept, "乙").await;
        let path = format!("/api/rounds/{}", open["id"].as_str().unwrap());
        let before = office.get(&path).await.ok()["site_list"].clone();
        merge(&street, kept, merged, &["address", "remark"]).await.ok();
        let page = office.get(&format!("/api/sites/{kept}")).await.ok();
        assert_eq!((titles(&page), page["visits"].as_array().unwrap().len()), (vec!["乙", "甲"], 2));
        let round = office.get(&path).await.ok();
        assert_eq!(round["site_list"].as_array().unwrap().len(), 1, "one place, once: {round}");
        report(&street, kept, "丙").await;

        unmerge(&street, kept, merged).await.ok();
        let (page, other) = (office.get(&format!("/api/sites/{kept}")).await.ok(), office.get(&format!("/api/sites/{merged}")).await.ok());
        assert_eq!((titles(&page), titles(&other)), (vec!["丙", "乙"], vec!["甲"]), "what came since stays");
        assert_eq!((&other["id"], &other["retired"]), (&json!(merged), &json!(false)));
        let sorted = |list: &Value| {
            let mut rows: Vec<String> = list.as_array().unwrap().iter().map(Value::to_string).collect();
            rows.sort();
            rows
        };
        assert_eq!(sorted(&office.get(&path).await.ok()["site_list"]), sorted(&before));
        let offered = street.world.browser("admin").get("/api/sites/duplicates").await.ok();
        let again = |pair: &&Value| pair["one"]["id"] == json!(kept) && pair["other"]["id"] == json!(merged);
        assert!(!offered.as_array().unwrap().iter().any(|pair| again(&pair)), "what was parted is not offered again");
        assert_eq!(unmerge(&street, kept, merged).await.code(), "merge_not_found");
    }
);
