//! Java's own format of key stores, JKS: trusted certificates in the clear, private keys behind Sun's key protector.
//!
//! The format is that of the JDK's `JavaKeyStore`: a magic number, a version, entries, and a SHA-1 digest over the password
//! and everything before. The protector is a stream of SHA-1 digests, salted, and a digest of the password and the key.
//! Every length is checked against what is left, so that no file asks for more memory than it has bytes.

use openssl::sha::{Sha1, sha1};

const MAGIC: [u8; 4] = [0xfe, 0xed, 0xfe, 0xed];
const DIGEST: usize = 20;
/// The protector's object identifier, 1.3.6.1.4.1.42.2.17.1.1, in DER.
const PROTECTOR: [u8; 12] = [0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x2a, 0x02, 0x11, 0x01, 0x01];

/// What a store holds; certificates and keys are DER.
#[derive(Debug, Default)]
pub struct JavaStore<'a> {
    pub trusted: Vec<&'a [u8]>,
    pub keys: Vec<KeyEntry<'a>>,
}

#[derive(Debug)]
pub struct KeyEntry<'a> {
    protected: &'a [u8],
    pub chain: Vec<&'a [u8]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JksFault {
    /// It ends within an entry, or holds something that is none.
    Broken,
    /// The digest over the file is not that of this password.
    Password,
    /// The key is protected by another password than the one given.
    KeyPassword,
    /// The key is protected in a way that is not Sun's.
    Protector,
}

pub fn is_jks(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Reads a store. Without a password its integrity is not checked, as in Java.
pub fn read<'a>(bytes: &'a [u8], password: Option<&str>) -> Result<JavaStore<'a>, JksFault> {
    let content = bytes.len().checked_sub(DIGEST).ok_or(JksFault::Broken)?;
    let (content, digest) = bytes.split_at(content);
    if let Some(password) = password {
        let mut hash = Sha1::new();
        hash.update(&utf16(password));
        hash.update(b"Mighty Aphrodite");
        hash.update(content);
        if hash.finish() != digest {
            return Err(JksFault::Password);
        }
    }
    let mut rest = Rest(content);
    if rest.take(4)? != MAGIC {
        return Err(JksFault::Broken);
    }
    let version = rest.number()?;
    if !matches!(version, 1 | 2) {
        return Err(JksFault::Broken);
    }
    let mut store = JavaStore::default();
    for _ in 0..rest.number()? {
        let tag = rest.number()?;
        rest.text()?;
        rest.take(8)?;
        match tag {
            1 => {
                let protected = rest.bytes()?;
                let mut chain = Vec::new();
                for _ in 0..rest.number()? {
                    chain.push(rest.certificate(version)?);
                }
                store.keys.push(KeyEntry { protected, chain });
            }
            2 => store.trusted.push(rest.certificate(version)?),
            _ => return Err(JksFault::Broken),
        }
    }
    Ok(store)
}

impl KeyEntry<'_> {
    /// The key as PKCS#8.
    pub fn open(&self, password: &str) -> Result<Vec<u8>, JksFault> {
        let password = utf16(password);
        let data = protected_octets(self.protected).ok_or(JksFault::Protector)?;
        let length = data.len().checked_sub(2 * DIGEST).ok_or(JksFault::Broken)?;
        let (salt, rest) = data.split_at(DIGEST);
        let (hidden, check) = rest.split_at(length);
        let mut key = Vec::with_capacity(length);
        let mut pad: [u8; DIGEST] = salt.try_into().map_err(|_| JksFault::Broken)?;
        for block in hidden.chunks(DIGEST) {
            pad = digest_of(&password, &pad);
            key.extend(block.iter().zip(pad).map(|(hidden, pad)| hidden ^ pad));
        }
        if digest_of(&password, &key) == check { Ok(key) } else { Err(JksFault::KeyPassword) }
    }
}

fn digest_of(password: &[u8], bytes: &[u8]) -> [u8; DIGEST] {
    sha1(&[password, bytes].concat())
}

fn utf16(password: &str) -> Vec<u8> {
    password.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// The octets of an EncryptedPrivateKeyInfo of the protector: SEQUENCE { SEQUENCE { id, NULL }, OCTET STRING }.
fn protected_octets(der: &[u8]) -> Option<&[u8]> {
    let (outer, _) = element(der, 0x30)?;
    let (algorithm, rest) = element(outer, 0x30)?;
    let (octets, _) = element(rest, 0x04)?;
    algorithm.starts_with(&PROTECTOR).then_some(octets)
}

/// The content of a DER element, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.split_first().filter(|(first, _)| **first == tag)?;
    debug_assert_eq!(first, tag);
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length - 0x80))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// What has not been read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], JksFault> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(JksFault::Broken)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, JksFault> {
        self.take(4)?.try_into().map(u32::from_be_bytes).map_err(|_| JksFault::Broken)
    }

    fn bytes(&mut self) -> Result<&'a [u8], JksFault> {
        let length = self.number()?;
        self.take(usize::try_from(length).map_err(|_| JksFault::Broken)?)
    }

    fn text(&mut self) -> Result<&'a [u8], JksFault> {
        let length: [u8; 2] = self.take(2)?.try_into().map_err(|_| JksFault::Broken)?;
        self.take(usize::from(u16::from_be_bytes(length)))
    }

    /// From version 2 on a certificate says of which type it is; all are X.509.
    fn certificate(&mut self, version: u32) -> Result<&'a [u8], JksFault> {
        if version == 2 && self.text()? != b"X.509" {
            return Err(JksFault::Broken);
        }
        self.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Made by `keytool -genkeypair -storetype JKS` of JDK 17: one key of P-256 with its certificate.
    const KEY_STORE: &[u8] = include_bytes!("testdata/key.jks");
    /// Made by `keytool -importcert -storetype JKS`: that certificate, trusted.
    const TRUST_STORE: &[u8] = include_bytes!("testdata/trust.jks");

    #[test]
    fn a_trust_store_is_read_with_and_without_its_password() {
        for password in [None, Some("store-secret")] {
            let store = read(TRUST_STORE, password).unwrap();
            assert_eq!((store.trusted.len(), store.keys.len()), (1, 0));
            assert!(openssl::x509::X509::from_der(store.trusted[0]).is_ok());
        }
        assert_eq!(read(TRUST_STORE, Some("wrong")).unwrap_err(), JksFault::Password);
    }

    #[test]
    fn a_key_is_opened_with_its_own_password_only() {
        let store = read(KEY_STORE, Some("store-secret")).unwrap();
        let entry = &store.keys[0];
        let key = entry.open("key-secret").unwrap();
        let key = openssl::pkey::PKey::private_key_from_pkcs8(&key).unwrap();
        let certificate = openssl::x509::X509::from_der(entry.chain[0]).unwrap();
        assert!(certificate.public_key().unwrap().public_eq(&key));
        assert_eq!(entry.open("store-secret").unwrap_err(), JksFault::KeyPassword);
    }

    #[test]
    fn a_store_that_ends_too_early_is_broken() {
        for length in 0..KEY_STORE.len() - DIGEST {
            assert!(read(&KEY_STORE[..length], None).is_err(), "{length}");
        }
    }

    #[test]
    fn a_store_that_claims_more_than_it_has_is_broken() {
        let mut bytes = TRUST_STORE.to_vec();
        bytes[8..12].copy_from_slice(&[0xff; 4]);
        assert_eq!(read(&bytes, None).unwrap_err(), JksFault::Broken);
    }

    proptest! {
        #[test]
        fn no_bytes_hurt(edits in proptest::collection::vec((0usize..2048, any::<u8>()), 0..12), cut in 0usize..2048) {
            let mut bytes = KEY_STORE.to_vec();
            for (at, byte) in edits {
                let at = at % bytes.len();
                bytes[at] = byte;
            }
            bytes.truncate(bytes.len().saturating_sub(cut % 64));
            if let Ok(store) = read(&bytes, None) {
                for entry in &store.keys {
                    let _ = entry.open("key-secret");
                }
            }
        }
    }
}
