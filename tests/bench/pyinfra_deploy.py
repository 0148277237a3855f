"""What pyinfra runs on every host: its checks, one operation each. Read by pyinfra, not by us."""

# mypy: ignore-errors
from pyinfra import host
from pyinfra.operations import apt, files, server, systemd

# A loop that pyinfra does not know of would make operations of hosts depend on each other.
for number, check in host.loop(list(enumerate(host.data.checks))):
    name = f"{number} {check['kind']}"
    kind = check["kind"]
    if kind in {"file", "directory"}:
        words = {
            "user": check["owner"],
            "group": check["group"],
            "mode": f"{check['mode']:o}",
        }
        if kind == "file":
            files.put(name=name, src=check["source"], dest=check["path"], **words)
        else:
            files.directory(name=name, path=check["path"], **words)
    elif kind == "link":
        files.link(name=name, path=check["path"], target=check["target"])
    elif kind == "unit":
        systemd.service(
            name=name, service=check["name"], running=check["running"], enabled=check["enabled"]
        )
    elif kind == "account":
        server.group(name=f"{name} group", group=check["name"], gid=check["gid"], system=True)
        server.user(
            name=name,
            user=check["name"],
            uid=check["uid"],
            group=check["name"],
            home=check["home"],
            shell=check["shell"],
            ensure_home=False,
        )
    elif kind == "packages":
        apt.packages(name=name, packages=check["names"])
    else:
        script = f"({check['script']}\n) || true"
        server.shell(name=name, commands=[script], _shell_executable="/bin/bash")
