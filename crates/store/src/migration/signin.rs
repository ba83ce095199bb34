//! An account is found by its telephone number, so that numbers are kept in one form.

use sea_orm_migration::prelude::*;

use super::column::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The number without blanks, dashes and the sign of the country.
const PLAIN: &str = "REPLACE(REPLACE(REPLACE(phone, ' ', ''), '-', ''), '+86', '')";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tidy = format!("UPDATE account SET phone = {PLAIN} WHERE LENGTH({PLAIN}) = 11 AND {PLAIN} LIKE '1%'");
        manager.get_connection().execute_unprepared(&tidy).await?;
        manager.create_index(index("account_phone_idx", "account", &["phone"])).await
    }
}
