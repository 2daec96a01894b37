//! The bytes of one connection, as they are or inside TLS.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::error::ClientError;
use crate::client::settings::ClientSettings;
use crate::client::tls::TlsStream;

#[derive(Debug)]
pub enum Stream {
    Plain(TcpStream),
    Encrypted(Box<TlsStream>),
}

impl Stream {
    /// Connects, and agrees on TLS if the settings say so. Both together have the time for connecting.
    pub async fn open(server: &str, settings: &ClientSettings) -> Result<Stream, ClientError> {
        let tls = settings.security.tls()?;
        let limit = settings.connect_timeout;
        let attempt = async {
            let socket = connect(server).await?;
            match tls {
                None => Ok(Stream::Plain(socket)),
                Some(tls) => Ok(Stream::Encrypted(Box::new(tls.connect(server, socket).await?))),
            }
        };
        timeout(limit, attempt).await.unwrap_or_else(|_| {
            Err(ClientError::unreachable(server, format!("no connection within {} ms", limit.as_millis())))
        })
    }
}

async fn connect(server: &str) -> Result<TcpStream, ClientError> {
    let mut causes = Vec::new();
    for address in addresses(server).await? {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                stream.set_nodelay(true).map_err(|cause| ClientError::unreachable(server, cause))?;
                return Ok(stream);
            }
            Err(cause) => causes.push(format!("{address}: {cause}")),
        }
    }
    Err(ClientError::Unreachable { servers: server.to_owned(), causes })
}

/// The addresses of a host, version 4 first: a `localhost` that also means `::1` seldom has a broker there.
async fn addresses(server: &str) -> Result<Vec<SocketAddr>, ClientError> {
    let found = tokio::net::lookup_host(server).await.map_err(|cause| ClientError::unreachable(server, cause))?;
    let mut addresses: Vec<SocketAddr> = found.collect();
    addresses.sort_by_key(SocketAddr::is_ipv6);
    Ok(addresses)
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Stream::Plain(socket) => Pin::new(socket).poll_read(cx, buf),
            Stream::Encrypted(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &mut *self {
            Stream::Plain(socket) => Pin::new(socket).poll_write(cx, buf),
            Stream::Encrypted(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Stream::Plain(socket) => Pin::new(socket).poll_flush(cx),
            Stream::Encrypted(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Stream::Plain(socket) => Pin::new(socket).poll_shutdown(cx),
            Stream::Encrypted(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
