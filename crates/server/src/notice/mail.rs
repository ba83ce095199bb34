//! Mail as the second channel: how many things of which kind wait, and where to look; never what they are.

use std::collections::BTreeMap;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use yipanqi_domain::id::PersonId;
use yipanqi_store::{ReadTx, WriteTx, setting};

use super::Told;
use crate::app::App;
use crate::error::Error;
use crate::job::{Failure, Task};

/// How mail leaves the installation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// The server that takes mail.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept secret.
    #[serde(default)]
    pub security: Security,
    /// Who logs in; none where the server asks for nobody.
    #[serde(default)]
    pub user: Option<String>,
    /// With which password.
    #[serde(default)]
    pub password: Option<String>,
    /// From whom mail comes.
    pub from: String,
}

/// How a connection to the mail server is kept secret.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// TLS from the first byte.
    #[default]
    Tls,
    /// TLS after a greeting.
    Starttls,
    /// Plain text: only for a server on the same machine.
    None,
}

/// What a mail is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Letter {
    /// To whom.
    pub person: PersonId,
    /// How many things of which kind.
    pub counts: BTreeMap<Told, usize>,
}

fn key(person: PersonId) -> String {
    format!("mail_address/{person}")
}

/// The address that a person has given.
pub(super) async fn address(tx: &ReadTx, person: PersonId) -> Result<Option<String>, Error> {
    Ok(setting::get::<String>(tx, &key(person)).await?.filter(|address| !address.is_empty()))
}

/// Sets or clears a person's address.
pub(super) async fn set_address(tx: &WriteTx, person: PersonId, address: &str) -> Result<(), Error> {
    if !address.is_empty() && address.parse::<Mailbox>().is_err() {
        return Err(Error::invalid("address", "mail_address_invalid"));
    }
    Ok(setting::put(tx, &key(person), &address).await?)
}

/// The Chinese name of a kind, as mail says it.
fn name(told: Told) -> &'static str {
    match told {
        Told::Assigned => "交办问题",
        Told::Returned => "退回返工",
        Told::Urged => "催办",
        Told::DueSoon => "即将到期",
        Told::Decided => "申请审批结果",
        Told::Asked => "待审批申请",
        Told::SlipProposed => "拟发督办单",
        Told::SlipIssued => "督办单",
        Told::SlipReplied => "督办单回复",
        Told::SlipJudged => "督办单处理结果",
        Told::Merit => "通报",
        Told::Exposed => "待认领曝光",
        Told::Referred => "移送事项",
        Told::Merged => "合并的上报",
        Told::Warned => "同类提醒",
        Told::PartyAnswered => "责任主体答复",
        Told::PartySilent => "链接到期未答复",
        Told::Submitted => "待核查报结",
    }
}

fn text(counts: &BTreeMap<Told, usize>) -> String {
    let lines: Vec<String> = counts.iter().map(|(told, count)| format!("{}：{count} 件", name(*told))).collect();
    format!("您好，您在一盘棋平台有新的通知：\n\n{}\n\n请登录平台查看。本邮件不含具体内容，请勿回复。\n", lines.join("\n"))
}

async fn send(config: &MailConfig, to: &str, counts: &BTreeMap<Told, usize>) -> Result<(), Failure> {
    let dead = |error: &dyn std::fmt::Display| Failure::Dead(Error::internal(error));
    let from: Mailbox = config.from.parse().map_err(|error| dead(&error))?;
    let to: Mailbox = to.parse().map_err(|error| dead(&error))?;
    let total: usize = counts.values().sum();
    let message = Message::builder()
        .from(from)
        .to(to)
        .subject(format!("一盘棋平台：{total} 项待查看"))
        .header(ContentType::TEXT_PLAIN)
        .body(text(counts))
        .map_err(|error| dead(&error))?;
    let host = config.host.as_str();
    let mut server = match config.security {
        Security::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(host).map_err(|error| dead(&error))?,
        Security::Starttls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host).map_err(|error| dead(&error))?,
        Security::None => AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host),
    }
    .port(config.port);
    if let (Some(user), Some(password)) = (&config.user, &config.password) {
        server = server.credentials(Credentials::new(user.clone(), password.clone()));
    }
    // A mail server that is away is back later.
    server.build().send(message).await.map_err(|error| Failure::Retry(Error::internal(error)))?;
    Ok(())
}

/// Sends one mail.
pub(super) async fn run(app: App, task: Task) -> Result<Value, Failure> {
    let letter: Letter = task.payload()?;
    let Some(config) = app.config().mail.clone() else { return Ok(json!({ "sent": false })) };
    let tx = task.city().read().await.map_err(Error::from)?;
    let to = address(&tx, letter.person).await?;
    drop(tx);
    match to {
        Some(to) => send(&config, &to, &letter.counts).await.map(|()| json!({ "sent": true })),
        None => Ok(json!({ "sent": false })),
    }
}

/// Tells everybody who wants a digest what has come together since the last one.
pub(super) async fn digest(_: App, task: Task) -> Result<Value, Failure> {
    let mut tx = task.write().await?;
    let told = super::herald::digest(&mut tx).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(json!({ "told": told }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_says_how_many_and_never_what() {
        let text = text(&[(Told::Assigned, 500), (Told::SlipIssued, 1)].into());
        assert!(text.contains("交办问题：500 件") && text.contains("督办单：1 件"), "{text}");
    }
}
