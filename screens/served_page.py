"""The page that shows the screens in a browser; everything it loads comes from this machine."""

from __future__ import annotations

from html import escape
from string import Template

_PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>minusnow-setup</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/css/xterm.css">
<style>
@font-face { font-family: "Roboto Mono"; font-weight: 100 700;
  src: url("/static/fonts/RobotoMono-VariableFont_wght.ttf"); }
@font-face { font-family: "Roboto Mono"; font-weight: 100 700; font-style: italic;
  src: url("/static/fonts/RobotoMono-Italic-VariableFont_wght.ttf"); }
html, body { height: 100%; margin: 0; overflow: hidden; background: #121212; color: #e0e0e0;
  font: 16px "Roboto Mono", monospace; }
#terminal { height: 100%; }
.says { position: absolute; inset: 0; z-index: 10; display: flex; align-items: center;
  justify-content: center; background: #121212; }
.says a { color: #7fb4ff; margin-left: 1em; }
.ended { top: auto; padding: 1em; }
body.-first-byte .opening, body.-closed .opening, body:not(.-closed) .ended { display: none; }
</style>
<script nonce="$nonce">
  // A link opens one page; this one is for loading the page again.
  history.replaceState(null, "", "/open/$again");
</script>
<script src="/static/js/textual.js"></script>
</head>
<body>
<div class="says opening">Opening minusnow-setup …</div>
<div class="says ended">The program has ended.<a href="">Open it again</a></div>
<div id="terminal" class="textual-terminal" data-font-size="16"
     data-session-websocket-url="$socket"></div>
<script nonce="$nonce">
  // The terminal is made as the page has loaded; keys go to it without a click.
  window.addEventListener("load", () =>
    document.querySelector(".xterm-helper-textarea")?.focus());
</script>
</body>
</html>
""")

USED_UP = """\
<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>minusnow-setup</title>
<p>This link has been used, or is not one of this program.
<p>The terminal in which <code>minusnow-setup serve</code> runs shows a link that works once.
</html>
"""


def page(*, socket: str, again: str, nonce: str) -> str:
    """Return the page that talks to `socket`; loading it again uses the ticket `again`."""
    return _PAGE.substitute(socket=escape(socket), again=escape(again), nonce=escape(nonce))


def headers(nonce: str) -> dict[str, str]:
    """Return what tells the browser to load nothing from elsewhere, and to keep nothing."""
    rules = (
        "default-src 'none'",
        f"script-src 'self' 'nonce-{nonce}'",
        "style-src 'self' 'unsafe-inline'",  # the terminal makes styles as it draws
        "font-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(rules),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
