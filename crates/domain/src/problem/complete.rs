//! What a command must say to be accepted.

use super::apply::must_exist;
use super::{Command, CommandKind, Context, Field, Problem, Refusal};
use crate::moment::Moment;

impl Problem {
    /// The fields that a kind of command cannot do without on this problem.
    pub(super) fn needs(&self, kind: CommandKind) -> Vec<Field> {
        use CommandKind as C;
        let fields: &[Field] = match kind {
            C::Register | C::Imported => &[Field::Registration],
            C::File if self.source.is_public() => &[Field::Check],
            C::File => &[],
            C::Merge => &[Field::Into],
            C::Assign => &[Field::Unit, Field::Limit],
            C::Transfer => &[Field::Unit, Field::Reason],
            C::Rectify | C::Urge => &[Field::Note],
            C::Submit if self.requires_after_photo => &[Field::Note, Field::AfterPhotos],
            C::Submit => &[Field::Note],
            C::Extend => &[Field::Reason, Field::Progress, Field::Until],
            C::Defer => &[Field::Reason, Field::Plan, Field::ReviewOn],
            C::SetStages => &[Field::Stages],
            C::CompleteStage => &[Field::Stage, Field::Note],
            C::Reopen if self.unit.is_none() => &[Field::Reason, Field::Limit, Field::Unit],
            C::Reopen => &[Field::Reason, Field::Limit],
            C::Dismiss
            | C::Unmerge
            | C::Decline
            | C::RefuseDecline
            | C::RefuseTransfer
            | C::Return
            | C::RefuseExtension
            | C::RefuseDeferral
            | C::Reclassify
            | C::RequestReopen
            | C::RefuseReopen
            | C::Seal
            | C::Unseal => &[Field::Reason],
            C::Acknowledge
            | C::AcceptDecline
            | C::ApproveTransfer
            | C::Verify
            | C::ApproveExtension
            | C::ApproveDeferral
            | C::Resume
            | C::SettleDue => &[],
        };
        fields.to_vec()
    }

    /// Whether the command says what it must.
    pub(super) fn complete(&self, command: &Command, context: &Context<'_>, at: Moment) -> Result<(), Refusal> {
        match command {
            Command::Dismiss { reason }
            | Command::Unmerge { reason }
            | Command::Decline { reason }
            | Command::RefuseDecline { reason }
            | Command::RefuseTransfer { reason }
            | Command::Return { reason, .. }
            | Command::RefuseExtension { reason }
            | Command::RefuseDeferral { reason }
            | Command::Reclassify { reason, .. }
            | Command::RequestReopen { reason }
            | Command::RefuseReopen { reason }
            | Command::Seal { reason }
            | Command::Unseal { reason } => reasoned(reason),
            Command::File { check } => {
                let checked = check.as_ref().is_some_and(|check| !check.trim().is_empty());
                if self.source.is_public() && !checked { Err(Refusal::ReportNotChecked) } else { Ok(()) }
            }
            Command::Merge { into } => match context.merge_target.filter(|target| target.id == *into) {
                _ if *into == self.id => Err(Refusal::MergeIntoItself),
                None => Err(Refusal::MergeTargetMissing { into: *into }),
                Some(target) if !target.state.is_open() => Err(Refusal::MergeTargetNotOpen { into: *into, state: target.state }),
                Some(_) => Ok(()),
            },
            Command::Assign { unit, supporting, .. } => {
                supporting.iter().chain([unit]).try_for_each(|unit| must_exist(*unit, context, at))?;
                if supporting.contains(unit) { Err(Refusal::UnitSupportsItself { unit: *unit }) } else { Ok(()) }
            }
            Command::Transfer { to, reason } => {
                reasoned(reason)?;
                must_exist(*to, context, at)?;
                if self.unit == Some(*to) { Err(Refusal::TransferToSameUnit { unit: *to }) } else { Ok(()) }
            }
            Command::Rectify { note, .. } | Command::Urge { note } => filled(note, Field::Note),
            Command::Submit { note, after_photos } => {
                filled(note, Field::Note)?;
                let missing = self.requires_after_photo && after_photos.is_empty();
                if missing { Err(Refusal::AfterPhotoMissing) } else { Ok(()) }
            }
            Command::Extend { reason, progress, until } => {
                reasoned(reason)?;
                filled(progress, Field::Progress)?;
                let due = self.due.moment();
                let later = *until > at && due.is_none_or(|due| *until > due);
                if later { Ok(()) } else { Err(Refusal::ExtensionNotLater { due }) }
            }
            Command::Defer { reason, plan, review_on } => {
                reasoned(reason)?;
                filled(plan, Field::Plan)?;
                let later = *review_on > context.calendar.local(at).date_naive();
                if later { Ok(()) } else { Err(Refusal::ReviewNotLater) }
            }
            Command::SetStages { stages } => {
                let named = !stages.is_empty() && stages.iter().all(|stage| !stage.name.trim().is_empty());
                if named { Ok(()) } else { Err(Refusal::FieldMissing { field: Field::Stages }) }
            }
            Command::CompleteStage { stage, note } => {
                let found = self.stages.get(*stage).ok_or(Refusal::StageUnknown { stage: *stage })?;
                if found.done_at.is_some() {
                    return Err(Refusal::StageDone { stage: *stage });
                }
                filled(note, Field::Note)
            }
            Command::Reopen { reason, unit, .. } => {
                reasoned(reason)?;
                let unit = unit.or(self.unit).ok_or(Refusal::FieldMissing { field: Field::Unit })?;
                must_exist(unit, context, at)
            }
            Command::Register { .. }
            | Command::Imported { .. }
            | Command::Acknowledge
            | Command::AcceptDecline { .. }
            | Command::ApproveTransfer { .. }
            | Command::Verify { .. }
            | Command::ApproveExtension { .. }
            | Command::ApproveDeferral { .. }
            | Command::Resume { .. }
            | Command::SettleDue => Ok(()),
        }
    }
}

fn reasoned(reason: &str) -> Result<(), Refusal> {
    if reason.trim().is_empty() { Err(Refusal::ReasonMissing) } else { Ok(()) }
}

fn filled(text: &str, field: Field) -> Result<(), Refusal> {
    if text.trim().is_empty() { Err(Refusal::FieldMissing { field }) } else { Ok(()) }
}
