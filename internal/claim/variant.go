package claim

import (
	"fmt"
	"strconv"
	"strings"
)

// Variant is one configuration of the target. Times are in seconds, 0 is off.
type Variant struct {
	Name             string
	Database         string // sqlite or postgres
	ChannelLayer     string // memory or redis
	WordCache        int    // how long the word list is cached
	ConnMaxAge       int    // how long a database connection is kept
	ConnectTimeout   int
	StatementTimeout int
	Server           string // daphne or gunicorn
	// DeferImages leaves canvases and covers out of story lists.
	DeferImages bool
	// LargestPage is the most stories on a page of the public list; 0: the
	// application's own.
	LargestPage int
	// CollectAbove is from how many bytes of a story list on all garbage is
	// collected after it; 0: never.
	CollectAbove int64
	LimitBytes   int64 // memory of the plan it is meant for
}

// Env returns the variables that make the reference application this variant.
// The databaseURL must be of the variant's database; redisURL may be "" when
// the channel layer is in memory.
func (v Variant) Env(databaseURL, redisURL string) (map[string]string, error) {
	if !strings.HasPrefix(databaseURL, v.Database) {
		return nil, fmt.Errorf("variant %s needs a %s database: have none", v.Name, v.Database)
	}
	env := map[string]string{
		"DATABASE_URL":                  databaseURL,
		"PIXELTALES_CHANNEL_LAYER":      v.ChannelLayer,
		"PIXELTALES_SERVER":             v.Server,
		"PIXELTALES_WORD_CACHE_SECONDS": strconv.Itoa(v.WordCache),
		"CONN_MAX_AGE":                  strconv.Itoa(v.ConnMaxAge),
	}
	if v.ChannelLayer == "redis" {
		if redisURL == "" {
			return nil, fmt.Errorf("variant %s needs a Redis server: have none", v.Name)
		}
		env["REDIS_URL"] = redisURL
	}
	if v.DeferImages {
		env["PIXELTALES_DEFER_IMAGES"] = "1"
	}
	if v.LargestPage > 0 {
		env["PIXELTALES_LARGEST_PAGE"] = strconv.Itoa(v.LargestPage)
	}
	if v.CollectAbove > 0 {
		env["PIXELTALES_COLLECT_ABOVE_BYTES"] = strconv.FormatInt(v.CollectAbove, 10)
	}
	if v.ConnectTimeout > 0 {
		env["PIXELTALES_CONNECT_TIMEOUT"] = strconv.Itoa(v.ConnectTimeout)
	}
	if v.StatementTimeout > 0 {
		env["PIXELTALES_STATEMENT_TIMEOUT"] = strconv.Itoa(v.StatementTimeout)
	}
	return env, nil
}
