package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"
	"syscall"

	"holon/modules/registry"
	"holon/transport/status"
	"holon/transport/web"
)

// fail answers in the place of the upstream. What that said is not passed on.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errHere) {
		if e := errandOf(r.Context()); h.serveHere(w.(*watched), e.in, e, e.body) {
			return
		}
		err = &errNobody{} // it has just stopped to take requests
	}
	nobody, isNobody := errors.AsType[*errNobody](err)
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	client, isClient := errors.AsType[*clientError](err)
	switch cause := context.Cause(r.Context()); {
	case tooLarge:
		web.WriteProblem(w, r, status.New(status.TooLarge, "", "the request body is over %s", h.route.MaxBody))
	case isClient && errors.Is(client.err, os.ErrDeadlineExceeded):
		web.WriteProblem(w, r, status.New(status.Malformed, "request_timeout", "the request body did not arrive in time"))
	case errors.Is(cause, errLate), errors.Is(cause, context.DeadlineExceeded):
		web.WriteProblem(w, r, status.New(status.DeadlineExceeded, "upstream_timeout", "service %s did not answer within %s: what was asked may be done",
			h.route.Name, h.route.Timeout))
	case cause != nil, errors.Is(err, context.Canceled):
		web.WriteProblem(w, r, status.New(status.Canceled, "", "the client went away"))
	case isClient:
		web.WriteProblem(w, r, status.New(status.Malformed, "", "the request body could not be read"))
	case isNobody && (nobody.last == nil || unreached(nobody.last)):
		why := h.service.none()
		if nobody.last != nil {
			why = "none of its instances can be reached: " + reason(nobody.last)
		}
		web.WriteProblem(w, r, status.New(status.Unavailable, "service_unavailable", "service %s cannot be asked: %s", h.route.Name, why).
			With(status.DetailRetryAfter, "1"))
	case errors.Is(err, errUnasked):
		web.WriteRefusal(w, r, http.StatusBadGateway, "bad_gateway", "service "+h.route.Name+" changed to another protocol, which nobody had asked for")
	default:
		h.log.DebugContext(r.Context(), "upstream failed", "route", h.route.Name, "err", err)
		web.WriteRefusal(w, r, http.StatusBadGateway, "bad_gateway", "service "+h.route.Name+" broke off before it had answered: what was asked may be done")
	}
}

// none says why there is no instance.
func (s *Service) none() string {
	if why := s.members.Load().why; why != "" {
		return why
	}
	return "it has no instance"
}

// unreached reports whether an error came before anything was sent.
func unreached(err error) bool {
	if _, refused := errors.AsType[errRefused](err); refused {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial" || insecure(err)
}

// insecure reports whether there was no agreement on how to speak securely, before anything was sent.
func insecure(err error) bool {
	_, badCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	_, alert := errors.AsType[tls.AlertError](err)
	return badCertificate || noTLS || alert
}

// reason is why an instance was not reached, in words that name no address.
func reason(err error) string {
	var timeout interface{ Timeout() bool }
	_, noName := errors.AsType[*net.DNSError](err)
	refused, isRefused := errors.AsType[errRefused](err)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case insecure(err):
		return "no agreement on TLS, or its certificate is not good"
	case isRefused:
		return refused.why
	case errors.Is(err, registry.ErrElsewhere):
		return registry.ErrElsewhere.Error()
	case noName:
		return "its name is not known"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer to the attempt to connect"
	default:
		return "no connection"
	}
}
