"""Kinds of change of a page, each with the verdict that it has: the table of `topcheck diff`.

A row makes a page into another by changing its text. A verdict is three letters: for readers of
JSON, for readers of XML, for senders; B breaking, D drift, C compatible, - not concerned.
"""

import functools
from dataclasses import dataclass

from tests.page_builder import REAL, java, page, row
from tests.workspace import WORKSPACE
from topcheck.contract.diff import Documented, page_changes
from topcheck.contract.inferred import read_inferred, read_types
from topcheck.contract.page.read import derive_fitting, read_page

PAGE = REAL.read_text("utf-8")
RULES = (WORKSPACE.folder / "inferred.toml").read_text("utf-8")
LETTERS = {"breaking": "B", "drift": "D", "compatible": "C", "not concerned": "-"}


@dataclass(frozen=True)
class Case:
    """Two pages with their rules, and what changed between them: the verdict by the kind."""

    old: str
    new: str
    changes: dict[str, str]
    old_rules: str = ""
    new_rules: str = ""


@functools.cache
def documented(text, rules=""):
    """Read a page with what of the rules fits it."""
    contract, fit, _ = derive_fitting(read_page(text.encode(), read_types(rules)), rules)
    return Documented(contract, *read_inferred(fit, contract.response), text)


def verdict(kind):
    """Write the verdict of a kind in three letters."""
    return "".join(LETTERS[word] for word in (kind.json, kind.xml, kind.senders))


def found(case):
    """Return what changed between the pages of a case: the verdict by the kind.

    Clauses that follow from the page as a whole are left out where the case names none.
    """
    return {
        change.name: verdict(change.kind) for change in changes_of(case)
        if change.name in case.changes or not change.name.startswith("page.clause")
    }  # fmt: skip


def changes_of(case):
    """Compare the pages of a case."""
    return page_changes(documented(case.old, case.old_rules), documented(case.new, case.new_rules))


def real(old, new, changes, rules="", **other):
    """Change the words of the real page."""
    assert PAGE.count(old) == 1, PAGE.count(old)
    return Case(PAGE, PAGE.replace(old, new), changes, rules, rules, **other)


def answer(old, new, **changes):
    """Change the rows of an answer."""
    return _toy(old, new, changes, lambda rows: page(rows, [_ID]))


def asked(old, new, **changes):
    """Change the parameters of a request, which has one more that never changes."""
    return _toy(old, new, changes, lambda rows: page([row("a")], [_ID, *rows], java=java(rows)))


def _toy(old, new, changes, made):
    rows = ([one] if not isinstance(one, list) else one for one in (old, new))
    texts = map(made, rows)
    named = {name.replace("__", "."): letters for name, letters in changes.items()}
    return Case(next(texts), next(texts), named)


_ID = row("id", "Number", example="12", required="必须")
_CODES, _MORE = "状态: A(甲), B(乙)", "状态: A(甲), B(乙), C(丙)"
_DAY, _MINUTE = "格式yyyy-MM-dd", "格式yyyyMMdd"
LARGE = "4294967296"


def _of(type_name, **cells):
    return row("x", type_name, **{"example": "1", **cells})


def _holder(*rows, **cells):
    return row("h", "Holder", *rows, **{"text": "对象", **cells})


def _rule(operand):
    return f"""[[rule]]
id = "response.result.model.paid_fee.consistent"
then = {{ "result.model.paid_fee" = {{ min = {operand} }} }}
why = "an accumulated payment is not negative"
kept = {{ "result.model.paid_fee" = 5 }}
broken = {{ "result.model.paid_fee" = -1 }}
"""


def _flow(*stages):
    return f"""[[flow]]
path = "result.model.checkout_status"
stages = [{", ".join(str([*stage]).replace("'", '"') for stage in stages)}]
why = "it ends"
"""


_END = ["SUCCEEDED", "FAILED", "CANCELED"]
_EARLY, _LATE = _flow(["INIT"], ["PROCESSING"], _END), _flow(["INIT", "PROCESSING"], _END)
_STATUS = "checkout_id String 可选 1 该订单的支付单编号\n"
_CODE_ROW = "\n错误码 错误描述 解决方案\n"

#: Of the method that this project is about.
OF_REAL = {
    "a code": real("CANCELED(取消)", "CANCELED(取消), REFUNDED(退款)",
                   {"answer.enum.added": "BB-"}),
    "no code": real(", CANCELED(取消)", "", {"answer.enum.removed": "CC-"}),
    "a code is another": real("CANCELED(取消)", "CLOSED(取消)",
                              {"answer.enum.removed": "CC-", "answer.enum.added": "BB-"}),
    "codes are left open": real("CANCELED(取消)", "CANCELED(取消)等",
                                {"answer.enum.opened": "BB-"}),
    "fen become yuan": real("(分)", "(元)", {"answer.unit.changed": "BB-"}),
    "no longer accumulated": real("累计支付", "支付", {"answer.accumulates.lost": "BB-"}),
    "a date of another format": real("格式yyyy-MM-dd HH:mm:ss", "格式yyyyMMddHHmmss",
                                     {"answer.format.changed": "BB-"}),
    "a date without a format": real(",格式yyyy-MM-dd HH:mm:ss", "",
                                    {"answer.format.lost": "BB-"}),
    "a date by its type": real("paid_time\n  • String", "paid_time\n  • Date",
                               {"answer.type.spelling": "CC-"}),
    "a number becomes a text": real("paid_fee\n  • Number", "paid_fee\n  • String",
                                    {"answer.type.other": "BB-"}),
    "a text becomes a number": real("out_biz_id\n  • String", "out_biz_id\n  • Number",
                                    {"answer.type.number": "BC-"}),
    "a text becomes a flag": real("out_biz_id\n  • String\n  • 900", "out_biz_id\n  • Boolean\n"
                                  "  • true", {"answer.type.within_text": "BC-",
                                               "answer.example.changed": "CC-"}),
    "another name for a type": real("paid_fee\n  • Number", "paid_fee\n  • Long",
                                    {"answer.type.spelling": "CC-"}),
    "another class": real("QingchengXPosResult", "OtherResult", {"answer.type.spelling": "CC-"}),
    "a large example": Case(
        PAGE, PAGE.replace("  • 100\n", f"  • {LARGE}\n").replace("fee>100<", f"fee>{LARGE}<"),
        {"answer.example.large": "CC-"}),
    "other words": real("返回结果", "结果", {"answer.description.changed": "CC-"}),
    "another title": real("(查询支付状态)", "(查询状态)", {"page.head.changed": "---"}),
    "another category": real("API类目 > 阿里体育API", "API类目 > 体育API",
                             {"page.head.changed": "---"}),
    "another description": real("查询一笔支付的进度", "查询进度", {"page.head.changed": "---"}),
    "another sample in Java": real("setCheckoutId(\"1\")", "setCheckoutId(\"2\")",
                                   {"page.text.changed": "---"}),
    "a required parameter": real("biz_order_id Number 可选", "biz_order_id Number 必须",
                                 {"request.required.gained": "--B", "page.clause.removed": "---"}),
    "no parameter": real(_STATUS, "", {"request.member.removed": "--B",
                                       "page.clause.removed": "---"}),
    "a longer text is refused": real("checkout_id String 可选 1", "checkout_id String 可选 1 "
                                     "最大长度:18", {"request.limit.narrowed": "--B"}),
    "an error more": real(_CODE_ROW, f"{_CODE_ROW}isv.a 一 二\n",
                          {"answer.error_code.added": "CC-"}),
    "a member of an error": real("    <sub_msg>非法参数</sub_msg>\n", "",
                                 {"answer.example.changed": "CC-"}),
    "a rule more": Case(PAGE, PAGE, {"answer.rule.added": "CC-"}, "", _rule(0)),
    "a rule less": Case(PAGE, PAGE, {"answer.rule.removed": "DD-"}, _rule(0), ""),
    "another rule": Case(PAGE, PAGE, {"answer.rule.changed": "DD-"}, _rule(0), _rule(1)),
    "a flow more": Case(PAGE, PAGE, {"answer.flow.added": "CC-"}, "", _LATE),
    "a flow less": Case(PAGE, PAGE, {"answer.flow.removed": "BB-"}, _LATE, ""),
    "a flow of more stages": Case(PAGE, PAGE, {"answer.flow.loosened": "BB-"}, _LATE, _EARLY),
    "a flow of fewer ways": Case(PAGE, PAGE, {"answer.flow.tightened": "CC-"}, _EARLY, _LATE),
}  # fmt: skip

_A, _B = row("a"), row("b", text="另一个")
_GOODS = row("goods", "GoodsDTO []", row("name"), row("price", "Price", example="5.20"))
_ONE_GOODS = row("goods", "Goods", row("goods_d_t_o", "GoodsDTO", row("name"),
                                       row("price", "Price", example="5.20")))  # fmt: skip

#: Of answers of other shapes.
OF_ANSWERS = {
    "a member": answer(_A, [_A, row("new_one", "Number")], answer__member__added="DD-"),
    "an object": answer(_A, [_A, _holder(_B)], answer__member__added="DD-"),
    "a member in an object": answer([_A, _holder(_A)], [_A, _holder(_A, _B)],
                                    answer__member__added="DD-"),
    "a member in a list": answer(
        _GOODS, row("goods", "GoodsDTO []", *_GOODS.children, _B), answer__member__added="DD-"),
    "no member": answer([_A, _B], _A, answer__member__removed="BB-"),
    "another name": answer([_A, row("paid_fee")], [_A, row("paid_fees")],
                           answer__member__removed="BB-", answer__member__added="DD-"),
    "in another place": answer([_A, _holder(_A, row("n"))], [_A, _holder(_A), row("n")],
                               answer__member__moved="BB-"),
    "in another object": answer(
        [_holder(_A, row("n")), row("k", "Other", _A, text="其他")],
        [_holder(_A), row("k", "Other", _A, row("n"), text="其他")], answer__member__moved="BB-"),
    "in another order": answer([_A, _B], [_B, _A], answer__order__changed="CC-"),
    "the platform's own": answer(_A, [_A, row("request_id")], answer__member__documented="CC-"),
    "no longer the platform's own": answer([_A, row("request_id")], _A,
                                           answer__member__undocumented="CC-"),
    "an object is no longer alone": answer(
        _holder(_A), [_holder(_A), _B], answer__member__added="DD-",
        answer__required__lost="BB-"),
    "an object is alone": answer(
        [_holder(_A), _B], _holder(_A), answer__member__removed="BB-",
        answer__required__gained="CC-"),
    "an object is another": answer(_holder(_A), _B, answer__member__removed="BB-",
                                   answer__member__added="DD-"),
    "codes": answer(_of("String"), _of("String", text=_CODES), answer__enum__closed="CC-"),
    "a code of a number": answer(
        _of("Number", text="状态: 1(甲), 2(乙)"), _of("Number", text="状态: 1(甲), 2(乙), 3(丙)"),
        answer__enum__added="BB-"),
    "a date": answer(_of("String"), _of("String", text=_DAY), answer__format__gained="CC-"),
    "accumulated": answer(_of("Number"), _of("Number", text="累计金额"),
                          answer__accumulates__gained="CC-"),
    "fen": answer(_of("Number", text="金额"), _of("Number", text="金额(分)"),
                  answer__unit__changed="BB-"),
    "a price for a decimal": answer(_of("BigDecimal"), _of("Price"), answer__type__within="CC-"),
    "a decimal for a price": answer(_of("Price"), _of("BigDecimal"), answer__type__other="BB-"),
    "a number for a decimal": answer(_of("BigDecimal"), _of("Number"), answer__type__within="CC-"),
    "a price for a text": answer(_of("String"), _of("Price"), answer__type__within="CC-"),
    "a text for a price": answer(_of("Price"), _of("String"), answer__type__other="BB-",
                                 page__clause__added="---"),
    "a number for a price": answer(_of("Price"), _of("Number"), answer__type__number="BC-"),
    "a price for a number": answer(_of("Number"), _of("Price"), answer__type__other="BB-"),
    "a flag for a text": answer(_of("String", example="true"), _of("Boolean", example="true"),
                                answer__type__within_text="BC-"),
    "a text for a flag": answer(_of("Boolean", example="true"), _of("String", example="true"),
                                answer__type__other="BB-"),
    "a text for a date": answer(_of("Date", example="2018-01-02 12:00:00"),
                                _of("String", example="2018-01-02 12:00:00"),
                                answer__format__lost="BB-", answer__type__spelling="CC-"),
    "a number for a date": answer(_of("Date", example="1"), _of("Number", example="1"),
                                  answer__type__other="BB-"),
    "a number for codes": answer(_of("String", text="状态: 1(甲), 2(乙)"), _of("Number"),
                                 answer__type__other="BB-"),
    "an object for a text": answer([_A, row("h", example="{}", text="对象")], [_A, _holder(_B)],
                                   answer__type__other="BB-", answer__member__added="DD-"),
    "a list for a text": answer(_of("String"), _of("String []"), answer__list__gained="BB-"),
    "a text for a list": answer(_of("String []"), _of("String"), answer__list__lost="BB-"),
    "a list for an object": answer(
        [_A, row("goods", "GoodsDTO", *_GOODS.children)], [_A, _GOODS],
        answer__list__gained="BB-"),
    "a list for an only member": answer([_A, _ONE_GOODS], [_A, _GOODS],
                                        answer__list__gained_in_place="BB-"),
    "an only member for a list": answer([_A, _GOODS], [_A, _ONE_GOODS],
                                        answer__list__lost_in_place="BC-"),
    "items of another class": answer(_GOODS, row("goods", "WareDTO []", *_GOODS.children),
                                     answer__items__renamed="BB-"),
    "an error less": Case(page([_A], error_codes=["isv.a 一 二", "isv.b 三 四"]),
                          page([_A], error_codes=["isv.a 一 二"]),
                          {"answer.error_code.removed": "CC-"}),
    "an error of other words": Case(page([_A], error_codes=["isv.a 一 二"]),
                                    page([_A], error_codes=["isv.a 一 三"]),
                                    {"answer.error_code.changed": "CC-"}),
}  # fmt: skip

_OBJECT = row("q", "Query", row("word"), required="必须", text="条件")


def _inside(old, new, **changes):
    """Change a member of an object that is a parameter."""
    return asked(*(row("q", "Query", _A, one, text="条件") for one in (old, new)), **changes)


#: Of requests.
OF_REQUESTS = {
    "a parameter": asked(_A, [_A, row("new_one", "Number")], request__member__added="--C"),
    "a parameter that must be given": asked(_A, [_A, row("new_one", required="必须")],
                                            request__member__added_required="--B"),
    "a member that must be given": _inside(
        _B, row("zz", required="必须", text="其他"), request__member__added_required="--B",
        request__member__removed="--B"),
    "no parameter": asked([_A, _B], _A, request__member__removed="--B"),
    "another name": asked([_A, row("buyer_nick")], [_A, row("buyer_nicks")],
                          request__member__removed="--B", request__member__added="--C"),
    "in an object": asked([_OBJECT, row("n")], row("q", "Query", row("word"), row("n"),
                          required="必须", text="条件"), request__member__moved="--B"),
    "in another order": asked([_A, _B], [_B, _A], request__order__changed="--C"),
    "need not be given": asked(row("a", required="必须"), row("a"), request__required__lost="--C"),
    "must be given": asked(row("a"), row("a", required="必须"), request__required__gained="--B"),
    "a code": asked(_of("String", text=_CODES), _of("String", text=_MORE),
                    request__enum__added="--C"),
    "no code": asked(_of("String", text=_MORE), _of("String", text=_CODES),
                     request__enum__removed="--B"),
    "codes": asked(_of("String"), _of("String", text=_CODES), request__enum__closed="--B",
                   request__example__changed="--C"),
    "no codes": asked(_of("String", text=_CODES), _of("String", text=f"{_CODES}等"),
                      request__enum__opened="--C"),
    "a date": asked(_of("String"), _of("String", text=_DAY), request__format__gained="--B"),
    "no date": asked(_of("String", text=_DAY), _of("String"), request__format__lost="--C"),
    "another date": asked(_of("String", text=_DAY), _of("String", text=_MINUTE),
                          request__format__changed="--B"),
    "fen": asked(_of("Number", text="金额(分)"), _of("Number", text="金额(元)"),
                 request__unit__changed="--B"),
    "a text for a number": asked(_of("Number"), _of("String"), request__type__within="--C"),
    "codes for a number": asked(_of("Number"), _of("String", text="状态: 1(甲), 2(乙)"),
                                request__type__other="--B", request__example__changed="--C"),
    "a number for a text": asked(_of("String"), _of("Number"), request__type__other="--B"),
    "a text for a number inside": _inside(_of("Number"), _of("String"),
                                          request__type__other="--B"),
    "a decimal for a number inside": _inside(_of("Number"), _of("BigDecimal"),
                                             request__type__within="--C"),
    "a price for a number": asked(_of("Number"), _of("Price"), request__type__within="--C"),
    "a number for a price": asked(_of("Price"), _of("Number"), request__type__other="--B"),
    "another class": asked(row("q", "Query", _A), row("q", "Question", _A),
                           request__type__spelling="--C"),
    "numbers": asked(_of("Number"), _of("Number []"), request__list__gained="--C"),
    "texts": asked(_of("String"), _of("String []"), request__list__gained_other="--B"),
    "objects": asked(row("q", "Query", _A), row("q", "Query []", _A),
                     request__list__gained_other="--B"),
    "numbers inside": _inside(_of("Number"), _of("Number []"), request__list__gained_other="--B"),
    "one number": asked(_of("Number []"), _of("Number"), request__list__lost="--B"),
    "a limit": asked(_of("String"), _of("String", limits=["最大长度:8"]),
                     request__limit__narrowed="--B"),
    "a lower limit": asked(_of("String", limits=["最大长度:9"]),
                           _of("String", limits=["最大长度:8"]),
                           request__limit__narrowed="--B"),
    "a higher limit": asked(_of("String", limits=["最大长度:8"]),
                            _of("String", limits=["最大长度:9"]),
                            request__limit__widened="--C"),
    "no limit": asked(_of("String", limits=["最大长度:8"]), _of("String"),
                      request__limit__widened="--C"),
    "a higher minimum": asked(_of("Number", limits=["最小值:1"]),
                              _of("Number", limits=["最小值:2"]),
                              request__limit__narrowed="--B"),
    "a lower minimum": asked(_of("Number", limits=["最小值:2"]), _of("Number", limits=["最小值:1"]),
                             request__limit__widened="--C"),
    "a large maximum": asked(_of("Number", limits=["最大值:8"]),
                             _of("Number", limits=[f"最大值:{LARGE}"]),
                             request__limit__widened_large="--C"),
    "no maximum": asked(_of("Number", limits=["最大值:8"]), _of("Number"),
                        request__limit__widened_large="--C"),
    "a smaller amount": asked(_of("Price", limits=["最大值:9.99"]),
                              _of("Price", limits=["最大值:9.98"]),
                              request__limit__narrowed="--B"),
    "fewer items": asked(_of("Number []", limits=["最大列表长度:20"]),
                         _of("Number []", limits=["最大列表长度:10"]),
                         request__limit__narrowed="--B"),
    "a limit in words": asked(_of("String", limits=["最大长度:8"]),
                              _of("String", limits=["最大长度:许多"]),
                              request__limit__narrowed="--B"),
    "a default": asked(_of("Number"), _of("Number", limits=["默认值:1"]),
                       request__default__gained="--C"),
    "another default": asked(_of("Number", limits=["默认值:1"]), _of("Number", limits=["默认值:2"]),
                             request__default__changed="--B"),
    "no default": asked(_of("Number", limits=["默认值:1"]), _of("Number"),
                        request__default__lost="--B"),
    "a large example": asked(_of("Number"), _of("Number", example=LARGE),
                             request__example__large="--C"),
    "another example": asked(_of("Number"), _of("Number", example="2"),
                             request__example__changed="--C"),
    "other words": asked(_of("Number"), _of("Number", text="别的"),
                         request__description__changed="--C"),
}  # fmt: skip

CASES = {
    f"{where}: {name}": case
    for where, cases in (("real", OF_REAL), ("answer", OF_ANSWERS), ("request", OF_REQUESTS))
    for name, case in cases.items()
}
