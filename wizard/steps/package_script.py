"""A script of the release's package.json, run without npm: not every Node.js package brings it."""

from __future__ import annotations

import json


def package_script(node: str, name: str) -> tuple[str, ...]:
    """Return the command, to be run in the release's folder; it ends with the script's status.

    It holds no `$`: systemd would read one as a variable of its own.
    """
    program = (
        "const script = require('./package.json').scripts[NAME];"
        "const {spawnSync} = require('child_process');"
        "const ended = spawnSync(script, {shell: true, stdio: 'inherit'});"
        "process.exit(ended.status === null ? 1 : ended.status)"
    )
    return (node, "-e", program.replace("NAME", json.dumps(name)))
