"""Shapes that say too much: each is the module's own source with one thing of it forgotten."""

# ruff: noqa: E501 - a liar a row
import contextlib
import inspect

from topcheck.judge.shapes import guard, learn, match

MODULES = (learn, match, guard)

#: By what is forgotten: the module, what stands there, and what the liar has instead.
LIARS = {
    "a number has 18 digits": (learn, '_DIGITS = "[1-9][0-9]{0,17}+"', '_DIGITS = "[1-9][0-9]{0,18}+"'),
    "a number keeps its interval": (learn, "if lowest <= 1 and highest >= 10**18 - 1:", "if True:"),
    "an interval ends before the next": (learn, "lowest, highest = cuts[at - 1], cuts[at] - 1", "lowest, highest = cuts[at - 1], cuts[at] + 99"),
    "below zero an interval is turned around": (learn, "lowest, highest = -highest, -lowest", "lowest, highest = 1, 10**18"),
    "a maximum is within": (learn, 'self.starts.add(wanted + (predicate == "max"))', "self.starts.add(wanted)"),
    "rules compare numbers": (learn, 'elif predicate in ("min", "max") and isinstance(wanted, int):', 'elif predicate in ("min", "max"):\n            pass\n        elif predicate == "":'),
    "rules compare texts": (learn, "self.texts |= {one for one in values if isinstance(one, str)}", "pass"),
    "rules compare equal numbers": (learn, "self.starts |= numbers | {number + 1 for number in numbers}", "pass"),
    "an amount is compared by its value": (learn, "if compared.starts:  # a", "if False:  # a"),
    "a date is real": (learn, "dates.pattern(date_format)", 'dates.pattern(date_format).replace("(?:0[13578]|1[02])", "(?:0[1-9]|1[02])")'),
    "a date that is none stays none": (learn, 'if skeleton == re.sub("[0-9]", "0", day) or', "if"),
    "a price has two decimals": (learn, "[.][0-9]{1,2}+)?+", "[.][0-9]{1,3}+)?+"),
    "a surrogate needs its partner": (match, "u(?![dD][89a-fA-F])[0-9a-fA-F]{4}", "u[0-9a-fA-F]{4}"),
    "an escape is known": (match, '["\\\\/bfnrt]', "[^u]"),
    "an entity is declared": (match, "&(?:amp|lt|gt|quot|apos);", "&[a-z]+;"),
    "an escape hides no text": (learn, "if not others and not is_told:", "if not is_told or not others:"),
    "a code is free if no rule names it": (learn, "if code not in named]", "if code]"),
    "no code is among other texts": (learn, "return _text(raw, {*codes, *named}, fmt, is_told=True)", "return _text(raw, set(), fmt, is_told=True)"),
    "a control is no plain sign": (match, "{*range(32)}", "{*range(31)}"),
    "XML has no U+FFFE": (match, r'("\ufffe", "\ufffe"), ', ""),
    "a return is a line feed": (learn, r'f"[^<&\r{ESCAPED}]"', 'f"[^<&{ESCAPED}]"'),
    "the charset is UTF-8": (learn, 'if message.encoding != "utf-8" or', "if"),
    "a value of the wrong kind is plain": (learn, "return _same(_DIGITS, raw)", 'return _same(_DIGITS.replace("[1-9]", "-?[0-9.]"), raw)'),
    "a text may be a decimal": (learn, '("integer", "boolean", "object", "list", "map"):', '("integer", "boolean", "object", "list", "map", "decimal"):'),
    "an element has its own end": (learn, '(?P<value>[^<]*+)</\\\\1>', "(?P<value>[^<]*+)<"),
    "an attribute may be nil": (learn, '''"<([^\\\\s<>&/=\\"']++)>''', '''"<([^\\\\s<>&/=\\"']++)[^>]*>'''),
    "a namespace has its limit": (match, "size > LONGEST_WITH_NAMESPACE and", "size > LONGEST and"),
    "a member stands once": (learn, "            elif at:\n                yield from self._unknown(child)\n", ""),
    "a body matches as a whole": (match, "found := pattern.fullmatch(text)", "found := pattern.match(text)"),
    "a run may cross an end": (match, "or matched + len(others) != bodies:", ":"),
    "odd signs are not for runs": (match, "if _has_any(data, odd):", "if False:"),
    "a backslash is odd": (match, "+ start for", '+ (b"" if fmt == "json" else start) for'),
    "an ampersand is odd": (match, "+ start for", '+ (b"" if fmt == "xml" else start) for'),
    "a section's end is odd": (match, '("]", "]]>"), ', ""),
    "no character is U+FFFF": (match, r', ("\uffff", "\uffff")', ""),
    "a block is UTF-8": (match, "text = data.decode()", 'text = data.decode(errors="surrogatepass")'),
    "a body matches from its beginning": (match, "if not whole or", "if"),
    "a first surrogate has a second": (match, r"\\u[dD][c-fC-F][0-9a-fA-F]{2}", r"\\u[0-9a-fA-F]{4}"),
    "an escape may be any sign": (learn, """[^"\\\\{ESCAPED}]""", """[^"\\\\]"""),
    "what taught may have an escape": (learn, """[^"\\\\{ESCAPED}]""", """[^"{ESCAPED}]"""),
    "what taught may have an entity": (learn, "[^<&\\r", "[^<\\r"),
    "a decimal is told in one spelling": (learn, "compared.otherwise or is_reckoned:", "compared.otherwise:"),
    "a shape is of its engine's format": (guard, "judgement.look.format == self._fmt", "True"),
    "what stands for an escape is none": (learn, "if ESCAPED in text:", "if False:"),
    "a blank is not for texts": (match, " and not _PRETTY.fullmatch(text)", " and False"),
    "a run takes no blanks": (match, r'_ODD["json"] + b"\t\r"', '_ODD["json"]'),
}  # fmt: skip


@contextlib.contextmanager
def lying(name):
    """Have the modules as a liar has them, then again as they are."""
    module, right, wrong = LIARS[name]
    kept = {one: dict(vars(one)) for one in MODULES}
    try:
        for one in MODULES:
            source = inspect.getsource(one)
            if one is module:
                assert source.count(right) == 1, f"{right} stands {source.count(right)} times"
                source = source.replace(right, wrong)
            exec(compile(source, one.__file__, "exec"), vars(one))  # noqa: S102
        yield
    finally:
        for one in MODULES:
            vars(one).clear()
            vars(one).update(kept[one])
