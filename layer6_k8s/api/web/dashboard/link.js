// Panel: the link to the dashboard in the sidebar's footer.
import { find, h } from "../page/dom.js";

/** @param {import("../app.js").App} app */
export function mount(app) {
  app.slots.foot.insertBefore(h("a", { href: "dashboard" }, "Dashboard"), find("foot").querySelector("a"));
}
