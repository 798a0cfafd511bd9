package backup_test

import "syscall"

func mount(dir, options string) error { return syscall.Mount("holon-test", dir, "tmpfs", 0, options) }

func unmount(dir string) error { return syscall.Unmount(dir, 0) }
