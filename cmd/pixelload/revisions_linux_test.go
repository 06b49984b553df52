package main

import (
	"cmp"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/checkout/stranger"
	"github.com/pixeltales/pixelload/internal/compare"
	"github.com/pixeltales/pixelload/internal/needed"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// leak keeps 2 MiB each time somebody opens the notification socket, as every
// visit does once.
const leak = `

_kept = []


class LeakingConsumer(NotificationConsumer):
    async def connect(self):
        _kept.append(b"x" * (2 << 20))
        await super().connect()


NotificationConsumer = LeakingConsumer
`

// harmless is more code and a table, and keeps nothing of a visit.
const harmless = `

_GREETINGS = {n: "hello " * (n % 7) for n in range(2000)}


def greeting(user):
    """What the socket could say when it opens."""
    return _GREETINGS[user.id % len(_GREETINGS)]
`

// theirApp is a stranger's repository with the branches main, harmless and leak.
func theirApp(t *testing.T) (dir string, git func(args ...string) string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		needed.Skip(t, "git is not here")
	}
	dir = filepath.Join(t.TempDir(), "their-tales")
	app, err := stranger.Make("../../reference", dir)
	if err != nil {
		t.Fatal(err)
	}
	git = func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=Ink", "-c", "user.email=ink@load.test"}, args...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	for name, code := range map[string]string{"leak": leak, "harmless": harmless} {
		git("checkout", "--quiet", "-b", name, "main")
		file, err := os.OpenFile(filepath.Join(app.Backend, "tales", "consumers", "notifications.py"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteString(code); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		git("commit", "--quiet", "--all", "--message", name)
	}
	git("checkout", "--quiet", "main")
	return dir, git
}

// asTheirs are the flags by which the stranger runs in the reference's environment.
func asTheirs(t *testing.T, dir string) []string {
	t.Helper()
	python, err := filepath.Abs("../../reference/.venv/bin/python")
	if err != nil {
		t.Fatal(err)
	}
	return []string{"--app", dir, "--app-python", python}
}

func comparison(t *testing.T, dir string) compare.Comparison {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "compare.json"))
	if err != nil {
		t.Fatal(err)
	}
	var c compare.Comparison
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// theirState is what a comparison may not change of the checkout.
func theirState(git func(...string) string) string {
	return git("for-each-ref") + git("status", "--porcelain", "--ignored") + git("worktree", "list")
}

// Both revisions are prepared, from files that only their owner can read, and
// nothing is left behind: of a comparison that is killed meanwhile, of one that
// is interrupted before its first trial has ended, and of one whose second
// revision cannot be prepared when the first has a database cluster already.
func TestComparePrepares(t *testing.T) {
	long(t)
	census(t)
	app, git := theirApp(t)
	git("checkout", "--quiet", "-b", "broken", "main")
	git("rm", "--quiet", git("ls-files", "*manage.py"))
	git("commit", "--quiet", "--message", "broken")
	git("checkout", "--quiet", "main")
	before := theirState(git)
	compareWith := func(other string, more ...string) *program {
		return pixelload(t, slices.Concat([]string{"compare", "main", other, "--out", filepath.Join(t.TempDir(), "run")}, more, asTheirs(t, app))...)
	}

	killed := compareWith("leak")
	killed.until(t, "preparing leak")
	trees, err := filepath.Glob(filepath.Join(scratchFolder, "pixelload-*-compare-*"))
	if err != nil || len(trees) != 1 {
		t.Fatalf("work trees %v, %v; want one folder", trees, err)
	}
	if info, err := os.Stat(trees[0]); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v; want a folder that others cannot enter", info.Mode(), err)
	}
	killed.Process.Kill()
	killed.Wait()

	interrupted := compareWith("leak")
	interrupted.until(t, "round 1: ")
	interrupted.Process.Signal(syscall.SIGINT)
	interrupted.expectExit(t, exitInterrupted)
	if !strings.Contains(interrupted.stderr.String(), "removed path "+trees[0]) {
		t.Errorf("nothing was removed of the one that was killed:\n%s", &interrupted.stderr)
	}

	broken := compareWith("broken", "--variant", "postgres")
	broken.expect(t, exitBadInput)
	if said := broken.stderr.String(); !strings.Contains(said, "broken: ") || !strings.Contains(said, "manage.py") || strings.Contains(said, "left behind") {
		t.Errorf("it said:\n%s", said)
	}
	if after := theirState(git); after != before {
		t.Errorf("the checkout was\n%s\nand is\n%s", before, after)
	}
}

// One round of short trials tells nothing, and everything about it holds: both
// revisions ran, visits were counted, what the run files say is what was said,
// and nothing is left behind.
func TestLongRevisions(t *testing.T) {
	long(t)
	census(t)
	app, git := theirApp(t)
	before := theirState(git)
	out := filepath.Join(t.TempDir(), "run")
	p := pixelload(t, append([]string{"compare", "main", "leak", "--rounds", "1", "--visits", "2", "--users", "1", "--out", out, "--format", "json"}, asTheirs(t, app)...)...)
	p.expect(t, verdict.ExitInconclusive)
	c := comparison(t, out)
	if !c.Paired || len(c.Phases) != 3 || c.A.Target.Name != "their-tales" || c.A.Target.Ref == c.B.Target.Ref || c.B.Name != "leak" {
		t.Errorf("paired %v, %d phases, %+v and %+v", c.Paired, len(c.Phases), c.A.Target, c.B.Target)
	}
	for _, phase := range c.Phases {
		if phase.A == nil || phase.B == nil {
			t.Errorf("%s: no figure: %q", phase.Phase, phase.Reasons)
		}
		for _, reason := range phase.Reasons {
			if strings.Contains(reason, "visits came to their end") {
				t.Errorf("%s: %s", phase.Phase, reason)
			}
		}
	}
	if kept, _ := os.ReadFile(filepath.Join(out, "compare.json")); p.stdout.String() != string(kept) {
		t.Error("stdout and compare.json differ")
	}
	again := pixelload(t, "compare", filepath.Join(out, "a"), filepath.Join(out, "b"), "--format", "json")
	again.expect(t, verdict.ExitInconclusive)
	var second compare.Comparison
	if err := json.Unmarshal([]byte(again.stdout.String()), &second); err != nil || second.Phases[2].B.Bytes != c.Phases[2].B.Bytes {
		t.Errorf("from the run files: %+v, %v; want the same as before", second.Phases, err)
	}
	if after := theirState(git); after != before {
		t.Errorf("the checkout was\n%s\nand is\n%s", before, after)
	}
}

// TestLongCompareTells: a commit that leaks 2 MiB a visit is found and a harmless
// one is not, each as often as PIXELLOAD_COMPARES says (default 1), and no
// comparison takes more than 20 minutes. make test-compare does three of each.
func TestLongCompareTells(t *testing.T) {
	long(t)
	census(t)
	app, _ := theirApp(t)
	times, err := strconv.Atoi(cmp.Or(os.Getenv("PIXELLOAD_COMPARES"), "1"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range times {
		seed := strconv.Itoa(n + 1)
		for branch, want := range map[string]int{"leak": verdict.ExitFail, "harmless": verdict.ExitPass} {
			out := filepath.Join(t.TempDir(), branch+seed)
			began := time.Now()
			p := pixelload(t, append([]string{"compare", "main", branch, "--seed", seed, "--out", out}, asTheirs(t, app)...)...)
			p.expect(t, want)
			t.Logf("seed %s, took %v\n%s", seed, time.Since(began).Round(time.Second), &p.stdout)
			if took := time.Since(began); took > 20*time.Minute {
				t.Errorf("%s took %v, want 20 minutes at most", branch, took)
			}
		}
	}
}
