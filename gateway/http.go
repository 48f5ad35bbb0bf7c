package gateway

import (
	"encoding/json"
	"net/http"
	"net/http/pprof"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// socketPath is where clients upgrade.
const socketPath = "/ws"

// Handler serves clients: /ws, /healthz, /readyz and, unless the
// configuration says otherwise, /metrics.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(socketPath, s.serveSocket)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeStatus(w, http.StatusOK, statusBody{Status: "ok"})
	})
	mux.HandleFunc("GET /readyz", s.serveReady)
	if !s.edge.cfg.AdminOnlyMetrics {
		mux.Handle("GET /metrics", s.metricsHandler())
	}
	return mux
}

// AdminHandler serves operators on a listener of their own: /metrics, /healthz,
// /readyz and /debug/pprof/. It has no authentication.
func (s *Server) AdminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metricsHandler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeStatus(w, http.StatusOK, statusBody{Status: "ok"})
	})
	mux.HandleFunc("GET /readyz", s.serveReady)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

func (s *Server) metricsHandler() http.Handler {
	return promhttp.HandlerFor(s.deps.Gatherer, promhttp.HandlerOpts{})
}

// statusBody is the answer of /healthz and /readyz.
type statusBody struct {
	Status string `json:"status"`
	// Reason says why the server is not ready.
	Reason string `json:"reason,omitempty"`
	// Mode names a mode of reduced service (spec 19.15).
	Mode string `json:"mode,omitempty"`
}

func (s *Server) serveReady(w http.ResponseWriter, _ *http.Request) {
	body := statusBody{Status: "ready", Mode: s.deps.Mode()}
	switch err := s.deps.Ready(); {
	case s.draining.Load():
		body.Status, body.Reason = "not_ready", "draining"
	case err != nil:
		body.Status, body.Reason = "not_ready", err.Error()
	default:
		writeStatus(w, http.StatusOK, body)
		return
	}
	writeStatus(w, http.StatusServiceUnavailable, body)
}

func writeStatus(w http.ResponseWriter, status int, body statusBody) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
