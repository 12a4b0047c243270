// Broadcasts one message to a room of the chat, as any service in Go would.
//
//	./generate && CHAT_API_KEY=... go run . 'Good morning'
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"gatehouse.example/chat-broadcast/gatehousev1"
)

func broadcast(target, key, room, text string) (*gatehousev1.RoomDelivery, error) {
	// Plaintext, since the control API is on loopback; anywhere else it speaks mutual TLS.
	connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+key)
	content, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		return nil, err
	}
	answer, err := gatehousev1.NewControlServiceClient(connection).Broadcast(ctx, &gatehousev1.BroadcastRequest{
		Rooms:   []string{room},
		Payload: &gatehousev1.BroadcastRequest_Json{Json: string(content)},
	})
	if err != nil {
		return nil, err
	}
	return answer.Results[0], nil
}

func main() {
	target := flag.String("target", "127.0.0.1:9090", "the edge's control API")
	room := flag.String("room", "chat:lobby", "where to")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: go run . [-target HOST:PORT] [-room ROOM] TEXT")
		os.Exit(2)
	}
	delivery, err := broadcast(*target, os.Getenv("CHAT_API_KEY"), *room, flag.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("queued for %d of %d sessions in %s\n", delivery.Queued, delivery.Matched, delivery.Room)
}
