"""Mutants of a module: its source with one place changed, as a slip of its author would.

What is changed: a comparison turned, a condition negated or left out, a constant, an operator, an
operand or a statement left out, an element of a literal, the end of a slice.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

TURNED = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE,
          ast.GtE: ast.Gt, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot,
          ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And, ast.Add: ast.Sub, ast.Sub: ast.Add,
          ast.Mult: ast.Div, ast.Div: ast.Mult}  # fmt: skip
#: So long is the text by which a place is named, unless the place itself is longer.
READABLE = 60


@dataclass(frozen=True)
class Mutant:
    """One change: its name, which lasts while other lines come and go, its line, and the module."""

    name: str
    line: int
    source: str


def _but(node, **fields):
    return ast.copy_location(type(node)(**{**vars(node), **fields}), node)


def _without_each(node, *names):
    """Leave out one element after the other of lists that belong together."""
    for at in range(len(getattr(node, names[0]))):
        kept = {name: [v for i, v in enumerate(getattr(node, name)) if i != at] for name in names}
        yield _but(node, **kept)


def _not(test):
    return ast.UnaryOp(ast.Not(), test)


def _compared(node):
    for at, op in enumerate(node.ops):
        yield _but(node, ops=[*node.ops[:at], TURNED[type(op)](), *node.ops[at + 1 :]])


def _joined(node):
    yield _but(node, op=TURNED[type(node.op)]())
    yield from _without_each(node, "values") if len(node.values) > 2 else node.values


def _calculated(node):
    if type(node.op) in TURNED:
        yield _but(node, op=TURNED[type(node.op)]())
    yield from (node.left, node.right)


def _constant(node):
    value = node.value
    if isinstance(value, bool):
        yield _but(node, value=not value)
    elif isinstance(value, (int, float)):
        yield _but(node, value=value + 1)
    elif isinstance(value, (str, bytes)):
        yield _but(node, value=value + ("x" if isinstance(value, str) else b"x"))


def _called(node):
    yield from _without_each(node, "keywords")
    if isinstance(node.func, ast.Attribute) and not node.args and not node.keywords:
        yield node.func.value


def _filtered(node):
    yield from _without_each(node, "ifs")
    for at, test in enumerate(node.ifs):
        yield _but(node, ifs=[*node.ifs[:at], _not(test), *node.ifs[at + 1 :]])


def _literal(node):
    if isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        yield from _without_each(node, "elts")


def _left_out(node):
    yield ast.copy_location(ast.Pass(), node)


#: What may be other in a node, by its type.
CHANGES = {
    ast.Compare: _compared,
    ast.BoolOp: _joined,
    ast.BinOp: _calculated,
    ast.Constant: _constant,
    ast.Call: _called,
    ast.comprehension: _filtered,
    ast.Dict: lambda node: _without_each(node, "keys", "values"),
    **dict.fromkeys((ast.Tuple, ast.List, ast.Set), _literal),
    ast.UnaryOp: lambda node: [node.operand],
    ast.IfExp: lambda node: [_but(node, test=_not(node.test)), node.body, node.orelse],
    ast.If: lambda node: [_but(node, test=_not(node.test)), *_left_out(node)],
    ast.Slice: lambda node: [_but(node, **{name: None}) for name in ("lower", "upper")
                             if getattr(node, name)],
    **dict.fromkeys((ast.Return, ast.Expr, ast.AugAssign, ast.Raise), _left_out),
}  # fmt: skip


def mutants(source: str, leave: frozenset[str] = frozenset()) -> Iterator[Mutant]:
    """Yield every mutant of a module, in the order of its text.

    `leave` names the functions and classes that stay as they are, `__name__` what runs a script.
    """
    tree, seen = ast.parse(source), Counter()
    for node, above in list(_places(tree, (), leave)):
        owner, field, at = above[-1]
        shown = next((n for n, *_ in above if _is_readable(n)), None)
        for changed in list(CHANGES.get(type(node), lambda _: ())(node)):
            before = _text(shown or node)
            _put(owner, field, at, changed)
            change = " => ".join(_difference(before, _text(shown or changed)))
            name = f"{_home(above)}: {change}"
            seen[name] += 1
            number = f" ({seen[name]})" if seen[name] > 1 else ""
            yield Mutant(name + number, _line(node, above), ast.unparse(tree))
            _put(owner, field, at, node)


def _places(node, above, leave):
    """Yield each node that may be changed, and the way to it: owners, their field and position."""
    yield from [(node, above)] if above else ()
    for field, value in ast.iter_fields(node):
        listed = isinstance(value, list)
        for at, child in enumerate(value if listed else [value]):
            if isinstance(child, ast.AST) and not _stays(child, field, leave):
                yield from _places(child, (*above, (node, field, at if listed else None)), leave)


def _stays(node, field, leave):
    name = getattr(node, "name", None) or ast.unparse(getattr(node, "test", ast.Pass()))[:8]
    text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)  # a docstring
    return text or name in leave or field in ("annotation", "returns", "decorator_list")


def _put(owner, field, at, node):
    if at is None:
        setattr(owner, field, node)
    else:
        getattr(owner, field)[at] = node


def _is_readable(node):
    whole = isinstance(node, ast.expr | ast.Return | ast.Assign | ast.AugAssign)
    return whole and len(ast.unparse(node)) <= READABLE


def _text(node):
    if isinstance(node, ast.If):
        return f"if {ast.unparse(node.test)}: {_text(node.body[0])}"
    return " ".join(ast.unparse(node).split())


def _difference(before, after):
    """Shorten two texts to where they differ, and a little around it."""
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    cut = max(0, start - READABLE // 3), max(0, end - READABLE // 3)
    for text in (before, after):
        shown = text[cut[0] : len(text) - cut[1]] if len(text) > READABLE else text
        yield shown if len(shown) <= 2 * READABLE else f"{shown[:READABLE]} … {shown[-READABLE:]}"


def _common(one, other):
    """Return how long two texts are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _home(above):
    named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return ".".join(node.name for node, *_ in above if isinstance(node, named)) or "module"


def _line(node, above):
    around = (node, *(owner for owner, *_ in reversed(above)))
    return next(one.lineno for one in around if hasattr(one, "lineno"))
