package target

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pixeltales/pixelload/internal/guard"
	"github.com/pixeltales/pixelload/internal/persona"
)

// Tidy deletes the stories that the user of token has made since then in the
// target, and returns how many: those with a title of ours, as a person may work
// there under the same account. Then is our time: another machine's clock may
// differ, and what the user had before must stay. Not the users' alone is what stays:
// sessions and their strokes, which end after a day, likes, comments, messages.
func Tidy(ctx context.Context, pass guard.Pass, token string, since time.Time) (removed int, err error) {
	c := newClient(pass, token)
	defer c.close()
	ids, err := c.stories(ctx, since)
	if err != nil {
		return 0, fmt.Errorf("listing what a user made: %w", err)
	}
	var errs []error
	for _, id := range ids {
		status, _, err := c.do(ctx, http.MethodDelete, fmt.Sprintf("/stories/%d/delete/", id), "")
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("deleting story %d: %w", id, err))
		case status >= 300:
			errs = append(errs, fmt.Errorf("deleting story %d: the target answers with status %d", id, status))
		default:
			removed++
		}
	}
	return removed, errors.Join(errs...)
}

// stories lists the user's own stories made since then, with a title of ours: the newest come first,
// so the first older one ends it. Few a page: each comes with its pictures.
func (c *client) stories(ctx context.Context, since time.Time) (ids []int, err error) {
	for page := 1; ; page++ {
		status, answer, err := c.do(ctx, http.MethodGet, fmt.Sprintf("/stories/?page_size=2&page=%d", page), "")
		if err != nil {
			return nil, err
		}
		var list struct {
			Next    *string
			Results []struct {
				ID      int
				Title   string
				Created time.Time `json:"date_created"`
			}
		}
		if status >= 300 {
			return nil, fmt.Errorf("the target answers with status %d", status)
		}
		if err := json.Unmarshal(answer, &list); err != nil {
			return nil, fmt.Errorf("parsing a list of stories: %w", err)
		}
		for _, story := range list.Results {
			if story.Created.Before(since.Add(c.ahead)) {
				return ids, nil
			}
			if persona.IsOurs(story.Title) {
				ids = append(ids, story.ID)
			}
		}
		if list.Next == nil || len(list.Results) == 0 {
			return ids, nil
		}
	}
}
