# Thin on purpose: each target brings the checkout's own Python up to date (nothing to do when nothing changed) and hands
# over to tools/. PYTHON is any Python from 3.11 on; ARGS goes to the program that a target runs, e.g. ARGS=--diff.
STACK ?= dev
PYTHON ?= python3
ARGS ?=
ON ?= sandbox
COMMAND ?= preview

run = @$(PYTHON) -m tools.setup && .venv/bin/python -m tools
stack = --stack $(STACK)

.DEFAULT_GOAL := help
.PHONY: help up preview refresh destroy down status env logs image check test bench docs report report-summary report-comment aws lock

help: ## list the targets, a line each
	@echo 'make TARGET [STACK=dev|prod]'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1	\2/p' Makefile | expand -t 18

up: ## create or change the stack, in an AWS account that lives in this checkout
	$(run) up $(stack) $(ARGS)

preview: ## show what `make up` would do
	$(run) preview $(stack) $(ARGS)

refresh: ## find what was changed in the account behind Pulumi's back
	$(run) refresh $(stack) $(ARGS)

destroy: ## delete the stack's resources, and show what remains
	$(run) destroy $(stack) $(ARGS)

down: ## stop the sandbox and forget it
	$(run) down

status: ## what runs and what is deployed
	$(run) status

env: ## what a shell needs to reach the sandbox: eval "$(make -s env)"
	$(run) env $(stack)

logs: ## the account's last requests, and the last engine run again
	$(run) logs

image: ## age of each stack's Amazon Linux release; raise it with RELEASE=newest; ask AWS itself with AWS=1
	$(run) image $(stack) $(if $(RELEASE),--release $(RELEASE)) $(if $(AWS),--aws)

check: ## format, lint, types
	$(run) check

test: ## every test
	$(run) test $(ARGS)

bench: ## the figures of time, memory and calls
	$(run) bench $(ARGS)

docs: ## the pages and the picture in docs/ that are made from the code and from the deployed dev
	$(run) docs

report: ## preview for a pull request, into a file; of AWS with ON=aws
	$(run) report $(stack) --on $(ON) $(ARGS)

report-summary: ## the reports as Markdown
	@$(PYTHON) -m tools.report summary

report-comment: ## the reports as the pull request's one comment; needs no set-up
	@$(PYTHON) -m tools.report comment

aws: ## plain pulumi on your own AWS account and backend: COMMAND=preview|up
	$(run) aws $(stack) --run $(COMMAND) $(ARGS)

lock: ## pin the requirements anew, after a change of a requirements*.in
	$(run) lock
