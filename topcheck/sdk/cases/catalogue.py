"""All cases of one contract."""

from functools import cache

from topcheck.sdk.case import Call, SdkCase, SdkCases
from topcheck.sdk.cases.answers import answers
from topcheck.sdk.cases.documents import Documents
from topcheck.sdk.cases.entities import entities
from topcheck.sdk.cases.errors import errors
from topcheck.sdk.cases.sends import sends
from topcheck.sdk.cases.survives import survives
from topcheck.workspace import Workspace


def sdk_cases(workspace: Workspace) -> SdkCases:
    """Return the cases of a workspace's contract; those of a format are made once."""
    docs = Documents(workspace.contract, workspace.rules, workspace.sample)

    def plain(fmt: str) -> Call:
        return docs.call(fmt, docs.sample)

    @cache
    def all_cases(fmt: str) -> tuple[SdkCase, ...]:
        about_answers = (*answers(docs), *errors(docs), *survives(docs), *entities(docs))
        return (*sends(docs, fmt), *about_answers)

    return SdkCases(workspace.contract, workspace.default_orders, plain, all_cases)
