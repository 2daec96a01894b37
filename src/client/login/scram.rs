//! SCRAM, the client's side (RFC 5802, RFC 7677), as Kafka speaks it: no channel binding, passwords as they are typed.
//!
//! The server proves at the end that it knows the password, too; a server that cannot is not believed. How often it may
//! have the password hashed is limited, so that it cannot keep a client busy for long.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::error::ErrorStack;
use openssl::hash::{MessageDigest, hash};
use openssl::pkey::PKey;
use openssl::sign::Signer;

/// Fewer are refused by Kafka's clients, more are none that a broker would choose.
const ITERATIONS: std::ops::RangeInclusive<usize> = 4096..=4_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digest {
    Sha256,
    Sha512,
}

impl Digest {
    fn algorithm(self) -> MessageDigest {
        match self {
            Digest::Sha256 => MessageDigest::sha256(),
            Digest::Sha512 => MessageDigest::sha512(),
        }
    }
}

/// A conversation that has begun.
pub struct Scram<'a> {
    digest: Digest,
    secret: &'a str,
    nonce: String,
    first_bare: String,
}

/// The second message, and what the server must answer it with.
pub struct Proof {
    pub message: String,
    signature: Vec<u8>,
}

impl<'a> Scram<'a> {
    /// `is_token` tells the broker that this is a delegation token.
    pub fn begin(digest: Digest, user: &str, secret: &'a str, is_token: bool) -> Scram<'a> {
        Scram::with_nonce(digest, user, secret, is_token, STANDARD.encode(rand::random::<[u8; 24]>()))
    }

    fn with_nonce(digest: Digest, user: &str, secret: &'a str, is_token: bool, nonce: String) -> Scram<'a> {
        let user = user.replace('=', "=3D").replace(',', "=2C");
        let extension = if is_token { ",tokenauth=true" } else { "" };
        Scram { digest, secret, first_bare: format!("n={user},r={nonce}{extension}"), nonce }
    }

    pub fn first(&self) -> String {
        format!("n,,{}", self.first_bare)
    }

    /// Answers the server's first message.
    pub fn prove(&self, server_first: &[u8]) -> Result<Proof, String> {
        let text = std::str::from_utf8(server_first).map_err(|_| "its first message is no text".to_owned())?;
        let field = |name: &str| {
            let found = text.split(',').find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
            found.ok_or_else(|| format!("its first message has no field {name}"))
        };
        let (nonce, salt, iterations) = (field("r")?, field("s")?, field("i")?);
        if !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() {
            return Err("its nonce does not begin with ours".to_owned());
        }
        let salt = STANDARD.decode(salt).map_err(|_| "its salt is no base64".to_owned())?;
        let iterations = iterations.parse().ok().filter(|number| ITERATIONS.contains(number));
        let iterations = iterations.ok_or_else(|| "its number of iterations is none that is accepted".to_owned())?;
        let without_proof = format!("c=biws,r={nonce}");
        let exchanged = format!("{},{text},{without_proof}", self.first_bare);
        let (proof, signature) = self.keys(&salt, iterations, &exchanged).map_err(|error| error.to_string())?;
        Ok(Proof { message: format!("{without_proof},p={}", STANDARD.encode(proof)), signature })
    }

    /// The proof that we know the password, and the signature that shows that the server does.
    fn keys(&self, salt: &[u8], iterations: usize, exchanged: &str) -> Result<(Vec<u8>, Vec<u8>), ErrorStack> {
        let algorithm = self.digest.algorithm();
        let mut salted = vec![0; algorithm.size()];
        openssl::pkcs5::pbkdf2_hmac(self.secret.as_bytes(), salt, iterations, algorithm, &mut salted)?;
        let client_key = self.hmac(&salted, b"Client Key")?;
        let stored_key = hash(algorithm, &client_key)?;
        let client_signature = self.hmac(&stored_key, exchanged.as_bytes())?;
        let proof = client_key.iter().zip(client_signature).map(|(key, signature)| key ^ signature).collect();
        let server_key = self.hmac(&salted, b"Server Key")?;
        Ok((proof, self.hmac(&server_key, exchanged.as_bytes())?))
    }

    fn hmac(&self, key: &[u8], message: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        Signer::new(self.digest.algorithm(), &*PKey::hmac(key)?)?.sign_oneshot_to_vec(message)
    }
}

impl Proof {
    /// Whether the server's last message shows that it knows the password.
    pub fn check(&self, server_final: &[u8]) -> Result<(), String> {
        let text = std::str::from_utf8(server_final).map_err(|_| "its last message is no text".to_owned())?;
        if let Some(error) = text.strip_prefix("e=") {
            return Err(error.split(',').next().unwrap_or_default().to_owned());
        }
        let signature = text.split(',').find_map(|field| field.strip_prefix("v="));
        let signature = signature.and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
        let is_right = signature.len() == self.signature.len() && openssl::memcmp::eq(&signature, &self.signature);
        if is_right { Ok(()) } else { Err("it could not prove that it knows the password, too".to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SERVER_FIRST: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    fn scram(digest: Digest) -> Scram<'static> {
        Scram::with_nonce(digest, "user", "pencil", false, "rOprNGfwEbeRWgbNEkqO".to_owned())
    }

    /// RFC 7677, section 3.
    #[test]
    fn the_conversation_of_the_rfc() {
        let scram = scram(Digest::Sha256);
        assert_eq!(scram.first(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let proof = scram.prove(SERVER_FIRST.as_bytes()).unwrap();
        let nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let expected = format!("c=biws,r={nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        assert_eq!(proof.message, expected);
        assert_eq!(proof.check(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="), Ok(()));
    }

    #[test]
    fn a_server_that_does_not_know_the_password_is_not_believed() {
        let proof = scram(Digest::Sha512).prove(SERVER_FIRST.as_bytes()).unwrap();
        for last in ["v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "v=", "", "v=!"] {
            assert!(proof.check(last.as_bytes()).unwrap_err().contains("could not prove"), "{last}");
        }
        assert_eq!(proof.check(b"e=invalid-proof,x=1").unwrap_err(), "invalid-proof");
    }

    #[test]
    fn a_first_message_that_is_none_is_refused() {
        let cases = [
            ("r=other,s=AAAA,i=4096", "nonce"),
            ("r=rOprNGfwEbeRWgbNEkqO,s=AAAA,i=4096", "nonce"),
            ("r=rOprNGfwEbeRWgbNEkqOx,s=!,i=4096", "salt"),
            ("r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=4095", "iterations"),
            ("r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=99999999999999999999", "iterations"),
            ("s=AAAA,i=4096", "no field r"),
        ];
        for (message, expected) in cases {
            let fault = scram(Digest::Sha256).prove(message.as_bytes()).err().unwrap();
            assert!(fault.contains(expected), "{message}: {fault}");
        }
    }

    #[test]
    fn signs_in_a_name_are_escaped_and_a_token_says_so() {
        let scram = Scram::with_nonce(Digest::Sha256, "a=b,c", "", true, "x".to_owned());
        assert_eq!(scram.first(), "n,,n=a=3Db=2Cc,r=x,tokenauth=true");
    }

    proptest! {
        #[test]
        fn no_answer_hurts(first in "[rsi=,A-Za-z0-9+/]{0,60}", last in proptest::collection::vec(any::<u8>(), 0..60)) {
            let scram = scram(Digest::Sha256);
            let _ = scram.prove(first.as_bytes());
            if let Ok(proof) = scram.prove(SERVER_FIRST.as_bytes()) {
                prop_assert!(proof.check(&last).is_err());
            }
        }
    }
}
