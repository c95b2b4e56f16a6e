// Keeps the end of a scrolling element in view while it grows, unless the reader has scrolled up.

const NEAR = 80; // px

export class Follow {
  #box;
  #button;
  #atEnd = true;

  /** `button` scrolls to the end; it is visible while the reader is elsewhere. */
  constructor(box, button) {
    this.#box = box;
    this.#button = button;
    button.addEventListener("click", () => this.toEnd());
    box.addEventListener("scroll", () => this.#refresh());
    new ResizeObserver(() => (this.#atEnd ? this.toEnd() : this.#refresh())).observe(box);
  }

  toEnd() {
    this.#box.scrollTop = this.#box.scrollHeight;
    this.#refresh();
  }

  /** Call `change`, which changes the content, and stay at the end if the reader is there. */
  update(change) {
    const near = this.#isNear();
    change();
    if (near) this.toEnd();
    else this.#refresh();
  }

  #refresh() {
    this.#atEnd = this.#isNear();
    this.#button.hidden = this.#atEnd;
  }

  #isNear() {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }
}
