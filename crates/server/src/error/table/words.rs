//! How values are said inside a sentence: moments in the city's time, states and commands by their names.

use std::borrow::Cow;

use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::moment::Moment;

use crate::request::Lang;

/// Stored word, Chinese name, English name.
#[rustfmt::skip]
const WORDS: &[(&str, &str, &str)] = &[
    ("reported", "已上报", "reported"), ("filed", "已立案", "filed"), ("assigned", "已交办", "assigned"),
    ("rectifying", "整改中", "being rectified"), ("submitted", "已报结", "submitted"), ("closed", "已销号", "closed"),
    ("dismissed", "不予立案", "dismissed"), ("merged", "已合并", "merged"), ("deferred", "已挂账", "deferred"),
    ("proposed", "待签发", "proposed"), ("issued", "已签发", "issued"), ("received", "已签收", "received"),
    ("replied", "已回复", "replied"), ("accepted", "已认可", "accepted"), ("not_accepted", "未认可", "not accepted"),
    ("withdrawn", "已撤回", "withdrawn"), ("lifted", "已解除", "lifted"), ("appealed", "申诉中", "appealed"),
    ("alleged", "待认定", "alleged"), ("stands", "已认定", "standing"),
    ("file", "立案", "file"), ("assign", "交办", "assign"), ("acknowledge", "签收", "acknowledge"),
    ("submit", "报结", "submit"), ("verify", "核查", "verify"), ("close", "销号", "close"), ("return", "返工", "return"),
    ("decline", "退单", "decline"), ("extend", "延期", "extend"), ("defer", "挂账", "defer"), ("transfer", "转办", "transfer"),
    ("dismiss", "不予立案", "dismiss"), ("merge", "合并", "merge"), ("reopen", "重新办理", "reopen"), ("urge", "催办", "urge"),
    ("issue", "签发", "issue"), ("receive", "签收", "receive"), ("reply", "回复", "reply"), ("accept", "认可", "accept"),
    ("held", "已落实", "held"), ("objected", "有异议", "objected to"), ("released", "已解除", "released"),
    ("lead", "牵头", "lead"), ("support", "配合", "support"), ("name", "明确责任人", "name people"),
    ("object", "提出异议", "object"), ("uphold", "维持", "uphold"), ("release", "解除", "release"),
    ("hand_over", "移交", "hand over"), ("draft", "拟定", "draft"), ("running", "推进中", "running"),
    ("concluded", "待签字", "concluded"), ("signed", "待认定", "signed"), ("done", "已办结", "done"),
    ("cancelled", "已撤销", "cancelled"), ("determine", "五定", "determine"), ("schedule", "排定节点", "schedule"),
    ("start", "启动", "start"), ("report", "报进展", "report"), ("complete_milestone", "节点完成", "complete a milestone"),
    ("conclude", "提请办结", "conclude"), ("sign", "签字", "sign"), ("postpone", "调整期限", "postpone"),
    ("cancel", "撤销", "cancel"), ("goal", "定任务（目标）", "goal"), ("measures", "定措施", "measures"),
    ("standard", "定标准", "standard"), ("responsible", "定责任（人）", "people"), ("deadline", "定时限", "time"),
    ("particular.medium", "媒体", "Medium"), ("particular.ticket", "工单号", "Ticket"),
    ("particular.deputy", "代表（委员）", "Deputy"), ("particular.leader", "批示领导", "Leader"),
    ("particular.instruction", "批示内容", "Instruction"), ("particular.system", "系统名称", "System"),
    ("particular.system_number", "该系统编号", "Number there"),
    ("not_accept", "不认可", "not accept"), ("withdraw", "撤回", "withdraw"), ("lift", "解除", "lift"), ("appeal", "申诉", "appeal"),
];

/// A text value as it stands in a sentence.
pub fn said(text: &str, lang: Lang) -> Cow<'_, str> {
    if let Some((_, zh, en)) = WORDS.iter().find(|(word, ..)| *word == text) {
        return Cow::Borrowed(match lang {
            Lang::Zh => zh,
            Lang::En => en,
        });
    }
    match Moment::parse(text) {
        Ok(moment) => Cow::Owned(Calendar::default().local(moment).format("%Y-%m-%d %H:%M").to_string()),
        Err(_) => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_moments_are_said_in_the_readers_words() {
        assert_eq!(said("assigned", Lang::Zh), "已交办");
        assert_eq!(said("not_accepted", Lang::En), "not accepted");
        assert_eq!(said("2026-03-02T01:15:00.000Z", Lang::Zh), "2026-03-02 09:15");
        assert_eq!(said("云溪", Lang::En), "云溪");
    }
}
