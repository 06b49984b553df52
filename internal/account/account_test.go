package account

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestMintedTokenIsTheTargetsOwn(t *testing.T) {
	now := time.Now()
	token, err := Mint("kettle", 41, now)
	if err != nil {
		t.Fatal(err)
	}
	claims := jwt.MapClaims{}
	if _, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return []byte("kettle"), nil },
		jwt.WithValidMethods([]string{"HS256"})); err != nil {
		t.Fatal(err)
	}
	if claims["token_type"] != "access" || claims["user_id"] != 41.0 {
		t.Errorf("claims = %v", claims)
	}
	if id, _ := claims["jti"].(string); len(id) != 32 {
		t.Errorf("jti = %q, want 32 hex digits", id)
	}
	if other, _ := Mint("kettle", 41, now); other == token {
		t.Error("two tokens are the same")
	}
	if _, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return []byte("other"), nil }); err == nil {
		t.Error("the token is valid under another secret")
	}
}

func TestReadManifestNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accounts.json")
	if _, err := ReadManifest(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v does not name %s", err, path)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadManifest(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v does not name %s", err, path)
	}
	if err := os.WriteFile(path, []byte(`{"data":{"name":"light","words":7},"users":[{"id":3,"username":"u","email":"u@load.test"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := ReadManifest(path)
	if err != nil || m.Users[0].ID != 3 || m.Data.Words != 7 {
		t.Errorf("ReadManifest = %+v, %v", m, err)
	}
}
