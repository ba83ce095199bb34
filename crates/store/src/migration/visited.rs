//! Of visits made without network, when they were really made beside when they count; of a site of a round, everybody to
//! whom it was given and who visits it a second time; what reviewers decide belongs to the problem where they decided it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text, text_null};

use super::column::{index, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Who had a site before becomes the first of those who had it.
const EARLIER: &str = r#"UPDATE round_site SET earlier = '[{"person":"' || given_before || '","until":"' || given_at || '"}]'
WHERE given_before IS NOT NULL AND given_at IS NOT NULL"#;

/// A decision was taken at a problem to which the photograph belongs; of several the first is meant.
const DECIDED: &str = "UPDATE evidence_decision SET problem_id = COALESCE((SELECT MIN(attachment.subject_id) FROM attachment
WHERE attachment.media_id = evidence_decision.media_id AND attachment.subject_kind = 'problem'), '')";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            ("visit", text_null("begun_at")),
            ("visit", text_null("ended_at")),
            ("finding", text_null("marked_at")),
            ("round_site", text_null("second_id")),
            ("round_site", text("earlier").default("[]").take()),
            ("evidence_decision", text("problem_id").default("").take()),
        ];
        for (table, column) in columns {
            manager.alter_table(Table::alter().table(table).add_column(column).take()).await?;
        }
        manager.get_connection().execute_unprepared(EARLIER).await?;
        manager.alter_table(Table::alter().table("round_site").drop_column("given_before").take()).await?;
        manager.create_index(index("round_site_second_id_idx", "round_site", &["second_id"])).await?;
        manager.get_connection().execute_unprepared(DECIDED).await?;
        let old = Index::drop().name("evidence_decision_media_id_flag_key").table("evidence_decision").to_owned();
        manager.drop_index(old).await?;
        let new = unique("evidence_decision_problem_key", "evidence_decision", &["problem_id", "media_id", "flag"]);
        manager.create_index(new).await
    }
}
