package load

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// CPU is the processor time that the server has used, to 10 ms.
func (s *Server) CPU() (time.Duration, error) { return CPUOf(int(s.pid.Load())) }

// CPUOf is the processor time that a process has used, to 10 ms.
func CPUOf(pid int) (time.Duration, error) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, err
	}
	return cpuOf(data)
}

// OwnCPU is the processor time that this process has used.
func OwnCPU() time.Duration {
	var u syscall.Rusage
	// It fails only for a target that does not exist.
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// clockTicks is the unit of /proc/*/stat; Linux has it at 100 on every platform.
const clockTicks = 100

func cpuOf(stat []byte) (time.Duration, error) {
	// The second field is a name in parentheses and may hold anything.
	i := bytes.LastIndexByte(stat, ')')
	fields := strings.Fields(string(stat[i+1:]))
	if i < 0 || len(fields) < 13 {
		return 0, errors.New("unknown form of /proc stat")
	}
	var ticks uint64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseUint(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / clockTicks, nil
}

// RssAnon is the server's resident memory without mapped files, in bytes.
func (s *Server) RssAnon() (uint64, error) {
	data, err := os.ReadFile(s.proc("status"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			n, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return n << 10, err
		}
	}
	return 0, errors.New("no RssAnon in /proc status")
}

func (s *Server) proc(name string) string {
	return "/proc/" + strconv.FormatInt(s.pid.Load(), 10) + "/" + name
}
