"""Workspaces of other methods: the pages of each shape, and some that are odder still."""

import functools
import tempfile
from pathlib import Path

from tests.page_builder import java, page, read, row
from topcheck.contract.files import derived_files
from topcheck.contract.page.read import derive_contract
from topcheck.sdk.cases.catalogue import sdk_cases
from topcheck.workspace import load_workspace

FOLDER = Path(__file__).parent / "pages"
#: The pages of each shape, by the names of their files.
SHAPES = [path.stem for path in sorted(FOLDER.glob("*.txt"))]
DAY = "2018-01-02 12:00:00"


def _asked(response, *request):
    return page(response, request, java=java(request))


_ID = row("id", "Number", example="12", required="必须")
_NESTED = row("f", "Map", example=""), row("d"), row("e", "Number []", example="4")
_QUERY = row(
    "query", "Query",
    row("tags", "String []", required="必须"),
    row("items", "ItemDTO []", row("amount", "Number"), row("names", "String []"),
        row("day", "Date", example=DAY), row("cost", "Price", example="5.20"), required="必须"),
    row("rate", "BigDecimal", example="0.5"),
    row("extra", "Map", example=""),
)  # fmt: skip
#: By what is odd in them.
ODD = {
    "one list": _asked([row("toys", "ToyDTO []", row("label"), row("size", "Number"))], _ID),
    "one list of texts": _asked([row("tags", "String []", example="red")], _ID),
    "lists in lists": _asked(
        [row("a", "ADTO []", row("b", "BDTO []", row("c", "CDTO []", *_NESTED)))], _ID),
    "a list without examples": _asked([row("a", "ADTO []", row("b", example="")), row("z")], _ID),
    "lists of every type": _asked(
        [row("days", "Date []", example=DAY), row("flags", "Boolean []", example="true"),
         row("costs", "Price []", example="5.20"), row("maps", "Map []", example="")],
        row("days", "Date []", example=DAY), row("maps", "Map []", example="")),
    "rows at the top": _asked(
        [row("a"), row("b", "Number"), row("c", "Boolean", example="true")], _ID),
    "nothing at all": page([]),
    "what is required": _asked(
        [row("a")], row("x", required="必须"), row("y", "Number", required="必须")),
    "every type": _asked(
        [row("r", "R", row("p", "Price", example="5.20"), row("d", "Decimal", example="0.50"),
             row("m", "Map", example=""), row("k", "Date", example=DAY))],
        row("a", "Boolean"), row("b", text="种类: A(甲), B(乙)"), row("c", "Date", example=DAY),
        row("d", "Price", example="5.20"), row("e", "BigDecimal", example="0.5"),
        row("f", "Map", example="")),
    "one code": _asked([row("a")], row("b", text="种类: A(甲), B(乙)", required="必须")),
    "a list of one": _asked(
        [row("a")], row("ids", "Number []", limits=["最大列表长度:1"]), row("tags", "String []")),
    "an object with lists": _asked([row("a")], _QUERY),
    "two objects": _asked(
        [row("a", "A", row("x"), row("y", "Number")), row("b", "B", row("x"), row("z"))],
        row("q", "Q", row("x"), row("y", "Number", required="必须")),
        row("w", "W", row("x"), row("v", "V", row("x", "Boolean", example="true")))),
    "a name at three levels": _asked(
        [row("x", "X", row("title"), row("y", "Y", row("title"), row("z", "Z", row("title"))))],
        _ID),
    "only a map": _asked([row("m", "Map", example="")], _ID),
    "only a flag": _asked([row("m", "M", row("ok", "Boolean", example="true"))], _ID),
    "large numbers": _asked(
        [row("a", "Number")], row("id", "Number", limits=["最小值:4294967296"], required="必须")),
    "many parameters": _asked([row("a")], *(row(f"p{n}") for n in range(12))),
    "a documented id": _asked([row("request_id"), row("a")], _ID),
    "examples of no type": _asked(
        [row("a", "Number", example="很多"), row("b", "Boolean", example="是"),
         row("c", "Date", example="昨天"), row("d", "Price", example="￥5"), row("e", "Number []"),
         row("f", text="状态: A(甲), B(乙)", example="C")], _ID),
    "signs": _asked([row("a", example="<&>\"'"), row("b", example="]]>")],
                    row("t", limits=["最大长度:1"])),
}  # fmt: skip


@functools.cache
def cases(name):
    """Return the cases of an SDK of a page, made once."""
    return sdk_cases(workspace(name))


@functools.cache
def workspace(name):
    """Load the workspace of a page, by its shape or by what is odd in it."""
    text = ODD[name] if name in ODD else (FOLDER / f"{name}.txt").read_text("utf-8")
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root, "schemas", "toy")
        folder.mkdir(parents=True)
        files = derived_files(derive_contract(read(text), ""))
        for file, content in {**files, "page.txt": text, "inferred.toml": ""}.items():
            (folder / file).write_text(content, "utf-8")
        return load_workspace(Path(root))
