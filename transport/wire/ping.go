package wire

import "time"

// watch ends a link whose peer is silent or takes nothing. A peer that dies says nothing, and a network that drops
// everything looks the same as one where nobody speaks.
func (l *link) watch() {
	timer := time.NewTimer(l.limits.Quiet)
	defer timer.Stop()
	var pinged time.Duration // when, 0 for not since the peer was heard
	var number uint64
	wake := time.Since(l.epoch) + l.limits.Quiet
	for {
		select {
		case <-timer.C:
		case <-l.gone:
			return
		}
		l.out.rest()
		now, heard := time.Since(l.epoch), time.Duration(l.heard.Load())
		asleep := now-wake > l.limits.Answer/2
		switch {
		case l.out.stalled() > l.limits.Quiet+l.limits.Answer && !asleep:
			l.fail(refuse(reasonStalled, "a write took longer than %s", l.limits.Quiet+l.limits.Answer))
			return
		case now-heard < l.limits.Quiet:
			pinged, wake = 0, heard+l.limits.Quiet
		case pinged > heard && now-pinged >= l.limits.Answer && !asleep:
			l.fail(refuse(reasonSilent, "nothing heard for %s", (now - heard).Round(time.Millisecond)))
			return
		default: // also when this process itself was stopped for a while: the answer may lie unread
			number++
			l.out.post(kindPing, number, nil)
			pinged, wake = now, now+l.limits.Answer
		}
		timer.Reset(wake - now)
	}
}
