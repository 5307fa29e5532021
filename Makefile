# Essaim. `make` lists what can be done; only Python 3.11 to 3.13 (with venv) and make are needed.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-print-directory

PY := .venv/bin/python
RUNTIME := .venv/.runtime
DEV := .venv/.dev
SOURCES := services shared tests examples
T ?= tests
N ?= 3
IMAGE ?= essaim
TAG ?= $(shell sed -n 's/^VERSION = "\(.*\)"/\1/p' shared/ops/version.py)
BUILDER ?= docker

##@ Lancer
.PHONY: run story
run: $(RUNTIME) ## La plateforme entière sur cette machine (PORT=8000), avec sa démonstration
	@exec $(PY) -m services

story: $(RUNTIME) ## Joue l’histoire complète sans écran et vérifie chaque fait
	@exec $(PY) -m services story

##@ Vérifier
.PHONY: test check unit perf
test: $(DEV) check ## Tout : style, types, architecture, tests (T=chemin pour une partie)
	@$(PY) -m pytest -m "not perf" $(if $(filter tests,$(T)),-n $(N) --dist loadfile --no-loadscope-reorder) $(T)

check: $(DEV) ## Style, types, dépendances entre modules, tailles, contrats à jour ; rapide
	@$(PY) -m ruff format --check --quiet $(SOURCES)
	@$(PY) -m ruff check --quiet $(SOURCES)
	@$(PY) -m mypy
	@.venv/bin/lint-imports --no-logo
	@$(PY) -m tests.architecture.tailles
	@.venv/bin/yamllint --strict compose.yaml deploy
	@$(PY) -m services contrats --verifier

unit: $(DEV) ## Les seuls tests unitaires, en quelques secondes
	@$(PY) -m pytest -q tests/unit

PERF_PACKAGES := import tomllib; \
	project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	print(*project["optional-dependencies"]["perf"])

perf: $(DEV) ## Mesure notre consommateur à côté de ses pairs (RabbitMQ nécessaire)
	@$(PY) -c '$(PERF_PACKAGES)' | xargs .venv/bin/pip install --quiet
	@$(PY) -m pytest -m perf -s tests/perf

##@ Écrire
.PHONY: format captures contracts lock
format: $(DEV) ## Met en forme le code
	@$(PY) -m ruff format $(SOURCES)
	@$(PY) -m ruff check --fix $(SOURCES)

captures: $(DEV) ## Refait les images de la documentation, depuis les vraies pages (chromium)
	@$(PY) -m tests.kit.captures

contracts: $(RUNTIME) ## Régénère la documentation des événements (docs/contrats.md, AsyncAPI)
	@$(PY) -m services contrats

COMPILE := build/uv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-annotate --custom-compile-command "make lock"

lock: $(RUNTIME) ## Recalcule les verrous de dépendances depuis pyproject.toml (U=--upgrade)
	@test -x build/uv/bin/uv || ($(PY) -m venv build/uv && build/uv/bin/pip install --quiet uv)
	@$(COMPILE) $(U) -o requirements.lock
	@$(COMPILE) $(U) --extra dev -o requirements-dev.lock

##@ Livrer
.PHONY: images
images: ## Une image par service (BUILDER=docker|podman|buildah, IMAGE, TAG)
	@for service in publication groupement paiement notification; do \
		$(BUILDER) build --build-arg SERVICE=$$service -t $(IMAGE)-$$service:$(TAG) . || exit 1; \
	done

##@ Ranger
.PHONY: clean help
clean: ## Retire l’environnement et les caches ; garde les données (var/)
	@rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

help:
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n\033[1m%s\033[0m\n", substr($$0, 5) } \
		/^[a-z]+:.*## / { sub(/:.*/, "", $$1); printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(RUNTIME): requirements.lock
	@.ci/venv requirements.lock $@

$(DEV): requirements-dev.lock
	@.ci/venv requirements-dev.lock $@
	@touch $(RUNTIME)
