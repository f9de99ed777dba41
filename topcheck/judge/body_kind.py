"""What a body is that is no message, as far as its first bytes tell: for whoever has to mend it."""

import re
from collections.abc import Mapping

from topcheck.wire.tree import excerpt

#: So much of a body is looked at, in bytes, and so much is shown, in characters.
_LOOKED_AT, _SHOWN = 4096, 60
_MARK = b"\xef\xbb\xbf"

#: What tells what a body is, the first that fits: more special before more general.
_KINDS: Mapping[str, re.Pattern[bytes]] = {
    name: re.compile(pattern, re.DOTALL)
    for name, pattern in {
        "empty": rb"\Z",
        "a byte order mark, and nothing else": rb"(\xef\xbb\xbf|\xff\xfe|\xfe\xff)+\s*\Z",
        "blanks only": rb"\s+\Z",
        "NULs only": rb"\0+\Z",
        "compressed by gzip, undeclared": rb"\x1f\x8b",
        "compressed by zlib, undeclared": rb"\x78[\x01\x5e\x9c\xda]",
        "compressed by zstd, undeclared": rb"\x28\xb5\x2f\xfd",
        "a picture (PNG)": rb"\x89PNG\r\n",
        "a picture (JPEG)": rb"\xff\xd8\xff",
        "a picture (GIF)": rb"GIF8[79]a",
        "a PDF document": rb"%PDF-",
        "a zip archive": rb"PK\x03\x04",
        "UTF-32": rb"\0\0\0[^\0]|[^\0]\0\0\0|\xff\xfe\0\0|\0\0\xfe\xff",
        "UTF-16": rb"\0[^\0]|[^\0]\0|\xff\xfe|\xfe\xff",
        "JSON behind a prefix against hijacking": rb"\)\]\}'|(while|for)\s?\(",
        "JSONP, JSON in a call of a function": rb"(/\*\*/)?\s*[\w$.\[\]]{1,80}\s?\(\s*[\[{\"]",
        "server-sent events": rb"(event|data|id|retry):[ \w{]",
        "source text of PHP": rb"<\?php",
        "a notice or an error of PHP": rb"(<br ?/?>\s*)?(<b>)?(PHP )?"
        rb"(Warning|Notice|Deprecated|Fatal error|Parse error|Strict Standards)(</b>)?:",
        "an HTML page": rb"(?i)(<!--.{0,500}?-->\s*)?"
        rb"<(!doctype\s+html|html|head|body|h1|title|center|br)\b",
        "a SOAP envelope": rb"(<\?xml[^>]*>\s*)?<[\w-]{1,20}:Envelope\b",
        "XML": rb"<(\?xml|[A-Za-z_!])",
        "a head of HTTP, and not its body": rb"HTTP/\d",
        "chunks that were not put together": rb"[0-9A-Fa-f]{1,8}\r\n[\[{<]",
        "a stack trace": rb"Traceback \(most recent|goroutine \d|panic: |Exception in thread"
        rb"|[\w.]{1,200}(Exception|Error)\b.{0,1000}?\n\s+at |Unhandled |Caused by: ",
        "JSON": rb"[\[{\"]|-?[0-9]+\s*\Z|(true|false|null)\s*\Z",
        "a JSON Web Token": rb"eyJ[\w-]+\.[\w-]*\.[\w-]*\s*\Z",
        "base64": rb"[A-Za-z0-9+/\r\n]{16,}={0,2}\s*\Z",
        "form-encoded text": rb"[\w.%+\[\]-]+=[^\s&]*(&[\w.%+\[\]-]+=[^\s&]*)*\s*\Z",
        "bytes that are no text": rb".{0,60}?[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]",
    }.items()
}
_TITLE = re.compile(rb"<title[^>]{0,80}>\s*([^<]{1,80})", re.IGNORECASE)
#: Who answers where a gateway does not, by the name in its page.
_SERVERS = re.compile(
    rb"\b(nginx|openresty|tengine|apache|squid|varnish|haproxy|envoy|cloudflare|traefik|tomcat)\b",
    re.IGNORECASE,
)
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def described(family: str, body: bytes) -> str:
    """Say of a body of the wrong family what it is, where that can be told, and how it begins."""
    kind, begins = kind_of(body), beginning(body)
    told = family if kind.lower() == family else f"{family} ({kind})" if kind else family
    return f"{told}: {begins}" if begins else told


def kind_of(body: bytes) -> str:
    """Name what a body is; "" if that cannot be told."""
    head = body[:_LOOKED_AT]
    for start in dict.fromkeys((head, head.removeprefix(_MARK).lstrip())):
        for name, pattern in _KINDS.items():
            if pattern.match(start):
                return name + (_of_page(head) if name == "an HTML page" else "")
    return ""


def _of_page(head: bytes) -> str:
    """Say whose a page is, and what its title is."""
    server, title = _SERVERS.search(head), _TITLE.search(head)
    whose = f" of {server[1].decode().lower()}, a proxy or web server" if server else ""
    return whose + (f', titled "{beginning(title[1].strip())}"' if title else "")


def beginning(body: bytes) -> str:
    """Show how a body begins: a few characters, what does not print escaped."""
    text = body[: 4 * _SHOWN].decode("utf-8", "backslashreplace")
    shown = (c if c.isprintable() else _ESCAPES.get(c, f"\\u{ord(c):04x}") for c in text)
    return excerpt("".join(shown), _SHOWN)
