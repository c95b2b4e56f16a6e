// Icons of documents and sources: SVG paths on a grid of 24 by 24.
export const ICONS = {
  attach: "m20 11.5-8.2 8.2a5 5 0 0 1-7.1-7.1l8.5-8.5a3.3 3.3 0 0 1 4.7 4.7l-8.4 8.4a1.7 1.7 0 0 1-2.4-2.4l7.7-7.7",
  remove: "M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 11v5M13.5 11v5",
  previous: "m14 6-6 6 6 6",
  next: "m10 6 6 6-6 6",
};
