//! PEM as it is found in Java's properties: blocks between other text, and blanks where lines ended.
//!
//! A value of a properties file often lost its line ends, which Java's clients forgive; OpenSSL does not, so that blocks are
//! written anew.

use openssl::pkey::{PKey, Private};
use openssl::x509::X509;

/// One block: what it says it is, and its text, written as OpenSSL wants it.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    pub label: String,
    pub text: String,
}

/// Every block of a text, in order.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let Some((label, after)) = after.split_once("-----") else { break };
        let Some((body, after)) = after.split_once("-----END ") else { break };
        found.extend(block(label.trim(), body));
        rest = after;
    }
    found
}

/// Headers, as an encrypted key of the old form has them, are words with a colon up to an empty line.
fn block(label: &str, body: &str) -> Option<Block> {
    let is_label = label.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == ' ');
    let (headers, base64) = match body.trim_start().starts_with("Proc-Type") {
        true => {
            body.trim_start().replace("\r\n", "\n").split_once("\n\n").map(|(h, b)| (h.to_owned(), b.to_owned()))?
        }
        false => (String::new(), body.to_owned()),
    };
    let base64: String = base64.split_whitespace().collect();
    if !is_label || base64.is_empty() || !base64.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)) {
        return None;
    }
    let mut text = format!("-----BEGIN {label}-----\n");
    if !headers.is_empty() {
        text.push_str(&headers);
        text.push_str("\n\n");
    }
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    Some(Block { label: label.to_owned(), text })
}

pub fn of_certificates(certificates: &[X509]) -> String {
    let texts = certificates.iter().filter_map(|certificate| certificate.to_pem().ok());
    texts.map(|text| String::from_utf8_lossy(&text).into_owned()).collect()
}

/// The key in the clear; it goes to librdkafka, in memory.
pub fn of_key(key: &PKey<Private>) -> Option<String> {
    key.private_key_to_pem_pkcs8().ok().map(|text| String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn blocks_are_found_between_other_text_and_without_line_ends() {
        let text = "Bag Attributes\n  x: y\n-----BEGIN CERTIFICATE-----\nAAAA\nBBBB\n-----END CERTIFICATE-----\n";
        let in_one_line = "-----BEGIN CERTIFICATE----- AAAA BBBB -----END CERTIFICATE-----";
        let expected = "-----BEGIN CERTIFICATE-----\nAAAABBBB\n-----END CERTIFICATE-----\n";
        for text in [text, in_one_line] {
            assert_eq!(blocks(text), [Block { label: "CERTIFICATE".to_owned(), text: expected.to_owned() }]);
        }
        assert_eq!(blocks(&format!("{text}{in_one_line}")).len(), 2);
    }

    #[test]
    fn headers_of_an_encrypted_key_stay() {
        let text = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\nAAAA\n-----END RSA PRIVATE KEY-----";
        let found = blocks(text);
        assert!(found[0].text.contains("DEK-Info: AES\n\nAAAA\n"), "{found:?}");
    }

    #[test]
    fn lines_have_64_characters() {
        let found = blocks(&format!("-----BEGIN CERTIFICATE-----{}-----END CERTIFICATE-----", "A".repeat(130)));
        assert_eq!(found[0].text.lines().map(str::len).collect::<Vec<_>>(), [27, 64, 64, 2, 25]);
    }

    proptest! {
        #[test]
        fn no_text_hurts(text in "(-----BEGIN |-----|-----END |CERTIFICATE|Proc-Type|[ \n:A-Za-zé]){0,40}") {
            for block in blocks(&text) {
                prop_assert_eq!(blocks(&block.text), vec![block]);
            }
        }
    }
}
