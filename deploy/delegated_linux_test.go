package deploy_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// unitUser is a user and group of nobody's.
const unitUser = 10001

// unitAs is what the service manager does for the unit: it moves the process into
// the unit's group, which is delegated to the unit's user, and becomes the command.
var unitAs = fmt.Sprintf(`echo $$ >"$0/cgroup.procs"; exec setpriv --reuid %[1]d --regid %[1]d --clear-groups "$@"`, unitUser)

// TestDelegatedUnit: with in-subgroup pixelload makes a memory cgroup without
// root's rights, as the unit runs it; without, the kernel lets it make none.
func TestDelegatedUnit(t *testing.T) {
	const root = "/sys/fs/cgroup"
	controllers, err := os.ReadFile(root + "/cgroup.controllers")
	if err != nil || !strings.Contains(string(controllers), "memory") || os.Geteuid() != 0 {
		t.Skip("needs root, and a kernel whose memory controller is cgroup v2: make test-v2 brings one")
	}
	pixelload := built(t)
	state, err := os.MkdirTemp("", "pixelload-state-") // t.TempDir lies where another user cannot go
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(state) })
	if err := os.Chown(state, unitUser, unitUser); err != nil {
		t.Fatal(err)
	}
	slice := filepath.Join(root, fmt.Sprintf("pixelload-test-%d.slice", os.Getpid()))
	for _, test := range []struct {
		through []string
		want    string
	}{
		{[]string{"systemd/in-subgroup"}, "enforced, read from cgroup2"},
		{nil, "none can be enforced"},
	} {
		unit := delegated(t, root, slice)
		args := append([]string{"-c", unitAs, unit, "env", "HOME=/", "PIXELLOAD_STATE=" + state}, test.through...)
		out, _ := exec.Command("sh", append(args, pixelload, "doctor")...).CombinedOutput() // it lacks other things
		if !strings.Contains(string(out), test.want) {
			t.Errorf("through %q: want %q in\n%s", test.through, test.want, out)
		}
		if err := errors.Join(removed(filepath.Join(unit, "harness")), removed(unit), removed(slice)); err != nil {
			t.Error(err)
		}
	}
}

// delegated makes a group below a slice and hands it to the unit's user.
func delegated(t *testing.T, root, slice string) string {
	t.Helper()
	unit := filepath.Join(slice, "unit")
	err := errors.Join(enable(root), os.Mkdir(slice, 0o755), enable(slice), os.Mkdir(unit, 0o755))
	for _, name := range []string{"", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads"} {
		err = errors.Join(err, os.Chown(filepath.Join(unit, name), unitUser, unitUser))
	}
	if err != nil {
		t.Fatal(err)
	}
	return unit
}

func enable(dir string) error {
	return os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+memory +cpu"), 0)
}

// removed removes a group that may not have been made.
func removed(dir string) error {
	err := os.Remove(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
