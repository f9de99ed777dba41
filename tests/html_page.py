"""A page of HTML as a browser takes it apart, and what must not be wrong with a report."""

import base64
import hashlib
from collections import Counter
from html.parser import HTMLParser

#: Attributes by which a page asks for something, or runs it.
ASKING = ("src", "srcset", "action", "formaction", "data", "poster", "background", "ping", "style")
#: Elements that a page needs once, and those that it must not have at all.
ONCE = ("html", "head", "body", "main", "h1", "title", "style", "script")
NEVER = ("link", "img", "iframe", "object", "embed", "base", "svg", "video", "audio", "template")


class Page(HTMLParser):
    """What a page has: its elements with their attributes, and its text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.texts, self.inside = [], [], Counter()
        self._open = None
        self.source = text
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._open = tag if tag in ("style", "script") else None

    def handle_endtag(self, tag):
        self._open = None if tag == self._open else self._open

    def handle_data(self, data):
        if self._open:
            self.inside[self._open + data] += 1
        else:
            self.texts.append(data)

    @property
    def text(self):
        """All text that is shown."""
        return "".join(self.texts)

    def raw(self, tag):
        """The content of the style sheet, or of the script."""
        return "".join(found.removeprefix(tag) for found in self.inside if found.startswith(tag))

    def attributes(self, name):
        """All values of an attribute."""
        return [attrs[name] for _, attrs in self.elements if name in attrs]


def problems(text):
    """Yield what is wrong with a report: what it asks for, what runs, what leads nowhere."""
    page = Page(text)
    tags = Counter(tag for tag, _ in page.elements)
    yield from (f"{tags[tag]} of {tag}" for tag in ONCE if tags[tag] != 1)
    yield from (f"a {tag}" for tag in NEVER if tags[tag])
    ids = Counter(page.attributes("id"))
    yield from (f"id {name} twice" for name, number in ids.items() if number > 1)
    for link in page.attributes("href"):
        if not link.startswith("#") or link[1:] not in ids:
            yield f"a link to {link}"
    for tag, attrs in page.elements:
        yield from (f"{tag} has {name}" for name in attrs
                    if name in ASKING or name.startswith("on"))  # fmt: skip
        if "hidden" in attrs:
            yield f"a hidden {tag}"
    yield from policy_problems(page)
    yield from (f"U+{ord(c):04X}" for c in set(text) if not c.isprintable() and c not in "\n\t")


def policy_problems(page):
    """Yield what the policy allows that it must not, or forbids that it must."""
    metas = [attrs for tag, attrs in page.elements if tag == "meta"]
    policies = [m["content"] for m in metas if m.get("http-equiv") == "Content-Security-Policy"]
    wanted = {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}
    for tag in ("style", "script"):
        digest = hashlib.sha256(page.raw(tag).encode()).digest()
        wanted[f"{tag}-src"] = f"'sha256-{base64.b64encode(digest).decode()}'"
    for policy in policies or ["no policy"]:
        found = dict(one.strip().partition(" ")[::2] for one in policy.split(";"))
        if found != wanted:
            yield f"the policy {policy}"
