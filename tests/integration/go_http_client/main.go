// What Go's HTTP client makes of a server: each kind of request, and what came of it, as JSON.
//
// usage: httpclient URL LARGE-BYTES
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"strconv"
	"strings"
	"time"
)

var base = os.Args[1]
var client = &http.Client{
	Timeout:   time.Minute,
	Transport: &http.Transport{Proxy: nil, ExpectContinueTimeout: 20 * time.Second},
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// "STATUS BYTES DIGEST" of an answer.
func send(method, path string, body io.Reader, headers map[string]string, trace *httptrace.ClientTrace) (string, *http.Response) {
	request, err := http.NewRequest(method, base+path, body)
	check(err)
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	if trace != nil {
		request = request.WithContext(httptrace.WithClientTrace(request.Context(), trace))
	}
	answer, err := client.Do(request)
	check(err)
	defer answer.Body.Close()
	digest := sha256.New()
	size, err := io.Copy(digest, answer.Body)
	check(err)
	return fmt.Sprintf("%d %d %x", answer.StatusCode, size, digest.Sum(nil)[:8]), answer
}

func main() {
	large, err := strconv.Atoi(os.Args[2])
	check(err)
	payload := bytes.Repeat([]byte("gatehouse "), 10000)
	result := map[string]string{}

	result["get"], _ = send("GET", "/bytes/1000", nil, nil, nil)
	said, answer := send("HEAD", "/bytes/1000", nil, nil, nil)
	result["head"] = fmt.Sprintf("%s, %d announced", said, answer.ContentLength)
	result["post"], _ = send("POST", "/echo", bytes.NewReader(payload), nil, nil)
	// A reader of unknown length is sent in chunks.
	result["chunked"], _ = send("POST", "/echo", io.MultiReader(bytes.NewReader(payload)), nil, nil)
	said, answer = send("GET", "/bytes/1000", nil, map[string]string{"Range": "bytes=10-19"}, nil)
	result["range"] = said + " " + answer.Header.Get("Content-Range")
	said, answer = send("GET", "/found", nil, nil, nil)
	result["redirect"] = said + " at " + answer.Request.URL.Path
	said, answer = send("POST", "/moved", bytes.NewReader(payload), nil, nil)
	result["redirected post"] = said + " at " + answer.Request.URL.Path
	result["large"], _ = send("GET", "/bytes/"+os.Args[2], nil, nil, nil)
	result["upload"], _ = send("POST", "/digest", io.LimitReader(strings.NewReader(strings.Repeat("u", large)), int64(large)), nil, nil)

	continues := 0
	result["100-continue"], _ = send("POST", "/echo", bytes.NewReader(payload),
		map[string]string{"Expect": "100-continue"},
		&httptrace.ClientTrace{Got100Continue: func() { continues++ }})
	result["100-continue"] += fmt.Sprintf(", %d interim", continues)

	fresh := 0
	client.CloseIdleConnections()
	for range 3 {
		send("GET", "/bytes/10", nil, nil, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
			if !got.Reused {
				fresh++
			}
		}})
	}
	result["keep-alive"] = fmt.Sprintf("3 requests, %d connections", fresh)
	check(json.NewEncoder(os.Stdout).Encode(result))
}
