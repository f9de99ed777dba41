// Driver of the Go reference client, client.go: the driver protocol on standard input and output.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"regexp"
	"runtime"
	"strings"
	"time"
)

type object = map[string]any

// message is any line to the driver. A session that is null stays empty.
type message struct {
	Cmd        string
	Protocol   int
	Gateway    string
	AppKey     string `json:"app_key"`
	AppSecret  string `json:"app_secret"`
	Session    string
	Seq        json.Number
	Method     string
	Params     object
	Format     string
	SignMethod string `json:"sign_method"`
	Simplify   bool
	TimeoutMS  int `json:"timeout_ms"`
	Lists      []string
}

func main() {
	output := json.NewEncoder(os.Stdout)
	output.SetEscapeHTML(false)
	os.Stdout = os.Stderr
	var client *Client
	for input := bufio.NewReader(os.Stdin); ; {
		line, end := input.ReadBytes('\n')
		if end != nil && len(line) == 0 {
			return
		}
		var m message
		err := json.Unmarshal(line, &m)
		switch {
		case err != nil:
			output.Encode(refusal(err.Error()))
		case m.Cmd == "stop":
			return
		case m.Cmd == "start" && m.Protocol != 1:
			output.Encode(refusal("this driver speaks protocol 1"))
			os.Exit(1)
		case m.Cmd == "start":
			client = &Client{m.Gateway, m.AppKey, m.AppSecret, m.Session}
			output.Encode(started())
		case m.Cmd == "call" && client != nil:
			output.Encode(call(client, m))
		default:
			output.Encode(refusal("cannot do " + m.Cmd))
		}
	}
}

func started() object {
	version := "1 (" + runtime.Version() + ")"
	return object{
		"ok":       true,
		"protocol": 1,
		"sdk":      object{"name": "reference client", "version": version, "language": "Go"},
		"can": object{
			"formats":      []string{"json", "xml"},
			"sign_methods": []string{"md5", "hmac", "hmac-sha256"},
			"simplify":     true,
			"session":      true,
		},
	}
}

func call(client *Client, m message) (reply object) {
	reply = object{"seq": m.Seq}
	fail := func(kind, message string, uncaught bool) {
		reply["outcome"], reply["kind"] = "failure", kind
		reply["message"], reply["uncaught"] = oneLine(message), uncaught
	}
	defer func() {
		if panicked := recover(); panicked != nil {
			fail("client", fmt.Sprint("panic: ", panicked), true)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(m.TimeoutMS)*time.Millisecond)
	defer cancel()
	params := object{}
	for name, value := range m.Params {
		params[name] = decoded(value)
	}
	// YOUR SDK HERE: it makes this call; `start` sets it up.
	body, err := client.Execute(ctx, Request{m.Method, params, m.Format, m.SignMethod, m.Simplify, m.Lists})
	switch err := err.(type) {
	case nil:
		reply["outcome"], reply["body"] = "response", encoded(body)
	case Error:
		reply["outcome"] = "error_response"
		for name, text := range err {
			reply[name] = text
		}
	case Failure:
		fail(err.Kind, err.Message, false)
	default:
		fail("client", err.Error(), true)
	}
	return reply
}

// decoded returns a parameter as the client takes it.
func decoded(value any) any {
	switch value := value.(type) {
	case object:
		if integer, ok := new(big.Int).SetString(fmt.Sprint(value["$int"]), 10); ok {
			return integer
		}
		for name, inner := range value {
			value[name] = decoded(inner)
		}
	case []any:
		for i, inner := range value {
			value[i] = decoded(inner)
		}
	}
	return value
}

// encoded tags the integers of a document.
func encoded(value any) any {
	switch value := value.(type) {
	case object:
		for name, inner := range value {
			value[name] = encoded(inner)
		}
	case []any:
		for i, inner := range value {
			value[i] = encoded(inner)
		}
	case json.Number:
		if !strings.ContainsAny(string(value), ".eE") {
			return object{"$int": string(value)}
		}
	}
	return value
}

func refusal(message string) object { return object{"ok": false, "message": oneLine(message)} }

var address = regexp.MustCompile(`\S+://\S+`)

func oneLine(text string) string {
	text = strings.Join(strings.Fields(address.ReplaceAllString(text, "(URL)")), " ")
	return fmt.Sprintf("%.100s", text)
}
