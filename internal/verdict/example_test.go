package verdict_test

import (
	"fmt"
	"os"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// From run to printed verdict: three trials of a target that idles where the
// document says, and stays far below it with 3 users.
func Example() {
	doc, err := claim.Load()
	if err != nil {
		fmt.Fprintln(os.Stdout, err)
		return
	}
	var runs []*run.Run // otherwise from run.ReadDir
	for trial := range 3 {
		noise := float64(trial) / 2
		runs = append(runs, runtest.Healthy(trial+1, 3, runtest.Levels{0: 250 + noise, 3: 300 + noise, 10: 390 + noise}))
	}
	v := verdict.Judge(runs, doc)
	if err := report.Table(os.Stdout, v, report.Options{Path: "runs/test"}); err != nil {
		fmt.Fprintln(os.Stdout, err)
	}
	// Output:
	// PixelTales reference @ 4f2c1d9   variant before   light data (30 public stories, 6.0 MiB)
	//  3 trials   seed 1   limit 512 MiB   memory from cgroup2, 10 Hz
	//
	//  CHECK                         DOCUMENT SAYS   MEASURED (95 % CI)                     DELTA  USED  VERDICT
	//  idle, listening                               235.5 MiB, spread 1.0                         46 %
	//  idle, one request                             247.5 MiB, spread 1.0                         48 %
	//  idle, all touched                             250.5 MiB, spread 1.0                         49 %
	//  idle (L1)                     250 MB          250 MiB [249, 252]                      +0 %  49 %  ✓ confirmed
	//  3 users (L4)                  580 MB          300 MiB [299, 302]                     -48 %  59 %  ✗ refuted
	//  10 users (L7)                 crashes         390 MiB [389, 392], 0 of 3 killed             76 %  ~ inconclusive
	//  Django base (C1)              80-100 MB       236 MiB [234, 237]                                  ✗ refuted
	//  total: exceeds the plan (C6)  360-580 MB      300 MiB [299, 302]                                  ✗ refuted
	//  at most 2 to 3 users (K1)     2-3 users       memory fits at 10, service kept at 10               ✗ refuted
	//  same memory as free (K7)      2-3 users       memory fits at 10, service kept at 10               ✗ refuted
	//  largest U                     budget 435 MiB  395 MiB                                 -9 %  77 %  ✓ within the budget
	//  OOM kills, restarts                           0, 0                                                ✓ none
	//  delivery, 3 users                             99.9 %, p99 31 ms                                   ✓ 99 % or more
	//  delivery, 10 users                            99.9 %, p99 31 ms                                   ✓ 99 % or more
	//  generator                                     lag p99 12 ms                                       ✓ on time and reading
	//  list requests                                 75 at 3 users, 75 at 10 users                       ✓ levels settled
	//
	//  PASS  the largest U, 395 MiB, stays below the budget of 435 MiB; the next trial stays below 396 MiB (one-sided 95 % bound of 3 trials)
	//  Why   L7: 0 of 3 trials killed: 6 of 6 would confirm, 0 of 6 refute
	//  Note  Figures are on the reference app and do not speak for the real one.
	//        The document's MB is read as MiB; were it 10^6 bytes, 4.9 % would hang on it.
	//  Next  pixelload check --data heavy   the same with more in the database
	//  Run   runs/test
	//  Exit  0
}
