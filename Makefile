# Two commands for a newcomer, each with its own set-up: `make gate` and `make test`.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
OTHERS := .venv-others

.PHONY: set-up gate test wheel wheel-check drivers conformance others peers vectors nightly faults liars \
	pages page-check panes pictures shapes scaffolds mutants schemas soak lint bench bench-shapes lock \
	clean cluster audit-check pythons

set-up: $(READY)

gate: $(READY)
	$(BIN)/topcheck gate

# Five processes, a file of tests to each: much of a test is waiting for a process of its own. The
# longest files begin first, as tests/conftest.py has them. What is compiled is kept, or each of those
# processes would compile it again.
test: $(READY) lint
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest -q -n 5 --dist loadfile --no-loadscope-reorder

# The same on each Python that is there, from the oldest that will do.
pythons:
	@for python in python3.11 python3.12 python3.13 python3.14; do \
		if $$python -c pass 2>/dev/null; then \
			$(MAKE) test PYTHON=$$python VENV=.venv-$$python || exit 1; \
		else echo "not run: $$python is not there"; fi; done

# Wheel and source archive, into dist/: of what git tracks, and of nothing that lies beside it.
wheel: $(READY)
	rm -rf build/tree dist && mkdir -p build/tree
	git ls-files -z | tar -c --null -T - | tar -x -C build/tree
	cd build/tree && $(CURDIR)/$(BIN)/python -m hatchling build -d $(CURDIR)/dist
	rm -rf build/tree

# The wheel in an environment of its own, with its libraries from the registry: each command.
wheel-check: wheel
	REAL_INSTALL=1 $(BIN)/pytest -q tests/wheel

# Every SDK in drivers/, in eight languages: what they need is installed, with Debian's packages.
drivers: $(READY)
	$(BIN)/python drivers

conformance: $(READY)
	$(BIN)/python drivers --write

# What other tools make of what we export. Those of Python have an environment of their own.
others: $(READY) $(OTHERS)/.ready
	$(BIN)/pytest -q -n 2 tests/others

# Schemathesis over the catalogue's own faults, beside topcheck, into the docs: half an hour.
peers: $(READY) $(OTHERS)/.ready
	$(BIN)/python -m tests.others.peers

# What takes longer than a commit may: all faults and all wrong drivers over sockets, all other
# pages, all mutants, the wheel as a user installs it, and the rest.
nightly: faults liars pages shapes scaffolds vectors others mutants wheel-check page-check soak bench \
	cluster audit-check pythons

# The kill matrix: the contract tests of a gateway against every fault of the catalogue, into the docs.
faults: $(READY)
	$(BIN)/python -m tests.kill_matrix

# Every wrong driver as a process, over real sockets.
liars: $(READY)
	$(BIN)/python -m tests.liar_matrix

# The contract tests of every other page, and every fault of it; `make test` has one of each kind.
pages: $(READY)
	ALL_PAGES=1 $(BIN)/pytest -q tests/contract/test_other_pages.py tests/contract/test_pages.py \
		tests/sdk/test_other_pages.py tests/contract/test_page_changes.py

# What a terminal shows of runs of each kind, as text files: to be looked at wherever they differ.
panes: $(READY)
	$(BIN)/python -m tests.panes

# Shapes against the reference: 200,000 bodies a format, drawn from what shapes accept.
SHAPES ?= 200000
shapes: $(READY)
	$(BIN)/python -m tests.judge.shapes_matrix $(SHAPES)

# A new driver in each language whose tools are there: made, installed, tried and gated.
scaffolds: $(READY)
	ALL_LANGUAGES=1 $(BIN)/pytest -q tests/cli/test_driver_new.py

# The vectors of every page, judged by what shares no code with the package: Node.js with Ajv, and
# xmllint. What is missing of them is installed.
vectors: $(READY)
	$(BIN)/python -m tests.others.second

# A right gateway and a right driver, changed one place at a time: what nothing convicts goes into the
# docs, and needs a reason in tests/mutants_survivors.toml.
mutants: $(READY)
	$(BIN)/python -m tests.mutant_matrix

# Hostile bytes for the judge and the client. Of atheris there are wheels for Linux on x86-64 only;
# where it cannot be installed the soak says that it was not run.
SOAK_SECONDS ?= 60
soak: $(READY)
	-$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
		--require-hashes -r requirements.soak.lock
	$(BIN)/python -m tests.soak --seconds $(SOAK_SECONDS)

# The schema of topcheck.toml, made of the options; those of a method are made by topcheck derive.
schemas: $(READY)
	$(BIN)/python -c 'from topcheck.cli.config_schema import config_schema as made; \
		from topcheck.contract.contract import indented; print(indented(made()), end="")' \
		>schemas/topcheck.schema.json

# Reports of each kind in Chromium: axe finds nothing in light and dark, on a phone and a desktop; no
# request leaves a page, nothing planted runs, the largest opens in two seconds. Pictures of all are
# left in build/page-check. Needs Node.js; as root Chromium is installed where it is missing.
page-check: $(READY)
	$(BIN)/python -m tests.page_check

# The picture of a report in the docs, of a real run against the sandbox with a fault.
pictures: $(READY)
	$(BIN)/python -m tests.page_check.picture

# A Dask cluster of processes, of which one is killed.
cluster: $(READY)
	REAL_CLUSTER=1 $(BIN)/pytest -q tests/audit/test_cluster.py

# Large archives: findings are what the reference says, record by record, and memory stays flat.
audit-check: $(READY)
	$(BIN)/python -m benchmarks.audit

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python -m benchmarks

# What judging by shapes costs, against parsers: a quarter of an hour.
bench-shapes: $(READY)
	$(BIN)/python -m benchmarks.shapes

lock: $(READY)
	$(BIN)/pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --extra dev --allow-unsafe \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --no-annotate \
		--output-file requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --no-annotate \
		--output-file requirements.others.lock requirements.others.in

.PHONY: docs terminal-picture pictures
# What the commands in the pages print, written anew, in both languages. Read the diff.
docs: $(READY)
	$(BIN)/python -m tests.docs

# The picture of the terminal, of a real run against the sandbox with a fault.
pictures: terminal-picture
terminal-picture: $(READY)
	$(BIN)/python -m tests.docs.pictures

clean:
	rm -rf $(VENV) $(VENV)-* .hypothesis .pytest_cache .mypy_cache .ruff_cache build dist report

# Debian ships Python without venv: as root it is installed, otherwise said.
$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "topcheck needs Python 3.11 or newer on the PATH" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { test "$$(id -u)" = 0 \
		&& apt-get update -qq && apt-get install -qq -y python3-venv; } \
		|| { echo "topcheck needs the package python3-venv" >&2; exit 2; }
	@echo "set-up, once: $$(grep -c == requirements.lock) libraries of requirements.lock into" \
		"$(VENV), in a minute or two"
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(OTHERS)/.ready: requirements.others.lock | $(READY)
	$(PYTHON) -m venv --clear $(OTHERS)
	$(OTHERS)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
