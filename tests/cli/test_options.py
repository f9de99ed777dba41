"""The options of a run: what they take, what they are about, and how they are written again."""

import click
import pytest
from click.testing import CliRunner

from tests.warm import run_pytest, run_topcheck
from topcheck.cli.commands import commands
from topcheck.cli.options import OPTIONS, misplaced, path, word

BY_NAME = {option.name: option for option in OPTIONS}
NOTHING = {option.key: [] if option.repeatable else option.default for option in OPTIONS}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("--gateway", "https://gw.example/", ["--gateway=https://gw.example/"]),
        ("--gateway", None, []),
        ("--fail-on", "drift", ["--fail-on=drift"]),
        ("--fail-on", "violation", []),
        ("--insecure-http", True, ["--insecure-http"]),
        ("--insecure-http", False, []),
        ("--rate", 2.5, ["--rate=2.5"]),
        ("--sdk", ("a", "b c"), ["--sdk=a", "--sdk=b c"]),
    ],
)
def test_an_option_is_written_as_it_was_given(name, value, words):
    """What changes nothing is not written."""
    assert list(BY_NAME[name].words(value)) == words


@pytest.mark.parametrize("name", [option.name for option in OPTIONS if option.about])
def test_an_option_that_is_about_another_needs_it(name):
    """The words name both."""
    option = BY_NAME[name]
    given = {**NOTHING, option.key: ["x"] if option.repeatable else 1}
    assert misplaced(given) == f"{name} is about {option.about}: give that as well"
    while option.about:  # what it is about may be about another
        option = BY_NAME[option.about]
        given[option.key] = "x"
    assert misplaced(given) is None
    assert misplaced(NOTHING) is None


@pytest.mark.parametrize(
    "wrong",
    ["--max-requests=0", "--max-requests=2.5", "--rate=0", "--rate=nan", "--rate=-1",
     "--latency-budget=inf", "--latency-budget=soon"],
)  # fmt: skip
def test_a_number_that_is_none_is_one_line(wrong):
    """Both command lines name the option and the value, and run nothing."""
    name, _, value = wrong.partition("=")
    found = CliRunner().invoke(commands, ["gate", "--gateway=http://127.0.0.1:1", wrong])
    assert (found.exit_code, f"'{name}'" in found.output, value in found.output) == (2, True, True)
    found = run_pytest("-p", "topcheck.plugin", "--collect-only", wrong)
    assert (found.returncode, name in found.stderr, value in found.stderr) == (4, True, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("chek", "No such command 'chek'. Did you mean 'check'? (see topcheck --help)"),
        ("check --fale-on=drift x", "Did you mean '--fail-on'? (see topcheck check --help)"),
        ("check", "Missing argument 'PATH...'. (see topcheck check --help)"),
        ("gate --known-failing=x", "give that as well (see topcheck gate --help)"),
        ("serve --fault=none", "--list-faults lists them (see topcheck serve --help)"),
        ("driver new python", "Missing argument 'DIR'. (see topcheck driver new --help)"),
        ("check nothere.json", "nothere.json: No such file or directory"),
    ],
)
def test_a_wrong_use_names_the_help_of_its_own_command(words, told):
    """`topcheck --help` has none of these options. What is no mistake in the use names no help."""
    found = run_topcheck(*words.split())
    assert (found.returncode, found.stderr.rstrip("\n").count("\n")) == (2, 0)
    assert found.stderr.rstrip("\n").endswith(told)


def _commands(group, *names):
    """Yield the commands of a group, and of the groups in it, each with its names."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, *names, name)
        else:
            yield (*names, name), command


#: Each option of each command that takes a value.
VALUED = [
    (*names, option.opts[0])
    for names, command in _commands(commands)
    for option in command.params
    if isinstance(option, click.Option) and not option.is_flag
]


def refused(*words):
    """Return what is said of a wrong use, in one line."""
    found = CliRunner().invoke(commands, words)
    assert found.exit_code == 2, found.output
    return found.output.splitlines()[-1].removeprefix("Error: ")


@pytest.mark.parametrize("words", VALUED, ids=" ".join)
def test_an_option_that_is_followed_by_another_has_no_value(words):
    """So it is where a shell drops an empty variable: the option that lacks its value is named."""
    said = f"{words[-1]} has no value"
    own = words[-1]
    assert refused(*words, own, "rep") == f"{said}: the next word is {own}"
    assert refused(*words, f"{own}=rep") == f"{said}: the next word is {own}"
    assert refused(*words, "--help") == f"{said}: the next word is --help"
    assert refused(*words, "--wrokspace", "rep") == said
    assert refused(*words, "--", "rep") == said
    assert refused(*words) == said


@pytest.mark.parametrize(
    "words",
    [("gate", "--gateway=", "--latency-budget=soon"), ("gate", "--gateway", "", "--rate=0"),
     ("gate", "--clause", "-", "--rate=0"), ("gate", "--clause", "-x", "--rate=0"),
     ("gate", "--clause", "---", "--rate=0"), ("gate", "--clause=--gateway", "--rate=0"),
     ("gate", "--page-diff", "--rate=0"), ("check", "--output=xml", "--", "--method", "--format"),
     ("serve", "--app-secret=--port", "--port=x")],
)  # fmt: skip
def test_an_option_that_has_its_value_has_one(words):
    """One that is empty and written, one behind `=`, one with one dash; and a flag needs none."""
    assert "has no value" not in refused(*words)


def test_a_value_that_may_be_a_secret_is_not_told():
    """What is no option's name is not repeated."""
    assert refused("serve", "--app-secret", "--s3cret") == "--app-secret has no value"


def test_an_option_without_its_value_is_one_line():
    """As a shell would have it, where $URL is empty."""
    found = run_topcheck("gate", "--gateway", "--report", "rep")
    told = "--gateway has no value: the next word is --report (see topcheck gate --help)"
    assert (found.returncode, found.stdout, found.stderr) == (2, "", f"topcheck: {told}\n")


@pytest.mark.parametrize(
    "option", ["--report", "--baseline", "--workspace", "--cassettes", "--known-failing"]
)
def test_an_empty_path_is_not_the_working_folder(option):
    """As a shell would have it, where "$FOLDER" is empty: nothing is removed or written there."""
    assert f"Invalid value for '{option}': it is empty" in refused("gate", f"{option}=")


#: What each command takes that is a file, a folder, a command or an address: by its argument or
#: option.
FILES = [
    (names, command, one)
    for names, command in _commands(commands)
    for one in command.params
    if getattr(one.type, "func", None) in (path, word)
]


@pytest.mark.parametrize(("names", "command", "one"), FILES, ids=lambda x: getattr(x, "name", ""))
def test_an_empty_word_is_not_the_working_folder(names, command, one):
    """As a shell has it where "$CAPTURES" is empty: it names nothing, wherever it stands."""
    others = [
        "x" for other in command.params
        if isinstance(other, click.Argument) and other is not one
    ]  # fmt: skip
    if isinstance(one, click.Option):
        ways = (*others, one.opts[0], ""), (*others, f"{one.opts[0]}=")
        told = f"Invalid value for '{one.opts[0]}': it is empty"
    else:
        place = command.params.index(one)
        before, after = others[:place], others[place:]
        ways = (*before, "", *after), ("--", *before, "", *after)
        told = f"Invalid value for '{one.make_metavar(click.Context(command))}': it is empty"
    for words in ways:
        assert told in refused(*names, *words)


def test_each_command_that_reads_files_refuses_an_empty_word():
    """So that none is left out of the table above; without a host all of them would be served."""
    assert {"host", "log", "cluster", "sdk", "report"} <= {one.name for _, _, one in FILES}
    found = {" ".join(names) for names, _, one in FILES if isinstance(one, click.Argument)}
    assert found == {"derive", "check", "audit", "diagnose", "diff", "driver new",
                     "driver smoke"}  # fmt: skip


@pytest.mark.parametrize("command", ["check", "audit"])
def test_an_empty_word_among_others_is_refused(command):
    assert "it is empty" in refused(command, "x", "")
    assert "it is empty" in refused(command, "x", " ")


def test_an_empty_value_that_is_no_path_is_a_value():
    assert "empty" not in refused("serve", "--app-secret", "", "--port", "x")
    assert "empty" not in refused("serve", "--app-secret=", "--port", "x")
