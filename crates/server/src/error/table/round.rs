//! Codes of sites, rounds, visits, findings, results and rankings.

use super::{Code, row};

/// The rows.
#[rustfmt::skip]
pub const CODES: &[Code] = &[
    row("site_not_found", 404, "没有这个点位。请返回列表重新选择。", "There is no such site. Go back to the list and choose again."),
    row("site_type_not_found", 404, "没有这个点位类型。请返回列表重新选择。", "There is no such site type. Go back to the list and choose again."),
    row("edition_not_found", 404, "没有这个年度版。请返回列表重新选择。", "There is no such edition. Go back to the list and choose again."),
    row("round_not_found", 404, "没有这个测评批次。请返回列表重新选择。", "There is no such round. Go back to the list and choose again."),
    row("round_not_open", 409, "测评批次当前为“{state}”，不能再检查或录入。请选择进行中的批次。", "The round is {state}; nothing more can be entered. Choose a round that is open."),
    row("round_state", 409, "测评批次当前为“{state}”，不能这样办理。请刷新后查看。", "The round is {state}; this is not open now. Reload to see what can be done."),
    row("round_hidden", 409, "暗访批次尚未发布，暂不能转为问题。请在发布后办理。", "The covert round is not released; no problems are made yet. Release it first."),
    row("round_without_sites", 422, "没有可测评的点位。请放宽范围或改选点位。", "There is no site to assess. Widen the choice or name sites."),
    row("round_without_edition", 409, "这个批次没有选用年度版，不能计分。请另开批次并选用年度版。", "The round has no edition and cannot be scored. Open a round with an edition."),
    row("round_due_past", 422, "截止日期早于今天。请改填今天或以后的日期。", "The last day lies in the past. Choose today or later."),
    row("round_site_exists", 409, "同一点位选了两次。请去掉重复的点位。", "A site was chosen twice. Remove one."),
    row("witnesses_two", 422, "见证抽样须有两名见证人，各自先交出随机数的 SHA-256。请补齐姓名和 64 位校验值。", "A witnessed draw has two witnesses, each with the SHA-256 of a nonce. Give both names and 64-digit hashes."),
    row("draw_nonce_differs", 409, "第 {place} 个随机数与事先公布的校验值不符。请见证人核对后重新输入。", "Nonce {place} is not the one whose hash was published. The witness checks it and enters it again."),
    row("draw_refused", 409, "抽样不能进行：{reason}。请核对公布的底册和随机数。", "The draw cannot be made: {reason}. Check the published frame and nonces."),
    row("inspector_unknown", 422, "所选人员现在不是测评员。请重新选择。", "The person is no inspector today. Choose another."),
    row("site_not_in_round", 404, "这个点位不在该批次中。请从批次的点位清单中选择。", "The site is not part of this round. Choose one from its list."),
    row("visit_not_found", 404, "没有这条到点记录。请返回列表重新选择。", "There is no such visit. Go back to the list and choose again."),
    row("visit_exists", 409, "这个点位刚被另一人开始检查。请刷新后再试。", "Somebody else just began a visit here. Reload and try again."),
    row("visit_not_yours", 403, "这个点位已分配给别人，或这条记录由别人开始。请由其本人办理。", "The site is given to somebody else, or somebody else began this visit. Leave it to them."),
    row("visit_own_unit", 403, "您在该点位的责任单位任职，不能检查自己的点位。请由其他测评员检查。", "You hold a post in a unit that answers for this site and cannot inspect it. Leave it to another inspector."),
    row("visit_finished", 409, "这次检查已经提交，不能再改。请查看提交的结果。", "This visit is finished and cannot be changed. See its results."),
    row("visit_incomplete", 422, "还有 {count} 个检查项没有结果。请补齐后再提交，不涉及的请选“不适用”。", "{count} items have no result yet. Mark them and finish again; choose not applicable where an item does not apply."),
    row("finding_photo_missing", 422, "有 {count} 个不合格项要求照片。请补拍后再提交。", "{count} failed items require a photograph. Take them and finish again."),
    row("finding_kind_wrong", 422, "检查项 {item} 的评判方式是“{judgement}”，结果的形式不符。请按评判方式填写。", "Item {item} is judged as \"{judgement}\"; the result has another form. Enter it in that form."),
    row("finding_more_than_all", 422, "检查项 {item}（评判方式“{judgement}”）的合格数大于总数。请核对后重填。", "For item {item} (judged as \"{judgement}\") more comply than were looked at. Check both numbers."),
    row("finding_reason_missing", 422, "选择“不适用”须说明理由。请填写理由。", "Not applicable needs a reason. Enter it."),
    row("finding_not_found", 404, "没有这条检查结果。请刷新后重新选择。", "There is no such finding. Reload and choose again."),
    row("finding_not_failed", 409, "这条检查结果是合格的，不需转为问题。请刷新后重新选择。", "This finding has passed and makes no problem. Reload and choose again."),
    row("finding_has_problem", 409, "这条检查结果已转为问题。请在问题台账中查看。", "A problem was made of this finding already. See it in the ledger."),
    row("item_not_of_site", 422, "这个检查项不属于该点位的检查清单。请刷新清单。", "The item is not on the checklist of this site. Reload the checklist."),
    row("measure_not_found", 404, "年度版中没有这项测评内容。请刷新后重新选择。", "The edition has no such measure. Reload and choose again."),
    row("result_out_of_range", 422, "结果超出可能的范围：得分应在 0 与分值之间，百分比在 0 与 100 之间，合格数不大于总数。请核对。", "The result cannot be: points lie between 0 and the measure's points, a percentage between 0 and 100, and no more comply than there are. Check it."),
    row("ranking_not_final", 409, "批次尚未结束，排名还未公布。请在批次结束后查看。", "The round is still open and its ranking is not published. Come back when it is closed."),
    row("export_column_unknown", 422, "没有名为“{column}”的列。请重新选择列。", "There is no column named {column}. Choose the columns again."),
];
