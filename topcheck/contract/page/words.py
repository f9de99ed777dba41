"""What a description says of a value: its codes, its date format, its unit, whether it accumulates.

Descriptions come with single blanks. What is said in doubt is not read: no fact is better than a
wrong one.
"""

import re

_CODE = r"-?[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*"
_OPENED = rf"(?<![A-Za-z0-9_-])({_CODE}) ?[(\uff08]"
_LABELLED = rf"{_OPENED}[^()\uff08\uff09]+[)\uff09]"
_SEPARATOR = r"[,\uff0c、;\uff1b/|]"
#: Before each code of a list, the first one too: between two alone it would multiply.
_BULLET = r"[*•·]"
#: At least two labelled codes in a row.
_CODES = re.compile(
    rf"{_LABELLED}(?: ?{_SEPARATOR} ?{_LABELLED})+"
    rf"|{_BULLET} ?{_LABELLED}(?: ?{_BULLET} ?{_LABELLED})+"
)
#: The words before a list that make it a list of examples, or a code before it without a label.
_OPEN_BEFORE = re.compile(
    rf"(?:如|例如|比如|譬如|诸如|e\.g\.|such as) ?[:\uff1a,\uff0c]? ?$"
    rf"|[A-Za-z0-9_)\uff09] ?{_SEPARATOR} ?$|{_BULLET} ?{_CODE} ?$"
)
#: The words after a list that leave it open, or anything that goes on with it.
_OPEN_AFTER = re.compile(
    rf" ?[(\uff08]?(?:等|…|\.\.|etc|其他|其它)| ?(?:{_SEPARATOR}|{_BULLET}) ?[^ ]"
)

_DATE = re.compile(
    r"(?<![A-Za-z])yyyy([-/.]?)MM\1dd(?:([ T]?)HH(:?)mm\3ss)?(?! ?[A-Za-z:'+]|[.,][A-Za-z])"
)
_DATE_WORD = re.compile(r"y{2,}", re.IGNORECASE)

_FEN = re.compile(
    r"[(\uff08] ?(?:单位 ?[:\uff1a为是]? ?)?分 ?[)\uff09]"
    r"|单位 ?[:\uff1a为是]? ?分(?![\u4e00-\u9fff])|以分为单位"
)
#: Words that make 分 a point of a score.
_SCORE = re.compile(r"评分|积分|得分|打分|分数|分值")

_ACCUMULATED = re.compile(r"(?<![不非未])累[计积]")


def codes(description: str) -> tuple[str, ...] | None:
    """Read an enumeration `CODE(label), CODE(label), …` or `* CODE(label) * CODE(label) …`.

    None if there is none or it is open.
    """
    match = _CODES.search(description)
    if match is None or _OPEN_BEFORE.search(description[: match.start()]):
        return None
    if _OPEN_AFTER.match(description, match.end()):
        return None
    found = re.findall(_LABELLED, match[0])
    # a code that stands elsewhere, or whose label has brackets of its own, would be left out
    if re.findall(_OPENED, description) != found or len(set(found)) != len(found):
        return None
    return tuple(found)


def date_format(description: str) -> str | None:
    """Read a date format such as `yyyy-MM-dd HH:mm:ss`; None if there are several."""
    found = [match[0] for match in _DATE.finditer(description)]
    if len(set(found)) != 1 or len(_DATE_WORD.findall(description)) != len(found):
        return None
    return found[0]


def unit(description: str) -> str | None:
    """Read the unit: 分 in brackets or after 单位 is `fen`, a hundredth of a yuan."""
    return "fen" if _FEN.search(description) and not _SCORE.search(description) else None


def accumulates(description: str) -> bool:
    """Whether the description says that the value only grows."""
    return bool(_ACCUMULATED.search(description))
