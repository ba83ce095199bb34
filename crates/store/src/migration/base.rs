//! What the hub and every city have: settings, series, jobs, events, applied commands, the audit chain.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_pk_auto, boolean, text, text_null};

use super::column::{index, one_of};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            Table::create().table("setting").col(text("key").primary_key()).col(text("value")).take(),
            Table::create().table("series").col(text("name").primary_key()).col(big_integer("value")).take(),
            job(),
            event(),
            command(),
            audit_entry(),
            audit_head(),
            revision(),
            schedule(),
        ];
        for table in tables {
            manager.create_table(table).await?;
        }
        manager.create_index(index("job_state_run_at_idx", "job", &["state", "run_at"])).await?;
        let head = Query::insert()
            .into_table("audit_head")
            .columns(["id", "seq", "hash"])
            .values_panic([1.into(), 0.into(), "".into()])
            .take();
        manager.execute(head).await?;
        let revision = Query::insert().into_table("revision").columns(["id", "value"]).values_panic([1.into(), 0.into()]).take();
        manager.execute(revision).await
    }
}

fn job() -> TableCreateStatement {
    Table::create()
        .table("job")
        .col(text("id").primary_key())
        .col(text("kind"))
        .col(text("payload"))
        .col(one_of("state", &["waiting", "running", "done", "failed", "cancelled"]))
        .col(big_integer("attempts"))
        .col(text("run_at"))
        .col(text_null("lease_until"))
        .col(text_null("lease_owner"))
        .col(big_integer("done"))
        .col(big_integer("total"))
        .col(text_null("message"))
        .col(text_null("error"))
        .col(text("created_at"))
        .col(text_null("created_by"))
        .col(boolean("cancel_requested"))
        .take()
}

fn event() -> TableCreateStatement {
    Table::create()
        .table("event")
        .col(big_pk_auto("seq"))
        .col(text("at"))
        .col(text("kind"))
        .col(text("subject_id"))
        .col(text("units"))
        .take()
}

fn command() -> TableCreateStatement {
    Table::create()
        .table("command")
        .col(text("id").primary_key())
        .col(text("body_hash"))
        .col(text_null("person_id"))
        .col(text_null("device"))
        .col(text_null("answer"))
        .col(text("applied_at"))
        .take()
}

fn audit_entry() -> TableCreateStatement {
    Table::create()
        .table("audit_entry")
        .col(big_integer("seq").primary_key())
        .col(text("at"))
        .col(text("actor"))
        .col(text("action"))
        .col(text("subject_kind"))
        .col(text("subject_id"))
        .col(text("payload_hash"))
        .col(text_null("payload"))
        .col(text("previous"))
        .col(text("hash"))
        .take()
}

fn schedule() -> TableCreateStatement {
    Table::create().table("schedule").col(text("kind").primary_key()).col(text("next_at")).take()
}

fn revision() -> TableCreateStatement {
    Table::create().table("revision").col(big_integer("id").primary_key()).col(big_integer("value")).take()
}

fn audit_head() -> TableCreateStatement {
    Table::create().table("audit_head").col(big_integer("id").primary_key()).col(big_integer("seq")).col(text("hash")).take()
}
