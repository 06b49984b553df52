package conformance

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/account"
	"github.com/pixeltales/pixelload/internal/target"
)

const (
	secretKey = "only-the-tests-know-this-secret-key"
	// smallData is what the recordings' setup describes.
	smallData = "stories=6,drawn=2,words=20"
	userCount = 12
	patience  = time.Minute // longer than anything takes
)

var scratch string // removed with all that is in it when the tests have ended

func TestMain(m *testing.M) {
	// The tests wait far more than they work: all at once, unless told otherwise.
	flag.Parse()
	if err := sideBySide(); err != nil {
		panic(err)
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "conformance-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		scratch = dir
		return m.Run()
	}())
}

// sideBySide lets all tests run at once where -parallel was not given.
func sideBySide() error {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if given {
		return nil
	}
	return flag.Set("test.parallel", "8")
}

type dataset struct {
	*target.Dataset
	reference *target.Reference
	accounts  *account.Manifest
}

// seeded is made once; each server has its own copy.
var seeded = sync.OnceValues(func() (*dataset, error) {
	reference, err := target.FindReference("")
	if err != nil {
		return nil, err
	}
	made, err := reference.Seed(context.Background(), filepath.Join(scratch, "data"), smallData, userCount, 1, &strings.Builder{})
	if err != nil {
		return nil, err
	}
	accounts, err := account.ReadManifest(made.Manifest)
	return &dataset{made, reference, accounts}, err
})

// server is a live reference app with everybody's tokens.
type server struct {
	url, database string
	people        []person
	client        *http.Client
}

// person is one user of the server.
type person struct {
	account.User
	password, access, refresh string
}

// startServer starts the reference app for one test, with minted tokens.
func startServer(t *testing.T) *server {
	t.Helper()
	if testing.Short() {
		t.Skip("starts the reference app: left out with -short, see make test-e2e")
	}
	data, err := seeded()
	if err != nil {
		t.Fatal(err)
	}
	database := filepath.Join(t.TempDir(), "db.sqlite3")
	if err := data.Copy(database); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	s := &server{database: database, client: &http.Client{
		Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	t.Cleanup(transport.CloseIdleConnections)
	s.start(t, data.reference)
	for _, user := range data.accounts.Users {
		access, err := account.Mint(secretKey, user.ID, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		s.people = append(s.people, person{User: user, password: data.accounts.Password, access: access})
	}
	return s
}

func (s *server) start(t *testing.T, reference *target.Reference) {
	t.Helper()
	port, err := target.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), patience, errors.New("it took too long"))
	defer cancel()
	process, err := target.Start(ctx, target.Spec{
		Command: reference.Command(), Dir: reference.Dir(), Port: port, LogPath: filepath.Join(t.TempDir(), "server.log"),
		Env: target.Env(map[string]string{
			"SECRET_KEY": secretKey, "DATABASE_URL": "sqlite:///" + s.database, "PORT": fmt.Sprint(port),
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		process.Source().Close()
		if _, err := process.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := process.WaitListening(ctx); err != nil {
		t.Fatalf("%v\n%s", err, process.LogTail(20))
	}
	s.url = process.URL()
}

// logIn gets everybody's tokens from the server itself.
func (s *server) logIn(t *testing.T) {
	t.Helper()
	for i := range s.people {
		p := &s.people[i]
		var tokens struct{ Access, Refresh string }
		s.mustCall(t, person{}, "POST", "/auth/login/", map[string]string{"email": p.Email, "password": p.password}, &tokens)
		p.access, p.refresh = tokens.Access, tokens.Refresh
	}
}
