// The files in folders that were dropped or chosen.

const MOST_FILES = 2_000; // of one drop: a home folder has more than anybody wants to upload
const PICTURES = [".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"]; // most in a folder have no text

/** The entries of a drop if there is a folder among them, else null. Call it in the event: later they are gone. */
export function droppedEntries(dataTransfer) {
  const items = [...(dataTransfer?.items ?? [])].filter(({ kind }) => kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  return entries.some(({ isDirectory }) => isDirectory) ? entries : null;
}

/** The files of entries and of the folders among them, at most `MOST_FILES`; hidden ones are left out. */
export async function filesOf(entries) {
  const found = [];
  const waiting = [...entries];
  while (waiting.length && found.length < MOST_FILES) {
    const entry = waiting.shift();
    if (entry.name.startsWith(".")) continue;
    if (entry.isDirectory) waiting.push(...(await children(entry)));
    else found.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
  }
  return found;
}

/** Those of the files in a folder that are documents, by their endings. A picture has to be chosen by itself. */
export function documentsAmong(files, accepted) {
  const endings = accepted.split(",").filter((ending) => !PICTURES.includes(ending));
  return files.filter(({ name }) => endings.some((ending) => name.toLowerCase().endsWith(ending)));
}

export function isArchive({ name }) {
  return name.toLowerCase().endsWith(".zip");
}

/** The entries in a folder: the browser hands them over by the hundred. */
async function children(folder) {
  const reader = folder.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return all;
    all.push(...some);
  }
}
