//! Codes of duties, collective names and handing over.

use super::{Code, row};

/// The rows.
#[rustfmt::skip]
pub const CODES: &[Code] = &[
    row("duty_not_found", 404, "没有这项责任，或不在您的管辖范围。请返回责任矩阵重新选择。", "There is no such duty within your reach. Go back to the matrix and choose again."),
    row("duty_not_yours", 403, "您不能对此项责任办理“{command}”。请由有权的单位或岗位办理。", "The command \"{command}\" is not yours on this duty. Leave it to the unit or post in charge."),
    row("duty_state", 409, "此项责任当前为“{state}”，不能办理“{command}”。请刷新后查看可办理的事项。", "The duty is {state}; \"{command}\" is not open now. Reload to see what can be done."),
    row("duty_reason_missing", 422, "请书面写明理由后再提交。", "Give the reason in writing, then submit again."),
    row("duty_role_missing", 422, "请选择牵头或配合。", "Choose whether the unit leads or supports."),
    row("duty_held", 409, "该单位已承担此项责任（{role}）。无需重复设置。", "The unit has this duty already ({role}). Nothing needs to be done."),
    row("duty_exists", 409, "该单位与此标准已有责任关系。请刷新后在原有责任上办理。", "The unit stands beside this criterion already. Reload and change that duty."),
    row("duty_person_not_named", 409, "此项责任未明确到该人，无需移交。请刷新后核对。", "The person is not named for this duty. Reload and check."),
    row("duty_command_not_open", 422, "此项不由页面单独办理。请使用“人员移交”。", "This is not commanded from this page. Use handing over."),
    row("delegation_missing", 403, "没有今天有效的代理。请刷新，以本人身份办理。", "No delegation holds today. Reload and act for yourself."),
    row("delegation_not_found", 404, "没有这项代理。请刷新后核对。", "There is no such delegation. Reload and check."),
    row("delegation_to_self", 422, "代理人不能是本人。请另选代理人。", "Nobody stands in for himself. Choose somebody else."),
    row("delegation_span", 422, "代理期限应从现在或以后开始，不超过一年。请重新选择。", "A delegation ends not before today and lasts a year at most. Choose other days."),
    row("criterion_not_found", 404, "这个年度版没有这条标准。请刷新后重新选择。", "The edition has no such criterion. Reload and choose again."),
    row("collective_name_missing", 422, "请填写统称。", "Enter the collective name."),
    row("collective_empty", 422, "所选类别和单位目前没有对应的单位。请至少选定一个单位。", "The chosen kinds and units mean no unit today. Choose at least one unit."),
    row("person_not_found", 404, "没有这个人，或已离任。请重新选择。", "There is no such person at work here. Choose again."),
    row("hand_over_to_self", 422, "接任人不能是离任人本人。请另选接任人。", "The successor cannot be the person who leaves. Choose somebody else."),
];
