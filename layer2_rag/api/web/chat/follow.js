// Keeps the end of a scrolled box in view while it grows, unless the reader has scrolled up.

const NEAR = 80; // px

export class Follow {
  #box;
  #button;
  #atEnd = true;

  /** `button` leads to the end; it is there while the reader is elsewhere. */
  constructor(box, button) {
    this.#box = box;
    this.#button = button;
    button.addEventListener("click", () => this.toEnd());
    box.addEventListener("scroll", () => this.#look());
    new ResizeObserver(() => (this.#atEnd ? this.toEnd() : this.#look())).observe(box);
  }

  toEnd() {
    this.#box.scrollTop = this.#box.scrollHeight;
    this.#look();
  }

  /** Change what is in the box, and stay at its end if that is where the reader is. */
  keep(change) {
    const near = this.#isNear();
    change();
    if (near) this.toEnd();
    else this.#look();
  }

  #look() {
    this.#atEnd = this.#isNear();
    this.#button.hidden = this.#atEnd;
  }

  #isNear() {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }
}
