# MyStack: one command per need; the logic is in mystack/. `make help` lists the targets.
PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))
MYSTACK = @exec $(or $(PYTHON),$(error Python 3.11 or newer is needed, and none was found: install it, \
	or name one with PYTHON=/path/to/python3)) -m mystack.bootstrap
NEEDS_SQUAD = $(or $(SQUAD),$(error SQUAD= must name a file in SQuAD's format))
export PYTHONUTF8 = 1

.DEFAULT_GOAL := help
.PHONY: help run test test-parts packages test-containers test-openapi check bench bench-start load fuzz eval sync

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start a layer and its services: make run [LAYER=2] [PORT=8000] [DATA=folder]
	$(MYSTACK) --for '$(LAYER)' run $(LAYER) $(if $(PORT),--port '$(PORT)') $(if $(DATA),--data '$(DATA)')

test: ## Run the newest layer's tests, one layer's, all, or a part of all: make test [LAYER=2] [ALL=1] [PART=layer5-1] [ARGS='-k upload']
	$(MYSTACK) --for all test $(LAYER) $(if $(filter-out 0,$(ALL)),--all) $(if $(PART),--part '$(PART)') $(if $(ARGS),-- $(ARGS))

test-parts: ## List the parts of all tests, for `make test PART=…`, the longest first
	$(MYSTACK) --for '' -m mystack.testing.parts

packages: ## Install what the tests need from Debian or Ubuntu: Chromium, docker-compose, HAProxy
	@.ci/packages

test-containers: export MYSTACK_CONTAINERS = 1
test-containers: ## Build and run the images: needs a Docker engine
	$(MYSTACK) --for all test containers

# layer2:begin
.PHONY: test-clients
test-clients: export MYSTACK_CLIENTS = 1
test-clients: ## Test clients of OpenAI's API, each in an environment of its own: make test-clients [ARGS='-k openai']
	$(MYSTACK) --for all test clients $(if $(ARGS),-- $(ARGS))

.PHONY: test-ocr
test-ocr: export MYSTACK_OCR = 1
test-ocr: ## Test the recognition of scans, with its libraries in a folder of their own
	$(MYSTACK) --for all test ocr $(if $(ARGS),-- $(ARGS))

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
.PHONY: test-ci test-mlflow
test-ci: export MYSTACK_ACT = 1
test-ci: ## Run the workflows' check job on this machine, and note what the others would do
	$(MYSTACK) --for all test workflows

test-mlflow: export MYSTACK_MLFLOW = 1
test-mlflow: ## Test with a real MLflow server, in an environment of its own
	$(MYSTACK) --for all test mlflow

.PHONY: monitor mlflow deploy
monitor: ## Watch a running layer with Prometheus and Alertmanager: make monitor [ARGS='--url …']
	$(MYSTACK) --for '' monitor $(ARGS)

mlflow: ## Run a local MLflow server, in an environment of its own
	$(MYSTACK) --for '' mlflow $(ARGS)

deploy: ## Deploy a commit without a gap, behind HAProxy: make deploy [REF=v5.1.0] [PORT=8000] [CONTRACT=1]
	$(MYSTACK) --for '' deploy $(REF) $(if $(PORT),--port '$(PORT)') $(if $(CONTRACT),--contract)

.PHONY: image scan publish staging test-staging staging-down release-notes release champion
LAYER_FOLDER = $(or $(wildcard layer$(LAYER)_*),$(error LAYER= must be the number of a layer))
COMPOSE ?= $(or $(shell command -v docker-compose),docker compose)
STAGING = $(COMPOSE) --project-name mystack-staging --profile layer5
image: ## Build a layer's image: make image LAYER=5
	docker build --file $(LAYER_FOLDER)/Dockerfile --tag mystack-layer$(LAYER) .

scan: ## Scan a layer's image for known vulnerabilities that have a fix: make scan LAYER=5
	@mkdir -p .mystack && docker save --output .mystack/image.tar mystack-layer$(LAYER)
	docker run --rm --volume '$(CURDIR)/.mystack/image.tar:/image.tar:ro' aquasec/trivy:0.72.0 \
		image --input /image.tar --ignore-unfixed --severity HIGH,CRITICAL --exit-code 1

publish: ## Push a layer's image: make publish LAYER=5 VERSION=v5.1.0, with REGISTRY, REGISTRY_USER and REGISTRY_TOKEN
	@printenv REGISTRY_TOKEN | docker login --username "$$REGISTRY_USER" --password-stdin "$${REGISTRY%%/*}"
	docker tag mystack-layer$(LAYER) "$$REGISTRY/mystack-layer$(LAYER):$(VERSION)"
	docker push "$$REGISTRY/mystack-layer$(LAYER):$(VERSION)"

staging: ## Start the newest layer with all its services in containers, and wait until they are healthy
	$(STAGING) up --detach --build --wait

test-staging: export MYSTACK_STAGING = 1
test-staging: ## Test a running layer from outside: make test-staging, with MYSTACK_URL and API_KEY
	$(MYSTACK) --for all test staging

staging-down: ## Stop what `make staging` started, and delete its data
	$(STAGING) down --volumes

release-notes: ## Print the notes of a release: make release-notes VERSION=v5.1.0
	@$(PYTHON) -m mystack.release_notes '$(VERSION)'

release: ## Create the release on GitHub: make release VERSION=v5.1.0, with GH_TOKEN
	@mkdir -p .mystack && $(PYTHON) -m mystack.release_notes '$(VERSION)' > .mystack/release-notes.md
	gh release create '$(VERSION)' --verify-tag --title '$(VERSION)' --notes-file .mystack/release-notes.md

champion: ## Measure this checkout and make it the champion at MYSTACK_URL
	$(MYSTACK) --for all -m mystack.champion

# layer5:end
# layer6:begin
.PHONY: test-ray models
test-ray: export MYSTACK_RAY = 1
test-ray: ## Test with the models in a real Ray Serve, in an environment of its own
	$(MYSTACK) --for all test ray

.PHONY: drills locust
drills: ## Break three instances of layer 6 under load, one fault at a time: make drills [ARGS='--rate 20']
	$(MYSTACK) --for all -m mystack.load.drills $(ARGS)

locust: ## Simulate users by Locust, in an environment of its own: make locust [ARGS='--host … --users 300']
	$(MYSTACK) --for '' -m mystack.load.locust $(ARGS)

models: ## Run a local server of models by Ray Serve, in an environment of its own: make models [ARGS='--replicas 2']
	$(MYSTACK) --for '' models $(ARGS)

# layer6:end
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
