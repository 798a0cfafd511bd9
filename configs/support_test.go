package configs_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/configs"
)

// shop is the settings of a made-up module with every type a setting may have.
type shop struct {
	Title   string        `yaml:"title" help:"what the sign says"`
	Open    bool          `yaml:"open" help:"whether customers are let in"`
	Shelves int           `yaml:"shelves" help:"how many shelves there are"`
	Stock   int64         `yaml:"stock" help:"items in stock"`
	Tax     float64       `yaml:"tax" help:"part of the price that is tax"`
	Patient time.Duration `yaml:"patience" help:"how long a customer waits"`
	MaxBag  configs.Bytes `yaml:"max_bag" help:"largest bag that is handed out"`
	Goods   []string      `yaml:"goods" help:"what is sold"`
	Token   string        `yaml:"token" secret:"true" help:"opens the safe"`
	Door    door          `yaml:"door"`
	Ignored chan int      `yaml:"-"`
}

type door struct {
	Width  int      `yaml:"width" help:"in millimetres"`
	Spares []string `yaml:"spares" secret:"true" help:"spare keys"`
}

func newShop() *shop {
	return &shop{
		Title: "corner shop", Shelves: 4, Stock: 100, Tax: 0.19, Patient: 10 * time.Minute,
		MaxBag: 2 * configs.MiB, Goods: []string{"tea", "milk"}, Door: door{Width: 900},
	}
}

func (s *shop) Validate() error {
	var whole error
	if s.Open && s.Stock == 0 {
		whole = errors.New("an open shop needs stock")
	}
	return errors.Join(
		configs.Between("shelves", s.Shelves, 1, 64),
		configs.Between("patience", s.Patient, time.Second, time.Hour),
		configs.Between("max_bag", s.MaxBag, configs.KiB, 16*configs.MiB),
		configs.Between("door.width", s.Door.Width, 600, 2000),
		whole,
	)
}

// modules are the valid module names of the tests.
func modules() []string { return []string{"gateway", "order", "registry", "user"} }

// place is a folder that stands for a machine: a working directory, a home and an etc.
func place(t testing.TB) configs.Sources {
	t.Helper()
	root := t.TempDir()
	s := configs.Sources{
		Dir: filepath.Join(root, "work"), Etc: filepath.Join(root, "etc"),
		Env: []string{"HOME=" + filepath.Join(root, "home"), "PATH=/bin"}, KnownEnv: []string{"HOLON_ADMIN"},
	}
	require.NoError(t, os.Mkdir(s.Dir, 0o755))
	return s
}

// put writes a file below dir, with the folders it needs, and returns its path.
func put(t testing.TB, dir, path, text string) string {
	t.Helper()
	path = filepath.Join(dir, path)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

// faults takes the joined error of Load apart.
func faults(t testing.TB, err error) []*configs.Error {
	t.Helper()
	if err == nil {
		return nil
	}
	many, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "not a joined error: %v", err)
	var all []*configs.Error
	for _, err := range many.Unwrap() {
		var e *configs.Error
		require.ErrorAs(t, err, &e)
		all = append(all, e)
	}
	return all
}

// entry finds one line of the listing.
func entry(t testing.TB, l *configs.Loaded, key string) configs.Entry {
	t.Helper()
	for _, e := range l.Entries() {
		if e.Key == key {
			return e
		}
	}
	require.Fail(t, "no entry "+key)
	return configs.Entry{}
}
