package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/exporter-toolkit/web"
	"github.com/spf13/cobra"

	"github.com/pixeltales/pixelload/internal/collector"
)

// collectOptions are the flags of collect. Targets are VALUE or NAME=VALUE.
type collectOptions struct {
	containers []string
	labels     []string
	cgroups    []string
	pids       []string
	runs       string
	history    string
	claims     string

	address   string
	webConfig string
	path      string
	logLevel  choice
	logFormat choice
}

func newCollect() *cobra.Command {
	o := collectOptions{
		logLevel:  choice{"info", promslog.LevelFlagOptions},
		logFormat: choice{"logfmt", promslog.FormatFlagOptions},
	}
	c := &cobra.Command{
		Use:   "collect",
		Short: "Serve memory and the last verdicts to Prometheus",
		Long: `collect is a Prometheus exporter. At each scrape it reads the memory of the
containers, cgroups and processes it was given, and what the stored runs said
last. docs/collector.md lists the series.

A target is named in the series after its container, the last part of its
cgroup's path, or pid-N; NAME=VALUE gives it another name. It may be down, now
or later: then pixelload_source_up is 0, and it is looked for again.

Only this machine is served unless --web.config.file sets TLS or passwords.
SIGINT and SIGTERM end it with exit code 0.`,
		Example: `  pixelload collect --container web                       # through the Docker engine
  pixelload collect --container-label com.docker.compose.project=pixeltales
  pixelload collect --cgroup app=/sys/fs/cgroup/system.slice/pixeltales.service
  pixelload collect --pid 4242 --runs /var/lib/pixelload/runs
  pixelload collect --container web --web.listen-address 0.0.0.0:9787 --web.config.file web.yml`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return collect(cmd.Context(), o, cmd.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.StringArrayVar(&o.containers, "container", nil, "container by name, id or Compose service (repeatable)")
	f.StringArrayVar(&o.labels, "container-label", nil, "all running containers with this label, KEY or KEY=VALUE (repeatable)")
	f.StringArrayVar(&o.cgroups, "cgroup", nil, "memory cgroup by its directory (repeatable)")
	f.StringArrayVar(&o.pids, "pid", nil, "process and all below it (repeatable)")
	f.StringVar(&o.runs, "runs", "runs", "folder of stored runs")
	f.StringVar(&o.history, "history", "", "file of all runs' figures, to be served at /history, or none (default: history.db in pixelload's state folder)")
	f.StringVar(&o.claims, "claims", "", "file of claims to show (default: the built-in document)")
	f.StringVar(&o.address, "web.listen-address", "127.0.0.1:9787", "address to serve, HOST:PORT")
	f.StringVar(&o.webConfig, "web.config.file", "", "file with TLS and basic auth, as Prometheus exporters have it")
	f.StringVar(&o.path, "web.telemetry-path", "/metrics", "path of the metrics")
	f.Var(&o.logLevel, "log.level", "least level to log")
	f.Var(&o.logFormat, "log.format", "format of the log")
	return c
}

// collect serves until ctx ends.
func collect(ctx context.Context, o collectOptions, stderr io.Writer) error {
	targets, err := o.targets()
	if err != nil {
		return badInput(err)
	}
	doc, err := loadClaims(o.claims)
	if err != nil {
		return badInput(err)
	}
	if err := o.checkWeb(); err != nil {
		return badInput(err)
	}
	log, err := o.log(stderr)
	if err != nil {
		return err
	}
	if slices.Contains(o.labels, "") {
		return badInput(errors.New("--container-label: want KEY or KEY=VALUE"))
	}
	past, err := o.past()
	if err != nil {
		return badInput(err)
	}
	options := collector.Options{Targets: targets, Runs: o.runs, History: past, Claims: doc.Claims, Version: version(), Log: log}
	slices.Sort(o.labels)
	for _, label := range slices.Compact(o.labels) {
		options.Discover = append(options.Discover, collector.Labelled(label))
	}
	return o.serve(ctx, collector.New(options), log)
}

// past is the file of the history; "" for none.
func (o collectOptions) past() (string, error) {
	if o.history == noHistory {
		return "", nil
	}
	return historyFile(o.history)
}

// serve answers scrapes until ctx ends.
func (o collectOptions) serve(ctx context.Context, c *collector.Collector, log *slog.Logger) error {
	defer c.Close()
	handler, err := collector.Handler(c, o.path)
	if err != nil {
		return err
	}
	guarded, err := o.guarded()
	if err != nil {
		return badInput(err)
	}
	listener, err := collector.Listen(o.address, guarded)
	if errors.Is(err, collector.ErrExposed) {
		return exitCode{exitRefused, err}
	}
	if err != nil {
		return badInput(fmt.Errorf("--web.listen-address: %w", err))
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(listener, server, &web.FlagConfig{WebConfigFile: &o.webConfig}, log) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	// A scrape that is under way gets its answer.
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return server.Close()
	}
	return nil
}

// targets are those that the flags name, each name once.
func (o collectOptions) targets() ([]collector.Target, error) {
	var all []collector.Target
	for _, kind := range []struct {
		flag   string
		values []string
		target func(name, value string) (collector.Target, error)
	}{{"container", o.containers, containerTarget}, {"cgroup", o.cgroups, cgroupTarget}, {"pid", o.pids, processTarget}} {
		for _, given := range kind.values {
			name, value := named(given)
			if value == "" {
				return nil, fmt.Errorf("--%s %q: want VALUE or NAME=VALUE", kind.flag, given)
			}
			t, err := kind.target(name, value)
			if err != nil {
				return nil, fmt.Errorf("--%s %q: %w", kind.flag, given, err)
			}
			if slices.ContainsFunc(all, func(o collector.Target) bool { return o.Name == t.Name }) {
				return nil, fmt.Errorf("--%s %q: another target is called %q too: give one another name, as NAME=VALUE", kind.flag, given, t.Name)
			}
			all = append(all, t)
		}
	}
	return all, nil
}

func containerTarget(name, value string) (collector.Target, error) {
	return collector.Container(cmp.Or(name, value), value), nil
}

func cgroupTarget(name, value string) (collector.Target, error) {
	return collector.Cgroup(cmp.Or(name, filepath.Base(value)), value), nil
}

func processTarget(name, value string) (collector.Target, error) {
	pid, err := strconv.Atoi(value)
	if err != nil || pid < 1 {
		return collector.Target{}, errors.New("want the number of a process, or NAME=NUMBER")
	}
	return collector.Process(cmp.Or(name, "pid-"+value), pid), nil
}

// named splits NAME=VALUE; the name may be missing. A path may hold a = of its
// own, a name no slash.
func named(given string) (name, value string) {
	name, value, found := strings.Cut(given, "=")
	if !found || strings.Contains(name, "/") {
		return "", given
	}
	return name, value
}

// checkWeb checks the flags that the web server is made of.
func (o collectOptions) checkWeb() error {
	reserved := []string{"/", collector.HistoryPath, "/-/healthy", "/-/ready"}
	if !strings.HasPrefix(o.path, "/") || path.Clean(o.path) != o.path || strings.ContainsAny(o.path, " {}?#") || slices.Contains(reserved, o.path) {
		return fmt.Errorf("--web.telemetry-path %q: want a path such as /metrics, and none of %s", o.path, strings.Join(reserved, ", "))
	}
	if err := web.Validate(o.webConfig); err != nil {
		return fmt.Errorf("--web.config.file: %w", err)
	}
	return nil
}

// guarded reports that the web config has TLS or passwords: a file without
// either is well formed too.
func (o collectOptions) guarded() (bool, error) {
	if o.webConfig == "" {
		return false, nil
	}
	var c web.Config
	data, err := os.ReadFile(o.webConfig)
	if err == nil {
		err = yaml.Unmarshal(data, &c)
	}
	if err != nil {
		return false, fmt.Errorf("--web.config.file: %w", err)
	}
	return c.TLSConfig.IsEnabled() || len(c.Users) > 0, nil
}

func (o collectOptions) log(w io.Writer) (*slog.Logger, error) {
	level, format := promslog.NewLevel(), promslog.NewFormat()
	if err := errors.Join(level.Set(o.logLevel.value), format.Set(o.logFormat.value)); err != nil {
		return nil, err
	}
	return promslog.New(&promslog.Config{Level: level, Format: format, Writer: w}), nil
}
