//! Codes of imports and of the questions they ask.

use super::{Code, row};

/// The rows.
#[rustfmt::skip]
pub const CODES: &[Code] = &[
    row("import_not_found", 404, "没有这次导入。请返回列表重新选择。", "There is no such import. Go back to the list and choose again."),
    row("import_started", 409, "这次导入已经开始，不能再改。请重新上传文件。", "This import has begun and cannot be changed. Upload the file again."),
    row("import_finished", 409, "这次导入已经结束。无需取消。", "This import has ended. There is nothing to cancel."),
    row("import_nothing_refused", 404, "没有被拒收的行。无需下载。", "No row was refused. There is nothing to download."),
    row("import_partial_unconfirmed", 409, "有 {faults} 行有错误，什么都没有写入。请更正文件后重新上传，或确认只导入其余 {rest} 行。", "{faults} rows are wrong, and nothing was written. Correct the file and upload it again, or confirm that the other {rest} rows be imported alone."),
    row("import_kind_unknown", 422, "导入类型不对。请从列表中选择。", "The kind of import is unknown. Choose one from the list."),
    row("mapping_of_other_kind", 422, "映射与导入类型不符。请重新选择。", "The mapping is for another kind of import. Choose again."),
    row("question_not_found", 404, "没有这个待定事项。请刷新列表。", "There is no such question. Reload the list."),
    row("question_decided", 409, "这个事项已经有人定过。请刷新列表。", "This question has been decided already. Reload the list."),
    row("decision_invalid", 422, "所选结果不适用于这个事项。请重新选择。", "The decision does not fit the question. Choose again."),
];
