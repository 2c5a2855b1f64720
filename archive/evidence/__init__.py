"""Evidence of a photo: what is known of it, signed, to be checked without asbuilt.

``statement`` gathers what is known, ``sheet`` puts it on paper in the ``words`` of its
reader, ``writing`` makes the folder in which both lie, signed, with the original, and
``packing`` several as a zip. ``checking`` says whether files are what was signed;
``stamping`` is for time-stamping authorities (RFC 3161). ``docs/evidence.md`` describes
the folder.
"""
