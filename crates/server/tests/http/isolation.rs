//! Two cities in one process, two hundred mixed requests at once: nothing of one is ever seen in the other.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use yipanqi_server::job::worker;

use crate::world::{Browser, Place, World};

/// What a city's people send; every text of it bears the city's name.
async fn send(browser: &Browser, place: &Place, city: &str, number: usize) -> Value {
    let problem = &place.problem;
    let answer = match number % 8 {
        0 | 1 => {
            let body = json!({
                "command_id": uuid::Uuid::now_v7(), "source": "grid_patrol", "title": format!("{city} {number}"),
                "category": "环境卫生", "place_text": format!("{city} 大街"),
            });
            browser.post("/api/problems", body).await
        }
        2 => browser.get("/api/problems?size=500").await,
        3 => browser.get("/api/board").await,
        4 => browser.get("/api/units").await,
        5 => browser.get(&format!("/api/problems/{problem}")).await,
        6 => browser.get("/api/audit").await,
        _ => browser.get("/api/accounts").await,
    };
    answer.ok()
}

crate::on_both!(
    async fn two_hundred_mixed_requests_of_two_cities_leak_nothing(world: World = World::with_problems_on) {
        let sides = [("yunxi", "", &world.yunxi), ("nanjiang", "nanjiang.", &world.nanjiang)];
        let foreign = |place: &Place| -> Vec<String> {
            let units = place.units.values().map(ToString::to_string);
            let people = place.people.values().map(ToString::to_string);
            units.chain(people).chain([place.problem.clone()]).collect()
        };
        let requests = (0..200).map(|number| {
            let (city, prefix, place) = sides[number % 2];
            let other = sides[(number + 1) % 2];
            let forbidden: Vec<String> = foreign(other.2).into_iter().chain([format!("{} ", other.0)]).collect();
            let browser = world.browser(&format!("{prefix}{}", if number / 2 % 8 > 5 { "admin" } else { "office" }));
            let place = place.clone();
            tokio::spawn(async move {
                let text = send(&browser, &place, city, number / 2).await.to_string();
                for word in forbidden {
                    assert!(!text.contains(&word), "{city} saw {word} in answer {number}: {text}");
                }
            })
        });
        for request in requests.collect::<Vec<_>>() {
            request.await.unwrap();
        }
        for (city, prefix, place) in sides {
            let listed = world.browser(&format!("{prefix}office")).get("/api/problems?size=500").await.ok();
            let rows = listed["items"].as_array().unwrap();
            let titles: BTreeSet<&str> = rows.iter().map(|row| row["title"].as_str().unwrap()).collect();
            let own = titles.iter().filter(|title| title.starts_with(city)).count();
            assert_eq!((own, rows.len()), (26, 27), "25 or 26 registrations of {city} and the first problem: {titles:?}");
            worker::drain(&world.app, &place.city).await.unwrap();
            let verdict = yipanqi_store::audit::verify(&place.city.read().await.unwrap(), &[]).await.unwrap();
            assert_eq!(verdict.fault, None);
        }
    }
);
