"""Ready configurations for standard caches before the origin.

They keep what the origin allows for as long as it allows, ask for one thing once however many boxes want it, serve what
they have while the origin is away (alerts excepted), and write nothing of a household into any log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from broadcaster.origin.short import HOME, sentence
from channel.words import Say
from feeds.base.errors import PersonError


@dataclass(frozen=True)
class Edge:
    """``origins`` are ``host:port``; ``cache`` and ``log`` are paths on the edge's machine, ``listen`` a port or
    ``address:port``, ``size`` the most that the cache may take on disk in nginx's notation."""

    origins: Sequence[str]
    listen: str = "80"
    cache: str = "/var/cache/nginx/channel"
    log: str = "/var/log/nginx/channel.log"
    size: str = "4g"


_NGINX = """\
# Edge of a service channel, for nginx 1.18 or newer: a file of the http context (conf.d).
# Made by `channel edge nginx`; make it again after an update rather than editing it here.

upstream channel_origin {
%(servers)s
    keepalive 64;
    # Shorter than the origin's own patience with an idle connection, so that none is closed just as it is used.
    keepalive_timeout 8s;
}

# What reaches the origin is one of two encodings, so that no box's spelling of Accept-Encoding makes another copy.
map $http_accept_encoding $channel_encoding {
    default "";
    "~*(^|,)\\s*gzip\\s*(;\\s*q=(1|0\\.0*[1-9])[0-9.]*\\s*)?(,|$)" gzip;
}

# Neither query (card numbers), nor address, nor cookie, nor where a box came from: $uri is the bare path.
log_format channel '$time_iso8601 $status $request_method $uri $bytes_sent $request_time '
                   '$upstream_status $upstream_cache_status $sent_http_x_release';

# What the cache answers by itself is not worth a line: an alert's wave is ten thousand a second.
map $upstream_cache_status $channel_logged {
    default 1;
    HIT 0;
}

proxy_cache_path %(cache)s levels=1:2 keys_zone=channel:64m max_size=%(size)s inactive=24h use_temp_path=off;

server {
    listen %(listen)s;
    server_name _;
    server_tokens off;

    access_log %(log)s channel buffer=64k flush=5s if=$channel_logged;
    # An error of nginx quotes the request line with its query: the access log's upstream status tells what went wrong.
    error_log /dev/null emerg;

    client_header_timeout 10s;
    client_body_timeout 10s;
    send_timeout 30s;
    client_max_body_size 16k;
    large_client_header_buffers 4 8k;
    keepalive_timeout 75s;
    keepalive_requests 10000;
    # Pages are short: read whole and sent in one piece they cost two system calls, by sendfile four.
    sendfile off;
    output_buffers 1 64k;
    gzip off;
    open_file_cache max=20000 inactive=60s;
    open_file_cache_valid 30s;

    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header Accept-Encoding $channel_encoding;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_connect_timeout 2s;
    proxy_read_timeout 10s;
    proxy_next_upstream error timeout;
    proxy_next_upstream_tries 2;

    proxy_cache channel;
    proxy_cache_key "$channel_encoding $uri";
    proxy_ignore_headers Vary Set-Cookie;
    proxy_cache_methods GET HEAD;
    proxy_cache_revalidate on;
    # A wave of boxes is one question to the origin.
    proxy_cache_lock on;
    proxy_cache_lock_timeout 5s;
    proxy_cache_lock_age 5s;
    proxy_cache_background_update on;
    proxy_cache_use_stale error timeout invalid_header updating http_500 http_502 http_503 http_504;

    error_page 502 504 = @away;

    # Editors and monitoring come to the origin itself. First of all patterns, for they are tried in their order.
    location ~ "^/+(preview|desk|metrics|healthz|readyz)(/|$)" { return 404; }

    # The entry is each box's own: it is asked with its query and never kept.
    location = / {
        proxy_cache off;
        proxy_pass http://channel_origin;
    }

    # What message accounts send is signed in its query, and each answer is one household's.
    location ^~ /talk/ {
        proxy_cache off;
        client_max_body_size 64k;
        proxy_pass http://channel_origin;
    }

    # Ways into the portal are each phone's own: asked with their query and cookie, and never kept.
    location ~ "^/m(?:/(?:go|[1-9][0-9]{2})?)?$" {
        proxy_cache off;
        proxy_pass http://channel_origin;
    }

    # Pages first: nearly every request is one of these, and patterns are tried in their order.
    location ~ "^/[a-z0-9-]{1,32}/[a-z0-9-]{1,32}/[1-9][0-9]{2}(?:-[0-9]{1,3})?\\.(?:html|json|png)$" {
        proxy_pass http://channel_origin$uri;
    }

    location ^~ /assets/ {
        sendfile on;
        tcp_nopush on;
        proxy_pass http://channel_origin$uri;
    }

    # Alerts are of the estate whatever the profile, kept five seconds, and never served past them.
    location ~ "^/[a-z0-9-]{1,32}/([a-z0-9-]{1,32})/alert\\.json$" {
        proxy_cache_key "alert $channel_encoding $1";
        proxy_cache_use_stale off;
        proxy_cache_background_update off;
        proxy_pass http://channel_origin$uri;
    }

    location ^~ /api/v1/alerts/ {
        proxy_cache_use_stale off;
        proxy_cache_background_update off;
        proxy_pass http://channel_origin$uri;
    }

    # Items have nothing of the estate in them: one copy serves all.
    location ~ "^/([a-z0-9-]{1,32})/[a-z0-9-]{1,32}/(i/[a-z0-9.-]{1,64})$" {
        proxy_cache_key "item $channel_encoding $1 $2";
        proxy_pass http://channel_origin$uri;
    }

    # So has the script of the remote.
    location ~ "^/([a-z0-9-]{1,32})/[a-z0-9-]{1,32}/remote\\.js$" {
        proxy_cache_key "script $channel_encoding $1";
        proxy_pass http://channel_origin$uri;
    }

    # Whatever else looks like a page. The query is nobody's business and is not passed on.
    location ~ "^/[a-z0-9-]{1,32}/[a-z0-9./-]{1,128}$" {
        proxy_pass http://channel_origin$uri;
    }

    # Packs are large and asked for by few; parts of them are asked for by range.
    location /bundles/ {
        sendfile on;
        proxy_cache off;
        proxy_set_header Range $http_range;
        proxy_pass http://channel_origin;
    }

    location = /keytest { proxy_cache off; proxy_pass http://channel_origin; }
    location = /keytest.js { proxy_pass http://channel_origin$uri; }
    location = /report { proxy_cache off; proxy_pass http://channel_origin; }
    location = /leave.js { proxy_pass http://channel_origin$uri; }

    location = /edge-health { access_log off; default_type text/plain; return 200 "ok\\n"; }

    # What is left is nonsense; the origin has a page for it that a remote can leave.
    location / {
        proxy_cache off;
        rewrite ^ /unknown? break;
        proxy_pass http://channel_origin;
    }

    location @away {
        internal;
        default_type "text/html";
        add_header Retry-After 5 always;
        add_header Cache-Control no-store always;
        # In characters that are the same in every charset.
        return 503 '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN"><html lang="%(lang)s"><head><title>503</title>
<meta http-equiv="refresh" content="5"></head><body bgcolor="#15202B" text="#EBE8DE" link="#EBB81E">
<h1>%(wait)s</h1>
<p><a href="/">%(home)s</a></p></body></html>';
    }
}
"""

_STANDALONE = """\
# A whole nginx.conf, for a machine (or container) that runs nothing else.
worker_processes auto;
pcre_jit on;
worker_rlimit_nofile 65536;
error_log stderr warn;
pid %(pid)s;
events { worker_connections 16384; }
http {
    types { text/html html; application/json json; image/png png; image/jpeg jpg; application/javascript js; }
    default_type application/octet-stream;
%(site)s}
"""


def nginx(edge: Edge, say: Say, *, standalone: str = "") -> str:
    """nginx's configuration: a file of its http context, or with ``standalone`` (the path of its pid file) a whole
    one; what it says by itself while no origin answers it says in the channel's language. Raises PersonError for an
    origin that is not ``host:port``."""
    if not edge.origins:
        raise PersonError("edge: found no origin, expected at least one --origin HOST:PORT")
    for name, value in (("--listen", edge.listen), ("--cache", edge.cache), ("--log", edge.log), ("--size", edge.size)):
        if not value or any(c in value for c in " ;{}'\"\n\t$"):
            raise PersonError(f"edge: {name}: found {value!r}, expected a plain value without spaces or signs")
    servers = "\n".join(f"    server {_origin(origin)} max_fails=3 fail_timeout=5s;" for origin in edge.origins)
    values = {
        "servers": servers, "listen": edge.listen, "cache": edge.cache, "log": edge.log, "size": edge.size,
        "lang": say.tag, "wait": _referenced(sentence(503, say)), "home": _referenced(say(HOME)),
    }  # fmt: skip
    site = _NGINX % values
    if not standalone:
        return site
    indented = "".join(f"    {line}" if line.strip() else line for line in site.splitlines(keepends=True))
    return _STANDALONE % {"pid": standalone, "site": indented}


def _referenced(text: str) -> str:
    """Text as it stands in nginx's quotes in HTML of any charset: all but letters and spaces by their numbers."""
    plain = (c if c == " " or (c.isascii() and c.isalnum()) else f"&#{ord(c)};" for c in text)
    return "".join(plain)


def _origin(text: str) -> str:
    host, _, port = text.rpartition(":")
    plain = host.strip("[]").replace(".", "").replace("-", "").replace(":", "").isalnum()
    if not (plain and port.isdigit() and 0 < int(port) < 65_536):
        raise PersonError(f"edge: --origin: found {text!r}, expected HOST:PORT")
    return text
