//! What a line of a report and a question say, in both languages; the browser shows the same words.

use yipanqi_store::question::Phrase;

use crate::request::Lang;

/// Code, Chinese sentence, English sentence; `{name}` is filled from the parameters.
#[rustfmt::skip]
const SENTENCES: &[(&str, &str, &str)] = &[
    ("", "", ""),
    ("row_skipped", "不是数据行（{why}）:{text}", "Not a record ({why}): {text}"),
    ("value_missing", "缺少内容：{field}", "A value is missing: {field}"),
    ("value_placeholder", "“{given}”只是占位，未当作内容", "“{given}” stands in for a value and was not taken"),
    ("value_unreadable", "无法识别“{given}”", "“{given}” cannot be read"),
    ("unit_by_former_name", "“{given}”是曾用名或别称，按“{unit}”处理", "“{given}” is a former or other name; taken as “{unit}”"),
    ("unit_collective", "“{given}”泛指多个单位，按原文保留", "“{given}” means several units; kept as given"),
    ("unit_ambiguous", "“{given}”可能是：{units}，未采用", "“{given}” may be {units}; not taken"),
    ("unit_unknown", "名录中没有“{given}”", "The directory has no “{given}”"),
    ("unit_kind_unknown", "无法识别单位类别“{given}”", "The kind of unit “{given}” is unknown"),
    ("unit_twice", "单位编码 {code} 在文件中重复", "The unit code {code} stands twice in the file"),
    ("person_missing", "未填写人员：{field}", "Nobody is named: {field}"),
    ("phone_normalised", "电话“{given}”按 {read} 录入", "The telephone “{given}” was taken as {read}"),
    ("pairing_area_unknown", "找不到包联社区（村）“{given}”", "The paired area “{given}” is unknown"),
    ("boundary_twice", "编码 {code} 的边界在文件中重复", "The boundary {code} stands twice in the file"),
    ("boundary_unreadable", "边界 {code} 无法识别（{field}:{fault}）", "The boundary {code} cannot be read ({field}: {fault})"),
    ("boundary_unit_unknown", "名录中没有边界 {code}“{name}”对应的单位", "The directory has no unit for the boundary {code} “{name}”"),
    ("calendar_segments_not_taken", "工作时段与本市设置不同，未改动设置", "The working hours differ from the city's setting, which was not changed"),
    ("calendar_total_differs", "{year} 年文件写明 {stated} 个工作日，实际为 {counted} 个", "{year}: the file states {stated} working days, there are {counted}"),
    ("calendar_year_replaced", "{year} 年日历已按文件替换", "The calendar of {year} was replaced"),
    ("site_type_added", "类型汇总中没有“{given}”，已按检查清单新增", "The summary has no type “{given}”; it was added from the checklist"),
    ("site_type_unknown", "没有名为“{given}”的点位类型，请选择", "There is no site type “{given}”; choose one"),
    ("site_type_is", "就是“{site_type}”", "It is “{site_type}”"),
    ("site_type_by_other_name", "“{given}”按已确认的“{site_type}”处理", "“{given}” was taken as “{site_type}”, as decided"),
    ("site_types_not_imported", "尚未导入点位类型，“{given}”暂按原文保留", "No site types are imported yet; “{given}” is kept as given"),
    ("citations_of_edition", "标准编号按“{edition}”读取，{all} 处中 {known} 处存在", "The citations were read as numbers of “{edition}”: {known} of {all} exist"),
    ("edition_unknown", "没有版本“{given}”，按文件所引版本处理", "There is no edition “{given}”; the one that the file cites was taken"),
    ("judgement_to_choose", "评判方式“{given}”需人工选择", "How “{given}” is judged must be chosen"),
    ("checklist_item_twice", "检查项编号 {code} 在文件中重复", "The item {code} stands twice in the file"),
    ("citation_unreadable", "无法识别标准编号“{given}”", "The number “{given}” cannot be read"),
    ("blanks_removed", "名称前后的空白已去掉", "Blanks around the name were removed"),
    ("site_twice", "点位编号 {code} 在文件中重复", "The site {code} stands twice in the file"),
    ("coordinates_as_text", "坐标以文本填写，已按数值读取", "The coordinates were written as text and read as numbers"),
    ("coordinates_unreadable", "坐标无法识别：{longitude}，{latitude}", "The coordinates cannot be read: {longitude}, {latitude}"),
    ("coordinates_missing", "{code} {name} 没有坐标，请补充", "{code} {name} has no coordinates; enter them"),
    ("coordinates_implausible", "{code} {name} 的坐标不在本市范围内", "{code} {name} lies outside the city"),
    ("coordinates_swapped", "{code} {name} 的经纬度似乎填反", "Longitude and latitude of {code} {name} seem to be swapped"),
    ("coordinates_longitude_ten_times_too_small", "{code} {name} 的经度小数点似乎错一位", "The point in the longitude of {code} {name} seems misplaced"),
    ("coordinates_longitude_ten_times_too_large", "{code} {name} 的经度小数点似乎错一位", "The point in the longitude of {code} {name} seems misplaced"),
    ("coordinates_latitude_ten_times_too_small", "{code} {name} 的纬度小数点似乎错一位", "The point in the latitude of {code} {name} seems misplaced"),
    ("coordinates_latitude_ten_times_too_large", "{code} {name} 的纬度小数点似乎错一位", "The point in the latitude of {code} {name} seems misplaced"),
    ("coordinates_repaired", "改为 {longitude}，{latitude}", "Change to {longitude}, {latitude}"),
    ("coordinates_left_out", "暂不采用坐标", "Leave the coordinates out"),
    ("datum_blank", "{code} {name} 没有写坐标系，请确认", "{code} {name} names no datum; choose one"),
    ("datum_unknown", "无法识别坐标系“{given}”", "The datum “{given}” is unknown"),
    ("datum_gcj02", "GCJ-02(高德、腾讯)", "GCJ-02 (Amap, Tencent)"),
    ("datum_wgs84", "WGS-84 / CGCS2000", "WGS-84 / CGCS2000"),
    ("datum_bd09", "BD-09(百度)", "BD-09 (Baidu)"),
    ("grid_by_place", "未填网格，按坐标归入“{grid}”", "No grid was named; by its place it lies in “{grid}”"),
    ("site_grid_differs", "{code} 填写的网格是“{named}”，坐标却在“{found}”内", "{code} names the grid “{named}” but lies in “{found}”"),
    ("site_grid_named", "以填写的“{grid}”为准", "Keep “{grid}” as named"),
    ("site_grid_found", "以坐标所在的“{grid}”为准", "Take “{grid}”, where it lies"),
    ("site_duplicate", "{code} {name} 与 {other_code} {other_name} 位置、类型相同，名称相近，是否同一点位", "{code} {name} and {other_code} {other_name} share place and type: are they the same site?"),
    ("site_duplicate_same", "是同一点位，停用 {code}，保留 {other_code}", "The same: retire {code}, keep {other_code}"),
    ("site_duplicate_two", "是两个点位，都保留", "Two sites: keep both"),
    ("edition_frozen", "版本 {edition} 已用于公布的结果，不能再改", "The edition {edition} was used in published results and cannot be changed"),
    ("criterion_without_parent", "“{given}”没有写明属于哪个项目或内容", "“{given}” stands under no item or content"),
    ("rule_not_of_points", "计分规则与分值 {points} 不相符（{method}）：{words}", "The rule does not fit the {points} points ({method}): {words}"),
    ("rule_steps_differ", "按规则全部扣完为 {steps}，分值为 {points}（{method}）", "By the rule all together cost {steps}, the points are {points} ({method})"),
    ("criterion_twice", "标准编号 {number} 在文件中重复", "The criterion {number} stands twice in the file"),
    ("criterion_without_site_type", "{number} 有实地考察，却没有点位类型", "{number} is assessed on site but names no site type"),
    ("criterion_site_type_unknown", "没有名为“{given}”的点位类型，按原文保留", "There is no site type “{given}”; kept as given"),
    ("points_as_text", "分值“{given}”按 {read} 读取", "The points “{given}” were read as {read}"),
    ("points_missing", "没有填写分值（{method}）", "The points are missing ({method})"),
    ("method_not_named", "有“{method}”分值，测评方式一栏却没有写", "There are points for {method}, which the methods do not name"),
    ("method_unknown", "无法识别测评方式“{given}”", "The method “{given}” is unknown"),
    ("rule_to_choose", "计分规则需人工选择（{method}）:{words}", "The rule must be chosen ({method}): {words}"),
    ("total_agrees", "合计 {stated}，与逐项相加一致", "The stated {what} {stated} agrees with the sum of the rows"),
    ("total_differs", "合计写明 {stated}，逐项相加为 {read}", "The stated {what} is {stated}, the rows add up to {read}"),
    ("negative_effect_unreadable", "无法识别处理方式“{given}”", "The consequence “{given}” cannot be read"),
    ("problem_twice", "{key} 在文件中重复", "{key} stands twice in the file"),
    ("problem_joins_round", "归入上级测评批次“{round}”", "Now belongs to the external round “{round}”"),
    ("problem_differs", "{key} 已导入过，本次描述不同，未改动", "{key} was imported before with another description, which was kept"),
    ("deduction_missing", "没有填写扣分", "The deduction is missing"),
    ("site_spelt_otherwise", "“{given}”按登记的“{site}”处理", "“{given}” was taken as the registered “{site}”"),
    ("site_not_registered", "台账中没有“{given}”", "No registered site bears the name “{given}”"),
    ("feedback_site", "“{given}”（{site_type}）是哪个点位", "Which site is “{given}” ({site_type})?"),
    ("site_is", "{code} {name}({address})", "{code} {name} ({address})"),
    ("site_is_none", "不在台账内", "Not in the registry"),
    ("ticket_twice", "工单 {number} 在文件中重复", "The ticket {number} stands twice in the file"),
    ("ticket_in_future", "来电时间晚于现在", "The call lies in the future"),
    ("ticket_is_report", "“{category}”只登记，不作为问题", "“{category}” is kept as a report, not as a problem"),
    ("ticket_finish_unreadable", "工单已办结，但办结时间“{given}”无法采用", "The ticket is finished, but its end “{given}” cannot be taken"),
    ("ticket_returned", "承办单位已退回，待重新交办", "The unit gave it back; the office gives it out again"),
    ("ticket_without_unit", "没有可识别的承办单位，待交办", "No known unit; the office assigns it"),
    ("limit_unreadable", "办理时限“{given}”无法识别，待交办", "The limit “{given}” cannot be read; the office assigns it"),
    ("ticket_state_unknown", "无法识别工单状态“{given}”，按未办结处理", "The state “{given}” is unknown; taken as open"),
    ("ticket_repeat", "与 {earlier} 同一地点、同类诉求，可能是重复来电", "Same place and kind as {earlier}; possibly the same matter again"),
    ("round_unknown", "没有这个测评批次", "There is no such round"),
    ("round_not_given", "请指明结果属于哪个测评批次", "Say to which round the results belong"),
    ("round_without_edition", "该批次没有选定测评体系版本", "The round has no edition"),
    ("criterion_unknown", "没有编号为“{given}”的标准", "There is no criterion “{given}”"),
    ("result_of_one_site", "单个点位的结果请通过检查录入", "The result of a single site is entered by a visit"),
    ("method_not_given", "{criterion} 有多种测评方式，请指明", "{criterion} has several methods; name one"),
    ("method_not_of_criterion", "{criterion} 没有这种测评方式", "{criterion} has no such method"),
    ("observed_above_total", "合格数大于总数", "More were observed than looked at"),
    ("result_missing", "没有填写结果", "The row gives no result"),
    ("row_withheld", "本行可用，但文件有错误行，未确认只导入其余各行，未写入", "This row is in order; others are not, and nobody said to import the rest alone: not written"),
    ("method_missing", "没有填写测评方式", "The method is missing"),
    ("import_task_unknown", "没有任务“{given}”，请先导入或新建任务", "There is no task “{given}”; import or draft it first"),
    ("import_task_ambiguous", "名为“{given}”的任务不止一项，请填写任务编号", "Several tasks are called “{given}”; give the number"),
    ("import_task_twice", "任务“{given}”在文件中重复", "The task “{given}” stands twice in the file"),
    ("import_measure_differs", "同一任务的计量单位前后不同：“{given}”", "The task was counted in something else before: “{given}”"),
    ("import_person_unknown", "人员名录中没有“{given}”，责任人未填", "Nobody is called “{given}”; the person in charge was left open"),
    ("import_person_ambiguous", "叫“{given}”的不止一人，责任人未填", "Several people are called “{given}”; the person in charge was left open"),
    ("party_twice", "“{name}”在同一处重复", "“{name}” stands twice for the same place"),
    ("party_kind_unknown", "无法识别类别“{given}”", "The kind “{given}” is unknown"),
    ("party_unit_missing", "没有写明所属街道、社区", "No street or community is named"),
    ("result_ambiguous", "填写了不止一种结果", "The row gives more than one result"),
];

/// The sentence of a phrase in a language; a code without a sentence shows itself.
#[must_use]
pub fn sentence(phrase: &Phrase, lang: Lang) -> String {
    let known = SENTENCES.iter().find(|(code, ..)| *code == phrase.code);
    let pattern = match (known, lang) {
        (Some((_, zh, _)), Lang::Zh) => *zh,
        (Some((_, _, en)), Lang::En) => *en,
        (None, Lang::Zh | Lang::En) => match crate::error::table::find(&phrase.code) {
            Some(code) => {
                let data = phrase.params.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
                return code.sentence(lang, &data);
            }
            None => phrase.code.as_str(),
        },
    };
    let mut said = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else { break };
        said.push_str(before);
        let given = phrase.params.get(name).map_or("", String::as_str);
        said.push_str(match name {
            "method" => crate::words::word("method", given, lang),
            "why" => crate::words::word("skip", given, lang),
            _ => given,
        });
        rest = behind;
    }
    said.push_str(rest);
    said
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_code_stands_once_and_both_sentences_fill_the_same_gaps() {
        let gaps = |text: &str| -> BTreeSet<String> {
            text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name.to_owned()).collect()
        };
        let mut codes = BTreeSet::new();
        for (code, zh, en) in SENTENCES {
            assert!(codes.insert(*code), "{code} stands twice");
            // English may name what Chinese leaves unsaid.
            assert!(gaps(zh).is_subset(&gaps(en)), "{code}");
        }
    }

    #[test]
    fn gaps_are_filled() {
        let phrase = Phrase::new("unit_by_former_name").with("given", "市城管局").with("unit", "云溪市城市管理执法局");
        assert_eq!(sentence(&phrase, Lang::Zh), "“市城管局”是曾用名或别称，按“云溪市城市管理执法局”处理");
        assert_eq!(sentence(&Phrase::new("no_such_code"), Lang::En), "no_such_code");
    }
}
