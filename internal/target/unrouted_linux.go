package target

import "github.com/prometheus/procfs"

// unrouted is how often something in the process's network was to be sent where
// no route leads: OutNoRoutes and Ip6OutNoRoutes of /proc/PID/net/snmp and
// snmp6. False when the process has ended.
func unrouted(pid int) (attempts int, ok bool) {
	kernel, err := procfs.NewFS(proc)
	if err != nil {
		return 0, false
	}
	p, err := kernel.Proc(pid)
	if err != nil {
		return 0, false
	}
	four, err := p.Snmp()
	if err != nil || four.Ip.OutNoRoutes == nil {
		return 0, false
	}
	attempts = int(*four.Ip.OutNoRoutes)
	if six, err := p.Snmp6(); err == nil && six.Ip6.OutNoRoutes != nil { // none on a machine without IPv6
		attempts += int(*six.Ip6.OutNoRoutes)
	}
	return attempts, true
}
