// Texts in the browser's language, or in the one that the settings name.
const told = {};

/** Load what the settings name. */
export async function loadWords() {
  const { language } = await chrome.storage.local.get("language");
  Object.assign(told, language ? await wordsOf(language) : {});
  document.documentElement.lang = language || chrome.i18n.getUILanguage();
}

/** All texts of a language. */
export async function wordsOf(language) {
  if (!["en", "ko"].includes(language)) return {};
  const answer = await fetch(chrome.runtime.getURL(`_locales/${language}/messages.json`));
  return Object.fromEntries(Object.entries(await answer.json()).map(([name, { message }]) => [name, message]));
}

/** A text with its values filled in. */
export function t(name, ...values) {
  const own = told[name];
  if (own) return own.replace(/\$(\d)/g, (_, number) => String(values[number - 1] ?? ""));
  return chrome.i18n.getMessage(name, values.map(String)) || name;
}
