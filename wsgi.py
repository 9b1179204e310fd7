"""WSGI entry point: ``gunicorn wsgi:app``; also what ``flask --app wsgi`` loads."""

from app.factory import create_app

app = create_app()
