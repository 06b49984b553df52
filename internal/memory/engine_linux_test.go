package memory

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/pixeltales/pixelload/internal/needed"
)

// These tests run against the Docker engine of DOCKER_HOST or the default
// socket. Their image holds the hog and nothing else; nothing is pulled.

// dockerEngine returns a client of the engine; the test is skipped where none
// answers.
func dockerEngine(t testing.TB) *client.Client {
	t.Helper()
	api, err := client.New(client.FromEnv)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { api.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := api.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		needed.Skip(t, "no Docker engine answers: %v", err)
	}
	if err := importImage(api, builtHog(t)); err != nil {
		t.Fatal(err)
	}
	return api
}

var (
	image    = fmt.Sprintf("pixelload-test-hog:%d", os.Getpid())
	imported sync.Once
	importEr error
)

func importImage(api *client.Client, path string) error {
	imported.Do(func() {
		importEr = func() error {
			program, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			var layer bytes.Buffer
			w := tar.NewWriter(&layer)
			err = w.WriteHeader(&tar.Header{Name: "hog", Mode: 0o755, Size: int64(len(program))})
			if err == nil {
				_, err = w.Write(program)
			}
			if err := errors.Join(err, w.Close()); err != nil {
				return err
			}
			answer, err := api.ImageImport(context.Background(), client.ImageImportSource{Source: &layer, SourceName: "-"},
				image, client.ImageImportOptions{Changes: []string{`ENTRYPOINT ["/hog"]`}})
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, answer)
			return errors.Join(err, answer.Close())
		}()
	})
	return importEr
}

func removeImage() {
	api, err := client.New(client.FromEnv)
	if err != nil {
		return
	}
	defer api.Close()
	_, _ = api.ImageRemove(context.Background(), image, client.ImageRemoveOptions{Force: true}) // there may be none
}

// A box is a container made for a test.
type box struct {
	api  *client.Client
	name string
}

// newBox starts a container under 64 MiB that runs the hog.
func newBox(t testing.TB, policy container.RestartPolicy, args string) *box {
	t.Helper()
	b := &box{api: dockerEngine(t), name: fmt.Sprintf("pixelload-test-%d-%d", os.Getpid(), time.Now().UnixNano())}
	b.start(t, policy, args)
	t.Cleanup(func() { b.remove(t) })
	return b
}

func (b *box) start(t testing.TB, policy container.RestartPolicy, args string) {
	t.Helper()
	_, err := b.api.ContainerCreate(t.Context(), client.ContainerCreateOptions{
		Name: b.name,
		Config: &container.Config{
			Image: image, Cmd: strings.Fields(args), Env: []string{"TOKEN=canary"},
			OpenStdin: true, Labels: map[string]string{"com.docker.compose.service": b.name + "-service"},
		},
		HostConfig: &container.HostConfig{
			NetworkMode: "none", RestartPolicy: policy,
			Resources: container.Resources{Memory: 64 * MiB, MemorySwap: 64 * MiB},
		},
	})
	if err == nil {
		_, err = b.api.ContainerStart(t.Context(), b.name, client.ContainerStartOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (b *box) remove(t testing.TB) {
	t.Helper()
	_, err := b.api.ContainerRemove(context.Background(), b.name, client.ContainerRemoveOptions{Force: true})
	if err != nil && !strings.Contains(err.Error(), "No such container") { // a test may have removed it
		t.Error(err)
	}
}

// tell lets the hog pass one "stdin".
func (b *box) tell(t testing.TB) {
	t.Helper()
	stream, err := b.api.ContainerAttach(t.Context(), b.name, client.ContainerAttachOptions{Stream: true, Stdin: true})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	if _, err := stream.Conn.Write([]byte("go\n")); err != nil {
		t.Fatal(err)
	}
}

// both are the two ways to read a container: its cgroup, and the engine.
var both = map[string]func(ctx context.Context, o DockerOptions) (Source, error){
	"cgroup": func(ctx context.Context, o DockerOptions) (Source, error) {
		src, err := OpenDocker(ctx, o)
		if err == nil && src.Name() == "docker" {
			return nil, errors.Join(errors.New("the cgroup of a local container was not found"), src.Close())
		}
		return src, err
	},
	"engine": func(ctx context.Context, o DockerOptions) (Source, error) { return openEngine(ctx, o) },
}

func (b *box) open(t testing.TB, how string) Source {
	t.Helper()
	return open(t, func(name string) (Source, error) {
		return both[how](t.Context(), DockerOptions{Container: name})
	}, b.name)
}

// The cgroup, the engine and `docker stats` say the same at the same time.
func TestDockerEqualsCgroup(t *testing.T) {
	b := newBox(t, container.RestartPolicy{}, "touch 40")
	files, api := b.open(t, "cgroup"), b.open(t, "engine")
	var direct, asked Sample
	eventually(t, "40 MiB", func() bool {
		direct = readOnce(t, files)
		return direct.Anon.value > 40*MiB
	})
	asked = readOnce(t, api)
	direct = readOnce(t, files)
	printed := dockerStats(t, b.name)
	for _, f := range []struct {
		name           string
		cgroup, engine Figure
	}{
		{"unreclaimable", direct.Unreclaimable, asked.Unreclaimable},
		{"working set", direct.WorkingSet, asked.WorkingSet},
		{"usage", direct.Usage, asked.Usage},
		{"anon", direct.Anon, asked.Anon},
		{"file", direct.File, asked.File},
		{"shmem", direct.Shmem, asked.Shmem},
		{"limit", direct.Limit, asked.Limit},
		{"docker stats", direct.WorkingSet, Known(printed)},
	} {
		t.Logf("%-13s  cgroup %.2f MiB, engine %.2f MiB", f.name, mib(f.cgroup), mib(f.engine))
		if !f.cgroup.known || !f.engine.known || mib(f.cgroup)-mib(f.engine) > 0.5 || mib(f.engine)-mib(f.cgroup) > 0.5 {
			t.Errorf("%s: the cgroup says %v, the engine %v; want the same within 0.5 MiB", f.name, f.cgroup, f.engine)
		}
	}
	if _, err := os.Stat("/sys/fs/cgroup/unified/docker"); err == nil && direct.Pressure == nil {
		t.Error("the pressure that is told beside cgroup v1 is missing")
	}
	if direct.Epoch != asked.Epoch || direct.Epoch.ID == "" || direct.Epoch.Started.IsZero() {
		t.Errorf("epochs %v and %v; want one", direct.Epoch, asked.Epoch)
	}
}

func mib(f Figure) float64 { return float64(f.value) / MiB }

// dockerStats is what `docker stats` prints, in bytes.
func dockerStats(t testing.TB, name string) uint64 {
	t.Helper()
	out, err := exec.Command("docker", "stats", "--no-stream", "--format", "{{.MemUsage}}", name).Output()
	if err != nil {
		needed.Skip(t, "no docker command to compare with: %v", err)
	}
	m := regexp.MustCompile(`^([0-9.]+)MiB / 64MiB`).FindSubmatch(out)
	if m == nil {
		t.Fatalf("docker stats printed %q", out)
	}
	number, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return uint64(number * MiB)
}

// wantEnd reads until the container has ended.
func wantEnd(t testing.TB, src Source, want EndedError) {
	t.Helper()
	var ended *EndedError
	eventually(t, "end", func() bool {
		_, err := src.Read()
		return errors.As(err, &ended) && ended.Removed == want.Removed
	})
	if diff := cmp.Diff(want, *ended, figures); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A container that the kernel ends is an error that says so, with the kill.
func TestFault01ContainerOOMKilled(t *testing.T) {
	for how := range both {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			b := newBox(t, container.RestartPolicy{}, "stdin touch 128")
			src := b.open(t, how)
			readOnce(t, src)
			b.tell(t)
			wantEnd(t, src, EndedError{Name: b.name, Exit: 137, OOMKilled: true, OOMKills: Known(1)})
			b.remove(t)
			wantEnd(t, src, EndedError{Name: b.name, Removed: true, OOMKills: Known(1)})
		})
	}
}

// A container whose child is killed says OOMKilled and ends with 0.
func TestFault01ContainerChildOOMKilled(t *testing.T) {
	for how := range both {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			b := newBox(t, container.RestartPolicy{}, "stdin child 128 stdin exit 0")
			src := b.open(t, how)
			var lives Lives
			lives.Next(readOnce(t, src))
			b.tell(t)
			var got []Change
			eventually(t, "kill", func() bool {
				got = append(got, lives.Next(readOnce(t, src))...)
				return got != nil
			})
			got = append(got, lives.Next(readOnce(t, src))...)
			if diff := cmp.Diff([]Change{{OOMKilled, 1}}, got); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			b.tell(t)
			wantEnd(t, src, EndedError{Name: b.name, Exit: 0, OOMKilled: true, OOMKills: Known(1)})
		})
	}
}

// The restart policy starts the container twice more: the same id, another
// process, a counter from 0. Every kill is counted all the same.
func TestFault02RestartedByPolicy(t *testing.T) {
	for how := range both {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			b := newBox(t, container.RestartPolicy{Name: "on-failure", MaximumRetryCount: 2}, "touch 8 stdin touch 128")
			src := b.open(t, how)
			var lives Lives
			got := map[string]uint64{}
			var epochs []Epoch
			for life := range 3 {
				eventually(t, fmt.Sprintf("life %d", life+1), func() bool {
					s, err := src.Read()
					if err != nil {
						return false
					}
					for _, c := range lives.Next(s) {
						got[c.Kind] += c.Count
					}
					if life > 0 && s.Epoch.Equal(epochs[life-1]) {
						return false
					}
					epochs = append(epochs, s.Epoch)
					return true
				})
				b.tell(t)
			}
			var ended *EndedError
			eventually(t, "end", func() bool {
				_, err := src.Read()
				return errors.As(err, &ended) && ended.OOMKills == Known(3)
			})
			// The last kill ends the last life: its error told of it.
			if diff := cmp.Diff(map[string]uint64{Restarted: 2, OOMKilled: 2}, got); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if epochs[0].ID != epochs[2].ID {
				t.Errorf("ids %q and %q; want one", epochs[0].ID, epochs[2].ID)
			}
		})
	}
}

// Another container takes the name: reading goes on there, as another target.
func TestFault03Recreated(t *testing.T) {
	for how := range both {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			b := newBox(t, container.RestartPolicy{}, "touch 8")
			src := b.open(t, how)
			first := readOnce(t, src)
			b.remove(t)
			eventually(t, "error", func() bool { _, err := src.Read(); return errors.Is(err, ErrNoContainer) })
			b.start(t, container.RestartPolicy{}, "touch 16")
			var second Sample
			eventually(t, "new container", func() (ok bool) {
				s, err := src.Read()
				second = s
				return err == nil
			})
			var lives Lives
			lives.Next(first)
			if diff := cmp.Diff([]Change{{Recreated, 1}}, lives.Next(second)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if second.Restarts != Known(1) {
				t.Errorf("restarts %v; want 1", second.Restarts)
			}
		})
	}
}

// By name, by the beginning of the id and by the Compose service it is the same
// container; nothing of its environment is in what is known of it.
func TestFindContainer(t *testing.T) {
	b := newBox(t, container.RestartPolicy{}, "touch 1")
	byName, err := FindContainer(t.Context(), "", b.name)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{byName.ID[:12], b.name + "-service"} {
		got, err := FindContainer(t.Context(), "", name)
		if diff := cmp.Diff(byName, got, figures); diff != "" || err != nil {
			t.Errorf("FindContainer(%q): %v (-by name +got):\n%s", name, err, diff)
		}
	}
	if text := fmt.Sprintf("%+v", byName); strings.Contains(text, "canary") {
		t.Errorf("the environment is in %s", text)
	}
	if byName.Limit != Known(64*MiB) || byName.Pid == 0 || !strings.HasPrefix(byName.Image, "sha256:") {
		t.Errorf("found %+v", byName)
	}
	if _, err := FindContainer(t.Context(), "", "pixelload-test-none"); !errors.Is(err, ErrNoContainer) ||
		!strings.Contains(err.Error(), `"pixelload-test-none": no such container: `+"`docker ps` lists names and ids") {
		t.Errorf("a container that does not exist: %v", err)
	}
}
