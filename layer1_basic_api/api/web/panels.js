// The panels of the page, one import and one entry each. A panel exports `mount(app)`; app.js documents `app`.
import * as code from "./markdown/code.js";
import * as models from "./chat/models.js";
import * as shortcuts from "./page/shortcuts.js";
import * as status from "./page/status.js";

export const panels = [
  code,
  models,
  shortcuts,
  status,
];
