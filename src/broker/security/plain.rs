//! SASL/PLAIN: `[authorization id] NUL user NUL secret` in UTF-8 (RFC 4616), with Kafka's rules and words.

use std::collections::BTreeMap;
use std::fmt;
use std::hint::black_box;

/// Why a token does not let its sender in. The words are safe to send: they do not tell which part was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    Malformed,
    NoUser,
    NoSecret,
    OtherAuthorizationId,
    Wrong,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refused::Malformed => "Authentication failed: the PLAIN token does not have three parts",
            Refused::NoUser => "Authentication failed: username not specified",
            Refused::NoSecret => "Authentication failed: password not specified",
            Refused::OtherAuthorizationId => {
                "Authentication failed: Client requested an authorization id that is different from username"
            }
            Refused::Wrong => "Authentication failed: Invalid username or password",
        })
    }
}

/// The user that the token proves.
pub fn authenticate(token: &[u8], users: &BTreeMap<String, String>) -> Result<String, Refused> {
    let text = std::str::from_utf8(token).map_err(|_| Refused::Malformed)?;
    let parts: Vec<&str> = text.split('\0').collect();
    let [authorization_id, user, secret] = parts[..] else { return Err(Refused::Malformed) };
    if user.is_empty() {
        return Err(Refused::NoUser);
    }
    if secret.is_empty() {
        return Err(Refused::NoSecret);
    }
    // An unknown user costs as much time as a known one.
    let expected = users.get(user);
    let same = equal_in_constant_time(secret.as_bytes(), expected.map_or(user, String::as_str).as_bytes());
    if expected.is_none() || !same {
        return Err(Refused::Wrong);
    }
    if !authorization_id.is_empty() && authorization_id != user {
        return Err(Refused::OtherAuthorizationId);
    }
    Ok(user.to_owned())
}

/// Looks at every byte of `given`, whatever they are.
fn equal_in_constant_time(given: &[u8], expected: &[u8]) -> bool {
    let different = given.iter().enumerate().fold(given.len() ^ expected.len(), |different, (i, byte)| {
        let other = expected.get(i % expected.len().max(1)).copied().unwrap_or_default();
        black_box(different | usize::from(byte ^ other))
    });
    different == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_secret_of_a_known_user_lets_in() {
        let users = BTreeMap::from([("kavka".to_owned(), "secret".to_owned())]);
        let check = |token: &[u8]| authenticate(token, &users);
        assert_eq!(check(b"\0kavka\0secret"), Ok("kavka".to_owned()));
        assert_eq!(check(b"kavka\0kavka\0secret"), Ok("kavka".to_owned()));
        assert_eq!(check(b"other\0kavka\0secret"), Err(Refused::OtherAuthorizationId));
        assert_eq!(check(b"\0kavka\0secre"), Err(Refused::Wrong));
        assert_eq!(check(b"\0kavka\0secretsecret"), Err(Refused::Wrong));
        assert_eq!(check(b"\0nobody\0nobody"), Err(Refused::Wrong));
        assert_eq!(check(b"\0\0secret"), Err(Refused::NoUser));
        assert_eq!(check(b"kavka secret"), Err(Refused::Malformed));
        assert_eq!(check(b"\0kavka\0sec\0ret"), Err(Refused::Malformed));
    }
}
