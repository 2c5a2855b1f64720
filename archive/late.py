"""Photos whose numbers are not in the order of uploads, found among all there are."""

from __future__ import annotations

FIND_LATE = """
    insert into late_photos (photo_id)
    select id from (
        select id, uploaded_at, max(uploaded_at) over (
            order by id rows between unbounded preceding and 1 preceding) as latest
        from photos)
    where uploaded_at < latest
"""
