"""What gets requests past the door: the ids of things that are there, pictures, and texts of transforms."""

import base64
import os
import re

import schemathesis
from hypothesis import strategies as st

IMAGES = os.environ["CONTRACT_IMAGES"].split()
JOBS = os.environ["CONTRACT_JOBS"].split()
DIGESTS = os.environ["CONTRACT_DIGESTS"].split()
TRANSFORMS = ["resize:8x8,png", "rotate:90", "dither:floyd-steinberg:levels=2,png"]
UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
with open(os.environ["CONTRACT_PICTURE"], "rb") as file:
    PICTURE = file.read()

anything = st.one_of(st.just(PICTURE), st.binary(max_size=200))
schemathesis.openapi.media_type("image/*", anything)
schemathesis.openapi.media_type("application/octet-stream", anything)


def chosen(list_, by):
    """One of them, the same for the same value; now and then none."""
    return ([None] + list_)[sum(str(by).encode()) % (len(list_) + 1)]


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Ids that could be some are often those of things that are there."""
    for name, value in (path_parameters or {}).items():
        if name == "id" and isinstance(value, str) and UUID.fullmatch(value):
            there = JOBS if "/jobs" in context.operation.path else IMAGES
        elif name == "digest" and isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value):
            there = DIGESTS
        else:
            continue
        path_parameters[name] = chosen(there, value) or value
    return path_parameters


@schemathesis.hook
def map_body(context, body):
    """Texts that could be pictures or transforms are often some."""
    if isinstance(body, dict):
        if isinstance(body.get("image"), str) and len(body["image"]) % 2:
            body["image"] = base64.b64encode(PICTURE).decode()
        if isinstance(body.get("transform"), str):
            body["transform"] = chosen(TRANSFORMS, body["transform"]) or body["transform"]
    return body
