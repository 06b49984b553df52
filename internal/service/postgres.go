package service

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// role owns the cluster and everything in it.
const role = "pixeltales"

// PostgresOptions says which PostgreSQL to start on which data.
type PostgresOptions struct {
	// BinDir holds postgres, initdb and createdb, as FindPostgres returns it.
	BinDir string
	// DataDir is pixelload's folder for one cluster and its password. One that
	// is missing or empty becomes a new cluster. When pixelload is root, every
	// folder above it must let others enter.
	DataDir string
	// LogPath is appended to.
	LogPath string
	// Journal may be nil: then nothing is remembered.
	Journal Journal
}

// Postgres is a running PostgreSQL with stock settings, fsync on as they have it.
type Postgres struct {
	*Server
	binDir, password string
}

// StartPostgres starts PostgreSQL and returns when it takes queries. The
// context bounds the start only; the server runs until Stop, or until
// pixelload dies.
func StartPostgres(ctx context.Context, o PostgresOptions) (*Postgres, error) {
	var err error
	if o.DataDir, err = filepath.Abs(o.DataDir); err != nil {
		return nil, fmt.Errorf("starting PostgreSQL: %w", err)
	}
	password, err := openCluster(ctx, o)
	if err != nil {
		return nil, err
	}
	cluster := clusterDir(o.DataDir)
	server, err := program{
		name:    "PostgreSQL",
		command: func(port int) *exec.Cmd { return postgresCommand(o.BinDir, cluster, port) },
		ready:   func(pid, _ int) bool { return postgresReady(cluster, pid) },
		stop:    syscall.SIGINT,
		// Not SIGKILL: told to quit, it takes its shared memory and its other
		// processes with it.
		death: syscall.SIGQUIT,
	}.start(ctx, o.LogPath, o.Journal)
	if err != nil {
		return nil, err
	}
	return &Postgres{Server: server, binDir: o.BinDir, password: password}, nil
}

// URL is what the target takes as DATABASE_URL.
func (p *Postgres) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(role, p.password), Host: fmt.Sprint("127.0.0.1:", p.port), Path: database}
	return u.String()
}

// CreateDatabase makes an empty database. One that exists is an error.
func (p *Postgres) CreateDatabase(ctx context.Context, name string) error {
	env := append(environment(), "PGPASSWORD="+p.password)
	_, err := run(ctx, env, filepath.Join(p.binDir, "createdb"), "--no-password",
		"--host=127.0.0.1", fmt.Sprint("--port=", p.port), "--username="+role, "--maintenance-db=postgres", name)
	if err != nil {
		return fmt.Errorf("creating database %s: %w", name, err)
	}
	return nil
}

func postgresCommand(binDir, cluster string, port int) *exec.Cmd {
	cmd := exec.Command(filepath.Join(binDir, "postgres"), "-D", cluster,
		"-c", "listen_addresses=127.0.0.1", "-c", fmt.Sprint("port=", port), "-c", "unix_socket_directories=")
	cmd.Dir, cmd.Env = "/", environment()
	return cmd
}

// postgresReady reads postmaster.pid as pg_ctl does: line 1 is the process,
// line 8 its state (PostgreSQL's src/include/utils/pidfile.h).
func postgresReady(cluster string, pid int) bool {
	data, err := os.ReadFile(filepath.Join(cluster, "postmaster.pid"))
	lines := strings.Split(string(data), "\n")
	return err == nil && len(lines) >= 8 &&
		lines[0] == strconv.Itoa(pid) && strings.TrimSpace(lines[7]) == "ready"
}
