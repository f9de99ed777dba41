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
from collections import defaultdict

from topcheck.contract.page.lines import MAX_PAGE_LINES
from topcheck.wire.limits import MAX_DEPTH

#: Names from the top of the request down, as Java has them.
Path = tuple[str, ...]

#: None of these ever fails once it has begun, so that no page takes long.
_NO_CODE = re.compile(r'"(?:\\.|[^"\\\n])*"?|//[^\n]*')
_PUT = re.compile(r"\b(\w+)\s*(?:\.\s*(?:set(\w+)|add\w*)\s*\(|=)([^;=]*)")
#: A word that is handed over itself, and not one that is only asked for something.
_HANDED = re.compile(r"\b\w+\b(?!\s*\.)")
_REQUEST = re.compile(r"\.\s*execute\s*\(\s*(\w+)|\b(\w+)\s*=\s*new\s+\w*Request\s*\(")


def flat(name: str) -> str:
    """Write a name as both Java and the page have it."""
    return name.replace("_", "").lower()


def set_paths(code: str) -> set[Path]:
    """Return the path of each parameter that the sample sets."""
    code = _NO_CODE.sub("", code)
    held: dict[str, set[tuple[str, frozenset[str]]]] = defaultdict(set)
    for owner, name, content in _PUT.findall(code):
        held[owner].add((flat(name), frozenset(_HANDED.findall(content))))
    request = _REQUEST.search(code)
    paths: set[Path] = set()
    todo: list[tuple[str, Path]] = [((request[1] or request[2]) if request else "req", ())]
    done = set(todo)
    while todo and max(len(paths), len(done)) < MAX_PAGE_LINES:
        owner, above = todo.pop()
        for name, words in held[owner]:
            path = (*above, name) if name else above
            paths.add(path)
            inside = {(word, path) for word in words if word in held and len(path) < MAX_DEPTH}
            todo += inside - done
            done |= inside
    return paths
