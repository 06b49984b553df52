// Package account is the people a target was seeded with, and the tokens they
// carry: a harness that knows the target's secret mints them and so does not
// measure password hashing.
package account

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/pixeltales/pixelload/internal/run"
)

// Manifest is what `manage.py seed` wrote beside the database.
type Manifest struct {
	Data run.Data `json:"data"`
	// Password is shared by all users of the scratch database.
	Password string `json:"password"`
	Users    []User `json:"users"`
}

// User is one seeded account.
type User struct {
	ID       int    `json:"id"`
	Username string `json:"username"`
	Email    string `json:"email"`
}

// ReadManifest reads the manifest at path.
func ReadManifest(path string) (*Manifest, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading accounts: %w", err)
	}
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("parsing accounts %s: %w", path, err)
	}
	return &m, nil
}

// Mint returns an access token for the user, as the target itself would sign
// it with secret: HS256 with the claims token_type, exp, iat, jti and user_id.
func Mint(secret string, userID int, now time.Time) (string, error) {
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		return "", fmt.Errorf("making a token id: %w", err)
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"token_type": "access",
		"exp":        now.Add(30 * 24 * time.Hour).Unix(),
		"iat":        now.Unix(),
		"jti":        hex.EncodeToString(id),
		"user_id":    userID,
	}).SignedString([]byte(secret))
}
