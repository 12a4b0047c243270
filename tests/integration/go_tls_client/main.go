// Go's TLS against the client listener: handshake, upgrade, one message said and heard.
//
// usage: tlsclient ADDRESS CA-FILE TARGET
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

func fail(what string, err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, what+":", err)
		os.Exit(1)
	}
}

func main() {
	pem, err := os.ReadFile(os.Args[2])
	fail("authority", err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	connection, err := tls.Dial("tcp", os.Args[1], &tls.Config{RootCAs: roots, NextProtos: []string{"h2", "http/1.1"}})
	fail("handshake", err)
	connection.SetDeadline(time.Now().Add(10 * time.Second))
	state := connection.ConnectionState()

	request, err := http.NewRequest("GET", "https://"+os.Args[1]+os.Args[3], nil)
	fail("request", err)
	for name, value := range map[string]string{
		"Upgrade": "websocket", "Connection": "Upgrade",
		"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
	} {
		request.Header.Set(name, value)
	}
	fail("send", request.Write(connection))
	reader := bufio.NewReader(connection)
	response, err := http.ReadResponse(reader, request)
	fail("answer", err)
	if response.StatusCode != http.StatusSwitchingProtocols {
		fail("answer", fmt.Errorf("%s", response.Status))
	}

	// A masked text frame with a key of zeros.
	text := `{"content":"from Go"}`
	_, err = connection.Write(append([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}, text...))
	fail("say", err)
	header := make([]byte, 2)
	_, err = io.ReadFull(reader, header)
	fail("hear", err)
	payload := make([]byte, header[1])
	_, err = io.ReadFull(reader, payload)
	fail("hear", err)
	fmt.Printf("%s %s %s\n", tls.VersionName(state.Version), state.NegotiatedProtocol, payload)
}
