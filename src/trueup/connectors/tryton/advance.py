"""Taking sales from draft to quotation, confirmed and processing, as far as the settings say."""

from __future__ import annotations

from collections.abc import Sequence

from trueup.connectors.kit.errors import OutsideError, Rejected
from trueup.connectors.tryton.client import TrytonClient, TrytonSession
from trueup.connectors.tryton.premises import Premises
from trueup.connectors.tryton.settings import Advance

STEPS = (
    ("draft", "quote", Advance.QUOTATION),
    ("quotation", "confirm", Advance.CONFIRMED),
    ("confirmed", "process", Advance.PROCESSING),
)
"""From which state which button leads where."""


class Advancer:
    """Presses the buttons; what Tryton's own background work has advanced already is left alone."""

    def __init__(self, client: TrytonClient, premises: Premises, session: TrytonSession | None, goal: Advance) -> None:
        self._client = client
        self._premises = premises
        self._session = session
        self._goal = list(Advance).index(goal)

    def advance(self, ids: Sequence[int]) -> dict[int, OutsideError]:
        """Why it stopped, for each sale that did not come as far as it should. Raises if Tryton cannot be asked."""
        errors: dict[int, OutsideError] = {}
        for state, button, reached in STEPS:
            if list(Advance).index(reached) <= self._goal:
                waiting = self._in_state(state, [id for id in ids if id not in errors])
                errors |= self._press(waiting, state, button)
        return errors

    def _press(self, ids: Sequence[int], state: str, button: str) -> dict[int, OutsideError]:
        if self._pressed_together(ids, button):
            return {}
        return {id: error for id in ids if (error := self._press_one(id, state, button))}

    def _pressed_together(self, ids: Sequence[int], button: str) -> bool:
        """All of them or none, some three times as fast. Refused: one of them has to be pressed alone to tell why."""
        if self._session is None or len(ids) < 2:
            return False
        try:
            self._session.press_all("sale.sale", ids, button, self._premises.context)
        except Rejected:
            return False
        return True

    def _press_one(self, id: int, state: str, button: str) -> OutsideError | None:
        """Refused although somebody else has advanced it meanwhile is no error."""
        try:
            self._client.press("sale.sale", id, button, self._premises.context)
        except Rejected as error:
            return error if self._in_state(state, [id]) else None
        return None

    def _in_state(self, state: str, ids: Sequence[int]) -> list[int]:
        if not ids:
            return []
        domain = [["id", "in", ids], ["state", "=", state]]
        return [row["id"] for row in self._client.search("sale.sale", domain, ["id"], context=self._premises.context)]
