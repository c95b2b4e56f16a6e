// The panels of the page, one import and one entry each. A panel has `mount(app)`; app.js says what `app` offers.
import * as models from "./models.js";
import * as status from "./status.js";
import * as documents from "./documents.js";
import * as citations from "./citations.js";
import * as conversations from "./conversations.js";

export const panels = [
  models,
  status,
  documents,
  citations,
  conversations,
];
