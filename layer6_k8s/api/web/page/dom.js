// Builds elements; text is never parsed as markup.

/**
 * An element: `h("button", { class: "quiet", onclick: close }, "Close")`.
 * A property that starts with "on" adds a listener; `true` sets an empty attribute; `false` and `null` set none.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

/** A button that does not submit a form. */
export function button(properties, ...children) {
  return h("button", { type: "button", ...properties }, ...children);
}

const PATHS = {
  send: "M12 19V5m-6 6 6-6 6 6",
  stop: "M8 8h8v8H8z",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "m6 6 12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  copy: "M9 9h10v10H9zM5 15V5h10",
  down: "M12 5v14m-6-6 6 6 6-6",
  done: "m5 12.5 4.5 4.5L19 7.5",
  retry: "M19 12a7 7 0 1 1-2.1-5M19 4v4h-4",
};

/** One of the icons above. */
export function icon(name) {
  return drawing(PATHS[name]);
}

/** A line icon of 24 by 24 in the colour of the text, hidden from screen readers. */
export function drawing(line) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", line);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  return svg;
}

/** The element with that id. */
export function find(id) {
  return document.getElementById(id);
}
