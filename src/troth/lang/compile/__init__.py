"""From the text of a pack to a compiled `Pack`, or to all its problems at once.

files ──read_document──▶ documents ──merge──▶ one document ──check_shape──▶ problems
                                          └─▶ facts, events, states, … ──compile_rules──▶ Pack
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from troth.errors import PackError, Place, Problem
from troth.lang.compile import _customers, _events, _facts, _messages, _objectives, _page, _promises, _states
from troth.lang.compile._draft import Draft, digest_of
from troth.lang.document import Document, merge, read_document
from troth.lang.expressions import Wanted, compile_rules, usable_name
from troth.lang.schema import PACK, check_shape
from troth.model.pack import Pack
from troth.model.rules import Rules

__all__ = ["Compiled", "compile_pack"]


class Compiled(msgspec.Struct, frozen=True):
    """What became of a pack's text.

    Attributes:
        pack: The pack; `None` when anything is wrong with it.
        problems: Everything that is wrong, by place. Warnings are `troth.lang.lint`'s.
        document: The text as values with places, all files together; `None` when none could be read.
        wanted: The rules as written, in the order of `Pack.rules`.
    """

    pack: Pack | None
    problems: tuple[Problem, ...] = ()
    document: Document | None = None
    wanted: tuple[Wanted, ...] = ()

    def require(self) -> Pack:
        """Return the pack.

        Raises:
            PackError: It has problems: all of them.
        """
        if self.pack is None:
            raise PackError(self.problems)
        return self.pack


def compile_pack(files: Mapping[str, str]) -> Compiled:
    """Compile a pack.

    Args:
        files: File name (as shown in problems) → YAML text: a `pack.yaml`, or several files with its top-level keys
            between them, in the order to read them.

    Returns:
        The pack, or all problems of its form, shape, references, types and expressions.
    """
    if not files:
        return Compiled(
            None, (Problem(Place(), "P106", "no pack file", "a pack.yaml", "give the text of at least one file"),)
        )
    documents: list[Document] = []
    problems: list[Problem] = []
    for file, text in files.items():
        document, found = read_document(text, file)
        problems.extend(found)
        documents.extend([document] if document is not None else [])
    if not documents:
        return Compiled(None, tuple(sorted(problems)))
    whole, found = merge(tuple(documents))
    problems.extend(found)
    shape = check_shape(whole, PACK)
    if len(documents) < len(files):
        # What a file that cannot be read declares is not missing: do not ask for it.
        shape = tuple(problem for problem in shape if problem.code != "P112" or "." in problem.place.path)
        return Compiled(None, tuple(sorted((*problems, *shape))), whole)
    draft = Draft(whole)
    pack = _pack(draft)
    everything = tuple(sorted({*problems, *shape, *draft.problems}))
    return Compiled(None if everything else pack, everything, whole, tuple(draft.wanted))


def _pack(draft: Draft) -> Pack | None:
    """Return the pack of a draft, or `None` when its rules do not compile; problems are noted in the draft."""
    sources, facts = _facts.sources(draft), _facts.facts(draft)
    plans = _events.events(draft)
    states, transitions = _states.states(draft), _states.transitions(draft)
    actions, statements, messages = _messages.actions(draft), _messages.statements(draft), _messages.messages(draft)
    promises, plans = _promises.promises(draft, plans)
    cases, chronology = _states.cases(draft), _states.chronology(draft)
    objectives, page = _objectives.objectives(draft), _page.page(draft)
    customer, contact = draft.extract("customer", expected="string"), _customers.contact(draft)
    _customers.check_personal(draft)
    rules = _rules(draft)
    if rules is None:
        return None
    _promises.check_reads(draft, promises, rules)
    version = draft.get("version")
    segments = draft.mapping("segments")
    return Pack(
        name=draft.text("pack"),
        version=version if isinstance(version, int) else 0,
        digest=digest_of(draft.document.data),
        title=draft.text("title"),
        subject=draft.text("subject"),
        sources=sources,
        facts=facts,
        events=plans,
        rules=rules,
        states=states,
        transitions=transitions,
        statements=statements,
        messages=messages,
        actions=actions,
        promises=promises,
        cases=cases,
        chronology=chronology,
        segments={name: title for name, title in segments.items() if isinstance(title, str)},
        objectives=objectives,
        customer=customer,
        contact=contact,
        page=page,
    )


def _rules(draft: Draft) -> Rules | None:
    """Return all rules as one function, or `None` and problems in the draft."""
    usable = tuple((name, kind) for name, kind in draft.facts.items() if usable_name(name))
    rules, problems = compile_rules(usable, draft.wanted)
    draft.problems.extend(problems)
    return None if problems else rules
