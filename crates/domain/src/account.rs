//! With what one signs in, and to whom of a list accounts can be handed out.
//!
//! A person signs in with the login of the account or with its mobile number. So a number belongs to one active account of
//! a city, and no login may look like somebody's number.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::id::PersonId;
use crate::reading;

/// The eleven digits of a mobile number, however it is written: `199-0000-6596`, `１９９００００６５９６`, `+86 199 0000 6596`.
///
/// None for a number that several people of an office share, such as one with an area code.
#[must_use]
pub fn mobile(text: &str) -> Option<String> {
    let plain = reading::unspaced(&reading::half_width(text));
    // Some address books write the country without its sign.
    let bare = plain.strip_prefix("0086").or_else(|| plain.strip_prefix("86").filter(|rest| rest.len() >= 11)).unwrap_or(&plain);
    let number = reading::telephone(bare).ok()?.value;
    (number.len() == 11 && number.starts_with('1')).then_some(number)
}

/// A person to whom an account might be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub person: PersonId,
    /// The telephone number as it stands in the lists.
    pub phone: Option<String>,
    /// Whether the person has an account in this city.
    pub has_account: bool,
    /// Whether the person holds a post today.
    pub has_post: bool,
    /// Whether the person has left.
    pub left: bool,
}

/// Whether a person can be given an account as the lists stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Yes.
    Ready,
    /// The person has one.
    HasAccount,
    /// The person has left.
    Left,
    /// The person holds no post: an account could do nothing.
    NoPost,
    /// No telephone number is known.
    NoPhone,
    /// What stands for a number is no mobile number.
    PhoneUnclear,
    /// The number is that of another person or account.
    PhoneTwice,
}

/// How the people of a city stand, given the numbers of its active accounts.
///
/// All people belong in the list, also those who are not to be given one: a number that two of them share is nobody's.
#[must_use]
pub fn standings(people: &[Candidate], taken: &BTreeSet<String>) -> BTreeMap<PersonId, Standing> {
    let numbers: BTreeMap<PersonId, String> =
        people.iter().filter_map(|one| Some((one.person, mobile(one.phone.as_deref()?)?))).collect();
    let mut bearers: BTreeMap<&str, usize> = BTreeMap::new();
    for one in people.iter().filter(|one| !one.left && !one.has_account) {
        if let Some(number) = numbers.get(&one.person) {
            *bearers.entry(number).or_default() += 1;
        }
    }
    let standing = |one: &Candidate| {
        if one.has_account {
            return Standing::HasAccount;
        }
        if one.left {
            return Standing::Left;
        }
        if !one.has_post {
            return Standing::NoPost;
        }
        match (one.phone.as_deref().map(str::trim).filter(|phone| !phone.is_empty()), numbers.get(&one.person)) {
            (None, _) => Standing::NoPhone,
            (Some(_), None) => Standing::PhoneUnclear,
            (Some(_), Some(number)) if taken.contains(number) || bearers.get(number.as_str()).is_some_and(|&count| count > 1) => {
                Standing::PhoneTwice
            }
            (Some(_), Some(_)) => Standing::Ready,
        }
    };
    people.iter().map(|one| (one.person, standing(one))).collect()
}

/// A login made of the code of a unit: its letters and digits in lower case, with a number behind it where it is taken.
#[must_use]
pub fn login_of(code: &str, taken: &BTreeSet<String>) -> String {
    let plain: String =
        code.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').flat_map(char::to_lowercase).collect();
    let fits = plain.chars().any(|letter| letter.is_ascii_alphabetic()) && plain.len() >= 2;
    let stem = if fits { plain } else { format!("u{plain}-1") };
    let numbered = (2_u32..).map(|number| format!("{stem}-{number}"));
    std::iter::once(stem.clone()).chain(numbered).find(|login| !taken.contains(login)).unwrap_or(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(number: u128) -> PersonId {
        PersonId::new(uuid::Uuid::from_u128(number))
    }

    fn one(number: u128, phone: Option<&str>) -> Candidate {
        Candidate { person: person(number), phone: phone.map(str::to_owned), has_account: false, has_post: true, left: false }
    }

    #[test]
    fn a_mobile_number_is_read_however_it_is_written() {
        let written = [
            "199-0000-6596",
            "１９９００００６５９６",
            "+86 199 0000 6596",
            "＋８６－１９９－００００－６５９６",
            "0086 19900006596",
            "8619900006596",
            " 199 0000 6596（微信同号）",
            "19900006596.0",
        ];
        for text in written {
            assert_eq!(mobile(text).as_deref(), Some("19900006596"), "{text}");
        }
        for text in ["0716-8812319", "12345", "1990000659", "199000065961", "office", "", "无", "86"] {
            assert_eq!(mobile(text), None, "{text}");
        }
    }

    #[test]
    fn each_person_stands_for_one_reason() {
        let people = [
            one(1, Some("199-0000-0001")),
            Candidate { has_account: true, ..one(2, Some("199-0000-0002")) },
            Candidate { left: true, ..one(3, Some("199-0000-0003")) },
            Candidate { has_post: false, ..one(4, Some("199-0000-0004")) },
            one(5, None),
            one(6, Some("  ")),
            one(7, Some("0716-8812319")),
            one(8, Some("199-0000-0008")),
            one(9, Some("+86 199 0000 0008")),
            one(10, Some("199-0000-0010")),
            // Who has left keeps no number from anybody.
            one(11, Some("199-0000-0003")),
        ];
        let taken = BTreeSet::from(["19900000010".to_owned(), "19900000002".to_owned()]);
        let wanted = [
            Standing::Ready,
            Standing::HasAccount,
            Standing::Left,
            Standing::NoPost,
            Standing::NoPhone,
            Standing::NoPhone,
            Standing::PhoneUnclear,
            Standing::PhoneTwice,
            Standing::PhoneTwice,
            Standing::PhoneTwice,
            Standing::Ready,
        ];
        let found = standings(&people, &taken);
        for (candidate, wanted) in people.iter().zip(wanted) {
            assert_eq!(found[&candidate.person], wanted, "{candidate:?}");
        }
    }

    #[test]
    fn logins_come_from_the_code_and_never_look_like_a_number() {
        let mut taken = BTreeSet::new();
        for wanted in ["s01001-01", "s01001-01-2", "s01001-01-3"] {
            let login = login_of("S01001-01", &taken);
            assert_eq!(login, wanted);
            taken.insert(login);
        }
        for code in ["19900006596", "网格", "", "7"] {
            let login = login_of(code, &taken);
            assert!(login.len() >= 2 && mobile(&login).is_none(), "{code} {login}");
        }
    }
}
