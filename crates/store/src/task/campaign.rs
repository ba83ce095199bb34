//! Campaigns 专项整治、攻坚战: tasks, sites and problems under one name.

use chrono::NaiveDate;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::id::{ProblemId, SiteId, UnitId};

use crate::entity::{campaign, campaign_link};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{day, id, id_opt, read_word, text_opt, word};
use crate::write::WriteTx;

/// Whether a campaign goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// It goes on.
    Open,
    /// It is over.
    Closed,
}

/// A campaign.
#[doc(alias = "专项整治")]
#[doc(alias = "攻坚战")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// Identity.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub goal: String,
    /// First day.
    pub from_on: NaiveDate,
    /// Last day.
    pub to_on: NaiveDate,
    /// The unit that leads.
    pub lead: Option<UnitId>,
    /// Whether it goes on.
    pub state: CampaignState,
    /// One more with every change.
    pub version: i64,
}

/// What belongs to a campaign beside its tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum CampaignLink {
    /// A site.
    Site(SiteId),
    /// A problem.
    Problem(ProblemId),
}

impl CampaignLink {
    fn columns(self) -> (&'static str, String) {
        match self {
            Self::Site(site) => ("site", site.to_string()),
            Self::Problem(problem) => ("problem", problem.to_string()),
        }
    }
}

fn read(row: campaign::Model) -> Result<Campaign, StoreError> {
    Ok(Campaign {
        id: id(&row.id)?,
        from_on: day(&row.from_on)?,
        to_on: day(&row.to_on)?,
        lead: id_opt(row.lead_id.as_ref())?,
        state: read_word("campaign.state", &row.state)?,
        name: row.name,
        goal: row.goal,
        version: row.version,
    })
}

/// All campaigns, the newest first.
///
/// # Errors
/// The database's.
pub async fn campaigns(tx: &ReadTx) -> Result<Vec<Campaign>, StoreError> {
    let rows = campaign::Entity::find().order_by_desc(campaign::Column::FromOn).order_by_asc(campaign::Column::Name);
    rows.all(tx.db()).await?.into_iter().map(read).collect()
}

/// One campaign.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn campaign(tx: &ReadTx, wanted: Uuid) -> Result<Campaign, StoreError> {
    let row = campaign::Entity::find_by_id(wanted.to_string()).one(tx.db()).await?;
    row.map(read).transpose()?.ok_or(StoreError::NotFound { kind: "campaign", id: wanted.to_string() })
}

/// Adds a campaign (`version` 0) or replaces the one read with `version`.
///
/// # Errors
/// `campaign_name_taken`, `version_conflict`, or the database's.
pub async fn save_campaign(tx: &WriteTx, saved: &Campaign) -> Result<(), StoreError> {
    let row = campaign::Model {
        id: saved.id.to_string(),
        name: saved.name.clone(),
        goal: saved.goal.clone(),
        from_on: saved.from_on.to_string(),
        to_on: saved.to_on.to_string(),
        lead_id: text_opt(saved.lead.as_ref()),
        state: word(&saved.state)?,
        version: saved.version + 1,
    };
    if saved.version == 0 {
        campaign::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
        return Ok(());
    }
    let changed = campaign::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(campaign::Column::Id.eq(saved.id.to_string()))
        .filter(campaign::Column::Version.eq(saved.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "campaign", id: saved.id.to_string() });
    }
    Ok(())
}

/// What belongs to a campaign beside its tasks.
///
/// # Errors
/// The database's.
pub async fn campaign_links(tx: &ReadTx, of: Uuid) -> Result<Vec<CampaignLink>, StoreError> {
    let rows = campaign_link::Entity::find().filter(campaign_link::Column::CampaignId.eq(of.to_string())).all(tx.db()).await?;
    rows.into_iter()
        .map(|row| {
            Ok(match row.kind.as_str() {
                "site" => CampaignLink::Site(id(&row.target_id)?),
                _ => CampaignLink::Problem(id(&row.target_id)?),
            })
        })
        .collect()
}

/// Takes sites and problems into a campaign; what is in it already stays.
///
/// # Errors
/// The database's.
pub async fn link_campaign(tx: &WriteTx, of: Uuid, links: &[CampaignLink]) -> Result<(), StoreError> {
    for link in links {
        let (kind, target_id) = link.columns();
        let row = campaign_link::Model { campaign_id: of.to_string(), kind: kind.to_owned(), target_id };
        campaign_link::Entity::insert(row.into_active_model()).on_conflict_do_nothing().exec_without_returning(tx.db()).await?;
    }
    Ok(())
}

/// Takes sites and problems out of a campaign.
///
/// # Errors
/// The database's.
pub async fn unlink_campaign(tx: &WriteTx, of: Uuid, links: &[CampaignLink]) -> Result<(), StoreError> {
    for link in links {
        let (kind, target) = link.columns();
        campaign_link::Entity::delete_by_id((of.to_string(), kind.to_owned(), target)).exec(tx.db()).await?;
    }
    Ok(())
}
