"""A client's own receipts, of all appointments and of everything else."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, url_for

from app.booking.my_page import account, blueprint, frame
from app.booking.receipt_routes import pdf_answer
from app.booking.receipt_views import receipt_line, receipt_page
from app.booking.receipts import find_receipt, receipts_of
from app.core.db import db
from app.identity.client_access import client_page


@blueprint.get("/my/receipts")
@client_page
def receipts() -> Any:
    """All receipts, the newest first."""
    own = account()
    lines = [
        receipt_line(
            receipt,
            own.municipality.zone,
            url=url_for(".receipt", number=receipt.number),
            pdf_url=url_for(".receipt_file", number=receipt.number),
        )
        for receipt in receipts_of(db.session, own.rows)
    ]
    return render_template("my/receipts.html", receipts=lines, **frame(own, "receipts"))


@blueprint.get("/my/receipts/<number>")
@client_page
def receipt(number: str) -> Any:
    """One receipt, to read and to print."""
    own = account()
    return render_template(
        "appointment/receipt.html",
        receipt=receipt_page(find_receipt(db.session, number, own.rows), own.municipality),
        back_url=url_for(".receipts"),
        pdf_url=url_for(".receipt_file", number=number),
    )


@blueprint.get("/my/receipts/<number>.pdf")
@client_page
def receipt_file(number: str) -> Response:
    """One receipt as a file to keep."""
    own = account()
    return pdf_answer(find_receipt(db.session, number, own.rows), own.municipality)
