"""The copies of replaced files, without a value that was replaced in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.resources.resource import Change
from wizard.resources.shell import OWN_DIRECTORY, here_document, lines, words
from wizard.vault.text import Encoding, SecretRef, Text

if TYPE_CHECKING:
    from wizard.vault.secret import Secrets

_PLACE = f"{OWN_DIRECTORY}/replaced"
_DONE = f"{_PLACE}/.without"
_LARGEST = 1_048_576  # bytes; no file with a secret comes near
_SHORTEST = 4  # characters; a shorter value would be found in every other word

# How values are written in the files that are placed.
_FORMS: tuple[tuple[Encoding, ...], ...] = (
    (),
    (Encoding.URL,),
    (Encoding.SYSTEMD,),
    (Encoding.URL, Encoding.SYSTEMD),
    (Encoding.PGPASS,),
    (Encoding.REDIS,),
)

# Read whole, which NUL characters prevent: such a file was never one of ours.
_REPLACE = """
find PLACE -type f -size -LARGESTc ! -path DONE -print0 | while IFS= read -r -d '' file; do
IFS= read -r -d '' text <"$file" && continue
without=$text
for form in "${forms[@]}"; do without=${without//"$form"/"$shown"}; done
[[ $without != "$text" ]] || continue
cp -a "$file" "$file.minusnow-new"
printf %s "$without" >"$file.minusnow-new"
touch -r "$file" "$file.minusnow-new"
mv -f "$file.minusnow-new" "$file"
done
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCopies:
    """No copy of a replaced file holds a value that is no longer in use; the rest of it stays."""

    secret: str  # under which name the value is known
    shown: str  # what stands in its place
    mark: str  # of the occasion, one line: it is done once

    @property
    def key(self) -> str:
        """`kept copies`."""
        return "kept copies"

    def look(self) -> str:
        """Print for which occasions it was done, or that there are no copies."""
        return f"if [ -d {words(_PLACE)} ]; then cat {words(_DONE)}; else echo none; fi"

    def change(self, seen: str, secrets: Secrets) -> Change | None:
        """Return what takes the value out."""
        lines_seen = seen.splitlines()
        short = len(secrets[self.secret].reveal()) < _SHORTEST
        if "none" in lines_seen or self.mark in lines_seen or short:
            return None
        replace = (
            _REPLACE.replace("PLACE", words(_PLACE))
            .replace("DONE", words(_DONE))
            .replace("LARGEST", str(_LARGEST))
        )
        return Change(
            resource=self.key,
            summary="take the value that was replaced out of the copies that are kept",
            script=lines(
                [
                    "forms=()",
                    *(self._form(encodings) for encodings in _FORMS),
                    f"shown={words(self.shown)}",
                    replace,
                    f"(umask 077; echo {words(self.mark)} >>{words(_DONE)})",
                ]
            ),
            waiting_for=f"the copies in {_PLACE}",
        )

    def _form(self, encodings: tuple[Encoding, ...]) -> Text:
        """Return shell that adds a form of the value; a line end that its text has stays off."""
        value = Text(SecretRef(self.secret, encodings), "\n")
        read = here_document("IFS= read -r -d '' form", value, after=" || true")
        return Text(
            read, "while [[ $form == *$'\\n' ]]; do form=${form%$'\\n'}; done\n", 'forms+=("$form")'
        )
