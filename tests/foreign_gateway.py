"""A faultless mock of the TOP gateway for one method, querystatus.

Written from the protocol notes and the page alone. It shares nothing with `topcheck`, so that
the client and this gateway cannot agree on one mistake. Where the notes are silent, a blank
value counts as not given (but is signed as sent), and of a repeated parameter the last counts,
the body standing behind the query.
"""

import asyncio
import hashlib
import hmac
import json
import re
import secrets
import threading
import time
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from html import escape

from aiohttp import web

METHOD = "alibaba.alisports.lianbei.xpos.querystatus"
ROOT = METHOD.replace(".", "_") + "_response"
PATH = "/router/rest"
TYPES = {"json": "text/javascript;charset=UTF-8", "xml": "text/xml;charset=UTF-8"}
GMT8 = timezone(timedelta(hours=8))
STAMP = re.compile(r"[0-9]{4}(-[0-9]{2}){2} [0-9]{2}(:[0-9]{2}){2}")
SIGNERS = {
    "md5": lambda key, text: hashlib.md5(key + text + key),
    "hmac": lambda key, text: hmac.new(key, text, "md5"),
    "hmac-sha256": lambda key, text: hmac.new(key, text, "sha256"),
}


def order(number, status, fee=0, paid_time=None, message="查询成功", code="0", success=True):
    paid = {"paid_fee": fee} | ({"paid_time": paid_time} if paid_time else {})
    ids = {"checkout_id": str(number), "out_biz_id": str(900 + number)}
    outcome = {"result_message": message, "result_code": code, "success": success}
    return paid | {"checkout_status": status} | ids | outcome


ORDERS = {  # by biz_order_id
    1: order(1, "PROCESSING", 100, "2018-01-02 12:00:00"),  # the page's sample, but for the ids
    2: order(2, "INIT"),
    3: order(3, "PROCESSING"),
    4: order(4, "SUCCEEDED", 8800, "2018-01-02 12:00:01"),
    5: order(5, "FAILED", message="余额不足 <0 & 1>", code="PAY_FAILED", success=False),
    6: order(6, "CANCELED"),
}


def signature(secret, params):
    name = params.get("sign_method", "")
    signer = SIGNERS.get(name if name.strip() else "md5")
    text = "".join(key + params[key] for key in sorted(params) if key != "sign")
    text = text.encode(errors="surrogateescape")  # as aiohttp leaves odd bytes in a part's name
    return signer and signer(secret.encode(), text).hexdigest().upper()


def fresh(stamp):
    try:
        if re.fullmatch("[0-9]{13}", stamp):
            then = int(stamp) / 1000
        else:
            text = STAMP.fullmatch(stamp)[0]
            then = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=GMT8).timestamp()
    except (TypeError, ValueError):
        return False
    return abs(time.time() - then) <= 600


def is_long(text):
    return re.fullmatch("-?[0-9]{1,19}", text) and -(2**63) <= int(text) < 2**63


def refusal(sent, given, key, secret):
    sign = signature(secret, sent)
    bad_id = (50, "Remote service error", "isv.invalid-parameter", "非法参数")
    checks = (  # parameter, what is valid, error if missing, error if invalid
        ("method", lambda value: value == METHOD, (21, "Missing Method"), (22, "Invalid Method")),
        ("v", lambda value: value == "2.0", (32, "Missing Version"), (34, "Unsupported Version")),
        ("app_key", lambda value: value == key, (28, "Missing App Key"), (29, "Invalid App Key")),
        ("timestamp", fresh, (30, "Missing Timestamp"), (31, "Invalid Timestamp")),
        ("format", lambda value: value in TYPES, None, (23, "Invalid Format")),
        ("sign", lambda value: value == sign, (24, "Missing Signature"), (25, "Invalid Signature")),
        ("biz_order_id", is_long, None, bad_id),
    )
    for name, valid, missing, invalid in checks:
        error = missing if name not in given else None if valid(given[name]) else invalid
        if error:
            return fault(*error)
    return None


def fault(code, message, sub_code=None, sub_message=None):
    sub = {"sub_code": sub_code, "sub_msg": sub_message} if sub_code else {}
    return {"code": code, "msg": message} | sub


def query(given, orders):
    biz = int(given["biz_order_id"]) if "biz_order_id" in given else None
    checkout = given.get("checkout_id")
    if biz is checkout is None:
        return result(500, "PARAM_MISSING", "订单号和支付单号不能同时为空")
    for number, model in orders.items():
        if biz in (None, number) and checkout in (None, model["checkout_id"]):
            return {"model": model} | result(200, "0", "查询支付状态成功")
    return result(500, "ORDER_NOT_FOUND", "订单不存在")


def result(status, code, info):
    answer = {"http_status_code": status, "msg_code": code, "msg_info": info}
    return answer | {"success": status == 200}


def xml(name, value):
    if isinstance(value, dict):
        inner = "".join(xml(*item) for item in value.items())
    else:
        inner = escape(str(value).lower() if isinstance(value, bool) else str(value), quote=False)
    return f"<{name}>{inner}</{name}>"


def render(given, root, body):
    body = body | {"request_id": secrets.token_hex(6)}
    kind = "json" if given.get("format") == "json" else "xml"
    if kind == "xml":
        text = f'<?xml version="1.0" encoding="utf-8" ?>{xml(root, body)}<!--top011.gateway.mock-->'
    else:
        bare = root == ROOT and given.get("simplify") == "true"
        text = json.dumps(body if bare else {root: body}, ensure_ascii=False)
    return web.Response(body=text.encode(), headers={"Content-Type": TYPES[kind]})


def app(key, secret, orders=None):
    """The gateway; `orders` maps biz_order_id (an integer) to a model."""

    async def handle(request):
        sent = dict(request.query.items())
        try:
            form = await request.post()
        except (LookupError, ValueError):  # charset or multipart
            return render(sent, "error_response", fault(47, "Invalid Encoding"))
        sent |= {name: value for name, value in form.items() if isinstance(value, str)}  # no files
        given = {name: value for name, value in sent.items() if value.strip()}
        error = refusal(sent, given, key, secret)
        if error:
            return render(given, "error_response", error)
        return render(given, ROOT, {"result": query(given, ORDERS if orders is None else orders)})

    gateway = web.Application()
    gateway.router.add_get(PATH, handle, allow_head=False)
    gateway.router.add_post(PATH, handle)
    return gateway


@contextmanager
def serving(key, secret, orders=None):
    """Run the gateway on a free port of 127.0.0.1, in a thread; yields its URL."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(step):
        return asyncio.run_coroutine_threadsafe(step, loop).result(10)

    runner = web.AppRunner(app(key, secret, orders), access_log=None, shutdown_timeout=1)
    try:
        run(runner.setup())
        run(web.TCPSite(runner, "127.0.0.1", 0).start())
        yield f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
    finally:
        run(runner.cleanup())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
