// The viewer's own texts in the language of the page. English is the key; what has no other wording stays English.
let table = {};

/** Speak by these words from now on: English texts to their wording. */
export const speak = (words) => {
  table = words ?? {};
};

/** A text that is said later. */
export const key = (text) => text;

/** A text, with `{name}` replaced by the value of that name. */
export const say = (text, values = {}) =>
  (table[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
