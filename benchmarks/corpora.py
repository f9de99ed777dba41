"""Archives of answers that are made up, the same for the same seed: what audits are measured on.

A corpus is the traffic of one gateway, or of several that order members differently, with so many
faults planted. `python -m benchmarks.corpora NAME json|xml COUNT FILE` writes one: JSON a body a
line, XML as objects with the member `body`.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from tests.workspace import WORKSPACE

ROOT = WORKSPACE.contract.root
MESSAGES = (
    "查询支付状态成功,该支付单正在处理中:资金渠道尚未返回最终的支付结果,请间隔三十秒以上再次查询,"
    "期间不要重复发起支付,也不要关闭该支付单,以免造成用户重复扣款;超过二十四小时仍无结果请联系商家客服",
    "查询支付状态成功,该支付单已经支付完成,款项将于下一个工作日结算到商户在平台登记的收款账户,"
    "手续费按照签约费率从结算金额中扣除,明细请以商家中心的对账单为准,如有差异请于三个工作日内反馈",
    "该支付单因超时未支付已被系统自动关闭,所占用的优惠和库存已经释放;如用户仍然需要支付,"
    "请使用同一个业务订单重新创建支付单,原支付单的编号不再有效;如有疑问请联系阿里体育商家客服处理",
    "付款失败:用户的账户余额不足,或者超过了该支付方式当日的支付限额,本次没有产生任何扣款,"
    "请提示用户更换其他支付方式后重新发起支付,或者等待次日额度恢复之后再试,支付单在此期间保持有效",
)
NOTES = (
    "查询支付状态成功",
    "调用成功:业务结果以支付单现在的状态为准,请勿仅凭本消息判断该笔支付是否已经完成,必要时请再次查询",
    "OK: the outcome of the business is told by the status of the checkout, and not by this message",
    "调用成功,本次查询的结果来自缓存,最多比实际状态晚三秒;需要实时的结果请在三秒之后重新查询一次",
)
STATES = {"PROCESSING": 40, "SUCCEEDED": 40, "FAILED": 8, "CANCELED": 7, "INIT": 5}

Members = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Answers of a kind: `faults` is the share of bodies that have one, `escapes` that of escapes.

    Members come in one of so many `orders`; `unknown` says that every body has one member more.
    """

    name: str
    faults: float = 0.0
    orders: int = 1
    unknown: bool = False
    escapes: float = 0.0

    def bodies(self, fmt: str, count: int, seed: int = 1) -> Iterator[str]:
        """Yield so many bodies, in their order."""
        rng = random.Random(f"{self.name}/{fmt}/{seed}")
        ranks = [random.Random(number).sample(range(99), 40) for number in range(self.orders)]
        ranks[0].sort()
        for _ in range(count):
            yield self._body(rng, rng.choice(ranks), fmt)

    def _body(self, rng: random.Random, rank: list[int], fmt: str) -> str:
        answer = _error(rng) if rng.random() < 0.04 else _success(rng)
        root = next(iter(answer.values()))
        if self.unknown:
            root["trace_id"] = f"{rng.getrandbits(96):024x}"
        if rng.random() < self.escapes:
            place = root["result"]["model"] if "result" in root else root
            name = rng.choice([key for key, value in place.items() if value in MESSAGES] or ["msg"])
            place[name] = rng.choice(('"{}"&', "{}\\ & c")).format(place[name])
        write = WRITERS[fmt]
        if rng.random() >= self.faults:
            return write(_ordered(answer, rank))
        fault = rng.choice(FAULTS)
        return fault(rng, answer, lambda: write(_ordered(answer, rank)))


CORPORA = (
    Corpus("one gateway, 0 % invalid"),
    Corpus("one gateway, 0.5 %", faults=0.005),
    Corpus("one gateway, 5 %", faults=0.05),
    Corpus("185 shapes, 0.5 %", faults=0.005, orders=32),
    Corpus("one undocumented member in every body", unknown=True),
    Corpus("an escape in 1 of 20 bodies, 0 %", escapes=0.05),
)


def _success(rng: random.Random) -> Members:
    state = rng.choices(list(STATES), list(STATES.values()))[0]
    model: Members = {"paid_fee": 0 if state == "INIT" else rng.randint(1, 10 ** rng.randint(2, 7))}
    if state in ("SUCCEEDED", "FAILED"):
        model["paid_time"] = _time(rng)
    model |= {
        "checkout_status": state,
        "checkout_id": f"{rng.randint(10**27, 10**28)}",
        "out_biz_id": f"{rng.randint(10**18, 10**19)}",
        "result_message": rng.choice(MESSAGES),
        "result_code": rng.choice(("0", "0", "SUCCESS", "10042")),
        "success": True,
    }
    result = {"model": model, "http_status_code": 200, "msg_code": "0",
              "msg_info": rng.choice(NOTES), "success": True}  # fmt: skip
    return {ROOT: {"result": result, "request_id": f"{rng.getrandbits(52):013x}"}}


def _error(rng: random.Random) -> Members:
    error: Members = {"code": rng.choice((15, 15, 7, 50)), "msg": "Remote service error"}
    if rng.random() < 0.5:
        error |= {"sub_code": "isv.order-not-exist", "sub_msg": "该订单不存在,请核对后重试"}
    return {"error_response": error | {"request_id": f"{rng.getrandbits(52):013x}"}}


def _time(rng: random.Random) -> str:
    day = f"20{rng.randint(15, 26)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    return f"{day} {rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}"


def _ordered(members: Members, rank: list[int]) -> Members:
    names = [name for _, name in sorted(zip(rank, members, strict=False))]
    further = rank[7:] + rank[:7]
    return {
        name: _ordered(members[name], further) if isinstance(members[name], dict) else members[name]
        for name in names
    }


# ---------------------------------------------------------------- faults
# ruff: noqa: E501 - messages and faults are read in rows

Fault = Callable[[random.Random, Members, Callable[[], str]], str]


def _of_model(change: Callable[[random.Random, Members, Members], object]) -> Fault:
    """Return a fault that changes a success, and a plain one of errors."""

    def fault(rng: random.Random, answer: Members, write: Callable[[], str]) -> str:
        root = next(iter(answer.values()))
        if "result" in root:
            change(rng, root["result"]["model"], root["result"])
        else:
            root["code"] = "15"
            del root["msg"]
        return write()

    return fault


def _cut(rng: random.Random, _answer: Members, write: Callable[[], str]) -> str:
    text = write()
    return text[: rng.randrange(40, len(text))].rstrip() + "~"


def _page(rng: random.Random, _answer: Members, _write: Callable[[], str]) -> str:
    return f"<html><body>502 Bad Gateway {rng.getrandbits(40):x}</body></html>"


def _some(rng: random.Random, model: Members) -> str:
    return rng.choice(list(model))


FAULTS: tuple[Fault, ...] = (
    _of_model(lambda rng, model, _: model.update({_some(rng, model): None})),
    _of_model(lambda rng, model, _: model.update(checkout_status=rng.choice(("PAID", "DONE")))),
    _of_model(lambda rng, model, _: model.update(checkout_status=f"S{rng.randint(0, 999)}")),
    _of_model(lambda rng, model, _: model.update(paid_fee=f"{rng.randint(1, 10**6)} fen")),
    _of_model(lambda _, model, __: model.update(success="yes")),
    _of_model(lambda rng, model, _: model.update(paid_time=_time(rng).replace("-", "/"))),
    _of_model(lambda rng, model, _: model.update(paid_time=f"2018-02-{rng.randint(29, 31)} 12:00:00")),
    _of_model(lambda rng, model, _: model.update(trace_id=f"{rng.getrandbits(50):x}")),
    _of_model(lambda rng, model, _: model.update(paid_fee=-rng.randint(1, 10**6))),
    _of_model(lambda rng, _, result: result.update(http_status_code=rng.choice((404, 500, 502)))),
    _of_model(lambda _, model, __: model.pop("checkout_status")),
    _of_model(lambda _, __, result: result.pop("success")),
    _of_model(lambda rng, _, result: result.update(model=f"none {rng.randint(0, 99)}")),
    _of_model(lambda rng, model, _: model.update(paid_fee=f"{10**19 + rng.randint(0, 10**18)}")),
    _cut,
    _page,
)  # fmt: skip


# ---------------------------------------------------------------- formats

_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def _json(answer: Members) -> str:
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))


def _xml(answer: Members) -> str:
    body = "".join(f"<{name}>{_content(value)}</{name}>" for name, value in answer.items())
    host = f"{sum(map(ord, body)) % 997:03}"
    return f'<?xml version="1.0" encoding="utf-8" ?>{body}<!--top0113{host}.na61-->'


def _content(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{name}>{_content(one)}</{name}>" for name, one in value.items())
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value).translate(_ESCAPED)


WRITERS = {"json": _json, "xml": _xml}


def lines(corpus: Corpus, fmt: str, count: int, seed: int = 1) -> Iterator[bytes]:
    """Yield a corpus as the lines of an archive, without line ends."""
    for body in corpus.bodies(fmt, count, seed):
        line = body if fmt == "json" else json.dumps({"body": body}, ensure_ascii=False)
        yield line.encode()


def main(words: list[str]) -> int:
    """Write a corpus into a file."""
    name, fmt, count, path = words
    corpus = next(one for one in CORPORA if one.name.startswith(name))
    with Path(path).open("wb") as file:
        for line in islice(lines(corpus, fmt, int(count)), int(count)):
            file.write(line + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
