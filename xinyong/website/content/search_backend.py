"""Search that finds Chinese words: texts and questions are cut into overlapping pairs of characters.

PostgreSQL takes a run of Chinese characters for one word; a pair index finds every word of two or more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

from django.contrib.postgres.search import SearchQuery
from modelsearch.backends.database.postgres import postgres
from modelsearch.query import PlainText
from modelsearch.utils import get_content_type_pk
from wagtail.search.models import IndexEntry

HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f〇"
RUNS = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")
CHINESE = re.compile(f"[{HAN}]")
NOTHING = ("⁇", False)  # a question without a word finds nothing


def runs(text: str) -> Iterator[str]:
    """The stretches of Chinese and the other words of a text, compatibility forms folded, in lower case."""
    yield from RUNS.findall(unicodedata.normalize("NFKC", text).lower())


def pairs(text: str) -> str:
    """What is indexed: 信用修复 2025 → 信用 用修 修复 复 2025 (the last character alone, for questions of one)."""
    found: list[str] = []
    for run in runs(text):
        if CHINESE.match(run):
            found += [run[i : i + 2] for i in range(len(run))]
        else:
            found.append(run)
    return " ".join(found)


def asked(text: str, prefix: bool) -> list[tuple[str, bool]]:
    """What is looked for: (word, whether a beginning is enough). 信用修复 → all its pairs; 信 → what begins with it."""
    found: list[tuple[str, bool]] = []
    for run in runs(text):
        if not CHINESE.match(run):
            found.append((run, prefix))
        elif len(run) == 1:
            found.append((run, True))
        else:
            found += [(run[i : i + 2], False) for i in range(len(run) - 1)]
    return found


class _Indexer(postgres.ObjectIndexer):  # type: ignore[misc]
    def as_vector(self, texts: Sequence[tuple[str, str]], for_autocomplete: bool = False) -> Any:
        cut = [(pairs(text), weight) for text, weight in texts]
        return super().as_vector(cut, for_autocomplete)


class _Index(postgres.PostgresIndex):  # type: ignore[misc]
    def add_items(self, model: Any, objs: Any) -> None:
        if not model.get_search_fields():
            return
        kind = get_content_type_pk(model)
        for indexer in [_Indexer(obj, self.backend) for obj in objs]:
            IndexEntry.objects.update_or_create(
                content_type_id=kind,
                object_id=indexer.id,
                defaults={
                    "title": indexer.title,
                    "autocomplete": indexer.autocomplete,
                    "body": indexer.body,
                    "title_norm": 1.0,
                },
            )
        self._refresh_title_norms()


class _Compiler(postgres.PostgresSearchQueryCompiler):  # type: ignore[misc]
    def build_tsquery_content(self, query: Any, config: Any = None, invert: bool = False) -> Any:
        if not isinstance(query, PlainText):
            return super().build_tsquery_content(query, config=config, invert=invert)
        words = asked(query.query_string, self.LAST_TERM_IS_PREFIX) or [NOTHING]
        lexemes = [postgres.Lexeme(word, invert=invert, prefix=begins) for word, begins in words]
        together = reduce(and_ if query.operator == "and" else or_, lexemes)
        return SearchQuery(together, search_type="raw", config=config)


class _Autocomplete(_Compiler, postgres.PostgresAutocompleteQueryCompiler):  # type: ignore[misc]
    pass


class SearchBackend(postgres.PostgresSearchBackend):  # type: ignore[misc]
    index_class = _Index
    query_compiler_class = _Compiler
    autocomplete_query_compiler_class = _Autocomplete
