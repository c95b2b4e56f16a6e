// Says in words what a job does.

const STAGES = {
  starting: "Starting",
  fetching: "Fetching",
  reading: "Reading the text",
  embedding: "Embedding",
  storing: "Storing",
};

/** "Queued, 3 before it", "Embedding, 40 %", or why the job failed. @param {import("./following.js").Job} job */
export function describeJob({ state, stage, progress, ahead, error }) {
  if (state === "running") return `${STAGES[stage] ?? stage}, ${Math.round(progress * 100)} %`;
  if (state === "queued" && error) return `Waiting for another attempt. ${error.detail}`;
  if (state === "queued") return ahead == null ? "Queued" : `Queued, ${ahead ? `${ahead} before it` : "next"}`;
  if (state === "failed") return error?.detail ?? "Failed";
  return state === "done" ? "Ready" : "Cancelled";
}

/** The fraction that is done; null if that is unknown. @param {import("./following.js").Job} job */
export function fraction({ state, progress }) {
  return state === "queued" ? null : progress;
}
