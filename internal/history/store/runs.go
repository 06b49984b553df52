package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pixeltales/pixelload/internal/history"
)

// Add records a run. One that is recorded already, by its id and its begin, is
// replaced: it was judged again, or trials were added to it.
func (s *Store) Add(ctx context.Context, r history.Run) (replaced bool, err error) {
	replaced, err = s.add(ctx, r)
	return replaced, s.explain("writing to", err)
}

func (s *Store) add(ctx context.Context, r history.Run) (replaced bool, err error) {
	what, variants, data, err := texts(r.What, r.Variants, r.Data)
	if err != nil {
		return false, err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }() // nothing after a commit
	gone, err := tx.ExecContext(ctx, "DELETE FROM runs WHERE run = ? AND started = ?", r.ID, r.Started.UnixMilli())
	if err != nil {
		return false, err
	}
	deleted, err := gone.RowsAffected()
	if err != nil {
		return false, err
	}
	made, err := tx.ExecContext(ctx, `INSERT INTO runs
		(run, started, folder, kind, name, ref, source, tool, fingerprint, what, variants, data, trials, outcome, exit_code)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.ID, r.Started.UnixMilli(), r.Folder, r.Target.Kind, r.Target.Name, r.Target.Ref, r.Target.Source, r.Tool,
		r.Fingerprint, what, variants, data, r.Trials, r.Outcome, r.ExitCode)
	if err != nil {
		return false, err
	}
	id, err := made.LastInsertId()
	if err != nil {
		return false, err
	}
	for i, p := range r.Points {
		each, err := json.Marshal(p.Each)
		if err != nil {
			return false, err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO points
			(run_id, place, metric, variant, data, under, unit, value, low, high, n, each, outcome, at_least, at_most)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			id, i, p.Metric, p.Variant, p.Data, p.Under, p.Unit, p.Value, p.Low, p.High, p.N, string(each), p.Outcome, p.AtLeast, p.AtMost); err != nil {
			return false, err
		}
	}
	return deleted > 0, tx.Commit()
}

func texts(what history.Fingerprint, variants, data []string) (a, b, c string, err error) {
	var out [3]string
	for i, v := range []any{what, variants, data} {
		text, err := json.Marshal(v)
		if err != nil {
			return "", "", "", err
		}
		out[i] = string(text)
	}
	return out[0], out[1], out[2], nil
}

// Filter chooses runs and, of each, points. What is empty chooses all.
type Filter struct {
	Variant, Data string
	Metric        string
	Since         time.Time
	// Newest is how many runs at most, the newest ones; 0 for all.
	Newest int
}

// Runs returns the chosen runs in the order of time, each with its chosen points.
// A run without a chosen point is left out where points are chosen.
func (s *Store) Runs(ctx context.Context, f Filter) ([]history.Run, error) {
	runs, err := s.runs(ctx, f)
	return runs, s.explain("reading", err)
}

func (s *Store) runs(ctx context.Context, f Filter) ([]history.Run, error) {
	// One transaction: a run that is replaced meanwhile is read whole.
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // it wrote nothing
	where, args := f.where()
	limit := -1
	if f.Newest > 0 {
		limit = f.Newest
	}
	rows, err := tx.QueryContext(ctx, `SELECT * FROM (SELECT id, run, started, folder, kind, name, ref, source, tool, fingerprint, what,
		variants, data, trials, outcome, exit_code FROM runs WHERE `+where+` ORDER BY started DESC, run DESC LIMIT ?) ORDER BY started, run`,
		append(args, limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int64
	runs := []history.Run{}
	for rows.Next() {
		id, r, err := scanRun(rows)
		if err != nil {
			return nil, err
		}
		ids, runs = append(ids, id), append(runs, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i, id := range ids {
		if runs[i].Points, err = points(ctx, tx, id, f); err != nil {
			return nil, err
		}
	}
	return runs, nil
}

// where is the condition on runs and its arguments.
func (f Filter) where() (string, []any) {
	conditions, args := []string{"started >= ?"}, []any{int64(-1 << 62)}
	if !f.Since.IsZero() {
		args[0] = f.Since.UnixMilli()
	}
	ofPoint, of := f.ofPoint()
	if len(of) > 0 {
		conditions = append(conditions, "EXISTS (SELECT 1 FROM points WHERE run_id = runs.id AND "+ofPoint+")")
	}
	return strings.Join(conditions, " AND "), append(args, of...)
}

// ofPoint is the condition on points.
func (f Filter) ofPoint() (string, []any) {
	conditions, args := []string{"1"}, []any{}
	for _, c := range [][2]string{{"metric", f.Metric}, {"variant", f.Variant}, {"data", f.Data}} {
		if c[1] != "" {
			conditions, args = append(conditions, c[0]+" = ?"), append(args, c[1])
		}
	}
	return strings.Join(conditions, " AND "), args
}

func scanRun(rows *sql.Rows) (id int64, r history.Run, err error) {
	var started int64
	var what, variants, data string
	err = rows.Scan(&id, &r.ID, &started, &r.Folder, &r.Target.Kind, &r.Target.Name, &r.Target.Ref, &r.Target.Source, &r.Tool,
		&r.Fingerprint, &what, &variants, &data, &r.Trials, &r.Outcome, &r.ExitCode)
	if err != nil {
		return 0, r, err
	}
	r.Started = time.UnixMilli(started).UTC()
	for _, text := range []struct {
		column, json string
		into         any
	}{{"what", what, &r.What}, {"variants", variants, &r.Variants}, {"data", data, &r.Data}} {
		if err := json.Unmarshal([]byte(text.json), text.into); err != nil {
			return 0, r, fmt.Errorf("%s of run %q: %w", text.column, r.ID, err)
		}
	}
	return id, r, nil
}

// points are those of a run that the filter chooses.
func points(ctx context.Context, tx *sql.Tx, id int64, f Filter) ([]history.Point, error) {
	where, args := f.ofPoint()
	rows, err := tx.QueryContext(ctx, `SELECT metric, variant, data, under, unit, value, low, high, n, each, outcome, at_least, at_most
		FROM points WHERE run_id = ? AND `+where+` ORDER BY place`, append([]any{id}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := []history.Point{}
	for rows.Next() {
		var p history.Point
		var each string
		if err := rows.Scan(&p.Metric, &p.Variant, &p.Data, &p.Under, &p.Unit, &p.Value, &p.Low, &p.High, &p.N, &each, &p.Outcome, &p.AtLeast, &p.AtMost); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(each), &p.Each); err != nil {
			return nil, fmt.Errorf("figures of the trials of %s: %w", p.Metric, err)
		}
		found = append(found, p)
	}
	return found, rows.Err()
}

// Prune removes the runs that began before the moment, and gives their room back.
// It returns how many they are; with dry it only counts.
func (s *Store) Prune(ctx context.Context, before time.Time, dry bool) (n int64, err error) {
	if dry {
		err = s.db.QueryRowContext(ctx, "SELECT count(*) FROM runs WHERE started < ?", before.UnixMilli()).Scan(&n)
		return n, s.explain("reading", err)
	}
	gone, err := s.db.ExecContext(ctx, "DELETE FROM runs WHERE started < ?", before.UnixMilli())
	if err == nil {
		n, err = gone.RowsAffected()
	}
	if err == nil && n > 0 {
		_, err = s.db.ExecContext(ctx, "VACUUM")
	}
	return n, s.explain("pruning", err)
}

// Metrics are those that there are points of, level:3 before level:10.
func (s *Store) Metrics(ctx context.Context) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT DISTINCT metric FROM points")
	if err != nil {
		return nil, s.explain("reading", err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var metric string
		if err := rows.Scan(&metric); err != nil {
			return nil, s.explain("reading", err)
		}
		all = append(all, metric)
	}
	slices.SortFunc(all, history.CompareMetrics)
	return all, s.explain("reading", rows.Err())
}
