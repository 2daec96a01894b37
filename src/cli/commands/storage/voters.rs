//! The controllers of `--initial-controllers`: `id@host:port:directory`, commas between.

use crate::cli::failure::{Failure, ILLEGAL_ARGUMENT};
use crate::standalone::storage::Voter;

pub fn parse(text: &str) -> Result<Vec<Voter>, Failure> {
    let mut voters: Vec<Voter> = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let voter = one(part).map_err(|fault| refused(text, fault))?;
        if voters.iter().any(|other| other.id == voter.id) {
            return Err(refused(text, format!("Node id {} was specified more than once.", voter.id)));
        }
        voters.push(voter);
    }
    if voters.is_empty() {
        return Err(refused(text, "No voters given.".to_owned()));
    }
    Ok(voters)
}

fn refused(text: &str, fault: String) -> Failure {
    let failure = Failure::usage(format!("--initial-controllers '{text}': {fault}"));
    failure.hint("a controller is written id@host:port:directory-id").thrown(ILLEGAL_ARGUMENT, fault)
}

fn one(text: &str) -> Result<Voter, String> {
    let (id, rest) = text.split_once('@').ok_or("No @ found in dynamic voter string.")?;
    let id = id.parse::<i32>().map_err(|_| "Failed to parse node id in dynamic voter string.")?;
    if id < 0 {
        return Err(format!("Invalid negative node id {id} in dynamic voter string."));
    }
    let (host, rest) = match rest.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) =
                rest.split_once(']').ok_or("Hostname began with left bracket, but no right bracket was found.")?;
            (host, rest.strip_prefix(':').ok_or("No colon following hostname could be found.")?)
        }
        None => rest.split_once(':').ok_or("No colon following hostname could be found.")?,
    };
    let (port, directory) = rest.split_once(':').ok_or("No colon following port could be found.")?;
    Ok(Voter {
        id,
        host: host.to_owned(),
        port: port.parse().map_err(|_| "Failed to parse port in dynamic voter string.")?,
        directory_id: directory.parse().map_err(|_| "Failed to parse directory ID in dynamic voter string.")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from kafka-storage.sh of Kafka 4.2.1.
    #[test]
    fn controllers_are_read_and_faults_named() {
        let id = "MvDxzVmcRsaTz33bUuRU6A";
        let voters = parse(&format!("1@localhost:9093:{id},2@[::1]:9094:{id}")).unwrap();
        assert_eq!((voters[0].id, voters[0].port, voters[1].host.as_str()), (1, 9093, "::1"));
        let fault = |text: &str| parse(text).unwrap_err().messages[0].split_once("': ").unwrap().1.to_owned();
        assert_eq!(fault("x"), "No @ found in dynamic voter string.");
        assert_eq!(fault(&format!("1@h:x:{id}")), "Failed to parse port in dynamic voter string.");
        assert_eq!(fault("1@h:1:zz"), "Failed to parse directory ID in dynamic voter string.");
        assert_eq!(fault(&format!("1@h:1:{id},1@h:1:{id}")), "Node id 1 was specified more than once.");
    }
}
