package checkout

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/needed"
)

// wheel writes a package named kettle into dir, as pip installs it.
func wheel(t *testing.T, dir string) {
	t.Helper()
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	for name, text := range map[string]string{
		"kettle.py":                     "BOILS = True\n",
		"kettle-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: kettle\nVersion: 1.0\n",
		"kettle-1.0.dist-info/WHEEL":    "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
		"kettle-1.0.dist-info/RECORD":   "",
	} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "kettle-1.0-py3-none-any.whl"), packed.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEnvironmentIsMadeOnce, without a registry: the package lies beside.
func TestEnvironmentIsMadeOnce(t *testing.T) {
	if out, err := exec.Command("python3", "-c", "import venv, ensurepip").CombinedOutput(); err != nil {
		needed.Skip(t, "python3 makes no environments: %v: %s", err, out)
	}
	packages, home := t.TempDir(), t.TempDir()
	wheel(t, packages)
	dir := tree(t, map[string]string{
		"requirements.txt": "--no-index\n--find-links " + packages + "\nkettle==1.0\n",
		"wrong.txt":        "--no-index\nteapot==1.0\n",
	})
	ctx := context.Background()
	var said strings.Builder
	python, err := environment(ctx, home, filepath.Join(dir, "requirements.txt"), &said)
	if err != nil {
		t.Fatalf("%v\n%s", err, &said)
	}
	if out, err := exec.Command(python, "-c", "import kettle; print(kettle.BOILS)").CombinedOutput(); err != nil || string(out) != "True\n" {
		t.Errorf("%v: %s", err, out)
	}
	if !strings.Contains(said.String(), "Successfully installed kettle-1.0") {
		t.Errorf("pip is not heard: %s", &said)
	}
	kept := filepath.Join(filepath.Dir(filepath.Dir(python)), "requirements.txt")
	if info, err := os.Stat(kept); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%s, which may hold an index's password: %v, %v; want mode 0600", kept, info, err)
	}
	said.Reset()
	if again, err := environment(ctx, home, filepath.Join(dir, "requirements.txt"), &said); err != nil || again != python || said.Len() > 0 {
		t.Errorf("made again: %s, %v: %s", again, err, &said)
	}
	// One that was not finished is begun anew.
	if err := os.Remove(filepath.Join(filepath.Dir(filepath.Dir(python)), whole)); err != nil {
		t.Fatal(err)
	}
	if _, err := environment(ctx, home, filepath.Join(dir, "requirements.txt"), &said); err != nil || said.Len() == 0 {
		t.Errorf("half an environment was taken: %v", err)
	}
	_, err = environment(ctx, home, filepath.Join(dir, "wrong.txt"), &said)
	if err == nil || !strings.Contains(err.Error(), "teapot") || !strings.Contains(err.Error(), "--app-python") {
		t.Errorf("error %v, want one that names the package and the way out", err)
	}
	if left, _ := filepath.Glob(filepath.Join(home, "*", "bin")); len(left) != 1 {
		t.Errorf("environments %v, want the one that was made", left)
	}
}

// TestPipSeesNoSecrets: what pip installs may run code of its own, with the
// variables that pip has.
func TestPipSeesNoSecrets(t *testing.T) {
	passed := map[string]string{
		"PIP_INDEX_URL": "https://packages.example", "HTTPS_PROXY": "http://proxy.example", "no_proxy": "a.example",
		"SSL_CERT_FILE": "/ca", "REQUESTS_CA_BUNDLE": "/ca", "XDG_CACHE_HOME": "/cache", "SSH_AUTH_SOCK": "/agent", "CFLAGS": "-O2",
	}
	kept := map[string]string{"PIXELLOAD_TOKEN": "s3", "PIXELTALES_SECRET_KEY": "s3", "AWS_SECRET_ACCESS_KEY": "s3", "GITHUB_TOKEN": "s3", "PYTHONPATH": "/x"}
	for _, all := range []map[string]string{passed, kept} {
		for name, value := range all {
			t.Setenv(name, value)
		}
	}
	env := pipEnv()
	for name, value := range passed {
		if !slices.Contains(env, name+"="+value) {
			t.Errorf("pip misses %s", name)
		}
	}
	for name, value := range kept {
		if slices.Contains(env, name+"="+value) {
			t.Errorf("pip sees %s", name)
		}
	}
}
