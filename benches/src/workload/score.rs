//! The score of a round in which every site was visited: in full against the same computation in SQL and an independent
//! script, followed site by site against in full, drawn again, and its pages against raw statements.

use std::collections::{HashMap, HashSet};
use std::hint::black_box;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::{Edition, Method, NotApplicable, Rule, Scope, SiteMean};
use yipanqi_domain::id::{RoundId, SiteId};
use yipanqi_domain::round::{FindingResult, Grade, RoundKind, RoundState, VisitPurpose};
use yipanqi_domain::score::{self, LossPolicy, RoundSheet};
use yipanqi_domain::site::Judgement;
use yipanqi_domain::statistics::{Frames, Sample, intervals};
use yipanqi_server::round::visit::Meaning;
use yipanqi_server::score::figures;
use yipanqi_server::score::sheet::Inputs;
use yipanqi_server::site::checklist::judgement;
use yipanqi_store::checklist::{self, Item};
use yipanqi_store::round::{self, FindingRow, Round, RoundSite, VisitRow};
use yipanqi_store::site::Site;
use yipanqi_store::{framework, site, testing};

use crate::city::Bench;
use crate::report::{Line, middle, once};

/// Sites that the independent script is given at most.
const SCRIPTED: usize = 150;

/// Runs it.
pub async fn run(bench: &Bench) -> anyhow::Result<Vec<Line>> {
    let visited = Visited::new(bench).await?;
    let round = &visited.round;
    let inputs = async || {
        let tx = bench.city.read().await?;
        Inputs::read(&tx, round).await.map_err(|error| anyhow::anyhow!("{error}"))
    };
    let read = middle(bench.size.repeats(), async || inputs().await.map(drop)).await?;
    let inputs = inputs().await?;
    let note = format!("{} sites, {} findings", inputs.sheet.sites.len(), inputs.sheet.findings.len());

    // The same computation in SQL: every measure at sites by three grades, the mean of items, then of sites.
    let graded = graded(&inputs.edition);
    let query = in_sql(bench, round).await?;
    let raw = middle(bench.size.repeats(), async || {
        black_box(testing::number(&bench.city, &query).await);
        Ok(())
    })
    .await?;
    let computed = middle(bench.size.repeats(), async || {
        black_box(score::score(&graded, &inputs.sheet));
        Ok(())
    })
    .await?;
    let tree = score::score(&graded, &inputs.sheet);
    let on_site = tree.by_method.iter().find(|of| of.method == Method::OnSite).map(|of| of.figure.earned.nano() as f64 / 1e9);
    let summed = testing::number(&bench.city, &query).await;
    let ours = on_site.unwrap_or_default();
    ensure!((ours - summed).abs() < 1e-6, "{ours} points, in SQL {summed}");
    let same = format!("{note}; {ours:.6} points both");
    let judged = independent(&inputs.edition, &inputs.sheet)?;

    let policy = figures::loss_policy();
    let whole = middle(bench.size.repeats(), async || {
        black_box(figures::of(&inputs, &policy));
        Ok(())
    })
    .await?;
    let at = bench.app.clock().now();
    let current = async || {
        let figures = figures::current(&bench.city, Bench::author(), at, round).await;
        figures.map(drop).map_err(|error| anyhow::anyhow!("{error}"))
    };
    let (first, ()) = once(current()).await?;
    let kept = middle(bench.size.repeats(), current).await?;
    let (followed, again) = visited.one_by_one(bench, &policy).await?;

    let frames: Frames = inputs.sheet.sites.iter().map(|site| (site.site_type.clone(), u32::MAX)).collect();
    let scored = score::score(&inputs.edition, &inputs.sheet);
    let sample = Sample::of(&inputs.edition, &scored, &frames);
    let plain = middle(bench.size.repeats(), async || {
        black_box(score::score(&inputs.edition, &inputs.sheet));
        Ok(())
    })
    .await?;
    let mut nodes = 0;
    let (drawn, ()) = once(async {
        nodes = intervals(&sample, "bench", 2_000).nodes.len();
        Ok(())
    })
    .await?;

    let page = async |path: String| {
        middle(bench.size.repeats(), async || {
            bench.client.get(&bench.office, &path).await?;
            Ok(())
        })
        .await
    };
    let shown = page(format!("/api/rounds/{}/score", round.id)).await?;
    let stakes = page(format!("/api/rounds/{}/score/stakes", round.id)).await?;
    let findings = format!("SELECT f.* FROM finding f JOIN visit v ON v.id = f.visit_id WHERE v.round_id = '{}'", round.id);
    let rows = middle(bench.size.repeats(), async || {
        testing::rows(&bench.city, &findings).await;
        Ok(())
    })
    .await?;
    let line = |what: &str, took, against, baseline, note: &str| Line {
        what: what.to_owned(),
        took,
        against,
        baseline,
        note: note.to_owned(),
    };
    let (sql, table) = ("the same computation in SQL", "the findings read as rows");
    Ok(vec![
        line("score: reading the round", read, table, rows, &note),
        line("score: computing by three grades", computed, sql, raw, &same),
        line("score: computing by the edition's rules", plain, sql, raw, &judged),
        line("score: figures of units with it", whole, sql, raw, ""),
        line("score: read, compute and keep", first, sql, raw, ""),
        line("score: one more site, followed and kept", followed, "the same in full", again, "equal, byte for byte"),
        line("score: asked again", kept, sql, raw, ""),
        line("score: 2,000 replicates", drawn, "computing once", plain, &format!("{nodes} nodes with intervals")),
        line("score: the page", shown, table, rows, ""),
        line("score: the stakes page", stakes, table, rows, ""),
    ])
}

/// The edition with three grades for everything that is judged at sites.
fn graded(edition: &Edition) -> Edition {
    let mut graded = edition.clone();
    graded.working_scale = None;
    graded.site_mean = SiteMean::Sites;
    graded.not_applicable = NotApplicable::Leaves;
    for measure in
        graded.nodes.iter_mut().filter_map(|node| node.criterion.as_mut()).flat_map(|criterion| &mut criterion.measures)
    {
        if measure.method == Method::OnSite {
            measure.rule = Some(Rule::three_grades());
            measure.scope = Some(Scope::Site);
        }
    }
    graded
}

async fn in_sql(bench: &Bench, round: &Round) -> anyhow::Result<String> {
    let tx = bench.city.read().await?;
    let id = round.edition.context("no edition")?;
    let tree = framework::edition(&tx, id).await?;
    let families = framework::frameworks(&tx).await?;
    let family = families.iter().find(|known| known.id == tree.row.framework).context("no framework")?;
    Ok(format!(
        "SELECT sum(CAST(m.points_nano AS double precision) * r.rate) / 1e9 FROM (
           SELECT node_id, avg(site_rate) AS rate FROM (
             SELECT n.id AS node_id, v.site_id, avg(CASE f.grade WHEN 'met' THEN 1.0 WHEN 'mostly_met' THEN 0.6 ELSE 0.0 END) AS site_rate
             FROM visit v JOIN finding f ON f.visit_id = v.id
             JOIN (SELECT DISTINCT item_id, citation_key FROM item_criterion
                   WHERE framework_code = '{}' AND (edition_id IS NULL OR edition_id = '{id}')) c ON c.item_id = f.item_id
             JOIN node n ON n.edition_id = '{id}' AND n.citation_key = c.citation_key AND n.is_criterion
             WHERE v.round_id = '{}' AND v.finished_at IS NOT NULL AND f.applicable
             GROUP BY n.id, v.site_id) s
           GROUP BY node_id) r
         JOIN measure m ON m.node_id = r.node_id AND m.method = 'on_site'",
        family.code, round.id
    ))
}

/// What the independent script in exact fractions says of the same edition and sheet; it has to say the same.
fn independent(edition: &Edition, sheet: &RoundSheet) -> anyhow::Result<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/domain/tests/oracle");
    let script = "import json, sys; sys.path.insert(0, sys.argv[1]); from score_oracle import score; \
                  case = json.load(sys.stdin); print(json.dumps(score(case['edition'], case['sheet'])['earned']))";
    let child = Command::new("python3")
        .args(["-c", script, folder])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else { return Ok("no python3 for the independent script".to_owned()) };
    // The script looks through all findings again and again; some sites say as much as all of them.
    let mut sheet = sheet.clone();
    sheet.sites.truncate(SCRIPTED);
    let sites: HashSet<SiteId> = sheet.sites.iter().map(|site| site.site).collect();
    sheet.findings.retain(|finding| sites.contains(&finding.site));
    let case = serde_json::json!({ "edition": edition, "sheet": sheet });
    child.stdin.take().context("no pipe")?.write_all(case.to_string().as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "the independent script failed");
    let said: Exact = serde_json::from_slice::<String>(&output.stdout)?.parse()?;
    let earned = score::score(edition, &sheet).total.earned;
    ensure!(said == earned, "{} points, the independent script says {}", earned.as_fraction(), said.as_fraction());
    Ok(format!("{} points at {} sites, as the independent script says", earned.published(6), sites.len()))
}

/// A round in which every site was visited but for a few, a sixth of the findings bad.
struct Visited {
    round: Round,
    items: HashMap<Uuid, Vec<Item>>,
    /// Sites that are visited later, one by one.
    waiting: Vec<Site>,
}

impl Visited {
    async fn new(bench: &Bench) -> anyhow::Result<Self> {
        let tx = bench.city.read().await?;
        let editions = framework::editions(&tx).await?;
        let edition = editions.iter().max_by_key(|edition| edition.year).context("no edition")?.id;
        let mut sites = site::all(&tx).await?;
        sites.retain(|site| site.site_type.is_some());
        sites.truncate(usize::try_from(bench.size.sites())? + bench.size.repeats());
        let mut items: HashMap<Uuid, Vec<Item>> = HashMap::new();
        for item in checklist::items(&tx, None).await?.iter() {
            items.entry(item.site_type).or_default().push(item.clone());
        }
        drop(tx);
        // Five years of rounds lie there already, each of a third of the sites.
        for old in 0..bench.size.rounds() {
            let third: Vec<Site> = sites.iter().skip(old % 3).step_by(3).cloned().collect();
            let round = begun(bench, format!("2024-{old:02}"), RoundState::Closed, edition, &third).await?;
            visit(bench, &round, &items, &third).await?;
        }
        let round = begun(bench, "2025-99".to_owned(), RoundState::Open, edition, &sites).await?;
        let waiting = sites.split_off(sites.len().saturating_sub(bench.size.repeats()).max(1));
        visit(bench, &round, &items, &sites).await?;
        Ok(Self { round, items, waiting })
    }

    /// The middle times of taking one more visited site into the figures: followed, and computed in full.
    async fn one_by_one(&self, bench: &Bench, policy: &LossPolicy) -> anyhow::Result<(Duration, Duration)> {
        let at = bench.app.clock().now();
        let (mut followed, mut full) = (Vec::new(), Vec::new());
        for site in &self.waiting {
            visit(bench, &self.round, &self.items, std::slice::from_ref(site)).await?;
            let (took, told) = once(async {
                let told = figures::current(&bench.city, Bench::author(), at, &self.round).await;
                told.map_err(|error| anyhow::anyhow!("{error}"))
            })
            .await?;
            followed.push(took);
            let (took, figures) = once(async {
                let tx = bench.city.read().await?;
                let inputs = Inputs::read(&tx, &self.round).await.map_err(|error| anyhow::anyhow!("{error}"))?;
                Ok(figures::of(&inputs, policy))
            })
            .await?;
            full.push(took);
            ensure!(*told.figures == figures, "what was followed differs from what was computed");
        }
        let middle = |mut times: Vec<Duration>| {
            times.sort();
            times.get(times.len() / 2).copied().unwrap_or_default()
        };
        Ok((middle(followed), middle(full)))
    }
}

/// A round of these sites.
async fn begun(bench: &Bench, number: String, state: RoundState, edition: Uuid, sites: &[Site]) -> anyhow::Result<Round> {
    let now = bench.app.clock().now();
    let round = Round {
        id: RoundId::new(Uuid::now_v7()),
        number,
        name: "bench".to_owned(),
        kind: RoundKind::Mock,
        state,
        edition: Some(edition),
        opened_on: chrono::NaiveDate::from_ymd_opt(2025, 8, 1).context("a day")?,
        due_on: None,
        closed_at: (state == RoundState::Closed).then_some(now),
        draw: None,
        version: 0,
    };
    let row = |(position, site): (i64, &Site)| RoundSite {
        id: Uuid::now_v7(),
        round: round.id,
        site: site.id,
        inspector: None,
        given_at: None,
        second: None,
        earlier: Vec::new(),
        position,
        visit_on: None,
        stop: None,
        version: 0,
    };
    let rows: Vec<RoundSite> = (0..).zip(sites).map(row).collect();
    let tx = bench.city.write(Bench::author(), now).await?;
    round::add(&tx, &round, &rows).await?;
    tx.commit().await?;
    Ok(round)
}

/// Visits these sites, a sixth of the findings bad.
async fn visit(bench: &Bench, round: &Round, items: &HashMap<Uuid, Vec<Item>>, sites: &[Site]) -> anyhow::Result<()> {
    let now = bench.app.clock().now();
    let tx = bench.city.write(Bench::author(), now).await?;
    let meaning = Meaning::of(&tx, round).await.map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut count = 0;
    for site in sites {
        let visit = VisitRow {
            id: Uuid::now_v7(),
            round: round.id,
            site: site.id,
            inspector: None,
            ordinal: 1,
            purpose: VisitPurpose::Assess,
            arrived_at: None,
            begun_at: None,
            ended_at: None,
            accuracy_m: None,
            started_at: now,
            finished_at: Some(now),
            longitude: None,
            latitude: None,
            version: 0,
        };
        round::add_visit(&tx, &visit).await?;
        let items = site.site_type.and_then(|of| items.get(&of)).map(Vec::as_slice).unwrap_or_default();
        let findings: Vec<_> = items
            .iter()
            .map(|item| {
                count += 1;
                let result = result(item, count);
                let verdict = meaning.verdict(item, &result);
                let finding = FindingRow {
                    id: Uuid::now_v7(),
                    visit: visit.id,
                    item: item.id,
                    result,
                    phrase: String::new(),
                    note: String::new(),
                    made_at: now,
                    marked_at: None,
                    problem: None,
                    media: Vec::new(),
                };
                (finding, verdict)
            })
            .collect();
        round::add_findings(&tx, &findings).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn result(item: &Item, count: usize) -> FindingResult {
    let bad = count % 6 == 5;
    match judgement(item) {
        None | Some(Judgement::PassFail) => FindingResult::PassFail { pass: !bad },
        Some(Judgement::Grade) => FindingResult::Grade { grade: if bad { Grade::MostlyMet } else { Grade::Met } },
        Some(Judgement::FaultCount) => FindingResult::faults(if bad { 2 } else { 0 }),
        Some(Judgement::CountAtLeast { n }) => FindingResult::Count { count: if bad { n.saturating_sub(1) } else { n } },
        Some(Judgement::Ratio | Judgement::Percentage { .. }) => {
            FindingResult::Ratio { observed: if bad { 17 } else { 20 }, total: 20 }
        }
        Some(Judgement::Interview { n }) => {
            let asked = n.unwrap_or(4);
            FindingResult::Interview { correct: if bad { asked / 2 } else { asked }, asked }
        }
    }
}
