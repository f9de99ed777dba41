"""The rules of the house, each a function from the package's modules to what breaks it.

A module is its dotted name and its source, so that a breach can be planted.
"""

import ast
import contextlib
import functools
import inspect
import io
import pkgutil
import re
import tokenize
from collections import defaultdict
from pathlib import Path

import contract_tests
import topcheck
from tests.workspace import WORKSPACE

PACKAGE = Path(topcheck.__file__).parent
#: Each folder, and each module beside them, imports only from itself and from those before it.
ORDER = ("atomic", "system", "wire", "contract", "judge", "generate", "gateway", "workspace",
         "report", "live", "sdk", "audit", "cli", "plugin")  # fmt: skip
#: Folders that do not know each other, whatever their order: what both need lies below.
STRANGERS = (("live", "sdk"), ("live", "audit"), ("sdk", "audit"))
#: Who may load a workspace; all others are given one.
LOADERS = ("cli", "plugin", "workspace")
#: What reaches the machine, and where in a folder that may be.
MACHINE = {"time", "random", "socket", "os", "subprocess", "threading", "urllib.request"}
LONGEST_FUNCTION, LONGEST_FILE, LARGEST_PACKAGE = 57, 400, 27_600


def modules():
    """Return every module of the package by its name."""
    paths = [p for p in PACKAGE.rglob("*.py") if p.relative_to(PACKAGE).parts[0] != "home"]
    return {
        ".".join(("topcheck", *path.relative_to(PACKAGE).with_suffix("").parts)):
            path.read_text("utf-8") for path in sorted(paths)
    }  # fmt: skip


@functools.cache
def contract_modules():
    """Return every module of the contract tests by its name."""
    paths = sorted(Path(contract_tests.__file__).parent.rglob("*.py"))
    return {f"contract_tests.{path.stem}": path.read_text("utf-8") for path in paths}


@functools.cache
def nodes(source):
    """Return every node of a source: a planted breach leaves all other sources as they were."""
    return tuple(ast.walk(ast.parse(source)))


@functools.cache
def imports(source):
    """Return the modules, and the names in modules, that a source imports."""
    found = []
    for node in nodes(source):
        if isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
            found += (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
    return tuple(found)


def top(module):
    """Return the part of the package that a module is in, None for one of somebody else."""
    parts = module.split(".")
    return parts[1] if parts[0] == "topcheck" and len(parts) > 1 else None


def folder(module, known):
    """Return the innermost folder of a module, or of what stands in one."""
    while module and module not in known:
        module = module.rpartition(".")[0]
    return module.removesuffix(".__init__").rpartition(".")[0]


# ---------------------------------------------------------------- imports


def upward(found):
    """Imports from a later part of the package, and parts that have no place in the order."""
    for name, source in found.items():
        own = top(name)
        if own == "__init__":
            continue
        if own not in ORDER:
            yield f"{name} has no place in the order"
            continue
        later = set(ORDER[ORDER.index(own) + 1 :])
        yield from (f"{name} imports {i}" for i in imports(source) if top(i) in later)


def between_strangers(found):
    """Imports between folders that must not know each other."""
    for name, source in found.items():
        for pair in STRANGERS:
            if top(name) in pair:
                (other,) = set(pair) - {top(name)}
                yield from (f"{name} imports {i}" for i in imports(source) if top(i) == other)


def folder_loops(found):
    """Folders that import each other, subfolders too."""
    edges = defaultdict(set)
    for name, source in found.items():
        for other in imports(source):
            if other.startswith("topcheck."):
                edges[folder(name, found)].add(folder(other, found))
    for one, others in edges.items():
        for other in others - {one, "", "topcheck"}:
            if one in edges[other] and one != "topcheck":
                yield f"{one} and {other} import each other"


def cycles(found):
    """Modules that import each other, however far around."""
    graph = {name: {i for i in imports(source) if i in found} for name, source in found.items()}
    done = set()

    def visit(name, above):
        if name in above:
            yield f"a cycle through {name}"
        elif name not in done:
            for other in sorted(graph[name]):
                yield from visit(other, {*above, name})
            done.add(name)

    for name in graph:
        yield from visit(name, set())


def machine(found):
    """Clocks, sockets and processes in the pure core."""
    for name, source in found.items():
        if top(name) in ("wire", "contract", "judge"):
            yield from (f"{name} imports {i}" for i in set(imports(source)) & MACHINE)


def private(found):
    """Private names of the standard library or of a dependency, whatever is done with them."""
    everywhere = frozenset().union(*map(defined, found.values()))
    for name, source in found.items():
        own = defined(source)
        yield from private_imports(name, source)
        for word, on_self in private_uses(source):
            if word not in (everywhere if on_self else own):
                yield f"{name} uses {word}"
        yield from private_overridden(name, found)


def is_private(word):
    """Tell whether a name is somebody's own; those with two underscores around are Python's."""
    return word.startswith("_") and not (word.startswith("__") and word.endswith("__"))


def private_imports(name, source):
    """Yield imports of private names of a library, and of its private modules."""
    for other in imports(source):
        parts = other.split(".")
        if parts[0] != "topcheck" and any(map(is_private, parts)):
            yield f"{name} imports {other}"


@functools.cache
def defined(source):
    """Return the private names that a source gives to something of its own."""
    return defined_in(nodes(source))


def defined_in(found):
    """Return the private names that some nodes give to something of their own."""
    words = set()
    for node in found:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            words.add(node.name)
        elif isinstance(node, ast.arg):
            words.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            words.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_own(node):
            words.add(node.attr)  # what is set on another object is defined by whoever made that
    return {word for word in words if is_private(word)}


def _is_own(node):
    """Tell whether an attribute is one of the object, or the class, that a method is of."""
    owner = node.value
    if isinstance(owner, ast.Name):
        return owner.id in ("self", "cls")
    return isinstance(owner, ast.Call) and ast.unparse(owner) in ("super()", "type(self)")


#: Functions that take a name as text, and where it stands among their arguments.
_BY_NAME = {"getattr": 1, "setattr": 1, "hasattr": 1, "delattr": 1, "attrgetter": 0,
            "methodcaller": 0}  # fmt: skip


@functools.cache
def private_uses(source):
    """Return the private names that are read, set or passed, each with whether it is on `self`.

    Elsewhere than on `self` only a name of the very module is its own.
    """
    found = []
    for node in nodes(source):
        words, on_self = [], False
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            words, on_self = [node.attr], _is_own(node)
        elif isinstance(node, ast.Call):
            words = [*_named(node), *(k.arg for k in node.keywords if k.arg)]
        elif isinstance(node, ast.Subscript) and _is_namespace(node.value):
            words = [getattr(node.slice, "value", "")]
        found += ((word, on_self) for word in map(str, words) if is_private(word))
    return tuple(found)


def _named(call):
    """Yield the names that a call takes as texts: of attributes, or of the parts of a class."""
    function = getattr(call.func, "id", None) or getattr(call.func, "attr", None)
    at = _BY_NAME.get(function)
    if at is not None and len(call.args) > at and isinstance(call.args[at], ast.Constant):
        yield from str(call.args[at].value).split(".")
    if function == "type" and len(call.args) == 3:
        yield from (n.value for n in ast.walk(call.args[2]) if isinstance(n, ast.Constant))


def _is_namespace(node):
    """Tell whether what is looked into are the attributes of an object."""
    function = getattr(getattr(node, "func", None), "id", None)
    return getattr(node, "attr", None) == "__dict__" or function in ("vars", "globals", "locals")


def private_overridden(name, found):
    """Yield private names of a class, defined or only used, that a library gave its base."""
    for node, words in private_by_class(found[name]):
        for base in _library_bases(node, name, found):
            yield from (f"{name}.{node.name} has {base.__name__}.{word}"
                        for word in sorted(words & _private_of(base)))  # fmt: skip


@functools.cache
def private_by_class(source):
    """Return each class with the private names that it defines, or uses on itself."""
    found = []
    for node in nodes(source):
        if isinstance(node, ast.ClassDef):
            inside = tuple(ast.walk(node))
            used = {n.attr for n in inside if isinstance(n, ast.Attribute) and _is_own(n)}
            found.append((node, defined_in(inside) | used))
    return tuple(found)


def _library_bases(node, name, found):
    """Yield the classes of libraries that a class comes from, through ours too."""
    sources = _imported(found[name])
    for base in node.bases:
        full = ast.unparse(base.value if isinstance(base, ast.Subscript) else base)
        first, _, rest = full.partition(".")
        where = ".".join(filter(None, (sources.get(first, f"{name}.{first}"), rest)))
        module, _, word = where.rpartition(".")
        if module in found:
            same = [n for n, _ in private_by_class(found[module]) if n.name == word]
            for other in same:
                yield from _library_bases(other, module, found)
        else:
            with contextlib.suppress(ImportError, AttributeError, ValueError):  # made on the spot
                yield pkgutil.resolve_name(where)


@functools.cache
def _imported(source):
    """Return what each imported name stands for."""
    names = {}
    for node in nodes(source):
        if isinstance(node, ast.ImportFrom):
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
        elif isinstance(node, ast.Import):
            tops = {name: name for name in (a.name.partition(".")[0] for a in node.names)}
            names |= tops | {a.asname: a.name for a in node.names if a.asname}
    return names


@functools.cache
def _private_of(base):
    """Return the private names of a class of a library: its own, and what it sets on itself."""
    words = {word for word in dir(base) if is_private(word)}
    for one in base.__mro__:
        with contextlib.suppress(OSError, TypeError):  # written in C
            words |= set(re.findall(r"\bself\.(_\w+)", inspect.getsource(one)))
    return frozenset(filter(is_private, words))


# ---------------------------------------------------------------- names


def classes_twice(found):
    """One class name for two things; an underscore in front makes no other name."""
    homes = defaultdict(list)
    for name, source in found.items():
        for node in nodes(source):
            if isinstance(node, ast.ClassDef):
                homes[node.name.lstrip("_")].append(name)
    yield from (f"{name}: {', '.join(where)}" for name, where in homes.items() if len(where) > 1)


_CUTS = {"split", "rsplit", "partition", "rpartition", "startswith", "endswith", "removeprefix",
         "removesuffix"}  # fmt: skip
_IDS = re.compile(r"(^|_)clause(_id)?$|^clause_id$")


def ids_cut_up(found):
    """Clause ids that are cut up outside of the contract."""
    for name, source in found.items():
        if top(name) == "contract":
            continue
        for node in nodes(source):
            value = node.value if isinstance(node, ast.Subscript) else None
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                value = node.func.value if node.func.attr in _CUTS else None
            if value is not None and _is_id(value):
                yield f"{name}:{node.lineno} {ast.unparse(node)}"


def _is_id(node):
    if isinstance(node, ast.Attribute):
        owner = node.value
        owner = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
        return node.attr == "clause_id" or (node.attr == "id" and bool(_IDS.search(owner)))
    return isinstance(node, ast.Name) and node.id == "clause_id"


def workspace_loaders(found):
    """Whoever else loads a workspace."""
    banned = {"topcheck.workspace.load_workspace", "topcheck.workspace.home"}
    for name, source in found.items():
        if top(name) not in LOADERS:
            yield from (f"{name} imports {i}" for i in set(imports(source)) & banned)


def members():
    """Return the names of the page's members and parameters, without those of the platform."""
    trees = WORKSPACE.contract.response, WORKSPACE.contract.request
    return {field.name for tree in trees for field in tree.walk() if field.row}


def member_names(found):
    """Names of the page's members: as a literal, or, with an underscore, anywhere at all.

    The contract tests are as much about any method as the package is.
    """
    names = members()
    long = re.compile(r"\b(" + "|".join(name for name in sorted(names) if "_" in name) + r")\b")
    for name, source in (contract_modules() | found).items():
        yield from (f"{name}:{number} {hit}" for number, line in enumerate(source.splitlines(), 1)
                    for hit in long.findall(line))  # fmt: skip
        yield from (f"{name}:{line} {text}" for line, text in literals(source)
                    if text.strip("rbf").strip("\"'") in names)  # fmt: skip


@functools.cache
def literals(source):
    """Return the line and the text of each string literal."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return tuple((t.start[0], t.string) for t in tokens if t.type == tokenize.STRING)


# ---------------------------------------------------------------- sizes


def long_functions(found):
    """Functions that cannot be read without scrolling."""
    for name, source in found.items():
        for node in nodes(source):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = node.end_lineno - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    yield f"{name}.{node.name} has {lines} lines"


def long_files(found):
    """Modules that are more than one thing."""
    for name, source in found.items():
        if (lines := source.count("\n")) > LONGEST_FILE:
            yield f"{name} has {lines} lines"


def large_package(found):
    """A package that has grown beyond what its features can account for."""
    if (lines := sum(source.count("\n") for source in found.values())) >= LARGEST_PACKAGE:
        yield f"the package has {lines} lines"


def logic_in_the_protocol(found):
    """Rules are transcribed, not computed: the protocol defines no function."""
    source = found["topcheck.contract.protocol"]
    functions = (n for n in nodes(source) if isinstance(n, ast.FunctionDef))
    yield from (f"the protocol defines {node.name}" for node in functions)


RULES = (upward, between_strangers, folder_loops, cycles, machine, private, classes_twice,
         ids_cut_up, workspace_loaders, member_names, long_functions, long_files, large_package,
         logic_in_the_protocol)  # fmt: skip
