//! What can go wrong in the store, each with a stable code; the one place where constraint names become codes.

use sea_orm::{DbErr, SqlErr};

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The text given as database is neither `sqlite:DIR` nor `postgres://…`.
    #[error("the database must be given as sqlite:DIR or postgres://…")]
    DatabaseUrl,
    /// A short city name that is not 2 to 31 characters of `a-z 0-9 _`, beginning with a letter.
    #[error("not a city name: {0:?}")]
    Slug(String),
    /// No city of this name.
    #[error("no city {0}")]
    CityUnknown(String),
    /// A row that should be there is not.
    #[error("{kind} {id} not found")]
    NotFound {
        /// The noun, as in the tables.
        kind: &'static str,
        /// The identifier that was looked for.
        id: String,
    },
    /// The row changed since the caller read it.
    #[error("{kind} {id} was changed by somebody else")]
    Conflict {
        /// The noun, as in the tables.
        kind: &'static str,
        /// The identifier of the row.
        id: String,
    },
    /// The lease of a job ran out and another worker has it.
    #[error("the lease of job {0} is lost")]
    LeaseLost(String),
    /// A value that must be unique is taken; the code names which.
    #[error("{code}: {constraint}")]
    Taken {
        /// The stable code.
        code: &'static str,
        /// `table.column,column` as the database names it.
        constraint: String,
    },
    /// A row refers to another that does not exist, or is still referred to.
    #[error("a reference does not hold: {0}")]
    Reference(String),
    /// Stored text that cannot be read back.
    #[error("stored {what} cannot be read: {text}")]
    Stored {
        /// What was being read.
        what: &'static str,
        /// The beginning of the text.
        text: String,
    },
    /// A value that cannot be written as JSON.
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The database ended the transaction for the sake of another one; nothing of it remains, and it may be done once more.
    #[error("the database ended the transaction for the sake of another: {0}")]
    Collided(DbErr),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(DbErr),
    /// A file could not be read or written.
    #[error("a file could not be read or written: {0}")]
    File(#[from] std::io::Error),
}

impl StoreError {
    /// The stable code by which HTTP answers and reports name this failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::DatabaseUrl => "database_url_invalid",
            Self::Slug(_) => "city_slug_invalid",
            Self::CityUnknown(_) => "city_unknown",
            Self::NotFound { .. } => "not_found",
            Self::Conflict { .. } => "version_conflict",
            Self::LeaseLost(_) => "lease_lost",
            Self::Taken { code, .. } => code,
            Self::Reference(_) => "reference_broken",
            Self::Stored { .. } => "stored_value_unreadable",
            Self::Json(_) => "not_json",
            Self::Collided(_) => "database_collided",
            Self::Database(_) => "database_failed",
            Self::File(_) => "file_failed",
        }
    }
}

/// Unique constraints by table and columns, and the code a caller is told.
const TAKEN: &[(&str, &str)] = &[
    ("account_login", "account_login_taken"),
    ("city_slug", "city_slug_taken"),
    ("city", "city_slug_taken"),
    ("account", "account_exists"),
    ("membership_account_id_city_slug", "membership_exists"),
    ("membership", "membership_exists"),
    ("unit_code", "unit_code_taken"),
    ("site_code", "site_code_taken"),
    ("site_type_name", "site_type_name_taken"),
    ("checklist_item_code", "checklist_item_code_taken"),
    ("framework_code", "framework_code_taken"),
    ("edition_code", "edition_code_taken"),
    ("edition_supersedes_id", "edition_superseded"),
    ("crosswalk_one_node_id_other_node_id", "crosswalk_exists"),
    ("comparison_old_edition_id_new_edition_id", "comparison_exists"),
    ("round_number", "round_number_taken"),
    ("problem_number", "problem_number_taken"),
    ("problem_external_source_external_key", "problem_known"),
    ("finding_visit_id_item_id", "finding_exists"),
    ("visit_round_id_site_id_ordinal", "visit_exists"),
    ("round_site_round_id_site_id", "round_site_exists"),
    ("slip_number_year_number", "slip_number_taken"),
    ("slip_occasion", "slip_exists"),
    ("question_kind_key", "question_exists"),
    ("slip_policy_valid_from", "ladder_day_taken"),
    ("merit_kind_unit_id_period_from_period_to", "merit_exists"),
    ("merit_kind_number_year_number", "merit_number_taken"),
    ("referral_number_year_number", "referral_number_taken"),
    ("unit_duty_node_id_unit_id", "duty_exists"),
    ("lookback_period", "lookback_known"),
    ("patrol_plan_unit_id_name", "patrol_plan_name_taken"),
    ("patrol", "patrol_known"),
    ("quota_site_type_id_name", "quota_name_taken"),
    ("task_number", "task_number_taken"),
    ("task_origin_key", "task_known"),
    ("campaign_name", "campaign_name_taken"),
    ("rhythm_name", "rhythm_name_taken"),
];

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if crate::dialect::collided(&error) {
            return Self::Collided(error);
        }
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(message)) => {
                let constraint = constraint(&message);
                let code = TAKEN.iter().find(|(name, _)| *name == constraint).map_or("already_exists", |(_, code)| code);
                Self::Taken { code, constraint }
            }
            Some(SqlErr::ForeignKeyConstraintViolation(message)) => Self::Reference(message),
            Some(_) | None => Self::Database(error),
        }
    }
}

/// `table_column_column` from either database's words: `UNIQUE constraint failed: unit.code` names columns,
/// `… violates unique constraint "unit_code_key"` names the index, on a Citus shard with a number behind.
fn constraint(message: &str) -> String {
    if let Some((_, columns)) = message.split_once("failed: ") {
        let mut name = String::new();
        for column in columns.split(", ") {
            match column.split_once('.') {
                Some((table, column)) if name.is_empty() => name = format!("{table}_{column}"),
                Some((_, column)) => name = format!("{name}_{column}"),
                None => name.push_str(column),
            }
        }
        return name;
    }
    let name = message.split('"').nth(1).unwrap_or(message);
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_');
    // A primary key names only its table here, its columns over there.
    name.strip_suffix("_pkey").or(name.strip_suffix("_key")).unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::constraint;

    #[test]
    fn both_databases_name_the_same_constraint() {
        assert_eq!(constraint("UNIQUE constraint failed: unit.code"), "unit_code");
        assert_eq!(constraint("duplicate key value violates unique constraint \"unit_code_key\""), "unit_code");
        assert_eq!(constraint("duplicate key value violates unique constraint \"unit_code_key_102009\""), "unit_code");
        assert_eq!(constraint("UNIQUE constraint failed: slip.number_year, slip.number"), "slip_number_year_number");
    }
}
