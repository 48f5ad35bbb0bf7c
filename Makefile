# Everything that is checked, by name. `make check` is what CI runs.

GO      ?= go
PKGS    ?= ./...
OUT     ?= .out
PARALLEL?= 2
# How long one fuzz target runs, how many kills one crash run makes, how long a soak lasts.
FUZZTIME?= 10m
KILLS   ?= 300
SOAK    ?= 2h

.PHONY: check test race generate fmt vet lint diff arch features features-check fuzz fuzz-short \
	crash crash-short soak yes alone cells cells-short bench bench-short clean

## check: everything, as CI does it
check: fmt vet lint diff race features-check fuzz-short crash-short bench-short

## test: all tests without the race detector
test:
	$(GO) test ./...

## race: all tests with the race detector
race:
	GOFLAGS='-p=$(PARALLEL) -race -timeout=20m' $(GO) test ./...

## generate: everything that is generated
generate:
	$(GO) generate $(PKGS)

## fmt: fails if a file is not formatted
fmt:
	@bad=$$(gofmt -l .); \
	if [ -n "$$bad" ]; then echo "not formatted:"; echo "$$bad"; exit 1; fi

vet:
	$(GO) vet $(PKGS)

## lint: staticcheck with all checks (package comments included: archtest asks for them), errcheck
lint:
	$(GO) tool staticcheck -checks 'all,-ST1000' $(PKGS)
	$(GO) tool errcheck -ignoretests $(PKGS)

## diff: generated files are what their generators make
diff: generate
	git diff --exit-code

## arch: the house rules as tests
arch:
	$(GO) test ./internal/archtest

$(OUT)/features.json: FORCE
	@mkdir -p $(OUT)
	$(GO) test -json ./e2e/... > $@ || { $(GO) run ./internal/featuretable -failures $@; exit 1; }
FORCE:

## features: docs/features.md anew from the tests that pass
features: $(OUT)/features.json
	$(GO) run ./internal/featuretable -results $(OUT)/features.json -spec docs/spec/features.md -out docs/features.md

## features-check: docs/features.md is what the tests prove
features-check: $(OUT)/features.json
	$(GO) run ./internal/featuretable -results $(OUT)/features.json -spec docs/spec/features.md -out docs/features.md -check

## fuzz: every fuzz target for FUZZTIME; fuzz-short: for a few seconds
fuzz:
	GO=$(GO) sh .ci/fuzz $(FUZZTIME)
fuzz-short:
	GO=$(GO) sh .ci/fuzz 5s

## crash: kill the server KILLS times under load; every acknowledged message must survive
crash:
	GO=$(GO) sh .ci/crash $(KILLS)
crash-short:
	GO=$(GO) sh .ci/crash 5

## soak: recorded chat against one server for SOAK
soak:
	$(GO) run ./bench replay --repeat-for $(SOAK)

$(OUT)/e2e.test: FORCE
	@mkdir -p $(OUT)
	$(GO) test -c -o $@ ./e2e

## yes: no end-to-end test of a row passes against a server that says yes and does nothing
yes: $(OUT)/e2e.test
	$(GO) run ./internal/cells -binary $(OUT)/e2e.test yes

## alone: each of those tests passes without its siblings
alone: $(OUT)/e2e.test
	$(GO) run ./internal/cells -binary $(OUT)/e2e.test alone

## cells: the same as yes, and the rows that rest on a policy cell fail when it is flipped; short: one cell of each policy row
cells: yes
	$(GO) run ./internal/cells -binary $(OUT)/e2e.test flips
cells-short: yes
	$(GO) run ./internal/cells -binary $(OUT)/e2e.test -short flips

## bench: the recorded chat whole, and the scenarios behind the published figures; long
BENCH = $(OUT)/bench --server $(OUT)/troupe
RESULT = --json bench/results/$(1).json --html bench/results/$(1).html
bench:
	@mkdir -p bench/results $(OUT)
	$(GO) build -o $(OUT)/bench ./bench
	$(GO) build -o $(OUT)/troupe ./cmd/troupe
	$(BENCH) replay $(call RESULT,replay)
	$(BENCH) messages $(call RESULT,messages)
	$(BENCH) livestream $(call RESULT,livestream)
	$(BENCH) livestream --rate 0 --linger 5ms $(call RESULT,livestream-full)
	$(BENCH) livestream --subscribers 15000 --rate 10 $(call RESULT,livestream-15000)
	$(BENCH) livestream --subscribers 15000 --rate 0 --linger 5ms $(call RESULT,livestream-15000-full)
	$(BENCH) smallgroups $(call RESULT,smallgroups)
	$(BENCH) joinstorm --tips-off $(call RESULT,joinstorm)
	$(BENCH) joinstorm --together $(call RESULT,joinstorm-together)
	$(BENCH) joinstorm --users 9000 --rate 3000 --background 5000 $(call RESULT,joinstorm-background)
	$(BENCH) reconnect $(call RESULT,reconnect-cut)
	$(BENCH) reconnect --way drain $(call RESULT,reconnect-drain)
	$(BENCH) slow $(call RESULT,slow)
	$(BENCH) slow --kind livestream $(call RESULT,slow-livestream)
	$(BENCH) mixed $(call RESULT,mixed)
	$(BENCH) idle $(call RESULT,idle)
	$(BENCH) idle --codec json $(call RESULT,idle-json)
	$(BENCH) idle --tls $(call RESULT,idle-tls)

## bench-short: each scenario for seconds; what is wrong counts, not what is slow
SHORT = $(BENCH) --json $(OUT)/short.json
# The last ones show that the judge can say no: a tampered run must fail.
bench-short:
	$(GO) build -o $(OUT)/bench ./bench
	$(GO) build -o $(OUT)/troupe ./cmd/troupe
	$(BENCH) replay --excerpts 4 --messages 150
	$(SHORT) livestream --subscribers 200 --duration 2s --warm-up 1s --floor 1s
	$(SHORT) livestream --subscribers 100 --duration 2s --warm-up 0 --floor 0 --rate 0 --codec json
	$(SHORT) livestream --subscribers 200 --duration 2s --warm-up 1s --floor 1s --processes 3
	$(SHORT) smallgroups --groups 200 --connections 200 --senders 20 --duration 2s --warm-up 1s --floor 1s
	$(SHORT) joinstorm --users 200 --background 100 --quiet 1s
	$(SHORT) joinstorm --users 200 --tips-off
	$(SHORT) joinstorm --users 200 --together
	$(SHORT) reconnect --connections 200 --group-size 20 --calm 1s
	$(SHORT) reconnect --connections 200 --group-size 20 --calm 1s --times 1 --way drain
	$(SHORT) slow --connections 30 --stall 5s --calm 1s
	$(SHORT) slow --connections 30 --stall 5s --calm 1s --kind livestream
	$(SHORT) mixed --connections 200 --groups 20 --largest 100 --duration 4s --wave 1s --share 0.2
	$(SHORT) idle --connections 200
	$(SHORT) idle --connections 100 --tls
	@for way in lost doubled changed swapped; do \
		if $(OUT)/bench replay --server $(OUT)/troupe --excerpts 1 --messages 20 --patience 2s --tamper $$way >$(OUT)/tamper.log 2>&1; \
		then echo "a run with $$way deliveries passed"; exit 1; fi; \
		grep -q '^bench: deliveries: ' $(OUT)/tamper.log || { cat $(OUT)/tamper.log; exit 1; }; \
		echo "$$way deliveries: noticed"; \
	done
	@if $(SHORT) livestream --subscribers 50 --duration 1s --warm-up 0 --floor 0 --processes 3 --tamper lost >$(OUT)/tamper.log 2>&1; \
		then echo "a run with a lost delivery in another process passed"; exit 1; fi; \
		grep -q '^bench: deliveries: 1 lost' $(OUT)/tamper.log || { cat $(OUT)/tamper.log; exit 1; }; \
		echo "a lost delivery in another process: noticed"

clean:
	rm -rf $(OUT) bin
