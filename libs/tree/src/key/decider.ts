import { ProblemError, type Decider } from '@interlock/kernel';
import { keysOf, type KeyChain } from './chain.js';
import { verifierText } from '../note.js';

/** The log's first key (stream `checkpoint-_system:keys`), as a C2SP verifier key. */
type LogKeyIntroduced = { readonly key: string };
/** The next key; `rotation` is the note in which the previous key names it. */
export type LogKeyRotated = { readonly key: string; readonly rotation: string };
export type LogKeyEvent =
  | { readonly type: 'LogKeyIntroduced'; readonly data: LogKeyIntroduced }
  | { readonly type: 'LogKeyRotated'; readonly data: LogKeyRotated };
export type LogKeyCommand = { readonly kind: 'adopt'; readonly chain: KeyChain };
export type LogKeyState = { readonly chain: KeyChain | null };

/** The links of a chain beyond another chain; `undefined` if it does not begin with it. */
const beyond = (chain: KeyChain, known: KeyChain): readonly string[] | undefined =>
  chain.first === known.first && known.rotations.every((rotation, i) => chain.rotations[i] === rotation)
    ? chain.rotations.slice(known.rotations.length)
    : undefined;

/** True if one of the chains begins with the other, so that they do not contradict each other. */
export const sameChain = (a: KeyChain, b: KeyChain): boolean =>
  beyond(a, b) !== undefined || beyond(b, a) !== undefined;

/** The keys that sign the log's checkpoints. The previous key names each key except the first. */
export const logKeyDecider: Decider<LogKeyCommand, LogKeyEvent, LogKeyState> = {
  name: 'log key',
  types: ['LogKeyIntroduced', 'LogKeyRotated'],
  initial: { chain: null },
  decide: ({ chain }, state) => {
    const keys = keysOf(chain);
    if (keys === undefined)
      throw new ProblemError('tree-inconsistent', 'a key of the log is not named by the one before it');
    const rotated = (rotations: readonly string[]): readonly LogKeyEvent[] =>
      rotations.map((rotation, i) => ({
        type: 'LogKeyRotated',
        data: { key: verifierText(keys[keys.length - rotations.length + i]!), rotation },
      }));
    if (state.chain === null)
      return [{ type: 'LogKeyIntroduced', data: { key: chain.first } }, ...rotated(chain.rotations)];
    if (beyond(state.chain, chain) !== undefined) return [];
    const fresh = beyond(chain, state.chain);
    if (fresh === undefined)
      throw new ProblemError('tree-inconsistent', 'the log knows other keys than these');
    return rotated(fresh);
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'LogKeyIntroduced':
        return { chain: { first: event.data.key, rotations: [] } };
      case 'LogKeyRotated':
        return state.chain === null
          ? state
          : { chain: { ...state.chain, rotations: [...state.chain.rotations, event.data.rotation] } };
    }
  },
};
