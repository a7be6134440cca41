// Runs a command and prints the most memory it held, in KiB, in the line `peak N`; its output goes nowhere.
//
// In: the command and its arguments. Out: that line, and the command's exit code. A program of its own, and a small
// one: on Linux what a process held before it became another counts for the other.
package main

import (
	"os"
	"runtime"
	"strconv"
	"syscall"
)

func main() {
	if len(os.Args) < 2 {
		os.Exit(2)
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		os.Exit(2)
	}
	child, err := os.StartProcess(os.Args[1], os.Args[1:], &os.ProcAttr{Files: []*os.File{null, null, null}})
	if err != nil {
		os.Exit(2)
	}
	state, err := child.Wait()
	if err != nil {
		os.Exit(2)
	}
	used, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		os.Exit(2)
	}
	peak := used.Maxrss
	if runtime.GOOS == "darwin" { // counts bytes
		peak /= 1024
	}
	os.Stdout.WriteString("peak " + strconv.FormatInt(peak, 10) + "\n")
	os.Exit(state.ExitCode())
}
