package memory

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/client"
)

// engineTimeout ends a request to a Docker engine that does not answer.
const engineTimeout = 5 * time.Second

// Container is what identifies a container and its present life. Its
// environment, where secrets are, is neither decoded nor kept.
type Container struct {
	ID   string // 64 hexadecimal digits
	Name string // without the leading slash
	// Pid is that of its first process, on the engine's machine; 0 when it does
	// not run.
	Pid     int
	Started time.Time // of the present or last life, in UTC
	Labels  map[string]string
	Image   string // digest of the image, sha256:...
	// Published are the addresses of the engine's machine that lead to it by
	// TCP; Here says that this is that machine.
	Published []netip.AddrPort
	Here      bool
	// Limit is its memory limit in bytes; unknown where it has none.
	Limit Figure
	// Restarts is how often the engine's restart policy started it again.
	Restarts uint64

	// Exit is the exit code of a container that has ended. OOMKilled says that
	// the kernel killed one of its processes, which need not be the first:
	// the exit code may be 0 then.
	Exit      int
	OOMKilled bool
}

// FindContainer asks the Docker engine at host for a container by its name, id
// or Compose service. An empty host is DOCKER_HOST or the default socket.
func FindContainer(ctx context.Context, host, nameOrID string) (Container, error) {
	e, err := dialEngine(host)
	if err != nil {
		return Container{}, err
	}
	defer e.close()
	return e.find(ctx, nameOrID)
}

// An engine is a connection to a Docker engine. The library speaks the API
// version of the engine; only inspecting is done by hand, as the library
// decodes the environment.
type engine struct {
	api *client.Client
	raw *http.Client
}

func dialEngine(host string) (*engine, error) {
	options := []client.Opt{client.FromEnv}
	if host != "" {
		options = append(options, client.WithHost(host))
	}
	api, err := client.New(options...)
	if err != nil {
		return nil, fmt.Errorf("opening the Docker engine: %w", err)
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return api.Dialer()(ctx) }
	return &engine{api: api, raw: &http.Client{Transport: &http.Transport{DialContext: dial}}}, nil
}

func (e *engine) close() {
	e.raw.CloseIdleConnections()
	_ = e.api.Close() // closes idle connections too and never fails
}

// ErrNoContainer is in the chain where the engine knows no container of the name.
var ErrNoContainer = errors.New("no such container")

// find returns the container of that name or id, or else the only one of that
// Compose service.
func (e *engine) find(ctx context.Context, nameOrID string) (Container, error) {
	ctx, cancel := context.WithTimeout(ctx, engineTimeout)
	defer cancel()
	c, err := e.inspect(ctx, nameOrID)
	if !errors.Is(err, ErrNoContainer) {
		return c, err
	}
	list, listErr := e.api.ContainerList(ctx, client.ContainerListOptions{
		Filters: make(client.Filters).Add("label", "com.docker.compose.service="+nameOrID),
	})
	if listErr != nil {
		return Container{}, fmt.Errorf("listing containers: %w", listErr)
	}
	switch len(list.Items) {
	case 0:
		return Container{}, fmt.Errorf("%w: `docker ps` lists names and ids", err)
	case 1:
		return e.inspect(ctx, list.Items[0].ID)
	}
	var names []string
	for _, item := range list.Items {
		names = append(names, strings.TrimPrefix(item.Names[0], "/"))
	}
	return Container{}, fmt.Errorf("finding container %q: the Compose service has several, name one of %s",
		nameOrID, strings.Join(names, ", "))
}

// inspect asks for one container by name or id.
func (e *engine) inspect(ctx context.Context, nameOrID string) (Container, error) {
	// Negotiates the version, once; and an engine that is down says so here.
	if _, err := e.api.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		return Container{}, fmt.Errorf("asking the Docker engine: %w", err)
	}
	target := fmt.Sprintf("http://docker/v%s/containers/%s/json", e.api.ClientVersion(), url.PathEscape(nameOrID))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return Container{}, fmt.Errorf("inspecting container %q: %w", nameOrID, err)
	}
	resp, err := e.raw.Do(req)
	if err != nil {
		return Container{}, fmt.Errorf("inspecting container %q: %w", nameOrID, err)
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return Container{}, fmt.Errorf("inspecting container %q: %w", nameOrID, ErrNoContainer)
	default:
		return Container{}, fmt.Errorf("inspecting container %q: the engine answered %s", nameOrID, resp.Status)
	}
	c, err := parseContainer(resp.Body)
	if err != nil {
		return Container{}, fmt.Errorf("inspecting container %q: %w", nameOrID, err)
	}
	c.Here = isHere(e.api.DaemonHost())
	return c, nil
}

// isHere says whether the engine is on this machine: at a socket, or on loopback.
func isHere(engine string) bool {
	u, err := url.Parse(engine)
	if err != nil || u.Host == "" {
		return err == nil
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && addr.IsLoopback()
}

// parseContainer reads the engine's answer, and of it only what is kept.
func parseContainer(r io.Reader) (Container, error) {
	var in struct {
		ID, Name, Image string
		RestartCount    uint64
		State           struct {
			Pid, ExitCode int
			OOMKilled     bool
			StartedAt     time.Time
		}
		HostConfig struct{ Memory uint64 }
		Config     struct{ Labels map[string]string }

		NetworkSettings struct {
			Ports map[string][]struct{ HostIP, HostPort string } // by what is published, as 8000/tcp
		}
	}
	if err := json.NewDecoder(r).Decode(&in); err != nil {
		return Container{}, fmt.Errorf("decoding the answer: %w", err)
	}
	if in.ID == "" || in.State.StartedAt.IsZero() && in.State.Pid != 0 {
		return Container{}, errors.New("decoding the answer: it has no Id or no StartedAt")
	}
	c := Container{
		ID: in.ID, Name: strings.TrimPrefix(in.Name, "/"), Image: in.Image,
		Pid: in.State.Pid, Started: in.State.StartedAt.UTC(), Exit: in.State.ExitCode,
		OOMKilled: in.State.OOMKilled, Restarts: in.RestartCount, Labels: in.Config.Labels,
	}
	if in.HostConfig.Memory > 0 {
		c.Limit = Known(in.HostConfig.Memory)
	}
	for port, leads := range in.NetworkSettings.Ports {
		for _, to := range leads {
			at, err := netip.ParseAddrPort(net.JoinHostPort(cmp.Or(to.HostIP, "0.0.0.0"), to.HostPort))
			if err == nil && strings.HasSuffix(port, "/tcp") {
				c.Published = append(c.Published, at)
			}
		}
	}
	slices.SortFunc(c.Published, netip.AddrPort.Compare)
	return c, nil
}
