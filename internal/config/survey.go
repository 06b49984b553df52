package config

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Survey is what a checkout tells about itself, for a first file.
type Survey struct {
	Plan     string    // of the hosting, as render.yaml has it; "": none
	PlanFile string    // where that stands
	Services []Service // of Compose that publish a port
}

// Service is one of Docker Compose.
type Service struct {
	Name, Port string // the port on this machine
	File       string
}

// telling are the files that tell something, by name: a checkout holds others, of
// any kind and size.
var telling = []string{"render.yaml", "docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml"}

// surveyDepth is how many folders below the checkout are looked into.
const surveyDepth = 3

// notOurs are folders that hold other people's projects.
var notOurs = []string{"node_modules", "venv", "env", "site-packages"}

// Look surveys the checkout in dir. What it cannot read is left out: nothing
// depends on it.
func Look(dir string) (Survey, error) {
	var s Survey
	dir, err := filepath.EvalSymlinks(dir) // a walk does not follow links
	if err != nil {
		return s, fmt.Errorf("looking at the checkout: %w", err)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		relative, relErr := filepath.Rel(dir, path)
		switch {
		case err != nil && path == dir:
			return err
		case err != nil || relErr != nil:
			return nil
		case d.IsDir() && relative != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains(notOurs, d.Name()) || strings.Count(relative, "/") >= surveyDepth):
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		s.see(dir, relative)
		return nil
	})
	if err != nil {
		return s, fmt.Errorf("looking at the checkout: %w", err)
	}
	return s, nil
}

// see notes what one file tells. The nearest to the top counts.
func (s *Survey) see(dir, relative string) {
	name := filepath.Base(relative)
	if !slices.Contains(telling, name) {
		return
	}
	data, err := os.ReadFile(filepath.Join(dir, relative))
	if err != nil {
		return
	}
	switch name {
	case "render.yaml":
		var file struct {
			Services []struct {
				Type, Plan string
			}
		}
		if yaml.Unmarshal(data, &file) != nil {
			return
		}
		nearer := s.Plan == "" || strings.Count(relative, "/") < strings.Count(s.PlanFile, "/")
		for _, service := range file.Services {
			if nearer && service.Type == "web" && service.Plan != "" {
				s.Plan, s.PlanFile = service.Plan, relative
				return
			}
		}
	default: // Compose's
		var file struct {
			Services map[string]struct{ Ports []any }
		}
		if yaml.Unmarshal(data, &file) != nil {
			return
		}
		for _, name := range slices.Sorted(maps.Keys(file.Services)) {
			for _, p := range file.Services[name].Ports {
				if port := published(p); port != "" {
					s.Services = append(s.Services, Service{name, port, relative})
				}
			}
		}
	}
}

// published is the port of this machine in Compose's [HOST:]PORT:PORT; "" where
// it is none.
func published(port any) string {
	text, ok := port.(string)
	if !ok {
		return ""
	}
	parts := strings.Split(text, ":")
	if len(parts) < 2 {
		return ""
	}
	number := parts[len(parts)-2]
	if number == "" || strings.Trim(number, "0123456789") != "" {
		return ""
	}
	return number
}
