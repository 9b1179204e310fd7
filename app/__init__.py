"""Vuoro: appointment booking for municipal employment services. The map of the rooms, from the ground floor up:

========== =========================================================================================
core       clock, database, tenancy, permissions, audit, errors, languages, HTTP, crypto, events, work
scheduling when people can be met: services, offices, working hours, absences' gaps, slots, guide
messaging  one outgoing message: texts, outbox, dispatcher, channels; knows addresses, not appointments
identity   staff and clients signing in, one's own account, terms of use, API keys
booking    the promise: holds, appointments, groups, series, reminders, answers, availability, the client's pages
absence    somebody is away: what becomes of the meetings, carried out and taken back
casework   the caseworker's day: the staff's pages over bookings and messages
admin      a municipality's own words and settings: texts, statement, feedback, links, offices, services, colours, checklist
api        REST v1 for other systems, webhooks out, their pages for staff; health and metrics
demo       the municipality Koivula for newcomers, and its mailbox page
========== =========================================================================================

Later rooms (outreach, reception, outlook, statistics) have their places in ``docs/architecture.md``.
A room imports only from lower floors (``pyproject.toml``, import-linter); what it must cause elsewhere it
announces through ``core.events``. ``factory`` puts the house together, ``cli`` and ``jobs`` are its other doors.
"""
