//! Editing the tree of an edition: adding, moving, splitting, deleting, with numbers that stay unique and in order.
//!
//! A number changes only when it must: siblings keep theirs as long as they rise in the order of the text, so that what
//! cites them stays true. A new number is written as its neighbours write theirs (Ⅵ-2-3）, （3）, 三、, 〔3〕).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::citation::Citation;
use crate::id::CriterionId;

/// A node as far as the tree goes; a list of them stands in the order of the text, parents before children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Identity.
    pub id: CriterionId,
    /// The node above.
    pub parent: Option<CriterionId>,
    /// Its number in comparable form.
    pub key: String,
    /// Its number as the text writes it.
    pub number: String,
    /// Its text.
    pub title: String,
    /// Whether it is a leaf that is assessed.
    pub criterion: bool,
}

/// One change of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum TreeEdit {
    /// A new node under a parent, behind a sibling or as the first.
    Add {
        /// Its identity.
        id: CriterionId,
        /// The node above; none at the top.
        parent: Option<CriterionId>,
        /// The sibling it follows; none: it is the first.
        after: Option<CriterionId>,
        /// Its text.
        title: String,
        /// Whether it is assessed.
        criterion: bool,
    },
    /// Other words.
    Reword {
        /// The node.
        id: CriterionId,
        /// Its text.
        title: String,
    },
    /// To another place, with all below it.
    Move {
        /// The node.
        id: CriterionId,
        /// The node above; none at the top.
        parent: Option<CriterionId>,
        /// The sibling it follows; none: it becomes the first.
        after: Option<CriterionId>,
    },
    /// One criterion becomes several; the first keeps identity and measures.
    Split {
        /// The criterion.
        id: CriterionId,
        /// The words of the first part.
        title: String,
        /// Identities and words of the further parts.
        parts: Vec<(CriterionId, String)>,
    },
    /// Removes a node without children.
    Delete {
        /// The node.
        id: CriterionId,
    },
}

/// Why the tree cannot be changed so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TreeFault {
    /// No such node.
    #[error("the node does not exist")]
    Unknown,
    /// A node would stand below itself.
    #[error("a node cannot stand below itself")]
    Cycle,
    /// Something would hang below a criterion.
    #[error("a criterion has no children")]
    BelowCriterion,
    /// Text is missing.
    #[error("the text is missing")]
    NoTitle,
    /// It still has children.
    #[error("the node has children")]
    HasChildren,
    /// Only criteria are split, into two or more.
    #[error("only a criterion can be split")]
    NotSplittable,
}

impl TreeFault {
    /// The stable code for answers.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unknown => "criterion_not_found",
            Self::Cycle => "node_cycle",
            Self::BelowCriterion => "node_below_criterion",
            Self::NoTitle => "value_missing",
            Self::HasChildren => "node_has_children",
            Self::NotSplittable => "node_not_splittable",
        }
    }
}

/// The tree after a change, in the order of the text, numbers put right.
///
/// # Errors
/// [`TreeFault`]; the tree is then as it was.
pub fn edited(tree: &[Branch], edit: &TreeEdit) -> Result<Vec<Branch>, TreeFault> {
    let mut children = Children::of(tree);
    match edit {
        TreeEdit::Add { id, parent, after, title, criterion } => {
            children.put(*id, *parent, *after)?;
            children.add(Branch::new(*id, *parent, title, *criterion)?);
        }
        TreeEdit::Reword { id, title } => {
            let title = title.trim();
            if title.is_empty() {
                return Err(TreeFault::NoTitle);
            }
            title.clone_into(&mut children.get_mut(*id)?.title);
        }
        TreeEdit::Move { id, parent, after } => {
            let mut above = *parent;
            while let Some(upper) = above {
                if upper == *id {
                    return Err(TreeFault::Cycle);
                }
                above = children.get(upper)?.parent;
            }
            if *after == Some(*id) {
                return Ok(tree.to_vec());
            }
            children.take(*id)?;
            children.put(*id, *parent, *after)?;
            children.get_mut(*id)?.parent = *parent;
        }
        TreeEdit::Split { id, title, parts } => {
            let whole = children.get(*id)?.clone();
            if !whole.criterion || parts.is_empty() {
                return Err(TreeFault::NotSplittable);
            }
            let first = Branch::new(*id, whole.parent, title, true)?;
            children.get_mut(*id)?.title = first.title;
            let mut behind = *id;
            for (part, title) in parts {
                children.put(*part, whole.parent, Some(behind))?;
                children.add(Branch::new(*part, whole.parent, title, true)?);
                behind = *part;
            }
        }
        TreeEdit::Delete { id } => {
            children.get(*id)?;
            if children.below.get(&Some(*id)).is_some_and(|below| !below.is_empty()) {
                return Err(TreeFault::HasChildren);
            }
            children.take(*id)?;
            children.nodes.remove(id);
        }
    }
    Ok(children.numbered(tree))
}

impl Branch {
    fn new(id: CriterionId, parent: Option<CriterionId>, title: &str, criterion: bool) -> Result<Self, TreeFault> {
        let title = title.trim().to_owned();
        if title.is_empty() {
            return Err(TreeFault::NoTitle);
        }
        Ok(Self { id, parent, key: String::new(), number: String::new(), title, criterion })
    }
}

/// The nodes by identity, and who stands under whom in which order.
struct Children {
    nodes: BTreeMap<CriterionId, Branch>,
    below: BTreeMap<Option<CriterionId>, Vec<CriterionId>>,
}

impl Children {
    fn of(tree: &[Branch]) -> Self {
        let mut below: BTreeMap<Option<CriterionId>, Vec<CriterionId>> = BTreeMap::new();
        for node in tree {
            below.entry(node.parent).or_default().push(node.id);
        }
        Self { nodes: tree.iter().map(|node| (node.id, node.clone())).collect(), below }
    }

    fn get(&self, id: CriterionId) -> Result<&Branch, TreeFault> {
        self.nodes.get(&id).ok_or(TreeFault::Unknown)
    }

    fn get_mut(&mut self, id: CriterionId) -> Result<&mut Branch, TreeFault> {
        self.nodes.get_mut(&id).ok_or(TreeFault::Unknown)
    }

    fn add(&mut self, node: Branch) {
        self.nodes.insert(node.id, node);
    }

    fn take(&mut self, id: CriterionId) -> Result<(), TreeFault> {
        let parent = self.get(id)?.parent;
        self.below.entry(parent).or_default().retain(|known| *known != id);
        Ok(())
    }

    fn put(&mut self, id: CriterionId, parent: Option<CriterionId>, after: Option<CriterionId>) -> Result<(), TreeFault> {
        if let Some(parent) = parent
            && self.get(parent)?.criterion
        {
            return Err(TreeFault::BelowCriterion);
        }
        let siblings = self.below.entry(parent).or_default();
        let place = match after {
            None => 0,
            Some(after) => siblings.iter().position(|known| *known == after).ok_or(TreeFault::Unknown)? + 1,
        };
        siblings.insert(place, id);
        Ok(())
    }

    /// The list in the order of the text; numbers change only where they no longer rise or stand under another parent.
    fn numbered(mut self, before: &[Branch]) -> Vec<Branch> {
        let mut list = Vec::new();
        let mut waiting: Vec<(CriterionId, Vec<u32>)> = Vec::new();
        let tops = self.below.get(&None).cloned().unwrap_or_default();
        waiting.extend(self.numbers(&[], &tops).into_iter().rev());
        while let Some((id, key)) = waiting.pop() {
            let below = self.below.get(&Some(id)).cloned().unwrap_or_default();
            let children = self.numbers(&key, &below);
            let Some(mut node) = self.nodes.remove(&id) else { continue };
            let text = joined(&key);
            if node.key != text || node.number.is_empty() {
                node.number = written_like(&node, &key, before);
                node.key = text;
            }
            list.push(node);
            waiting.extend(children.into_iter().rev());
        }
        list
    }

    /// The keys of siblings: each keeps its last part while it rises.
    fn numbers(&self, above: &[u32], siblings: &[CriterionId]) -> Vec<(CriterionId, Vec<u32>)> {
        let mut last = 0;
        // A new node takes a free number where there is one, so that those behind it keep theirs.
        siblings
            .iter()
            .map(|id| {
                let parts = self.nodes.get(id).map(|node| parts(&node.key)).unwrap_or_default();
                let own = if parts.len() == above.len() + 1 || above.is_empty() { parts.last().copied() } else { None };
                let number = own.filter(|own| *own > last).unwrap_or(last + 1);
                last = number;
                (*id, above.iter().copied().chain([number]).collect())
            })
            .collect()
    }
}

fn parts(key: &str) -> Vec<u32> {
    key.split('-').filter_map(|part| part.parse().ok()).collect()
}

fn joined(key: &[u32]) -> String {
    key.iter().map(ToString::to_string).collect::<Vec<_>>().join("-")
}

/// The number in the writing of the node itself, else of one at the same depth, else plain.
fn written_like(node: &Branch, key: &[u32], before: &[Branch]) -> String {
    let depth = key.len();
    let own = Some(node.number.as_str()).filter(|number| !number.is_empty() && parts(&node.key).len() == depth);
    let sibling = || before.iter().find(|known| known.parent == node.parent && known.criterion == node.criterion);
    let peer = || before.iter().find(|known| parts(&known.key).len() == depth && known.criterion == node.criterion);
    let pattern = own.or_else(|| sibling().or_else(peer).map(|known| known.number.as_str())).unwrap_or_default();
    Citation::written_like(pattern, key)
}

/// What no longer agrees between two states of a tree: old and new number of nodes that were renumbered.
#[must_use]
pub fn renumbered(before: &[Branch], after: &[Branch]) -> Vec<(String, String)> {
    let old: BTreeMap<CriterionId, &str> = before.iter().map(|node| (node.id, node.key.as_str())).collect();
    let changed = after.iter().filter_map(|node| Some((*old.get(&node.id)?, node.key.as_str())));
    changed.filter(|(old, new)| old != new).map(|(old, new)| (old.to_owned(), new.to_owned())).collect()
}

/// Whether a list is a tree in the order of the text: parents before children, numbers unique, nothing below a criterion.
#[must_use]
pub fn is_sound(tree: &[Branch]) -> bool {
    let mut seen: BTreeMap<CriterionId, bool> = BTreeMap::new();
    let mut keys = BTreeSet::new();
    tree.iter().all(|node| {
        let above = node.parent.is_none_or(|parent| seen.get(&parent) == Some(&false));
        above && keys.insert(&node.key) && seen.insert(node.id, node.criterion).is_none()
    })
}

#[cfg(test)]
mod tests;
