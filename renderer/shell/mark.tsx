/** The gantry with its amber load. */
export function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="32" height="32" aria-hidden>
      <path
        d="M7 27V9.5M25 27V9.5M4 9.5h24M7 18l4.6-8.5M25 18l-4.6-8.5"
        fill="none"
        stroke="currentColor"
        strokeWidth="2.4"
        strokeLinecap="round"
      />
      <path d="M16 9.5V15" stroke="var(--accent)" strokeWidth="2.4" strokeLinecap="round" />
      <rect x="11.5" y="15" width="9" height="8" rx="1.6" fill="var(--accent)" />
    </svg>
  );
}
