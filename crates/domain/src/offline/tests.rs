use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn at(minute: i64) -> Moment {
    let start = Moment::parse("2026-03-02T01:00:00Z").unwrap();
    Moment::new(start.utc() + TimeDelta::minutes(minute))
}

fn person(number: u128) -> PersonId {
    PersonId::new(Uuid::from_u128(number))
}

fn media(number: u8) -> MediaId {
    MediaId::new(Uuid::from_u128(number.into()))
}

fn content(faults: u32, note: &str, photos: &[u8]) -> Content {
    Content {
        result: FindingResult::faults(faults),
        phrase: "满溢".to_owned(),
        note: note.to_owned(),
        media: photos.iter().copied().map(media).collect(),
    }
}

#[test]
fn a_clock_that_is_wrong_is_put_right() {
    for (offset, expected) in [(0, at(0)), (60_000, at(1)), (-600_000, at(-10)), (i64::MAX, at(0))] {
        assert_eq!(corrected(at(0), offset), expected, "{offset}");
    }
}

#[test]
fn a_visit_begun_before_the_site_went_to_another_stands() {
    use VisitPurpose::{Agreement, Assess};
    let until = |who, minute, purpose| Earlier { person: person(who), until: at(minute), purpose };
    let earlier = vec![until(1, 10, Assess), until(2, 20, Assess), until(5, 20, Agreement)];
    let given = Given { to: Some(person(3)), second: Some(person(4)), earlier };
    for (who, begun, mine) in [
        (1, 9, Some(Assess)),
        (1, 10, None),
        (1, 15, None),
        (2, 19, Some(Assess)),
        (2, 20, None),
        (3, 0, Some(Assess)),
        (4, 0, Some(Agreement)),
        (5, 19, Some(Agreement)),
        (5, 20, None),
        (6, 0, None),
    ] {
        assert_eq!(given.was_of(person(who), at(begun)), mine, "{who} at {begun}");
        assert_eq!(given.knows(person(who)), who < 6, "{who}");
    }
    assert_eq!(Given::default().was_of(person(7), at(0)), Some(Assess), "what is given to nobody is everybody's");
    let free = Given { to: None, ..given };
    assert_eq!((free.was_of(person(4), at(0)), free.was_of(person(6), at(0))), (Some(Agreement), Some(Assess)));
}

#[test]
fn what_was_made_long_ago_was_made_long_ago() {
    let days = |days: i64| at(days * 24 * 60);
    for (made, expected) in [(Some(days(1)), days(1)), (Some(days(9)), days(9)), (Some(days(10)), days(9)), (None, days(9))] {
        assert_eq!(really_made(made, days(9)), expected, "{made:?}");
    }
}

#[test]
fn a_visit_made_before_the_closing_is_kept_beside_the_round() {
    use RoundState::{Closed, Open, Planned, Released};
    for (state, closed, made, expected) in [
        (Open, None, 5, Some(VisitPurpose::Assess)),
        (Closed, Some(10), 9, Some(VisitPurpose::Late)),
        (Closed, Some(10), 10, None),
        (Closed, Some(10), 11, None),
        (Released, Some(10), 5, Some(VisitPurpose::Late)),
        (Closed, None, 5, None),
        (Planned, None, 5, None),
    ] {
        assert_eq!(standing(state, closed.map(at), at(made)), expected, "{state:?} {closed:?} {made}");
    }
}

#[test]
fn only_items_that_were_not_on_the_list_seen_are_new() {
    let item = |number: u128| ItemId::new(Uuid::from_u128(number));
    assert_eq!(added_since(&[item(1), item(2)], &[item(2), item(3)]), [item(3)]);
    assert!(added_since(&[item(1)], &[]).is_empty());
}

#[test]
fn each_side_keeps_the_fields_it_alone_changed() {
    let base = content(1, "", &[1]);
    let mine = content(2, "", &[1, 2]);
    let theirs = content(1, "门口", &[1, 3]);
    let merged = merge(&base, &mine, &theirs).unwrap();
    assert_eq!(merged, content(2, "门口", &[1, 3, 2]));
    assert_eq!(merge(&base, &mine, &content(3, "", &[1])), Err(vec![ContentField::Result]));
    assert_eq!(merge(&base, &content(1, "甲", &[]), &content(1, "乙", &[])), Err(vec![ContentField::Note]));
    assert_eq!(merge(&base, &content(1, "", &[]), &base).unwrap().media, []);
}

fn contents() -> impl Strategy<Value = Content> {
    (0..3_u32, 0..3_usize, proptest::collection::vec(0..4_u8, 0..3)).prop_map(|(faults, note, mut photos)| {
        photos.sort_unstable();
        photos.dedup();
        content(faults, ["", "甲", "乙"][note], &photos)
    })
}

proptest! {
    #[test]
    fn merging_loses_no_photograph_that_a_side_added(base in contents(), mine in contents(), theirs in contents()) {
        if let Ok(merged) = merge(&base, &mine, &theirs) {
            for media in mine.media.iter().chain(&theirs.media).filter(|media| !base.media.contains(media)) {
                prop_assert!(merged.media.contains(media));
            }
        }
    }

    #[test]
    fn merging_without_the_other_side_is_mine_and_the_order_of_sides_decides_nothing_but_order(
        base in contents(), mine in contents(), theirs in contents(),
    ) {
        prop_assert_eq!(merge(&base, &mine, &base).unwrap().result, mine.result.clone());
        let (one, other) = (merge(&base, &mine, &theirs), merge(&base, &theirs, &mine));
        match (one, other) {
            (Ok(one), Ok(other)) => {
                prop_assert_eq!((one.result, one.note), (other.result, other.note));
                let sorted = |mut media: Vec<MediaId>| { media.sort(); media };
                prop_assert_eq!(sorted(one.media), sorted(other.media));
            }
            (one, other) => prop_assert_eq!(one.err(), other.err()),
        }
    }
}
