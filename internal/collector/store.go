package collector

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

const (
	// maxRuns is how many folders of runs are looked into: the last by name,
	// which are the newest, for names begin with the time.
	maxRuns = 1000
	// maxVerdict is how large a verdict.json may be, in bytes.
	maxVerdict = 16 << 20
)

// store is the folder of stored runs. A verdict.json is read once, and again
// when it has changed.
type store struct {
	dir     string
	log     *slog.Logger
	reading flight[[]*stored]
	files   map[string]*stored // by path, for the reading alone
	problem string             // with the folder itself, when it was last logged
	tooMany sync.Once          // warns of more series than are sent
}

// stored is one run that was judged.
type stored struct {
	info    fs.FileInfo // of verdict.json when it was read
	err     error       // why it is skipped
	header  run.Header  // of its first trial
	verdict verdict.Verdict
}

func newStore(dir string, log *slog.Logger) *store {
	return &store{dir: dir, log: log, files: map[string]*stored{}}
}

// read returns the runs that can be used, the newest first.
func (st *store) read() []*stored {
	folders, err := os.ReadDir(st.dir)
	if err != nil {
		st.complain("cannot read the folder of runs", err)
	} else if len(folders) > maxRuns {
		st.complain("too many runs: those beyond the limit are left out", fmt.Errorf("%d folders, the limit is %d", len(folders), maxRuns))
		folders = folders[len(folders)-maxRuns:]
	} else {
		st.problem = ""
	}
	files := map[string]*stored{}
	var usable []*stored
	for _, f := range folders {
		path := filepath.Join(st.dir, f.Name(), "verdict.json")
		s := st.look(path)
		if s == nil {
			continue
		}
		files[path] = s
		if s.err == nil {
			usable = append(usable, s)
		}
	}
	st.files = files
	slices.SortStableFunc(usable, func(a, b *stored) int { return b.header.Started.Compare(a.header.Started) })
	return usable
}

// complain logs what is wrong with the folder, once.
func (st *store) complain(what string, err error) {
	if st.problem != err.Error() {
		st.problem = err.Error()
		st.log.Warn(what, "runs", st.dir, "err", err)
	}
}

// look returns the verdict at path as it is now; nil where there is none.
func (st *store) look(path string) *stored {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil
	}
	known := st.files[path]
	if err == nil && known != nil && known.is(info) {
		return known
	}
	s := &stored{info: info, err: err}
	if err == nil {
		s.err = s.load(path)
	}
	if s.err != nil && (known == nil || known.err == nil || known.err.Error() != s.err.Error()) {
		st.log.Warn("skipping a run: judge it again with `pixelload judge DIR`, or remove it", "file", path, "err", s.err)
	}
	return s
}

// is reports whether info is of the file that was read. A file that was
// replaced is another one, though its size and time may be the same.
func (s *stored) is(info fs.FileInfo) bool {
	return s.info != nil && os.SameFile(s.info, info) && s.info.ModTime().Equal(info.ModTime()) && s.info.Size() == info.Size()
}

// load reads the verdict, and the header of the run file that it names first.
func (s *stored) load(path string) error {
	if !s.info.Mode().IsRegular() || s.info.Size() > maxVerdict {
		return fmt.Errorf("it is no file of at most %d bytes", maxVerdict)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &s.verdict); err != nil {
		return fmt.Errorf("reading verdict.json: %w", err)
	}
	if v := s.verdict.SchemaVersion; v != verdict.SchemaVersion {
		return fmt.Errorf("verdict.json has schema version %d, this pixelload reads %d", v, verdict.SchemaVersion)
	}
	if len(s.verdict.Trials) == 0 {
		return errors.New("it has no trials")
	}
	name := filepath.Base(s.verdict.Trials[0].File)
	s.header, err = run.ReadHeader(filepath.Join(filepath.Dir(path), name))
	return err
}
