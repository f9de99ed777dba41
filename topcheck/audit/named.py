"""How answers are come by that do not stand in a file one a line, or in a member `body`."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from topcheck.audit.records import BOM, RecordForm, is_json
from topcheck.report.wording import one_line
from topcheck.system import command_of
from topcheck.wire.decode import is_utf8

#: So many lines are looked at, so many members told, as deep as this, in so many columns.
_LINES, _MEMBERS, _DEPTH, _COLUMNS = 20, 12, 3, 160
#: An answer among other things in a line, and what undoes what was done to its quotation marks.
_AMONG = r'(\{[ \\"]*|(<\?xml[^<]*)?<)(%s)'
_UNDONE = {rb"{\"": r" | sed 's/\\\(.\)/\1/g'", b'{""': """ | sed 's/""/"/g'"""}
_NO_BODY = "a documented root, or a text in a member body (--member body=NAME names another)"
#: How JSON begins, which many lines of a log seem to.
_JSON = re.compile(rb'\{\s*(["}]|\Z)|\[\s*([\[{"\]]|\Z)|"([^"\\\n]|\\.)*"\s*(\n|\Z)')
#: An answer in a text, and in JSON.
_TEXT, _OBJECT = r'\s*(\{(\s|\\n)*\\?"|(<\?xml[^<]*)?<)(%s)\b', r'(?<!\\)"(%s)"\s*:'
#: What takes out of any JSON the answers, texts of answers, and texts of which they are parts.
_TAKEN_OUT = {
    _OBJECT: """by jq 1.7, as one before it rounds numbers: \
jq -c '.. | objects | select(any(keys[]; test("^(%s)$")))' app.log > bodies.ndjson""",
    f'"{_TEXT}': """by: \
jq -c '.. | strings | select(test("%s")) | {body: .}' app.log > bodies.ndjson""",
    "%s": """in lines by: jq -r '.. | strings | select(test("%s"))' app.log > lines.log""",
}


def hint(head: bytes, lines: Sequence[bytes], form: RecordForm, *, whole: bool) -> str | None:
    """Say how the answers of a file are come by, None where there is nothing to be said.

    `lines` are those of its `head`, and of all of it if that is `whole`.
    """
    odd = [one for one in lines[:_LINES] if not one.isascii() and b"encoding=" not in one]
    if odd[1:] and re.search(form.any_root.encode(), odd[0]) and not any(map(is_utf8, odd)):
        return "it is no UTF-8; if that is no fault: iconv -f GBK -t UTF-8 app.log > bodies.ndjson"
    texts = [] if lines[1:] and is_json(head) else lines[:_LINES]
    read = [json.loads(line) for line in texts if line[:1] == b"{" and is_json(line)]
    if (said := _of_log(lines, form)) or not read:
        return said or _of_json(head.removeprefix(BOM).lstrip(), form)
    records = [data for data in read if form.roots.isdisjoint(data)]
    if not records or not (form.given or records == read):
        return None
    has_body = any(isinstance(form.value(data, "body"), str) for data in records)
    missing = [f"the member {other}" for name, other in form.given.items()
               if all(form.value(data, name) is None for data in records)]  # fmt: skip
    if has_body and not missing:
        return None
    no_text = f"a text in the member {form.body_name}" if "body" in form.given else _NO_BODY
    is_all = whole and len(lines) <= _LINES
    who = "no record" if is_all else f"none of the first {len(records)} records"
    said = f"{who} has {[*missing, no_text][0]}"
    for name, value in () if has_body else (leaf for data in records for leaf in _leaves(data)):
        if isinstance(value, str) and re.match(_TEXT % form.any_root, value):
            return f"{said}; answers are found by: {command_of(['--member', f'body={name}'])}"
    names = [name for name, _ in _leaves(records[0])][:_MEMBERS]
    has = f"the first one has: {one_line(', '.join(names), _COLUMNS)}"
    return f"{said}; {(None if has_body else _taken_out(head, form)) or has}"


def _of_log(lines: Sequence[bytes], form: RecordForm) -> str | None:
    """Say how to cut off what a log writes around each answer, None if it writes nothing there."""
    first, among = b"".join(lines[:1]).strip(), _AMONG % form.any_root
    is_plain = re.match(rb"<\D", first) or (_JSON.match(first) and first[-2:] != b"},")
    found = [re.search(f"{among}..".encode(), line.strip()) for line in lines[:_LINES]]
    if is_plain or not (one := next(filter(None, found), None)):
        return None
    held, undone = one.string[one.string.find(b"{") :], _UNDONE.get(one[1], "")
    cut = f"grep -aoE '{among}(.*[}}>])?' app.log{undone} > bodies.ndjson"
    if held[:1] == b"{" and is_json(held) and form.roots.isdisjoint(json.loads(held)):
        cut = "sed 's/^[^{]*//' app.log > lines.log"
    return f"something stands around its answers; cut that off: {cut}"


def _of_json(head: bytes, form: RecordForm) -> str | None:
    """Say how answers are taken out of JSON, None where it is one of them, and the only one."""
    if rb"{\x22" in head:
        return r"\x22 is no JSON: nginx writes it unless its log_format says escape=json"
    found = re.findall((_OBJECT % form.any_root).encode(), head)
    is_one = len(found) == 1 and head.startswith(b"{")
    if is_json(head):
        is_one = isinstance(data := json.loads(head), dict) and not form.roots.isdisjoint(data)
    taken = _taken_out(head, form) if _JSON.match(head) and not is_one else None
    return taken and f"its answers do not stand there one a line; {taken}"


def _taken_out(head: bytes, form: RecordForm) -> str | None:
    """Say how answers are taken out of JSON of whatever kind."""
    for place, command in _TAKEN_OUT.items():
        if re.search((place % form.any_root).encode(), head):
            return f"answers are taken out {command % form.any_root}"
    return None


def _leaves(data: Mapping[str, Any], way: str = "", depth: int = 1) -> Iterator[tuple[str, Any]]:
    """Yield the members of an object, and of those in it, with the names that they are given by."""
    for name, value in data.items():
        if value and isinstance(value, dict) and depth < _DEPTH:
            yield from _leaves(value, f"{way}{name}.", depth + 1)
        else:
            yield f"{way}{name}", value
