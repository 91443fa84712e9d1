"""The physical lines and the records of delimited text, found in raw bytes with NumPy.

Works on UTF-8 and on GB18030 alike: in both, no byte of a character beyond ASCII looks like a separator, a
quote or a line end. Quotes follow Python's csv module: a quote is special only at the start of a field, and
a doubled quote inside a quoted field is one quote. Lines with quotes that do not pair up within the line
are walked one by one; all other lines cost a few vectorised comparisons.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

LF, CR, QUOTE, SPACE, TAB = 10, 13, 34, 32, 9
_START, _PLAIN, _QUOTED = 0, 1, 2  # where a scan stands: at a field's start, in a bare field, within quotes

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Record:
    """A record that needed a walk: lines `first`..`last` (0-based, of the block).

    `tidy` is False where a quote stands inside a bare field or text follows a closing quote.
    `opened` is the line on which the last quoted field opened.
    """

    first: int
    last: int
    separators: int
    tidy: bool
    closed: bool
    opened: int


@dataclass(frozen=True)
class Layout:
    """Lines of a block: line i is `data[starts[i]:ends[i]]`, without its terminator."""

    data: bytes
    array: Bytes
    separator: int
    starts: Places
    ends: Places  # exclusive, before the terminator
    stops: Places  # exclusive, after the terminator
    walked: tuple[Record, ...]
    quoted: bool

    @property
    def lines(self) -> int:
        return len(self.starts)

    @property
    def open_record(self) -> Record | None:
        """The last record, if its quote is still open at the end of the block."""
        last = self.walked[-1] if self.walked else None
        return last if last is not None and not last.closed else None

    @cached_property
    def heads(self) -> npt.NDArray[np.bool_]:
        """True for each line that begins a record, blank lines included."""
        heads = np.ones(self.lines, dtype=bool)
        for record in self.walked:
            heads[record.first + 1 : record.last + 1] = False
        return heads

    @cached_property
    def blanks(self) -> Places:
        """Lines that begin a record and hold nothing but separators, ASCII white space and empty quotes."""
        return np.array([i for i in self._perhaps_blank() if self._is_blank(i)], dtype=np.int64)

    def _perhaps_blank(self) -> list[int]:
        first = self.array[np.minimum(self.starts, len(self.array) - 1)]
        hollow = (first == self.separator) | (first == SPACE) | (first == TAB) | (first == QUOTE)
        perhaps = ((self.ends == self.starts) | hollow) & self.heads
        last = self.array[np.maximum(self.ends - 1, 0)]
        hollow_end = (last == self.separator) | (last == SPACE) | (last == TAB) | (last == QUOTE)
        perhaps &= (self.ends == self.starts) | hollow_end
        result: list[int] = np.flatnonzero(perhaps).tolist()
        return result

    def _is_blank(self, line: int) -> bool:
        cells = self.data[self.starts[line] : self.ends[line]].split(bytes([self.separator]))
        return not any(cell.removeprefix(b'""').strip(b" \t") for cell in cells)

    @property
    def records(self) -> int:
        """Records that are not blank."""
        return int(np.count_nonzero(self.heads)) - len(self.blanks)

    def record_lines(self) -> tuple[Places, Places]:
        """First and last line of every record that is not blank."""
        heads = self.heads.copy()
        firsts = np.flatnonzero(heads)
        lasts = np.append(firsts[1:], self.lines) - 1
        keep = np.isin(firsts, self.blanks, invert=True, assume_unique=True)
        return firsts[keep], lasts[keep]

    def separators_per_line(self) -> Places:
        """Raw separators on each line, those within quotes included."""
        if not self.lines:
            return np.zeros(0, dtype=np.int64)
        mask = self.array[: self.stops[-1]] == self.separator
        return np.add.reduceat(mask, self.starts, dtype=np.int64)

    def is_whole_row(self, line: int, full: int) -> bool:
        """Would the line, read as a record of its own, have `full` separators and no quote left open?"""
        state, separators, _, _ = _scan(
            self.data[self.starts[line] : self.ends[line]], self.separator, _START
        )
        return state != _QUOTED and separators >= full


def layout(data: bytes, separator: int, final: bool = True) -> Layout:
    """Find lines and records. Unless `final`, text after the last line end is left out (see `stops[-1]`)."""
    array = np.frombuffer(data, dtype=np.uint8)
    breaks = _line_breaks(array, final)
    if final and len(array) and (not len(breaks) or breaks[-1] != len(array) - 1):
        breaks = np.append(breaks, len(array))
    starts = np.concatenate((np.zeros(min(1, len(breaks)), dtype=np.int64), breaks[:-1] + 1))
    stops = np.minimum(breaks + 1, len(array))
    ends = breaks.copy()
    after_cr = (ends > starts) & (array[np.maximum(ends - 1, 0)] == CR) & (ends < len(array))
    after_cr &= array[np.minimum(ends, len(array) - 1)] == LF
    ends -= after_cr
    quoted = b'"' in data
    walked = tuple(_walk(data, array, separator, starts, ends, stops)) if quoted else ()
    return Layout(data, array, separator, starts, ends, stops, walked, quoted)


def _line_breaks(array: Bytes, final: bool) -> Places:
    """Positions of the last byte of each line end: LF, CRLF or a CR alone."""
    feeds = np.flatnonzero(array == LF)
    returns = np.count_nonzero(array == CR)
    if not returns:
        return feeds
    paired = np.count_nonzero(array[feeds[feeds > 0] - 1] == CR)
    if paired == returns:
        return feeds
    places = np.flatnonzero(array == CR)
    following = array[np.minimum(places + 1, len(array) - 1)]
    at_end = places == len(array) - 1
    alone = places[np.where(at_end, final, following != LF)]
    return np.sort(np.concatenate((feeds, alone)))


def _walk(
    data: bytes, array: Bytes, separator: int, starts: Places, ends: Places, stops: Places
) -> Iterator[Record]:
    """The records that begin on a line whose quotes do not pair up neatly."""
    untidy = _untidy_lines(array, separator, starts, stops)
    done = -1
    for line in untidy:
        if line <= done:
            continue
        record = _walk_record(data, separator, starts, ends, int(line))
        done = record.last
        yield record


def _untidy_lines(array: Bytes, separator: int, starts: Places, stops: Places) -> Places:
    """Lines with an odd number of quotes, or with a quote that neither opens nor closes a field."""
    quotes = np.flatnonzero(array == QUOTE)
    if len(starts):
        quotes = quotes[quotes < stops[-1]]
    if not len(quotes) or not len(starts):
        return np.zeros(0, dtype=np.int64)
    first = np.searchsorted(quotes, starts)
    counts = np.diff(np.append(first, len(quotes)))
    line_of = np.repeat(np.arange(len(starts)), counts)
    opens = ((np.arange(len(quotes)) - first[line_of]) & 1) == 0
    before = np.where(quotes == starts[line_of], separator, array[np.maximum(quotes - 1, 0)])
    after = array[np.minimum(quotes + 1, len(array) - 1)]
    after = np.where(quotes == len(array) - 1, LF, after)
    neat_open = (before == separator) | (before == QUOTE)
    neat_close = (after == separator) | (after == QUOTE) | (after == LF) | (after == CR)
    bad = np.where(opens, ~neat_open, ~neat_close)
    untidy = (counts & 1) == 1
    untidy[line_of[bad]] = True
    return np.flatnonzero(untidy)


def _walk_record(data: bytes, separator: int, starts: Places, ends: Places, first: int) -> Record:
    state, separators, tidy, opened = _START, 0, True, first
    line = first
    while True:
        text = data[starts[line] : ends[line]]
        was = state
        state, found, neat, reopened = _scan(text, separator, state)
        separators += found
        tidy &= neat
        if state == _QUOTED and (was != _QUOTED or reopened):
            opened = line
        if state != _QUOTED or line + 1 == len(starts):
            return Record(first, line, separators, tidy, state != _QUOTED, opened)
        line += 1


def _scan(text: bytes, separator: int, state: int) -> tuple[int, int, bool, bool]:
    """Scan one line: (state at its end, separators outside quotes, tidy, did a quoted field begin on it)."""
    place, separators, tidy, opened = 0, 0, True, False
    sep = bytes([separator])
    while place < len(text) or state == _QUOTED:
        if state == _QUOTED:
            place = _closing_quote(text, place)
            if place < 0:
                return _QUOTED, separators, tidy, opened
            place += 1
            state = _PLAIN
            tidy &= place == len(text) or text[place] == separator
        elif state == _START and text[place] == QUOTE:
            state, place, opened = _QUOTED, place + 1, True
        else:
            end = text.find(sep, place)
            tidy &= text.find(b'"', place, len(text) if end < 0 else end) < 0
            if end < 0:
                break
            separators, place, state = separators + 1, end + 1, _START
    return _PLAIN, separators, tidy, opened


def _closing_quote(text: bytes, place: int) -> int:
    """The next quote that is not doubled, or -1."""
    while (place := text.find(b'"', place)) >= 0:
        if text[place + 1 : place + 2] != b'"':
            return place
        place += 2
    return -1
