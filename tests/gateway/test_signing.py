"""Signatures against vectors that were made elsewhere: two published, five computed apart."""

import pytest

from topcheck.gateway.signing import sign, signed_bytes

SELLER = {
    "app_key": "12345678", "fields": "num_iid,title,nick,price,num", "format": "json",
    "method": "taobao.item.seller.get", "num_iid": "11223344", "session": "test",
    "timestamp": "2016-01-01 12:00:00", "v": "2.0",
}  # fmt: skip
USER = {
    "app_key": "test", "fields": "nick", "format": "xml", "method": "taobao.user.seller.get",
    "session": "test", "timestamp": "2013-05-06 13:52:03", "v": "2.0",
}  # fmt: skip
STATUS = {
    "app_key": "12345678", "biz_order_id": "9007199254740993", "checkout_id": "支付 788&=+%",
    "format": "json", "method": "alibaba.alisports.lianbei.xpos.querystatus",
    "timestamp": "2016-01-01 12:00:00", "v": "2.0",
}  # fmt: skip

VECTORS = [
    ("helloworld", SELLER, "md5", "66987CB115214E59E6EC978214934FB8"),
    ("test", USER, "md5", "72CB4D809B375A54502C09360D879C64"),
    ("helloworld", SELLER, "hmac", "D56D7858309C31B6251083A874D48273"),
    ("helloworld", SELLER, "hmac-sha256",
     "04DB15AD0774D5CFCE2C837DE43E3FCEA9011ED74F3038FB6AB5F3C4CEA119E8"),
    ("helloworld", STATUS, "md5", "04134516774BF8160F86D1FB0E9F3DD7"),
    ("helloworld", STATUS, "hmac", "5A9ACF0D56D3490ECFE5840166564E2B"),
    ("helloworld", STATUS, "hmac-sha256",
     "E7B181F858D4E7DC92D2A64F79DEECD710DAE26ED93A6D79025ED87B32E0C242"),
]  # fmt: skip


@pytest.mark.parametrize(("secret", "parameters", "method", "expected"), VECTORS)
def test_golden_signatures(secret, parameters, method, expected):
    """A signature is the one that independent implementations computed."""
    signed = {**parameters, "sign_method": method}
    assert sign(signed.items(), secret, method) == expected


@pytest.mark.parametrize(("secret", "parameters", "method", "expected"), VECTORS)
def test_order_and_an_older_sign_do_not_matter(secret, parameters, method, expected):
    """Parameters are sorted, and `sign` itself is never signed."""
    signed = dict(reversed({**parameters, "sign_method": method, "sign": "X"}.items()))
    assert sign(signed.items(), secret, method) == expected


def test_keys_are_sorted_by_bytes():
    """Upper case comes before lower case, an underscore between, and values are left raw."""
    assert signed_bytes([("b", "2"), ("a_", "&"), ("aB", " "), ("B", "1")]) == b"B1aB a_&b2"


def test_an_unknown_method_is_an_error():
    """There is no signature by a method that TOP does not know."""
    with pytest.raises(KeyError):
        sign([], "secret", "sha1")
