"""What is usually wrong with a refused request: the closed list of ids, each with its sentence.

TOP: API call method, signature algorithm and public parameters; measured: what clients and articles
get wrong. No logic lives here.
"""

from collections.abc import Mapping

from topcheck.contract.protocol import COMMON_PARAMETERS, REFUSED_PARAMETERS

#: The more special of two that show alike comes first. Of each of the platform's parameters there
#: is `missing.…`, where a request is refused without it, and `invalid.…`.
MISTAKES: Mapping[str, str] = {
    "sign.lower_case": "the signature is right, but in lower case: it is upper-case hex",
    "sign.base64": "the signature is right, but in base64: it is upper-case hex",
    "sign.sign_method_left_out": "sign_method is sent and not signed: it is signed like all others",
    "sign.secret_once": "the secret is signed once: for md5 it stands in front and behind",
    "sign.hmac_swapped": "key and text of the HMAC are swapped: the secret is the key",
    "sign.hmac_padded": "the secret stands around the text of the HMAC: it is the key only",
    "sign.other_method": "it is signed by another method than sign_method says",
    "sign.order": "the parameters are in another order: the bytes of their names sort them",
    "sign.pairs_joined": "something is put between names and values: they follow each other bare",
    "sign.values_encoded": "the values are signed as a URL escapes them: they are signed raw",
    "sign.charset": "the text is signed in another charset: it is UTF-8",
    "sign.body_left_out": "what stands in the body is not signed: all parameters are",
    "sign.query_left_out": "what stands in the query is not signed: all parameters are",
    "sign.empty_left_out": "an empty value is sent and not signed: sign it, or do not send it",
    "sign.parameter_changed": "a value was changed between signing and sending",
    "sign.empty_signed": "a parameter without a value is signed and not sent",
    "sign.parameter_left_out": "a parameter is sent and not signed: all of them are",
    "sign.secret": "no usual mistake fits: another secret, or a parameter that did not arrive",
    "timestamp.zone": "the timestamp is of another time zone: it is in GMT+8 on any machine",
    "timestamp.format": "the timestamp is written in another way: it is yyyy-MM-dd HH:mm:ss",
    "parameter.twice": "a parameter stands twice: one value of it is signed, or both in no order",
    "encoding.charset": "the parameters are in another charset than UTF-8",
    "encoding.not_form": "the body is no form: send application/x-www-form-urlencoded",
    **{f"missing.{name}": f"{name} is missing" for name in REFUSED_PARAMETERS},
    **{f"invalid.{name}": f"{name} has a value that the platform does not take"
       for name in COMMON_PARAMETERS},
}  # fmt: skip
