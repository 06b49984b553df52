package memory

import "testing"

// One unit: bytes within, and /proc's kB are 1024. 512 MB and 512 MiB differ by
// 24 million bytes.
func TestFault42Units(t *testing.T) {
	t.Parallel()
	const mb, mib = 512e6, 512 << 20
	if 512*MiB != mib || mib-mb != 24870912 {
		t.Fatalf("MiB = %d", MiB)
	}
	got, err := parseRollup([]byte("Pss: 524288 kB\nPss_Anon: 500000 kB\n"))
	if want := (rollup{pss: Known(mib), anon: Known(mb)}); err != nil || got != want {
		t.Errorf("parseRollup = %v, %v; want %v", got, err, want)
	}
	if got, err := parseFigure([]byte("18446744073709551615\n")); err != nil || got != Known(1<<64-1) {
		t.Errorf("the largest number: %v, %v", got, err)
	}
}
