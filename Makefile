# MyStack: one command per need; the logic is in mystack/. `make help` lists the targets.
PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))
MYSTACK = @exec $(or $(PYTHON),$(error Python 3.11 or newer is needed, and none was found: install it, \
	or name one with PYTHON=/path/to/python3)) -m mystack.bootstrap
export PYTHONUTF8 = 1

.DEFAULT_GOAL := help
.PHONY: help run test test-containers check bench bench-embedder bench-start bench-peers load fuzz eval sync

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start a layer here: make run [LAYER=2] [PORT=8000] [DATA=folder]
	$(MYSTACK) --for '$(LAYER)' run $(LAYER) $(if $(PORT),--port '$(PORT)') $(if $(DATA),--data '$(DATA)')

test: ## Run the newest layer's tests, one layer's, or all: make test [LAYER=2] [ALL=1] [ARGS='-k upload']
	$(MYSTACK) --for all test $(LAYER) $(if $(filter-out 0,$(ALL)),--all) $(if $(ARGS),-- $(ARGS))

test-containers: export MYSTACK_CONTAINERS = 1
test-containers: ## Build and run the images: needs a Docker engine
	$(MYSTACK) --for all test containers

check: ## Lint, format, types, import contracts, layers in step
	$(MYSTACK) --for all check

bench: ## Measure a layer's success metrics: make bench [LAYER=2]
	$(MYSTACK) --for all bench $(LAYER)

load: ## Overload a layer, and see what it refuses: make load [LAYER=3]
	$(MYSTACK) --for all load $(LAYER)

# layer2:begin
bench-embedder: ## What computes the vectors, how fast and how well: make bench-embedder SQUAD=file
	$(MYSTACK) --for all bench-embedder $(or $(SQUAD),$(error SQUAD= names a file in SQuAD's form))

# layer2:end
bench-start: ## Time a fresh clone until its first answer: make bench-start [LAYER=2]
	$(MYSTACK) --for all bench-start $(LAYER)

# layer3:begin
bench-peers: ## Beside what others use: make bench-peers SQUAD=file [PDFS=folder] [ARGS='--rounds 2']
	$(MYSTACK) --for all bench-peers $(ARGS) $(or $(SQUAD),$(error SQUAD= names a file in SQuAD's form)) $(PDFS)

# layer3:end
eval: ## Measure retrieval and citation quality on the golden set
	$(MYSTACK) --for all eval

fuzz: ## Ask every operation in ways that nobody meant: make fuzz [LAYER=2]
	$(MYSTACK) --for all fuzz $(LAYER)

sync: ## Carry an edited layer's files into the later layers
	$(MYSTACK) --for all layers sync
