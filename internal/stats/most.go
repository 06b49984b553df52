package stats

import "fmt"

// Step is a tested number of users and the largest figures of its trials.
type Step struct {
	Users int
	Peaks Summary
}

// Most is the largest tested number of users whose next trial stays below limit
// with the chance given, and so do all smaller ones: T((limit-mean)/(s
// sqrt(1+1/n))) >= chance. last says that nothing larger was tested, so that more may
// fit; it never says how many. found is false when not even the first fits.
func Most(steps []Step, limit, chance float64) (users int, last, found bool, err error) {
	for i, step := range steps {
		if i > 0 && step.Users <= steps[i-1].Users {
			return 0, false, false, fmt.Errorf("step of %d users after one of %d: want them ascending", step.Users, steps[i-1].Users)
		}
		next, err := step.Peaks.Next()
		if err != nil {
			return 0, false, false, fmt.Errorf("%d users: %w", step.Users, err)
		}
		if next.ChanceBelow(limit) < chance {
			return users, false, found, nil
		}
		users, found = step.Users, true
	}
	return users, found, found, nil
}
