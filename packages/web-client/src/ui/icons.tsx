import type { ReactNode } from 'react';

/** Line icons on a 20 × 20 grid, in the colour of the text around them. They only decorate: the text beside them names things. */
function Icon({ children }: { readonly children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const BackIcon = () => (
  <Icon>
    <path d="M12.5 4.5 7 10l5.5 5.5" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="m5 5 10 10M15 5 5 15" />
  </Icon>
);
export const PlusIcon = () => (
  <Icon>
    <path d="M10 4.5v11M4.5 10h11" />
  </Icon>
);
export const ComposeIcon = () => (
  <Icon>
    <path d="M10 4H5.5A1.5 1.5 0 0 0 4 5.5v9A1.5 1.5 0 0 0 5.5 16h9a1.5 1.5 0 0 0 1.5-1.5V10M8 12l.5-2.5 6.5-6.5 2 2-6.5 6.5z" />
  </Icon>
);
export const SearchIcon = () => (
  <Icon>
    <circle cx="9" cy="9" r="5" />
    <path d="m13 13 3.5 3.5" />
  </Icon>
);
export const SendIcon = () => (
  <Icon>
    <path d="M4 4.5 16.5 10 4 15.5l1.75-5.5zM5.75 10h5" />
  </Icon>
);
export const MoreIcon = () => (
  <Icon>
    <g className="icon-dots">
      <circle cx="5" cy="10" r="1.3" />
      <circle cx="10" cy="10" r="1.3" />
      <circle cx="15" cy="10" r="1.3" />
    </g>
  </Icon>
);
export const ClockIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="6.5" />
    <path d="M10 6.5V10l2.5 1.5" />
  </Icon>
);
export const CheckIcon = () => (
  <Icon>
    <path d="m4.5 10.5 4 4 7-9" />
  </Icon>
);
export const WarningIcon = () => (
  <Icon>
    <path d="M10 3.5 17.5 16.5h-15zM10 8.5v3.5M10 14.2v.1" />
  </Icon>
);
export const DownIcon = () => (
  <Icon>
    <path d="M10 4v11M5.5 10.5 10 15l4.5-4.5" />
  </Icon>
);
export const UpIcon = () => (
  <Icon>
    <path d="M10 16V5M5.5 9.5 10 5l4.5 4.5" />
  </Icon>
);
export const ReplyIcon = () => (
  <Icon>
    <path d="M8 5 3.5 9.5 8 14M4 9.5h7.5a5 5 0 0 1 5 5v1" />
  </Icon>
);
export const ChecksIcon = () => (
  <Icon>
    <path d="m2 10.5 3.5 3.5 7-8M9.5 13l1 1 7-8" />
  </Icon>
);
export const EditIcon = () => (
  <Icon>
    <path d="m4 16 .75-3.25L13 4.5l2.5 2.5-8.25 8.25z" />
  </Icon>
);
export const CopyIcon = () => (
  <Icon>
    <rect x="7" y="7" width="9" height="9" rx="1.5" />
    <path d="M4.5 12.5A1.5 1.5 0 0 1 4 11.4V5.5A1.5 1.5 0 0 1 5.5 4h5.9a1.5 1.5 0 0 1 1.1.5" />
  </Icon>
);
export const InfoIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="6.5" />
    <path d="M10 9.25v4M10 6.6v.1" />
  </Icon>
);
export const SettingsIcon = () => (
  <Icon>
    <path d="M4 6h6M14 6h2M4 14h2M10 14h6" />
    <circle cx="12" cy="6" r="2" />
    <circle cx="8" cy="14" r="2" />
  </Icon>
);
export const SignOutIcon = () => (
  <Icon>
    <path d="M8 4H5.5A1.5 1.5 0 0 0 4 5.5v9A1.5 1.5 0 0 0 5.5 16H8M9 10h7.5M13.5 7l3 3-3 3" />
  </Icon>
);

/** A ring of which `filled` of `parts` are drawn strongly: the copies of a message. */
export function CopiesIcon({ filled, parts }: { readonly filled: number; readonly parts: number }) {
  const gap = parts > 1 ? Math.min(10, 30 / parts) : 0;
  const arc = 100 / Math.max(1, parts) - gap;
  return (
    <Icon>
      {Array.from({ length: Math.max(1, parts) }, (_, index) => (
        <circle
          key={index}
          className={index < filled ? 'arc' : 'arc arc-missing'}
          cx="10"
          cy="10"
          r="7"
          pathLength="100"
          strokeDasharray={`${arc} ${100 - arc}`}
          strokeDashoffset={-index * (arc + gap)}
          transform="rotate(-75 10 10)"
        />
      ))}
    </Icon>
  );
}

/** The mark of Parley: one conversation, three servers. */
export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path d="M8 3h16a6 6 0 0 1 6 6v9a6 6 0 0 1-6 6H14l-6.3 5.2A1 1 0 0 1 6 28.4V23.7A6 6 0 0 1 2 18V9a6 6 0 0 1 6-6Z" />
      <circle cx="9.5" cy="13.5" r="2.5" />
      <circle cx="16" cy="13.5" r="2.5" />
      <circle cx="22.5" cy="13.5" r="2.5" />
    </svg>
  );
}
