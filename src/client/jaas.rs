//! The value of `sasl.jaas.config`: `LoginModule controlFlag (option=value)* ;`.
//!
//! Quoted values know escapes, bare words are letters, digits and a few signs; comments are Java's. Of several entries
//! the first counts. Source: Kafka's `JaasConfig`, which reads with `java.io.StreamTokenizer`.

use std::collections::HashMap;

/// The first entry of a JAAS configuration.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginModule {
    pub class: String,
    pub options: HashMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Sign(char),
}

/// Reads the first entry. Errors are in the words of Kafka, and never hold a value.
pub fn parse(text: &str) -> Result<LoginModule, String> {
    let mut tokens = tokens(text)?.into_iter().peekable();
    let Some(Token::Word(class)) = tokens.next() else {
        return Err("Login module not specified in JAAS config".to_owned());
    };
    match tokens.next() {
        Some(Token::Word(flag)) if is_control_flag(&flag) => {}
        Some(Token::Word(flag)) => return Err(format!("Invalid login module control flag '{flag}' in JAAS config")),
        _ => return Err("Login module control flag not specified in JAAS config".to_owned()),
    }
    let mut options = HashMap::new();
    loop {
        let key = match tokens.next() {
            Some(Token::Sign(';')) => return Ok(LoginModule { class, options }),
            Some(Token::Word(key) | Token::Quoted(key)) => key,
            Some(Token::Sign(_)) => return Err("a name of an option is expected in JAAS config".to_owned()),
            None => return Err("JAAS config entry not terminated by semi-colon".to_owned()),
        };
        let missing = missing(&key);
        match (tokens.next(), tokens.next()) {
            (Some(Token::Sign('=')), Some(Token::Word(value))) if !is_number(&value) => options.insert(key, value),
            (Some(Token::Sign('=')), Some(Token::Quoted(value))) => options.insert(key, value),
            _ => return Err(missing),
        };
    }
}

/// A word in the wrong place may be a part of a password.
fn missing(key: &str) -> String {
    let is_option = ["username", "password", "clientId", "clientSecret", "scope", "tokenauth", "serviceName"]
        .contains(&key)
        || ["unsecuredLogin", "extension_", "ssl."].iter().any(|prefix| key.starts_with(prefix));
    match is_option {
        true => format!("Value not specified for key '{key}' in JAAS config"),
        false => "Value not specified for a key in JAAS config; a value with blanks needs quotes".to_owned(),
    }
}

fn is_control_flag(word: &str) -> bool {
    ["required", "requisite", "sufficient", "optional"].iter().any(|flag| flag.eq_ignore_ascii_case(word))
}

/// Java's tokenizer takes a bare word that starts like this for a number, which no option accepts.
fn is_number(word: &str) -> bool {
    let digits = word.trim_start_matches(['-', '.']);
    digits.starts_with(|c: char| c.is_ascii_digit())
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '$') || c >= '\u{a0}'
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c.is_whitespace() {
            rest = &rest[c.len_utf8()..];
        } else if rest.starts_with("//") {
            rest = rest.find(['\n', '\r']).map_or("", |end| &rest[end..]);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        } else if c == '"' || c == '\'' {
            let (value, after) = quoted(&rest[1..], c)?;
            tokens.push(Token::Quoted(value));
            rest = after;
        } else if is_word(c) {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else {
            tokens.push(Token::Sign(c));
            rest = &rest[c.len_utf8()..];
        }
    }
    Ok(tokens)
}

/// The value up to the closing quote, which must be on the same line, and what follows it.
fn quoted(text: &str, quote: char) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => return Ok((value, &text[at + c.len_utf8()..])),
            '\n' | '\r' => break,
            '\\' => match chars.next() {
                Some((_, digit @ '0'..='7')) => {
                    let mut code = digit as u32 - '0' as u32;
                    let longest = if digit <= '3' { 2 } else { 1 };
                    for _ in 0..longest {
                        let Some((_, next)) = chars.next_if(|(_, next)| next.is_digit(8)) else { break };
                        code = code * 8 + next.to_digit(8).unwrap_or(0);
                    }
                    value.extend(char::from_u32(code));
                }
                Some((_, escaped)) => value.push(unescaped(escaped)),
                None => break,
            },
            _ => value.push(c),
        }
    }
    Err("a quoted value is not closed in JAAS config".to_owned())
}

fn unescaped(c: char) -> char {
    match c {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "org.apache.kafka.common.security.plain.PlainLoginModule";

    fn password(text: &str) -> Result<String, String> {
        parse(&format!("{PLAIN} required username=alice password={text};")).map(|m| m.options["password"].clone())
    }

    #[test]
    fn a_login_module_with_its_options() {
        let module =
            parse(&format!("{PLAIN} REQUIRED // why\n username = \"al ice\" /* x */ password='p\"w' ;")).unwrap();
        assert_eq!(module.class, PLAIN);
        assert_eq!((&*module.options["username"], &*module.options["password"]), ("al ice", "p\"w"));
    }

    #[test]
    fn escapes_in_quoted_values() {
        assert_eq!(password(r#""a\"b\\c\t\101\0""#).unwrap(), "a\"b\\c\tA\0");
    }

    #[test]
    fn a_bare_number_is_no_value() {
        assert!(password("123").unwrap_err().contains("Value not specified for key 'password'"));
        assert_eq!(password("a123").unwrap(), "a123");
        let error = password("hunter two").unwrap_err();
        assert!(error.contains("needs quotes") && !error.contains("two"), "{error}");
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(parse("").err().unwrap(), "Login module not specified in JAAS config");
        assert!(parse("M maybe;").err().unwrap().contains("control flag 'maybe'"));
        assert!(parse("M required a=b").err().unwrap().contains("semi-colon"));
        assert!(parse("M required a=\"b").err().unwrap().contains("not closed"));
    }
}
