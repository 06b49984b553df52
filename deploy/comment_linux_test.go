package deploy_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/pixeltales/pixelload/internal/needed"
)

const marker = "<!-- pixelload: check -->"

// gh stands for GitHub's program: it has the comments of a file, and keeps what
// is asked of it.
const gh = `#!/bin/sh
printf '%s ' "$@" >>asked
case $* in
*--paginate*) while [ "$1" != --jq ]; do shift; done; exec jq --raw-output "$2" comments.json ;;
esac
`

// TestGithubComment: of all comments that the workflows' common user wrote, ours
// is brought up to date, and where there is none it is made.
func TestGithubComment(t *testing.T) {
	needs(t, "jq")
	const others = `{"id": 1, "user": {"login": "github-actions[bot]"}, "body": "Coverage: 81 %"},
		{"id": 2, "user": {"login": "jo"}, "body": "` + marker + `\nmine"}`
	for comments, want := range map[string]string{
		`[` + others + `]`: "pr comment 7 --body-file comment.md",
		`[{"id": 3, "user": {"login": "github-actions[bot]"}, "body": "` + marker + `\nold"}, ` + others + `]`: "--method PATCH repos/pixeltales/app/issues/comments/3 --field body=@comment.md",
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{"gh": gh, "comments.json": comments, "summary.md": "## PASS\n"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		script, marked := commentStep(t)
		cmd := exec.Command("bash", "-ec", "mkdir run; mv summary.md run; "+script)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "GH_REPO=pixeltales/app", "PULL=7", "MARKER="+marked)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if asked := read(t, filepath.Join(dir, "asked")); !strings.Contains(asked, want) || strings.Contains(asked, "PATCH") != strings.Contains(want, "PATCH") {
			t.Errorf("it asks %q, want %q", asked, want)
		}
		if comment := read(t, filepath.Join(dir, "comment.md")); comment != marker+"\n## PASS\n" {
			t.Errorf("it writes %q", comment)
		}
	}
}

func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			needed.Skip(t, "%s is missing: install the package of that name", name)
		}
	}
}

// commentStep is the script that comments, and the marker that it is given.
func commentStep(t *testing.T) (script, marker string) {
	t.Helper()
	var w workflow
	if err := yaml.Unmarshal([]byte(read(t, githubFile)), &w); err != nil {
		t.Fatal(err)
	}
	for _, step := range w.Jobs["check"].Steps {
		if step.Name == "Comment" {
			return step.Run, step.Env["MARKER"]
		}
	}
	t.Fatal("no step comments")
	return "", ""
}

// TestGitlabNote: each push brings the one note up to date, and a refusal is told
// with what GitLab says of it.
func TestGitlabNote(t *testing.T) {
	needs(t, "jq", "curl")
	const others = `{"id": 1, "author": {"id": 5}, "body": "Coverage: 81 %"}, {"id": 2, "author": {"id": 6}, "body": "` + marker + `\nmine"}`
	for _, test := range []struct {
		notes, want string
		status      int
		says        string
	}{
		{`[` + others + `]`, "POST /projects/1/merge_requests/7/notes", 201, ""},
		{`[` + others + `, {"id": 3, "author": {"id": 5}, "body": "` + marker + `\nold"}]`, "PUT /projects/1/merge_requests/7/notes/3", 200, ""},
		{`[]`, "POST /projects/1/merge_requests/7/notes", 403, "insufficient_scope"},
	} {
		var wrote, body string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Header.Get("PRIVATE-TOKEN") != "secret":
				w.WriteHeader(http.StatusUnauthorized)
			case r.URL.Path == "/user":
				fmt.Fprint(w, `{"id": 5}`)
			case r.Method == http.MethodGet:
				fmt.Fprint(w, test.notes)
			default:
				data, _ := io.ReadAll(r.Body)
				wrote, body = r.Method+" "+r.URL.Path, string(data)
				w.WriteHeader(test.status)
				fmt.Fprint(w, `{"error": "`, test.says, `"}`)
			}
		}))
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "run"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "run/summary.md"), []byte("## PASS\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("bash", "-eo", "pipefail", "-c", scriptsOf(t)[gitlabFile+", pixelload:check, after_script"])
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "NO_PROXY=*", "PIXELLOAD_TOKEN=secret", "CI_API_V4_URL="+server.URL, "CI_PROJECT_ID=1", "CI_MERGE_REQUEST_IID=7")
		out, err := cmd.CombinedOutput()
		server.Close()
		var note struct{ Body string }
		if bad := json.Unmarshal([]byte(body), &note); bad != nil || note.Body != marker+"\n## PASS\n" || wrote != test.want {
			t.Errorf("it sends %s %q (%v), want %s: %s", wrote, note.Body, bad, test.want, out)
		}
		if failed := test.status >= 400; (err != nil) != failed || failed && !strings.Contains(string(out), test.says) || !failed && len(out) > 0 {
			t.Errorf("status %d: %v, %q", test.status, err, out)
		}
	}
}
