//! Standing in 代理: while somebody is absent, a deputy acts with that person's posts beside the own ones, and what is done
//! is written as "X for Y".
//!
//! The deputy's own posts stay: whoever may not verify at home may not verify as a deputy either.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Actor, Post};
use crate::id::PersonId;

/// Who acts for whom, from when to when.
#[doc(alias = "代理")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// Who is absent.
    pub absent: PersonId,
    /// Who acts.
    pub deputy: PersonId,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// The day on which it was ended before its time; from then on it holds no more.
    pub ended_on: Option<NaiveDate>,
}

impl Delegation {
    /// Whether it holds on a day.
    #[must_use]
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.to && self.ended_on.is_none_or(|ended| day < ended)
    }
}

impl Actor {
    /// The actor with the absent person's posts beside the own; none if no delegation holds on the day.
    #[must_use]
    pub fn standing_in(
        &self,
        absent: PersonId,
        posts: impl IntoIterator<Item = Post>,
        delegations: &[Delegation],
        day: NaiveDate,
    ) -> Option<Self> {
        let holds = |one: &Delegation| one.absent == absent && one.deputy == self.person && one.holds(day);
        if !delegations.iter().any(holds) {
            return None;
        }
        let mut all = self.posts.clone();
        for post in posts {
            if !all.contains(&post) {
                all.push(post);
            }
        }
        Some(Self { person: self.person, posts: all })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::access::Role;
    use crate::id::UnitId;

    fn person(number: u128) -> PersonId {
        PersonId::new(Uuid::from_u128(number))
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn post(of: u128, role: Role) -> Post {
        Post { unit: UnitId::new(Uuid::from_u128(of)), role }
    }

    #[test]
    fn a_deputy_has_the_absent_persons_posts_on_the_days_agreed_and_keeps_the_own() {
        let deputy = Actor { person: person(2), posts: vec![post(7, Role::Officer)] };
        let mut delegation =
            Delegation { absent: person(1), deputy: person(2), from: day("2026-03-02"), to: day("2026-03-06"), ended_on: None };
        let acting = |delegation: &Delegation, on: &str| {
            deputy.standing_in(person(1), [post(3, Role::UnitHead)], std::slice::from_ref(delegation), day(on))
        };
        for (on, holds) in [("2026-03-01", false), ("2026-03-02", true), ("2026-03-06", true), ("2026-03-07", false)] {
            assert_eq!(acting(&delegation, on).is_some(), holds, "{on}");
        }
        let both = acting(&delegation, "2026-03-03").unwrap();
        assert_eq!((both.person, both.posts), (person(2), vec![post(7, Role::Officer), post(3, Role::UnitHead)]));
        delegation.ended_on = Some(day("2026-03-04"));
        assert!(acting(&delegation, "2026-03-03").is_some());
        assert!(acting(&delegation, "2026-03-04").is_none(), "ended before its time");
        let other = Actor { person: person(9), posts: Vec::new() };
        assert!(other.standing_in(person(1), [], &[delegation], day("2026-03-03")).is_none());
    }
}
