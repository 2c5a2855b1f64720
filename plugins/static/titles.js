// Sections of a timeline by their keys (2026-05-11, 2026-W19, 2026-05, with -undated behind
// them or not): which days they are, and how a heading says so.

const { lang } = document.documentElement;
const LOCALE = lang === "en" ? "en-GB" : lang;
const DAY = 86_400_000;

const formats = (options) => new Intl.DateTimeFormat(LOCALE, { timeZone: "UTC", ...options });
const day = formats({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
const days = formats({ day: "numeric", month: "short", year: "numeric" });
const month = formats({ month: "long", year: "numeric" });

const text = (date) => date.toISOString().slice(0, 10);

function moment(words) {
  const found = new Date(`${words}T00:00:00Z`);
  return Number.isNaN(found.getTime()) ? null : found;
}

/** Monday of a week as ISO 8601 counts them: the first has January 4th in it. */
function monday(year, week) {
  const fourth = Date.UTC(year, 0, 4);
  const weekday = (new Date(fourth).getUTCDay() + 6) % 7;
  return new Date(fourth + ((week - 1) * 7 - weekday) * DAY);
}

/** The first day of a section (for a month without its day), and whether that is known. */
export function timeOf(key) {
  const dated = !key.endsWith("-undated");
  const time = dated ? key : key.slice(0, -"-undated".length);
  const [year, week] = time.split("-W");
  return { time, dated, start: week ? text(monday(Number(year), Number(week))) : time };
}

/** "2026-05" as "May 2026". */
export function monthTitle(key) {
  const found = moment(`${key}-01`);
  return found ? month.format(found) : key;
}

/** A day as "Mon, 11 May 2026". */
export function dayTitle(key) {
  const found = moment(key);
  return found ? day.format(found) : key;
}

/** The time of a section, as its heading says it. */
export function titleOf(key) {
  const { time, start } = timeOf(key);
  if (time.length === 7) return monthTitle(time);
  if (time.length === 10) return dayTitle(time);
  const from = moment(start);
  return from ? days.formatRange(from, new Date(from.getTime() + 6 * DAY)) : time;
}
