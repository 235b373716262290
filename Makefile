# Presswatch: everything a newcomer types. `make` alone lists it.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# The interpreter that makes .venv: `make install PYTHON=python3.12` chooses another one.
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
BOOT_PYTHON := $(or $(PYTHON),$(shell for p in python3 python3.11 python3.12 python3.13; do \
	$$p -c '$(FITS)' 2>/dev/null && echo $$p && break; done),python3)

BIN := .venv/bin
SCRIPTS := scripts/install scripts/with-services
INSTALL := $(BOOT_PYTHON) -B scripts/install $(if $(PYTHON),--python-was-chosen)

# Test processes at once: much of the time tests wait, for processes to start and for delays to pass. Files are begun in
# the order of their folders, the slowest first; xdist would put those of few tests, however slow, last.
TEST_PROCESSES ?= 3

# Options for `presswatch up`, for pytest, and for uv (LOCK_ARGS=--upgrade takes the newest versions).
ARGS ?=
PYTEST_ARGS ?=
SOAK_MINUTES ?= 10
SOAK_AWAY_S ?= 600
SOAK_API_MINUTES ?= 10
FUZZ_EXAMPLES ?= 50000
FUZZ_SECONDS ?= 3600
LOCK_ARGS ?=

# Bytecode is kept even where the environment says otherwise: else each of hundreds of processes compiles its modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install install-dev run test lint format lock bench bench-crawl bench-archive bench-seen bench-extract bench-cadence bench-health bench-feeds bench-origins bench-watch bench-reextract bench-stories bench-workers bench-scale bench-search bench-polls bench-store bench-rivals bench-growth clean soak soak-api fuzz

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | awk -F '\t' '{printf "  make %-14s %s\n", $$1, $$2}'

install: ## make .venv with all that Presswatch needs, as locked (PYTHON=python3.12 chooses the interpreter)
	@$(INSTALL) run

install-dev: ## the same, with the tools that tests and linting need
	@$(INSTALL) dev

run: install ## install, then start the whole service (ARGS="..." passes options)
	@exec $(BIN)/presswatch up $(ARGS)

# The first time, pytest compiles its modules on the core that lint leaves idle, rather than three times at once after it.
.PHONY: .compiled
.compiled: install-dev
	@[ -d tests/unit/__pycache__ ] || { $(BIN)/python -m pytest --collect-only -q >/dev/null 2>&1 & }

test: install-dev .compiled lint ## lint, then run all tests with a private Redis, PostgreSQL and Chromium (PYTEST_ARGS="...", TEST_PROCESSES=1)
	@$(BIN)/python scripts/with-services --in-memory $(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

soak: install-dev ## whole suites, then a service of which half of the outlets attack (SOAK_MINUTES=10), and slow faults (SOAK_AWAY_S=600)
	@PRESSWATCH_TEST_SOAK_MINUTES=$(SOAK_MINUTES) PRESSWATCH_TEST_SOAK_AWAY_S=$(SOAK_AWAY_S) $(BIN)/python scripts/with-services $(BIN)/python -m pytest -m soak -s $(PYTEST_ARGS)

soak-api: install-dev ## send the API what its own description allows and what it does not, by schemathesis (SOAK_API_MINUTES=10)
	@PRESSWATCH_TEST_SOAK_API_MINUTES=$(SOAK_API_MINUTES) $(BIN)/python -m pytest -m soak -s tests/soak/test_api_conformance.py $(PYTEST_ARGS)

fuzz: install-dev ## feed the readers what nobody thought of (FUZZ_EXAMPLES=50000 a reader; FUZZ_SECONDS=3600 by atheris, if it is there)
	@PRESSWATCH_TEST_FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/python -m pytest tests/fuzz $(PYTEST_ARGS)
	@$(BIN)/python -m tests.fuzz.guided $(FUZZ_SECONDS)

lint: install-dev ## style, formatting, types, import rules and declared dependencies
	@$(BIN)/ruff check --quiet . $(SCRIPTS)
	@$(BIN)/ruff format --quiet --check . $(SCRIPTS) || \
		{ echo "make format puts that right"; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@said=$$($(BIN)/lint-imports 2>&1) || { echo "$$said"; exit 1; }
	@said=$$($(BIN)/deptry . 2>&1) || { echo "$$said"; exit 1; }

format: install-dev ## put imports and formatting in order
	@$(BIN)/ruff check --quiet --fix-only . $(SCRIPTS)
	@$(BIN)/ruff format --quiet . $(SCRIPTS)

lock: ## work the lock files out anew from pyproject.toml (LOCK_ARGS=--upgrade takes the newest versions)
	@PYTHON=$(BOOT_PYTHON) scripts/lock $(LOCK_ARGS)

bench: install-dev ## all figures of speed against their bars, one bench after another (ARGS="--only polls,store", ARGS=--long)
	@$(BIN)/python tests/benchmarks/bench_bars.py $(ARGS)

bench-crawl: install-dev ## articles a second and CPU an article, beside a plain Scrapy spider (ARGS="--rounds 3")
	@$(BIN)/python tests/benchmarks/bench_crawl.py $(ARGS)

bench-polls: install-dev ## visits a second that find nothing new, by one worker, beside a Scrapy loop that only downloads (ARGS="--turns 1")
	@$(BIN)/python tests/benchmarks/bench_polls.py $(ARGS)

bench-store: install-dev ## articles a second into SQLite and PostgreSQL, beside what a crawl of two cores brings (ARGS="--crawl 75")
	@$(BIN)/python scripts/with-services $(BIN)/python tests/benchmarks/bench_store.py $(ARGS)

bench-rivals: install-dev ## the same crawl by trafilatura's command, Fundus, newspaper4k and news-please (ARGS="--environments FOLDER")
	@$(BIN)/python tests/benchmarks/bench_rivals.py $(ARGS)

bench-growth: install-dev ## what a new article costs beside 1,000,000 stored ones, on both databases (ARGS="--articles 100000 --only sqlite")
	@$(BIN)/python scripts/with-services $(BIN)/python tests/benchmarks/bench_growth.py $(ARGS)

bench-archive: install-dev ## bytes on disk and CPU of a page kept
	@$(BIN)/python tests/benchmarks/bench_archive.py $(ARGS)

bench-seen: install-dev ## memory a URL and speed of the seen-set (ARGS="--urls 10000000")
	@$(BIN)/python tests/benchmarks/bench_seen.py $(ARGS)

bench-extract: install-dev ## extraction beside other extractors on labelled pages (ARGS="--every 10" takes every tenth)
	@$(BIN)/python -m tests.benchmarks.bench_extract $(ARGS)

bench-cadence: install-dev ## how soon articles are found at equal polls, beside fixed intervals and entry_frequency (ARGS="--gaps 60")
	@$(BIN)/python -m tests.benchmarks.bench_cadence $(ARGS)

bench-stories: install-dev ## which articles become one story and what that costs, beside datasketch (ARGS="--stored 10000")
	@$(BIN)/python scripts/with-services $(BIN)/python -m tests.benchmarks.bench_stories $(ARGS)

bench-feeds: install-dev ## CPU of reading polled feeds, beside feedparser (ARGS="--feeds 100")
	@$(BIN)/python -m tests.benchmarks.bench_feeds $(ARGS)

bench-health: install-dev ## false alarms of silence over a month, and how soon a feed that was cut off is found (ARGS="--every 4")
	@$(BIN)/python -m tests.benchmarks.bench_health $(ARGS)

bench-origins: install-dev ## how often the origin of a story is right where a page names it, in eight languages
	@$(BIN)/python -m tests.benchmarks.bench_origins $(ARGS)

bench-workers: install-dev ## 1, 2 and 4 workers with and without a delay: pace, fairness, manners, cost (ARGS="--outlets 12")
	@$(BIN)/python scripts/with-services $(BIN)/python tests/benchmarks/bench_workers.py $(ARGS)

bench-scale: install-dev ## storing and reading with 1,000,000 articles in PostgreSQL; partitions, COPY (ARGS="--articles 100000")
	@$(BIN)/python scripts/with-services $(BIN)/python tests/benchmarks/bench_scale.py $(ARGS)

bench-watch: install-dev ## CPU of holding an article against 10,000 watchlists (ARGS="--watchlists 1000")
	@$(BIN)/python -m tests.benchmarks.bench_watch $(ARGS)

bench-search: install-dev ## how long searches take beside 1,000,000 articles on both databases (ARGS="--articles 50000")
	@$(BIN)/python scripts/with-services $(BIN)/python -m tests.benchmarks.bench_search $(ARGS)

bench-reextract: install-dev ## reading stored pages again beside the bare extraction loop on the same pages (ARGS="--pages 500")
	@$(BIN)/python -m tests.benchmarks.bench_reextract $(ARGS)

clean: ## remove .venv and all caches; ./data stays
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.git/*' -not -path './data/*' -prune -exec rm -rf {} +
