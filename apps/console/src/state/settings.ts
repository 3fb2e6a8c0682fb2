import type { Zone } from '../format.js';
import { readRemap, type Remap } from '../shell/remap.js';
import { createStore } from './store.js';

export type Settings = {
  readonly theme: 'light' | 'dark' | 'auto';
  readonly density: 'compact' | 'comfortable';
  readonly zone: Zone;
  /** Whether times are shown exactly, as RFC 3339, and not to the second. */
  readonly exact: boolean;
  /** Whether single keys are active (WCAG 2.1.4). */
  readonly keys: boolean;
  /** The single keys that the user moved. */
  readonly remap: Remap;
  /**
   * Whether a sound is played when something begins to wait for a person. `notify` does the same
   * for a notification of the browser.
   */
  readonly sound: boolean;
  readonly notify: boolean;
};

const name = 'interlock.settings';
const defaults: Settings = {
  theme: 'auto',
  density: 'compact',
  zone: 'utc',
  exact: false,
  keys: true,
  remap: {},
  sound: false,
  notify: false,
};

/** Reads the stored settings. An invalid member has its default value. */
const readSettings = (text: string | null): Settings => {
  try {
    const kept: unknown = JSON.parse(text ?? '{}');
    if (typeof kept !== 'object' || kept === null) return defaults;
    const value = (key: string): unknown => (Object.hasOwn(kept, key) ? Reflect.get(kept, key) : undefined);
    const theme = value('theme');
    const keys = value('keys');
    return {
      theme: theme === 'light' || theme === 'dark' ? theme : 'auto',
      density: value('density') === 'comfortable' ? 'comfortable' : 'compact',
      zone: value('zone') === 'local' ? 'local' : 'utc',
      exact: value('exact') === true,
      keys: typeof keys === 'boolean' ? keys : true,
      remap: readRemap(value('remap')),
      sound: value('sound') === true,
      notify: value('notify') === true,
    };
  } catch {
    return defaults;
  }
};

export const settings = createStore<Settings>(defaults);

const dark = (): MediaQueryList => matchMedia('(prefers-color-scheme: dark)');

export const themeOf = ({ theme }: Settings): 'light' | 'dark' =>
  theme === 'auto' ? (dark().matches ? 'dark' : 'light') : theme;

const apply = (): void => {
  const now = settings.get();
  const root = document.documentElement;
  const theme = themeOf(now);
  root.dataset['theme'] = theme;
  root.dataset['mantineColorScheme'] = theme;
  root.dataset['density'] = now.density;
};

/**
 * Applies the stored settings to the page, now and whenever they change. `?theme=` in the address
 * applies only to this visit.
 */
export const startSettings = (): void => {
  const asked = new URLSearchParams(location.search).get('theme');
  const kept = readSettings(localStorage.getItem(name));
  settings.set(asked === 'light' || asked === 'dark' ? { ...kept, theme: asked } : kept);
  apply();
  dark().addEventListener('change', apply);
  settings.subscribe(apply);
};

export const changeSettings = (change: Partial<Settings>): void => {
  const next = { ...settings.get(), ...change };
  localStorage.setItem(name, JSON.stringify(next));
  settings.set(next);
};
