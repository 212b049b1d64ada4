// SPDX-License-Identifier: Apache-2.0

// The matrix's side of Go's x/crypto/ssh, with pkg/sftp.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

type result map[string]any

type road struct {
	Host, User, Key, Folder, Small, Big, Login string
	Port, Patience                             int
	JumpHost                                   string `json:"jump_host"`
	JumpPort                                   int    `json:"jump_port"`
}

func config(r road, user string) *ssh.ClientConfig {
	text, err := os.ReadFile(r.Key)
	must(err)
	signer, err := ssh.ParsePrivateKey(text)
	must(err)
	return &ssh.ClientConfig{User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)},
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), Timeout: time.Minute}
}

func login(r road, c *ssh.ClientConfig) *ssh.Client {
	client, err := ssh.Dial("tcp", net.JoinHostPort(r.Host, fmt.Sprint(r.Port)), c)
	must(err)
	return client
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func sha(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func shaOf(path string) string {
	data, err := os.ReadFile(path)
	must(err)
	return sha(data)
}

func end(err error) (int, string) {
	var exit *ssh.ExitError
	if errors.As(err, &exit) {
		return exit.ExitStatus(), exit.Signal()
	}
	must(err)
	return 0, ""
}

func session(client *ssh.Client) *ssh.Session {
	s, err := client.NewSession()
	must(err)
	return s
}

func run(client *ssh.Client, command string, input []byte) (int, string, []byte, string) {
	s := session(client)
	defer s.Close()
	var out, errors bytes.Buffer
	s.Stdin, s.Stdout, s.Stderr = bytes.NewReader(input), &out, &errors
	code, signal := end(s.Run(command))
	return code, signal, out.Bytes(), errors.String()
}

func exec(client *ssh.Client, _ road) result {
	codes := []int{}
	for _, want := range []int{0, 7, 255} {
		code, _, _, _ := run(client, fmt.Sprintf("exit %d", want), nil)
		codes = append(codes, code)
	}
	_, signal, _, _ := run(client, "kill -TERM $$", nil)
	return result{"codes": codes, "signal": signal}
}

func stderr(client *ssh.Client, _ road) result {
	_, _, out, errors := run(client, "echo out; echo err >&2", nil)
	return result{"out": string(out), "err": errors}
}

func shell(client *ssh.Client, resize bool) result {
	s := session(client)
	var out bytes.Buffer
	s.Stdout = &out
	in, err := s.StdinPipe()
	must(err)
	must(s.RequestPty("xterm", 30, 100, ssh.TerminalModes{ssh.ECHO: 1}))
	must(s.Shell())
	wanted := "30 100"
	if resize {
		wanted = "20 70"
		must(s.WindowChange(20, 70))
	}
	_, err = io.WriteString(in, "stty size; exit 5\n")
	must(err)
	code, _ := end(s.Wait())
	return result{"size": strings.Contains(out.String(), wanted), "code": code}
}

func bulk(client *ssh.Client, r road) result {
	data, err := os.ReadFile(r.Big)
	must(err)
	_, _, up, _ := run(client, "sha256sum | cut -c1-64", data)
	_, _, down, _ := run(client, "cat "+r.Big, nil)
	return result{"up": strings.TrimSpace(string(up)), "down": sha(down)}
}

func files(client *ssh.Client, r road) result {
	c, err := sftp.NewClient(client)
	must(err)
	defer c.Close()
	at := func(name string) string { return filepath.Join(r.Folder, name) }
	data, err := os.ReadFile(r.Small)
	must(err)
	there, err := c.Create(at("there"))
	must(err)
	_, err = io.Copy(there, bytes.NewReader(data))
	must(err)
	must(there.Close())
	must(c.Chtimes(at("there"), time.Unix(1700000000, 0), time.Unix(1700000000, 0)))
	must(c.Chmod(at("there"), 0o640))
	must(c.PosixRename(at("there"), at("moved")))
	must(c.Mkdir(at("made")))
	listed, err := c.ReadDir(r.Folder)
	must(err)
	names := []string{}
	for _, each := range listed {
		names = append(names, each.Name())
	}
	sort.Strings(names)
	opened, err := c.Open(at("moved"))
	must(err)
	back, err := io.ReadAll(opened)
	must(err)
	facts, err := os.Stat(at("moved"))
	must(err)
	digest := shaOf(at("moved"))
	must(c.Remove(at("moved")))
	must(c.RemoveDirectory(at("made")))
	_, gone := c.Stat(at("moved"))
	return result{"there": digest, "back": sha(back), "there_time": facts.ModTime().Unix(), "mode": facts.Mode().String(),
		"names": names, "gone": fmt.Sprint(gone)}
}

func halfClose(client *ssh.Client, _ road) result {
	code, _, out, _ := run(client, "wc -c; echo late; exit 3", make([]byte, 100000))
	return result{"out": string(out), "code": code}
}

func signals(client *ssh.Client, _ road) result {
	s := session(client)
	out, err := s.StdoutPipe()
	must(err)
	must(s.Start("echo ready; exec sleep 1000"))
	_, err = io.ReadFull(out, make([]byte, len("ready\n")))
	must(err)
	must(s.Signal(ssh.SIGTERM))
	code, signal := end(s.Wait())
	return result{"ended": true, "code": code, "signal": signal}
}

func channels(client *ssh.Client, _ road) result {
	const count = 20
	type channel struct {
		session *ssh.Session
		in      io.WriteCloser
		out     bytes.Buffer
	}
	opened := make([]channel, count)
	for i := range opened {
		opened[i].session = session(client)
		opened[i].session.Stdout = &opened[i].out
		in, err := opened[i].session.StdinPipe()
		must(err)
		opened[i].in = in
		must(opened[i].session.Start(fmt.Sprintf("read word; echo $word %d; exit %d", i, i)))
	}
	ends := [][]any{}
	for i := range opened {
		_, err := io.WriteString(opened[i].in, "go\n")
		must(err)
	}
	for i := range opened {
		code, _ := end(opened[i].session.Wait())
		ends = append(ends, []any{opened[i].out.String(), code})
	}
	return result{"ends": ends}
}

func rekey(_ *ssh.Client, r road) result {
	c := config(r, r.User)
	c.RekeyThreshold = 1 << 20
	client := login(r, c)
	defer client.Close()
	data, err := os.ReadFile(r.Big)
	must(err)
	_, _, out, _ := run(client, "cat", data)
	return result{"back": sha(out)}
}

func keepalive(client *ssh.Client, _ road) result {
	s := session(client)
	var out bytes.Buffer
	s.Stdout = &out
	must(s.Start("sleep 1.5; echo awake"))
	for i := 0; i < 5; i++ {
		_, _, err := client.SendRequest("keepalive@openssh.com", true, nil)
		must(err)
	}
	// The answer may be a success or a failure: either says that somebody lives.
	_, err := s.SendRequest("keepalive@openssh.com", true, nil)
	must(err)
	must(s.Wait())
	return result{"out": out.String()}
}

func jump(client *ssh.Client, r road) result {
	to := net.JoinHostPort(r.JumpHost, fmt.Sprint(r.JumpPort))
	conn, err := client.Dial("tcp", to)
	must(err)
	inner, news, requests, err := ssh.NewClientConn(conn, to, config(r, r.Login))
	must(err)
	far := ssh.NewClient(inner, news, requests)
	defer far.Close()
	code, _, out, _ := run(far, "echo jumped; exit 7", nil)
	return result{"out": string(out), "code": code}
}

var cells = map[string]func(*ssh.Client, road) result{
	"exec": exec, "stderr": stderr, "bulk": bulk, "sftp": files, "half_close": halfClose, "signals": signals,
	"channels": channels, "rekey": rekey, "keepalive": keepalive, "jump": jump,
	"shell":  func(client *ssh.Client, _ road) result { return shell(client, false) },
	"resize": func(client *ssh.Client, _ road) result { return shell(client, true) },
}

func attempt(cell string, r road) (out result) {
	before := time.Now()
	defer func() {
		if failed := recover(); failed != nil {
			out = result{"error": fmt.Sprint(failed)}
		}
		out["seconds"] = time.Since(before).Seconds()
	}()
	client := login(r, config(r, r.User))
	late := time.AfterFunc(time.Duration(r.Patience)*time.Second, func() { client.Close() })
	defer late.Stop()
	defer client.Close()
	return cells[cell](client, r)
}

func main() {
	var r road
	must(json.Unmarshal([]byte(os.Args[1]), &r))
	results := map[string]result{}
	for _, cell := range os.Args[2:] {
		results[cell] = attempt(cell, r)
	}
	must(json.NewEncoder(os.Stdout).Encode(results))
}
