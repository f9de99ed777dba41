"""What a shape accepts, the reference judges as it judged what taught it: bodies to see that by.

Bodies that teach are documents of a contract with its faults; bodies that try are drawn from the
shapes' own patterns, with a liking for the edges of each class, and changed from those that teach.
"""

import functools
import random
import re
from collections import Counter
from dataclasses import dataclass
from re import _constants as ops
from re import _parser as parser

from tests.page_builder import page, read, row
from tests.workspace import WORKSPACE
from topcheck.audit.auditor import open_sets
from topcheck.contract.inferred import read_inferred
from topcheck.contract.page.read import derive_contract
from topcheck.generate import trees
from topcheck.judge.body_verdict import values_at, verdict_of
from topcheck.judge.response import ResponseJudge
from topcheck.judge.shapes import guard, learn, match
from topcheck.wire.tree import Kind
from topcheck.wire.write import write_json, write_xml

DAY = "2018-01-02 12:00:00"
SHOP = page(
    [
        row("state", example="NEW", text="状态: NEW(新), OLD(旧), GONE(无)"),
        row("grade", "Number", example="1", text="等级: 1(好), 2(坏)"),
        row("size", "Number", example="5"),
        row("score", "Number", example="70"),
        row("title", example="red"),
        row("open", "Boolean", example="true"),
        row("since", "Date", example=DAY),
        row("day", example="2018-01-02", text="日期yyyy-MM-dd"),
        row("cost", "Price", example="5.20"),
        row("rate", "BigDecimal", example="0.5"),
        row("fee", "Price", example="1.00"),
        row("share", "BigDecimal", example="0.25"),
        row("extra", "Map", example=""),
    ]
)
#: Rules with each predicate, on values of each family.
SHOP_RULES = """
[[rule]]
id = "response.size.consistent"
when = { state = { in = ["NEW", "OLD"] } }
then = { size = { min = 3, max = 4200 } }
why = "so"
kept = { size = 5 }
broken = { size = 2 }

[[rule]]
id = "response.title.consistent"
when = { size = { equals = 17 } }
then = { title = { in = ["red", "blue", "a&b"] } }
why = "so"
kept = { size = 17 }
broken = { size = 17, title = "green" }

[[rule]]
id = "response.score.consistent"
when = { grade = { equals = 1 } }
then = { score = { min = -50 }, fee = { max = 100 } }
why = "so"
kept = { score = 1 }
broken = { score = -51 }

[[rule]]
id = "response.open.present"
when = { day = { equals = "2018-02-28" }, open = { absent = true } }
then = { open = { present = true } }
why = "so"
kept = { day = "2018-02-28" }
broken = { day = "2018-02-28", open = { absent = true } }
"""
LISTS = page(
    [
        row("total", "Number", example="3"),
        row(
            "toys", "ToyDTO []", row("toy_id", "Number"), row("kind", example="A", text="A(甲), B(乙)"),
            row("tags", "String []", example="red"), row("sizes", "Number []", example="5"),
            row("made", "PartInfo []", row("day", "Date", example=DAY), row("price", "Price")),
        ),
    ]
)  # fmt: skip

#: Signs at the edges of the classes of both formats.
EDGES = (
    "\x7f\x80\x85\xa0\u2028\u2029\u3000\ufeff\ufffd\ufffe\uffff\U0001f600\U0010ffff"
    "\x00\x01\x08\t\n\x0b\x0c\r\x1f \"\\/<>&'=-]0195eE.+查aZ\u0661"
)
# ruff: noqa: E501 - bodies and values are read in rows
#: Values of each family, right and wrong, that lie at an edge of something.
VALUES = {
    "integer": [0, 1, 2, 3, 4, 17, 18, 99, 100, 199, 200, 204, 299, 300, 500, 4199, 4200, 4201, -1,
                -49, -50, -51, -400, 10**17, 10**18 - 1, 10**18, 2**63 - 1, 2**63, -(2**63), "", "7",
                "x", True, 1234567],
    "boolean": [True, False, "true", 1, 0, 17],
    "string": ["", "red", "blue", "green", "x" * 90, "查询成功", 5, "0", "a\\b\"c", "12.50", "a>b",
               "&<\t", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), 17, "=\"x"],
    "date": [DAY, "2000-02-29 00:00:00", "1900-02-28 23:59:59", "1900-02-29 23:59:59",
             "2018-04-31 12:00:00", "2018-12-31 12:00:00", "2018/01/02 12:00:00", "2018-01-02",
             "2018-02-28", "2018-02-29", "2018-02-27", "0999-01-01 00:00:00", 20180102, "soon",
             "2018-01-02T12:00:00", "2018-11-30 23:59:59"],
    "price": ["5.20", "0", "-1.5", "99.99", "100", "100.01", "1e2", 5, "007", "5.201"],
    "decimal": ["0.5", "12", "-3", "1e2", "x", 5, 0, -7],
    "map": [{}, {"a": 1, "b": "x"}, {"a": {"c": [1, "x", None]}}, "text", 5],
    "object": ["text", 5, True],
    "list": ["text", 5, {"x": 1}],
}  # fmt: skip
UNKNOWN = [5, 1.25, "text", True, None, {"a": 5, "b": "x"}, [1, "x"], {"a": {"a": "b"}}]


@dataclass(frozen=True)
class Scene:
    """A contract with its rules and its reference, in one format."""

    name: str
    contract: object
    rules: tuple
    fmt: str

    @functools.cached_property
    def reference(self):
        """The judge that shapes must agree with."""
        return ResponseJudge(self.contract, self.rules)

    @functools.cached_property
    def counted(self):
        """The places whose values shapes tell: open sets, and an amount if there is one."""
        share = {("response", "share")} if "share" in self.contract.response.fields else ()
        return open_sets(self.contract).union(share)

    def learner(self):
        """A fresh learner: it is made of whatever the modules hold now."""
        return learn.Learner(self.contract, self.rules, self.counted)

    def shapes(self, **options):
        """The whole engine."""
        options = {"counted": self.counted, **options}
        return guard.Shapes(self.reference, self.fmt, **options)

    @functools.cached_property
    def judged(self):
        """What the reference said, by body."""
        return {}

    def judge(self, body):
        """Judge a body by the reference, once."""
        if body not in self.judged:
            if len(self.judged) > 20_000:
                self.judged.clear()
            self.judged[body] = self.reference.judge(body, self.fmt)
        return self.judged[body]


@functools.cache
def contracts():
    """Return name, contract and rules of each subject."""
    found = {"querystatus": (WORKSPACE.contract, tuple(WORKSPACE.rules))}
    for name, text, rules in (("shop", SHOP, SHOP_RULES), ("lists", LISTS, "")):
        contract = derive_contract(read(text), rules)
        found[name] = contract, read_inferred(rules, contract.response)[0]
    return found


@functools.cache
def scene(name, fmt):
    """Return a subject in a format; bodies are drawn by a seed of its own."""
    contract, rules = contracts()[name]
    return Scene(name, contract, rules, fmt)


SCENES = [(name, fmt) for name in ("shop", "querystatus", "lists") for fmt in ("json", "xml")]


# ---------------------------------------------------------------- bodies that teach


def teaching(scene, rng, count):
    """Yield bodies of a contract: right ones, and ones with faults; each fault one of many."""
    contract = scene.contract
    documents = [trees.sample(root) for root in (contract.response, contract.error)]
    write = write_json if scene.fmt == "json" else write_xml
    yield from map(write, documents)
    dress = {"json": dressed_json, "xml": dressed_xml}[scene.fmt]
    for _ in range(count):
        root = rng.choice((contract.response,) * 3 + (contract.error,))
        document = trees.copied(documents[root is contract.error])
        if root is contract.response and rng.random() < 0.5:
            request_id = trees.plain("request_id", rng.choice(["x1y2", "", 5, "a-b"]))
            document.children[0].children.append(request_id)
        for _ in range(rng.randint(0, 3)):
            change(document.children[0], root, rng)
        try:
            yield dress(write(document).decode(), rng).encode()
        except ValueError:  # what XML cannot carry
            continue


def change(node, field, rng):
    """Change one place of an object or of one inside it."""
    inside = [c for c in node.children if c.kind in (Kind.OBJECT, Kind.ARRAY)]
    if inside and rng.random() < 0.7:
        child = rng.choice(inside)
        below = field.fields.get(child.name, field)
        if child.kind is Kind.ARRAY and child.children:
            item = rng.choice(child.children)
            if item.kind is Kind.OBJECT and rng.random() < 0.8:
                return change(item, below, rng)
            return vary_items(child, below, rng)
        return change(child, below, rng)
    children, kind = node.children, rng.random()
    if kind < 0.5 and children:
        at = rng.randrange(len(children))
        child = children[at]
        below = field.fields.get(child.name)
        family = below.family if below else "string"
        values = VALUES["date" if below and below.format else family]
        if below and below.enum and rng.random() < 0.8:
            values = [*below.enum, "x", "", "NEWER", "N"]
            values = [int(v) for v in values[:2]] + [3, "1"] if family == "integer" else values
        children[at] = trees.plain(child.name, rng.choice(values))
    elif kind < 0.62 and children:
        del children[rng.randrange(len(children))]
    elif kind < 0.7 and children:
        name = rng.choice(children).name
        children[[c.name for c in children].index(name)] = trees.plain(name, None)
    elif kind < 0.85:
        name = rng.choice(["trace", "host", "x"])
        children.insert(rng.randint(0, len(children)), trees.plain(name, rng.choice(UNKNOWN)))
    elif kind < 0.93 and children:
        children.append(trees.copied(rng.choice(children)))
    else:
        rng.shuffle(children)
    return None


def vary_items(array, field, rng):
    """Give a list one item more, or fewer, or an odd one."""
    kind = rng.random()
    if kind < 0.4:
        array.children.append(trees.copied(array.children[0]))
    elif kind < 0.6:
        array.children.pop()
    else:
        value = rng.choice([*VALUES.get(field.family, ["x"]), None, [1]])
        array.children.append(trees.plain(array.name, value))


def dressed_json(text, rng):
    """Write a JSON text otherwise: blanks, escapes, number forms, doubled and cut parts."""
    kind = rng.random()
    if kind < 0.1:
        text = text.replace(",", rng.choice([" ,", ", ", ",\t"]))
    elif kind < 0.2:
        text = re.sub(
            '[查成a]|(?<=:")[A-Za-z]', lambda m: rng.choice([f"\\u{ord(m[0]):04x}", m[0]]), text
        )
    elif kind < 0.25:
        text = re.sub(
            r":(\d+)", lambda m: rng.choice([f":{m[1]}.0", f":-{m[1]}", f":{m[1]}e0"]), text
        )
    elif kind < 0.3:
        text = rng.choice(["\ufeff" + text, text + " ", text[:-1], text + "x", "[" + text + "]"])
    elif kind < 0.33:
        text = text[:-1] + rng.choice([',"z":5}', ',"z":"q"}', ',"z":{"a":"b"}}'])
    return text


def dressed_xml(text, rng):
    """Write an XML text otherwise: declarations, comments, sections, attributes, entities."""
    kind, bare = rng.random(), text[text.index("\n") + 1 :]
    if kind < 0.08:
        charset = rng.choice(["us-ascii", "gbk", "iso-8859-1", "utf-8", "UTF-8", "x"])
        text = f'<?xml version="1.0" encoding="{charset}"?>{bare}'
    elif kind < 0.2:
        text += rng.choice(["<!--top011-->", "<!--a-b c.d-->\n", "<!---->", "<!--查-->", "<?x?>"])
    elif kind < 0.24:
        text = text.replace(
            "</", rng.choice(["<!-- --></", "<![CDATA[x]]></", "&amp;</", "&#65;</"])
        )
    elif kind < 0.3:
        text = re.sub("(<[a-z_]+)(>[^<]*</)", rng.choice([r'\1 a="1"\2', r"\1 \2"]), text, count=3)
    elif kind < 0.33:
        nil = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'
        text = re.sub("(<[a-z_]+)(>[^<]*</)", rf"\1{nil}\2", text, count=rng.randint(1, 2))
    elif kind < 0.38:
        text = re.sub("<([a-z_]+)>[^<]*</\\1>", rng.choice([r"<\1/>", r"<\1></\1>"]), text, count=2)
    elif kind < 0.45:
        text = text.replace("><", rng.choice([">\n<", ">\r\n  <", "> <"]))
    elif kind < 0.48:
        text = rng.choice(["\ufeff" + text, bare, text[:-3]])
    return text


# ---------------------------------------------------------------- bodies that try


@functools.cache
def parsed(pattern):
    """Return the tree of a pattern, with the pattern itself to check draws by."""
    return parser.parse(pattern), re.compile(pattern)


def drawn_value(pattern, rng):
    """Draw a text that a pattern matches, at an edge of it if that can be."""
    tree, whole = parsed(pattern)
    for _ in range(20):
        text = _drawn(tree, rng)
        if whole.fullmatch(text):
            return text
    return None


def _drawn(tree, rng):
    return "".join(_one(op, value, rng) for op, value in tree)


def _one(op, value, rng):
    if op is ops.LITERAL:
        return chr(value)
    if op is ops.BRANCH:
        return _drawn(rng.choice(value[1]), rng)
    if op is ops.SUBPATTERN:
        return _drawn(value[3], rng)
    if op is ops.ATOMIC_GROUP:
        return _drawn(value, rng)
    if op in (ops.MAX_REPEAT, ops.POSSESSIVE_REPEAT, ops.MIN_REPEAT):
        least, most, inner = value
        many = min(most, rng.choice((least, least, least + 1, least + 2, 9, 17, 18, 40)))
        return "".join(_drawn(inner, rng) for _ in range(max(many, least)))
    if op in (ops.ASSERT, ops.ASSERT_NOT, ops.AT):
        return ""
    return _sign(op, value, rng)


def _sign(op, value, rng):
    """Draw one sign of a set: one of the edges, or one at the end of a range."""
    if op is ops.NOT_LITERAL:
        return rng.choice([edge for edge in EDGES if ord(edge) != value])
    if op is ops.ANY:
        return rng.choice(EDGES)
    negated, ranges = _ranges(tuple(value))
    if negated:
        return rng.choice(ranges)
    low, high = rng.choice(ranges)
    return chr(rng.choice((low, high, rng.randint(low, high))))


@functools.cache
def _ranges(value):
    """Return the ranges of a set, or, if it is of all others, the edges that are in it."""
    ranges = [_range(one) for one in value if one[0] is not ops.NEGATE]
    if value[0][0] is not ops.NEGATE:
        return False, ranges
    return True, [e for e in EDGES if not any(low <= ord(e) <= high for low, high in ranges)]


def _range(one):
    return one[1] if one[0] is ops.RANGE else (one[1], one[1])


#: Literal parts of a value that turn it into one at an edge.
NUMBERS = ["0", "-0", "1", "2", "3", "4", "16", "17", "18", "199", "200", "201", "299", "300", "4199",
           "4200", "4201", "-49", "-50", "-51", "99", "100", "101", "9" * 17, "9" * 18, "9" * 19,
           "1" + "0" * 18, str(2**63 - 1), str(2**63), "007", "1.0", "1.5", "1e1", "5.201", "1" * 401,
           "-1", "+1", "0.5", "100.01"]  # fmt: skip
TEXTS = ["", "red", "blue", "green", "NEW", "OLD", "GONE", "INIT", "SUCCEEDED", "PROCESSING", "A", "B",
         "true", "1", "\\u0041", "\\ud83d\\ude00", "\\ud83d", "\\udc00", "\\n", "\\x", "\\", "&amp;",
         "&lt;", "&#65;", "&#0;", "&x;", "]]>", "<", "<a/>", "\ufffe", "\x01", "\x1f", "\t", "查",
         "\\u004eEW", "I\\u004eIT", "RED", "2018-02-28", "2018-01-02", "x" * 40, "null"]  # fmt: skip
DATES = [DAY, "2000-02-29 00:00:00", "1900-02-29 00:00:00", "2018-02-28 24:00:00", "2018-04-31 12:00:00",
         "2018-13-01 12:00:00", "2018-00-01 12:00:00", "2018-01-32 12:00:00", "2018-01-02 12:60:00",
         "0999-01-02 12:00:00", "2018-02-28", "2018-02-29", "2018-06-31", "2018/01/02 12:00:00",
         "2018-01-02T12:00:00", "2018-01-0212:00:00", "2019-02-29", "2018-1-2"]  # fmt: skip
EDGE_VALUES = NUMBERS + TEXTS + DATES


def drawn(shape, rng, taught):
    """Draw a body from a shape: each value stays, or is drawn from its class, or is at an edge.

    `taught` are the values of the body that it was learnt from.
    """
    how = rng.random()
    found = []
    values = iter(taught)
    for part in shape.parts:
        if isinstance(part, str):
            found.append(part)
            continue
        was = next(values)
        if rng.random() < (0.2 if how < 0.5 else 0.8):
            value = drawn_value(part.pattern, rng) if how < 0.7 else rng.choice(EDGE_VALUES)
            was = was if value is None else value
        found.append(was)
    return "".join(found)


def changed(text, rng):
    """Change a body here and there: signs, digits, doubled and cut parts."""
    for _ in range(rng.randint(1, 3)):
        at, kind = rng.randrange(len(text)), rng.random()
        if kind < 0.4:
            text = text[:at] + rng.choice(EDGES) + text[at + (rng.random() < 0.5) :]
        elif kind < 0.5:
            text = text[:at] + text[at + 1 :]
        elif kind < 0.6:
            text = text[:at] + text[at : at + rng.randint(1, 9)] * 2 + text[at + 9 :]
        else:
            runs = list(re.finditer(r"[0-9A-Za-z一-龥: -]+(?=[\"<,}])", text))
            if runs:
                one = rng.choice(runs)
                text = text[: one.start()] + rng.choice(EDGE_VALUES) + text[one.end() :]
        if not text:
            return "x"
    return text


@dataclass(frozen=True, eq=False)
class Taught:
    """A body, its shape, and the values that the shape has classes for."""

    body: bytes
    shape: object
    values: tuple


def taught(scene, rng, count):
    """Return the shapes of many bodies, each once."""
    learner, found = scene.learner(), {}
    for body in teaching(scene, rng, count):
        shape = learner.learn(body, scene.judge(body))
        text = match.plain_text(body, scene.fmt)
        if shape is not None and shape not in found and text:
            values = _values(shape, text)
            if values is not None:
                found[shape] = Taught(body, shape, values)
            else:  # it matches nothing: an escape stands where no class has one
                literal = "".join(filter(lambda part: isinstance(part, str), shape.parts))
                assert "\\" in literal or "&" in literal, (body, shape)
    return list(found.values())


def _values(shape, text):
    """Cut the values out of the plain text of the body that taught a shape, if that matches."""
    pattern = "".join(
        re.escape(part) if isinstance(part, str) else f"({part.pattern})" for part in shape.parts
    )
    found = re.fullmatch(pattern, text)
    return found.groups() if found else None


def tried(one, rng):
    """Return a body to try: drawn from a shape, or changed from what taught it."""
    text = drawn(one.shape, rng, one.values)
    return text if rng.random() < 0.6 else changed(text, rng)


def single(scene, rng, shapes, count):
    """Try bodies on patterns of many shapes, one by one; yield each difference."""
    together = match.BodyPattern([one.shape for one in shapes])
    alone = functools.cache(lambda one: match.BodyPattern([one.shape]))
    accepted = 0
    for _ in range(count):
        one = rng.choice(shapes)
        body = tried(one, rng).encode()
        pattern = alone(one) if rng.random() < 0.5 else together
        text = match.plain_text(body, scene.fmt)
        found = pattern.match(text) if text else None
        if found is not None:
            accepted += 1
            yield from disagreement(scene, body, found)
    if accepted < count / 8:
        yield f"only {accepted} of {count} bodies were accepted: that tries nothing"


def disagreement(scene, body, said):
    """Yield how the reference differs from what was said of a body."""
    judgement = scene.judge(body)
    verdict, told = verdict_of(judgement), values_at(judgement, scene.counted)
    if said.verdict != verdict or dict(said.told) != told:
        yield f"{body!r}: {said}, the reference: {verdict}, {told}"


def blocks(scene, rng, shapes, count):
    """Try blocks: whole bodies, changed ones, and two halves that make one; yield differences."""
    by_verdict = {}
    for one in shapes:
        by_verdict.setdefault(one.shape.verdict, []).append(one)
    pools = list(by_verdict.items())
    for _ in range(max(1, count // 60)):
        verdict, pool = rng.choice(pools)
        pattern = match.BlockPattern([one.shape for one in pool], scene.fmt)
        for _ in range(12):
            bodies = list(several(scene, rng, pool, shapes))
            yield from in_block(scene, pattern, verdict, bodies)


def several(scene, rng, pool, shapes):
    """Yield the bodies of a block; some are two halves that a run might put together again."""
    end = match.ENDS[scene.fmt]
    for _ in range(rng.randint(1, 6)):
        body = tried(rng.choice(pool if rng.random() < 0.8 else shapes), rng).encode()
        if rng.random() < 0.03:
            body += rng.choice([b"\xff", b"\xed\xa0\x80", b"\xc3"])
        at = rng.randrange(len(body) + 1) if rng.random() < 0.2 else 0
        for half in filter(None, (body[:at], body[at:])):
            yield from half.split(end)


def in_block(scene, pattern, verdict, bodies):
    """Match a block; yield how the reference differs."""
    end = match.ENDS[scene.fmt]
    texts = match.plain_texts(end.join((*bodies, b"")), scene.fmt)
    found = pattern.match(*texts)
    if found.matched + len(found.others) != len(bodies):
        yield f"{found.matched} and {len(found.others)} of {len(bodies)} bodies"
        return
    told = Counter()
    if any(match.plain_text(bodies[at], scene.fmt) != text for at, text in found.others):
        yield f"{found.others} are not of {bodies}"
    for index in sorted(set(range(len(bodies))).difference(at for at, _ in found.others)):
        judgement = scene.judge(bodies[index])
        told.update(values_at(judgement, scene.counted).items())
        if verdict_of(judgement) != verdict:
            reference = verdict_of(judgement)
            yield f"{bodies[index]!r} in a block: {verdict}, the reference: {reference}"
    if told != found.told:
        yield f"{bodies}: {dict(found.told)}, the reference: {told}"


def engine(scene, rng, count):
    """Judge blocks of a stream by the whole engine; yield how the reference differs."""
    shapes, end = scene.shapes(asked=scene.fmt), match.ENDS[scene.fmt]
    teachers = list(teaching(scene, rng, 40))
    stream = [rng.choice(teachers) if rng.random() < 0.8 else changed(rng.choice(teachers).decode(), rng).encode()
              for _ in range(count)]  # fmt: skip
    while stream:
        size = rng.choice([1, 2, 7, 40])
        bodies = [one for body in stream[:size] for one in body.split(end)]
        del stream[:size]
        found = shapes.judge_block(end.join(bodies) + end * rng.randint(0, 1))
        if scene.fmt == "json":  # what stands before a line end is none of the body
            bodies = [body.removesuffix(b"\r") for body in bodies]
        judged = [scene.judge(body) for body in bodies]
        said = dict(found.others)
        verdicts = [said.get(at, found.commonest) for at in range(found.bodies)]
        if verdicts != [verdict_of(one) for one in judged]:
            yield f"{bodies}: {found}"
        told = Counter(item for one in judged for item in values_at(one, scene.counted).items())
        if told != found.told:
            yield f"{bodies}: {found.told}, the reference: {told}"


def differences(scene, seed, count):
    """Yield all differences that so many bodies of a scene show, in every way."""
    rng = seeded(scene.name, scene.fmt, seed)
    yield from directed(scene)
    shapes = taught(scene, rng, 120)
    yield from blocks(scene, rng, shapes, count // 3)
    yield from single(scene, rng, shapes, count - count // 3)


NIL = '<title xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:nil="true">'
LONG_NAMESPACE = "xmlns='" + "=" * 7000
#: What stands in the sample of the shop, what stands there in a body that teaches, and in one that
#: is told apart from it by nothing but what a shape must not forget.
DIRECTED = {
    "json": [
        ('"size":5', '"size":4250', '"size":4200'),
        ('"size":5', '"size":4150', '"size":4201'),
        ('"size":5,"score":70,"title":"red"', '"size":15,"score":70,"title":"green"',
         '"size":17,"score":70,"title":"green"'),
        ('"score":70', '"score":-55', '"score":-50'),
        (DAY, "2018-02-31 12:00:00", "2018-02-28 12:00:00"),
        ("2018-01-02", "2018-02-30", "2018-02-27"),
        ("NEW", "x", "OLD"),
        ('"rate":"0.5"', '"rate":"x"', '"rate":"12.5"'),
        ('"share":"0.25"', '"share":"0.25"', '"share":"0.250"'),
        ('"open":true', '"open":5', '"open":5.0'),
        ('"open":true', '"open":5', '"open":-0'),
        ("}}", "}}", "}}x"),
        ('"size":5,"score":70,"title":"red"', '"size":17,"score":70,"title":"green"',
         '"size":17,"score":70,"title":"r\\u0065d"'),
        ('"size":5', '"size":700', '"size":9999999999999999999'),
        ('"size":5', '"size":4301', '"size":3'),
        ('"size":5', '"size":5', '"size":9000'),
        (DAY, "2018-01-31 12:00:00", "2018-04-31 12:00:00"),
        ('NEW","grade":1,"size":5', 'NEW","grade":1,"size":2', 'GONE","grade":1,"size":2'),
        ('"fee":"1.00"', '"fee":"99.99"', '"fee":"100.01"'),
        ('"cost":"5.20"', '"cost":"5.20"', '"cost":"5.201"'),
        ('"open":true', '"x":"a","open":true', '"x":"a\\q","open":true'),
        ('"open":true', '"x":"a","open":true', '"x":"\\ud83d","open":true'),
        ('"open":true', '"x":"a","open":true', '"x":"\x1f","open":true'),
        ('"open":true', '"open":true,"open":true', '"open":true,"open":1'),
        ('"score":70', '"score":70,"score":70', '"score":70,"score":9999999999999999999'),
        ('"score":70', '"score":-3', '"score":-300'),
        ('"open":true', '"x":"abc","open":true', '"x":"abc","open":true'),
        ('"score":70', '"score":70', '"score":9999999999999999999'),
        ('"state":"NEW"', '"state":"NEW","state":"NEW"', '"state":"NEW","state":"NEW"'),
        ('"open":true', '"x":"a","open":true', '"x":"\ud800","open":true'),
        ('"open":true', '"x":"a","open":true', '"x":"a\tb","open":true'),
        ('"open":true', '"x":"a","open":true', '"x":"\\ud83d\\u0041","open":true'),
        ('"open":true', '"x\x7f":1,"open":true', '"x\\n":1,"open":true'),
        ('"size":5,"score":70,"title":"red"', '"size":17,"score":70,"title":"r\\u0065d"',
         '"size":17,"score":70,"title":"green"'),
    ],
    "xml": [
        ("NEW", "x", "a\rb"),
        ("<score>70<", "<score>7<!-- -->0<", "<score>999999999999999999<!-- -->0<"),
        ("<title>red<", NIL + "<", NIL + "x<"),
        ("<open>", "<x>a</x><open>", "<x>\uffff</x><open>"),
        ("<open>", "<x>a</x><open>", "<x>\ufffe</x><open>"),
        ("<open>", "<x>a</x><open>", f"<x>{LONG_NAMESPACE}</x><open>"),
        ("<open>", "<x>a</x><open>", "<x>a]]>b</x><open>"),
        ("<open>", "<x>a</x><open>", "<x>a&b</x><open>"),
        ("<open>", "<x>a</x><open>", "<x>a&foo;b</x><open>"),
        ("<open>", "<x>a</x><open>", "<x>\ud800</x><open>"),
        ("</toy_get_response>", "</toy_get_response>", "</toy_get_response>x"),
        ("<title>red<", "<title>green<", "<title>r&#101;d<"),
        (DAY, "2018-02-31 12:00:00", "2018-02-28 12:00:00"),
        ("<open>true", "<open>1", "<open>true"),
        ("<size>5</size><score>70</score><title>red", "<size>17</size><score>70</score><title>a&amp;b",
         "<size>17</size><score>70</score><title>green"),
    ],
}  # fmt: skip
#: Declared as something else, a body of ASCII teaches, and one that is not tries.
DIRECTED["xml"] += [
    ('utf-8" ?>\n<toy_get_response>', f'{charset}" ?>\n<toy_get_response><x>a</x>',
     f'{charset}" ?>\n<toy_get_response><x>查</x>')
    for charset in ("us-ascii", "gbk", "iso-8859-1")
]  # fmt: skip


def directed(scene):
    """Try each body that only one thing tells apart on the shape of its neighbour alone."""
    if scene.name != "shop":
        return
    write = {"json": write_json, "xml": write_xml}[scene.fmt]
    sample = write(trees.sample(scene.contract.response)).decode()
    for stands, teaches, tries in DIRECTED[scene.fmt]:
        assert stands in sample, f"{stands} in {sample}"
        body = sample.replace(stands, teaches, 1).encode("utf-8", "surrogatepass")
        shape = scene.learner().learn(body, scene.judge(body))
        if shape is None:
            continue
        body = sample.replace(stands, tries, 1).encode("utf-8", "surrogatepass")
        text = match.plain_text(body, scene.fmt)
        said = match.BodyPattern([shape]).match(text) if text else None
        if said is not None:
            yield from disagreement(scene, body, said)
        pattern = match.BlockPattern([shape], scene.fmt)
        yield from in_block(scene, pattern, shape.verdict, [body, body])
        yield from in_block(scene, pattern, shape.verdict, [b"x" + body, body])
        at = body.find(b"abc") + 1
        yield from in_block(scene, pattern, shape.verdict, [body[:at], body[at:], body])
    yield from other_format(scene)


def other_format(scene):
    """Have bodies of the other format taught to an engine, then broken ones; yield differences."""
    write, stands, free, wrong = {
        "json": (write_xml, "<open>", "<x>{}</x><open>", "a&foo;"),
        "xml": (write_json, '"open"', '"x":"{}","open"', "a\\q"),
    }[scene.fmt]
    sample = write(trees.sample(scene.contract.response)).decode().replace("\n", "")
    shapes, end = scene.shapes(), match.ENDS[scene.fmt]
    for text in ("green", wrong):
        body = sample.replace(stands, free.format(text), 1).encode()
        found = shapes.judge_block(end.join([body] * 60)).counts()
        if found.keys() != {verdict_of(scene.reference.judge(body))}:
            yield f"{body!r} in {scene.fmt}: {found}"


def seeded(*words):
    """Return a source of chance for some words."""
    return random.Random("/".join(map(str, words)))
