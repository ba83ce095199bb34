//! Runs of the importer: what was read, what became of each row, remembered mappings.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_pk_auto, boolean, text, text_null};

use super::column::{index, one_of, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        import_run(manager).await?;
        import_row(manager).await?;
        import_mapping(manager).await?;
        Ok(())
    }
}

async fn import_run(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("import_run")
        .col(text("id").primary_key())
        .col(text("kind"))
        .col(text("file_name"))
        .col(text_null("media_sha"))
        .col(one_of("state", &["preview", "queued", "running", "finished", "failed", "cancelled"]))
        .col(text("mapping"))
        .col(boolean("dry_run"))
        .col(text("counts"))
        .col(big_integer("done"))
        .col(big_integer("total"))
        .col(text("started_by"))
        .col(text("created_at"))
        .col(text_null("finished_at"))
        .col(text_null("error"))
        .col(big_integer("version"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("import_run_created_at_idx", "import_run", &["created_at"])).await?;
    manager.create_index(index("import_run_kind_idx", "import_run", &["kind"])).await?;
    Ok(())
}

async fn import_row(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("import_row")
        .col(big_pk_auto("id"))
        .col(text("import_id"))
        .col(text("sheet"))
        .col(big_integer("row"))
        .col(text("col"))
        .col(one_of("action", &["created", "changed", "unchanged", "refused", "question"]))
        .col(text("code"))
        .col(text("message"))
        .col(text_null("record"))
        .foreign_key(ForeignKey::create().name("import_row_import_id_fk").from("import_row", "import_id").to("import_run", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("import_row_import_id_action_idx", "import_row", &["import_id", "action"])).await?;
    manager.create_index(index("import_row_import_id_code_idx", "import_row", &["import_id", "code"])).await?;
    Ok(())
}

async fn import_mapping(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("import_mapping")
        .col(text("id").primary_key())
        .col(text("kind"))
        .col(text("signature"))
        .col(text("mapping"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("import_mapping_kind_signature_key", "import_mapping", &["kind", "signature"])).await?;
    Ok(())
}
