package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/pixeltales/pixelload/internal/memory"
)

// The charts are SVG drawn here and not by a script: they are read without
// one, print as sharp as text, and are the same bytes for the same runs, which
// a charting library in the page cannot promise. The page's own small script
// only reads values off them.
//
// A chart is as wide as the page, so horizontal places are per cent of it, and
// as high as chartHeight says, in pixels: text keeps its size on a phone.
// Curves alone lie in an inner drawing, 1000 wide, that is stretched.
const (
	chartHeight = 240
	curveWidth  = 1000
)

// percentage is a horizontal place or width; px a vertical one, from the top.
type (
	percentage float64
	px         float64
)

func (p percentage) String() string { return number(float64(p)) + "%" }
func (p px) String() string         { return number(float64(p)) }

// place is a point of a chart.
type place struct {
	X percentage
	Y px
}

// tick is a line of the grid and what stands at its end.
type tick struct {
	place
	Label string
}

// across returns the part of whole, from 0 to 100.
func across(part, whole float64) percentage {
	if whole <= 0 {
		return 0
	}
	return percentage(100 * min(max(part/whole, 0), 1))
}

// number prints a coordinate: a tenth of a pixel is finer than any screen.
func number(v float64) string {
	text := strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
	if text == "-0" {
		return "0"
	}
	return text
}

// scale maps bytes from 0 to top onto the height of a chart.
type scale struct{ top float64 }

// scaleFor returns the scale that shows what must be seen, and of the lines
// each that is not so far above it that the rest would lie flat.
func scaleFor(must float64, lines ...int64) scale {
	top := must
	for _, line := range lines {
		if float64(line) <= 3*must {
			top = max(top, float64(line))
		}
	}
	if top <= 0 {
		top = memory.MiB
	}
	return scale{1.06 * top}
}

// shows reports that the line is on the scale.
func (s scale) shows(line int64) bool { return line > 0 && float64(line) <= s.top }

// at is the height of bytes; what is off the scale lies on its edge.
func (s scale) at(bytes float64) px {
	return px(chartHeight * (1 - min(max(bytes/s.top, 0), 1)))
}

// ticks are three to six round figures.
func (s scale) ticks() []tick {
	var ticks []tick
	for v := 0.0; v <= s.top; v += step(s.top/memory.MiB) * memory.MiB {
		ticks = append(ticks, tick{place{Y: s.at(v)}, number(v / memory.MiB)})
	}
	return ticks
}

// step is 1, 2 or 5 times a power of ten, so that three to six fit into top.
func step(top float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(top/3)))
	for _, times := range []float64{5, 2} {
		if top/(times*power) >= 3 {
			return times * power
		}
	}
	return power
}
