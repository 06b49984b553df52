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
	Manage   string    // of a Django project, its manage.py; "": none
	Plan     string    // of the hosting, as render.yaml has it; "": none
	PlanFile string    // where that stands
	Services []Service // of Compose that publish a port
}

// Service is one of Docker Compose.
type Service struct {
	Name, Port string // the port on this machine
	File       string
}

// surveyDepth is how many folders below the checkout are looked into.
const surveyDepth = 3

// notOurs are folders that hold other people's projects.
var notOurs = []string{"node_modules", "venv", "env", "site-packages"}

// Look surveys the checkout in dir. What it cannot read is left out: nothing
// depends on it.
func Look(dir string) (Survey, error) {
	var s Survey
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		relative, relErr := filepath.Rel(dir, path)
		switch {
		case err != nil && path == dir:
			return err
		case err != nil || relErr != nil:
			return nil
		case d.IsDir() && relative != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains(notOurs, d.Name()) || strings.Count(relative, "/") >= surveyDepth):
			return fs.SkipDir
		case d.IsDir():
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
	data, err := os.ReadFile(filepath.Join(dir, relative))
	if err != nil {
		return
	}
	switch filepath.Base(relative) {
	case "manage.py":
		nearer := s.Manage == "" || strings.Count(relative, "/") < strings.Count(s.Manage, "/")
		if nearer && strings.Contains(string(data), "DJANGO_SETTINGS_MODULE") {
			s.Manage = relative
		}
	case "render.yaml":
		var file struct {
			Services []struct {
				Type, Plan string
			}
		}
		if yaml.Unmarshal(data, &file) != nil {
			return
		}
		for _, service := range file.Services {
			if service.Type == "web" && service.Plan != "" && s.Plan == "" {
				s.Plan, s.PlanFile = service.Plan, relative
			}
		}
	case "docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml":
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
