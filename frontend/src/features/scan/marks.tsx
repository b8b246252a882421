import type { ReactNode } from 'react';

// Large signs on a grid of 96, each with an outline of its own, so that they are told apart without colour.
const mark = (shape: ReactNode) =>
  function Mark() {
    return (
      <svg
        viewBox="0 0 96 96"
        fill="none"
        stroke="currentColor"
        strokeWidth="8"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        {shape}
      </svg>
    );
  };

export const InMark = mark(
  <>
    <circle cx="48" cy="48" r="42" />
    <path d="M28 50l14 14 27-31" />
  </>,
);
export const AgainMark = mark(
  <>
    <path d="M48 8l42 76H6z" />
    <path d="M48 36v22M48 70v.5" />
  </>,
);
export const NoMark = mark(
  <>
    <path d="M30 6h36l24 24v36L66 90H30L6 66V30z" />
    <path d="M34 34l28 28M62 34L34 62" />
  </>,
);
export const AskMark = mark(
  <>
    <rect x="7" y="7" width="82" height="82" rx="18" />
    <path d="M36 38c0-16 25-16 25 0 0 10-13 10-13 20M48 72v.5" />
  </>,
);
