//! Words for codes that documents print; pages have their own in the locale files.

use crate::request::Lang;

struct Word {
    kind: &'static str,
    code: &'static str,
    zh: &'static str,
    en: &'static str,
}

const fn row(kind: &'static str, code: &'static str, zh: &'static str, en: &'static str) -> Word {
    Word { kind, code, zh, en }
}

#[rustfmt::skip]
const WORDS: &[Word] = &[
    row("state", "reported", "待核实", "Reported"),
    row("state", "filed", "已立案", "Filed"),
    row("state", "assigned", "待签收", "Assigned"),
    row("state", "rectifying", "整改中", "Rectifying"),
    row("state", "submitted", "待核查", "Submitted"),
    row("state", "closed", "已销号", "Closed"),
    row("state", "deferred", "挂账", "Deferred"),
    row("state", "dismissed", "不予立案", "Dismissed"),
    row("state", "merged", "已合并", "Merged"),
    row("task_state", "draft", "拟定", "Draft"),
    row("task_state", "running", "推进中", "Running"),
    row("task_state", "concluded", "待签字", "Concluded"),
    row("task_state", "signed", "待认定", "Signed"),
    row("task_state", "done", "已办结", "Done"),
    row("task_state", "cancelled", "已撤销", "Cancelled"),
    row("task_class", "hardware", "硬件设施", "Hardware"),
    row("task_class", "service", "管理服务", "Management and service"),
    row("task_class", "special", "专项治理", "Special campaign"),
    row("task_class", "own", "自定", "Own"),
    row("source", "round_finding", "测评督查", "Round"),
    row("source", "covert", "暗访", "Covert visit"),
    row("source", "grid_patrol", "网格巡查", "Grid patrol"),
    row("source", "citizen", "市民上报", "Citizen"),
    row("source", "media_exposure", "媒体曝光", "Media exposure"),
    row("source", "hotline", "12345 热线", "Hotline 12345"),
    row("source", "deputies", "代表委员", "Deputies"),
    row("source", "higher_feedback", "上级反馈", "Higher-level feedback"),
    row("source", "leader_instruction", "领导批示", "Leader's instruction"),
    row("command", "register", "上报", "Registered"),
    row("command", "imported", "历史导入", "Imported"),
    row("command", "file", "立案", "Filed"),
    row("command", "dismiss", "不予立案", "Dismissed"),
    row("command", "merge", "合并", "Merged"),
    row("command", "unmerge", "撤销合并", "Unmerged"),
    row("command", "assign", "交办", "Assigned"),
    row("command", "acknowledge", "签收", "Acknowledged"),
    row("command", "decline", "退单", "Declined"),
    row("command", "accept_decline", "同意退单", "Decline accepted"),
    row("command", "refuse_decline", "不同意退单", "Decline refused"),
    row("command", "transfer", "申请转办", "Transfer asked"),
    row("command", "approve_transfer", "同意转办", "Transferred"),
    row("command", "refuse_transfer", "不同意转办", "Transfer refused"),
    row("command", "rectify", "整改进展", "Progress"),
    row("command", "submit", "报结", "Submitted"),
    row("command", "return", "退回返工", "Returned"),
    row("command", "verify", "核查销号", "Verified"),
    row("command", "extend", "申请延期", "Extension asked"),
    row("command", "approve_extension", "同意延期", "Extended"),
    row("command", "refuse_extension", "不同意延期", "Extension refused"),
    row("command", "defer", "申请挂账", "Deferral asked"),
    row("command", "approve_deferral", "同意挂账", "Deferred"),
    row("command", "refuse_deferral", "不同意挂账", "Deferral refused"),
    row("command", "resume", "恢复整改", "Resumed"),
    row("command", "reclassify", "改类", "Reclassified"),
    row("command", "urge", "催办", "Urged"),
    row("command", "set_stages", "分阶段时限", "Stages set"),
    row("command", "complete_stage", "阶段完成", "Stage done"),
    row("command", "request_reopen", "申请重开", "Reopening asked"),
    row("command", "refuse_reopen", "不予重开", "Reopening refused"),
    row("command", "reopen", "重开", "Reopened"),
    row("command", "settle_due", "补算时限", "Due settled"),
    row("colour", "white", "白色", "White"),
    row("colour", "yellow", "黄色", "Yellow"),
    row("colour", "red", "红色", "Red"),
    row("import_kind", "units", "单位与责任人", "Units and people"),
    row("import_kind", "grids", "网格边界", "Grids"),
    row("import_kind", "calendar", "工作日历", "Calendar"),
    row("import_kind", "checklists", "点位类型与检查清单", "Site types and checklists"),
    row("import_kind", "sites", "点位台账", "Sites"),
    row("import_kind", "framework", "测评体系", "Framework"),
    row("import_kind", "feedback", "上级反馈问题", "Feedback"),
    row("import_kind", "tickets", "12345 工单", "Tickets"),
    row("import_kind", "results", "测评结果", "Results"),
    row("import_kind", "tasks", "任务与月度任务分解表", "Tasks and monthly plan"),
    row("import_state", "preview", "待执行", "Preview"),
    row("import_state", "queued", "排队中", "Queued"),
    row("import_state", "running", "执行中", "Running"),
    row("import_state", "finished", "已完成", "Finished"),
    row("import_state", "failed", "失败", "Failed"),
    row("import_state", "cancelled", "已取消", "Cancelled"),
    row("unit_kind", "leadership", "领导机关", "Leadership"),
    row("unit_kind", "office", "办公室", "Office"),
    row("unit_kind", "department", "部门", "Department"),
    row("unit_kind", "company", "企业", "Company"),
    row("unit_kind", "street", "街道", "Street"),
    row("unit_kind", "town", "镇", "Town"),
    row("unit_kind", "community", "社区", "Community"),
    row("unit_kind", "village", "村", "Village"),
    row("unit_kind", "grid", "网格", "Grid"),
    row("unit_kind", "task_force", "专班", "Task force"),
    row("slip_state", "proposed", "拟发", "Proposed"),
    row("slip_state", "issued", "已签发", "Issued"),
    row("slip_state", "received", "已签收", "Received"),
    row("slip_state", "replied", "已回复", "Replied"),
    row("slip_state", "accepted", "回复已认可", "Reply accepted"),
    row("slip_state", "not_accepted", "回复未认可", "Reply not accepted"),
    row("incident_state", "alleged", "待认定", "Alleged"),
    row("incident_state", "stands", "已认定", "Stands"),
    row("incident_state", "withdrawn", "已撤销", "Withdrawn"),
    row("incident_effect", "deduct", "扣分", "Deduction"),
    row("incident_effect", "veto", "一票否决", "Veto"),
    row("stake_kind", "problem", "未销号问题", "Open problem"),
    row("stake_kind", "site", "不合格点位", "Failing site"),
    row("stake_kind", "result", "未录结果", "Missing result"),
    row("assessment_state", "draft", "拟定", "Draft"),
    row("assessment_state", "published", "已公布", "Published"),
    row("appeal_state", "filed", "待决定", "Filed"),
    row("appeal_state", "accepted", "成立", "Accepted"),
    row("appeal_state", "rejected", "不成立", "Rejected"),
    row("slip_state", "appealed", "已申诉", "Appealed"),
    row("slip_state", "withdrawn", "已撤回", "Withdrawn"),
    row("slip_state", "lifted", "已解除", "Lifted"),
    row("round_kind", "mock", "模拟测评", "Mock assessment"),
    row("round_kind", "routine", "例行督查", "Routine inspection"),
    row("round_kind", "spot", "随机抽查", "Spot check"),
    row("round_kind", "covert", "暗访", "Covert visit"),
    row("round_kind", "special", "专项督导", "Special inspection"),
    row("round_kind", "recheck", "回头看", "Recheck"),
    row("round_kind", "external", "上级测评", "External assessment"),
    row("round_state", "planned", "筹备", "Planned"),
    row("round_state", "open", "进行中", "Open"),
    row("round_state", "closed", "已结束", "Closed"),
    row("round_state", "released", "已启封", "Released"),
    row("role", "platform_admin", "平台管理员", "Platform administrator"),
    row("role", "city_admin", "系统管理员", "City administrator"),
    row("role", "office", "创建办", "Creation office"),
    row("role", "unit_head", "第一责任人", "Head"),
    row("role", "officer", "具体责任人", "Officer"),
    row("role", "liaison", "联络员", "Liaison"),
    row("role", "inspector", "测评员", "Inspector"),
    row("role", "grid_worker", "网格员", "Grid worker"),
    row("role", "supervisor", "督查室", "Supervision office"),
    row("role", "leader", "市领导", "Leader"),
    row("role", "province", "省级文明办", "Province"),
    row("rate", "on_time", "按期办结率", "On time"),
    row("rate", "closing", "办结率", "Closing"),
    row("rate", "rework", "返工率", "Rework"),
    row("rate", "decline", "退单率", "Decline"),
    row("rate", "rebound", "反弹率", "Rebound"),
    row("rate", "holding", "巩固率", "Holding"),
    row("rate", "extension", "延期率", "Extension"),
    row("rate", "deferral", "挂账率", "Deferral"),
    row("timed_step", "filing", "立案", "Filing"),
    row("timed_step", "assigning", "交办", "Assigning"),
    row("timed_step", "acknowledging", "签收", "Acknowledging"),
    row("timed_step", "rectifying", "整改", "Rectifying"),
    row("timed_step", "verifying", "核查", "Verifying"),
    row("timed_step", "whole", "全程", "Whole"),
    row("job_kind", "import", "导入", "Import"),
    row("job_kind", "score", "计分", "Score"),
    row("job_kind", "ladder_sweep", "督办到期检查", "Check what is late"),
    row("job_kind", "ladder_rehearsal", "督办办法演练", "Rehearsal of the ladder"),
    row("job_kind", "ledger", "带图台账", "Ledger with pictures"),
    row("job_kind", "mail", "发送邮件", "Mail"),
    row("job_kind", "notice_digest", "消息汇总", "Digest of notices"),
    row("job_kind", "audit_head", "留存日志链尾", "Keep the end of the log"),
    row("job_kind", "match_editions", "比对版本", "Match editions"),
    row("job_kind", "rhythms", "生成调度任务", "Make the rhythm's tasks"),
    row("job_state", "waiting", "等待", "Waiting"),
    row("job_state", "running", "进行中", "Running"),
    row("job_state", "done", "已完成", "Done"),
    row("job_state", "failed", "失败", "Failed"),
    row("job_state", "cancelled", "已取消", "Cancelled"),
];

/// The word of a code; the code itself where there is none.
#[must_use]
pub fn word<'a>(kind: &str, code: &'a str, lang: Lang) -> &'a str {
    match WORDS.iter().find(|word| word.kind == kind && word.code == code) {
        Some(word) => match lang {
            Lang::Zh => word.zh,
            Lang::En => word.en,
        },
        None => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yipanqi_domain::access::Role;
    use yipanqi_domain::problem::{CommandKind, Source, State};
    use yipanqi_domain::round::{RoundKind, RoundState};
    use yipanqi_domain::slip::SlipState;

    const SLIP_STATES: [SlipState; 9] = [
        SlipState::Proposed,
        SlipState::Issued,
        SlipState::Received,
        SlipState::Replied,
        SlipState::Accepted,
        SlipState::NotAccepted,
        SlipState::Appealed,
        SlipState::Withdrawn,
        SlipState::Lifted,
    ];

    fn codes<'a, T: serde::Serialize + 'a>(
        kind: &'static str,
        all: &'a [T],
    ) -> impl Iterator<Item = (&'static str, String)> + 'a {
        all.iter().map(move |one| (kind, serde_json::to_value(one).unwrap().as_str().unwrap().to_owned()))
    }

    #[test]
    fn every_state_source_and_command_has_its_words() {
        let codes = codes("state", &State::ALL)
            .chain(codes("source", &Source::ALL))
            .chain(codes("command", CommandKind::ALL))
            .chain(codes("slip_state", &SLIP_STATES))
            .chain(codes("round_kind", &RoundKind::ALL))
            .chain(codes("round_state", &RoundState::ALL))
            .chain(codes("role", &Role::ALL));
        for (kind, code) in codes {
            assert!(word(kind, &code, Lang::Zh).chars().any(|letter| letter > '\u{2E80}'), "{kind} {code}");
            assert_ne!(word(kind, &code, Lang::En), code, "{kind} {code}");
        }
    }
}
