// The panels of the page, one import and one entry each. A panel has `mount(app)`; app.js says what `app` offers.
import * as code from "./code.js";
import * as models from "./models.js";
import * as shortcuts from "./shortcuts.js";
import * as status from "./status.js";
import * as documents from "./documents.js";
import * as citations from "./citations.js";
import * as conversations from "./conversations.js";

export const panels = [
  code,
  models,
  shortcuts,
  status,
  documents,
  citations,
  conversations,
];
