// Uploads. They use XMLHttpRequest, because fetch reports no upload progress.

const UNREADABLE = "The file cannot be read: it is a folder, or it was moved.";
const BROKEN =
  "The connection was lost during the upload. The service may have stopped, or the file may be too large for it.";

/**
 * Upload a file with these form fields; `onProgress(fraction)` reports the part sent so far. Resolves to the document, with `duplicate: true`
 * if it was uploaded before. Raises `Problem`.
 */
export async function sendFile(api, file, onProgress, headers = {}, fields = {}) {
  if (!(await readable(file))) throw new api.Problem(UNREADABLE, "unreadable");
  const form = new FormData();
  form.append("file", file);
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return sendForm(api, "documents/upload", form, onProgress, headers);
}

/** POST a form; resolves to the JSON of the response. Raises `Problem`. */
export async function sendForm(api, path, form, onProgress, headers = {}) {
  const send = () => post(path, form, onProgress, { ...headers, ...api.authorization() }, api.Problem);
  const { status, responseText } = await api.withKey(send, (request) => request.status);
  if (status >= 400) throw api.problemOf(status, responseText);
  return JSON.parse(responseText);
}

function post(path, form, onProgress, headers, Problem) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.upload.onload = () => onProgress(1);
    request.onload = () => resolve(request);
    request.onerror = () => reject(new Problem(BROKEN, "unreachable"));
    request.open("POST", path);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(form);
  });
}

/** Whether a dropped file can be read: a folder looks like a file until then. */
export async function readable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}
