import type { ReactElement } from 'react';
import type { GlyphName, Kind } from './kinds.js';

export type { GlyphName, Kind } from './kinds.js';

const shapes: { readonly [N in GlyphName]: ReactElement } = {
  ok: (
    <>
      <circle cx="8" cy="8" r="7" className="f" />
      <path className="k" d="m4.8 8.3 2.2 2.2 4.2-4.8" />
    </>
  ),
  oct: (
    <>
      <path className="f" d="M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2z" />
      <path className="k" d="m5.5 5.5 5 5m0-5-5 5" />
    </>
  ),
  clk: (
    <>
      <circle cx="8" cy="8" r="6.2" className="o" />
      <path className="ok" d="M8 4.8V8l2.2 1.4" />
    </>
  ),
  hold: (
    <>
      <rect x="1.5" y="1.5" width="13" height="13" rx="3" className="f" />
      <path className="k" d="M6.2 5v6M9.8 5v6" />
    </>
  ),
  tri: (
    <>
      <path className="f" d="M8 1.2 15.2 14H.8z" />
      <path className="k" d="M8 6v3.6M8 11.7v.1" />
    </>
  ),
  back: (
    <>
      <circle cx="8" cy="8" r="7" className="f" />
      <path className="k" d="M6.4 4.8 4.3 6.9l2.1 2.1M4.5 6.9h4.6a2.2 2.2 0 0 1 0 4.3H7.5" />
    </>
  ),
  minus: (
    <>
      <circle cx="8" cy="8" r="6.2" className="o" />
      <path className="ok" d="M5 8h6" />
    </>
  ),
  none: <circle cx="8" cy="8" r="5" className="o dash" />,
  run: (
    <>
      <circle cx="8" cy="8" r="6.2" className="o" />
      <path className="fo" d="M6.3 5.2v5.6L11 8z" />
    </>
  ),
  dot: <circle cx="8" cy="8" r="5" className="f" />,
  dia: (
    <>
      <path className="f" d="M8 .8 15.2 8 8 15.2.8 8z" />
      <path className="k" d="M8 4.6v4M8 11.2v.1" />
    </>
  ),
  pen: (
    <>
      <circle cx="8" cy="8" r="6.2" className="o" />
      <path className="ok" d="M5.6 10.4 10 6M9.1 5.2l1.7 1.7" />
    </>
  ),
};

type GlyphProps = {
  readonly name: GlyphName;
  readonly kind: Kind;
  readonly size?: number;
};
/**
 * The glyph of a state. The word of the state always stands beside it, so screen readers skip it.
 */
export const Glyph = ({ name, kind, size = 12 }: GlyphProps): ReactElement => (
  <svg className={`g k-${kind}`} width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
    {shapes[name]}
  </svg>
);

export type IconName =
  | 'overview' | 'approvals' | 'actions' | 'alerts' | 'policies' | 'autonomy' | 'posture' | 'devices' | 'audit'
  | 'plans' | 'figures' | 'studio' | 'twin' | 'settings' | 'find' | 'more' | 'down' | 'lock' | 'unlock' | 'brake' | 'moon' | 'stop' | 'copy' | 'right'; // prettier-ignore

const icons: { readonly [N in IconName]: string } = {
  overview: 'M2.5 7 8 2.5 13.5 7v6.5h-4v-4h-3v4h-4z',
  approvals: 'M2.5 9.5h3l1 2h3l1-2h3M3.5 3h9l1 6.5v3.7h-11V9.5z',
  actions: 'M9 1.8 3.5 9H8l-1 5.2L12.5 7H8z',
  alerts: 'M4 11V7a4 4 0 0 1 8 0v4l1.2 1.3H2.8zM6.7 14h2.6',
  studio: 'M10.8 2.6 13.4 5.2 5.4 13.2 2.4 13.6 2.8 10.6z',
  policies: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.1M2.5 8h.1M2.5 12h.1',
  autonomy: 'M2.5 11.5a6 6 0 1 1 11 0M8 9.5l3-3',
  posture: 'M8 1.8 13 3.6v4.2c0 3-2 5.2-5 6.4-3-1.2-5-3.4-5-6.4V3.6z',
  devices:
    'M3 3h10a1 1 0 0 1 1 1v2a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM3 9h10a1 1 0 0 1 1 1v2a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1v-2a1 1 0 0 1 1-1zM4.5 5h.1M4.5 11h.1',
  figures: 'M2.5 13.5h11M4.5 11V8M8 11V3.5M11.5 11V6',
  plans: 'M2.5 3h4v3h-4zM9.5 3h4v3h-4zM6 10h4v3H6zM4.5 6v2h7V6M8 8v2',
  twin: 'M5.5 2.5h8v8h-8zM2.5 5.5v8h8M8 6.5h3M8 8.5h3',
  settings:
    'M8 5.8a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4M8 2v1.6M8 12.4V14M2 8h1.6M12.4 8H14M3.8 3.8l1.1 1.1M11.1 11.1l1.1 1.1M12.2 3.8l-1.1 1.1M4.9 11.1l-1.1 1.1',
  find: 'M7 2.8a4.2 4.2 0 1 1 0 8.4 4.2 4.2 0 0 1 0-8.4M10.2 10.2 13.5 13.5',
  audit: 'M3 2.5h8.5a1.5 1.5 0 0 1 1.5 1.5v9.5H4.5A1.5 1.5 0 0 1 3 12zM3 12a1.5 1.5 0 0 1 1.5-1.5H13',
  more: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  down: 'm3.5 6 4.5 4.5L12.5 6',
  lock: 'M4.2 7h7.6A1.2 1.2 0 0 1 13 8.2v4.1a1.2 1.2 0 0 1-1.2 1.2H4.2A1.2 1.2 0 0 1 3 12.3V8.2A1.2 1.2 0 0 1 4.2 7zM5 7V5a3 3 0 0 1 6 0v2',
  unlock:
    'M4.2 7h7.6A1.2 1.2 0 0 1 13 8.2v4.1a1.2 1.2 0 0 1-1.2 1.2H4.2A1.2 1.2 0 0 1 3 12.3V8.2A1.2 1.2 0 0 1 4.2 7zM5 7V5a3 3 0 0 1 5.7-1.3',
  brake: 'M12 8a4 4 0 1 1-8 0 4 4 0 0 1 8 0M2.6 3.5a7 7 0 0 0 0 9M13.4 3.5a7 7 0 0 1 0 9M8 6v2.5M8 10.2v.1',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z',
  stop: 'M5.3 1.8h5.4l3.5 3.5v5.4l-3.5 3.5H5.3l-3.5-3.5V5.3zM5.6 8h4.8',
  copy: 'M6.7 5.5h5.6a1.2 1.2 0 0 1 1.2 1.2v5.6a1.2 1.2 0 0 1-1.2 1.2H6.7a1.2 1.2 0 0 1-1.2-1.2V6.7a1.2 1.2 0 0 1 1.2-1.2zM10.5 5.5v-3h-8v8h3',
  right: 'm6 3.5 4.5 4.5L6 12.5',
};

type IconProps = {
  readonly name: IconName;
  readonly size?: number;
  /**
   * The name of an icon that has no word beside it. Without a label, screen readers skip the icon.
   */
  readonly label?: string;
};
export const Icon = ({ name, size = 16, label }: IconProps): ReactElement => (
  <svg
    className="i"
    width={size}
    height={size}
    viewBox="0 0 16 16"
    {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
  >
    <path d={icons[name]} />
  </svg>
);

type LockIconProps = {
  readonly locked: boolean;
  readonly size: number;
};
/**
 * The icon of the trust lock. It is drawn because many browsers have no such emoji; its label is
 * that character.
 */
export const LockIcon = ({ locked, size }: LockIconProps): ReactElement => (
  <Icon name={locked ? 'lock' : 'unlock'} size={size} label={locked ? '🔒' : '🔓'} />
);

/** Returns the word for the trust lock, which is the same on every page. */
export const lockWord = (locked: boolean): string => (locked ? 'LOCKED' : 'Unlocked');
