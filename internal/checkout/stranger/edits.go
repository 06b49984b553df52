package stranger

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// files are what the stranger has and the reference has not, in their places.
//
//go:embed all:files
var files embed.FS

// estrange turns the reference app's tree into the stranger's.
func (t tree) estrange() error {
	for _, step := range []func() error{t.renameAll, t.splitSettings, t.changeModels, t.addFiles, t.addMigration, t.moveToFolders} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// renameAll changes names. The order matters: the app's label in migrations
// is told from its package by the quote before it.
func (t tree) renameAll() error {
	for _, name := range [][2]string{
		{`'storybook\.`, `'folio.`},
		{`\bstorybook\b`, `tales`},
		{`\bStorybookConfig\b`, `TalesConfig`},
		{`\bpixeltales\b`, `inkwell`},
		{`\bPIXELTALES_`, `INKWELL_`},
		{`\binkwell\.settings\b`, `inkwell.settings.production`},
		{`\bUserProfile\b`, `ReaderCard`},
		{`\bProfanityWord\b`, `FilteredWord`},
	} {
		if err := t.rename(name[0], name[1]); err != nil {
			return err
		}
	}
	return t.edit("tales/apps.py", "    name = \"tales\"\n", "    name = \"tales\"\n    label = \"folio\"\n")
}

// splitSettings makes a package of the settings file. What is not taken into
// another file stays in base.py.
func (t tree) splitSettings() error {
	const base = "inkwell/settings/base.py"
	if err := t.move("inkwell/settings.py", base); err != nil {
		return err
	}
	if err := t.edit(base, "Path(__file__).resolve().parent.parent\n", "Path(__file__).resolve().parents[2]\n"); err != nil {
		return err
	}
	for _, part := range []struct {
		file, head string
		blocks     [][2]string // first and last line of each
	}{
		{"apps.py", "\"\"\"What is installed.\"\"\"\n\nAUTH_USER_MODEL = \"members.Member\"\n", [][2]string{{"INSTALLED_APPS = [", "]"}}},
		{"stores.py", "\"\"\"Database and channel layer.\"\"\"\n\nimport os\n\nfrom .base import BASE_DIR\n", [][2]string{
			{"from inkwell.databases import", ""}, {"from inkwell.layers import", ""}, {"DATABASES = ", ""}, {"CHANNEL_LAYERS = ", ""},
		}},
		{"api.py", "\"\"\"The framework of the API, and its tokens.\"\"\"\n\n", [][2]string{
			{"from datetime import timedelta", ""}, {"REST_FRAMEWORK = {", "}"}, {"SIMPLE_JWT = {", "}"},
		}},
	} {
		text := part.head
		for _, block := range part.blocks {
			lines, err := t.cut(base, block[0], block[1])
			if err != nil {
				return err
			}
			if strings.Contains(block[0], " = ") {
				text += "\n"
			}
			text += lines
		}
		t["inkwell/settings/"+part.file] = text
	}
	return t.edit("inkwell/settings/apps.py", "    \"tales\",\n", "    \"members\",\n    \"tales\",\n")
}

// changeModels gives stories a field that nobody else's have, and indexes
// names that do not depend on the table's.
func (t tree) changeModels() error {
	const views = "    views = models.IntegerField(default=0)\n"
	const mood = "    mood = models.CharField(choices=[(\"calm\", \"Calm\"), (\"wild\", \"Wild\")], max_length=10)\n"
	const initial = "tales/migrations/0001_initial.py"
	err := t.edit("tales/models/story.py", views, views+mood)
	for field, name := range map[string]string{"timestamp": "operation_time", "page_number": "operation_page"} {
		model := fmt.Sprintf(`models.Index(fields=["session", "%s"])`, field)
		err = errors.Join(err, t.edit("tales/models/collaboration.py", model, strings.TrimSuffix(model, ")")+fmt.Sprintf(`, name="%s")`, name)))
		migration := fmt.Sprintf("models.Index(fields=['session', '%s'], name='", field)
		_, rest, _ := strings.Cut(t[initial], migration)
		old, _, _ := strings.Cut(rest, "'")
		err = errors.Join(err, t.edit(initial, migration+old+"'", migration+name+"'"))
	}
	return err
}

func (t tree) addFiles() error {
	inside, err := fs.Sub(files, "files/server")
	if err != nil {
		return err
	}
	more := tree{}
	err = fs.WalkDir(inside, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(inside, name)
		more[name] = string(text)
		return err
	})
	if err != nil {
		return err
	}
	return t.add(more)
}

// addMigration puts the stranger's own migration behind the last one of the
// reference.
func (t tree) addMigration() error {
	const added, folder = "tales/migrations/9999_mood.py", "tales/migrations"
	var names []string
	for name := range t {
		if path.Dir(name) == folder && name != added && path.Base(name) != "__init__.py" {
			names = append(names, strings.TrimSuffix(path.Base(name), ".py"))
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("%s has no migration", folder)
	}
	slices.Sort(names)
	if err := t.edit(added, "PREVIOUS", names[len(names)-1]); err != nil {
		return err
	}
	return t.move(added, fmt.Sprintf("%s/%04d_mood.py", folder, len(names)+1))
}

// moveToFolders puts Django into server/ and the requirements into ops/.
func (t tree) moveToFolders() error {
	for _, name := range []string{"requirements.txt", "requirements-servers.txt"} {
		if _, ok := t[name]; !ok {
			return fmt.Errorf("%s is missing", name)
		}
	}
	moved := tree{
		"README.md":                       "# Inkwell\n\nStories that children draw and write together. Deployed from `server/`.\n",
		"ops/requirements/base.txt":       t["requirements.txt"],
		"ops/requirements/production.txt": "-r base.txt\n",
	}
	delete(t, "requirements.txt")
	delete(t, "requirements-servers.txt")
	for name, text := range t {
		moved["server/"+name] = text
	}
	clear(t)
	return t.add(moved)
}
