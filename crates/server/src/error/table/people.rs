//! Codes of logging in, accounts, posts, photographs.

use super::{Code, row};

/// The rows.
#[rustfmt::skip]
pub const CODES: &[Code] = &[
    row("session_required", 401, "您尚未登录或登录已过期。请重新登录，未提交的内容会保留在本机。", "You are not logged in or the session has ended. Log in again; unsent work stays on this device."),
    row("city_required", 409, "尚未选择城市。请先选择要进入的城市。", "No city is chosen. Choose the city to enter first."),
    row("login_wrong", 401, "账号或密码不对。请核对后再试，忘记密码可请管理员重置。", "The login or the password is wrong. Check and try again; the administrator can reset a forgotten password."),
    row("login_locked", 423, "密码连续输错多次，为保护您的账号，已暂停登录到 {until}。请稍候再试，或请管理员重置密码。", "Too many wrong passwords: to protect your account, logging in is paused until {until}. Wait a little, or ask the administrator to reset the password."),
    row("account_disabled", 403, "此账号已停用。如需恢复，请联系城市管理员。", "This account is disabled. Ask the city administrator to restore it."),
    row("password_must_change", 403, "首次登录须先修改密码。请修改后继续。", "The password must be changed first. Change it and go on."),
    row("password_wrong", 422, "原密码不对。请重新输入。", "The old password is wrong. Enter it again."),
    row("password_weak", 422, "新密码至少 8 个字符，且不能与账号、手机号或原密码相同。请换一个。", "A new password has at least 8 characters and differs from the login, the mobile number and the old one. Choose another."),
    row("login_invalid", 422, "账号须为 2 到 64 个字母、数字或 . _ - @,不含空格。请换一个。", "A login has 2 to 64 letters, digits or . _ - @ and no spaces. Choose another."),
    row("login_is_number", 422, "账号不能是手机号。请把手机号填在“手机号”一栏，它同样可以用来登录。", "A login cannot be a mobile number. Put it into the field for the number; it serves to sign in as well."),
    row("login_number_shared", 409, "这个手机号登记在不止一个账号上，无法确定是哪一个。请用账号名登录，或请管理员核对号码。", "More than one account has this mobile number. Sign in with the account name, or ask the administrator to check the number."),
    row("phone_invalid", 422, "手机号应为 11 位，可带空格、短横或 +86。请核对。", "A mobile number has 11 digits, with spaces, dashes or +86 if you like. Check it."),
    row("account_phone_taken", 409, "这个手机号已登记在本市另一个人或账号上。请核对是谁的号码，改正后再办理。", "Another person or account of the city has this mobile number. Check whose it is, correct it and try again."),
    row("person_has_account", 409, "此人已有账号，无需再开。忘记密码可重发初始密码。", "The person has an account already. For a forgotten password issue a new first one."),
    row("person_left", 409, "此人已离任，不能开通账号。请核对名录。", "The person has left and is given no account. Check the list."),
    row("person_without_post", 409, "此人没有在任职务，开了账号也无事可办。请先在名录中登记职务。", "The person holds no post, so an account would serve for nothing. Enter the post in the list first."),
    row("person_without_phone", 409, "名录里没有此人的手机号。请补登手机号后再开通，或单独添加账号。", "The list has no mobile number for the person. Add it, or make the account singly."),
    row("hand_out_count", 422, "一次可办理 1 到 {most} 人，当前选了 {count} 人。请分批办理。", "Choose 1 to {most} people at a time; {count} are chosen. Do it in parts."),
    row("account_not_found", 404, "没有这个账号。请返回列表重新选择。", "There is no such account. Go back to the list and choose again."),
    row("account_not_yours", 403, "此账号还在别的城市使用，不能由本市处理。请联系平台管理员。", "This account is used in other cities too. Ask the platform administrator."),
    row("account_login_taken", 409, "此账号已被使用。请换一个账号名。", "This login is taken. Choose another."),
    row("account_exists", 409, "此账号已经存在。请刷新列表。", "This account exists already. Reload the list."),
    row("membership_exists", 409, "此账号在该城市已对应另一个人。请核对后再设。", "The account is another person in this city already. Check before changing it."),
    row("session_not_found", 404, "没有这个登录会话，可能已经退出。请刷新列表。", "There is no such session; it may have ended. Reload the list."),
    row("membership_missing", 403, "您不是这座城市的成员。请联系该城市的管理员开通。", "You are not a member of this city. Ask its administrator for access."),
    row("post_not_found", 404, "没有这个岗位，可能已经结束。请刷新列表。", "There is no such post; it may have ended. Reload the list."),
    row("post_exists", 409, "此人在该单位已有相同岗位。无需重复设置。", "The person already holds this post in the unit. Nothing needs to be done."),
    row("role_not_given_here", 422, "这个角色不能在城市内授予。请联系平台管理员。", "This role is not given inside a city. Ask the platform administrator."),
    row("unit_not_found", 404, "没有这个单位。请返回列表重新选择。", "There is no such unit. Go back to the list and choose again."),
    row("media_not_found", 404, "没有这个文件。它可能属于别的城市，请刷新页面。", "There is no such file. It may belong to another city; reload the page."),
    row("media_too_large", 413, "照片太大。请换一张或压缩后再传。", "The photograph is too large. Choose another or make it smaller."),
    row("media_too_many_pixels", 422, "照片的像素过多，未予接收。请缩小尺寸后再传。", "The photograph has too many pixels and was not taken. Reduce its size and send it again."),
    row("media_kind_unknown", 422, "这不是 JPEG、PNG 或 WebP 照片。请选择照片。", "This is not a JPEG, PNG or WebP picture. Choose a photograph."),
    row("media_damaged", 422, "照片已损坏或传输不完整。请重新拍摄或重新上传。", "The photograph is damaged or incomplete. Take it or send it again."),
    row("file_missing", 422, "没有收到文件。请选择文件后再上传。", "No file was received. Choose a file and upload it again."),
    row("platform_admin_required", 403, "此操作只有平台管理员可以办理。请联系平台管理员。", "Only the platform administrator may do this. Ask the platform administrator."),
];
