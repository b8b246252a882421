import type { ReactNode } from 'react';

// As ui/icons: on a grid of 24, lines of 2.
const icon = (shape: ReactNode, pointing = false) =>
  function Icon() {
    return (
      <svg
        viewBox="0 0 24 24"
        width="1.5em"
        height="1.5em"
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

export const TorchIcon = icon(<path d="M8 3h8v4l-2 3v11h-4V10L8 7zM8 6.5h8M12 13v2" />);
export const SoundIcon = icon(<path d="M4 9.5v5h3.5L12 19V5L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11" />);
export const MutedIcon = icon(<path d="M4 9.5v5h3.5L12 19V5L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5" />);
export const LeaveIcon = icon(<path d="M15 5l-7 7 7 7" />, true);
