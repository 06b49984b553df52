package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/pixeltales/pixelload/internal/checkout"
	"github.com/pixeltales/pixelload/internal/claim"
)

// examineApp says beforehand what will work with a checkout. It makes the
// environment where there is none yet, and reads the settings.
func examineApp(ctx context.Context, o appOptions) []finding {
	f := finding{Name: "checkout", Needed: true}
	c, err := o.checkout(ctx)
	if err != nil {
		f.Found = oneLine(err)
		return []finding{f}
	}
	t, parts := c.Target(), c.Parts()
	f.OK, f.Found = true, fmt.Sprintf("%s at %s in %s, settings %s, served as %s", t.Name, t.Ref, parts.Backend, parts.Settings, parts.ASGI)
	python := finding{Name: "environment", Needed: true, OK: true, Found: fmt.Sprintf("%s, Django %s", c.Python(), parts.Django)}
	if parts.Requirements != "" {
		python.Found += ", made of " + parts.Requirements
	}
	about := c.About()
	findings := []finding{f, python, examineNetwork(about.NotIsolated, c.Dials())}
	if len(about.Placeholders) > 0 {
		findings = append(findings, finding{Name: "variables", OK: true, Found: "demanded, and given a value of no meaning: " + strings.Join(about.Placeholders, ", ")})
	}
	findings = append(findings, examineVariants(c))
	missing, err := c.Missing(ctx)
	if err != nil {
		findings = append(findings, finding{Name: "data", Needed: true, Found: oneLine(err)})
	}
	for _, lack := range append(about.Capabilities, missing...) {
		findings = append(findings, finding{Name: "capability", Found: lack.What + ": " + lack.Why, Remedy: lack.Costs})
	}
	return findings
}

// examineNetwork says whether the app can reach anybody, and whom it tried to.
func examineNetwork(why string, dials []string) finding {
	f := finding{Name: "network", OK: why == "", Found: "its own, which reaches nobody"}
	if why != "" {
		f.Found = "the machine's, because it can have none of its own: " + why
		f.Remedy = "calls of its Python code are refused, those of native code and of other programs that it starts are not: run as root, or allow user namespaces"
	}
	if len(dials) > 0 {
		f.Found += fmt.Sprintf("; its settings and routes tried to reach %s", strings.Join(dials, ", "))
	}
	return f
}

// examineVariants says which variants the checkout can be.
func examineVariants(c *checkout.Checkout) finding {
	f := finding{Name: "variants", OK: true}
	doc, err := claim.Load()
	if err != nil {
		return finding{Name: "variants", Found: oneLine(err)}
	}
	var can, cannot []string
	for _, v := range doc.Variants {
		if err := c.Check(v); err != nil {
			cannot = append(cannot, oneLine(err))
		} else {
			can = append(can, v.Name)
		}
	}
	f.Found, f.Remedy = strings.Join(can, ", "), strings.Join(cannot, "; ")
	f.OK = len(cannot) == 0
	return f
}
