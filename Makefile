# MyStack: one command per need; the logic is in mystack/. `make help` lists the targets.
PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))
MYSTACK = @exec $(or $(PYTHON),$(error Python 3.11 or newer is needed, and none was found: install it, \
	or name one with PYTHON=/path/to/python3)) -m mystack.bootstrap
NEEDS_SQUAD = $(or $(SQUAD),$(error SQUAD= must name a file in SQuAD's format))
export PYTHONUTF8 = 1

.DEFAULT_GOAL := help
.PHONY: help run test test-containers test-openapi check bench bench-start load fuzz eval sync

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start a layer and its services: make run [LAYER=2] [PORT=8000] [DATA=folder]
	$(MYSTACK) --for '$(LAYER)' run $(LAYER) $(if $(PORT),--port '$(PORT)') $(if $(DATA),--data '$(DATA)')

test: ## Run the newest layer's tests, one layer's, or all: make test [LAYER=2] [ALL=1] [ARGS='-k upload']
	$(MYSTACK) --for all test $(LAYER) $(if $(filter-out 0,$(ALL)),--all) $(if $(ARGS),-- $(ARGS))

test-containers: export MYSTACK_CONTAINERS = 1
test-containers: ## Build and run the images: needs a Docker engine
	$(MYSTACK) --for all test containers

# layer2:begin
.PHONY: test-clients
test-clients: export MYSTACK_CLIENTS = 1
test-clients: ## Test clients of OpenAI's API, each in an environment of its own: make test-clients [ARGS='-k openai']
	$(MYSTACK) --for all test clients $(if $(ARGS),-- $(ARGS))

.PHONY: try-open-webui
try-open-webui: ## Drive Open WebUI on a running layer, with screenshots: make try-open-webui [PORT=8000]
	$(MYSTACK) --for all -m tests.clients.open_webui http://127.0.0.1:$(or $(PORT),8000)

# layer2:end
test-openapi: export MYSTACK_OPENAPI_CLIENTS = 1
test-openapi: ## Generate clients from /openapi.json and run them, and FastMCP on /mcp: needs npm
	$(MYSTACK) --for all test openapi_clients

# layer4:begin
.PHONY: test-airflow
test-airflow: export MYSTACK_AIRFLOW = 1
test-airflow: ## Run the DAGs under a real Airflow, in an environment of its own
	$(MYSTACK) --for all test airflow

# layer4:end
# layer5:begin
.PHONY: test-mlflow
test-mlflow: export MYSTACK_MLFLOW = 1
test-mlflow: ## Mirror runs to a real MLflow, in an environment of its own
	$(MYSTACK) --for all test mlflow

# layer5:end
check: ## Lint, format, types, import contracts, layers in step
	$(MYSTACK) --for all check

bench: ## Measure a layer's success metrics: make bench [LAYER=2]
	$(MYSTACK) --for all bench $(LAYER)

load: ## Overload test at three times a layer's capacity: make load [LAYER=3]
	$(MYSTACK) --for all load $(LAYER)

bench-start: ## Time a fresh clone until its first answer: make bench-start [LAYER=2]
	$(MYSTACK) --for all bench-start $(LAYER)

# layer2:begin
.PHONY: bench-embedder
bench-embedder: ## Compare embedding backends, speed and quality: make bench-embedder SQUAD=file
	$(MYSTACK) --for all -m benchmarks.embedder $(ARGS) $(NEEDS_SQUAD)

# layer2:end
# layer3:begin
.PHONY: bench-scale bench-peers
bench-scale: ## Measure search at up to 100,000 chunks, next to Qdrant: make bench-scale [ARGS='--draw docs/images']
	$(MYSTACK) --for all -m benchmarks.scale $(ARGS)

bench-peers: ## Compare with other systems: make bench-peers SQUAD=file [PDFS=folder] [ARGS='--rounds 2']
	$(MYSTACK) --for all -m benchmarks.peers $(ARGS) $(NEEDS_SQUAD) $(PDFS)

# layer3:end
# layer4:begin
.PHONY: chaos
chaos: ## Kill, forget and restart everything under 1,000 documents: make chaos [SEEDS=20] [DOCUMENTS=1000]
	CHAOS_SEEDS=$(or $(SEEDS),20) CHAOS_DOCUMENTS=$(or $(DOCUMENTS),1000) $(MYSTACK) --for test test 4 -- -s tests/chaos

# layer4:end
eval: ## Measure retrieval and citation quality on the golden set
	$(MYSTACK) --for all eval

fuzz: ## Fuzz every endpoint against its OpenAPI document: make fuzz [LAYER=2]
	$(MYSTACK) --for all fuzz $(LAYER)

sync: ## Carry an edited layer's files into the later layers
	$(MYSTACK) --for all layers sync
