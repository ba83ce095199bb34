//! Second visits: planned, blind to what the first one saw, and never a second problem of the same fault.

use serde_json::{Value, json};

use crate::street::{Phone, Street, Waiting, finish, id, mark, start};
use crate::world::Backend;

async fn two(backend: Backend) -> Street {
    Street::on(backend, 2).await
}

/// A finished visit with a fault of the first item; gives it with its finding.
async fn visited(street: &Street, phone: &Phone, round: &Value, site: usize, number: usize) -> Value {
    let photo = phone.photo(number).await;
    let made = "2026-03-02T08:30:00+08:00";
    let begun = phone.command(&[], made, &start(round, street.sites[site]));
    let mut commands = vec![begun.clone()];
    for (position, item) in street.items.iter().enumerate() {
        let work = match position {
            0 => mark(*item, 2, std::slice::from_ref(&photo)),
            _ => mark(*item, 0, &[]),
        };
        commands.push(phone.command(&[&begun], made, &work));
    }
    commands.push(phone.command(&commands.iter().collect::<Vec<_>>(), made, &finish(&street.items)));
    let receipts = phone.receipts(&commands.iter().collect::<Vec<&Waiting>>()).await;
    assert!(receipts.iter().all(|receipt| receipt["receipt"] == "applied"), "{receipts:?}");
    let visit = receipts[0]["subject_id"].as_str().unwrap();
    let visit = street.world.browser("office").get(&format!("/api/visits/{visit}")).await.ok();
    let finding = visit["findings"].as_array().unwrap().iter().find(|finding| finding["pass"] == false).unwrap().clone();
    json!({ "id": visit["id"], "purpose": visit["purpose"], "finding": finding["id"], "media": finding["media_ids"][0] })
}

crate::on_both!(
    async fn a_second_visit_is_planned_and_sees_nothing_of_the_first(street: Street = two) {
        let round = street.round("mock", &street.sites).await;
        let path = format!("/api/rounds/{}", round["id"].as_str().unwrap());
        let office = street.world.browser("office");
        let first = street.world.yunxi.people["inspector"];
        let other = street.another_inspector("supervisor").await;
        let plan = |person: Value| json!({ "command_id": id(), "inspector_id": person, "purpose": "agreement" });
        let place = format!("{path}/inspectors/{}", street.sites[0]);
        assert_eq!(office.put(&place, plan(json!(first))).await.code(), "visit_second_knows");
        let planned = office.put(&place, plan(json!(other))).await.ok();
        assert_eq!(planned["site_list"][0]["second"]["name"], "supervisor", "{planned}");
        assert_eq!(planned["site_list"][0]["inspector"]["id"], json!(first), "the first keeps it");

        let seen = visited(&street, &street.phone("inspector"), &round, 0, 1).await;
        assert_eq!(seen["purpose"], "assess");
        let confirm = json!({ "command_id": id(), "finding_ids": [seen["finding"]] });
        let made = office.post(&format!("{path}/confirm"), confirm).await.ok();
        assert_eq!(made["results"][0]["ok"], true, "{made}");

        // The second one is given the site, and nothing that was found there.
        let second = street.world.browser("supervisor");
        let mine = second.get("/api/my/visits").await.ok();
        assert_eq!((mine.as_array().unwrap().len(), &mine[0]["state"]), (1, &json!("waiting")), "{mine}");
        let pulled = street.phone("supervisor").pull(0).await;
        assert_eq!((&pulled["visits"][0]["state"], &pulled["visits"][0]["past_problems"]), (&json!("waiting"), &json!([])));
        let shown = second.get(&path).await.ok();
        let kept = [&shown["visited"], &shown["findings"], &shown["faults"], &shown["site_list"][0]["state"], &shown["site_list"][0]["visit_id"]];
        assert_eq!(json!(kept), json!([0, 0, 0, "waiting", null]));
        assert_eq!(shown["site_list"][0]["second"], Value::Null, "whose second visit it is stands nowhere");
        let visit = format!("/api/visits/{}", seen["id"].as_str().unwrap());
        assert_eq!(second.get(&visit).await.code(), "visit_not_found");
        assert_eq!(second.get(&format!("{path}/proposals")).await.ok(), json!([]));
        let site = second.get(&format!("/api/sites/{}", street.sites[0])).await.ok();
        assert_eq!(site["visits"], json!([]));
        let list = second.get("/api/rounds").await.ok();
        assert_eq!(list["items"][0]["faults"], 0);
        let heat = second.get("/api/sites.geojson?heat=failed").await.ok();
        let heat = heat["features"].as_array().unwrap().iter().map(|one| one["properties"]["heat"].as_u64().unwrap());
        assert_eq!(heat.sum::<u64>(), 0);

        let again = visited(&street, &street.phone("supervisor"), &round, 0, 2).await;
        assert_eq!(again["purpose"], "agreement");
        let quality = office.get(&format!("{path}/agreement")).await.ok();
        assert_eq!((&quality["agreement"]["pairs"], &quality["agreement"]["same"]), (&json!(3), &json!(3)));
        let proposals = office.get(&format!("{path}/proposals")).await.ok();
        assert_eq!((proposals.as_array().unwrap().len(), &proposals[0]["purpose"]), (1, &json!("agreement")));
        let confirm = json!({ "command_id": id(), "finding_ids": [again["finding"]] });
        let joined = office.post(&format!("{path}/confirm"), confirm).await.ok();
        assert_eq!(joined["results"][0]["problem_id"], made["results"][0]["problem_id"], "the same fault, the same problem");
        assert_eq!(office.get("/api/problems").await.ok()["total"], 1);

        street.close(round["id"].as_str().unwrap()).await;
        assert_eq!(second.get(&visit).await.status, 200, "what is over may be read");
    }
);

crate::on_both!(
    async fn a_second_visit_that_comes_first_measures_agreement_all_the_same(street: Street = two) {
        let round = street.round("mock", &street.sites[..1]).await;
        let path = format!("/api/rounds/{}", round["id"].as_str().unwrap());
        let office = street.world.browser("office");
        let other = street.another_inspector("supervisor").await;
        let plan = json!({ "command_id": id(), "inspector_id": other, "purpose": "agreement" });
        office.put(&format!("{path}/inspectors/{}", street.sites[0]), plan).await.ok();
        let second = visited(&street, &street.phone("supervisor"), &round, 0, 1).await;
        assert_eq!((&second["purpose"], &office.get(&path).await.ok()["visited"]), (&json!("agreement"), &json!(0)));
        let first = visited(&street, &street.phone("inspector"), &round, 0, 2).await;
        assert_eq!(first["purpose"], "assess");
        let shown = office.get(&path).await.ok();
        assert_eq!((&shown["visited"], &shown["site_list"][0]["visit_id"]), (&json!(1), &first["id"]));

        // Both at once, the second one named first: one problem, of the first look, with both photographs.
        let confirm = json!({ "command_id": id(), "finding_ids": [second["finding"], first["finding"]] });
        let made = office.post(&format!("{path}/confirm"), confirm).await.ok();
        let of: Vec<&Value> = made["results"].as_array().unwrap().iter().map(|one| &one["finding_id"]).collect();
        assert_eq!(json!(of), json!([second["finding"], first["finding"]]), "answered as asked");
        assert_eq!(made["results"][0]["problem_id"], made["results"][1]["problem_id"]);
        assert_eq!(office.get("/api/problems").await.ok()["total"], 1);
        let problem = office.get(&format!("/api/problems/{}", made["results"][0]["problem_id"].as_str().unwrap())).await.ok();
        let photos: Vec<&Value> = problem["before"].as_array().unwrap().iter().collect();
        assert_eq!(json!(photos), json!([first["media"], second["media"]]), "{problem}");
        assert_eq!(office.get(&format!("{path}/proposals")).await.ok(), json!([]));
    }
);
