package service

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// RedisOptions says which Redis to start.
type RedisOptions struct {
	// Binary is redis-server or valkey-server, as FindRedis returns it.
	Binary string
	// LogPath is appended to.
	LogPath string
	// Journal may be nil: then nothing is remembered.
	Journal Journal
}

// Redis is a running, empty Redis that writes nothing to disk.
type Redis struct {
	*Server
	password string
}

// StartRedis starts Redis and returns when it answers. The context bounds the
// start only; the server runs until Stop, or until pixelload dies.
func StartRedis(ctx context.Context, o RedisOptions) (*Redis, error) {
	password := newPassword()
	server, err := program{
		name:    "Redis",
		command: func(port int) *exec.Cmd { return redisCommand(o.Binary, password, port) },
		ready:   func(_, port int) bool { return redisReady(password, port) },
		stop:    syscall.SIGTERM,
		death:   syscall.SIGKILL,
	}.start(ctx, o.LogPath, o.Journal)
	if err != nil {
		return nil, err
	}
	return &Redis{Server: server, password: password}, nil
}

// URL is what the target takes as REDIS_URL.
func (r *Redis) URL() string {
	return fmt.Sprintf("redis://:%s@127.0.0.1:%d/0", r.password, r.port)
}

// redisCommand gives the settings on stdin: arguments are for everybody to read.
func redisCommand(binary, password string, port int) *exec.Cmd {
	cmd := exec.Command(binary, "-")
	cmd.Dir, cmd.Env = "/", environment()
	cmd.Stdin = strings.NewReader(fmt.Sprintf(
		"bind 127.0.0.1\nport %d\nrequirepass %s\nsave \"\"\nappendonly no\ndaemonize no\n", port, password))
	return cmd
}

// redisReady asks with the password, which no other server on that port knows.
func redisReady(password string, port int) bool {
	conn, err := net.DialTimeout("tcp4", fmt.Sprint("127.0.0.1:", port), time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return false
	}
	fmt.Fprintf(conn, "AUTH %s\r\nPING\r\n", password)
	answers := bufio.NewScanner(conn)
	return answers.Scan() && answers.Text() == "+OK" && answers.Scan() && answers.Text() == "+PONG"
}
