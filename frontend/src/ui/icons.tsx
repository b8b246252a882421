import type { ReactNode } from 'react';

// Drawn for this app on a grid of 24, lines of 2. They decorate: the words beside them say everything.
const icon = (shape: ReactNode, pointing = false) =>
  function Icon() {
    return (
      <svg
        viewBox="0 0 24 24"
        width="1.35em"
        height="1.35em"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
        {...(pointing && { className: 'icon-pointing' })}
      >
        {shape}
      </svg>
    );
  };

export const CloseIcon = icon(<path d="M6 6l12 12M18 6L6 18" />);
export const CheckIcon = icon(<path d="M4 12.5l5.5 5.5L20 7" />);
export const PlusIcon = icon(<path d="M12 5v14M5 12h14" />);
export const MinusIcon = icon(<path d="M5 12h14" />);
export const AlertIcon = icon(<path d="M12 3.5L22 20.5H2zM12 10v4.5M12 17.5v.01" />);
export const InfoIcon = icon(
  <>
    <circle cx="12" cy="12" r="9.5" />
    <path d="M12 11v5.5M12 7.5v.01" />
  </>,
);
export const SearchIcon = icon(
  <>
    <circle cx="10.5" cy="10.5" r="6.5" />
    <path d="M15.5 15.5L21 21" />
  </>,
);
export const TicketIcon = icon(
  <path d="M3 8.5V6h18v2.5a3.5 3.5 0 0 0 0 7V18H3v-2.5a3.5 3.5 0 0 0 0-7zM14 6v2.5M14 11v2M14 15.5V18" />,
);
export const CompassIcon = icon(
  <>
    <circle cx="12" cy="12" r="9.5" />
    <path d="M15.5 8.5l-2 5-5 2 2-5z" />
  </>,
);
export const ChartIcon = icon(<path d="M4 4v16h16M8.5 16v-4M13 16V8M17.5 16v-6" />);
export const ScanIcon = icon(<path d="M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 12h16" />);
export const PersonIcon = icon(
  <>
    <circle cx="12" cy="8" r="4" />
    <path d="M4 21c.5-4.5 4-6.5 8-6.5s7.5 2 8 6.5" />
  </>,
);
export const CalendarIcon = icon(<path d="M4 6h16v15H4zM4 10.5h16M8.5 3v4M15.5 3v4" />);
export const PinIcon = icon(
  <>
    <path d="M12 21.5s7-6 7-11.5a7 7 0 0 0-14 0c0 5.5 7 11.5 7 11.5z" />
    <circle cx="12" cy="10" r="2.5" />
  </>,
);
export const ClockIcon = icon(
  <>
    <circle cx="12" cy="12" r="9.5" />
    <path d="M12 6.5V12l3.5 2" />
  </>,
);
export const ShareIcon = icon(<path d="M12 15V3.5M7.5 7.5L12 3l4.5 4.5M5 12v8.5h14V12" />);
export const ChevronIcon = icon(<path d="M9 5l7 7-7 7" />, true);
export const SunIcon = icon(
  <>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4" />
  </>,
);
export const MoonIcon = icon(<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z" />);
export const FitIcon = icon(<path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5" />);
export const ListIcon = icon(<path d="M9 6h12M9 12h12M9 18h12M4 6h.01M4 12h.01M4 18h.01" />);
export const SeatIcon = icon(<path d="M7 12V5.5a2 2 0 0 1 2-2h6a2 2 0 0 1 2 2V12M4 10v7h16v-7M7 17v3.5M17 17v3.5" />);
export const WheelchairIcon = icon(
  <>
    <circle cx="10" cy="3.5" r="1.2" />
    <path d="M10 7.5v6h5.5l2.5 6M10 10h4.5" />
    <path d="M7.2 12a5 5 0 1 0 6.9 6.2" />
  </>,
);
export const SlidersIcon = icon(<path d="M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5" />);
