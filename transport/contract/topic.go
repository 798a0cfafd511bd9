package contract

import (
	"reflect"
	"strings"
)

// Topic describes a kind of fact that a module announces once it has happened. E is a plain value, like a request. Its
// shape only grows: who listens may be a release behind, and replays events that are days old.
type Topic[E any] struct {
	// Name is "<module>.<past participle>" in snake_case, unique in the binary.
	Name string
	// Schema counts the shapes E has had, from 1.
	Schema int
	// Key names what the fact is about. A subscriber gets the facts of one key one after the other.
	Key func(E) string
	// Version is the key's version that the change made. It grows with every fact of a key, whatever the topic, so a
	// projection can tell an old fact from a new one.
	Version func(E) int64
}

// Info returns the description without its types' names in the way.
func (t Topic[E]) Info() TopicInfo {
	return TopicInfo{Name: t.Name, Schema: t.Schema, Event: reflect.TypeFor[E]()}
}

// Fact returns what is announced when e has happened.
func (t Topic[E]) Fact(e E) Fact {
	return Fact{Topic: t.Name, Schema: t.Schema, Key: t.Key(e), Version: t.Version(e), Event: e}
}

// TopicInfo is a topic's description in a form that all topics share.
type TopicInfo struct {
	Name   string
	Schema int
	Event  reflect.Type
}

// Module returns the part of the name before the dot.
func (i TopicInfo) Module() string {
	module, _, _ := strings.Cut(i.Name, ".")
	return module
}

// AnyTopic is any Topic.
type AnyTopic interface{ Info() TopicInfo }

// Fact is something that has happened, on its way into the log of the module where it did.
type Fact struct {
	Topic   string
	Schema  int
	Key     string
	Version int64
	Event   any
}

// Subscriber is a module's named interest in topics, of other modules or its own. Every event of a topic is delivered
// to each of its subscribers by itself.
type Subscriber struct {
	// Name is "<module>.<what for>" in snake_case. Deliveries that wait carry it, so renaming it loses them.
	Name   string
	Topics []AnyTopic
	// Replayable says that old events may be handed over again on an operator's demand.
	Replayable bool
}

// Module returns the part of the name before the dot.
func (s Subscriber) Module() string {
	module, _, _ := strings.Cut(s.Name, ".")
	return module
}
