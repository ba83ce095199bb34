//! The real binary killed at random moments: what it acknowledged is there exactly once, what it did not is there once or
//! not at all, a request sent again gets the first answer, the audit chain verifies, and the jobs go on.
//!
//! `YIPANQI_TORTURE_KILLS` says how often it is killed, `YIPANQI_TORTURE_SEED` repeats a run that failed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use yipanqi_server::clock::Clock;

use crate::world::World;

/// Requests between two kills, on average.
const PER_KILL: usize = 15;
/// People who send at the same time.
const SENDERS: usize = 4;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The binary, serving the world's data; started anew as often as it is killed.
struct Server {
    url: String,
    media: std::path::PathBuf,
    config: std::path::PathBuf,
    address: SocketAddr,
    child: Mutex<Option<Child>>,
}

impl Server {
    fn new(world: &World, folder: &std::path::Path) -> Self {
        let config = folder.join("yipanqi.toml");
        std::fs::write(&config, "test_clock = true\nsweep_seconds = 1\n").unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { url: world.url(), media: world.media(), config, address, child: Mutex::new(None) }
    }

    fn command(&self, clock: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yipanqi"));
        command.env("YIPANQI_MEDIA", &self.media).env("YIPANQI_LOG", "error").stdout(Stdio::piped()).stderr(Stdio::inherit());
        command.arg("--database").arg(&self.url).arg("--config").arg(&self.config).args(["--clock", clock]);
        command
    }

    fn start(&self, clock: &str) {
        let mut command = self.command(clock);
        command.args(["serve", "--listen", &self.address.to_string()]).stdout(Stdio::null());
        *self.child.lock().unwrap() = Some(command.spawn().unwrap());
        let patience = Instant::now() + Duration::from_secs(60);
        while !matches!(ask(self.address, "GET", "/readyz", "", None), Some((200, _))) {
            assert!(Instant::now() < patience, "the server does not start again");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// SIGKILL: nothing is finished, nothing is flushed.
    fn kill(&self) {
        if let Some(mut child) = self.child.lock().unwrap().take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// One request over a connection of its own; nothing if the answer did not come back whole.
fn ask(to: SocketAddr, method: &str, path: &str, token: &str, body: Option<&(String, Vec<u8>)>) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect_timeout(&to, Duration::from_secs(2)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let empty = (String::new(), Vec::new());
    let (kind, bytes) = body.unwrap_or(&empty);
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\nx-yipanqi: 1\r\ncookie: yipanqi_session={token}\r\n\
         content-type: {kind}\r\ncontent-length: {}\r\n\r\n",
        bytes.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(bytes).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = (String::from_utf8_lossy(&answer[..end]).to_lowercase(), &answer[end + 4..]);
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length: usize = head.split("content-length: ").nth(1)?.split("\r\n").next()?.trim().parse().ok()?;
    (body.len() == length).then(|| (status, serde_json::from_slice(body).unwrap_or(Value::Null)))
}

/// A photograph like no other: a small PNG of colours that the number makes.
fn photo(number: usize) -> Vec<u8> {
    let mut raw = Vec::new();
    for row in 0..4_u8 {
        raw.push(0);
        raw.extend_from_slice(&u32::try_from(number).unwrap().to_be_bytes());
        raw.extend_from_slice(&[row, 7, 9, 1, 2, 3, 4, 5]);
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8], data: &[u8]| {
        png.extend_from_slice(&u32::try_from(data.len()).unwrap().to_be_bytes());
        let body = [kind, data].concat();
        png.extend_from_slice(&body);
        png.extend_from_slice(&crc(&body).to_be_bytes());
    };
    chunk(b"IHDR", &[0, 0, 0, 4, 0, 0, 0, 4, 8, 2, 0, 0, 0]);
    let stored = u16::try_from(raw.len()).unwrap();
    let mut packed = vec![0x78, 0x01, 0x01];
    packed.extend_from_slice(&stored.to_le_bytes());
    packed.extend_from_slice(&(!stored).to_le_bytes());
    packed.extend_from_slice(&raw);
    packed.extend_from_slice(&adler(&raw).to_be_bytes());
    chunk(b"IDAT", &packed);
    chunk(b"IEND", &[]);
    png
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
    };
    !bytes.iter().fold(u32::MAX, step)
}

fn adler(bytes: &[u8]) -> u32 {
    let (low, high) = bytes
        .iter()
        .fold((1_u32, 0_u32), |(low, high), byte| ((low + u32::from(*byte)) % 65521, (high + low + u32::from(*byte)) % 65521));
    (high << 16) | low
}

/// What a sender did, and what it was told.
#[derive(Default)]
struct Deeds {
    /// Titles of problems: whether the registration was acknowledged.
    registered: BTreeMap<String, bool>,
    /// Acknowledged problems by title, with whether the assignment was acknowledged.
    assigned: BTreeMap<String, (String, bool)>,
    /// Photographs by identity.
    photos: BTreeSet<String>,
    /// Imports whose start was acknowledged.
    imports: BTreeSet<String>,
}

struct Sender<'a> {
    server: &'a Server,
    token: &'a str,
    unit: String,
    random: StdRng,
    deeds: Deeds,
}

impl Sender<'_> {
    /// Sends until an answer comes back, or gives up: sometimes a person walks away.
    fn send(&mut self, path: &str, kind: &str, body: Vec<u8>) -> Option<Value> {
        let body = (kind.to_owned(), body);
        let mut walked_away = 30;
        loop {
            match ask(self.server.address, "POST", path, self.token, Some(&body)) {
                Some((status, answer)) if status < 300 => {
                    // Sent again although it was answered: the first answer comes back.
                    if self.random.random_bool(0.1) {
                        let again = ask(self.server.address, "POST", path, self.token, Some(&body));
                        if let Some((status, second)) = again {
                            assert!(status < 300, "{path} sent again: {status} {second}");
                            assert_eq!(second["id"], answer["id"], "{path}: another answer to the same command");
                        }
                    }
                    return Some(answer);
                }
                Some((status, answer)) => panic!("{path}: {status} {answer}"),
                None if walked_away == 0 || self.random.random_bool(0.04) => return None,
                None => {
                    walked_away -= 1;
                    std::thread::sleep(Duration::from_millis(self.random.random_range(20..200)));
                }
            }
        }
    }

    fn json(&mut self, path: &str, body: &Value) -> Option<Value> {
        self.send(path, "application/json", body.to_string().into_bytes())
    }

    fn form(&mut self, path: &str, fields: &str, name: &str, bytes: &[u8]) -> Option<Value> {
        let mut body = fields.as_bytes().to_vec();
        body.extend_from_slice(
            format!("--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--edge--\r\n");
        self.send(path, "multipart/form-data; boundary=edge", body)
    }

    fn deed(&mut self, number: usize) {
        match number % 10 {
            0..=5 => self.register(number),
            6..=8 => {
                let answer = self.form("/api/media", "", "p.png", &photo(number));
                self.deeds.photos.extend(answer.and_then(|answer| Some(answer["id"].as_str()?.to_owned())));
            }
            _ => self.import(number),
        }
    }

    fn register(&mut self, number: usize) {
        let title = format!("torture {number}");
        let body = json!({
            "command_id": uuid::Uuid::now_v7(), "source": "grid_patrol", "title": title, "category": "环境卫生",
            "place_text": "东街 12 号",
        });
        let answer = self.json("/api/problems", &body);
        self.deeds.registered.insert(title.clone(), answer.is_some());
        let Some(problem) = answer else { return };
        let id = problem["id"].as_str().unwrap().to_owned();
        let assign = json!({
            "command_id": uuid::Uuid::now_v7(), "version": problem["version"], "command": "assign", "unit_id": self.unit,
            "limit": { "unit": "natural_days", "count": 3 },
        });
        let answer = self.json(&format!("/api/problems/{id}/commands"), &assign);
        self.deeds.assigned.insert(title, (id, answer.is_some()));
    }

    fn import(&mut self, number: usize) {
        let mut rows = "全称,代码,单位性质\r\n".to_owned();
        for row in 0..30 {
            rows.push_str(&format!("第{number}之{row}局,T{number:05}-{row:02},部门\r\n"));
        }
        let field =
            |name: &str, value: &str| format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        let fields = field("kind", "units") + &field("command_id", &uuid::Uuid::now_v7().to_string());
        let Some(run) = self.form("/api/imports", &fields, "units.csv", rows.as_bytes()) else { return };
        let id = run["id"].as_str().unwrap().to_owned();
        let start = json!({ "command_id": uuid::Uuid::now_v7(), "version": run["version"] });
        if self.json(&format!("/api/imports/{id}/start"), &start).is_some() {
            self.deeds.imports.insert(id);
        }
    }
}

/// Prints how to repeat the run when the test fails.
struct Repeat(u64);

impl Drop for Repeat {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("repeat with YIPANQI_TORTURE_SEED={}", self.0);
        }
    }
}

/// Notes that a sender has ended, also by a panic: nobody need wait for it.
struct Gone<'a>(&'a AtomicUsize);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// The answer of a page of the restarted server.
fn page(server: &Server, token: &str, path: &str) -> Value {
    let (status, answer) = ask(server.address, "GET", path, token, None).unwrap();
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

fn torture(world: &World) {
    let seed = number("YIPANQI_TORTURE_SEED").unwrap_or_else(|| rand::rng().random());
    let kills = usize::try_from(number("YIPANQI_TORTURE_KILLS").unwrap_or(20)).unwrap();
    let _repeat = Repeat(seed);
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(world, folder.path());
    let clock = Clock::argument_for(world.app.clock().now());
    server.start(&clock);
    let (next, gone) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let token = world.token("office");
    let deeds: Mutex<Vec<Deeds>> = Mutex::default();
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (next, server, deeds, gone) = (&next, &server, &deeds, &gone);
            let unit = world.yunxi.units["urban"].to_string();
            let random = StdRng::seed_from_u64(seed.wrapping_add(sender as u64));
            scope.spawn(move || {
                let _gone = Gone(gone);
                let mut sender = Sender { server, token, unit, random, deeds: Deeds::default() };
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= kills * PER_KILL {
                        break;
                    }
                    sender.deed(number);
                }
                deeds.lock().unwrap().push(sender.deeds);
            });
        }
        let mut random = StdRng::seed_from_u64(seed);
        for kill in 1..=kills {
            // Somewhere between this kill's share of requests and the next.
            let patience = Instant::now() + Duration::from_secs(120);
            while next.load(Ordering::SeqCst) < kill * PER_KILL - SENDERS && Instant::now() < patience {
                assert!(gone.load(Ordering::SeqCst) == 0 || next.load(Ordering::SeqCst) >= kills * PER_KILL, "a sender has died");
                std::thread::sleep(Duration::from_millis(2));
            }
            std::thread::sleep(Duration::from_millis(random.random_range(0..80)));
            server.kill();
            server.start(&clock);
        }
    });
    judge(world, &server, &clock, deeds.into_inner().unwrap());
}

fn judge(world: &World, server: &Server, clock: &str, deeds: Vec<Deeds>) {
    let token = world.token("office");
    // Ten minutes later every lease that a killed process held has run out.
    server.kill();
    let seconds: i64 = clock.trim_start_matches("offset:").trim_end_matches('s').parse().unwrap();
    server.start(&format!("offset:{}s", seconds + 600));
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for number in 1.. {
        let listed = page(server, token, &format!("/api/problems?size=200&page={number}&sort=number"));
        let rows = listed["items"].as_array().unwrap();
        for row in rows {
            let [title, id] = ["title", "id"].map(|name| row[name].as_str().unwrap().to_owned());
            found.entry(title).or_default().push(id);
        }
        if rows.is_empty() {
            break;
        }
    }
    let acknowledged = |deeds: &[Deeds]| deeds.iter().map(|deeds| deeds.photos.len() + deeds.assigned.len()).sum::<usize>();
    assert!(acknowledged(&deeds) > 50, "hardly anything was acknowledged");
    for deeds in &deeds {
        for (title, acknowledged) in &deeds.registered {
            let count = found.get(title).map_or(0, Vec::len);
            assert!(count <= 1, "{title} is there {count} times");
            assert!(count == 1 || !acknowledged, "{title} was acknowledged and is not there");
        }
        for (title, (id, acknowledged)) in &deeds.assigned {
            let problem = page(server, token, &format!("/api/problems/{id}"));
            let history = problem["steps"].as_array().unwrap();
            let count = history.iter().filter(|step| step["command"] == "assign").count();
            assert!(count <= 1 && (count == 1 || !acknowledged), "{title} was assigned {count} times: {problem}");
        }
        for id in &deeds.photos {
            assert_eq!(ask(server.address, "GET", &format!("/api/media/{id}/thumb"), token, None).unwrap().0, 200, "photo {id}");
        }
    }
    let patience = Instant::now() + Duration::from_secs(120);
    loop {
        let jobs = page(server, token, "/api/jobs");
        let open = |job: &&Value| ["waiting", "running"].contains(&job["state"].as_str().unwrap());
        if !jobs["items"].as_array().unwrap().iter().any(|job| open(&job)) {
            break;
        }
        assert!(Instant::now() < patience, "jobs do not go on: {jobs}");
        std::thread::sleep(Duration::from_millis(200));
    }
    for id in deeds.iter().flat_map(|deeds| &deeds.imports) {
        let run = page(server, token, &format!("/api/imports/{id}"));
        assert_eq!(run["state"], "finished", "{run}");
    }
    let verified = server.command(clock).args(["audit", "verify", "--city", "yunxi"]).output().unwrap();
    assert!(verified.status.success(), "the chain is broken: {}", String::from_utf8_lossy(&verified.stdout));
}

crate::on_both!(
    async fn killed_at_random_moments_nothing_acknowledged_is_lost_or_doubled(world: World = World::on) {
        let world = Arc::new(world);
        tokio::task::spawn_blocking(move || torture(&world)).await.unwrap();
    }
);
