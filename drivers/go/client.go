// A short reference client of the Taobao Open Platform (TOP), on the standard library alone.
package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"time"
	"unicode/utf8"
)

// maxLength is how long an answer may be, in bytes.
const maxLength = 1 << 20

// TOP's clock, whatever the machine's zone.
var gatewayZone = time.FixedZone("GMT+8", 8*60*60)

// A connection for each call: one that is kept may be dead by the next. No proxy.
var transport = &http.Transport{DisableKeepAlives: true, DisableCompression: true}

// Error is an error_response: what it has of code, msg, sub_code, sub_msg and request_id, as text.
type Error map[string]string

func (e Error) Error() string { return fmt.Sprintf("TOP error %s: %s", e["code"], e["msg"]) }

// Failure is a call without an answer; Kind is timeout, connection, http, parse or client.
type Failure struct{ Kind, Message string }

func (f Failure) Error() string { return f.Kind + ": " + f.Message }

// Client calls one gateway for one app. An empty Session is not sent.
type Client struct{ Gateway, AppKey, AppSecret, Session string }

// Request is one call. Params are what JSON has, with integers of any type; nil is not sent.
type Request struct {
	Method     string
	Params     map[string]any
	Format     string // json or xml
	SignMethod string // md5, hmac or hmac-sha256
	Simplify   bool
	Lists      []string // the paths of lists below the root, which XML does not tell from objects
}

// Execute returns the whole document of an answer: JSON numbers as json.Number, XML leaves as text.
// Its error is an Error or a Failure. Nothing is tried twice; the context limits the whole call.
func (c *Client) Execute(ctx context.Context, r Request) (map[string]any, error) {
	if r.Format != "json" && r.Format != "xml" {
		return nil, Failure{"client", "unknown format " + r.Format}
	}
	form, err := c.form(r)
	if err != nil {
		return nil, err
	}
	status, body, err := c.post(ctx, form)
	if err != nil {
		return nil, err
	}
	document, unreadable := read(body, r.Format, r.Lists)
	found, isError := document["error_response"]
	if members, ok := found.(map[string]any); ok { // whatever the status
		return nil, errorOf(members)
	}
	_, rooted := document[rootOf(r.Method)].(map[string]any)
	switch rootless := r.Simplify && r.Format == "json"; {
	case status != http.StatusOK:
		return nil, Failure{"http", fmt.Sprintf("HTTP status %d", status)}
	case unreadable != nil:
		return nil, Failure{"parse", unreadable.Error()}
	case isError || document == nil || !rooted && !rootless:
		return nil, Failure{"parse", "neither an answer of this method nor an error_response"}
	}
	return document, nil
}

func (c *Client) form(r Request) (string, error) {
	sent := url.Values{}
	for name, value := range r.Params {
		if value != nil {
			sent.Set(name, textOf(value))
		}
	}
	sent.Set("method", r.Method)
	sent.Set("app_key", c.AppKey)
	sent.Set("timestamp", time.Now().In(gatewayZone).Format("2006-01-02 15:04:05"))
	sent.Set("format", r.Format)
	sent.Set("v", "2.0")
	sent.Set("sign_method", r.SignMethod)
	if c.Session != "" {
		sent.Set("session", c.Session)
	}
	if r.Simplify {
		sent.Set("simplify", "true")
	}
	sign, err := Sign(sent, c.AppSecret, r.SignMethod)
	sent.Set("sign", sign)
	return sent.Encode(), err
}

// textOf writes a parameter: an object, and a list of them, as JSON, a list of others with commas.
func textOf(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	written, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	items, _ := value.([]any)
	texts := []string{}
	for _, item := range items {
		switch item.(type) {
		case []any, map[string]any:
			return string(written)
		}
		texts = append(texts, textOf(item))
	}
	if value, ok := value.([]any); ok && len(value) == len(texts) {
		return strings.Join(texts, ",")
	}
	return string(written)
}

// Sign signs the names and raw values of parameters, in the byte order of the names.
func Sign(sent url.Values, secret, method string) (string, error) {
	names := make([]string, 0, len(sent))
	for name := range sent {
		names = append(names, name)
	}
	sort.Strings(names)
	text := ""
	for _, name := range names {
		text += name + sent.Get(name)
	}
	var sum hash.Hash
	switch method {
	case "md5":
		sum, text = md5.New(), secret+text+secret
	case "hmac":
		sum = hmac.New(md5.New, []byte(secret))
	case "hmac-sha256":
		sum = hmac.New(sha256.New, []byte(secret))
	default:
		return "", Failure{"client", "unknown sign method " + method}
	}
	io.WriteString(sum, text)
	return fmt.Sprintf("%X", sum.Sum(nil)), nil
}

// post uses the transport alone, which follows no redirect.
func (c *Client) post(ctx context.Context, form string) (status int, body []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Gateway, strings.NewReader(form))
	if err != nil {
		return 0, nil, Failure{"client", err.Error()}
	}
	request.GetBody = nil // the transport cannot send it again
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	response, err := transport.RoundTrip(request)
	if err == nil {
		defer response.Body.Close()
		status = response.StatusCode
		body, err = io.ReadAll(io.LimitReader(response.Body, maxLength+1))
	}
	switch {
	case err != nil && ctx.Err() != nil:
		err = Failure{"timeout", "no whole answer in time"}
	case err != nil:
		err = Failure{"connection", err.Error()}
	}
	return status, body, err
}

func errorOf(members map[string]any) Error {
	found := Error{}
	for _, name := range []string{"code", "msg", "sub_code", "sub_msg", "request_id"} {
		switch value := members[name].(type) {
		case string, json.Number:
			found[name] = fmt.Sprint(value)
		}
	}
	return found
}

func rootOf(method string) string {
	return strings.ReplaceAll(strings.TrimPrefix(method, "taobao."), ".", "_") + "_response"
}

func read(body []byte, format string, lists []string) (document map[string]any, err error) {
	if len(body) == 0 || len(body) > maxLength || !utf8.Valid(body) {
		return nil, errors.New("empty, too long, or not UTF-8")
	}
	text := bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff")))
	if format == "xml" {
		value, err := readElement(xml.NewDecoder(text), lists, 0, "")
		document, _ := value.(map[string]any)
		return document, err
	}
	decoder := json.NewDecoder(text)
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("something follows the document")
	}
	return document, nil
}

// readElement reads to the end of an element; at depth 0 that is the document, at 1 its root. What
// lies deeper and holds no element is its text. Elements of one name make a list, and so does all in
// an element at one of the paths of lists.
func readElement(decoder *xml.Decoder, lists []string, depth int, path string) (any, error) {
	inner, text := map[string]any{}, []byte{}
	for {
		token, err := decoder.Token()
		if err != nil && err != io.EOF {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			below := ""
			if depth > 0 {
				below = strings.TrimPrefix(path+"."+token.Name.Local, ".")
			}
			value, err := readElement(decoder, lists, depth+1, below)
			if err != nil {
				return nil, err
			}
			switch before := inner[token.Name.Local].(type) {
			case nil:
				inner[token.Name.Local] = value
			case []any:
				inner[token.Name.Local] = append(before, value)
			default:
				inner[token.Name.Local] = []any{before, value}
			}
		case xml.CharData:
			text = append(text, token...)
		case xml.Directive:
			return nil, errors.New("a document type")
		case xml.EndElement, nil: // nil is the end of the document
			isList := false
			for _, list := range lists {
				isList = isList || depth > 1 && list == path
			}
			if depth > 1 && len(inner) == 0 && !isList {
				return string(text), nil
			}
			for name, value := range inner {
				if _, several := value.([]any); isList && !several {
					inner[name] = []any{value}
				}
			}
			if len(bytes.TrimSpace(text)) > 0 || depth == 0 && len(inner) > 1 {
				return nil, errors.New("text between elements, or a second root")
			}
			return inner, nil
		}
	}
}
