"""At most so many questions in so many seconds from one place; kept in the process, forgotten with it."""

from __future__ import annotations

from collections import OrderedDict, deque

MOST_PLACES = 10_000


class Limiter:
    """Not exact over several processes, and need not be: numbers cannot be guessed anyway."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most, self.seconds = most, seconds
        self._asked: OrderedDict[str, deque[float]] = OrderedDict()

    def allows(self, place: str, now: float) -> bool:
        """Whether `place` may ask at `now` (seconds of any steady clock); counts the question if so."""
        asked = self._asked.setdefault(place, deque())
        self._asked.move_to_end(place)
        while len(self._asked) > MOST_PLACES:
            self._asked.popitem(last=False)
        while asked and asked[0] <= now - self.seconds:
            asked.popleft()
        if len(asked) >= self.most:
            return False
        asked.append(now)
        return True
