//! Codes that any request may meet: the wire, the store, the calendar, rights.

use super::{Code, row};

/// The server itself failed.
pub const INTERNAL: Code = row(
    "internal",
    500,
    "系统出错了，数据没有改动。请稍后再试；若仍出错，请把请求编号告诉管理员。",
    "The server failed and nothing was changed. Try again later; if it persists, give the administrator the request number.",
);

/// The rows.
#[rustfmt::skip]
pub const CODES: &[Code] = &[
    INTERNAL,
    row("not_found", 404, "没有找到这一项。它可能属于别的城市，或地址有误，请返回列表重新选择。", "Nothing was found here. It may belong to another city or the address is wrong; go back to the list and choose again."),
    row("method_not_allowed", 405, "此地址不支持这种操作。请检查接口文档。", "This address does not support the method. Check the API documentation."),
    row("invalid", 422, "提交的内容有误。请按各项提示修改后再提交。", "Something in the request is wrong. Correct the marked fields and send it again."),
    row("json_invalid", 400, "提交的内容无法读取：{reason}。请检查格式后再提交。", "The body could not be read: {reason}. Check its form and send it again."),
    row("query_invalid", 400, "地址中的查询条件无法读取：{reason}。请修改条件。", "The query could not be read: {reason}. Change the conditions."),
    row("path_invalid", 404, "地址中的编号无效。请返回列表重新选择。", "The identity in the address is not valid. Go back to the list and choose again."),
    row("view_name_invalid", 422, "视图名称须为 1 至 20 个字。请改短后再保存。", "The name of a view has 1 to 20 characters. Shorten it and save again."),
    row("view_query_too_long", 422, "筛选条件太多，无法保存为视图。请减少条件。", "There are too many conditions to keep as a view. Remove some."),
    row("body_too_large", 413, "提交的内容太大。请分次提交或压缩后再传。", "The request is too large. Send it in parts or make it smaller."),
    row("request_timeout", 408, "处理超时，可能没有完成。请刷新查看结果后再决定是否重试。", "The request took too long and may not have finished. Reload to see the result before trying again."),
    row("route_undeclared", 403, "此接口尚未登记权限，已拒绝。请联系管理员。", "This route declares no right and is refused. Contact the administrator."),
    row("header_missing", 403, "请求缺少 X-Yipanqi 请求头。请从系统页面操作，或在请求中加上 X-Yipanqi: 1。", "The header X-Yipanqi is missing. Use the console, or send X-Yipanqi: 1 with the request."),
    row("command_reused", 409, "这个操作编号已用于另一项内容。请刷新页面后重新提交。", "This command id was used for another content. Reload the page and submit again."),
    row("right_missing", 403, "您的岗位没有这项权限。如确需办理，请联系城市管理员为您设岗。", "None of your posts carries this right. If you need it, ask the city administrator for a post."),
    row("place_not_yours", 403, "此事项不在您的管辖范围内。请由所属单位办理。", "This is outside your units. Leave it to the unit in charge."),
    row("calendar_year_missing", 422, "{year}年的工作日历尚未录入。请先在“工作日历”中录入该年的放假与调休安排。", "The working calendar for {year} has not been entered. Enter that year's days off and make-up days first."),
    row("required", 422, "此项必填。请填写后再提交。", "This field is required. Fill it in and submit again."),
    row("too_long", 422, "内容过长。请缩短后再提交。", "The text is too long. Shorten it and submit again."),
    row("not_understood", 422, "此项内容无法识别。请按说明的格式填写。", "This value was not understood. Enter it in the form described."),
    row("already_exists", 409, "已有相同的记录。请改用现有的一条，或换一个名称、编号。", "The same record exists already. Use that one, or choose another name or code."),
    row("in_use", 409, "这一项仍被其他记录使用，不能这样修改。请先处理使用它的记录。", "Other records still use this. Deal with them first."),
    row("city_slug_invalid", 422, "城市标识只能用小写字母、数字和下划线，以字母开头，2 到 31 个字符。请换一个。", "A city's slug has 2 to 31 lower case letters, digits and underscores and starts with a letter. Choose another."),
    row("job_not_found", 404, "没有这项后台任务。请返回任务列表。", "There is no such job. Go back to the list of jobs."),
    row("job_finished", 409, "这项任务已经结束，不能取消。请刷新查看结果。", "This job has ended and cannot be cancelled. Reload to see its result."),
    row("lease_lost", 409, "这项任务已由另一个进程接手。请刷新查看进度。", "Another process has taken over this job. Reload to see how far it is."),
    row("job_kind_unknown", 500, "后台任务的种类“{kind}”无人处理。请升级服务后重试。", "Nobody handles jobs of the kind {kind}. Update the server and try again."),
    row("not_ready", 503, "服务暂时不可用。请稍后再试。", "The service is not ready. Try again later."),
    row("city_unknown", 404, "没有这座城市。请检查城市标识。", "There is no such city. Check its slug."),
    row("city_slug_taken", 409, "已有同名标识的城市。请换一个标识。", "A city has this slug already. Choose another."),
    row("database_url_invalid", 500, "数据库地址应为 sqlite:目录 或 postgres://…。请修改配置。", "The database must be given as sqlite:DIR or postgres://. Correct the configuration."),
    row("database_collided", 503, "有人同时改动了同样的内容，这次没有改动任何数据。请再点一次。", "Somebody changed the same at the same moment, and nothing was changed this time. Send it once more."),
    row("database_failed", 500, "数据库出错，数据没有改动。请稍后再试；若仍出错，请联系管理员。", "The database failed and nothing was changed. Try again later; if it persists, contact the administrator."),
    row("file_failed", 500, "文件读写失败。请检查磁盘空间后再试。", "A file could not be read or written. Check the disk and try again."),
    row("reference_broken", 409, "引用的记录不存在，或仍被别的记录使用。请刷新后核对。", "A record referred to does not exist, or others still refer to it. Reload and check."),
    row("stored_value_unreadable", 500, "已存的数据无法读取。请联系管理员，并告知请求编号。", "Stored data cannot be read. Give the administrator the request number."),
    row("not_json", 500, "数据无法写成 JSON。请联系管理员，并告知请求编号。", "A value cannot be written as JSON. Give the administrator the request number."),
    row("version_conflict", 409, "这条记录刚被别人修改过。请刷新后核对，再提交您的修改。", "Somebody changed this record meanwhile. Reload it, compare, and submit your change again."),
    row("fonts_missing", 500, "缺少公文所需字体。请安装后重试。", "Fonts for official pages are missing. Install them and try again."),
];
