//! The audit chain names what was done to it behind the back of the store.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod common;

use common::{at, by, city};
use serde_json::json;
use yipanqi_domain::audit::{ChainFault, FaultKind, Head};
use yipanqi_store::testing::sql;
use yipanqi_store::{City, Store, audit, both};

async fn logged(store: &Store) -> City {
    let city = city(store, "yunxi").await;
    for entries in [2, 1, 3] {
        let mut tx = city.write(by("甲"), at()).await.unwrap();
        for entry in 0..entries {
            tx.audit("problem_assigned", "problem", &entry.to_string(), &json!({ "to": "城管局" })).unwrap();
        }
        tx.commit().await.unwrap();
    }
    city
}

async fn verified(city: &City, kept: &[Head]) -> Result<(), ChainFault> {
    audit::verify(&city.read().await.unwrap(), kept).await.unwrap().fault.map_or(Ok(()), Err)
}

async fn fault(store: &Store, tampering: &[&str]) -> (u64, FaultKind) {
    let city = logged(store).await;
    verified(&city, &[]).await.unwrap();
    for statement in tampering {
        sql(&city, statement).await;
    }
    let fault = verified(&city, &[]).await.unwrap_err();
    (fault.seq, fault.kind)
}

both!(
    async fn an_untouched_log_verifies_and_pages_backwards(store: Store) {
        let city = logged(&store).await;
        verified(&city, &[]).await.unwrap();
        let tx = city.read().await.unwrap();
        let everything = audit::AuditFilter::default();
        let (page, total) = (audit::list(&tx, &everything, 1, 2).await.unwrap(), audit::count(&tx, &everything).await.unwrap());
        let seqs = |page: &[audit::Logged]| page.iter().map(|logged| logged.entry.seq).collect::<Vec<_>>();
        assert_eq!(seqs(&page), [total - 1, total - 2]);
        let before = audit::AuditFilter { before: Some(total - 1), ..everything.clone() };
        assert_eq!(seqs(&audit::list(&tx, &before, 0, 1).await.unwrap()), [total - 2]);
        let first = &audit::list(&tx, &everything, total - 1, 1).await.unwrap()[0].entry;
        let (kind, id) = first.subject.split_once('/').unwrap();
        let of = |subject_id: &str, from| audit::AuditFilter {
            subject_kinds: vec![kind.to_owned()],
            subject_id: subject_id.to_owned(),
            from,
            ..audit::AuditFilter::default()
        };
        assert!(audit::count(&tx, &of(id, Some(first.at))).await.unwrap() >= 1);
        assert_eq!(audit::count(&tx, &of("nobody", None)).await.unwrap(), 0);
        let nobody = audit::AuditFilter { actors: vec!["nobody".into()], ..audit::AuditFilter::default() };
        assert_eq!(audit::count(&tx, &nobody).await.unwrap(), 0);
    }
);

both!(
    async fn a_changed_actor_is_named(store: Store) {
        assert_eq!(fault(&store, &["UPDATE audit_entry SET actor = '乙' WHERE seq = 3"]).await, (3, FaultKind::Changed));
    }
);

both!(
    async fn a_changed_subject_is_named(store: Store) {
        assert_eq!(fault(&store, &["UPDATE audit_entry SET subject_id = '9' WHERE seq = 1"]).await, (1, FaultKind::Changed));
    }
);

both!(
    async fn a_changed_payload_is_named(store: Store) {
        assert_eq!(fault(&store, &["UPDATE audit_entry SET payload = '{}' WHERE seq = 4"]).await, (4, FaultKind::Changed));
    }
);

both!(
    async fn a_hash_that_is_none_is_named(store: Store) {
        assert_eq!(fault(&store, &["UPDATE audit_entry SET hash = 'x' WHERE seq = 2"]).await, (2, FaultKind::Changed));
    }
);

both!(
    async fn a_removed_entry_is_named(store: Store) {
        assert_eq!(fault(&store, &["DELETE FROM audit_entry WHERE seq = 3"]).await, (3, FaultKind::Removed));
    }
);

both!(
    async fn an_entry_put_behind_the_end_is_named(store: Store) {
        let copy =
            "INSERT INTO audit_entry (seq, at, actor, action, subject_kind, subject_id, payload_hash, payload, previous, hash)
        SELECT 7, at, actor, action, subject_kind, subject_id, payload_hash, payload, hash, hash FROM audit_entry WHERE seq = 6";
        let (seq, kind) = fault(&store, &[copy]).await;
        assert_eq!(seq, 7);
        assert!(matches!(kind, FaultKind::Inserted | FaultKind::Changed), "{kind:?}");
    }
);

both!(
    async fn an_entry_put_in_the_middle_is_named(store: Store) {
        let put = [
            "UPDATE audit_entry SET seq = seq + 100 WHERE seq > 3",
            "UPDATE audit_entry SET seq = seq - 99 WHERE seq > 100",
            "INSERT INTO audit_entry (seq, at, actor, action, subject_kind, subject_id, payload_hash, payload, previous, hash)
        SELECT 4, at, actor, action, subject_kind, subject_id, payload_hash, payload, hash, hash FROM audit_entry WHERE seq = 3",
        ];
        assert_eq!(fault(&store, &put).await.0, 4);
    }
);

both!(
    async fn a_cut_tail_is_named(store: Store) {
        assert_eq!(fault(&store, &["DELETE FROM audit_entry WHERE seq > 4"]).await, (5, FaultKind::CutTail));
    }
);

both!(
    async fn a_cut_tail_with_a_rewritten_head_shows_against_a_kept_head(store: Store) {
        let city = logged(&store).await;
        let kept = audit::head(&city.read().await.unwrap()).await.unwrap().unwrap();
        sql(&city, "DELETE FROM audit_entry WHERE seq > 4").await;
        sql(&city, "UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit_entry WHERE seq = 4)").await;
        verified(&city, &[]).await.unwrap();
        let fault = verified(&city, &[kept]).await.unwrap_err();
        assert_eq!((fault.seq, fault.kind), (5, FaultKind::CutTail));
    }
);

both!(
    async fn erased_payloads_do_not_break_the_chain(store: Store) {
        let city = logged(&store).await;
        sql(&city, "UPDATE audit_entry SET payload = NULL WHERE seq < 4").await;
        verified(&city, &[]).await.unwrap();
    }
);

both!(
    async fn the_hub_has_a_chain_of_its_own(store: Store) {
        city(&store, "yunxi").await;
        let tx = store.hub().read().await.unwrap();
        let log = audit::list(&tx, &audit::AuditFilter::default(), 0, 10).await.unwrap();
        assert_eq!(log.iter().map(|logged| logged.entry.action.as_str()).collect::<Vec<_>>(), ["city_added"]);
        let verdict = audit::verify(&tx, &[]).await.unwrap();
        assert_eq!(verdict, audit::Verdict { entries: 1, head: Some(log[0].entry.head()), fault: None });
    }
);
