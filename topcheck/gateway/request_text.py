"""A request as people keep one: a line of curl, raw HTTP, or an HTTP archive. Nothing is run."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from dataclasses import replace
from email import message_from_bytes
from email.policy import HTTP
from typing import NoReturn
from urllib.parse import quote_plus

from topcheck.gateway import recorded_parts as parts
from topcheck.gateway.har import read_har
from topcheck.gateway.recorded_parts import UnreadableError
from topcheck.wire.exchange import FORM, RAW, Exchange, Request
from topcheck.wire.text_file import TextFileError, text_of

#: A request of more bytes is none: TOP takes far less.
MAX_REQUEST_BYTES = 16 * 2**20

_REQUEST_LINE = re.compile(rb"([A-Z]+) (\S+) HTTP/[0-9.]+\r?\n")
#: What a shell would run, or replace, in a line; a dollar before a quote only marks escapes. Carets
#: are of cmd, for which browsers on Windows copy a line too.
_RUN = re.compile(r"\$\(|\$\{|`|\$[A-Za-z_]|\^[\"&\n]")
_OPTION = re.compile("--[a-z0-9.-]+|-[A-Za-z0-9]")
_QUOTED = re.compile(r"'[^']*'")
_MARKED = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|.)", re.DOTALL)
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
#: Options of curl that read a file, and those that change nothing of a request.
_FILES = ("-K", "--config", "-T", "--upload-file", "--variable")
_FLAGS = ("-k", "--insecure", "-s", "--silent", "-S", "--show-error", "-v", "--verbose", "-i",
          "--include", "-L", "--location", "-f", "--fail", "--compressed", "-g", "--globoff",
          "--http1.1", "--http2")  # fmt: skip
_IGNORED = ("-o", "--output", "-m", "--max-time", "--connect-timeout", "-x", "--proxy", "--retry",
            "-w", "--write-out")  # fmt: skip
_HEADERS = {"-A": "User-Agent", "-e": "Referer", "-b": "Cookie"}


def read_requests(body: bytes) -> list[Exchange]:
    """Read the requests of a file: one of curl or of HTTP, or those of an archive, with their time.

    Raises UnreadableError, in a line.
    """
    if len(body) > MAX_REQUEST_BYTES:
        raise UnreadableError(f"it has more than {MAX_REQUEST_BYTES // 2**20} MiB: no request has")
    if _REQUEST_LINE.match(body.lstrip()):
        return [_alone(_of_http(body.lstrip()))]
    try:
        text = text_of(body).strip()
    except TextFileError as error:
        raise UnreadableError(str(error)) from None
    if text.startswith("{"):
        return _of_archive(text)
    if text.removeprefix("$").lstrip().startswith("curl"):
        return [_alone(_of_curl(text.removeprefix("$")))]
    raise UnreadableError("it is no request: give a line of curl, raw HTTP, or an HTTP archive")


def _alone(request: Request) -> Exchange:
    return Exchange(request, None, None, None)


def _of_archive(text: str) -> list[Exchange]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableError("it begins as an HTTP archive, and is no JSON") from None
    entries = data if "log" in data else {"log": {"entries": [data]}}
    for entry in entries["log"].get("entries", ()) if isinstance(entries["log"], dict) else ():
        if isinstance(entry, dict):  # what came back says nothing of why
            entry["response"] = {"status": 200}
    return read_har(entries)


def _of_http(body: bytes) -> Request:
    first = _REQUEST_LINE.match(body)
    head, _, content = re.sub(rb"\r?\n\r?\n", b"\0\0", body, count=1).partition(b"\0\0")
    if first is None:
        raise UnreadableError("it is no request of HTTP")
    lines = message_from_bytes(head[first.end() :] + b"\r\n\r\n", policy=HTTP)
    headers = tuple((name, str(value)) for name, value in lines.items())
    verb, target = (part.decode("ascii", "replace") for part in first.groups())
    return parts.request(verb, target, content.strip(b"\r\n"), headers)


# ------------------------------------------------------------------ curl


class _Parser(argparse.ArgumentParser):
    """Refuses in a line what it does not know."""

    def error(self, message: str) -> NoReturn:
        told = message.partition("'")[0].strip()  # behind it may be anything of the line
        raise UnreadableError(f"its line of curl cannot be read: {told}")


def _parser() -> _Parser:
    parser = _Parser("curl", add_help=False, allow_abbrev=False)
    add = parser.add_argument
    add("bare", nargs="*", default=[])
    add("--url", dest="urls", action="append", default=[])
    add("-X", "--request", dest="verb")
    add("-G", "--get", action="store_true")
    add("-H", "--header", dest="headers", action="append", default=[], type=_inline)
    for option, name in _HEADERS.items():
        add(option, dest="headers", action="append", type=f"{name}: {{}}".format)
    add("-d", "--data", "--data-ascii", "--data-binary", dest="data", action="append", type=_inline)
    add("--data-raw", dest="data", action="append")
    add("--data-urlencode", dest="data", action="append", type=_escaped)
    add("-F", "--form", dest="fields", action="append", type=_field)
    add("--form-string", dest="fields", action="append")
    for flag in _FLAGS:
        add(flag, action="store_true", dest="flag")
    for option in _IGNORED:
        add(option, dest="ignored")
    return parser


def _inline(text: str) -> str:
    """Return data that stands in the line itself. Raises UnreadableError for that of a file."""
    if text.startswith("@"):
        raise UnreadableError(f"{text[:40]!r} is read from a file: put what is sent into the line")
    return text


def _field(text: str) -> str:
    """Return a field of a form that stands in the line itself. Raises UnreadableError."""
    _inline(re.sub("^[^=]*=[@<]", "@", text))
    return text


def _escaped(text: str) -> str:
    """Escape what follows the name, as curl does."""
    name, mark, value = text.partition("=")
    if not mark:
        return quote_plus(_inline(re.sub("^[^@]*@", "@", text)))
    return f"{name}={quote_plus(value)}" if name else quote_plus(value)


def _of_curl(line: str) -> Request:
    """Read a line of curl. Raises UnreadableError."""
    if found := _RUN.search(_QUOTED.sub("", line)):
        raise UnreadableError(f"a shell would replace {found[0]!r}, or cmd: put what is sent")
    try:
        words = shlex.split(_MARKED.sub(_plainly, line.replace("\\\n", " ")))
    except ValueError as error:
        raise UnreadableError(f"its line of curl cannot be read: {error}") from None
    if file := next((word for word in words if word.split("=")[0] in _FILES), None):
        raise UnreadableError(f"{file} reads a file: put what is sent into the line")
    given, strange = _parser().parse_known_args(words[1:])
    if strange:  # only an option is told by its name: what else is there may be a secret
        options = [found[0] for word in strange if (found := _OPTION.match(word))]
        what = options[0] if options else "what does not belong to the request"
        raise UnreadableError(f"its line of curl cannot be read: leave out {what}")
    addresses = [*given.bare, *given.urls]
    if len(addresses) != 1:
        raise UnreadableError("its line of curl has not just one address")
    (url,) = addresses
    headers = tuple(_header(text) for text in given.headers)
    if given.fields:
        fields = tuple((name, value) for name, _, value in (f.partition("=") for f in given.fields))
        headers = (*headers, ("Content-Type", "multipart/form-data"))
        plain = parts.request(given.verb or "POST", url, b"", ())
        return replace(plain, form=fields, multipart=True, headers=headers)
    body = "&".join(given.data or ())
    if given.get:
        return parts.request("GET", f"{url}{'&' if '?' in url else '?'}{body}", b"", headers)
    if given.data is not None and not any(k.lower() == "content-type" for k, _ in headers):
        headers = (*headers, ("Content-Type", FORM))
    verb = given.verb or ("POST" if given.data is not None else "GET")
    return parts.request(verb, url, body.encode("utf-8", RAW), headers)


def _plainly(marked: re.Match[str]) -> str:
    """Write a text in $'…' without its escapes."""
    return shlex.quote(_ESCAPE.sub(_letter, marked[1]))


def _letter(escape: re.Match[str]) -> str:
    text = escape[1]
    return chr(int(text[1:], 16)) if len(text) > 1 else _LETTERS.get(text, text)


def _header(text: str) -> tuple[str, str]:
    name, _, value = text.partition(":")
    return name.strip(), value.strip()
