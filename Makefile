# One door for people and for CI. `make` alone lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check install
PYTEST := $(BIN)/python -m pytest -q
# Half of the time tests wait for what they started, so one more than cores.
JOBS ?= $(shell echo $$(($$(nproc 2>/dev/null || echo 2) + 1)))
BUILDER ?= podman

.DEFAULT_GOAL := help
.PHONY: help run test check fast golden accept screens bench soak docs words constraints image

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: $(VENV)/.station ## put the example on air: http://127.0.0.1:8180; CHANNEL=harbour another one
	@CHANNEL_PARENT=$$PPID exec $(BIN)/channel $(if $(CHANNEL),--channel examples/$(CHANNEL)) run $(ARGS)

test: $(VENV)/.dev ## everything, with a real browser and real servers; installs what it needs
	@sh scripts/debian-packages
	$(PYTEST) -n $(JOBS) --dist loadfile --no-loadscope-reorder -m "not soak" $(ARGS)

check: $(VENV)/.dev ## lint, types, import rules, quick tests: before each commit
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) -n $(JOBS) --dist loadfile --no-loadscope-reorder -m "not slow and not soak" $(ARGS)

fast: $(VENV)/.dev ## quick tests, the failed ones first, stop at the first failure
	$(PYTEST) -x --ff -m "not slow and not soak" $(ARGS)

golden: $(VENV)/.dev ## compare screens with the accepted ones
	$(PYTEST) tests/golden $(ARGS)

accept: $(VENV)/.dev ## accept the screens as they are now; P=201 only that page
	$(PYTEST) tests/golden --accept $(if $(P),-k $(P)) $(ARGS)

screens: $(VENV)/.dev ## contact sheet of every layout, theme and scale: build/screens/index.html
	$(BIN)/python scripts/screens.py build/screens $(ARGS)

bench: $(VENV)/.dev ## what we claim about speed, measured here
	for name in feeds screens channel origin terminals desk; do $(BIN)/python -m benchmarks $$name $(ARGS) || exit 1; done

soak: $(VENV)/.dev ## full counts: every page, estate, profile and kill point; hours
	$(PYTEST) -n $(JOBS) --dist loadfile --no-loadscope-reorder -m soak $(ARGS)

docs: $(VENV)/.dev ## make the reference of commands and settings again; fails in CI when it is stale
	$(BIN)/python scripts/reference.py $(ARGS)

words: $(VENV)/.dev ## bring the catalogues of all languages up to date; lists what is not translated
	$(BIN)/python scripts/words.py $(ARGS)

constraints: $(VENV)/.dev ## pin the versions that an installation gets: constraints.txt
	$(BIN)/python scripts/constraints.py

image: ## build the image of deploy/Containerfile; BASE=localhost/channel-base takes one made by scripts/debian-base
	$(BUILDER) build -t channel $(if $(BASE),--build-arg BASE=$(BASE)) -f deploy/Containerfile .

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.station: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[station]'
	@touch $@

$(VENV)/.dev: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[station,dev]'
	@touch $@ $(VENV)/.station
