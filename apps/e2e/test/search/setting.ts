import type { ActionCommand } from '@interlock/rails';
import type { Subject } from './subject.js';
import type { Counter, Person, Scene, Streams } from './world.js';

/** What may happen in a space: who acts, what the services say, what each budget allows. */
export type Setting = {
  readonly name: string;
  /** One for each action: what differs from the intent of the scenery. */
  readonly intents: readonly object[];
  readonly scenes: readonly Scene[];
  readonly budget: number;
  readonly people: readonly Person[];
  readonly says: readonly ('approve' | 'confirm' | 'extend' | 'reject' | 'cancel' | 'rollback')[];
  readonly left: { readonly [name in Counter]?: number };
  /** The runner's command may wait between its effect and its append, be repeated, or get lost. */
  readonly isSplit: boolean;
  /** Somebody must be told of a window before its clock begins. */
  readonly tell: boolean;
  /** What may go wrong at the device beside nothing. */
  readonly device: readonly ('worse' | 'timer' | 'fails' | 'stale' | 'refuses' | 'stuck')[];
  /**
   * The blast radius that all actions of an hour may have together; absent: as much as they like.
   */
  readonly hour?: number;
};

/** A command that was made and is not told yet, with the scene that it was made in. */
type Hand = { readonly command: ActionCommand; readonly scene: number };
export type Context = {
  readonly subject: Subject;
  readonly streams: Streams;
  readonly setting: Setting;
  readonly hands: Map<string, Hand>;
};

export const actionIds = ['a-1', 'a-2'] as const;
