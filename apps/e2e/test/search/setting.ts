import type { ActionCommand } from '@interlock/rails';
import type { Subject } from './subject.js';
import type { Counter, Person, Scene, Streams } from './world.js';

/** The options of a space: the actors, the services' answers, the budgets. */
export type Setting = {
  readonly name: string;
  /** One for each action: its differences from the intent of the scenery. */
  readonly intents: readonly object[];
  readonly scenes: readonly Scene[];
  readonly budget: number;
  readonly people: readonly Person[];
  readonly says: readonly ('approve' | 'confirm' | 'extend' | 'reject' | 'cancel' | 'rollback')[];
  readonly left: { readonly [name in Counter]?: number };
  /** True if the runner's command may be delayed after its effect, be repeated, or get lost. */
  readonly isSplit: boolean;
  /** True if a person must be notified of a window before its clock begins. */
  readonly tell: boolean;
  /** The possible faults at the device. */
  readonly device: readonly ('worse' | 'timer' | 'fails' | 'stale' | 'refuses' | 'stuck')[];
  /** The hourly blast radius of all actions together; absent: unlimited. */
  readonly hour?: number;
};

/** A command that is made and not yet appended, with its scene. */
type Hand = { readonly command: ActionCommand; readonly scene: number };
export type Context = {
  readonly subject: Subject;
  readonly streams: Streams;
  readonly setting: Setting;
  readonly hands: Map<string, Hand>;
};

export const actionIds = ['a-1', 'a-2'] as const;
