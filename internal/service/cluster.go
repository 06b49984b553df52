package service

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A data directory holds the cluster and the password of its role, which
// travels with every copy. The cluster is made beside its place: once it is
// there, it is whole.
func clusterDir(dataDir string) string   { return filepath.Join(dataDir, "cluster") }
func passwordFile(dataDir string) string { return filepath.Join(dataDir, "password") }

// openCluster returns the password of the cluster, which it makes if missing.
func openCluster(ctx context.Context, o PostgresOptions) (password string, err error) {
	_, err = os.Stat(clusterDir(o.DataDir))
	if errors.Is(err, fs.ErrNotExist) {
		err = makeCluster(ctx, o)
	}
	if err != nil {
		return "", fmt.Errorf("opening PostgreSQL cluster: %w", err)
	}
	data, err := os.ReadFile(passwordFile(o.DataDir))
	if err != nil {
		return "", fmt.Errorf("reading PostgreSQL password: %w", err)
	}
	return string(data), nil
}

func makeCluster(ctx context.Context, o PostgresOptions) error {
	if err := prepareDataDir(o.DataDir); err != nil {
		return err
	}
	unfinished := clusterDir(o.DataDir) + ".unfinished"
	if err := os.RemoveAll(unfinished); err != nil {
		return err
	}
	_, err := run(ctx, environment(), filepath.Join(o.BinDir, "initdb"),
		"--pgdata="+unfinished, "--encoding=UTF8", "--locale=C", "--username="+role,
		"--auth=scram-sha-256", "--pwfile="+passwordFile(o.DataDir))
	if err != nil {
		return fmt.Errorf("%w%s", err, rootRemedy(o.DataDir))
	}
	return os.Rename(unfinished, clusterDir(o.DataDir))
}

// prepareDataDir makes the folder and a new password for the user that
// PostgreSQL runs as. A folder with anything else in it is not ours to fill.
func prepareDataDir(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != "password" && e.Name() != "cluster.unfinished" {
			return fmt.Errorf("%s holds %s and no cluster: give an empty folder", dir, e.Name())
		}
	}
	if err := os.WriteFile(passwordFile(dir), []byte(newPassword()), 0o600); err != nil {
		return err
	}
	return errors.Join(giveAway(dir), giveAway(passwordFile(dir)))
}

func newPassword() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails: it ends the program instead
	return hex.EncodeToString(b)
}
