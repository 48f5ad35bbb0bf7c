package load

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// Facts are what a figure is worth nothing without.
type Facts struct {
	Revision string `json:"revision"`
	Go       string `json:"go"`
	System   string `json:"system"`
	CPU      string `json:"cpu"`
	Cores    int    `json:"cores"`
	Memory   string `json:"memory"`
}

// Machine gathers the facts of this machine; what cannot be learned stays empty.
func Machine() Facts {
	return Facts{
		Revision: revision(), Go: runtime.Version(), Cores: runtime.NumCPU(),
		System: strings.TrimSpace(runtime.GOOS + " " + runtime.GOARCH + " " + firstLine("/proc/sys/kernel/osrelease")),
		CPU:    field("/proc/cpuinfo", "model name"), Memory: field("/proc/meminfo", "MemTotal"),
	}
}

// revision is that of the working directory; "+" says that it has changes.
func revision() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty=+", "--abbrev=12").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

func firstLine(path string) string {
	data, _ := os.ReadFile(path)
	line, _, _ := strings.Cut(string(data), "\n")
	return line
}

func field(path, name string) string {
	data, _ := os.ReadFile(path)
	for line := range strings.Lines(string(data)) {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
