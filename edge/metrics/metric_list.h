#pragma once

// Of the reverse proxy (docs/proxy.md); part of the lists below.
#define GATEHOUSE_PROXY_COUNTERS(X)                                                             \
  X(proxy_requests, "gatehouse_proxy_requests_total", "Requests sent towards an upstream.")     \
  X(proxy_refused, "gatehouse_proxy_refused_total",                                             \
    "Requests that the proxy answered itself: malformed, over a limit, or no connection to be " \
    "had.")                                                                                     \
  X(proxy_retries, "gatehouse_proxy_retries_total", "Further tries of a request.")              \
  X(proxy_upstream_connects, "gatehouse_proxy_upstream_connects_total",                         \
    "Connections opened to upstreams.")                                                         \
  X(proxy_upstream_failures, "gatehouse_proxy_upstream_failures_total",                         \
    "Requests that an upstream did not answer, or not to the end.")                             \
  X(proxy_ejections, "gatehouse_proxy_ejections_total",                                         \
    "Times that an endpoint was passed over after failures in a row.")                          \
  X(proxy_bytes_up, "gatehouse_proxy_request_body_bytes_total",                                 \
    "Bytes of bodies and tunnels from clients to upstreams.")                                   \
  X(proxy_bytes_down, "gatehouse_proxy_response_body_bytes_total",                              \
    "Bytes of bodies and tunnels from upstreams to clients.")
#define GATEHOUSE_PROXY_GAUGES(X)                                                           \
  X(proxy_exchanges, "gatehouse_proxy_exchanges", "Requests under way, tunnels included.")  \
  X(proxy_tunnels, "gatehouse_proxy_tunnels", "WebSockets that go through to an upstream.") \
  X(proxy_idle_upstreams, "gatehouse_proxy_idle_upstreams",                                 \
    "Connections to upstreams that wait for a request.")

// The one list of metrics. X(member, name, help). Counters only grow; gauges go up and down. Each
// shard has its own set, /metrics shows the sum.
#define GATEHOUSE_COUNTERS(X)                                                                    \
  X(connections_accepted, "gatehouse_connections_accepted_total", "Sockets accepted.")           \
  X(handshakes_refused, "gatehouse_handshakes_refused_total",                                    \
    "Requests answered with an error before an upgrade.")                                        \
  X(tls_failures, "gatehouse_tls_failures_total", "TLS handshakes that failed.")                 \
  X(sessions_opened, "gatehouse_sessions_opened_total", "Sessions admitted.")                    \
  X(sessions_closed, "gatehouse_sessions_closed_total", "Sessions ended, for whatever reason.")  \
  X(sessions_slow, "gatehouse_sessions_slow_total",                                              \
    "Sessions closed because they read too slowly.")                                             \
  X(sessions_timed_out, "gatehouse_sessions_timed_out_total", "Sessions that answered no ping.") \
  X(sessions_kicked, "gatehouse_sessions_kicked_total", "Sessions closed by a kick or a ban.")   \
  X(messages_received, "gatehouse_messages_received_total", "Messages from clients.")            \
  X(bytes_received, "gatehouse_bytes_received_total", "Bytes read from clients' sockets.")       \
  X(messages_rejected, "gatehouse_messages_rejected_total",                                      \
    "Messages from clients answered with an error.")                                             \
  X(publications, "gatehouse_publications_total", "Messages that got an offset in a room.")      \
  X(publications_refused, "gatehouse_publications_refused_total",                                \
    "Messages refused because a shard's mailbox was full.")                                      \
  X(publications_suppressed, "gatehouse_publications_suppressed_total",                          \
    "Messages not published because their idempotency key or version says they were before.")    \
  X(recoveries, "gatehouse_recoveries_total",                                                    \
    "Joins with a position after which the client had missed nothing.")                          \
  X(recoveries_failed, "gatehouse_recoveries_failed_total",                                      \
    "Joins with a position that the room's history does not reach back to.")                     \
  X(replayed, "gatehouse_replayed_total", "Messages of a history queued for a joining session.") \
  X(history_gave_way, "gatehouse_history_gave_way_total",                                        \
    "Rooms whose history was dropped because of history.memory.")                                \
  X(deliveries, "gatehouse_deliveries_total", "Messages queued for a session.")                  \
  X(deliveries_dropped, "gatehouse_deliveries_dropped_total",                                    \
    "Messages not queued because the session was too slow.")                                     \
  X(bytes_sent, "gatehouse_bytes_sent_total", "Bytes written to clients' sockets.")              \
  X(flushes, "gatehouse_flushes_total", "Gathered writes to clients' sockets.")                  \
  X(joins, "gatehouse_joins_total", "Sessions that joined a room.")                              \
  X(leaves, "gatehouse_leaves_total", "Sessions that left a room.")                              \
  X(mailbox_refused, "gatehouse_mailbox_refused_total", "Posts refused by a full mailbox.")      \
  GATEHOUSE_PROXY_COUNTERS(X)

#define GATEHOUSE_GAUGES(X)                                                       \
  X(sessions, "gatehouse_sessions", "Live sessions.")                             \
  X(users, "gatehouse_users", "Different users, counted on each shard.")          \
  X(rooms, "gatehouse_rooms", "Rooms with members, counted on their home shard.") \
  X(memberships, "gatehouse_memberships", "Pairs of session and room.")           \
  X(history_bytes, "gatehouse_history_bytes", "Memory of the rooms' histories.")  \
  X(history_rooms, "gatehouse_history_rooms",                                     \
    "Rooms that are kept beyond their members, or may be.")                       \
  GATEHOUSE_PROXY_GAUGES(X)

// Of the control API's calls, each with labels, shown by CallMetrics. X(member, type, name, help).
#define GATEHOUSE_CALL_METRICS(X)                                              \
  X(calls, "counter", "gatehouse_control_calls_total",                         \
    "Calls of the control API that ended, by method and status code.")         \
  X(durations, "histogram", "gatehouse_control_call_duration_seconds",         \
    "Time from a unary call's arrival to its answer, by method.")              \
  X(streams, "gauge", "gatehouse_control_streams", "Open streams, by method.") \
  X(messages, "counter", "gatehouse_control_stream_messages_total",            \
    "Messages of streams: BroadcastStream's by the code of the answer, WatchPresence's written.")

// Of tickets and revoked tokens. X(member, type, name, help).
#define GATEHOUSE_AUTH_METRICS(X)                                                     \
  X(tickets, "gauge", "gatehouse_tickets", "Tickets that wait to be used.")           \
  X(tickets_created, "counter", "gatehouse_tickets_created_total", "Tickets made.")   \
  X(tickets_redeemed, "counter", "gatehouse_tickets_redeemed_total", "Tickets used.") \
  X(tickets_refused, "counter", "gatehouse_tickets_refused_total",                    \
    "Tickets shown that were unknown, used, expired or another address's.")           \
  X(revocations, "gauge", "gatehouse_revocations", "Revocations that are kept.")

// Of the key sets of issuers, each with the label issuer. X(member, type, name, help).
#define GATEHOUSE_JWKS_METRICS(X)                         \
  X(fetches, "counter", "gatehouse_jwks_fetches_total",   \
    "Times that a key set was fetched or read.")          \
  X(failures, "counter", "gatehouse_jwks_failures_total", \
    "Times that it could not be, or was of no use.")      \
  X(keys, "gauge", "gatehouse_jwks_keys", "Keys in use.") \
  X(age, "gauge", "gatehouse_jwks_age_seconds", "Time since the keys were last had; -1: never.")

// Of the hooks, each with labels, shown by HookMetrics. X(member, type, name, help).
#define GATEHOUSE_HOOK_METRICS(X)                                                         \
  X(calls, "counter", "gatehouse_hook_calls_total",                                       \
    "Questions to the application that ended, by hook and outcome.")                      \
  X(durations, "histogram", "gatehouse_hook_duration_seconds",                            \
    "Time from a question to its end, by hook.")                                          \
  X(open, "gauge", "gatehouse_hook_open", "Questions that are open, by service.")         \
  X(breakers, "gauge", "gatehouse_hook_breakers_open",                                    \
    "Endpoints that are left alone because they failed, by service.")                     \
  X(workers, "gauge", "gatehouse_hook_workers", "Workers that are attached, by service.") \
  X(events_sent, "counter", "gatehouse_hook_events_sent_total",                           \
    "Events that the application has taken.")                                             \
  X(events_lost, "counter", "gatehouse_hook_events_lost_total",                           \
    "Events given up because the application did not take them as fast as they came.")
