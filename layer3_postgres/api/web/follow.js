// Keeps the end of a scrolled box in view while it grows, unless the reader has scrolled up.

const NEAR = 80; // px

export class Follow {
  #box;
  #atEnd = true;

  constructor(box) {
    this.#box = box;
    box.addEventListener("scroll", () => (this.#atEnd = this.#isNear()));
    new ResizeObserver(() => this.#atEnd && this.toEnd()).observe(box);
  }

  toEnd() {
    this.#box.scrollTop = this.#box.scrollHeight;
  }

  /** Change what is in the box, and stay at its end if that is where the reader is. */
  keep(change) {
    const near = this.#isNear();
    change();
    if (near) this.toEnd();
  }

  #isNear() {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }
}
