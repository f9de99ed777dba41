"""Two values that JSON can hold, compared: where they differ, and what stands there in each."""

from collections.abc import Collection, Iterator
from typing import Any

#: Where two values differ, by the names on the way there; and both, None for what is not there.
Difference = tuple[tuple[str, ...], Any, Any]


def differing(
    old: Any, new: Any, without: Collection[str] = (), where: tuple[str, ...] = ()
) -> Iterator[Difference]:
    """Yield where two values differ, members of some names left out.

    Items of a list are told apart by `id` or `name`, where they have one, and else by their place.
    """
    if isinstance(old, list) and isinstance(new, list):
        old, new = _by_name(old), _by_name(new)
    if not isinstance(old, dict) or not isinstance(new, dict):
        if old != new or type(old) is not type(new):  # True is 1 to Python
            yield where, old, new
        return
    for key in [*old, *(key for key in new if key not in old)]:
        if key not in without:
            yield from differing(old.get(key), new.get(key), without, (*where, str(key)))


def _by_name(items: list[Any]) -> dict[Any, Any]:
    names = [isinstance(item, dict) and (item.get("id") or item.get("name")) for item in items]
    return {name if isinstance(name, str) else at: items[at] for at, name in enumerate(names)}
