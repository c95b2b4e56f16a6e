// The panels of the page, one import and one entry each. A panel exports `mount(app)`; app.js documents `app`.
import * as code from "./markdown/code.js";
import * as models from "./chat/models.js";
import * as shortcuts from "./page/shortcuts.js";
import * as status from "./page/status.js";
import * as documents from "./documents/panel.js";
import * as claims from "./claims/panel.js";
import * as citations from "./documents/citations.js";
import * as conversations from "./conversations/panel.js";
import * as jobs from "./jobs/panel.js";
import * as dashboard from "./dashboard/link.js";
import * as feedback from "./feedback/panel.js";
import * as account from "./account/panel.js";

export const panels = [
  code,
  models,
  shortcuts,
  status,
  documents,
  claims,
  citations,
  conversations,
  jobs,
  dashboard,
  feedback,
  account,
];
