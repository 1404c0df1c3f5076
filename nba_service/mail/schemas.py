"""The answers to e-mail tools, for the documentation."""

from __future__ import annotations

from marshmallow import fields

from nba_service.http.schema import Strict
from nba_service.mail.calls import MailReason


class MailAnswer(Strict):
    """Flat texts, each empty where there is nothing to say."""

    decision_id = fields.String(required=True)
    action = fields.String(required=True)
    title = fields.String(required=True)
    body = fields.String(required=True)
    image_url = fields.String(required=True)
    click_url = fields.String(required=True, metadata={"description": "counts the click if links are on"})
    html = fields.String(required=True, metadata={"description": "a table with inlined styles"})
    locale = fields.String(required=True)
    open_image_url = fields.String(required=True, metadata={"description": "decided when it is looked at"})
    open_click_url = fields.String(required=True, metadata={"description": "leads where that picture says"})
    reason = fields.String(required=True, metadata={"enum": [reason.value for reason in MailReason]})
    ignored = fields.String(metadata={"description": "parameters that could not be used, if there are"})


class EmarsysAnswer(Strict):
    content = fields.List(fields.Dict(keys=fields.String(), values=fields.Raw()), required=True)
