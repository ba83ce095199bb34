//! What follows a problem from outside: versions of the ladder, reminders, black plates and praise, referrals, notices,
//! and the index by which problems are searched.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text, text_null};

use super::column::{index, one_of, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [slip_policy(), reminder(), merit(), referral(), notice(), notice_way(), search_gram()] {
            manager.create_table(table).await?;
        }
        manager.create_index(unique("slip_policy_valid_from_key", "slip_policy", &["valid_from"])).await?;
        manager.create_index(index("reminder_problem_id_idx", "reminder", &["problem_id"])).await?;
        let merit = ["kind", "unit_id", "period_from", "period_to"];
        manager.create_index(unique("merit_kind_unit_id_period_from_period_to_key", "merit", &merit)).await?;
        manager.create_index(unique("merit_kind_number_year_number_key", "merit", &["kind", "number_year", "number"])).await?;
        manager.create_index(unique("referral_number_year_number_key", "referral", &["number_year", "number"])).await?;
        manager.create_index(index("referral_problem_id_idx", "referral", &["problem_id"])).await?;
        manager.create_index(index("notice_person_id_read_at_at_idx", "notice", &["person_id", "read_at", "at"])).await
    }
}

fn slip_policy() -> TableCreateStatement {
    Table::create()
        .table("slip_policy")
        .col(text("id").primary_key())
        .col(text("valid_from"))
        .col(text("name"))
        .col(text("body"))
        .col(text("created_at"))
        .col(text("created_by"))
        .col(big_integer("version"))
        .take()
}

fn reminder() -> TableCreateStatement {
    Table::create()
        .table("reminder")
        .col(text("occasion").primary_key())
        .col(text("problem_id"))
        .col(text("sent_at"))
        .foreign_key(ForeignKey::create().name("reminder_problem_id_fk").from("reminder", "problem_id").to("problem", "id"))
        .take()
}

fn merit() -> TableCreateStatement {
    Table::create()
        .table("merit")
        .col(text("id").primary_key())
        .col(one_of("kind", &["black_plate", "praise"]))
        .col(one_of("state", &["proposed", "confirmed", "dismissed", "ended"]))
        .col(text("peer"))
        .col(text("unit_id"))
        .col(text("period_from"))
        .col(text("period_to"))
        .col(big_integer_null("number_year"))
        .col(big_integer_null("number"))
        .col(text("body"))
        .col(text("proposed_at"))
        .col(text_null("decided_at"))
        .col(text_null("ended_at"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().name("merit_unit_id_fk").from("merit", "unit_id").to("unit", "id"))
        .take()
}

fn referral() -> TableCreateStatement {
    Table::create()
        .table("referral")
        .col(text("id").primary_key())
        .col(big_integer("number_year"))
        .col(big_integer("number"))
        .col(text("problem_id"))
        .col(text("unit_id"))
        .col(one_of("state", &["open", "taken", "ended"]))
        .col(text("body"))
        .col(text("made_at"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().name("referral_problem_id_fk").from("referral", "problem_id").to("problem", "id"))
        .foreign_key(ForeignKey::create().name("referral_unit_id_fk").from("referral", "unit_id").to("unit", "id"))
        .take()
}

fn notice() -> TableCreateStatement {
    Table::create()
        .table("notice")
        .col(text("id").primary_key())
        .col(text("person_id"))
        .col(text("kind"))
        .col(text("subject_kind"))
        .col(text_null("subject_id"))
        .col(big_integer("count"))
        .col(text("body"))
        .col(text("at"))
        .col(text_null("read_at"))
        .foreign_key(ForeignKey::create().name("notice_person_id_fk").from("notice", "person_id").to("person", "id"))
        .take()
}

fn notice_way() -> TableCreateStatement {
    Table::create()
        .table("notice_way")
        .col(text("person_id"))
        .col(text("kind"))
        .col(one_of("way", &["none", "in_app", "mail", "digest"]))
        .primary_key(Index::create().col("person_id").col("kind"))
        .foreign_key(ForeignKey::create().name("notice_way_person_id_fk").from("notice_way", "person_id").to("person", "id"))
        .take()
}

fn search_gram() -> TableCreateStatement {
    Table::create()
        .table("search_gram")
        .col(text("gram"))
        .col(big_integer("number"))
        .primary_key(Index::create().col("gram").col("number"))
        .take()
}
