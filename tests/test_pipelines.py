"""The action, the template and the hook do what their services would have them do, as far as here.

Each script of theirs is run by bash with the environment that its service gives it; in place of the
environment that pip would make there is ours.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.kill_matrix import CALLER, FAULTS, known_orders
from tests.workspace import WORKSPACE
from topcheck.cli.config import read_config
from topcheck.cli.config_schema import CONFIGURABLE
from topcheck.gateway.faults.fault import Faulty
from topcheck.gateway.sandbox import Settings
from topcheck.gateway.server import serving
from topcheck.gateway.timing import now

ROOT = Path(__file__).parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
GITLAB = yaml.safe_load((ROOT / "templates" / "gitlab.yml").read_text("utf-8"))
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
DOCS = (ROOT / "docs" / "ci.md").read_text("utf-8")
STEPS = ACTION["runs"]["steps"]
METHOD = WORKSPACE.contract.method
#: What GitHub documents of a composite action, as far as ours goes.
TEXT = {"type": "string", "minLength": 1}
STEP = {
    "type": "object",
    "properties": {
        "name": TEXT, "id": TEXT, "if": TEXT, "shell": {"enum": ["bash"]}, "run": TEXT,
        "uses": {"type": "string", "pattern": r"^[\w-]+/[\w./-]+@\S+$"}, "working-directory": TEXT,
        "with": {"type": "object"}, "env": {"type": "object", "additionalProperties": TEXT},
        "continue-on-error": {"type": "boolean"},
    },
    "additionalProperties": False,
    "oneOf": [{"required": ["run", "shell"]}, {"required": ["uses"]}],
}  # fmt: skip
COMPOSITE = {
    "type": "object",
    "required": ["name", "description", "runs"],
    "additionalProperties": False,
    "properties": {
        "name": TEXT, "description": TEXT, "author": TEXT,
        "inputs": {
            "type": "object",
            "propertyNames": {"pattern": "^[a-z][a-z-]*$"},
            "additionalProperties": {
                "type": "object",
                "required": ["description"],
                "additionalProperties": False,
                "properties": {"description": TEXT, "default": {"type": "string"},
                               "required": {"type": "boolean"}},
            },
        },
        "runs": {
            "type": "object",
            "required": ["using", "steps"],
            "additionalProperties": False,
            "properties": {"using": {"const": "composite"},
                           "steps": {"type": "array", "items": STEP, "minItems": 1}},
        },
    },
}  # fmt: skip
EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")
#: Where GitHub runs a script of bash by.
BASH = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c"]
#: Stands for the Python of a runner: of `-m venv` it makes what pip would have filled.
PYTHON = f"""#!/bin/bash
if [ "$1 $2" = "-m venv" ]; then
    mkdir -p "$4/bin"
    printf '#!/bin/bash\\nprintf "%%s\\\\n" "$@" >"$0.words"\\n' >"$4/bin/pip"
    printf '#!/bin/bash\\nPYTHONPATH={ROOT} exec {sys.executable} -c %q "$@"\\n' \
        'from topcheck.cli.main import main; main()' >"$4/bin/topcheck"
    chmod +x "$4/bin/pip" "$4/bin/topcheck"
else
    exec {sys.executable} "$@"
fi
"""


class Runner:
    """A machine of a service: a clone, a folder of its own, and no more of our environment."""

    def __init__(self, folder):
        self.clone, self.temp = folder / "clone", folder / "temp"
        for path in (self.clone, self.temp, folder / "bin"):
            path.mkdir()
        shutil.copytree(ROOT / "schemas", self.clone / "schemas")
        shutil.copytree(ROOT / "cassettes", self.clone / "cassettes")
        python = folder / "bin" / "python3"
        python.write_text(PYTHON)
        python.chmod(0o755)
        self.environment = {
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", "HOME": str(self.temp),
            "PYTHONDONTWRITEBYTECODE": "1", "RUNNER_TEMP": str(self.temp), "CI": "true",
        }  # fmt: skip

    def run(self, script, environment):
        """Run a script; what it says comes back in order."""
        return subprocess.run([*BASH, script], cwd=self.clone, check=False, text=True,
                              env={**self.environment, **environment},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip

    def act(self, inputs, environment=()):
        """Run the steps of the action with inputs; return the last, which is the gate's."""
        given = {name: one.get("default", "") for name, one in ACTION["inputs"].items()} | inputs
        around = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_WORKSPACE": str(self.clone),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary.md"),
            **dict(environment),
        }
        found = None
        for step in STEPS:
            if "run" in step:
                there = {k: evaluated(v, given) for k, v in step.get("env", {}).items()}
                found = self.run(step["run"], {**around, **there})
                if found.returncode:
                    break
        return found


def evaluated(text, given):
    """Put inputs where expressions name them."""
    return EXPRESSION.sub(lambda found: given[found[1].removeprefix("inputs.")], text)


@pytest.fixture
def runner(tmp_path):
    """A machine with a clone that has a workspace."""
    return Runner(tmp_path)


# ------------------------------------------------------------------ GitHub


def test_the_action_is_a_composite_one():
    """As GitHub documents them."""
    Draft202012Validator(COMPOSITE).validate(ACTION)


@pytest.mark.parametrize(
    "breach",
    [lambda a: a["runs"].update(using="docker"), lambda a: a["runs"]["steps"][1].pop("shell"),
     lambda a: a["inputs"]["sdk"].pop("description"), lambda a: a.update(outputs={}),
     lambda a: a["runs"]["steps"][0].update(uses="actions/setup-python")],
)  # fmt: skip
def test_the_schema_of_actions_bites(breach):
    """What GitHub would refuse is refused."""
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    breach(action)
    assert not Draft202012Validator(COMPOSITE).is_valid(action)


def test_each_option_is_an_input_and_a_variable_of_the_gate():
    """Nothing else is passed on: no input carries a secret."""
    names = {option.name.removeprefix("--"): option.key.upper() for option in CONFIGURABLE}
    assert set(ACTION["inputs"]) == {*names, "python-version", "working-directory"}
    assert STEPS[-1]["env"] == {
        f"TOPCHECK_{key}": f"${{{{ inputs.{name} }}}}" for name, key in names.items()
    }


def test_no_input_becomes_a_part_of_a_script():
    """An expression in a script would be run as a part of it."""
    for step in STEPS:
        assert not EXPRESSION.search(step.get("run", ""))
        assert "${{" not in step.get("run", "")
        for name, value in step.items():
            if name not in ("if", "with", "env", "working-directory"):
                assert "${{" not in str(value), (name, value)


def scripts():
    """Return each script of the action and of the template."""
    template = GITLAB["topcheck"]
    return [*(step["run"] for step in STEPS if "run" in step), *template["before_script"],
            *template["script"], HOOK["entry"]]  # fmt: skip


@pytest.mark.parametrize("script", scripts())
def test_a_script_is_one(script):
    """Bash can read it, and each variable stands in quotes."""
    assert subprocess.run(["bash", "-n", "-c", script], check=False).returncode == 0
    assert re.sub(r'"[^"]*"', "", script).count("$") == 0


#: What a shell would run, each in another way.
PLANTED = (
    '"; touch "$RUNNER_TEMP/ran"; "', "$(touch ${RUNNER_TEMP}/ran)", "`touch $RUNNER_TEMP/ran`",
    "'; touch $RUNNER_TEMP/ran; '", "a && touch $RUNNER_TEMP/ran",
)  # fmt: skip


def test_an_input_is_never_run_by_a_shell(runner):
    """Whatever somebody writes into a workflow's input is a value."""
    sdks = "\n".join(PLANTED)
    found = runner.act({"clause": "no.such", "sdk": sdks, "report": "".join(PLANTED[1:3])})
    assert found.returncode == 2, found.stdout
    assert "topcheck: options of the environment: " in found.stdout
    assert not (runner.temp / "ran").exists()


def three_lines():
    """Return the lines of the first pipeline of the docs, and its steps."""
    block = re.search(r"```yaml\n(steps:\n.*?)```", DOCS, re.S)[1]
    steps = yaml.safe_load(block)["steps"]
    return [line for line in block.splitlines()[1:] if line.strip()], steps


def test_three_lines_are_a_pipeline(runner):
    """From nothing to an annotation on the page's own line, as the docs show it."""
    lines, (checkout, step) = three_lines()
    assert len(lines) == 3
    assert checkout == {"uses": "actions/checkout@v4"}
    assert re.fullmatch("OWNER/topcheck@v[0-9]", step["uses"])
    assert set(step["with"]) <= set(ACTION["inputs"])
    # what the clone says as well is read: of the whole contract one clause is enough here
    (runner.clone / "topcheck.toml").write_text(f'clause = ["{FAULT}"]\n')
    contract, orders, clause = WORKSPACE.contract, WORKSPACE.default_orders(), FAULT
    environment = {"TOP_APP_KEY": CALLER.app_key, "TOP_APP_SECRET": CALLER.app_secret,
                   "TOP_ORDERS": known_orders(WORKSPACE.default_orders())}  # fmt: skip
    with serving(Faulty(FAULTS[FAULT], contract, orders, Settings(CALLER), now)) as url:
        found = runner.act({**step["with"], "gateway": url}, environment)
    assert found.returncode == 1, found.stdout
    assert CALLER.app_secret not in found.stdout
    assert (runner.temp / "topcheck/bin/pip.words").read_text().splitlines() == [
        "install", "--quiet", "--disable-pip-version-check", str(ROOT)
    ]  # fmt: skip
    assert (runner.clone / step["with"]["report"] / "junit.xml").exists()
    line = contract.by_id[clause].line
    annotation = f"::error file=schemas/{METHOD}/page.txt,line={line},title={FAULT} broken"
    assert [said[: len(annotation)] for said in found.stdout.splitlines()].count(annotation) == 1
    assert FAULT in (runner.temp / "summary.md").read_text("utf-8")


FAULT = "response.result.model.checkout_status.enum"


# ------------------------------------------------------------------ GitLab


def test_the_template_gates_and_keeps_its_report(runner):
    """Its job ends as the gate does, and what it says to keep is there."""
    job = GITLAB["topcheck"]
    (runner.clone / "topcheck.toml").write_text('clause = ["wire.sign.md5"]\n')
    venv = str(runner.temp / "venv")
    lines = [line.replace("/tmp/topcheck", venv)  # noqa: S108 - it is that of the job's container
             for line in (*job["before_script"], *job["script"])]  # fmt: skip
    found = runner.run("\n".join(lines), {"GITLAB_CI": "true", "TOPCHECK_WHEEL": "dist/a b.whl"})
    assert found.returncode == 0, found.stdout
    assert (runner.temp / "venv/bin/pip.words").read_text().splitlines()[-1] == "dist/a b.whl"
    kept = [*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]]
    assert all((runner.clone / name).exists() for name in kept), kept
    assert job["artifacts"]["when"] == "always"
    found = runner.run("\n".join(lines), {"GITLAB_CI": "true"})
    assert found.returncode != 0
    assert "TOPCHECK_WHEEL" in found.stdout


def test_the_docs_name_what_is_there():
    """The template and the hook by their names."""
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", DOCS, re.S)]
    _, credentials, gitlab, hook = blocks
    assert credentials == {"env": {
        name: f"${{{{ secrets.{name} }}}}" for name in ("TOP_APP_KEY", "TOP_APP_SECRET")
    }}  # fmt: skip
    assert (ROOT / gitlab["include"]["local"]).exists()
    assert set(gitlab["variables"]) == {"TOPCHECK_WHEEL", "TOPCHECK_SDK"}
    assert hook["repos"][0]["hooks"] == [{"id": HOOK["id"]}]


# ------------------------------------------------------------------ pre-commit


def commit(runner, *names):
    """Run the hook as pre-commit does: its entry, with those of the names that it is about."""
    assert HOOK["language"] == "python"
    about = [name for name in names if re.search(HOOK["files"], name)]
    if not about:
        return None
    runner.run("python3 -m venv --clear venv", {})
    path = f"{runner.clone / 'venv/bin'}{os.pathsep}{runner.environment['PATH']}"
    return runner.run(" ".join([HOOK["entry"], *(f"'{name}'" for name in about)]), {"PATH": path})


def test_the_hook_holds_derived_files_to_the_page(runner):
    """Silent where they are what it gives, else red with what differs, of several pages of each."""
    page = f"schemas/{METHOD}/page.txt"
    assert commit(runner, "README.md", "page.txt", "docs/page.txt", f"{page}.bak") is None
    found = commit(runner, "README.md", page)
    assert (found.returncode, found.stdout) == (0, "")
    other = f"elsewhere/{page}"
    shutil.copytree(runner.clone / "schemas", runner.clone / "elsewhere/schemas")
    text = (runner.clone / page).read_text("utf-8")
    (runner.clone / other).write_text(text.replace("CANCELED(取消)", "CANCELED(取消), GONE(没)"))
    for names in ((page, other), (other, page)):
        found = commit(runner, *names)
        assert found.returncode == 1, found.stdout
        assert "contract.json: response" in found.stdout
        assert "GONE" in found.stdout


def test_the_file_of_the_docs_is_one(tmp_path):
    """What is shown of topcheck.toml is read, and the schema that it names is there."""
    block = re.search(r"```toml\n(.*?)```", DOCS, re.S)[1]
    (tmp_path / "topcheck.toml").write_text(block)
    (found,) = read_config(tmp_path, {})
    assert set(found.values) == {"sdk", "known_failing", "fail_on", "report"}
    assert (ROOT / block.splitlines()[0].removeprefix("#:schema ")).exists()
    assert len(DOCS.splitlines()) <= 80
