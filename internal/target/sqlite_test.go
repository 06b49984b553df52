package target

import "testing"

func TestSQLiteURLEscapesThePath(t *testing.T) {
	const want = "sqlite:////tmp/s%20t%2520a%23b%3Fc/db.sqlite3"
	if got := SQLiteURL("/tmp/s t%20a#b?c/db.sqlite3"); got != want {
		t.Errorf("SQLiteURL = %q, want %q", got, want)
	}
}
