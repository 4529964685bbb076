// What was captured of pages, in a database of the extension's own: a page's answers may be larger than storage allows.
const NAME = "showroom";

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("captures", { keyPath: "id" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function run(mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const asked = work(database.transaction("captures", mode).objectStore("captures"));
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  }).finally(() => database.close());
}

export const putCapture = (capture) => run("readwrite", (captures) => captures.put(capture));
export const getCapture = (id) => run("readonly", (captures) => captures.get(id));
export const dropCapture = (id) => run("readwrite", (captures) => captures.delete(id));
