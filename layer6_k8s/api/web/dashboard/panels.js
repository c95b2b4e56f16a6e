// The cards of a dashboard: numbers first, charts below; a chart stays and gets new values as long as its lines do.
import { h } from "../page/dom.js";
import { Chart, colour } from "./chart.js";
import { arranged, last, sinceFirst } from "./lines.js";
import { written } from "./units.js";

export class PanelGrid {
  #element;
  #cards = [];
  #name = null;
  #data = null;
  #resized = new ResizeObserver(() => this.#cards.forEach((card) => card.resize()));

  constructor(element) {
    this.#element = element;
    this.#resized.observe(element);
  }

  /** Show the answer of `dashboard/data`. */
  show(data) {
    if (data.name !== this.#name) this.#begin(data);
    this.#data = data;
    const { times, panels } = sinceFirst(data);
    panels.forEach((panel, at) => this.#cards[at].show(panel, times));
  }

  /** Draw everything again, in the present colours. */
  redraw() {
    this.#name = null;
    if (this.#data) this.show(this.#data);
  }

  #begin({ name, panels }) {
    this.#name = name;
    this.#cards.forEach((card) => card.close());
    this.#cards = panels.map((panel) => new Card(panel));
    const numbers = this.#cards.filter(({ isNumber }) => isNumber);
    const charts = this.#cards.filter(({ isNumber }) => !isNumber);
    this.#element.replaceChildren(
      h("div", { class: "numbers" }, ...numbers.map(({ element }) => element)),
      h("div", { class: "charts" }, ...charts.map(({ element }) => element)),
    );
  }
}

class Card {
  #chart = null;
  #drawn = ""; // which lines the chart has
  #lines = [];
  #unit;
  #value = h("p", { class: "value" });
  #plot = h("div", { class: "plot", "aria-hidden": "true" });
  #legend = h("ul", { class: "legend" });
  #empty = h("p", { class: "empty" });

  constructor(panel) {
    this.isNumber = panel.kind === "number";
    this.#unit = panel.unit;
    const title = h("h2", {}, panel.title);
    const about = h("p", { class: "about" }, panel.description);
    const parts = this.isNumber ? [title, this.#value, this.#plot, about] : [title, about, this.#plot, this.#legend];
    this.element = h("section", { class: "card", "aria-label": panel.title }, ...parts, this.#empty);
  }

  show(panel, times) {
    this.#lines = arranged(panel);
    const none = !this.#lines.length;
    this.element.classList.toggle("none", none);
    this.#empty.textContent = none ? panel.empty : "";
    this.#value.textContent = none ? "–" : written(last(this.#lines[0].values), panel.unit);
    if (none) this.close();
    else this.#draw(panel, times);
    this.#name(null);
  }

  resize() {
    this.#chart?.resize(this.#plot.clientWidth);
  }

  close() {
    this.#chart?.destroy();
    this.#chart = null;
    this.#drawn = "";
    this.#legend.replaceChildren();
  }

  #draw(panel, times) {
    const wanted = this.#lines.map(({ legend }) => legend).join("\n");
    if (this.#chart && wanted === this.#drawn) {
      this.#chart.show(panel, this.#lines, times);
      return;
    }
    this.close();
    this.#drawn = wanted;
    this.#chart = new Chart(this.#plot, panel, this.#lines, times, (index) => this.#name(index));
    this.#legend.replaceChildren(...this.#lines.map((line) => {
      const mark = h("i", { class: "mark" });
      mark.style.background = colour(line.colour);
      return h("li", {}, mark, h("span", {}, line.legend), h("b"));
    }));
  }

  /** Write the values at that time into the legend, or the last ones. */
  #name(index) {
    [...this.#legend.children].forEach((item, at) => {
      const { values } = this.#lines[at];
      item.lastChild.textContent = written(index === null ? last(values) : values[index], this.#unit);
    });
  }
}
