//! Asks an identity provider for a token, as a client with credentials of its own (RFC 6749, 4.4; KIP-768), or reads a file.
//!
//! Over the same TLS as brokers are reached; whom it trusts there is told by the `ssl.…` options of the login module. What
//! comes back is told by the provider's own words of error, never by a body that may hold a token.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::tokens::{Provider, Token};
use crate::client::error::ClientError;
use crate::client::tls::Tls;
use crate::client::tls_settings::TlsSettings;
use crate::clock::Timestamp;

/// How long one attempt may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pauses after attempts that may go better the next time.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];
const LARGEST_ANSWER: usize = 1 << 20;

pub async fn token(provider: &Provider) -> Result<Token, ClientError> {
    let text = match provider.url.strip_prefix("file:") {
        Some(path) => from_file(path)?,
        None => persistently(provider).await?,
    };
    Token::of_text(&text, &provider.principal_claim, Timestamp::now())
        .map_err(|fault| ClientError::unusable(format!("the token of {} cannot be used: {fault}", provider.url)))
}

fn from_file(path: &str) -> Result<String, ClientError> {
    let path = path.strip_prefix("//").unwrap_or(path);
    let text = std::fs::read_to_string(path)
        .map_err(|cause| ClientError::unusable(format!("cannot read the token in {path}: {cause}")))?;
    Ok(text.trim().to_owned())
}

async fn persistently(provider: &Provider) -> Result<String, ClientError> {
    for pause in PAUSES {
        match ask(provider).await {
            Err(ClientError::Unreachable { .. }) => sleep(pause).await,
            answer => return answer,
        }
    }
    ask(provider).await
}

async fn ask(provider: &Provider) -> Result<String, ClientError> {
    let url = &provider.url;
    let bad = |what: &str| ClientError::unusable(format!("sasl.oauthbearer.token.endpoint.url={url}: {what}"));
    let uri: Uri = url.parse().map_err(|_| bad("that is no address"))?;
    let host = uri.host().ok_or_else(|| bad("it names no host"))?;
    let is_encrypted = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => return Err(bad("it must begin with https://, http:// or file:")),
    };
    let server = format!("{host}:{}", uri.port_u16().unwrap_or(if is_encrypted { 443 } else { 80 }));
    let unreachable = |cause: String| ClientError::unreachable(url.clone(), cause);
    let work = async {
        let socket = TcpStream::connect(&server).await.map_err(|cause| unreachable(cause.to_string()))?;
        match is_encrypted {
            true => {
                let tls = Tls::load(&TlsSettings::read(&provider.tls))?;
                post(provider, &uri, tls.connect(&server, socket).await?).await
            }
            false => post(provider, &uri, socket).await,
        }
    };
    timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(unreachable("no answer within 10 s".to_owned())))
}

async fn post<S>(provider: &Provider, uri: &Uri, stream: S) -> Result<String, ClientError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let unreachable = |cause: String| ClientError::unreachable(provider.url.clone(), cause);
    let request = request(provider, uri).map_err(|error| ClientError::unusable(error.to_string()))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| unreachable(e.to_string()))?;
    // It ends when the answer is there, or with the connection.
    tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(|error| unreachable(error.to_string()))?;
    let status = response.status();
    let body = Limited::new(response.into_body(), LARGEST_ANSWER).collect().await;
    let body = body.map_err(|error| unreachable(error.to_string()))?.to_bytes();
    answer(provider, status, &body)
}

fn request(provider: &Provider, uri: &Uri) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
    let encoded = |text: &str| if provider.encodes_credentials { form_encoded(text) } else { text.to_owned() };
    let credentials = format!("{}:{}", encoded(&provider.client_id), encoded(provider.client_secret.reveal()));
    let mut body = "grant_type=client_credentials".to_owned();
    if let Some(scope) = &provider.scope {
        body.push_str(&format!("&scope={}", form_encoded(scope)));
    }
    Request::post(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header(HOST, uri.authority().map_or("", |authority| authority.as_str()))
        .header(ACCEPT, "application/json")
        .header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(credentials)))
        .header(CACHE_CONTROL, "no-cache")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from(body)))
}

/// As `application/x-www-form-urlencoded` writes text.
fn form_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => encoded.push(char::from(byte)),
            b' ' => encoded.push('+'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn answer(provider: &Provider, status: StatusCode, body: &[u8]) -> Result<String, ClientError> {
    let content: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| content.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let server = provider.url.clone();
    if status.is_success() {
        let token = text("access_token").or_else(|| text("id_token")).map(str::to_owned);
        return token.ok_or_else(|| ClientError::Protocol {
            server,
            evidence: "its answer holds neither access_token nor id_token".to_owned(),
        });
    }
    let words =
        [text("error").or_else(|| text("errorCode")), text("error_description").or_else(|| text("errorSummary"))];
    let words: Vec<&str> = words.into_iter().flatten().collect();
    let message =
        format!("no token was given: {status}{}{}", if words.is_empty() { "" } else { ", " }, words.join(": "));
    match status.is_client_error() {
        true => Err(ClientError::Authentication { server, message }),
        false => Err(ClientError::unreachable(server, message)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::security::Secret;
    use crate::properties::Properties;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    fn provider(url: &str) -> Provider {
        Provider {
            url: url.to_owned(),
            client_id: "id".to_owned(),
            client_secret: Secret::new("top secret"),
            scope: Some("a b".to_owned()),
            encodes_credentials: true,
            principal_claim: "sub".to_owned(),
            tls: Properties::new(),
        }
    }

    /// Answers one request and gives what was asked.
    async fn asked(status: &str, body: &str) -> (Result<Token, ClientError>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/token?x=1", listener.local_addr().unwrap());
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let server = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !String::from_utf8_lossy(&request).contains("client_credentials&scope=a+b") {
                socket.read_buf(&mut request).await.unwrap();
            }
            socket.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8(request).unwrap()
        });
        let token = token(&provider(&url)).await;
        (token, server.await.unwrap())
    }

    #[tokio::test]
    async fn a_client_with_credentials_is_given_a_token() {
        let jwt = format!("e30.{}.", URL_SAFE_NO_PAD.encode(r#"{"sub":"alice","exp":9999999999}"#));
        let (token, request) = asked("200 OK", &format!(r#"{{"access_token":"{jwt}"}}"#)).await;
        assert_eq!(token.unwrap().principal, "alice");
        assert!(request.starts_with("POST /token?x=1 HTTP/1.1\r\n"), "{request}");
        let credentials = STANDARD.encode("id:top+secret");
        assert!(request.contains(&format!("authorization: Basic {credentials}\r\n")), "{request}");
    }

    #[tokio::test]
    async fn a_refusal_is_told_in_the_providers_words() {
        let body = r#"{"error":"invalid_client","error_description":"no such client","secret":"top secret"}"#;
        let error = asked("401 Unauthorized", body).await.0.unwrap_err();
        assert!(matches!(error, ClientError::Authentication { .. }));
        let message = error.to_string();
        assert!(message.ends_with("no token was given: 401 Unauthorized, invalid_client: no such client"), "{message}");
        let nothing = asked("200 OK", "{}").await.0.unwrap_err();
        assert!(nothing.to_string().contains("neither access_token nor id_token"));
    }

    #[tokio::test]
    async fn an_address_that_is_none_is_named() {
        for url in ["nowhere", "ftp://a/b", "http:///x"] {
            let error = token(&provider(url)).await.unwrap_err();
            assert!(error.to_string().contains(url), "{error}");
        }
    }

    #[tokio::test]
    async fn a_file_may_hold_the_token() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let jwt = format!("e30.{}.\n", URL_SAFE_NO_PAD.encode(r#"{"sub":"bob","exp":9999999999}"#));
        std::fs::write(file.path(), jwt).unwrap();
        let found = token(&provider(&format!("file://{}", file.path().display()))).await.unwrap();
        assert_eq!(found.principal, "bob");
    }
}
