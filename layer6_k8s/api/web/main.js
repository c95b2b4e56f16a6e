// Starts the page: the conversation first, then the panels, then the stored messages.
import { App } from "./app.js";
import { Chat } from "./chat/chat.js";
import { panels } from "./panels.js";
import { installSidebar } from "./page/sidebar.js";

const app = new App();
app.closeSidebar = installSidebar(() => app.chat.clear());
app.chat = new Chat(app);
for (const panel of panels) panel.mount(app);
app.service.refresh();
await app.chat.showWhenLoaded(app.history.load());
