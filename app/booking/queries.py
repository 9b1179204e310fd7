"""The SQL of availability. Multiranges do the arithmetic; every table is read through a btree with a lower bound,
because under row-level security PostgreSQL does not use GiST (``&&`` is not leakproof).

What is aggregated is materialised: a plan kept for all parameters expects single rows, and would aggregate anew for each.
"""

from __future__ import annotations

from sqlalchemy import text

FREE_TIME = text("""
WITH offering AS MATERIALIZED (
    SELECT p.id, p.daily_limit FROM professional p
    JOIN professional_service ps ON ps.municipality_id = p.municipality_id AND ps.professional_id = p.id
    WHERE p.municipality_id = :municipality AND ps.service_id = :service AND p.active AND (p.online OR :any_notice)
        AND :mode = ANY(p.modes) AND (CAST(:language AS text) IS NULL OR :language = ANY(p.languages))
        AND (CAST(:professional AS bigint) IS NULL OR p.id = :professional)
), day AS (
    SELECT * FROM unnest(
        CAST(:dates AS date[]), CAST(:weekdays AS int[]), CAST(:weeks AS int[]), CAST(:holidays AS bool[]),
        CAST(:midnights AS timestamptz[]), CAST(:from_minutes AS int[]), CAST(:to_minutes AS int[])
    ) AS d(date, weekday, week, holiday, midnight, from_minute, to_minute)
), working AS (
    SELECT w.professional_id, w.office_id, 2 * w.id AS source, d.date,
        d.midnight + greatest(w.start_minute, d.from_minute) * interval '1 minute' AS starts_at,
        d.midnight + least(w.end_minute, d.to_minute) * interval '1 minute' AS ends_at
    FROM working_hours w JOIN day d ON d.weekday = w.weekday AND NOT d.holiday AND d.week % w.cycle_weeks = w.cycle_phase
        AND (w.valid_from IS NULL OR w.valid_from <= d.date) AND (w.valid_to IS NULL OR d.date <= w.valid_to)
    WHERE w.municipality_id = :municipality AND w.professional_id = ANY(ARRAY(SELECT id FROM offering))
        AND (w.modes IS NULL OR :mode = ANY(w.modes))
        AND (w.professional_id, d.date) NOT IN (
            SELECT r.professional_id, r.date FROM schedule_exception r
            WHERE r.municipality_id = :municipality AND r.professional_id = ANY(ARRAY(SELECT id FROM offering))
                AND r.date = ANY(CAST(:dates AS date[])) AND r.replaces_hours)
        AND greatest(w.start_minute, d.from_minute) < least(w.end_minute, d.to_minute)
    UNION ALL
    SELECT e.professional_id, e.office_id, 2 * e.id + 1, d.date,
        d.midnight + greatest(e.start_minute, d.from_minute) * interval '1 minute',
        d.midnight + least(e.end_minute, d.to_minute) * interval '1 minute'
    FROM schedule_exception e JOIN day d ON d.date = e.date
    WHERE e.municipality_id = :municipality AND e.professional_id = ANY(ARRAY(SELECT id FROM offering)) AND e.extra
        AND (e.modes IS NULL OR :mode = ANY(e.modes))
        AND greatest(e.start_minute, d.from_minute) < least(e.end_minute, d.to_minute)
), placed AS (
    SELECT *, CASE WHEN :in_person THEN office_id ELSE 0 END AS place FROM working
    WHERE NOT :in_person OR (CAST(:office AS bigint) IS NULL OR office_id = :office) AND office_id IN (
        SELECT so.office_id FROM service_office so
        JOIN office o ON o.municipality_id = so.municipality_id AND o.id = so.office_id AND o.active
        WHERE so.municipality_id = :municipality AND so.service_id = :service)
), grid AS MATERIALIZED (
    SELECT professional_id, place, array_agg(ARRAY[
            date_part('epoch', starts_at)::bigint, date_part('epoch', ends_at)::bigint] ORDER BY starts_at) AS working
    FROM (
        SELECT professional_id, place, min(starts_at) AS starts_at, max(ends_at) AS ends_at
        FROM placed GROUP BY professional_id, place, source, date
    ) AS intervals GROUP BY professional_id, place
), open AS MATERIALIZED (
    SELECT professional_id, place, range_agg(hours) AS hours FROM (
        SELECT professional_id, place, range_agg(tstzrange(starts_at, ends_at)) - COALESCE((
            SELECT range_agg(tstzrange(c.starts_at, c.ends_at)) FROM closure c
            WHERE c.municipality_id = :municipality AND c.ends_at > :since AND c.starts_at < :until AND NOT :grid_only
                AND (c.office_id IS NULL OR c.office_id = placed.office_id) AND (:in_person OR c.remote_too)
        ), '{}') AS hours
        FROM placed GROUP BY professional_id, place, office_id
    ) AS by_office GROUP BY professional_id, place
), busy AS MATERIALIZED (
    SELECT professional_id, range_agg(span) AS spans FROM (
        SELECT professional_id, occupied AS span FROM reservation
        WHERE municipality_id = :municipality AND professional_id = ANY(ARRAY(SELECT id FROM offering)) AND active
            AND starts_at >= :since - interval '1 day' AND starts_at < :until + interval '1 day'
            AND (expires_at IS NULL OR expires_at > :now) AND id <> ALL(CAST(:ignored AS bigint[]))
        UNION ALL
        SELECT professional_id, tstzrange(starts_at, ends_at) FROM absence
        WHERE municipality_id = :municipality AND professional_id = ANY(ARRAY(SELECT id FROM offering)) AND active
            AND ends_at > :since AND starts_at < :until
        UNION ALL
        SELECT professional_id, tstzrange(starts_at, ends_at) FROM busy_time
        WHERE municipality_id = :municipality AND professional_id = ANY(ARRAY(SELECT id FROM offering))
            AND ends_at > :since AND starts_at < :until
        UNION ALL
        SELECT e.professional_id, tstzrange(
            d.midnight + greatest(e.start_minute, d.from_minute) * interval '1 minute',
            d.midnight + least(e.end_minute, d.to_minute) * interval '1 minute')
        FROM schedule_exception e JOIN day d ON d.date = e.date
        WHERE e.municipality_id = :municipality AND e.professional_id = ANY(ARRAY(SELECT id FROM offering))
            AND NOT e.extra AND NOT e.replaces_hours
            AND greatest(e.start_minute, d.from_minute) < least(e.end_minute, d.to_minute)
    ) AS taken GROUP BY professional_id
)
SELECT o.professional_id, nullif(o.place, 0) AS office_id, p.daily_limit, g.working,
    (SELECT array_agg(ARRAY[date_part('epoch', lower(f))::bigint, date_part('epoch', upper(f))::bigint])
        FROM unnest(o.hours - COALESCE(b.spans, '{}')) AS f) AS free
FROM open o JOIN grid g USING (professional_id, place) JOIN offering p ON p.id = o.professional_id
    LEFT JOIN busy b ON b.professional_id = o.professional_id AND NOT :grid_only
""")

TAKEN_BY_DAY = text("""
SELECT r.professional_id, (r.starts_at AT TIME ZONE :zone)::date AS date, count(*) AS taken,
    count(*) FILTER (WHERE r.service_id = :service) AS of_service
FROM reservation r
WHERE r.municipality_id = :municipality AND r.professional_id = ANY(:professionals) AND r.active
    AND r.kind IN ('appointment', 'hold') AND r.starts_at >= :since AND r.starts_at < :until
    AND (r.expires_at IS NULL OR r.expires_at > :now) AND r.id <> ALL(CAST(:ignored AS bigint[]))
GROUP BY 1, 2
""")

TAKEN_IN_OFFICE = text("""
SELECT r.office_id, (r.starts_at AT TIME ZONE :zone)::date AS date, count(*) AS taken
FROM reservation r
WHERE r.municipality_id = :municipality AND r.office_id IS NOT NULL AND r.service_id = :service AND r.active
    AND r.kind IN ('appointment', 'hold') AND r.starts_at >= :since AND r.starts_at < :until
    AND (r.expires_at IS NULL OR r.expires_at > :now) AND r.id <> ALL(CAST(:ignored AS bigint[]))
GROUP BY 1, 2
""")

LOAD = text("""
SELECT professional_id,
    count(*) FILTER (WHERE starts_at >= :day AND starts_at < :next_day) AS day, count(*) AS week
FROM reservation
WHERE municipality_id = :municipality AND professional_id = ANY(:professionals) AND active
    AND starts_at >= :week AND starts_at < :next_week AND (expires_at IS NULL OR expires_at > :now)
GROUP BY professional_id
""")
