package trial

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/pixeltales/pixelload/internal/service"
	"github.com/pixeltales/pixelload/internal/target"
)

// database is the name of the target's database in a PostgreSQL cluster.
const database = "pixeltales"

// Prepare makes what every trial gets a copy of: the variant's database, filled
// with the data profile, and the accounts in it. A SQLite file is kept in
// cacheDir for later runs, a PostgreSQL cluster lives until Cleanup. A target
// that runs already has its own.
func (p *Plan) Prepare(ctx context.Context, cacheDir, data string, users int, progress io.Writer) error {
	if p.Running != nil {
		return nil
	}
	err := errors.Join(p.checkFault(), p.App.Compile(ctx))
	if err != nil {
		return err
	}
	if p.dataset, err = p.App.Seed(ctx, cacheDir, data, users, p.Header.Seed, progress); err != nil {
		return err
	}
	if p.Header.Data, err = p.dataset.Data(); err != nil {
		return err
	}
	if about := p.Header.Checkout; about != nil {
		missing, err := p.dataset.Missing()
		if err != nil {
			return err
		}
		about.Add(missing...)
	}
	if p.Variant.Database != "postgres" {
		return nil
	}
	if p.scratch, err = newScratch(p.Journal); err != nil {
		return err
	}
	return p.fillCluster(ctx, data, users, progress)
}

// Cleanup removes what Prepare made for this run alone.
func (p *Plan) Cleanup() error {
	if p.scratch == "" {
		return nil
	}
	return os.RemoveAll(p.scratch)
}

// fillCluster leaves a filled PostgreSQL cluster, stopped orderly, that trials
// can copy. The seed makes its accounts those of the SQLite file.
func (p *Plan) fillCluster(ctx context.Context, data string, users int, progress io.Writer) (err error) {
	server, err := p.startPostgres(ctx, p.cluster())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
	if err := server.CreateDatabase(ctx, database); err != nil {
		return err
	}
	manifest := filepath.Join(p.scratch, "manifest.json")
	return p.App.Fill(ctx, server.URL(database), manifest, data, users, p.Header.Seed, progress)
}

func (p *Plan) servers() string { return cmp.Or(p.Servers, p.App.Python()) }

func (p *Plan) cluster() string { return filepath.Join(p.scratch, "cluster") }

func (p *Plan) startPostgres(ctx context.Context, dir string) (*service.Postgres, error) {
	bin, err := service.FindPostgres(p.servers())
	if err != nil {
		return nil, err
	}
	return service.StartPostgres(ctx, service.PostgresOptions{
		BinDir: bin, DataDir: dir, LogPath: dir + ".log", Journal: p.Journal,
	})
}

func (p *Plan) startRedis(ctx context.Context, s site) (*service.Redis, error) {
	binary, err := service.FindRedis(p.servers())
	if err != nil {
		return nil, err
	}
	return service.StartRedis(ctx, service.RedisOptions{Binary: binary, LogPath: s.path("redis.log"), Journal: p.Journal})
}

// backing is what stands behind one trial's target: its own copy of the data,
// and the servers of its variant.
type backing struct {
	settings map[string]string // lead the target there
	servers  []interface{ Stop(context.Context) error }
	injury   *injury // nil: none
}

// back makes the backing of one trial. It is to be released, also after an error.
func (p *Plan) back(ctx context.Context, s site) (b *backing, err error) {
	b = &backing{}
	databaseURL, err := p.copyDatabase(ctx, s, b)
	if err != nil {
		return b, err
	}
	redisURL := ""
	if p.Variant.ChannelLayer == "redis" {
		redis, err := p.startRedis(ctx, s)
		if err != nil {
			return b, err
		}
		b.servers = append(b.servers, redis)
		redisURL = redis.URL()
	}
	b.settings, err = p.Variant.Env(databaseURL, redisURL)
	return b, err
}

func (p *Plan) copyDatabase(ctx context.Context, s site, b *backing) (url string, err error) {
	if p.Variant.Database != "postgres" {
		path := s.path("db.sqlite3")
		return target.SQLiteURL(path), p.dataset.Copy(path)
	}
	if err := service.CopyDataDir(p.cluster(), s.path("cluster")); err != nil {
		return "", err
	}
	server, err := p.startPostgres(ctx, s.path("cluster"))
	if err != nil {
		return "", err
	}
	b.servers = append(b.servers, server)
	return p.through(server.URL(database), b)
}

// release ends the servers, at once when ctx has ended: their data is a copy.
func (b *backing) release(ctx context.Context) error {
	stopping, cancel := context.WithTimeout(context.Background(), time.Minute)
	if ctx.Err() != nil {
		stopping, cancel = context.WithTimeout(context.Background(), time.Second)
	}
	defer cancel()
	if b.injury != nil {
		b.injury.proxy.Close()
	}
	var errs []error
	for _, server := range b.servers {
		if err := server.Stop(stopping); err != nil && ctx.Err() == nil {
			errs = append(errs, fmt.Errorf("ending a server of the target: %w", err))
		}
	}
	return errors.Join(errs...)
}

// newScratch makes a folder that is gone after the run, also when pixelload is
// killed: the journal knows it.
func newScratch(journal interface{ AddPath(string) error }) (string, error) {
	parent := os.Getenv("TMPDIR")
	if parent == "" && os.Geteuid() == 0 {
		parent = "/var/tmp" // PostgreSQL runs as nobody then, and must get in
	}
	dir, err := os.MkdirTemp(parent, "pixelload-")
	if err != nil {
		return "", fmt.Errorf("making a scratch folder: %w", err)
	}
	if err := errors.Join(os.Chmod(dir, 0o711), journal.AddPath(dir)); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}
