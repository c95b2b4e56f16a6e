// Builds DOM nodes from markdown-it's tokens.
//
// An answer may repeat anything that a document says, so it must not load, send or run anything: a link becomes its
// text and its address, an image its description and its address, and HTML stays text. Elements and attributes come
// from the tables below alone.
import { h } from "../page/dom.js";

const MAX_DEPTH = 100; // nested elements; deeper tokens add their text to the innermost one

const CONTAINERS = {
  paragraph_open: () => h("p"),
  heading_open: ({ tag }) => h(`h${Math.min(Number(tag[1]) + 2, 6)}`), // the page's own headings are h1 and h2
  blockquote_open: () => h("blockquote"),
  bullet_list_open: () => h("ul"),
  ordered_list_open: (token) => h("ol", { start: token.attrGet("start") }),
  list_item_open: () => h("li"),
  table_open: () => h("table"),
  thead_open: () => h("thead"),
  tbody_open: () => h("tbody"),
  tr_open: () => h("tr"),
  th_open: (token) => h("th", { class: alignment(token) }),
  td_open: (token) => h("td", { class: alignment(token) }),
  strong_open: () => h("strong"),
  em_open: () => h("em"),
  s_open: () => h("s"),
  link_open: () => h("span"),
};

const LEAVES = {
  softbreak: () => [h("br")],
  hardbreak: () => [h("br")],
  hr: () => [h("hr")],
  code_inline: ({ content }) => [h("code", {}, content)],
  fence: ({ info, content }) => [
    h("pre", { tabindex: 0, "data-language": language(info) }, h("code", {}, content.replace(/\n$/, ""))),
  ],
  image: (token) => {
    const description = h("span", {}, ...nodes(token.children));
    description.append(...address(description.textContent, token.attrGet("src")));
    return [description];
  },
};

/** The nodes for tokens. A token of an unknown type becomes its text. */
export function nodes(tokens) {
  const root = h("div");
  const opened = [{ element: root }];
  for (const token of tokens) {
    const { element } = opened.at(-1);
    if (token.nesting > 0) opened.push({ token, element: open(token, element, opened.length) });
    else if (token.nesting < 0) close(opened.pop());
    else element.append(...(LEAVES[token.type]?.(token) ?? [token.content]));
  }
  root.normalize(); // joins the text nodes around an escape: a citation may span them
  return [...root.childNodes];
}

/** The element for an opening token, added to `parent`; `parent` itself for a token that adds none. */
function open(token, parent, depth) {
  const first = token.type === "paragraph_open" && parent.tagName === "LI" && !parent.firstChild;
  if (token.hidden || first || depth > MAX_DEPTH || !CONTAINERS[token.type]) return parent;
  const element = CONTAINERS[token.type](token);
  parent.append(element.tagName === "TABLE" ? h("div", { class: "table", tabindex: 0 }, element) : element);
  return element;
}

function close({ token, element }) {
  if (element.tagName === "TH" && !element.firstChild) element.replaceWith(h("td")); // no header cell may be empty
  if (token.type === "link_open") element.append(...address(element.textContent, token.attrGet("href")));
}

/** The address of a link or an image, unless it equals the text. */
function address(text, target) {
  return [text, `mailto:${text}`, ""].includes(target) ? [] : [h("span", { class: "address" }, ` (${target})`)];
}

function alignment(token) {
  return /right|center/.exec(token.attrGet("style"))?.[0];
}

function language(info) {
  return /^[\w+#.-]+/.exec(info.trim())?.[0];
}
