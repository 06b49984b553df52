package checkout

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/needed"
)

// overlay is a program that applies our overrides to settings.
const overlay = `
import json, sys
from pixelload_app import overrides
settings, environ = json.load(sys.stdin)
replaced = overrides.apply(settings, environ)
print(json.dumps({"settings": settings, "replaced": [r["what"] + ": " + r["why"] for r in replaced]}))
`

type object = map[string]any

// overlaidBy returns the settings after our overrides, and what they replaced.
func overlaidBy(t *testing.T, settings, environ object) (object, []string) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		needed.Skip(t, "%v", err)
	}
	all := object{
		"SECRET_KEY": "s", "ALLOWED_HOSTS": "127.0.0.1", "DATABASE_URL": "sqlite:////data/db.sqlite3", "PIXELLOAD_SCRATCH": "/scratch",
	}
	for name, value := range environ {
		all[name] = value
	}
	in, err := json.Marshal([]object{settings, all})
	if err != nil {
		t.Fatal(err)
	}
	code, err := writeCode(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", overlay)
	cmd.Env = []string{"PYTHONPATH=" + code, "PYTHONDONTWRITEBYTECODE=1"}
	cmd.Stdin = strings.NewReader(string(in))
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, complaint.String())
	}
	var found struct {
		Settings object
		Replaced []string
	}
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	return found.Settings, found.Replaced
}

const noWords = "word cache: no setting WORD_CACHE_SECONDS: the word list is cached as the checkout does it"

// TestOverrides: what a trial decides wins, what it does not decide stays.
func TestOverrides(t *testing.T) {
	postgres := object{
		"DATABASE_URL": "postgres://us%40er:p@127.0.0.1:5433/tales", "CONN_MAX_AGE": "300",
		"PIXELTALES_CONNECT_TIMEOUT": "10", "PIXELTALES_STATEMENT_TIMEOUT": "30",
	}
	redis := object{"PIXELTALES_CHANNEL_LAYER": "redis", "REDIS_URL": "redis://127.0.0.1:6380/0"}
	for _, row := range []struct {
		name              string
		settings, environ object
		want              object // of the settings; a nil value is null
		replaced          []string
	}{
		{
			name:     "signing and hosts",
			settings: object{"SECRET_KEY": "theirs", "DEBUG": true, "SECURE_SSL_REDIRECT": true, "SIMPLE_JWT": object{"ALGORITHM": "RS256", "ISSUER": "x", "UPDATE_LAST_LOGIN": true}},
			want: object{
				"SECRET_KEY": "s", "DEBUG": false, "ALLOWED_HOSTS": []any{"127.0.0.1"}, "SECURE_SSL_REDIRECT": false,
				"SIMPLE_JWT": object{"ALGORITHM": "HS256", "SIGNING_KEY": "s", "VERIFYING_KEY": "", "AUDIENCE": nil, "ISSUER": nil, "USER_ID_CLAIM": "user_id", "UPDATE_LAST_LOGIN": true},
			},
			replaced: []string{"tokens: signed with HS256 in place of RS256", noWords},
		},
		{
			name: "SQLite keeps the checkout's options, and every alias is the trial's",
			settings: object{"DATABASES": object{
				"default": object{"ENGINE": "django.db.backends.sqlite3", "NAME": "theirs", "OPTIONS": object{"timeout": 20}},
				"replica": object{"ENGINE": "django.db.backends.postgresql", "HOST": "live.example"},
			}},
			want: object{"DATABASES": object{
				"default": object{"ENGINE": "django.db.backends.sqlite3", "NAME": "/data/db.sqlite3", "OPTIONS": object{"timeout": 20.}, "CONN_MAX_AGE": 0.},
				"replica": object{"ENGINE": "django.db.backends.sqlite3", "NAME": "/data/db.sqlite3", "OPTIONS": object{"timeout": 20.}, "CONN_MAX_AGE": 0.},
			}},
			replaced: []string{"database replica: it is the default one", noWords},
		},
		{
			name: "PostgreSQL has the variant's times and the checkout's other options",
			settings: object{"DATABASES": object{"default": object{
				"ENGINE": "theirs.postgresql", "CONN_HEALTH_CHECKS": true,
				"OPTIONS": object{"connect_timeout": 3, "options": "-c statement_timeout=5000 -c search_path=tales", "sslmode": "prefer"},
			}}},
			environ: postgres,
			want: object{"DATABASES": object{"default": object{
				"ENGINE": "theirs.postgresql", "CONN_HEALTH_CHECKS": true, "CONN_MAX_AGE": 300.,
				"NAME": "tales", "USER": "us@er", "PASSWORD": "p", "HOST": "127.0.0.1", "PORT": "5433",
				"OPTIONS": object{"connect_timeout": 10., "options": "-c search_path=tales -c statement_timeout=30000", "sslmode": "prefer"},
			}}},
			replaced: []string{noWords},
		},
		{
			name:     "the checkout's times are not the variant's",
			settings: object{"DATABASES": object{"default": object{"ENGINE": "django.db.backends.postgresql", "OPTIONS": object{"connect_timeout": 3, "options": "-c statement_timeout=5000"}}}},
			environ:  object{"DATABASE_URL": "postgres://u:p@127.0.0.1:5433/tales"},
			want: object{"DATABASES": object{"default": object{
				"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 0., "OPTIONS": object{},
				"NAME": "tales", "USER": "u", "PASSWORD": "p", "HOST": "127.0.0.1", "PORT": "5433",
			}}},
			replaced: []string{noWords},
		},
		{
			name: "what would lead the driver to another server is left out",
			settings: object{"DATABASES": object{"default": object{"ENGINE": "django.db.backends.postgresql", "OPTIONS": object{
				"hostaddr": "192.0.2.7", "service": "live", "passfile": "/live", "sslmode": "require", "sslrootcert": "/ca",
				"isolation_level": 2, "pool": object{"min_size": 2}, "application_name": "tales", "server_side_binding": true,
			}}}},
			environ: object{"DATABASE_URL": "postgres://u:p@127.0.0.1:5433/tales"},
			want: object{"DATABASES": object{"default": object{
				"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 0., "NAME": "tales", "USER": "u", "PASSWORD": "p", "HOST": "127.0.0.1", "PORT": "5433",
				"OPTIONS": object{"isolation_level": 2., "pool": object{"min_size": 2.}, "application_name": "tales", "server_side_binding": true},
			}}},
			replaced: []string{"database: without its options hostaddr, passfile, service, sslmode, sslrootcert", noWords},
		},
		{
			name: "files of a cache and of a log are the trial's",
			settings: object{
				"CACHES":  object{"pages": object{"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": "/var/tmp/live", "TIMEOUT": 5}},
				"LOGGING": object{"version": 1, "handlers": object{"file": object{"class": "logging.FileHandler", "filename": "/var/log/live.log"}, "console": object{"class": "logging.StreamHandler"}}},
			},
			want: object{
				"CACHES":  object{"pages": object{"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": "/scratch/cache-pages", "TIMEOUT": 5.}},
				"LOGGING": object{"version": 1., "handlers": object{"file": object{"class": "logging.FileHandler", "filename": "/scratch/file.log"}, "console": object{"class": "logging.StreamHandler"}}},
			},
			replaced: []string{"cache pages: its files are in a scratch folder", noWords},
		},
		{
			name:     "another server",
			settings: object{"DATABASES": object{"default": object{"ENGINE": "django.db.backends.mysql", "OPTIONS": object{"charset": "utf8mb4"}, "ATOMIC_REQUESTS": true}}},
			want: object{"DATABASES": object{"default": object{
				"ENGINE": "django.db.backends.sqlite3", "NAME": "/data/db.sqlite3", "OPTIONS": object{}, "CONN_MAX_AGE": 0., "ATOMIC_REQUESTS": true,
			}}},
			replaced: []string{"database: sqlite3 in place of django.db.backends.mysql", noWords},
		},
		{
			name:     "a layer in memory keeps its limits",
			settings: object{"CHANNEL_LAYERS": object{"default": object{"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": object{"capacity": 50}}}},
			want:     object{"CHANNEL_LAYERS": object{"default": object{"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": object{"capacity": 50.}}}},
			replaced: []string{noWords},
		},
		{
			name: "strangers' Redis servers are left alone",
			settings: object{
				"CHANNEL_LAYERS": object{"default": object{"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": object{"hosts": []any{"rediss://live.example"}, "capacity": 1500}}},
				"CACHES": object{
					"default": object{"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "rediss://live.example"},
					"local":   object{"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "x"},
				},
			},
			want: object{
				"CHANNEL_LAYERS": object{"default": object{"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": object{}}},
				"CACHES": object{
					"default": object{"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "default"},
					"local":   object{"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "x"},
				},
			},
			replaced: []string{
				"channel layer: the variant's channels.layers.InMemoryChannelLayer in place of channels_redis.core.RedisChannelLayer",
				"cache default: in the process's memory in place of django_redis.cache.RedisCache", noWords,
			},
		},
		{
			name: "the trial's Redis is led to",
			settings: object{
				"CHANNEL_LAYERS": object{"default": object{"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": object{"hosts": []any{object{"address": "rediss://live.example", "retry": 2}}, "capacity": 1500}}},
				"CACHES":         object{"default": object{"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "rediss://live.example", "TIMEOUT": 5}},
			},
			environ: redis,
			want: object{
				"CHANNEL_LAYERS": object{"default": object{"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": object{"hosts": []any{object{"address": "redis://127.0.0.1:6380/0", "retry": 2.}}, "capacity": 1500.}}},
				"CACHES":         object{"default": object{"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://127.0.0.1:6380/0", "TIMEOUT": 5.}},
			},
			replaced: []string{noWords},
		},
		{
			name:     "a layer of ours waits as long as it must",
			settings: object{},
			environ:  redis,
			want: object{"CHANNEL_LAYERS": object{"default": object{"BACKEND": "channels_redis.core.RedisChannelLayer",
				"CONFIG": object{"hosts": []any{object{"address": "redis://127.0.0.1:6380/0", "socket_timeout": nil}}}}}},
			replaced: []string{"channel layer: the variant's channels_redis.core.RedisChannelLayer in place of channels.layers.InMemoryChannelLayer", noWords},
		},
		{
			name: "words, throttles, files, mail",
			settings: object{
				"WORD_CACHE_SECONDS": 60, "INSTALLED_APPS": []any{"axes"}, "CELERY_BROKER_URL": "amqps://live.example",
				"REST_FRAMEWORK":       object{"PAGE_SIZE": 20, "DEFAULT_THROTTLE_RATES": object{"anon": "5/min", "user": nil}},
				"DEFAULT_FILE_STORAGE": "storages.backends.s3.S3Storage", "STATICFILES_STORAGE": "whitenoise.storage.CompressedManifestStaticFilesStorage",
			},
			environ: object{"PIXELTALES_WORD_CACHE_SECONDS": "3600"},
			want: object{
				"WORD_CACHE_SECONDS": 3600., "AXES_ENABLED": false, "CELERY_BROKER_URL": "memory://", "MEDIA_ROOT": "/scratch/media",
				"EMAIL_BACKEND":        "django.core.mail.backends.dummy.EmailBackend",
				"REST_FRAMEWORK":       object{"PAGE_SIZE": 20., "DEFAULT_THROTTLE_RATES": object{"anon": nil, "user": nil}},
				"DEFAULT_FILE_STORAGE": "django.core.files.storage.FileSystemStorage", "STATICFILES_STORAGE": "django.contrib.staticfiles.storage.StaticFilesStorage",
			},
			replaced: []string{
				"throttling: switched off: anon 5/min", "throttling: switched off: axes",
				"uploads: in a local folder in place of storages.backends.s3.S3Storage", "tasks: CELERY_BROKER_URL is in the process's memory",
			},
		},
		{
			name:     "storages as newer Django has them",
			settings: object{"STORAGES": object{"default": object{"BACKEND": "django.core.files.storage.FileSystemStorage"}, "staticfiles": object{"BACKEND": "x"}}, "WORD_CACHE_SECONDS": 5},
			want: object{"WORD_CACHE_SECONDS": 0., "STORAGES": object{
				"default": object{"BACKEND": "django.core.files.storage.FileSystemStorage"}, "staticfiles": object{"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
			}},
			replaced: []string{},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, replaced := overlaidBy(t, row.settings, row.environ)
			for name, want := range row.want {
				if diff := cmp.Diff(want, got[name]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			if diff := cmp.Diff(row.replaced, replaced); diff != "" {
				t.Errorf("replaced (-want +got):\n%s", diff)
			}
		})
	}
}
