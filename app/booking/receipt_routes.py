"""The receipts of one appointment, for whoever holds its link: all of them, each one, each as a file."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, url_for

from app.booking.link_routes import blueprint, open_link, page_url
from app.booking.models import Receipt
from app.booking.receipt_pdf import receipt_pdf
from app.booking.receipt_views import receipt_line, receipt_page
from app.booking.receipts import find_receipt, receipts_of
from app.core.db import db
from app.core.permissions import by_link
from app.core.tenancy import Municipality


@blueprint.get("/receipt")
@by_link
def receipts(token: str) -> Any:
    """All receipts of the appointment, the newest first."""
    appointment, municipality = open_link(token)
    lines = [
        receipt_line(receipt, municipality.zone, **_addresses(token, receipt.number))
        for receipt in receipts_of(db.session, appointment)
    ]
    return render_template("appointment/receipts.html", receipts=lines, back_url=page_url(token))


@blueprint.get("/receipts/<number>")
@by_link
def receipt(token: str, number: str) -> Any:
    """One receipt, to read and to print."""
    appointment, municipality = open_link(token)
    found = find_receipt(db.session, number, appointment)
    return render_template(
        "appointment/receipt.html",
        receipt=receipt_page(found, municipality),
        back_url=url_for(".receipts", token=token),
        pdf_url=url_for(".receipt_file", token=token, number=number),
    )


@blueprint.get("/receipts/<number>.pdf")
@by_link
def receipt_file(token: str, number: str) -> Response:
    """One receipt as a file to keep."""
    appointment, municipality = open_link(token)
    return pdf_answer(find_receipt(db.session, number, appointment), municipality)


def _addresses(token: str, number: str) -> dict[str, str]:
    return {
        "url": url_for(".receipt", token=token, number=number),
        "pdf_url": url_for(".receipt_file", token=token, number=number),
    }


def pdf_answer(receipt: Receipt, municipality: Municipality) -> Response:
    """The receipt as a PDF file to save, in the reader's language."""
    response = Response(receipt_pdf(receipt, municipality), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="vuoro-{receipt.number}.pdf"'
    return response
