// One upload. XMLHttpRequest, because fetch cannot say how much has been sent.

const UNREADABLE = "This cannot be read: it is a folder, or was moved.";
const BROKEN =
  "The connection broke during the upload. The service may have stopped, or accept no file of this size.";

/**
 * Upload a file; `onProgress(share)` hears how much has left. Resolves to the document, with `duplicate: true` if
 * the service had it. Raises `Problem`.
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

/** A folder that was dropped looks like a file until it is read. */
async function readable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}
