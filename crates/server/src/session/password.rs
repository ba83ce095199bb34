//! Passwords: argon2id with the library's recommended cost, computed off the request threads.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};

use crate::error::Error;

/// A hash of no password, compared when the login is unknown, so that the answer takes the same time.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The PHC text of a password.
///
/// # Errors
/// Only if the machine has no randomness.
pub async fn hash(password: String) -> Result<String, Error> {
    computed(move || {
        let hashed = Argon2::default().hash_password(password.as_bytes());
        hashed.map(|hash| hash.to_string()).map_err(Error::internal)
    })
    .await?
}

/// Whether the password belongs to the stored text; without one the same time is spent and the answer is no.
///
/// # Errors
/// A stored text that is not a hash.
pub async fn verify(password: String, stored: Option<String>) -> Result<bool, Error> {
    computed(move || {
        let known = stored.is_some();
        let text = stored.unwrap_or_else(|| NOBODY.to_owned());
        let hash = PasswordHash::new(&text).map_err(Error::internal)?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && known)
    })
    .await?
}

async fn computed<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}

/// Whether a new password may be taken.
///
/// # Errors
/// `password_weak`.
pub fn check(new: &str, login: &str, old: Option<&str>) -> Result<(), Error> {
    if new.chars().count() < 8 || new == login || old == Some(new) {
        return Err(Error::new("password_weak").field("new", "password_weak"));
    }
    Ok(())
}

/// A first password that can be read out over the telephone: no 0/O, 1/l.
#[must_use]
pub fn initial() -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    use rand::Rng as _;
    let mut random = rand::rng();
    (0..10).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_verifies() {
        let stored = hash("一盘棋2026".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$"), "{stored}");
        assert!(verify("一盘棋2026".into(), Some(stored.clone())).await.unwrap());
        assert!(!verify("一盘棋2025".into(), Some(stored)).await.unwrap());
    }

    #[tokio::test]
    async fn an_unknown_login_costs_a_full_comparison() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let real = hash("x".into()).await.unwrap();
        let real = PasswordHash::new(&real).unwrap();
        assert_eq!((nobody.algorithm, nobody.version), (real.algorithm, real.version));
        assert_eq!(nobody.params.to_string(), real.params.to_string());
        assert!(!verify("anything".into(), None).await.unwrap());
    }

    #[test]
    fn first_passwords_are_long_enough_and_differ() {
        assert!(check(&initial(), "liu.min", None).is_ok());
        assert_ne!(initial(), initial());
        assert!(check("short", "liu.min", None).is_err());
        assert!(check("liu.min.hong", "liu.min.hong", None).is_err());
        assert!(check("same-as-before", "liu.min", Some("same-as-before")).is_err());
    }
}
