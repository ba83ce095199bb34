//! Two wordings beside each other with what was taken out and what was put in.

use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::terms::tokens;

/// A stretch of a wording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// The words as they stand.
    pub text: String,
    /// Whether the other wording has something else in its place.
    pub changed: bool,
}

/// The old and the new wording in stretches; joined they are the wordings as given.
#[must_use]
pub fn marked(old: &str, new: &str) -> (Vec<Stretch>, Vec<Stretch>) {
    let (before, after) = (tokens(old), tokens(new));
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for op in capture_diff_slices(Algorithm::Myers, &before, &after) {
        let changed = op.tag() != DiffTag::Equal;
        push(&mut left, &before[op.old_range()], changed);
        push(&mut right, &after[op.new_range()], changed);
    }
    (left, right)
}

fn push(side: &mut Vec<Stretch>, words: &[&str], changed: bool) {
    if words.is_empty() {
        return;
    }
    let text = words.concat();
    match side.last_mut().filter(|last| last.changed == changed) {
        Some(last) => last.text.push_str(&text),
        None => side.push(Stretch { text, changed }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn changed(side: &[Stretch]) -> Vec<&str> {
        side.iter().filter(|stretch| stretch.changed).map(|stretch| stretch.text.as_str()).collect()
    }

    #[test]
    fn changed_words_are_marked_on_both_sides() {
        let (old, new) = marked("主次干道每200米至少1处公益广告。", "主次干道每150米至少1处公益广告，夜间可辨识。");
        assert_eq!(changed(&old), ["200"]);
        assert_eq!(changed(&new), ["150", "，夜间可辨识"]);
    }

    proptest! {
        #[test]
        fn the_wordings_are_as_given(old in "[无乱贴画，。 a1]{0,24}", new in "[无乱贴画，。 a1]{0,24}") {
            let (left, right) = marked(&old, &new);
            let joined = |side: &[Stretch]| side.iter().map(|stretch| stretch.text.as_str()).collect::<String>();
            prop_assert_eq!(joined(&left), old.clone());
            prop_assert_eq!(joined(&right), new.clone());
            prop_assert_eq!(old == new, changed(&left).is_empty() && changed(&right).is_empty());
        }
    }
}
