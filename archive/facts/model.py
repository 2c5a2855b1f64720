"""What is known about a file, and what a reader found in it on the way there."""

from __future__ import annotations

from dataclasses import dataclass

Detail = str | float | int


@dataclass(frozen=True, slots=True)
class Facts:
    """What one file says about itself. Every value is the file's, none is guessed.

    ``details`` holds what else a page may show; text in it is cleaned and bounded but
    untrusted. Its names, each there only when the file has it:

    * exposure: ``exposure_time`` (seconds), ``f_number``, ``iso``, ``exposure_bias``
      (EV), ``focal_length`` and ``focal_length_35mm`` (mm), ``flash`` ("fired")
    * who and what: ``caption``, ``title``, ``headline``, ``subject``, ``keywords``
      ("a; b"), ``comment``, ``artist``, ``copyright``, ``owner``, ``software``,
      ``rating``, ``image_id``
    * the apparatus: ``body_serial``, ``lens_serial``, ``lens_make``
    * time and place: ``subsec`` (the digits as written), ``gps_utc``, ``other_dates``
      ("TAG date; TAG date"), ``position_error_metres``, ``direction_reference``,
      ``relative_altitude`` (metres above the start), ``gimbal_yaw``, ``gimbal_pitch``
    * the file: ``bit_depth``, ``colour_space``, ``colour_profile``, ``frames``,
      ``items``, ``duration_seconds``, ``video_codec``, ``projection_raw``,
      ``container_orientation`` (1..8, see ``turned``), ``has_thumbnail``,
      ``has_maker_note``, ``appended_bytes`` (behind a JPEG's end)
    """

    media_type: str  # from the bytes, e.g. "image/jpeg"; never from the name
    extension: str  # the usual one of that type, without dot
    kind: str  # "image", "raw" or "video"
    width: int | None  # stored pixels, before any turning
    height: int | None
    orientation: int | None  # EXIF's 1..8 when legal
    taken_at: str | None  # local wall clock, "YYYY-MM-DDTHH:MM:SS[.fff]"
    taken_offset: str | None  # "+05:30"; only when the file states it
    taken_source: str | None  # which tag, e.g. "EXIF DateTimeOriginal"
    latitude: float | None  # signed decimal degrees
    longitude: float | None
    altitude: float | None  # metres above the sea
    position_source: str | None  # "EXIF GPS", "XMP", "QuickTime ISO6709"
    direction: float | None  # of view: degrees clockwise from north, 0 <= d < 360
    camera_make: str | None
    camera_model: str | None
    lens: str | None
    projection: str  # "regular", "360" or "unknown"
    damage: str | None  # why the file looks damaged
    details: dict[str, Detail]
    warnings: tuple[str, ...]

    @property
    def turned(self) -> int:
        """Which EXIF orientation (1..8) brings the stored pixels upright.

        HEIF and video say in the container how they are turned; an EXIF value beside
        it is for information only and must not be applied again (ISO 23008-12, 6.5.10
        and annex A).
        """
        inside = self.details.get("container_orientation")
        if isinstance(inside, int):
            return inside
        return self.orientation or 1

    @property
    def shown_size(self) -> tuple[int, int] | None:
        """Width and height when turned upright; None when unknown."""
        if not self.width or not self.height:
            return None
        if self.turned >= 5:
            return self.height, self.width
        return self.width, self.height
