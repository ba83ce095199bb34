//! Codes of what is entered or imported: values, units, sites, editions, workbooks, the audit chain.

use super::{Code, row};

/// The rows.
#[rustfmt::skip]
pub const CODES: &[Code] = &[
    row("calendar_out_of_range", 422, "计算的时间超出可表示的范围。请检查期限。", "The moment lies beyond what the calendar can express. Check the limit."),
    row("value_missing", 422, "此处没有填写。请补填。", "The value is missing. Enter it."),
    row("value_placeholder", 422, "此处是占位内容，不是实际数据。请填写实际值。", "This is a placeholder, not a value. Enter the real value."),
    row("value_unreadable", 422, "此处的内容无法识别。请按要求的格式填写。", "The value cannot be read. Enter it in the expected form."),
    row("unit_twice", 422, "同一单位列了两次。请删除重复的一行。", "A unit is listed twice. Remove one of the rows."),
    row("unit_parent_missing", 422, "上级单位不存在。请先录入上级单位。", "The unit above does not exist. Enter it first."),
    row("unit_cycle", 422, "单位的上下级关系成了循环。请更正上级单位。", "Units stand above themselves in a circle. Correct the unit above."),
    row("unit_closed_before_open", 422, "撤销日期早于成立日期。请更正日期。", "The unit closes before it opens. Correct the dates."),
    row("unit_code_taken", 409, "单位代码已被使用。请换一个代码。", "The unit code is taken. Choose another."),
    row("site_code_taken", 409, "点位编号已被使用。请换一个编号。", "The site code is taken. Choose another."),
    row("site_type_name_taken", 409, "点位类型名称已被使用。请换一个名称。", "The name of the site type is taken. Choose another."),
    row("checklist_item_code_taken", 409, "检查项编号已被使用。请换一个编号。", "The code of the checklist item is taken. Choose another."),
    row("framework_code_taken", 409, "体系代码已被使用。请换一个代码。", "The code of the framework is taken. Choose another."),
    row("edition_code_taken", 409, "年度版代码已被使用。请换一个代码。", "The code of the edition is taken. Choose another."),
    row("round_number_taken", 409, "批次编号已被占用。请重新提交。", "The number of the round is taken. Submit again."),
    row("finding_exists", 409, "这一检查项已有结果。请刷新后修改原结果。", "This item has a result already. Reload and change that one."),
    row("question_exists", 409, "同样的问题已在待定清单中。请在清单中处理。", "The same question is already waiting for a decision. Decide it in the list."),
    row("audit_entry_changed", 409, "审计日志第 {seq} 条已被改动。请立即保全数据库并报告督查室。", "Entry {seq} of the audit log was changed. Preserve the database and report it to the supervision office at once."),
    row("audit_entry_removed", 409, "审计日志第 {seq} 条已被删除。请立即保全数据库并报告督查室。", "Entry {seq} of the audit log was removed. Preserve the database and report it to the supervision office at once."),
    row("audit_entry_inserted", 409, "审计日志第 {seq} 条是插入的。请立即保全数据库并报告督查室。", "Entry {seq} of the audit log was inserted. Preserve the database and report it to the supervision office at once."),
    row("audit_tail_cut", 409, "审计日志在第 {seq} 条之后被截断。请立即保全数据库并报告督查室。", "The audit log was cut behind entry {seq}. Preserve the database and report it to the supervision office at once."),
    row("import_not_a_workbook", 422, "这不是工作簿、CSV 或 GeoJSON 文件。请选择正确的文件。", "This is not a workbook, CSV or GeoJSON file. Choose the right file."),
    row("import_encrypted", 422, "文件已加密。请去掉密码后再导入。", "The file is encrypted. Remove its password and import it again."),
    row("import_old_xls", 422, "这是旧的 xls 格式。请另存为 xlsx 后再导入。", "This is the old xls format. Save it as xlsx and import that."),
    row("import_damaged", 422, "文件已损坏，无法读取。请重新导出后再导入。", "The file is damaged. Export it anew and import it again."),
    row("import_too_large", 413, "文件太大或展开后太大。请拆分后再导入。", "The file is too large, or too large when unpacked. Split it and import the parts."),
    row("import_empty", 422, "文件里没有数据。请检查文件。", "The file has no data. Check it."),
    row("import_encoding", 422, "文字编码无法识别。请另存为 UTF-8 或 GB18030 的 CSV,或 xlsx。", "The encoding was not recognised. Save the file as CSV in UTF-8 or GB18030, or as xlsx."),
    row("import_no_such_sheet", 422, "文件里没有这个工作表。请重新选择工作表。", "The file has no such sheet. Choose another."),
    row("import_unreadable", 422, "文件无法读取。请检查文件后重试。", "The file could not be read. Check it and try again."),
    row("mapping_unknown_part", 422, "对应关系中有未知的数据部分。请重新选择。", "The mapping names an unknown part. Choose again."),
    row("mapping_unknown_field", 422, "对应关系中有未知的字段。请重新选择。", "The mapping names an unknown field. Choose again."),
    row("mapping_field_twice", 422, "同一字段对应了两列。请去掉一列。", "A field is mapped from two columns. Remove one."),
    row("mapping_field_missing", 422, "必填字段没有对应的列。请为它选择一列。", "A required field has no column. Choose one for it."),
    row("mapping_header_changed", 409, "文件的表头与对应关系不一致。请重新确认对应关系。", "The header of the file differs from the mapping. Confirm the mapping again."),
    row("mapping_nothing_mapped", 422, "没有任何列被对应。请至少对应必填字段。", "No column is mapped. Map at least the required fields."),
];
