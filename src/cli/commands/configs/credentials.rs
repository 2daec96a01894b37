//! SCRAM credentials in `--add-config SCRAM-SHA-256=[iterations=8192,password=…]` and `--delete-config SCRAM-SHA-256`.

use super::checks::refused;
use crate::cli::failure::{Failure, of_rejection};
use crate::client::Admin;
use crate::client::admin::configs::{ConfigChange, ConfigOperation};
use crate::client::admin::scram::{CredentialChange, ScramMechanism};

/// With `dry_run` they are only read: Kafka has no request that checks them.
pub async fn alter(user: &str, changes: &[ConfigChange], dry_run: bool, admin: &Admin) -> anyhow::Result<()> {
    let changes: Vec<CredentialChange> = changes.iter().map(change).collect::<Result<_, _>>()?;
    if dry_run {
        return Ok(());
    }
    let answer = admin.alter_user_scram_credentials(user, &changes).await?;
    let about = |rejection| of_rejection(&rejection).about(format!("cannot change the credentials of user {user}"));
    answer.map_err(|rejection| about(rejection).into())
}

fn change(change: &ConfigChange) -> Result<CredentialChange, Failure> {
    let mechanism = ScramMechanism::from_name(&change.name)
        .ok_or_else(|| Failure::usage(format!("{} is no SCRAM mechanism", change.name)))?;
    match &change.operation {
        ConfigOperation::Set(text) => {
            let (iterations, password) = credential(mechanism, text)?;
            Ok(CredentialChange::Set { mechanism, iterations, password })
        }
        _ => Ok(CredentialChange::Delete(mechanism)),
    }
}

/// `[iterations=N,]password=…`. The password is not shown in any message of ours.
fn credential(mechanism: ScramMechanism, text: &str) -> Result<(i32, Vec<u8>), Failure> {
    let (iterations, password) = match text.strip_prefix("iterations=") {
        Some(rest) => rest.split_once(",password=").map_or((None, None), |(n, word)| (Some(n), Some(word))),
        None => (None, text.strip_prefix("password=")),
    };
    let is_number = |digits: &str| digits.strip_prefix('-').unwrap_or(digits).bytes().all(|b| b.is_ascii_digit());
    let Some(password) = password.filter(|_| iterations.is_none_or(is_number)) else {
        let java_name = mechanism.name().replace('-', "_");
        return Err(refused(
            format!("{} needs [password=…] or [iterations=8192,password=…]", mechanism.name()),
            format!("Invalid credential property {java_name}={text}"),
        ));
    };
    let least = ScramMechanism::LEAST_ITERATIONS;
    let iterations = match iterations {
        None | Some("-1") => least,
        Some(digits) => digits.parse().map_err(|_| {
            let message = format!("For input string: \"{digits}\"");
            refused(format!("'{digits}' is no number of iterations"), message)
        })?,
    };
    if iterations < least {
        let name = mechanism.name();
        return Err(refused(
            format!("{iterations} iterations are too few for {name}, {least} is the least"),
            format!("Iterations {iterations} is less than the minimum {least} required for {name}"),
        ));
    }
    Ok((iterations, password.as_bytes().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iterations_may_be_left_out_and_the_password_may_hold_anything() {
        let read = |text: &str| credential(ScramMechanism::Sha256, text).unwrap();
        assert_eq!(read("password=a,iterations=5"), (4096, b"a,iterations=5".to_vec()));
        assert_eq!(read("iterations=8192,password=p=q"), (8192, b"p=q".to_vec()));
        assert_eq!(read("iterations=-1,password="), (4096, Vec::new()));
    }

    #[test]
    fn what_is_no_credential_is_refused_without_showing_it() {
        for bad in ["iterations=8192", "secret", "iterations=x,password=secret", "iterations=100,password=secret"] {
            let failure = credential(ScramMechanism::Sha512, bad).unwrap_err();
            assert!(!failure.messages[0].contains("secret"), "{bad}");
        }
    }
}
