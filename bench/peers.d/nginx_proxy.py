"""nginx as a reverse proxy before one HTTP/1.1 upstream, one worker, as its documentation has it:
connections to the upstream are kept, and it is told who asked."""

import argparse
import pathlib
import sys
import tempfile

import child
import ready

MASTER_AND_WORKER = 2
CONFIGURATION = """
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
  keepalive_timeout 300s;
  upstream app {{
    server {upstream};
    keepalive 64;
    keepalive_requests 100000000;
  }}
  server {{
    listen 127.0.0.1:{client} backlog=4096;
    location / {{
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
    }}
  }}
}}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", required=True, help="where Debian's packages were unpacked")
    parser.add_argument("--descriptors", type=int, default=20000)
    parser.add_argument("--upstream", required=True, metavar="HOST:PORT")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as run:
        client, = ready.free_ports(1)
        file = pathlib.Path(run) / "nginx.conf"
        file.write_text(CONFIGURATION.format(run=run, client=client, upstream=options.upstream,
                                             descriptors=options.descriptors))
        nginx = child.start([f"{options.root}/usr/sbin/nginx", "-c", str(file), "-p", run])
        ready.await_port(client)
        ready.say(f"127.0.0.1:{client}", pids=ready.family(nginx.pid, MASTER_AND_WORKER))
        child.serve_until_told([nginx])


if __name__ == "__main__":
    sys.exit(main())
