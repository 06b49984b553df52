package main

import (
	"errors"
	"strings"
	"testing"
)

func TestReceiver(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		address string
		code    int    // 0: taken
		says    string // in the error
	}{
		{"", 0, ""},
		{"http://127.0.0.1:9090/api/v1/write", 0, ""},
		{"http://[::1]:9090/api/v1/write", 0, ""},
		{"http://172.18.0.4:9090/api/v1/write", 0, ""},
		{"https://[fd00::4]/write", 0, ""},
		{"http://8.8.8.8:9090/api/v1/write", exitRefused, "neither on this machine"},
		{"http://[::ffff:8.8.8.8]/api/v1/write", exitRefused, "neither on this machine"},
		{"http://0.0.0.0:9090/api/v1/write", exitRefused, "neither on this machine"},
		{"http://127.0.0.1:9090", exitBadInput, "whole address"},
		{"127.0.0.1:9090", exitBadInput, "127.0.0.1:9090"},
		{"ftp://127.0.0.1/write", exitBadInput, "whole address"},
		{"http://me:hunter2@127.0.0.1:9090/api/v1/write", exitBadInput, "password"},
		{"http://me:hunter2@127.0.0.1:port/api/v1/write", exitBadInput, "not an address"},
	} {
		got, err := receiver(t.Context(), row.address)
		if row.code == 0 {
			if err != nil || got != row.address {
				t.Errorf("receiver(%q) = %q, %v", row.address, got, err)
			}
			continue
		}
		var code exitCode
		if !errors.As(err, &code) || code.code != row.code || !strings.Contains(err.Error(), row.says) {
			t.Errorf("receiver(%q) = %v, want exit code %d and %q", row.address, err, row.code, row.says)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("receiver(%q) shows the password: %v", row.address, err)
		}
	}
}
