"""Signing vectors: what is sent, the text that is signed, and its signature by each method."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.contract.protocol import BEYOND_A_DOUBLE
from topcheck.gateway.signing import METHODS, SIGN_METHOD, sign, signed_bytes


@dataclass(frozen=True, slots=True)
class SigningVector:
    """Parameters, `sign_method` among them, with the secret of a test key, and what comes of them.

    `clause` is about signatures by that method, `to_sign` the text between the secrets.
    """

    name: str
    clause: str
    secret: str
    parameters: Mapping[str, str]
    to_sign: str
    sign: str


_SECRET, _TIME = protocol.SANDBOX_SECRET, "2016-01-01 12:00:00"
#: Two that TOP published: TOP: API call method, worked example, and an older edition of it.
_PUBLISHED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "published": (_SECRET, {
        "app_key": protocol.SANDBOX_KEY, "fields": "num_iid,title,nick,price,num", "format": "json",
        "method": "taobao.item.seller.get", "num_iid": "11223344", "session": "test",
        "timestamp": _TIME, "v": "2.0",
    }),
    "published-2013": ("test", {
        "app_key": "test", "fields": "nick", "format": "xml", "method": "taobao.user.seller.get",
        "session": "test", "timestamp": "2013-05-06 13:52:03", "v": "2.0",
    }),
}  # fmt: skip
#: Texts that are easily signed otherwise than they are sent, each as a value.
_ODD: Mapping[str, str] = {
    "empty": "",
    "blank": " ",
    "blanks-around": "  a b ",
    "plus": "a+b",
    "percent": "100%25",
    "separators": "a=b&c;d",
    "quotes": "\"a\" 'b' \\c",
    "chinese": "支付",
    "emoji": "😀",
    "astral": "\U00020bb7",
    "combining": "e\u0301",
    "line-break": "a\r\nb",
    "tab": "a\tb",
    "at-sign": "@a",
    "json": '{"a": [1, "支付"]}',
    "markup": "<a>&amp;",
    "long": "x" * 2000,
}
#: Names whose order differs by bytes, without case, and by a locale.
_NAMES = ("B", "a", "_", "a_b", "aB", "ab", "a1", "名")


def signing_vectors(contract: Contract) -> Iterator[SigningVector]:
    """Yield the vectors: published ones, one of the contract's own call, odd values and names."""
    for name, (secret, parameters) in _PUBLISHED.items():
        yield from _by_each_method(name, secret, parameters)
    plain = {
        "app_key": protocol.SANDBOX_KEY, "format": "json", "method": contract.method,
        "timestamp": _TIME, "v": protocol.VERSION,
    }  # fmt: skip
    values = {"integer": str(BEYOND_A_DOUBLE), "string": "支付 788&=+%"}
    own = {f.name: values[f.family] for f in contract.request.fields.values() if f.is_plain}
    yield from _by_each_method("own", _SECRET, plain | own)
    text = next((name for name, value in own.items() if value == values["string"]), "fields")
    for name, value in _ODD.items():
        yield from _by_each_method(name, _SECRET, plain | {text: value})
    yield from _by_each_method("names", _SECRET, plain | dict.fromkeys(_NAMES, "1"))


def _by_each_method(
    name: str, secret: str, parameters: Mapping[str, str]
) -> Iterator[SigningVector]:
    for method in METHODS:
        sent = {**parameters, SIGN_METHOD: method}
        text = signed_bytes(sent.items()).decode()
        clause = f"wire.sign.{method.replace('-', '_')}"
        made = sign(sent.items(), secret, method)
        yield SigningVector(f"{name}.{method}", clause, secret, sent, text, made)
