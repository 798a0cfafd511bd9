// Package catalog holds the instances that one registry node knows of, modules and leases alike, numbers each change, and
// answers what changed since a number. It decides nothing: who lives and how they are, others tell it. It is also what
// lists, versions and the graph are read from.
package catalog
