//! Accounts, sessions and memberships.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod common;

use common::{at, by, city};
use yipanqi_domain::moment::Moment;
use yipanqi_store::hub::{Account, Lockout, Membership, NewAccount, NewSession};
use yipanqi_store::{Store, both};

fn later(hour: u32) -> Moment {
    Moment::parse(&format!("2026-03-02T{hour:02}:00:00+08:00")).unwrap()
}

async fn account(store: &Store, login: &str) -> Account {
    let new = NewAccount {
        login: login.to_owned(),
        name: "王建国".to_owned(),
        phone: None,
        password_hash: "$argon2id$1".to_owned(),
        platform_admin: false,
        must_change: true,
    };
    store.hub().add_account(new, by("root"), at()).await.unwrap()
}

async fn session(store: &Store, account: &Account, token: &str) {
    let new = NewSession {
        token_hash: token.to_owned(),
        account_id: account.id.clone(),
        city: Some("yunxi".parse().unwrap()),
        expires_at: later(12),
        user_agent: "test".to_owned(),
    };
    store.hub().open_session(new, by("王建国"), at()).await.unwrap();
}

both!(
    async fn a_login_name_is_given_once(store: Store) {
        account(&store, "wang").await;
        let again = NewAccount {
            login: "wang".to_owned(),
            name: "王二".to_owned(),
            phone: None,
            password_hash: String::new(),
            platform_admin: false,
            must_change: false,
        };
        let refused = store.hub().add_account(again, by("root"), at()).await.unwrap_err();
        assert_eq!(refused.code(), "account_login_taken");
        assert_eq!(store.hub().accounts().await.unwrap().len(), 1);
    }
);

both!(
    async fn wrong_passwords_sent_at_once_are_all_counted_and_lock(store: Store) {
        let wang = account(&store, "wang").await;
        let lockout = Lockout { after: 5, until: later(10) };
        let tries: Vec<_> = (0..4)
            .map(|_| {
                let (store, id) = (store.clone(), wang.id.clone());
                tokio::spawn(async move { store.hub().login_failed(&id, lockout, by("wang"), at()).await.unwrap() })
            })
            .collect();
        for each in tries {
            assert_eq!(each.await.unwrap().locked_until, None);
        }
        let fifth = store.hub().login_failed(&wang.id, lockout, by("wang"), at()).await.unwrap();
        assert_eq!(fifth.locked_until, Some(later(10)));
        store.hub().login_succeeded(&wang.id, by("wang"), later(11)).await.unwrap();
        let credential = store.hub().credential("wang").await.unwrap().unwrap();
        assert_eq!((credential.account.failures, credential.account.locked_until), (0, None));
    }
);

both!(
    async fn a_session_ends_by_time_revocation_password_and_disabling(store: Store) {
        let hub = store.hub();
        let wang = account(&store, "wang").await;
        session(&store, &wang, "t1").await;
        assert!(hub.session("t1", later(11)).await.unwrap().is_some());
        assert!(hub.session("t1", later(12)).await.unwrap().is_none(), "expired");
        assert!(hub.session("t0", later(11)).await.unwrap().is_none(), "unknown");
        hub.touch_session("t1", later(20), by("wang"), later(11)).await.unwrap();
        assert!(hub.session("t1", later(12)).await.unwrap().is_some(), "used, so prolonged");
        hub.revoke_session("t1", by("wang"), later(11)).await.unwrap();
        assert!(hub.session("t1", later(11)).await.unwrap().is_none(), "revoked");

        session(&store, &wang, "t2").await;
        hub.change_password(&wang.id, "$argon2id$2", by("wang"), later(9)).await.unwrap();
        assert!(hub.session("t2", later(11)).await.unwrap().is_none(), "password changed");
        assert!(!hub.account(&wang.id).await.unwrap().must_change);

        session(&store, &wang, "t3").await;
        hub.disable_account(&wang.id, by("root"), later(9)).await.unwrap();
        hub.enable_account(&wang.id, by("root"), later(9)).await.unwrap();
        assert!(hub.session("t3", later(11)).await.unwrap().is_none(), "what disabling ended does not come back");
        assert_eq!(hub.sessions(&wang.id).await.unwrap().len(), 3);
    }
);

both!(
    async fn leaving_a_city_ends_the_sessions_there_only(store: Store) {
        let hub = store.hub();
        let wang = account(&store, "wang").await;
        for slug in ["yunxi", "linjiang"] {
            city(&store, slug).await;
            let person = yipanqi_store::new_id().parse().unwrap();
            let member = Membership { account_id: wang.id.clone(), city: slug.parse().unwrap(), person };
            hub.add_membership(&member, by("root"), at()).await.unwrap();
            hub.add_membership(&member, by("root"), at()).await.unwrap();
            let other = Membership { person: yipanqi_store::new_id().parse().unwrap(), ..member };
            assert_eq!(hub.add_membership(&other, by("root"), at()).await.unwrap_err().code(), "membership_exists");
        }
        session(&store, &wang, "t1").await;
        session(&store, &wang, "t2").await;
        hub.switch_city("t2", &"linjiang".parse().unwrap(), by("wang"), at()).await.unwrap();
        hub.remove_membership(&wang.id, &"yunxi".parse().unwrap(), by("root"), at()).await.unwrap();
        assert!(hub.session("t1", at()).await.unwrap().is_none());
        assert!(hub.session("t2", at()).await.unwrap().is_some());
        let cities: Vec<_> = hub.memberships(&wang.id).await.unwrap().into_iter().map(|member| member.city.to_string()).collect();
        assert_eq!(cities, ["linjiang"]);
    }
);
