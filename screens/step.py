"""What every screen of the way has: its place in the flow, the draft, and how it follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.containers import Container

if TYPE_CHECKING:
    from screens.app import SetupApp
    from screens.draft import Draft


class Step(Container):
    """One screen of the way, made anew whenever it is shown; everything lasting is in the draft."""

    DEFAULT_CSS = """
    Step { height: 1fr; padding: 0 1; }
    """
    HELP: ClassVar[str] = ""
    """What F1 says of the screen as a whole."""

    @property
    def setup(self) -> SetupApp:
        """The application, by its real type."""
        return cast("SetupApp", self.app)

    @property
    def shown(self) -> bool:
        """Whether it is on the screen still; a worker's answer may come later."""
        return self.setup.shows(self)

    @property
    def draft(self) -> Draft:
        """The site file as it is now."""
        return self.setup.draft

    async def complete(self) -> None:
        """Add what takes so long to make that the screen is shown without it first."""

    def draft_changed(self) -> None:
        """The draft is another one now: show it."""

    def live_changed(self) -> None:
        """Something was seen on a host: show it."""

    def blocked(self) -> str:
        """Why one may not go on although nothing is wrong with the file; "" if one may."""
        return ""

    def insist(self) -> None:
        """A person wants to go on: show what is missing, visited or not."""

    def choose(self) -> bool:
        """A person wants to go on before a site was begun; whether that begins one."""
        return False

    def jump_to(self, path: str) -> bool:
        """Put the cursor where a path of the file is answered; whether there is such a place."""
        del path
        return False

    def help_text(self) -> str:
        """What F1 says here and now."""
        return self.HELP
