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
    use yipanqi_domain::problem::{CommandKind, Source, State};

    #[test]
    fn every_state_source_and_command_has_its_words() {
        let code = |value: serde_json::Value| value.as_str().unwrap().to_owned();
        let codes = State::ALL
            .iter()
            .map(|state| ("state", code(serde_json::to_value(state).unwrap())))
            .chain(Source::ALL.iter().map(|source| ("source", code(serde_json::to_value(source).unwrap()))))
            .chain(CommandKind::ALL.iter().map(|command| ("command", code(serde_json::to_value(command).unwrap()))));
        for (kind, code) in codes {
            assert!(word(kind, &code, Lang::Zh).chars().any(|letter| letter > '\u{2E80}'), "{kind} {code}");
            assert_ne!(word(kind, &code, Lang::En), code, "{kind} {code}");
        }
    }
}
