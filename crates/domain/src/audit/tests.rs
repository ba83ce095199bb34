//! Every way of tampering with a log is named, at the end of the log too.

use proptest::prelude::*;

use super::*;

fn at() -> Moment {
    Moment::parse("2026-03-02T01:00:00Z").unwrap()
}

fn log(count: u64) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for number in 0..count {
        let payload = number.to_be_bytes();
        let deed = Deed { at: at(), actor: "a", action: "problem.assign", subject: "problem/1", payload: &payload };
        entries.push(Entry::next(entries.last().map(Entry::head), &deed));
    }
    entries
}

fn verify(entries: &[Entry], present: Option<Head>) -> Result<(), ChainFault> {
    verified(entries, Verifier::new(present, &[]))
}

fn verify_since(entries: &[Entry], kept: &[Head]) -> Result<(), ChainFault> {
    verified(entries, Verifier::new(None, kept))
}

fn verified(entries: &[Entry], mut verifier: Verifier) -> Result<(), ChainFault> {
    for entry in entries {
        verifier.next(entry.clone(), None)?;
    }
    assert_eq!(verifier.end()?, entries.last().map(Entry::head));
    Ok(())
}

fn named(seq: u64, kind: FaultKind) -> Result<(), ChainFault> {
    Err(ChainFault { seq, kind })
}

fn rehashed(mut entry: Entry) -> Entry {
    entry.hash = entry.hash_as(entry.seq);
    entry
}

fn renumbered(mut entries: Vec<Entry>) -> Vec<Entry> {
    for (entry, seq) in entries.iter_mut().zip(1..) {
        entry.seq = seq;
    }
    entries
}

#[test]
fn an_honest_log_verifies_with_and_without_its_head() {
    let entries = log(5);
    assert_eq!(verify(&entries, None), Ok(()));
    assert_eq!(verify(&entries, Some(entries[4].head())), Ok(()));
    assert_eq!(verify(&[], None), Ok(()));
    assert_eq!(verify_since(&entries, &[entries[3].head(), entries[1].head()]), Ok(()), "in whatever order they were kept");
    let other = Head { seq: 2, hash: Hash::of(b"other") };
    assert_eq!(verify_since(&entries, &[entries[3].head(), other]), named(2, FaultKind::Changed));
}

#[test]
fn a_payload_is_recognised_and_may_be_erased() {
    let entries = log(1);
    assert!(entries[0].carries(&0u64.to_be_bytes()));
    assert!(!entries[0].carries(b""));
    let second = log(2)[1].clone();
    for (payload, found) in
        [(Some(&0u64.to_be_bytes()[..]), Ok(())), (None, Ok(())), (Some(b"other"), named(1, FaultKind::Changed))]
    {
        let mut verifier = Verifier::new(None, &[]);
        verifier.next(entries[0].clone(), payload).unwrap();
        assert_eq!(verifier.next(second.clone(), None), found);
    }
}

#[test]
fn a_log_cut_at_its_end_shows_against_a_kept_head() {
    let entries = log(5);
    let head = entries[4].head();
    assert_eq!(verify(&entries[..3], None), Ok(()), "without a head nobody can know");
    assert_eq!(verify(&entries[..3], Some(head)), named(4, FaultKind::CutTail));
    assert_eq!(verify(&[], Some(head)), named(1, FaultKind::CutTail));
    assert_eq!(verify_since(&entries[..3], &[entries[3].head()]), named(4, FaultKind::CutTail));
}

#[test]
fn an_entry_appended_behind_the_head_is_named() {
    let entries = log(5);
    assert_eq!(verify(&entries, Some(entries[3].head())), named(5, FaultKind::Inserted));
}

#[test]
fn entries_put_in_or_taken_out_with_the_later_ones_renumbered_are_named() {
    let honest = log(5);
    let deed = Deed { at: at(), actor: "x", action: "y", subject: "z", payload: b"" };
    let mut entries = honest.clone();
    entries.insert(2, Entry::next(Some(honest[1].head()), &deed));
    assert_eq!(verify(&renumbered(entries), None), named(3, FaultKind::Inserted));
    let mut entries = honest;
    entries.remove(2);
    assert_eq!(verify(&renumbered(entries), None), named(3, FaultKind::Removed));
}

#[test]
fn moving_a_letter_from_one_field_to_the_next_changes_the_hash() {
    let deed = Deed { at: at(), actor: "ab", action: "c", subject: "d", payload: b"" };
    let moved = Deed { actor: "a", action: "bc", ..deed };
    assert_ne!(Entry::next(None, &deed).hash, Entry::next(None, &moved).hash);
}

proptest! {
    #[test]
    fn one_tampering_is_named_by_its_number(count in 3u64..12, pick in 0usize..100, way in 0u8..6) {
        let honest = log(count);
        let head = honest[honest.len() - 1].head();
        let index = pick % honest.len();
        let seq = index as u64 + 1;
        let mut entries = honest.clone();
        let kind = match way {
            0 => { entries[index].subject.push('x'); FaultKind::Changed }
            1 => { entries[index].payload_hash = Hash::of(b"other"); FaultKind::Changed }
            2 => { entries[index].action.push('x'); entries[index] = rehashed(entries[index].clone()); FaultKind::Changed }
            3 => { entries[index].previous = Hash::of(b"other"); entries[index] = rehashed(entries[index].clone()); FaultKind::Changed }
            4 => { entries.remove(index); if seq == count { FaultKind::CutTail } else { FaultKind::Removed } }
            _ => { entries.insert(index, honest[index].clone()); FaultKind::Inserted }
        };
        prop_assert_eq!(verify(&entries, Some(head)), Err(ChainFault { seq, kind }));
    }
}
