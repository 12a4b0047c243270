// The hooks as a gRPC service: what the edge asks, answered in Go. ../README.md says what the answers are.
//
//	HOOKS_BEARER=... ./run -listen 127.0.0.1:8000
package main

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	pb "gatehouse.example/hooks/gatehousev1"
)

// The cookies of a login, and whose they are: your own sessions here.
var logins = map[string]string{"s-1": "alice", "s-2": "bob"}

type content struct {
	Text string `json:"text"`
}

type hooks struct {
	pb.UnimplementedHooksServiceServer
}

func refusal(code, reason string) *pb.HookRefusal {
	return &pb.HookRefusal{Code: code, Reason: reason}
}

func (hooks) OnConnect(_ context.Context, asked *pb.OnConnectRequest) (*pb.OnConnectResponse, error) {
	for _, cookie := range asked.Cookies {
		if user, known := logins[cookie.Value]; cookie.Name == "session" && known {
			grants := &pb.HookGrants{Join: []string{"chat:*"}, Publish: []string{"chat:*"}}
			admission := &pb.HookAdmission{User: user, Grants: grants, State: "0"}
			return &pb.OnConnectResponse{Result: &pb.OnConnectResponse_Allow{Allow: admission}}, nil
		}
	}
	no := refusal("unauthenticated", "log in first")
	return &pb.OnConnectResponse{Result: &pb.OnConnectResponse_Refuse{Refuse: no}}, nil
}

func (hooks) OnJoin(_ context.Context, asked *pb.OnJoinRequest) (*pb.OnJoinResponse, error) {
	if asked.Room == "chat:staff" && asked.Session.User != "alice" {
		no := refusal("permission_denied", "for the staff")
		return &pb.OnJoinResponse{Result: &pb.OnJoinResponse_Refuse{Refuse: no}}, nil
	}
	return &pb.OnJoinResponse{Result: &pb.OnJoinResponse_Allow{Allow: &pb.HookYes{}}}, nil
}

func (hooks) OnMessage(_ context.Context, asked *pb.OnMessageRequest) (*pb.OnMessageResponse, error) {
	var said content
	if json.Unmarshal([]byte(asked.Payload.GetJson()), &said) != nil || said.Text == "" {
		return refused(refusal("bad_text", "send an object with a text")), nil
	}
	if strings.Contains(said.Text, "://") {
		return refused(refusal("no_links", "no links here")), nil
	}
	// The count lives in the edge, with the connection: any process may get the next question.
	count, _ := strconv.Atoi(asked.Session.State)
	state := strconv.Itoa(count + 1)
	written, err := json.Marshal(content{strings.ReplaceAll(said.Text, ":tea:", "🍵")})
	if err != nil {
		return nil, err
	}
	payload := &pb.HookPayload{Kind: &pb.HookPayload_Json{Json: string(written)}}
	return &pb.OnMessageResponse{Verdict: &pb.OnMessageResponse_Replace{Replace: payload}, State: &state}, nil
}

func refused(no *pb.HookRefusal) *pb.OnMessageResponse {
	return &pb.OnMessageResponse{Verdict: &pb.OnMessageResponse_Refuse{Refuse: no}}
}

func (hooks) OnRpc(_ context.Context, asked *pb.OnRpcRequest) (*pb.OnRpcResponse, error) {
	if asked.Method != "count" {
		no := refusal("not_found", "no such method")
		return &pb.OnRpcResponse{Result: &pb.OnRpcResponse_Refuse{Refuse: no}}, nil
	}
	return &pb.OnRpcResponse{Result: &pb.OnRpcResponse_Json{Json: asked.Session.State}}, nil
}

func (hooks) OnRefresh(context.Context, *pb.OnRefreshRequest) (*pb.OnRefreshResponse, error) {
	renewal := &pb.HookRenewal{}
	return &pb.OnRefreshResponse{Result: &pb.OnRefreshResponse_Renew{Renew: renewal}}, nil
}

func (hooks) OnEvents(_ context.Context, asked *pb.OnEventsRequest) (*pb.OnEventsResponse, error) {
	for _, event := range asked.Events {
		switch event.Kind.(type) {
		case *pb.HookEvent_Connected:
			fmt.Println(event.Session.User, "connected")
		case *pb.HookEvent_Disconnected:
			fmt.Println(event.Session.User, "disconnected")
		}
	}
	return &pb.OnEventsResponse{}, nil
}

// Lets in who shows the bearer, which only the edge has.
func fromTheEdge(bearer string) grpc.UnaryServerInterceptor {
	wanted := []byte("Bearer " + bearer)
	return func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		shown := metadata.ValueFromIncomingContext(ctx, "authorization")
		if len(shown) != 1 || subtle.ConstantTimeCompare([]byte(shown[0]), wanted) != 1 {
			return nil, status.Error(codes.Unauthenticated, "not the edge")
		}
		return handler(ctx, request)
	}
}

func main() {
	listen := flag.String("listen", "127.0.0.1:8000", "where the edge asks")
	flag.Parse()
	bearer := os.Getenv("HOOKS_BEARER")
	if bearer == "" {
		log.Fatal("HOOKS_BEARER is not set: what the edge shows (hooks.services.bearer)")
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	// Plaintext, since it is on loopback; anywhere else give it TLS, and the edge grpcs://.
	server := grpc.NewServer(grpc.UnaryInterceptor(fromTheEdge(bearer)))
	pb.RegisterHooksServiceServer(server, hooks{})
	ended, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ended.Done()
		server.GracefulStop()
	}()
	fmt.Printf("{\"event\":\"ready\",\"listen\":\"%s\"}\n", listener.Addr())
	if err := server.Serve(listener); err != nil {
		log.Fatal(err)
	}
}
