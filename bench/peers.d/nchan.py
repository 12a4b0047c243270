"""Rooms on nginx with Nchan, one worker: clients subscribe and publish over WebSocket, services
publish with POST /pub/ROOM."""

import argparse
import pathlib
import sys
import tempfile

import child
import ready

MASTER_AND_WORKER = 2
CONFIGURATION = """
load_module {root}/usr/lib/nginx/modules/ngx_nchan_module.so;
daemon off;
user root root;
worker_processes 1;
worker_rlimit_nofile {descriptors};
pid {run}/nginx.pid;
error_log stderr error;
events {{ worker_connections {descriptors}; }}
http {{
  access_log off;
  client_body_temp_path {run}/body;
  proxy_temp_path {run}/proxy;
  fastcgi_temp_path {run}/fastcgi;
  uwsgi_temp_path {run}/uwsgi;
  scgi_temp_path {run}/scgi;
  keepalive_requests 100000000;
  nchan_max_reserved_memory 512M;
  nchan_message_buffer_length 256;
  nchan_message_timeout 10s;
  server {{
    listen 127.0.0.1:{client} backlog=4096{tls};
    {certificate}
    location ~ /ws/(.+)$ {{
      nchan_pubsub websocket;
      nchan_channel_id $1;
      nchan_subscriber_first_message newest;
      {deflate}
    }}
  }}
  server {{
    listen 127.0.0.1:{control};
    location ~ /pub/(.+)$ {{
      nchan_publisher http;
      nchan_channel_id $1;
      client_max_body_size 1m;
      client_body_buffer_size 128k;
      {deflate}
    }}
  }}
}}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", required=True, help="where Debian's packages were unpacked")
    parser.add_argument("--descriptors", type=int, default=20000)
    parser.add_argument("--deflate", action="store_true")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as run:
        client, control = ready.free_ports(2)
        certificate = ""
        if options.certificate:
            certificate = (f"ssl_certificate {options.certificate}; "
                           f"ssl_certificate_key {options.key};")
        file = pathlib.Path(run) / "nginx.conf"
        file.write_text(CONFIGURATION.format(
            root=options.root, run=run, client=client, control=control,
            descriptors=options.descriptors, tls=" ssl" if options.certificate else "",
            certificate=certificate,
            deflate="nchan_deflate_message_for_websocket on;" if options.deflate else ""))
        # Nchan brings back the default of client_body_temp_path, below /var/lib: a private one.
        nginx = child.start(["unshare", "--map-root-user", "--mount", "sh", "-c",
                             'mount -t tmpfs none /var/lib && mkdir /var/lib/nginx && exec "$@"',
                             "sh", f"{options.root}/usr/sbin/nginx", "-c", str(file), "-p", run])
        ready.await_port(client)
        ready.await_port(control)
        ready.say(f"127.0.0.1:{client}", f"127.0.0.1:{control}", ready.family(nginx.pid, MASTER_AND_WORKER))
        child.serve_until_told([nginx])


if __name__ == "__main__":
    sys.exit(main())
