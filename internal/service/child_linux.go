package service

import "syscall"

// dieWithParent has the kernel signal the child when its parent dies: prctl(2),
// PR_SET_PDEATHSIG.
func dieWithParent(attr *syscall.SysProcAttr, death syscall.Signal) {
	attr.Pdeathsig = death
}
