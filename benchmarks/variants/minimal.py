"""The least that anyone imports: boto3 with two clients, pydantic, Powertools' Logger. It stores nothing."""

import json
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from pydantic import BaseModel

_logger = Logger(service="minimal")
_dynamodb = boto3.client("dynamodb")
_sqs = boto3.client("sqs")


class _Contato(BaseModel):
    id: str
    nome: str


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """Validate, log, and answer."""
    contatos = [_Contato.model_validate(data) for data in json.loads(event["body"])]
    _logger.info("delivery", records=len(contatos))
    return {"statusCode": 200, "body": "{}"}
