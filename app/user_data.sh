#!/bin/bash
# What an instance runs at its first start until the hotel's application arrives: a page that names the instance and
# its zone, and a health check. It needs nothing but what Amazon Linux 2023 brings, so no way to the internet either.
set -euo pipefail

install -d /opt/hotelaria
cat > /opt/hotelaria/page.py << 'PYTHON'
import html
import os
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

METADATA = os.environ.get("METADATA_URL", "http://169.254.169.254") + "/latest"
PORT = int(os.environ.get("PORT", "8080"))


def ask(path, method="GET", headers={}):
    request = urllib.request.Request(METADATA + path, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.read().decode()


token = ask("/api/token", "PUT", {"X-aws-ec2-metadata-token-ttl-seconds": "60"})
instance, zone = (
    ask("/meta-data/" + fact, headers={"X-aws-ec2-metadata-token": token})
    for fact in ("instance-id", "placement/availability-zone")
)
PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>hotelaria</title>'
    f"<h1>hotelaria</h1><p>Instance {html.escape(instance)} in {html.escape(zone)}</p></html>\n"
)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # the balancer keeps its connections

    def do_GET(self):
        path = self.path.partition("?")[0]
        if path == "/healthz":
            self.answer(200, "text/plain", "ok\n")
        elif path == "/":
            self.answer(200, "text/html", PAGE)
        else:
            self.answer(404, "text/plain", "not found\n")

    do_HEAD = do_GET

    def answer(self, status, kind, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind + "; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


ThreadingHTTPServer(("", PORT), Handler).serve_forever()
PYTHON

cat > /etc/systemd/system/hotelaria.service << 'UNIT'
[Unit]
Description=hotelaria
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=/usr/bin/python3 /opt/hotelaria/page.py
Restart=always
RestartSec=1
DynamicUser=yes
ProtectHome=yes
PrivateDevices=yes
CapabilityBoundingSet=
NoNewPrivileges=yes

[Install]
WantedBy=multi-user.target
UNIT

systemctl daemon-reload
systemctl enable --now hotelaria.service
