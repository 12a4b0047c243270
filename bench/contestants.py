"""Who is measured: Gatehouse, the bare servers, the peers. Each can be started for a workload."""

import dataclasses

import peer_list
import rig


@dataclasses.dataclass(frozen=True)
class Contestant:
    name: str
    title: str
    start: object      # (rig, workload) -> Server
    publish: str       # load's --publish, with {control} for the address of the ready line
    can: object = lambda **_: True
    settle: int = 0    # seconds from the last 101 until all are members

    def how(self, ready):
        return self.publish.format(**ready)


def gatehouse_words(bench, workload, shards):
    """As a user gets it, but with as many shards as it has cores."""
    settings = [f"node.shards={shards}", "client.listen=127.0.0.1:0", "control.listen=127.0.0.1:0",
                "admin.listen=127.0.0.1:0", *workload.settings]
    if workload.tls:
        certificate, key = bench.tls_files(True)
        settings += [f"client.tls.certificate_file={certificate}", f"client.tls.key_file={key}"]
    if workload.deflate:
        settings.append("client.deflate.enabled=true")
    words = [str(bench.gatehouse_path), "serve", "--dev"]
    for setting in settings:
        words += ["--set", setting]
    return words


def gatehouse(bench, workload):
    return rig.Server(bench.server_core, gatehouse_words(bench, workload, 1))


def gatehouse_with_history(bench, workload):
    words = gatehouse_words(bench, workload, 1)
    return rig.Server(bench.server_core, [*words, "--set", "default_namespace.history_size=1000"])


def gatehouse_on_two(bench, workload):
    return rig.Server(bench.two_shard_cores, gatehouse_words(bench, workload, 2))


def gatehouse_proxy_words(bench, workload, upstream):
    settings = ["proxy.routes[0].upstream=app", "proxy.upstreams[0].name=app",
                f"proxy.upstreams[0].endpoints={upstream}", "proxy.keep_alive=5m"]
    words = gatehouse_words(bench, workload, 1)
    for setting in settings:
        words += ["--set", setting]
    return words


class Fronted:
    """A proxy and the upstream behind it, which is not measured: address and processes are the proxy's."""

    def __init__(self, bench, words_before):
        self.upstream = rig.Server(bench.upstream_core, [str(bench.upstream_path)])
        try:
            self.proxy = rig.Server(bench.server_core, words_before(self.upstream.ready["client"]))
        except rig.Failed:
            self.upstream.__exit__()
            raise

    @property
    def ready(self):
        return self.proxy.ready

    @property
    def pids(self):
        return self.proxy.pids

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.proxy.__exit__()
        self.upstream.__exit__()


def gatehouse_proxy(bench, workload):
    return Fronted(bench, lambda upstream: gatehouse_proxy_words(bench, workload, upstream))


def limit(*words):
    return lambda bench, _: rig.Server(bench.server_core, [str(bench.limit_path), *words])


def echo(bench, _):
    return rig.Server(bench.server_core, [str(bench.echo_path)])


def plain_only(tls=False, deflate=False, chat=False):
    return not tls and not deflate


def of_peer(peer):
    def start(bench, workload):
        words = peer.start(bench.build, bench.tls_files(workload.tls), workload.deflate)
        return rig.Server(bench.server_core, words)
    def start_before(bench, workload):
        words = peer.start(bench.build, None, False)
        return Fronted(bench, lambda upstream: [*words, "--upstream", upstream])
    return Contestant(peer.name, peer.title, start if peer.rooms else start_before, peer.publish,
                      peer.can, peer.settle)


OURS = [
    Contestant("gatehouse", "Gatehouse, Broadcast", gatehouse, "rpc:{control}"),
    Contestant("gatehouse-stream", "Gatehouse, BroadcastStream", gatehouse, "stream:{control}"),
    Contestant("gatehouse-history", "Gatehouse, rooms keep 1,000", gatehouse_with_history,
               "rpc:{control}"),
    Contestant("gatehouse-2", "Gatehouse, two shards", gatehouse_on_two, "rpc:{control}"),
    Contestant("gatehouse-proxy", "Gatehouse, reverse proxy", gatehouse_proxy, ""),
]
BARE = [
    Contestant("direct", "limit: one send() each", limit(), "line:{control}", plain_only),
    Contestant("coalesce", "limit: one writev() a turn", limit("--coalesce"), "line:{control}",
               plain_only),
    Contestant("uring", "limit: the same, io_uring batches", limit("--uring"), "line:{control}",
               plain_only),
    Contestant("grpc_echo", "bare gRPC", echo, ""),
]
ALL = {one.name: one for one in [*OURS, *BARE, *map(of_peer, peer_list.PEERS)]}
