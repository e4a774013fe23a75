"""The small process that a closed typist leaves behind: a clipboard dies with its owner.

It ends when something else is copied.
"""

from __future__ import annotations

import base64
import importlib
import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Protocol

from .clipboard_content import Content


class Owner(Protocol):
    """A clipboard that can be owned. contents: by selection, CLIPBOARD and PRIMARY"""

    def put(self, contents: Mapping[str, Content]) -> None: ...

    def wait_until_lost(self) -> None: ...


def start(factory: str, contents: Mapping[str, Content]) -> None:
    """It owns them a moment later. factory: "package.module:callable", which makes an Owner there."""
    packed = {
        name: {kind: base64.b64encode(data).decode() for kind, data in content.items()}
        for name, content in contents.items()
    }
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, factory],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(json.dumps(packed))
    process.stdin.close()


def _hold(factory: str) -> None:
    packed = json.load(sys.stdin)
    module, _, name = factory.partition(":")
    owner: Owner = getattr(importlib.import_module(module), name)()
    owner.put(
        {name: {kind: base64.b64decode(data) for kind, data in content.items()} for name, content in packed.items()}
    )
    owner.wait_until_lost()


if __name__ == "__main__":
    _hold(sys.argv[1])
