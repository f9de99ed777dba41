"""Date formats as regular expressions that are exact to the calendar.

The patterns use only what JSON Schema's and XSD's dialects share, so both schemas get the same.
Years run from 1000 to 9999.
"""

import re

_YEAR = "[1-9][0-9]{3}"
#: Divisible by four; as centuries, the leap ones.
_FOURTH = "([2468][048]|[13579][26])"
_LEAP = f"([1-9][0-9](0[48]|{_FOURTH})|{_FOURTH}00)"

#: Year, month and day of each kind of month: 31 days, 30 days, February, and its leap day.
_DAYS = (
    (_YEAR, "(0[13578]|1[02])", "(0[1-9]|[12][0-9]|3[01])"),
    (_YEAR, "(0[469]|11)", "(0[1-9]|[12][0-9]|30)"),
    (_YEAR, "02", "(0[1-9]|1[0-9]|2[0-8])"),
    (_LEAP, "02", "29"),
)
_CLOCK = {"HH": "([01][0-9]|2[0-3])", "mm": "[0-5][0-9]", "ss": "[0-5][0-9]"}

_STRFTIME = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


def patterns(date_format: str) -> tuple[str, ...]:
    """Write a date format as alternatives that together match exactly its real dates."""
    literal = date_format.replace(".", "[.]")
    for letters, pattern in _CLOCK.items():
        literal = literal.replace(letters, pattern)
    return tuple(
        literal.replace("yyyy", year).replace("MM", month).replace("dd", day)
        for year, month, day in _DAYS
    )


def pattern(date_format: str) -> str:
    """Write a date format as one pattern without groups, its clock once."""
    found = re.search("(yyyy|MM|dd)(.*(yyyy|MM|dd))?", date_format)
    start, end = found.span() if found else (0, 0)
    before, day, after = date_format[:start], date_format[start:end], date_format[end:]
    either = f"({'|'.join(patterns(day))})" if found else ""
    return f"{patterns(before)[0]}{either}{patterns(after)[0]}".replace("(", "(?:")


def strftime(date_format: str) -> str:
    """Translate a date format into the letters of Python's `strftime`."""
    for letters, directive in _STRFTIME.items():
        date_format = date_format.replace(letters, directive)
    return date_format
