//! Mail against a server of our own: one letter a receiver, how many and never what, tried again when the server is away.

use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::on_both;
use crate::world::{Backend, World};

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

type Letters = Arc<Mutex<Vec<String>>>;

/// Takes every letter and keeps it as it came.
async fn listen() -> (u16, Letters) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let letters = Letters::default();
    let kept = Arc::clone(&letters);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, Arc::clone(&kept)));
        }
    });
    (port, letters)
}

async fn talk(stream: TcpStream, letters: Letters) {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    writing.write_all(b"220 test\r\n").await.unwrap();
    let mut letter: Option<String> = None;
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(text) = &mut letter {
            if line == "." {
                letters.lock().unwrap().push(letter.take().unwrap_or_default());
                writing.write_all(b"250 kept\r\n").await.unwrap();
            } else {
                text.push_str(&line);
                text.push('\n');
            }
            continue;
        }
        let answer: &[u8] = match line.split(' ').next().unwrap_or_default() {
            "DATA" => {
                letter = Some(String::new());
                b"354 go on\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            _ => b"250 test\r\n",
        };
        writing.write_all(answer).await.unwrap();
    }
}

/// The letter as a reader sees it: its quoted-printable or base64 body decoded.
fn read(letter: &str) -> String {
    let (head, body) = letter.split_once("\n\n").unwrap_or((letter, ""));
    if head.to_lowercase().contains("base64") {
        let text: String = body.split_whitespace().collect();
        return String::from_utf8_lossy(&decoded(&text)).into_owned();
    }
    let joined = body.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = (first == b'=').then(|| after.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn decoded(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::new();
    for chunk in text.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = chunk.iter().enumerate().fold(0, |bits, (place, byte)| bits | value(*byte) << (18 - 6 * place));
        bytes.extend(bits.to_be_bytes()[1..chunk.len()].iter());
    }
    bytes
}

#[tokio::test]
async fn a_bulk_assignment_is_one_letter_that_says_how_many_and_never_what() {
    let (port, letters) = listen().await;
    let mail = json!({"host": "127.0.0.1", "port": port, "security": "none", "from": "yipanqi@example.cn"});
    let world = World::with(Backend::Sqlite, |config| config.mail = Some(serde_json::from_value(mail).unwrap())).await;
    let (office, liaison) = (world.browser("office"), world.browser("liaison"));
    let chosen = json!({"command_id": new_id(), "ways": [{"kind": "assigned", "way": "mail"}], "address": "liaison@example.cn"});
    liaison.put("/api/my/notice-ways", chosen).await.ok();
    let mut ids = Vec::new();
    for number in 0..5 {
        let body = json!({"command_id": new_id(), "source": "higher_feedback", "title": format!("涉密地点{number}"),
                          "category": "市政", "place_text": "东街"});
        let problem = office.post("/api/problems", body).await.ok();
        ids.push(json!({"id": problem["id"], "version": problem["version"]}));
    }
    let unit = world.yunxi.units["urban"].to_string();
    let limit = json!({"unit": "natural_days", "count": 3});
    let body = json!({"command_id": new_id(), "command": "assign", "ids": ids, "unit_id": unit, "limit": limit});
    office.post("/api/problems/bulk", body).await.ok();
    assert_eq!(yipanqi_server::job::worker::drain(&world.app, &world.yunxi.city).await.unwrap(), 1, "one letter");
    let letters = letters.lock().unwrap();
    assert_eq!(letters.len(), 1, "{letters:?}");
    let read = read(&letters[0]);
    assert!(read.contains("交办问题：5 件"), "{read}");
    assert!(!read.contains("涉密") && !letters[0].contains("东街"), "{read}");
    assert!(letters[0].contains("liaison@example.cn"));
}

on_both! {
    async fn who_wants_a_digest_hears_once_a_day_of_each_kind(backend: Backend = std::future::ready) {
        let (port, letters) = listen().await;
        let mail = json!({"host": "127.0.0.1", "port": port, "security": "none", "from": "yipanqi@example.cn"});
        let world = World::with(backend, |config| {
            config.mail = Some(serde_json::from_value(mail).unwrap());
            config.session_hours = 24 * 30;
        })
        .await;
        let (office, liaison) = (world.browser("office"), world.browser("liaison"));
        let chosen = json!({"command_id": new_id(), "ways": [{"kind": "assigned", "way": "digest"}, {"kind": "urged", "way": "digest"}],
                            "address": "liaison@example.cn"});
        liaison.put("/api/my/notice-ways", chosen).await.ok();
        let notices = async || {
            let list = liaison.get("/api/my/notices").await.ok();
            let one = |one: &serde_json::Value| (one["kind"].as_str().unwrap().to_owned(), one["count"].as_u64().unwrap());
            list["items"].as_array().unwrap().iter().map(one).collect::<std::collections::BTreeSet<_>>()
        };
        let assigned = async |title: &str| {
            let body = json!({"command_id": new_id(), "source": "higher_feedback", "title": title, "category": "市政", "place_text": "东街"});
            let problem = office.post("/api/problems", body).await.ok();
            let path = format!("/api/problems/{}/commands", problem["id"].as_str().unwrap());
            let body = json!({"command_id": new_id(), "version": problem["version"], "command": "assign",
                              "unit_id": world.yunxi.units["urban"].to_string(), "limit": {"unit": "natural_days", "count": 3}});
            let problem = office.post(&path, body).await.ok();
            office.post(&path, json!({"command_id": new_id(), "version": problem["version"], "command": "urge", "note": "请抓紧"})).await.ok();
        };
        let city = &world.yunxi.city;
        // What recurs is noted first, so that only its next times count.
        yipanqi_server::job::worker::begin_recurring(&world.app, city).await.unwrap();
        yipanqi_server::job::worker::drain(&world.app, city).await.unwrap();
        for number in 0..4 {
            assigned(&format!("涉密{number}")).await;
        }
        assert_eq!(notices().await, [].into(), "nothing comes one by one");
        let head = world.browser("head").get("/api/my/notices").await.ok();
        assert_eq!(head["total"], 8, "who has not chosen hears at once");
        for (moment, letter_count) in [("2026-03-03T07:29:00+08:00", 0), ("2026-03-03T07:30:00+08:00", 1), ("2026-03-03T08:30:00+08:00", 1)] {
            world.at(moment);
            yipanqi_server::job::worker::begin_recurring(&world.app, city).await.unwrap();
            yipanqi_server::job::worker::drain(&world.app, city).await.unwrap();
            assert_eq!(letters.lock().unwrap().len(), letter_count, "{moment}");
        }
        assert_eq!(notices().await, [("assigned".to_owned(), 4), ("urged".to_owned(), 4)].into(), "one of each kind");
        let letter = read(&letters.lock().unwrap()[0]);
        assert!(letter.contains("交办问题：4 件") && letter.contains("催办：4 件") && !letter.contains("涉密"), "{letter}");
        world.at("2026-03-04T07:30:00+08:00");
        yipanqi_server::job::worker::begin_recurring(&world.app, city).await.unwrap();
        yipanqi_server::job::worker::drain(&world.app, city).await.unwrap();
        assert_eq!((letters.lock().unwrap().len(), notices().await.len()), (1, 2), "what was told is not told again");
    }
}
