// The texts of this page's language, as the server has them. How: plugins/texts.py.

const { lang, dataset } = document.documentElement;
const catalogue = await (await fetch(dataset.texts)).json();
const plural = new Intl.PluralRules(lang);
const numbers = new Intl.NumberFormat(lang);

/** A text by its dotted name, its {values} put in; n chooses the plural form. */
export function t(name, values = {}) {
  let text = catalogue[name];
  if (text === undefined) throw new Error(`no text ${name}`);
  if (typeof text === "object") text = text[plural.select(values.n)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_, key) => {
    const value = values[key];
    return typeof value === "number" ? numbers.format(value) : String(value);
  });
}

/** 1234567 as 1,234,567. */
export function number(value) {
  return numbers.format(value);
}

/** A day such as 2026-05-11 as Mon, 11 May 2026. */
export function day(text) {
  const when = new Date(`${text.slice(0, 10)}T12:00:00`);
  const parts = { weekday: "short", day: "numeric", month: "short", year: "numeric" };
  return Number.isNaN(when.getTime()) ? text : when.toLocaleDateString(lang === "en" ? "en-GB" : lang, parts);
}
