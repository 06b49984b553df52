package service

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// CopyDataDir copies a data directory whose server was stopped orderly to
// dst, which must not exist; modes and owners are kept. After an error there
// is no dst.
func CopyDataDir(src, dst string) error {
	if err := checkShutDown(src); err != nil {
		return fmt.Errorf("copying PostgreSQL data: %w", err)
	}
	if _, err := os.Lstat(dst); err == nil {
		return fmt.Errorf("copying PostgreSQL data: %s exists", dst)
	}
	err := filepath.WalkDir(src, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(src, path)
		if err != nil {
			return err
		}
		return copyEntry(path, filepath.Join(dst, rel), d)
	})
	if err != nil {
		return errors.Join(fmt.Errorf("copying PostgreSQL data: %w", err), os.RemoveAll(dst))
	}
	return nil
}

// checkShutDown reads the cluster's state: a 32-bit word at byte 16 of
// pg_control, 1 for an orderly end (src/include/catalog/pg_control.h).
func checkShutDown(dataDir string) error {
	data, err := os.ReadFile(filepath.Join(clusterDir(dataDir), "global/pg_control"))
	if err != nil {
		return err
	}
	if len(data) < 20 || binary.NativeEndian.Uint32(data[16:]) != 1 {
		return fmt.Errorf("%s was not stopped orderly: start and stop it once, or make it again", dataDir)
	}
	return nil
}

func copyEntry(src, dst string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	switch {
	case d.IsDir():
		err = os.Mkdir(dst, 0o700)
	case d.Type().IsRegular():
		err = copyFile(src, dst)
	default:
		err = fmt.Errorf("%s is neither file nor folder", src)
	}
	if err != nil {
		return err
	}
	owner := info.Sys().(*syscall.Stat_t)
	return errors.Join(os.Chown(dst, int(owner.Uid), int(owner.Gid)), os.Chmod(dst, info.Mode().Perm()))
}

func copyFile(src, dst string) error {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(dst, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
