# make run · make test · make check · make bench · make lock · make clean
# Needs Python 3.11, make and a shell; everything else is installed into .venv.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test check bench lock clean chromium

PY := .venv/bin/python
PYTHON_HINT := 需要 Python 3.11（Debian 12：apt-get install python3 python3-venv）。Python 3.11 is required.

# $(call install,run) installs requirements/run.txt unless the very same lock is installed already.
# The wider set (dev) serves the narrower one (run) too.
define install
	@set -e; \
	want=$$(cat requirements/$(1).txt | sha256sum | cut -d' ' -f1); \
	have=$$(cat .venv/installed-$(1) 2>/dev/null || true); \
	if [ "$$want" != "$$have" ] || ! $(PY) -c '' 2>/dev/null; then \
	  python=; \
	  for name in python3.11 python3 python; do \
	    if command -v $$name >/dev/null 2>&1 && $$name -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then python=$$name; break; fi; \
	  done; \
	  if [ -z "$$python" ]; then echo "$(PYTHON_HINT)" >&2; exit 1; fi; \
	  if ! $(PY) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then \
	    if ! $$python -c 'import ensurepip' 2>/dev/null; then \
	      echo "Python 缺少 venv 组件，请先安装：apt-get install python3-venv。(ensurepip is missing: install python3-venv.)" >&2; exit 1; \
	    fi; \
	    echo "创建 .venv ……"; rm -rf .venv; $$python -m venv .venv; \
	  fi; \
	  echo "安装依赖（requirements/$(1).txt）……"; \
	  $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/$(1).txt; \
	  echo "$$want" > .venv/installed-$(1); \
	fi
endef

help: ## 列出命令
	@echo "make run    启动平台（PORT=9000 make run 换端口；Ctrl-C 停止）"
	@echo "make test   安装所需并运行全部测试"
	@echo "make check  静态检查：ruff、mypy、import-linter、djlint、迁移、OpenAPI 等"
	@echo "make bench  基准测试，结果写入 bench/results.json"
	@echo "make lock   重新生成 requirements/*.txt"
	@echo "make clean  删除缓存（保留 .venv 与 var 数据）"

run:
	$(call install,run)
	@exec $(PY) -m config.supervisor

test: chromium
	$(call install,dev)
	@exec $(PY) -m pytest $(ARGS)

check:
	$(call install,dev)
	@exec $(PY) -m config.checks

bench:
	$(call install,dev)
	@exec $(PY) -m bench $(ARGS)

chromium:
	@set -e; \
	for name in chromium chromium-browser google-chrome google-chrome-stable; do \
	  if command -v $$name >/dev/null 2>&1; then exit 0; fi; \
	done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  echo "安装 Chromium ……"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null; \
	else \
	  echo "浏览器测试需要 Chromium，请先安装：apt-get install chromium fonts-noto-cjk。(Chromium is missing.)" >&2; exit 1; \
	fi

# Locked for 3.11.0: later 3.11 need nothing more, and Debian 12 has 3.11.2, for which redis asks for one package more.
# The three locks agree with each other: base first, the others constrained by it. No host may stand in them.
COMPILE := $(PY) -m uv pip compile pyproject.toml --quiet --python-version 3.11.0 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-header

lock:
	$(call install,dev)
	$(COMPILE) -o requirements/base.txt
	$(COMPILE) --group embedded -c requirements/base.txt -o requirements/run.txt
	$(COMPILE) --group embedded --group dev -c requirements/base.txt -o requirements/dev.txt

clean: ## 数据与虚拟环境不动
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-output
	find . -name __pycache__ -type d -not -path './.venv/*' -exec rm -rf {} +
