package run

// Unlike names what keeps the trials of two headers from being one series, with what
// it is in each: figures of another seed, pixelload, target or machine are not
// comparable. The name is "" where nothing does.
func (h Header) Unlike(other Header) (what string, is, others any) {
	for _, pair := range []struct {
		what       string
		is, others any
	}{
		{"seed", h.Seed, other.Seed},
		{"pixelload", h.Tool, other.Tool},
		{"target", h.Target, other.Target},
		{"machine", h.Machine, other.Machine},
	} {
		if pair.is != pair.others {
			return pair.what, pair.is, pair.others
		}
	}
	return "", nil, nil
}
