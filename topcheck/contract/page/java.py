"""The Java sample of a request: which parameter is set on which object.

    Request.Query obj1 = new Request.Query();
    List<Request.Item> list2 = new ArrayList<Request.Item>();
    Request.Item obj3 = new Request.Item();
    list2.add(obj3);
    obj3.setItemId(1L);
    obj1.setItems(list2);
    req.setQuery(obj1);

tells `query`, `query.items` and `query.items.itemid`: an object that is handed to a setter, as it
is or in a list, is what the setter names. Java has no underscores in names, so none are compared.
"""

import re
from collections.abc import Iterator, Sequence

from topcheck.contract.page.lines import MAX_PAGE_LINES, Line
from topcheck.wire.limits import MAX_DEPTH

#: Names from the top of the request down, as Java has them.
Path = tuple[str, ...]

#: None of these ever fails once it has begun, so that no page takes long.
_NO_CODE = re.compile(r'"(?:\\.|[^"\\\n])*"?|//[^\n]*')
_PUT = re.compile(r"\b(\w+)\s*(?:\.\s*(?:set(\w+)|add\w*)\s*\(|=)([^;=]*)")
#: A word that is handed over itself, and not one that is only asked for something.
_HANDED = re.compile(r"\b\w+\b(?!\s*\.)")
_EXECUTED = re.compile(r"\.\s*execute\s*\(\s*(\w+)")


def flat(name: str) -> str:
    """Write a name as both Java and the page have it."""
    return name.replace("_", "").lower()


def set_paths(section: Sequence[Line]) -> dict[Path, int]:
    """Return the path of each parameter that the sample sets, with the line that sets it."""
    text = _NO_CODE.sub("", "\n".join(line.text for line in section))
    held: dict[str, dict[tuple[str, frozenset[str]], int]] = {}
    puts = list(_puts(text, section[0].number if section else 0))
    owners = {owner for owner, *_ in puts}
    for owner, name, words, line in puts:
        held.setdefault(owner, {}).setdefault((name, words & owners), line)
    executed = _EXECUTED.search(text)
    paths: dict[Path, int] = {}
    todo: list[tuple[str, Path]] = [(executed[1] if executed else "req", ())]
    done = set(todo)
    while todo and max(len(paths), len(done)) < MAX_PAGE_LINES:
        owner, above = todo.pop()
        for (name, words), line in held.get(owner, {}).items():
            path = (*above, name) if name else above
            if name:
                paths.setdefault(path, line)
            inside = {(word, path) for word in words if len(path) < MAX_DEPTH} - done
            todo += inside
            done |= inside
    return paths


def _puts(text: str, number: int) -> Iterator[tuple[str, str, frozenset[str], int]]:
    """Yield what is put into a variable: its name, the setter's, the words of the value, the line.

    The text begins on a line of this number.
    """
    end = 0
    for match in _PUT.finditer(text):
        number += text.count("\n", end, match.start())
        end = match.start()
        owner, name, content = match.groups()
        yield owner, flat(name or ""), frozenset(_HANDED.findall(content)), number
