//! Codes of tasks, plans, campaigns and rhythms.

use super::{Code, row};

/// The rows.
#[rustfmt::skip]
pub const CODES: &[Code] = &[
    row("task_not_found", 404, "没有这项任务，或不在您的管辖范围。请返回任务台账重新选择。", "There is no such task within your reach. Go back to the list and choose again."),
    row("task_not_yours", 403, "您不能对此任务办理“{command}”。请由有权的单位或岗位办理。", "The command \"{command}\" is not yours on this task. Leave it to the unit or post in charge."),
    row("task_state", 409, "任务当前为“{state}”，不能办理“{command}”。请刷新后查看可办理的事项。", "The task is {state}; \"{command}\" is not open now. Reload to see what can be done."),
    row("task_not_begun", 422, "此项不能这样办理（{command}）。请从任务台账新建。", "A task does not begin with \"{command}\". Draft it from the list."),
    row("task_undetermined", 409, "五定未齐：缺“{determination}”。补齐后才能启动。", "The five determinations are not complete: {determination} is open. Determine it, then start."),
    row("task_determination_lost", 422, "推进中的任务不能缺“{determination}”。请填写后再保存。", "A running task needs its determination \"{determination}\". Fill it in and save again."),
    row("task_title_missing", 422, "请填写名称。", "Enter a name."),
    row("task_words_missing", 422, "请用文字说明后再提交。", "Say it in words, then submit again."),
    row("task_percent_invalid", 422, "进度 {percent}% 不对，应在 0 到 100 之间。请更正。", "{percent} percent is not between 0 and 100. Correct it."),
    row("task_unit_without_part", 422, "该单位不是本任务的牵头或配合单位。请重新选择单位。", "The unit neither leads nor supports this task. Choose another unit."),
    row("task_unit_unknown", 422, "没有这个单位，或已撤销。请重新选择单位。", "This unit does not exist or is closed. Choose another unit."),
    row("task_unit_supports_itself", 422, "牵头单位不能同时是配合单位。请去掉重复的单位。", "The lead cannot support itself. Take it out of the supporting units."),
    row("task_support_unfinished", 409, "还有配合单位没有报告完成。请先由其报进展到 100%，或调整配合单位。", "A supporting unit has not reported its part as done. Let it report 100 percent, or take it out."),
    row("task_milestone_open", 409, "节点“{name}”还没有完成。请先完成全部节点。", "The milestone \"{name}\" is not done. Complete every milestone first."),
    row("task_milestone_unknown", 422, "没有可完成的节点（第 {milestone} 个）。请刷新后重新选择。", "There is no milestone {milestone} to complete. Reload and choose again."),
    row("task_milestone_done", 409, "节点“{name}”已经完成，不能更改。请刷新后查看。", "The milestone \"{name}\" is done and stays as it is. Reload to see it."),
    row("task_due_too_early", 422, "完成时限 {due_on} 早于开始日期或今天。请重新选择。", "The last day {due_on} lies before the first or before today. Choose another."),
    row("task_field_missing", 422, "缺少必填项“{field}”。请填写后再提交。", "The field \"{field}\" is required. Fill it in and submit again."),
    row("task_command_not_open", 422, "此项不由页面办理。请刷新后查看可办理的事项。", "This is not commanded from a page. Reload to see what can be done."),
    row("task_known", 409, "这项任务已经生成过。请在任务台账中查找。", "This task was generated before. Look for it in the list."),
    row("task_number_taken", 409, "任务编号已被占用。请重新提交。", "The task number is taken. Submit again."),
    row("plan_no_step", 422, "请至少列出一个节点。", "List at least one step."),
    row("plan_step_empty", 422, "第 {step} 个节点须有名称和至少 1 个工作日，且按顺序落在工作日内。请更正。", "Step {step} needs a name and at least one working day, in order and within working time. Correct it."),
    row("plan_impossible", 422, "排不下：从“{step}”起还差 {short} 个工作日，最早 {earliest} 能完成。请推迟时限、压缩天数或提前开始。", "It does not fit: from \"{step}\" on {short} working days are short; {earliest} is the earliest last day. Postpone, shorten or begin earlier."),
    row("plan_quantity_invalid", 422, "“{text}”不是数量。请填写不小于 0 的数字。", "\"{text}\" is no quantity. Enter a number not below 0."),
    row("plan_month_invalid", 422, "“{text}”不是月份。请按 2026-03 填写。", "\"{text}\" is no month. Enter it as 2026-03."),
    row("plan_month_twice", 422, "{month} 出现了两次。请合并为一行。", "{month} stands there twice. Make it one line."),
    row("plan_measure_missing", 422, "请填写计量单位。", "Enter in what it is counted."),
    row("plan_not_yours", 403, "您不能改动此任务的计划数。牵头单位可填报完成数，计划由创建办或牵头单位调整。", "You cannot change what is planned here. The lead may report what is done; the office or the lead plans."),
    row("campaign_not_found", 404, "没有这个专项行动。请返回列表重新选择。", "There is no such campaign. Go back to the list and choose again."),
    row("campaign_name_taken", 409, "已有同名的专项行动。请换一个名称。", "There is a campaign of this name already. Choose another name."),
    row("rhythm_name_taken", 409, "已有同名的工作节奏。请换一个名称。", "There is a rhythm of this name already. Choose another name."),
];
