# Shortcuts; everything works without make too (README.md).
PYTHON ?= python3
VENV := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test simulate worlds soak faults power kills mutations fuzz lint format bench wheel sbom reliability lock env clean

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: ## build the sample project (or import PHOTOS=folder) and serve it
	@$(PYTHON) .ci/dev.py demo

test: ## run all tests; ARGS="-k import" goes to pytest
	@$(PYTHON) .ci/dev.py test $(ARGS)

simulate: env ## stories of the sync for hours; ARGS="--seeds 0..999999 --jobs 2"
	$(VENV)/python -m tests.sync.simulator $(ARGS)

worlds: env ## every pair of acts and a crash at every point; ARGS="--shard 0/2"
	$(VENV)/python -m tests.sync.simulator.pairs $(ARGS)

soak: env ## 8 weeks of three laptops with 10,000 photos; ARGS="--photos 100000"
	$(VENV)/python -m tests.sync.simulator.soak $(ARGS)

WORK ?= $(or $(wildcard /dev/shm),/tmp)/asbuilt-faults

faults: env ## deaths at each step; disks that fail: each file, and 10,000 random steps
	$(VENV)/python -m tests.faults.deaths $(WORK)/deaths $(ARGS)
	$(VENV)/python -m tests.faults.walk $(WORK)/files --all $(ARGS)
	$(VENV)/python -m tests.faults.walk $(WORK)/walk $(ARGS)

power: env ## what a power cut leaves, at each step of everything
	$(VENV)/python -m tests.faults.power $(WORK)/power $(ARGS)

kills: env ## 500 rounds of syncs that are killed (to go on with), then imports, backups
	$(VENV)/python -m tests.faults.kill_syncs $(WORK)/syncs $(ARGS)
	$(VENV)/python -m tests.faults.kill_commands $(WORK)/commands

mutations: env ## 100,000 damaged pictures through the import
	$(VENV)/python -m tests.faults.mutations $(WORK)/mutations $(ARGS)

fuzz: env ## parsers with atheris, a minute each; TARGET=query ARGS="-max_total_time=600"
	$(VENV)/python -m venv $(WORK)/fuzzing
	$(WORK)/fuzzing/bin/python -m pip install --quiet atheris==3.0.0
	for target in $(or $(TARGET),query range uploads filters forms zips exif facts); do \
		PYTHONPATH=.:$$($(VENV)/python -c 'import site; print(site.getsitepackages()[0])') \
		$(WORK)/fuzzing/bin/python -m tests.fuzzing $$target $(WORK)/corpus/$$target \
		-artifact_prefix=$(WORK)/ $(or $(ARGS),-max_total_time=60) || exit 1; \
	done

lint: ## style and types
	@$(PYTHON) .ci/dev.py lint

format: env ## bring the code into its format
	$(VENV)/ruff format .
	$(VENV)/ruff check --fix .

bench: env ## benchmarks against other programs, as ratios
	$(VENV)/python -m bench $(ARGS)

wheel: env ## build the wheel into dist/
	$(VENV)/python -m build --wheel --no-isolation

sbom: ## what the wheel is made of and needs, into dist/ (it is in the wheel, too)
	@$(PYTHON) .ci/sbom.py dist/asbuilt.cdx.json

reliability: env ## docs/reliability.md anew; ARGS="figure stories" runs for long, too
	$(VENV)/python -m tests.reliability $(ARGS)

env: ## the environment for development
	@$(PYTHON) .ci/dev.py env

PIN := uv pip compile --quiet --universal --generate-hashes \
	--no-emit-index-url --no-header --no-annotate
LOCK := $(PIN) --python-version 3.11 pyproject.toml

lock: ## after a change of a dependency: versions and hashes, no host names (needs uv)
	$(LOCK) --group build --output-file .ci/requirements/runtime.txt
	$(LOCK) --group dev --constraints .ci/requirements/runtime.txt \
		--output-file .ci/requirements/development.txt
	$(PIN) --python-version 3.12 --group clients \
		--output-file .ci/requirements/clients.txt
	$(PIN) --python-version 3.12 --group bags \
		--output-file .ci/requirements/bags.txt

clean: ## remove what was built, not the environment
	rm -rf build dist node_modules plugins/static/vendor archive/export/pdf/fonts
