"""A signer that makes mistakes on purpose, and shares no code with the package.

Each mistake is a function that changes a `Draft` before, or while, it is signed.
"""

import base64
import hashlib
import hmac
import itertools
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote, quote_plus

SECRET = "helloworld"  # noqa: S105 - the one of the documentation
SESSION = "61000234sessionkey"
NOON = datetime.fromisoformat("2026-01-02T12:00:00+08:00")

SENT = {
    "app_key": "12345678", "method": "alibaba.alisports.lianbei.xpos.querystatus",
    "timestamp": "2026-01-02 12:00:00", "v": "2.0", "format": "json", "session": SESSION,
    "sign_method": "md5",
}  # fmt: skip
OWN = {"biz_order_id": "9007199254740993", "checkout_id": " 支付+788 &=%~(*) 😀"}


@dataclass
class Draft:
    """What is sent in query and form, what is signed of it, and how, at `now`."""

    now: datetime = NOON
    query: dict = field(default_factory=dict)
    form: dict = field(default_factory=lambda: {**SENT, **OWN})
    headers: tuple = (("Content-Type", "application/x-www-form-urlencoded;charset=utf-8"),)
    signed: dict | None = None
    order: object = sorted
    write: object = "{}{}".format
    between: str = ""
    value: object = str
    charset: str = "utf-8"
    by: str | None = None
    key: object = None
    spell: object = staticmethod(lambda digest: digest.hex().upper())
    late: list = field(default_factory=list)
    after: list = field(default_factory=list)

    def __post_init__(self):
        """Take the time."""
        self.form["timestamp"] = f"{self.now:%Y-%m-%d %H:%M:%S}"

    def sent(self):
        """Return query and form as they go out, signed."""
        for change in self.late:
            change(self)
        every = self.query | self.form if self.signed is None else self.signed
        text = self.between.join(self.write(k, self.value(every[k])) for k in self.order(every))
        by = self.by or (self.query | self.form).get("sign_method", "md5")
        digest = digested(by, SECRET.encode(), text.encode(self.charset, "replace"), self.key)
        self.form["sign"] = self.spell(digest)
        for change in self.after:
            change(self)
        return tuple(self.query.items()), tuple(self.form.items())

    def sign_instead(self, **changes):
        """Sign other values than are sent; None leaves one out."""
        every = self.signed or self.query | self.form
        self.signed = {k: v for k, v in (every | changes).items() if v is not None}


def digested(by, secret, text, key):
    """Make the digest; `key` tells where the secret goes, if not where it belongs."""
    if by == "md5":
        whole = {"front": secret + text, "behind": text + secret}.get(key, secret + text + secret)
        return hashlib.md5(whole).digest()
    name = {"hmac": "md5", "hmac-sha256": "sha256"}[by]
    if key == "swapped":
        return hmac.new(text, secret, name).digest()
    return hmac.new(secret, secret + text + secret if key == "padded" else text, name).digest()


def sets(**changes):
    """A mistake that changes how the text is made."""

    def make(draft):
        for name, value in changes.items():
            setattr(draft, name, value)

    return make


def hmac_with(key, by="hmac"):
    """A mistake in where the secret goes in an HMAC."""

    def make(draft):
        draft.form["sign_method"] = by
        draft.key = key

    return make


def sends(**changes):
    """What is sent, and signed so too."""
    return lambda draft: draft.form.update(changes)


def sends_after(**changes):
    """What is sent though something else was signed."""
    return lambda draft: draft.after.append(lambda one: one.form.update(changes))


def signs(**changes):
    """What is signed though something else is sent."""
    return lambda draft: draft.late.append(lambda one: one.sign_instead(**changes))


def split(*, left_out):
    """The platform's parameters in the query, the method's in the form; one of both not signed."""

    def part(draft):
        every = draft.form
        draft.query = {k: v for k, v in every.items() if k not in OWN}
        draft.form = {k: v for k, v in every.items() if k in OWN}
        draft.signed = dict(draft.query if left_out == "body" else draft.form)

    return lambda draft: draft.late.insert(0, part)


def empty_left_out(draft):
    """An empty value is sent and not signed."""
    draft.form["checkout_id"] = ""
    signs(checkout_id=None)(draft)


def capital_last(draft):
    """A name with a capital is sorted without regard to it."""
    draft.form["Extra"] = "1"
    draft.order = lambda found: sorted(found, key=str.lower)


def at(form="%Y-%m-%d %H:%M:%S", **off):
    """A timestamp that is off, or written otherwise."""
    return lambda draft: draft.form.update(timestamp=(draft.now + timedelta(**off)).strftime(form))


#: Each mistake by its id, in one or more ways.
MISTAKES = {
    "sign.lower_case": [sets(spell=lambda digest: digest.hex())],
    "sign.base64": [sets(spell=lambda digest: base64.b64encode(digest).decode()),
                    sets(spell=lambda d: base64.b64encode(d.hex().encode()).decode())],
    "sign.sign_method_left_out": [signs(sign_method=None)],
    "sign.secret_once": [sets(key="front"), sets(key="behind")],
    "sign.hmac_swapped": [hmac_with("swapped"), hmac_with("swapped", "hmac-sha256")],
    "sign.hmac_padded": [hmac_with("padded"), hmac_with("padded", "hmac-sha256")],
    "sign.other_method": [sets(by="hmac"), sets(by="hmac-sha256")],
    "sign.order": [sets(order=list), capital_last],
    "sign.pairs_joined": [sets(write="{}={}".format, between="&"), sets(write="{}={}".format)],
    "sign.values_encoded": [
        sets(value=quote_plus),
        sets(value=lambda value: quote(value, safe="~*!'()")),  # encodeURIComponent
        sets(value=lambda value: quote_plus(value, safe="*").replace("~", "%7E")),  # URLEncoder
        sets(value=lambda value: re.sub("%..", lambda one: one[0].lower(), quote_plus(value))),
    ],
    "sign.charset": [sets(charset="gb18030"), sets(charset="latin-1")],
    "sign.body_left_out": [split(left_out="body")],
    "sign.query_left_out": [split(left_out="query")],
    "sign.empty_left_out": [empty_left_out],
    "sign.parameter_changed": [
        signs(checkout_id=OWN["checkout_id"].strip()),
        signs(biz_order_id="9007199254740992"),
        lambda draft: (draft.form.update(biz_order_id="9007199254740992"),
                       signs(biz_order_id="9007199254740993")(draft)),
        signs(checkout_id=OWN["checkout_id"].replace("+", " ")),
        signs(checkout_id=OWN["checkout_id"].replace(" ", "+")),
        signs(checkout_id=OWN["checkout_id"].replace(" ", "%20")),
        signs(checkout_id=OWN["checkout_id"].replace("😀", "?")),
        signs(checkout_id=OWN["checkout_id"].replace("😀", "??")),
        signs(checkout_id=OWN["checkout_id"] + "\n"),
    ],
    "sign.empty_signed": [signs(partner_id=""), signs(partner_id="null")],
    "sign.parameter_left_out": [signs(checkout_id=None), signs(session=None)],
    "sign.secret": [signs(something_else="that did not arrive"), sets(value=lambda v: v[::-1])],
    "timestamp.zone": [at(hours=-8), at(hours=-15), at(hours=1), at(hours=-2, minutes=-30)],
    "timestamp.format": [at("%Y-%m-%dT%H:%M:%S"), at("%Y%m%d%H%M%S"), at("%Y/%m/%d %H:%M:%S"),
                         sends(timestamp="1767326400"), at("%Y-%m-%d %H:%M:%S.000")],
    "parameter.twice": [],
    "encoding.charset": [],
    "encoding.not_form": [],
    **{f"missing.{name}": [lambda draft, name=name: draft.form.pop(name)]
       for name in ("method", "app_key", "timestamp", "v")},
    "missing.sign": [lambda draft: draft.after.append(lambda one: one.form.pop("sign"))],
    "invalid.app_key": [sends(app_key="87654321")],
    "invalid.method": [sends(method="taobao.time.get")],
    "invalid.timestamp": [at(minutes=-41, seconds=-7), sends(timestamp="now")],
    "invalid.v": [sends(v="1.0")],
    "invalid.format": [sends(format="yaml")],
    "invalid.sign_method": [lambda draft: (draft.form.update(sign_method="sha512"),
                                          setattr(draft, "by", "md5"))],
    "invalid.simplify": [sends(simplify="yes")],
    "invalid.sign": [sends_after(sign="***")],
}  # fmt: skip
#: What cannot be made at once with another, or is hidden by it, by the slot that both are about.
SLOTS = (
    {"sign.lower_case", "sign.base64"},
    {"sign.secret_once", "sign.hmac_swapped", "sign.hmac_padded", "sign.other_method"},
    {"sign.sign_method_left_out", "sign.query_left_out"},
    {"sign.order", "sign.query_left_out"},  # the method's parameters are in order anyway
    {"sign.values_encoded", "sign.charset"},  # what is escaped is ASCII
    {"sign.charset", "sign.body_left_out", "sign.empty_left_out", "sign.parameter_left_out"},
    {"sign.body_left_out", "sign.query_left_out", "sign.empty_left_out"},
    {"sign.body_left_out", "sign.parameter_left_out"},
    {"sign.body_left_out", "sign.parameter_changed"},
    {"sign.empty_left_out", "sign.parameter_changed", "sign.empty_signed",
     "sign.parameter_left_out"},
    *({first, second} for first, second in itertools.combinations(
        [id_ for id_ in MISTAKES if "timestamp" in id_], 2)),
    *({f"missing.{name}", f"invalid.{name}"} for name in SENT),
)  # fmt: skip
#: What leaves nothing to be said of a signature.
SILENT = {"missing.sign", "invalid.sign", "invalid.sign_method", "sign.secret"}
PAIRS = [
    pair for pair in itertools.combinations([id_ for id_, ways in MISTAKES.items() if ways], 2)
    if not SILENT & {*pair} and not any({*pair} <= slot for slot in SLOTS)
]  # fmt: skip
