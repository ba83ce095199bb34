//! Codes of outboxes and of photographs under way.

use super::{Code, row};

/// The rows.
#[rustfmt::skip]
pub const CODES: &[Code] = &[
    row("sync_person_other", 403, "发件箱属于另一个人，不会以您的名义发送。请由本人登录后发送。", "This outbox belongs to somebody else and is not sent in your name. Its owner signs in and sends it."),
    row("sync_batch_too_large", 422, "一次最多发送 {limit} 条。请分批发送。", "At most {limit} commands are sent at once. Send them in parts."),
    row("sync_body_damaged", 422, "这一条在传送中损坏。它仍在手机里，请重新发送。", "This entry was damaged on the way. It is still on the phone; send it again."),
    row("sync_work_unknown", 422, "服务器不认识这一条的内容：{reason}。它仍在手机里，请更新应用或导出后交给管理员。", "The server does not know this kind of work: {reason}. It is still on the phone; update the application or hand it over as a file."),
    row("sync_parent_open", 409, "它所依据的上一条还没有收下。上一条收下后会自动发送。", "What it is based on has not been accepted yet. It is sent as soon as that is."),
    row("sync_media_missing", 409, "所附照片还没有到齐。照片到齐后会自动发送。", "Its photographs have not all arrived. It is sent as soon as they have."),
    row("evidence_not_yours", 403, "存疑标记由核查人处理，整改单位不能处理自己的照片。请交核查人办理。", "Flags are decided by whoever verifies, never by the unit that rectifies. Leave it to the reviewer."),
    row("upload_hash_invalid", 422, "照片的校验值应为 64 位小写十六进制。请重新选取照片。", "The hash of a photograph has 64 lower case hexadecimal digits. Choose the photograph again."),
    row("upload_not_found", 404, "没有这张照片的传送记录。请重新开始传送。", "No such photograph is under way. Begin sending it again."),
    row("upload_offset", 409, "已收到 {offset} 字节，请从那里接着传。", "{offset} bytes have arrived; go on from there."),
    row("upload_size_differs", 409, "照片的大小与开始时说的不同。请重新选取照片。", "The photograph has another size than announced. Choose it again."),
    row("upload_hash_differs", 422, "照片在传送中损坏，已收到的部分作废。原片仍在手机里，请重新传送。", "The photograph was damaged on the way and what arrived is thrown away. The original is on the phone; send it again."),
    row("finding_clash", 409, "您的另一台设备对这一项作了不同的记录。两边的记录都列出，请选定一种。", "Another of your devices marked this item differently. Both sides are shown; choose one."),
    row("problem_moved_on", 409, "您离线期间，问题 {number} 已有新的进展，现在是“{state}”。请看清经过后再决定。", "While you were offline problem {number} went on and is {state} now. See what happened and decide."),
];
