# banshi 办事 — two commands matter: `make run` and `make test`.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# Each process of the tests has a PostgreSQL and a browser of its own.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 1); echo $$((n > 4 ? 4 : n)))

.PHONY: help run test check format bench support lock migration bundle browser clean

help: ## 显示可用的命令
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.installed bundle ## 安装、建库、部署示例并启动（Ctrl-C 结束，数据保留）
	@exec $(BIN)/banshi demo

test: $(VENV)/.installed bundle browser check ## 运行全部检查与测试（含浏览器）
	$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

check: $(VENV)/.installed ## 代码规范、类型与架构约束
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed ## 整理代码格式
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed ## 打印性能数据与比值
	$(BIN)/python -m tests.benchmarks

support: $(VENV)/.installed ## 由测试重新生成 BPMN 支持表 docs/bpmn-support.md
	$(BIN)/python -m tests.runtime.support

bundle: $(VENV)/.installed ## 打包浏览器端代码
	@$(BIN)/python web/build.py

# The browser tests need a Chromium and a Chinese font; Debian's packages bring both.
browser:
	@if ! command -v chromium >/dev/null || ! fc-list 2>/dev/null | grep -qi 'noto.*cjk'; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fontconfig >/dev/null; \
	  else echo '浏览器测试需要 chromium 与 fonts-noto-cjk：请先用系统的软件包管理器安装'; exit 1; fi; fi

lock: ## 重新锁定 Python 依赖（不含任何软件源地址）
	$(PYTHON) -m pip install -q uv
	uv pip compile -q pyproject.toml --extra dev --generate-hashes --no-header --universal --python-version 3.11 -o requirements.lock

migration: $(VENV)/.installed ## 按表的改动写下一个数据库迁移：make migration m="说明"
	$(BIN)/python -m engine.storage.revise "$(m)"

$(VENV)/.installed: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo '正在安装依赖……'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip -q
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

clean: ## 删除可重新生成的文件（不动数据）
	rm -rf $(VENV) web/node_modules api/static/dist build *.egg-info
