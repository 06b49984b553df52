package memory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/moby/moby/client"
)

// stats takes one sample through the engine. Old engines wait for a second
// before they answer.
func (e *engine) stats(ctx context.Context, c Container) (Sample, error) {
	answer, err := e.api.ContainerStats(ctx, c.ID, client.ContainerStatsOptions{})
	if err != nil {
		return Sample{}, fmt.Errorf("asking for its stats: %w", err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return Sample{}, fmt.Errorf("asking for its stats: %w", err)
	}
	s, err := parseStats(data)
	if err != nil {
		return Sample{}, fmt.Errorf("parsing its stats: %w", err)
	}
	if !c.Limit.known {
		s.Limit = Figure{} // without one, the engine says how much the machine has
	}
	s.Time = time.Now()
	return s, nil
}

// maxAnswer is more than any server has to say.
const maxAnswer = 16 << 20

// parseStats reads the engine's answer on a container's memory. Its stats are
// lines of memory.stat, by the keys of cgroup v1 or v2. The engine gives no
// figure for the kernel's memory, so U is what is left of usage without what
// can be taken back:
//
//	v1: U = usage - total_cache + shmem
//	v2: U = usage - file + shmem - slab_reclaimable
//
// The kernel rounds usage up, by 256 KiB a CPU at most, and so is U. Version 1
// does not say shmem either; its anonymous lists hold total_rss and shmem, all
// but what a process locked in memory.
//
// A container that does not run answers with a time of the year 1 and without
// memory: that is an error and not a sample.
func parseStats(data []byte) (Sample, error) {
	var in struct {
		Read   time.Time `json:"read"`
		Memory struct {
			Usage Figure            `json:"usage"`
			Peak  Figure            `json:"max_usage"`
			Limit Figure            `json:"limit"`
			Stats map[string]Figure `json:"stats"`
		} `json:"memory_stats"`
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return Sample{}, err
	}
	m, stat := in.Memory, in.Memory.Stats
	if in.Read.Year() <= 1 || !m.Usage.known {
		return Sample{}, errors.New("they hold no memory: the container does not run")
	}
	s := Sample{Usage: m.Usage, Peak: m.Peak, Limit: m.Limit}
	if anon := stat["anon"]; anon.known {
		s.Anon, s.File, s.Shmem, s.Sock = anon, stat["file"], stat["shmem"], stat["sock"]
		s.WorkingSet = less(s.Usage, stat["inactive_file"])
		s.Unreclaimable = less(sum(less(s.Usage, s.File), s.Shmem), stat["slab_reclaimable"])
		return s, nil
	}
	s.Anon, s.File, s.Swap = stat["total_rss"], stat["total_cache"], stat["total_swap"]
	s.Shmem = less(sum(stat["total_active_anon"], stat["total_inactive_anon"]), s.Anon)
	s.WorkingSet = less(s.Usage, stat["total_inactive_file"])
	s.Unreclaimable = sum(less(s.Usage, s.File), s.Shmem)
	return s, nil
}
