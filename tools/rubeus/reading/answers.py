"""The answer to "why is it not here?", in Portuguese."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from models.clock import BRASILIA
from models.kind import label
from models.record import Key
from rubeus.reading import masking
from rubeus.reading.why import Case, Explanation, Finding


class Answer(NamedTuple):
    """What happened, and what to do."""

    what: str
    advice: str


_FIRE: Final = (
    "Confira com `rubeus triggers` se o gatilho dele chega. Se chega, abra o registro no Rubeus e salve-o de"
    " novo: assim o gatilho dispara."
)


def never(explanation: Explanation) -> Answer:
    """Say of what was looked for, and is nowhere, that it never came, as far as that can be known."""
    if explanation.since is None:
        return Answer(
            "Nunca chegou, ou mudou depois, ou foi apagado aqui: não está entre os registros de agora nem nas"
            " entregas por terminar que estão guardadas.",
            f"{_FIRE} Se pode ter mudado ou sido apagado, pergunte pelo id: só por ele se vê.",
        )
    since = f"{explanation.since.astimezone(BRASILIA):%d/%m/%Y}"
    return Answer(
        "Nunca chegou: não está entre os registros, nem nas entregas por terminar, nem no que as entregas"
        f" guardadas desde {since} gravaram.",
        _FIRE,
    )


def unread(count: int) -> str:
    """Say that there are deliveries into which nobody can look."""
    which = (
        "1 entrega guardada não se deixa ler"
        if count == 1
        else f"{count} entregas guardadas não se deixam ler"
    )
    return f"{which}, e o registro pode estar ali: veja `rubeus deliveries list --state quarantined`."


def tell(finding: Finding) -> Answer:
    """Say it, without personal data."""
    return _ANSWERS[finding.case](finding)


def _stored(finding: Finding) -> Answer:
    return Answer(
        f"Está aqui: {_name(finding.key)}, versão {finding.version}, recebida em {_time(finding.at)}.",
        "Nada a fazer.",
    )


def _repeated(finding: Finding) -> Answer:
    return Answer(
        f"Repetido: {_name(finding.key)} veio de novo em {_time(finding.at)}, com o mesmo conteúdo da versão"
        f" {finding.version}.",
        "Nada a fazer: um repetido não muda o registro nem publica mensagem.",
    )


def _late(finding: Finding) -> Answer:
    return Answer(
        f"Atrasado: {_name(finding.key)}, recebido em {_time(finding.at)}, foi gravado depois de um estado"
        " mais novo. Está na história, não no registro atual.",
        f"Se é ele que vale, declare-o atual: `rubeus deliveries replay {finding.delivery_id} --as-newest`.",
    )


def _waiting(finding: Finding) -> Answer:
    due = f"tenta de novo em {_time(finding.due_at)}" if finding.due_at else "tenta em alguns minutos"
    return Answer(
        f"Na fila: chegou em {_time(finding.at)}, está guardado e ainda não foi gravado.",
        f"Espere: a recuperação {due}.",
    )


def _failed(finding: Finding) -> Answer:
    return Answer(
        f"Parado: chegou em {_time(finding.at)} e está guardado, mas a recuperação desistiu dele.",
        f"Veja o motivo com `rubeus deliveries show {finding.delivery_id}`, corrija-o e reprocesse com"
        f" `rubeus deliveries replay {finding.delivery_id}`.",
    )


def _rejected(finding: Finding) -> Answer:
    return Answer(
        f"Recusado aqui: chegou em {_time(finding.at)}, no registro {finding.position} da entrega."
        f" Motivo: {_reasons(finding)}.",
        "Corrija no Rubeus e dispare de novo para este registro; o corpo continua guardado.",
    )


def _dismissed(finding: Finding) -> Answer:
    by = f" em {_time(finding.dismissal.at)}" if finding.dismissal else ""
    return Answer(
        f"Dispensado: chegou em {_time(finding.at)} e foi recusado ({_reasons(finding)}); a entrega foi"
        f" dispensada{by}.",
        f"Quem dispensou e por quê: `rubeus deliveries show {finding.delivery_id}`. Ainda pode ser"
        f" reprocessada: `rubeus deliveries replay {finding.delivery_id}`.",
    )


def _erased(finding: Finding) -> Answer:
    version = f", como versão {finding.version}" if finding.version else ""
    return Answer(
        f"Apagado aqui: {_name(finding.key)} chegou em {_time(finding.at)} e foi gravado{version}, mas não"
        " está mais entre os registros.",
        "Só se apaga à mão, em geral a pedido da própria pessoa (LGPD): pergunte a quem apaga. Se ele pode"
        " voltar, edite-o no Rubeus e salve, ou reprocesse a entrega, com tudo o que ela trouxe:"
        f" `rubeus deliveries replay {finding.delivery_id}`.",
    )


def _reasons(finding: Finding) -> str:
    return "; ".join(each.rstrip(".") for each in finding.reasons) or "não foi dito"


def _name(key: Key | None) -> str:
    return f"{label(key.kind)} {masking.identity(key.id)}" if key else "o registro"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(BRASILIA):%d/%m/%Y às %H:%M:%S}"


_ANSWERS: Mapping[Case, Callable[[Finding], Answer]] = {
    Case.STORED: _stored,
    Case.REPEATED: _repeated,
    Case.LATE: _late,
    Case.WAITING: _waiting,
    Case.FAILED: _failed,
    Case.REJECTED: _rejected,
    Case.DISMISSED: _dismissed,
    Case.ERASED: _erased,
}
