//! An independent model: the table again as text, the state machine again by hand.

use proptest::prelude::*;

use super::*;

/// Kind | from | to (`=` stays) | who.
const TABLE: &str = "
Determine         | draft running            | =         | office admin lead
Schedule          | draft running            | =         | office lead
Start             | draft                    | running   | office lead
Report            | running                  | =         | lead support
CompleteMilestone | running                  | =         | lead
Conclude          | running                  | concluded | lead
Sign              | concluded                | signed    | head
Accept            | signed                   | done      | office
Return            | concluded signed         | running   | office head
Postpone          | draft running            | =         | office
HandOver          | draft running concluded signed | =   | office admin
Cancel            | draft running            | cancelled | office
";

/// Name of the actor, what he is on the task led by 3 with 4 in support, the part he reports for.
const ACTORS: [(&str, Role, u128, u128); 9] = [
    ("office", Role::Office, 2, 3),
    ("admin", Role::CityAdmin, 1, 3),
    ("lead head", Role::UnitHead, 3, 3),
    ("lead", Role::Liaison, 3, 3),
    ("support", Role::Officer, 4, 4),
    ("", Role::Liaison, 6, 4),
    ("", Role::UnitHead, 7, 3),
    ("", Role::GridWorker, 3, 3),
    ("lead support head", Role::UnitHead, 1, 4),
];

#[derive(Debug)]
struct Model {
    state: &'static str,
    determined: bool,
    due: bool,
    scheduled: bool,
    milestone_done: bool,
    supported: bool,
    returns: u32,
}

fn cells(kind: CommandKind) -> Option<[&'static str; 4]> {
    let name = format!("{kind:?}");
    TABLE
        .lines()
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>())
        .find(|row| row[0] == name)
        .map(|row| [row[0], row[1], row[2], row[3]])
}

impl Model {
    fn open(&self, kind: CommandKind, by: usize) -> bool {
        let Some([_, from, _, who]) = cells(kind) else { return false };
        let fits = match kind {
            CommandKind::Start => self.determined,
            CommandKind::Schedule => self.due,
            CommandKind::Conclude => self.supported && (!self.scheduled || self.milestone_done),
            CommandKind::CompleteMilestone => self.scheduled && !self.milestone_done,
            _ => true,
        };
        let is = |who: &str| ACTORS[by].0.split(' ').any(|one| one == who);
        from.split(' ').any(|state| state == self.state) && who.split(' ').any(is) && fits
    }

    fn does(&mut self, kind: CommandKind, by: usize) {
        let to = cells(kind).unwrap()[2];
        match kind {
            CommandKind::Determine => (self.determined, self.due) = (true, true),
            CommandKind::Postpone => self.due = true,
            CommandKind::Schedule => self.scheduled = true,
            CommandKind::CompleteMilestone => self.milestone_done = true,
            CommandKind::Report => self.supported |= ACTORS[by].3 == 4,
            CommandKind::Return => self.returns += 1,
            _ => {}
        }
        if to != "=" {
            self.state = to;
        }
    }
}

fn filled(kind: CommandKind, life: &Life, by: usize) -> Command {
    let words = || "说明".to_owned();
    match kind {
        CommandKind::Draft => Command::Draft { task: Box::new(blank()) },
        CommandKind::Determine => Command::Determine { determined: Box::new(determined()) },
        CommandKind::Schedule => {
            let steps = [Step { name: "整治".into(), days: 3 }];
            let mut milestones = plan::backwards(&life.calendar, day("2026-03-02"), day("2026-06-30"), &steps).unwrap();
            milestones[0].done_at = life.task.milestones.first().and_then(|old| old.done_at);
            Command::Schedule { milestones }
        }
        CommandKind::Start => Command::Start,
        CommandKind::Report => Command::Report { unit: unit(ACTORS[by].3), percent: 100, note: words(), evidence: Vec::new() },
        CommandKind::CompleteMilestone => Command::CompleteMilestone { milestone: 0, note: words() },
        CommandKind::Conclude => Command::Conclude { note: words(), evidence: Vec::new() },
        CommandKind::Sign => Command::Sign { note: None },
        CommandKind::Accept => Command::Accept { note: None },
        CommandKind::Return => Command::Return { reason: words() },
        CommandKind::Postpone => Command::Postpone { due_on: day("2026-06-30"), reason: words() },
        CommandKind::HandOver => Command::HandOver { to: person(50) },
        CommandKind::Cancel => Command::Cancel { reason: words() },
    }
}

#[test]
fn the_model_names_every_command_but_the_first() {
    for kind in CommandKind::ALL {
        assert_eq!(cells(*kind).is_none(), *kind == CommandKind::Draft, "{kind:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn random_lives_are_told_alike_by_both(
        steps in prop::collection::vec((any::<prop::sample::Index>(), 0..ACTORS.len(), 0u8..10), 1..40),
    ) {
        let actors: Vec<Actor> = ACTORS.iter().map(|(_, role, of, _)| actor(*role, *of)).collect();
        let mut life = Life::begin(blank(), &actors[0]).unwrap();
        let mut model = Model {
            state: "draft", determined: false, due: false, scheduled: false, milestone_done: false, supported: false, returns: 0,
        };
        let mut now = at("2026-03-02T10:00:00");
        for (choice, any_actor, guided) in steps {
            now = Moment::new(now.utc() + chrono::TimeDelta::hours(3));
            let mut open = Vec::new();
            for (by, actor) in actors.iter().enumerate() {
                let told: BTreeSet<CommandKind> = CommandKind::ALL.iter().copied().filter(|kind| model.open(*kind, by)).collect();
                let allowed: BTreeSet<CommandKind> = life.task.allowed(actor, &life.context()).into_iter().collect();
                prop_assert_eq!(&allowed, &told, "actor {} while {:?}", by, &model);
                open.extend(told.into_iter().map(|kind| (by, kind)));
            }
            let (by, kind) = if guided < 8 && !open.is_empty() { *choice.get(&open) } else { (any_actor, *choice.get(CommandKind::ALL)) };
            if kind == CommandKind::Cancel && guided > 0 {
                continue;
            }
            let command = filled(kind, &life, by);
            let done = life.does(&actors[by], command, now).is_ok();
            prop_assert_eq!(done, model.open(kind, by), "{:?} by {}", kind, by);
            if done {
                model.does(kind, by);
            }
            prop_assert_eq!(serde_json::to_value(life.task.state).unwrap(), model.state);
            prop_assert_eq!(life.task.returns, model.returns);
        }
        let replayed = replay(&life.history);
        prop_assert_eq!(replayed.as_ref(), Some(&life.task));
        let stored = serde_json::to_string(&life.history).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Vec<Change>>(&stored).unwrap(), &life.history);
    }
}
