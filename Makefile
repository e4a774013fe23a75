# make setup        everything that the program needs: system packages, and a virtual environment in .venv
# make run          the same, then the assistant
# make test         everything that the tests need, then all tests; a missing program fails them
# make dictation-report   every kind of text into every application and layout: a table, also in build/
# make soak         the long runs (AIHEAR_SOAK=0.1 makes them a tenth as long)
# make lint         ruff, its formatting, mypy
# make wheel        dist/*.whl
# make pronunciation-model   trains the tables of the pronunciation check (SCORED=folders with scores.jsonl)
# make clean        away with .venv, dist and caches
#
# PYTHON=/path/to/python3.11 make setup     chooses another Python than the first fitting one on PATH

SHELL := /bin/bash
BIN := .venv/bin
PIP := $(BIN)/python -m pip install -qq --no-warn-conflicts --disable-pip-version-check \
	--constraint config/constraints.txt
PYTHONS := $(PYTHON) python3.11 python3.12 python3.13 python3 /usr/bin/python3
# With pip's installer and the C headers, which Debian keeps in packages of their own.
FITS := import ensurepip, os, sys, sysconfig, venv; \
	sys.exit(not ((3, 11) <= sys.version_info < (3, 14) and os.path.exists(sysconfig.get_path('include') + '/Python.h')))

# gcc and the -dev packages build PyAudio and evdev, which come as source; the rest is used at run time. python3-tk
# shows the overlay, whatever Python the program itself runs on; the font is for reports as a picture (IPA).
RUN_PACKAGES := gcc libc6-dev portaudio19-dev libasound2-plugins alsa-utils espeak-ng libespeak-ng1 \
	python3-tk fonts-dejavu-core
# Only where no fitting Python is found.
PYTHON_PACKAGES := python3 python3-venv python3-dev
TEST_PACKAGES := pulseaudio pulseaudio-utils xvfb openbox xdotool xclip x11-xkb-utils xterm flite \
	mousepad featherpad chromium dbus-daemon at-spi2-core strace
# A Wayland session, its windows, and the portal.
WAYLAND_TEST_PACKAGES := sway foot wtype wl-clipboard xdg-desktop-portal
# openai-whisper also asks for triton, 1 GB that only a GPU uses, and panphon, of which a table is read, for pandas: they
# go in without their dependencies.
ALONE := openai-whisper==20250625 panphon==0.22.2
WHISPER_NEEDS := numba tiktoken more-itertools tqdm
# Only its files are read. It has wheels for common computers; without it fewer left-out words are found.
COACH := moonshine-voice==0.0.73

.PHONY: setup setup-dev setup-test run test dictation-report soak lint wheel pronunciation-model clean
.DEFAULT_GOAL := setup

setup: .venv/.setup-stamp
setup-dev: .venv/.setup-dev-stamp

run: setup
	@exec $(BIN)/aihear run

# Those that type wait for windows most of the time; those that speak in real time go one after the other.
test: setup-test
	CI=true $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 tests/unit tests/flow
	CI=true $(BIN)/python -m pytest --numprocesses 2 tests/e2e/acting
	CI=true $(BIN)/python -m pytest tests/e2e --ignore tests/e2e/acting

dictation-report: setup-test
	@$(BIN)/python -m tests.dictation_report

soak: setup-test
	CI=true $(BIN)/python -m pytest -m soak --timeout=0

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

wheel: setup-dev
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls -l dist/*.whl

SCORED := ../shared/speech/pron-train ../shared/speech/pron-dev
pronunciation-model: setup-dev
	$(BIN)/aihear bench pronunciation $(SCORED) --write

clean:
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# $(call packages,NAMES): installs those Debian packages that are missing, or says which ones they are.
define packages
	missing=""; for name in $(1); do \
	  dpkg-query -W -f '$${Status}' $$name 2>/dev/null | grep -q "ok installed" || missing="$$missing $$name"; done; \
	if [ -n "$$missing" ]; then \
	  if ! command -v apt-get >/dev/null; then echo "Not a Debian system. Please install what Debian calls:$$missing"; \
	  else \
	    if [ "$$(id -u)" = 0 ]; then root=""; elif sudo -n true 2>/dev/null; then root="sudo -n"; \
	    else echo "Please run: sudo apt-get install$$missing"; exit 1; fi; \
	    echo "Installing system packages:$$missing"; \
	    $$root apt-get update -qq && \
	    $$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	  fi; fi
endef

# $(call timed,SENTENCE,COMMAND)
define timed
	@echo "$(1)"; start=$$SECONDS; $(2); echo "  done in $$((SECONDS - start)) s"
endef

.venv/.setup-stamp: pyproject.toml config/constraints.txt
	$(call timed,Looking for the system packages that the program needs.,$(call packages,$(RUN_PACKAGES)) || exit 1)
	$(call timed,Making a virtual environment in .venv.,$(make_venv))
	$(call timed,Installing PyTorch (the largest part).,$(PIP) torch || exit 1)
	$(call timed,Installing Whisper and all other libraries.,$(install_libraries))
	$(call timed,Installing AI Hear Voice itself.,$(PIP) --no-deps --no-build-isolation --editable . || exit 1)
	@touch $@
	@echo "Ready: make run, or $(BIN)/aihear --help"

define make_venv
	python=""; for try in 1 2; do \
	  for name in $(PYTHONS); do \
	    if $$name -c "$(FITS)" 2>/dev/null; then python=$$name; break 2; fi; done; \
	  $(call packages,$(PYTHON_PACKAGES)) || exit 1; done; \
	if [ -z "$$python" ]; then echo "Python 3.11, 3.12 or 3.13 is needed, with its venv module."; exit 1; fi; \
	$$python -m venv .venv || exit 1
endef

define install_libraries
	$(BIN)/python -c "import tomllib; \
	project = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
	wanted = project['dependencies'] + project['optional-dependencies']['bench']; \
	print(*(d for d in wanted if not d.startswith(('openai-whisper', 'panphon'))), sep='\n')" > .venv/needed.txt || exit 1; \
	$(PIP) hatchling editables $(WHISPER_NEEDS) -r .venv/needed.txt || exit 1; \
	$(PIP) --no-deps $(ALONE) || exit 1; \
	$(PIP) --no-deps --only-binary :all: $(COACH) || echo "  left out: $(COACH), which has no wheel for this computer"
endef

.venv/.setup-dev-stamp: .venv/.setup-stamp
	$(call timed,Installing the tools for tests and checks.,$(PIP) mypy pyopen-wakeword pytest pytest-timeout pytest-xdist ruff scikit-learn \
		sentencepiece || exit 1)
	@touch $@

setup-test: setup-dev
	@$(call packages,$(TEST_PACKAGES) $(WAYLAND_TEST_PACKAGES))
