package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"holon/configs"
	"holon/modules"
)

// environment is what the program gets from outside, so that a test can be it.
type environment struct {
	in       io.Reader
	out, err io.Writer
	env      []string
}

// run executes a command line and returns the exit code.
func run(ctx context.Context, args []string, e environment) int {
	root := newRoot(e)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	text, code := explain(err)
	fmt.Fprintln(e.err, text)
	return code
}

func newRoot(e environment) *cobra.Command {
	root := &cobra.Command{
		Use:   "holon",
		Short: "a modular monolith in one binary that can be split out",
		Long: "holon runs the modules " + strings.Join(modules.Names(all()), ", ") + " in one process on embedded storage.\n" +
			"Start everything here with: holon run",
		SilenceErrors: true, SilenceUsage: true,
		Version: version,
		Args:    knownVerb,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetIn(e.in)
	root.SetOut(e.out)
	root.SetErr(e.err)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		newRun(e), newDescribe(e), newMembers(e), newServices(e), newWhyNotReady(e), newRegistry(e), newExplain(e), newDrain(e), newUndrain(e), newConfig(e), newOpenAPI(e), newEvents(e), newUser(e), newAPIKey(e), newRoutes(e), newRequests(e), newBackup(e), newRestore(e), newLogLevel(e), newHealth(e), newVersion(),
	)
	// Cobra adds these two when it runs; added now, their arguments are checked like everybody's.
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Args = knownVerb
		}
	}
	markUsage(root)
	return root
}

// markUsage makes every refusal of arguments a usage error, whichever command it comes from.
func markUsage(c *cobra.Command) {
	if args := c.Args; args != nil {
		c.Args = func(c *cobra.Command, given []string) error {
			if err := args(c, given); err != nil {
				return usage(c, err.Error())
			}
			return nil
		}
	}
	for _, child := range c.Commands() {
		markUsage(child)
	}
}

// knownVerb refuses a verb that a command does not have, with what was probably meant.
func knownVerb(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, child := range c.Commands() {
		names = append(names, child.Name())
	}
	text := fmt.Sprintf("unknown command %q for %q", args[0], c.CommandPath())
	if near := configs.Nearest(args[0], names); near != "" {
		text += fmt.Sprintf("  (did you mean %s?)", near)
	}
	return errors.New(text)
}

// flagError adds what was probably meant to a flag that does not exist.
func flagError(c *cobra.Command, err error) error {
	text := err.Error()
	if missing, ok := errors.AsType[*pflag.NotExistError](err); ok {
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := configs.Nearest(missing.GetSpecifiedName(), names); near != "" {
			text += fmt.Sprintf("  (did you mean --%s?)", near)
		}
	}
	return usage(c, text)
}

func usage(c *cobra.Command, text string) error {
	return &failure{code: exitUsage, text: strings.TrimSpace(text), next: c.CommandPath() + " --help"}
}
