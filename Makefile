# One word a chore. The tools come from ./test, which makes .venv.
PYTHON ?= .venv/bin/python
BIN := $(dir $(PYTHON))

.PHONY: check print bench limits test demo kills faults fuzz month

check: ## format, lint, types, floors, prints
	$(BIN)ruff format --check .
	$(BIN)ruff check .
	$(BIN)mypy
	$(BIN)lint-imports
	$(PYTHON) -m xsd.printer --check
	$(PYTHON) -m console.reference --check
	$(PYTHON) -m simulator.moods --check
	$(PYTHON) -m console.sources --check

print: ## print what is printed: schemas and reference pages
	$(PYTHON) -m xsd.printer
	$(PYTHON) -m console.reference
	$(PYTHON) -m simulator.moods
	$(PYTHON) -m console.sources

bench: ## measure against a plain script, in the same run
	$(PYTHON) -m benchmarks.submit
	$(PYTHON) -m benchmarks.sftp
	$(PYTHON) -m benchmarks.customs

test:
	./test

demo:
	./demo

kills: ## the long form of the kill loop, and the mistakes that it must catch
	$(PYTHON) -m tests.crash.kills --kills 500
	$(PYTHON) -m tests.crash.kills --controls --kills 150

faults: kills ## every machine at full length; figures in results/reliability.jsonl
	$(PYTHON) -m tests.crash.every_call
	$(PYTHON) -m tests.crash.month_end --files 10000
	$(PYTHON) -m tests.crash.month_end --control --files 300 --every 0.3
	$(PYTHON) -m tests.crash.power_cut --cuts 60
	$(PYTHON) -m tests.crash.power_cut --controls --cuts 30
	$(PYTHON) -m tests.faults.matrix

fuzz: ## the long form: changed messages for a minute, then led by coverage where atheris is
	$(PYTHON) -m tests.fuzz --seconds 60
	$(PYTHON) -m tests.fuzz.guided --seconds 60

limits: ## what the worst messages cost
	$(PYTHON) -m benchmarks.limits

month: ## thirty virtual days of twenty enterprises, reconciled: at customs' end alone, then through a gateway
	$(PYTHON) -m tests.simulator.month
	$(PYTHON) -m tests.console.month
