// Package modulestest runs a module's tests on the real kernel, real storage and every way a call can travel. It is
// for tests only, and for what the module promises; rules inside a module are tested beside them.
package modulestest
