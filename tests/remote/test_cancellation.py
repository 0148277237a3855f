"""A request to stop reaches everybody once."""

import pytest

from wizard.errors import Cancelled
from wizard.remote.cancellation import Cancellation


def test_a_callback_is_called_once_when_somebody_cancels() -> None:
    """Cancelling twice does not end things twice."""
    calls: list[int] = []
    cancellation = Cancellation()
    cancellation.on_cancel(lambda: calls.append(1))
    cancellation.cancel()
    cancellation.cancel()
    assert calls == [1]
    assert cancellation.cancelled


def test_a_late_callback_is_called_at_once() -> None:
    """Who registers after the cancellation is not forgotten."""
    calls: list[int] = []
    cancellation = Cancellation()
    cancellation.cancel()
    cancellation.on_cancel(lambda: calls.append(1))
    assert calls == [1]


def test_a_callback_taken_back_is_not_called() -> None:
    """A transport that has been closed is left alone."""
    calls: list[int] = []
    cancellation = Cancellation()
    take_back = cancellation.on_cancel(lambda: calls.append(1))
    take_back()
    cancellation.cancel()
    assert calls == []


def test_raise_if_cancelled_raises_only_then() -> None:
    """Loops ask before each piece of work."""
    cancellation = Cancellation()
    cancellation.raise_if_cancelled()
    cancellation.cancel()
    with pytest.raises(Cancelled):
        cancellation.raise_if_cancelled()
