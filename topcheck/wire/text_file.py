"""The text of a file that a person wrote, by whatever editor it was saved."""

from topcheck.wire.decode import MARKS


class TextFileError(ValueError):
    """A file is not UTF-8 text: what it is, and what to do."""


def text_of(body: bytes) -> str:
    """Return the text of a file in UTF-8, with a byte order mark or without.

    Its line ends are as Python has them. Raises TextFileError.
    """
    other = next((name for mark, name in MARKS if body.startswith(mark)), "utf-8")
    if other != "utf-8" or b"\0" in body:
        raise TextFileError(f"it is {_named(other)}, and not UTF-8: save it as UTF-8")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise TextFileError(f"line {line} is not UTF-8: save it as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _named(encoding: str) -> str:
    """Name an encoding as an editor does; NULs without a mark are what UTF-16 writes."""
    return "UTF-32" if encoding.startswith("utf-32") else "UTF-16"
