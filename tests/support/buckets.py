"""A service of buckets on this machine, for the tests that read and write one: moto's, in a thread."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import boto3
from moto.server import ThreadedMotoServer

from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import file_system

BUCKET = "lake"


@contextmanager
def bucket_service() -> Iterator[str]:
    """While it answers: the environment has its address and credentials; the name of a bucket in it."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    said = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "not-so-secret",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",  # what delta-rs wants to hear before it speaks to a server without TLS
    }
    try:
        with patch.dict(os.environ, said):
            boto3.client("s3").create_bucket(Bucket=BUCKET)
            file_system.cache_clear()
            yield BUCKET
    finally:
        file_system.cache_clear()
        server.stop()
