"""A client for TOP written from the protocol alone, with the standard library and none of ours.

Client and sandbox share `signing`, so that both could be wrong together; this one shares nothing.
"""

import hashlib
import hmac
import http.client
import urllib.parse
import uuid

DIGESTS = {
    "md5": lambda secret, text: hashlib.md5(secret + text + secret).hexdigest(),
    "hmac": lambda secret, text: hmac.new(secret, text, hashlib.md5).hexdigest(),
    "hmac-sha256": lambda secret, text: hmac.new(secret, text, hashlib.sha256).hexdigest(),
}


def signed(parameters, secret):
    """Return the parameters with their signature."""
    text = "".join(key + parameters[key] for key in sorted(parameters))
    digest = DIGESTS[parameters["sign_method"]](secret.encode(), text.encode())
    return {**parameters, "sign": digest.upper()}


def multipart(fields):
    """Encode fields as multipart/form-data, as some clients do for every call."""
    boundary = uuid.uuid5(uuid.NAMESPACE_DNS, "boundary").hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    ]
    body = "".join(parts) + f"--{boundary}--\r\n"
    return body.encode(), f"multipart/form-data; boundary={boundary}"


def call(address, path, parameters, transport):
    """Send signed parameters; return status, content type and body."""
    connection = http.client.HTTPConnection(address, timeout=60)
    encoded = urllib.parse.urlencode(parameters)
    form = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
    if transport == "get":
        connection.request("GET", f"{path}?{encoded}")
    elif transport == "multipart":
        body, content_type = multipart(parameters)
        connection.request("POST", path, body, {"Content-Type": content_type})
    elif transport == "split":
        common = {k: v for k, v in parameters.items() if not k.endswith("_id")}
        own = {k: v for k, v in parameters.items() if k.endswith("_id")}
        query = urllib.parse.urlencode(common)
        connection.request("POST", f"{path}?{query}", urllib.parse.urlencode(own), form)
    else:
        connection.request("POST", path, encoded, form)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.getheader("Content-Type"), body
