// One upload. It uses XMLHttpRequest, because fetch reports no upload progress.

const UNREADABLE = "The file cannot be read: it is a folder, or it was moved.";
const BROKEN =
  "The connection was lost during the upload. The service may have stopped, or the file may be too large for it.";

/**
 * Upload a file; `onProgress(fraction)` reports the part sent so far. Resolves to the document, with `duplicate: true`
 * if it was uploaded before. Raises `Problem`.
 */
export async function sendFile(api, file, onProgress) {
  if (!(await readable(file))) throw new api.Problem(UNREADABLE, "unreadable");
  const { status, responseText } = await api.withKey(() => send(api, file, onProgress), (request) => request.status);
  if (status >= 400) throw api.problemOf(status, responseText);
  return JSON.parse(responseText);
}

function send(api, file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("file", file);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.upload.onload = () => onProgress(1);
    request.onload = () => resolve(request);
    request.onerror = () => reject(new api.Problem(BROKEN, "unreachable"));
    request.open("POST", "documents/upload");
    for (const [name, value] of Object.entries(api.authorization())) request.setRequestHeader(name, value);
    request.send(form);
  });
}

/** Whether a dropped file can be read: a folder looks like a file until then. */
async function readable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}
