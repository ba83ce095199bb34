//! Codes of responsible parties and of grid patrols.

use super::{Code, row};

/// The rows.
#[rustfmt::skip]
pub const CODES: &[Code] = &[
    row("party_not_found", 404, "没有这个责任主体，或不在您的管辖范围。请重新选择。", "There is no such party within your reach. Choose again."),
    row("party_ask_not_found", 404, "没有这次告知，或不在您的管辖范围。请刷新后重新选择。", "There is no such request to a party within your reach. Reload and choose again."),
    row("party_asked_already", 409, "已经告知过这个责任主体，尚未了结。请续发链接，或先撤回。", "This party has been asked already and it is still open. Renew its link, or take it back first."),
    row("party_days", 422, "链接有效期为 1 至 30 天。请更正。", "A link holds 1 to 30 days. Correct it."),
    row("party_confidential", 403, "保密问题不能告知外部主体。请由责任单位自行整改。", "A confidential problem is shown to nobody outside. Let the unit put it right itself."),
    row("party_not_yours", 403, "只有承办单位和创建办能告知责任主体。请由承办单位办理。", "Only the unit that has the problem and the office ask a party. Leave it to them."),
    row("party_moved_on", 409, "此问题现在不由告知的单位办理，链接不再收答复。请向该单位了解。", "The problem is no longer with the unit that asked; nothing is taken by this link. Ask that unit."),
    row("party_link_expired", 410, "链接已于 {until} 到期。请向告知您的单位要新的链接。", "This link ended at {until}. Ask the unit that sent it for a new one."),
    row("party_link_revoked", 410, "链接已被撤回，不需要您处理。如有疑问，请联系告知您的单位。", "This link was taken back; nothing is asked of you. If in doubt, ask the unit that sent it."),
    row("party_link_unknown", 404, "链接不完整或已失效。请重新扫码，或向告知您的单位要新的链接。", "This link is incomplete or has ended. Scan the code again, or ask the unit that sent it for a new one."),
    row("party_link_paused", 423, "链接多次验证不符，暂停到 {until}。请稍后再打开。", "This link was opened wrongly too often and is paused until {until}. Open it again then."),
    row("link_required", 401, "请用收到的链接或二维码打开。", "Open this by the link or the code that you were given."),
    row("party_answered", 409, "您已答复，正等待确认，不用再报。请等单位确认或退回后再办。", "You have answered; the unit confirms it. Wait until it is confirmed or returned."),
    row("party_not_answered", 409, "责任主体还没有答复。请等答复后再确认。", "The party has not answered yet. Decide when it has."),
    row("party_settled", 409, "此次告知已经了结。需要时请重新告知。", "This is settled. Ask the party anew if need be."),
    row("party_photo_missing", 422, "请拍一张整改后的照片再提交。", "Take a photograph of what was put right, then send."),
    row("party_words_missing", 422, "请写明情况或理由再提交。", "Say what was done, or why not, then send."),
    row("party_photos_many", 422, "照片最多 {count} 张。请删减后再提交。", "At most {count} photographs. Take some out and send again."),
    row("patrol_plan_not_found", 404, "没有这个巡查计划，或不在您的管辖范围。请刷新后重新选择。", "There is no such patrol plan within your reach. Reload and choose again."),
    row("patrol_plan_name_taken", 409, "该网格已有同名的巡查计划。请换一个名称。", "The grid has a plan of this name. Choose another name."),
    row("patrol_not_grid", 422, "巡查计划只对网格制定。请选择网格。", "A patrol plan is for a grid. Choose grids."),
    row("patrol_person", 422, "所选人员不是这个网格的网格员。请另选，或不指定。", "That person does not keep this grid. Choose another, or nobody."),
    row("patrol_frequency", 422, "频次或起止日期不对。请选择星期或每周 1 至 7 次，终止日期不早于起始日期。", "The frequency or the days are wrong. Choose days of the week or 1 to 7 a week, and a last day not before the first."),
    row("patrol_places_many", 422, "一个计划最多 60 处。请分成几个计划。", "A plan has at most 60 places. Make several plans."),
    row("patrol_known", 409, "这次巡查已经登记过。请刷新后查看。", "This walk is written down already. Reload to see it."),
    row("patrol_times", 422, "巡查须在开始后 24 小时内结束（可以跨零点），且不晚于现在。请更正结束时间。", "A walk ends within 24 hours of its beginning (it may pass midnight), and not after now. Correct when it ended."),
    row("patrol_not_planned", 409, "{day} 不在计划的起止日期内。请核对计划。", "The plan does not hold on {day}. Check the plan."),
    row("patrol_stretch_unknown", 409, "计划的巡查范围已经修改。请刷新后重新勾选。", "The places of the plan have changed. Reload and mark them again."),
    row("patrol_nothing_looked", 422, "还没有勾选看过的地方。请至少勾选一处。", "Nothing is marked as looked at. Mark at least one place."),
];
