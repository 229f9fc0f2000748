"""Those who are asked beside us, each at its best settings, and what they are asked for."""

import subprocess
import sys
from pathlib import Path

from running import HERE, Server, free_port

N_PICTURES = 32

THUMBOR = """
LOADER = "thumbor.loaders.file_loader"
FILE_LOADER_ROOT_PATH = "{pictures}"
STORAGE = "thumbor.storages.no_storage"
RESULT_STORAGE = "{results}"
RESULT_STORAGE_FILE_STORAGE_ROOT_PATH = "{work}/thumbor"
RESULT_STORAGE_STORES_UNSAFE = True
QUALITY = 80
MAX_AGE = 31536000
"""
NGINX = """
worker_processes 2;
daemon off;
pid {work}/nginx.pid;
error_log /dev/null;
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 100000000; open_file_cache max=1000;
    client_body_temp_path {work}/n1; proxy_temp_path {work}/n2; fastcgi_temp_path {work}/n3; uwsgi_temp_path {work}/n4; scgi_temp_path {work}/n5;
    types {{ image/jpeg jpg; }}
    server {{ listen 127.0.0.1:{port}; root {root}; add_header Cache-Control "public, max-age=31536000, immutable"; etag on; }}
}}
"""


def sharp(modules, processes, pictures, cached="", threads=2):
    """sharp in fastify: processes of so many threads."""
    port = free_port()
    env = {"UV_THREADPOOL_SIZE": str(threads), "NODE_ENV": "production"}
    node = ["node", HERE / "sharp.mjs", modules, port, processes, pictures, cached]
    return Server(node, port, env)


def thumbor(work, pictures, keeps=False):
    """thumbor, which keeps what it makes, or does not."""
    port = free_port()
    results = "thumbor.result_storages." + ("file_storage" if keeps else "no_storage")
    config = work / f"thumbor-{port}.conf"
    config.write_text(THUMBOR.format(pictures=pictures, results=results if keeps else "", work=work))
    thumbor = Path(sys.executable).parent / "thumbor"
    return Server([thumbor, "--port", port, "--ip", "127.0.0.1", "--conf", config, "--processes", "2", "-l", "error"], port)


def nginx(work, root):
    """nginx, giving files."""
    port = free_port()
    config = work / "nginx.conf"
    config.write_text(NGINX.format(work=work, port=port, root=root))
    return Server(["nginx", "-c", config], port)


def pictures(photos, work, megapixels):
    """The directory of our pictures of this size."""
    directory = work / f"pictures-{megapixels}"
    if not directory.exists():
        subprocess.run([sys.executable, HERE / "pictures.py", photos, directory, str(N_PICTURES), str(megapixels)], check=True)
    return directory
