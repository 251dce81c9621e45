"""Masks clear values wherever they turn up: in variables, records, texts that quote them.

A veil knows where a case's forms put sensitive data (by the ends of paths, so that a value is
still known where a diagram moved it into a context of its own), and from the case's data what it
is there. It also knows resident ids and mobile numbers by their shape, since people write them
into fields that are not made for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from engine.feel.values import Date, DateTime, Time
from engine.forms.masks import HIDDEN, Kind, mask
from engine.forms.masks import mobile as masked_mobile
from engine.forms.masks import resident_id as masked_id
from engine.forms.value_types import resident_id

Names = tuple[str, ...]

#: Shorter texts are masked where they stand, but not looked for in other texts.
_SHORTEST = 4
_SHORTEST_NAME = 2
_DIGITS = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_ID_SHAPE = re.compile(r"(?<![0-9A-Za-z])[0-9]{17}[0-9Xx](?![0-9A-Za-z])")
_MOBILE_SHAPE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")


@dataclass(frozen=True, kw_only=True)
class Sensitive:
    """A field of a form: its key path (rows without numbers), and what it tells.

    ``kind`` None: public, though of a type that others keep to themselves. ``quotable``: people
    write the value itself (no option of a list), so that it may be looked for in texts.
    """

    path: Names
    kind: Kind | None
    value_type: str | None
    quotable: bool = True
    #: It names uploaded files.
    files: bool = False


class Veil:
    """What one reader may not see of one case. Immutable once made; see :func:`veil_over`."""

    def __init__(
        self,
        places: Mapping[str, tuple[Sensitive, ...]],
        masked: frozenset[Kind],
        *,
        key_unit: int,
        shapes: bool = True,
    ) -> None:
        self.masked = masked
        self._shapes = masked if shapes else frozenset()
        self._places = places
        self._key_unit = key_unit
        self._texts: dict[str, str] = {}
        self._numbers: set[Decimal] = set()
        self._public: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        #: Kinds of which the case holds something, and the keys of files that are hidden.
        self.found: set[Kind] = set()
        self.files: set[str] = set()

    def at(self, path: Names) -> Sensitive | None:
        """The sensitive field that a path of names ends with, if its kind is masked."""
        place = self._place(path)
        return place if place is not None and place.kind in self.masked else None

    def text(self, text: str) -> str:
        """The text with every value that it quotes masked; itself where it quotes none (a sentence
        of ours can be translated then)."""
        shown = self._masked(text)
        return text if shown == text else shown

    def _masked(self, text: str) -> str:
        if self._pattern is not None:
            text = self._pattern.sub(lambda found: self._texts[found[0]], text)
        if Kind.IDENTITY in self._shapes:
            text = _ID_SHAPE.sub(lambda found: self._shape(found[0], masked_id, _is_id), text)
        if Kind.PHONE in self._shapes:
            text = _MOBILE_SHAPE.sub(
                lambda found: self._shape(found[0], masked_mobile, self._no_key), text
            )
        return text

    def value(self, value: Any, path: Names = ()) -> Any:
        """A value of FEEL's or JSON's with everything masked that must be; shared where nothing is."""
        place = self.at(path) if path else None
        if place is not None:
            return _whole(value, place.value_type)
        match value:
            case Mapping():
                return {
                    self.text(str(name)): self.value(inner, (*path, str(name)))
                    for name, inner in value.items()
                }
            case list() | tuple():
                return [self.value(inner, path) for inner in value]
            case str():
                return self.text(value)
            case Decimal() if value in self._numbers:
                return HIDDEN
            case _:
                return value

    def hides(self, value: Any, path: Names = ()) -> bool:
        """Whether anything of the value would be masked."""
        return bool(self.value(value, path) != value)

    def learn(self, data: Any, path: Names = ()) -> None:
        """Remember the clear values of the sensitive fields in there."""
        place = self._place(path) if path else None
        if place is not None:
            for scalar in _scalars(data):
                self._remember(scalar, place)
        elif isinstance(data, Mapping):
            for name, inner in data.items():
                self.learn(inner, (*path, str(name)))
        elif isinstance(data, list | tuple):
            for inner in data:
                self.learn(inner, path)

    def settle(self) -> None:
        """To be called once everything is learnt."""
        for text in self._public:
            self._texts.pop(text, None)
        parts = [_sought(text) for text in sorted(self._texts, key=len, reverse=True)]
        self._pattern = re.compile("|".join(parts)) if parts else None

    def _place(self, path: Names) -> Sensitive | None:
        for place in self._places.get(path[-1], ()):
            if path[-len(place.path) :] == place.path:
                return place
        return None

    def _remember(self, value: Any, place: Sensitive) -> None:
        if place.kind is None:
            self._public.update(_written(value))
            return
        if value in (None, "", False) or isinstance(value, bool):
            if value is True:
                self.found.add(place.kind)
            return
        self.found.add(place.kind)
        if place.kind not in self.masked:
            return
        if place.files and isinstance(value, str):
            self.files.add(value)
        if not place.quotable:
            return
        if isinstance(value, Decimal) and abs(value) >= 1000:
            self._numbers.add(value)
        least = _SHORTEST_NAME if place.value_type == "person-name" else _SHORTEST
        for text in _written(value):
            if len(text) >= least:
                self._texts[text] = mask(text, place.value_type)

    def _shape(self, text: str, hide: Any, real: Any) -> str:
        return hide(text) if text not in self._public and real(text) else text

    def _no_key(self, text: str) -> bool:
        return int(text) % self._key_unit != 0


def veil_over(
    places: Iterable[Sensitive],
    masked: frozenset[Kind],
    *data: Any,
    key_unit: int,
    shapes: bool = True,
) -> Veil:
    """What a reader to whom ``masked`` is masked may not see of ``data`` (variables, parts said).

    ``key_unit``: numbers that this divides are keys of ours, never telephone numbers. ``shapes``:
    resident ids and mobile numbers are masked wherever they stand.
    """
    by_name: dict[str, list[Sensitive]] = {}
    for place in places:
        by_name.setdefault(place.path[-1], []).append(place)
    # Where two forms disagree on a field, the one that holds it for sensitive is believed.
    ordered = {
        name: tuple(sorted(found, key=lambda p: (p.kind is None, -len(p.path))))
        for name, found in by_name.items()
    }
    made = Veil(ordered, masked, key_unit=key_unit, shapes=shapes)
    for each in data:
        made.learn(each)
    made.settle()
    return made


def _whole(value: Any, value_type: str | None) -> Any:
    """Everything inside masked; what is empty stays empty."""
    match value:
        case None | "":
            return value
        case Mapping():
            return {name: _whole(inner, None) for name, inner in value.items()}
        case list() | tuple():
            return [_whole(inner, value_type) for inner in value]
        case str():
            return mask(value, value_type)
        case _:
            return HIDDEN


def _scalars(value: Any) -> Iterator[Any]:
    match value:
        case Mapping():
            for inner in value.values():
                yield from _scalars(inner)
        case list() | tuple():
            for inner in value:
                yield from _scalars(inner)
        case _:
            yield value


def _written(value: Any) -> set[str]:
    """The texts in which a value is likely to be quoted."""
    match value:
        case str():
            return {value, value.strip()} - {""}
        case bool() | None:
            return set()
        case Decimal() if value.is_finite():
            return {f"{value:f}", f"{value:,f}", f"{value:.2f}", f"{value:,.2f}"}
        case Date():
            return {value.text, *_day(value.text)}
        case Time() | DateTime():
            return {value.text}
        case _:
            return set()


def _day(text: str) -> set[str]:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return set()
    return {f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}"}


def _sought(text: str) -> str:
    if _DIGITS.fullmatch(text):
        return rf"(?<![0-9]){re.escape(text)}(?![0-9])"
    return re.escape(text)


def _is_id(text: str) -> bool:
    return resident_id.person(text) is not None
