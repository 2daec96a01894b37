"""A token endpoint as identity providers have one, by http and by https: client credentials in, an unsecured token out."""

import base64
import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import processes
from harness.secured_kafka import USER

CLIENT, CLIENT_SECRET = "client-7", "client-pass-4669"


class IdentityProvider:
    def __init__(self, certificates):
        self.servers = [self._serve(None), self._serve(certificates)]
        self.http = f"http://localhost:{self.servers[0].server_port}/token"
        self.https = f"https://localhost:{self.servers[1].server_port}/token"

    @staticmethod
    def _serve(certificates):
        server = ThreadingHTTPServer(("127.0.0.1", processes.free_port()), Endpoint)
        if certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates.path("broker.crt"), certificates.path("broker.key"))
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def close(self):
        for server in self.servers:
            server.shutdown()


class Endpoint(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        credentials = base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
        if self.headers["Authorization"] == f"Basic {credentials}":
            self._answer(200, {"access_token": token(), "token_type": "Bearer", "expires_in": 600})
        else:
            self._answer(401, {"error": "invalid_client", "error_description": "no such client, or not that secret"})

    def _answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def token():
    def part(content):
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
    now = time.time()
    return f"{part({'alg': 'none'})}.{part({'sub': USER, 'iat': now, 'exp': now + 600, 'scope': 'kafka'})}."
