import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { AgentGatewayConfig } from '../src/config.js';
import { notesKeys, openNotes, sealNotes } from '../src/notes-key.js';

const [first, second] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];
const keysOf = (text: string) =>
  notesKeys(Object.assign(new AgentGatewayConfig(), { AGENT_GATEWAY_KEY: text }));
const notes = { token: 'of the undo' };

describe('the keys of undo notes', () => {
  it('overlap: the first seals, and both open', () => {
    const before = sealNotes(keysOf(first), 'demo', 'action-1', notes);
    const both = keysOf(`${second},${first}`);
    expect(openNotes(both, 'demo', 'action-1', before)).toEqual(notes);
    const after = sealNotes(both, 'demo', 'action-1', notes);
    expect(openNotes(keysOf(second), 'demo', 'action-1', after)).toEqual(notes);
    for (const [keys, sealed] of [
      [keysOf(second), before],
      [keysOf(first), after],
    ] as const)
      expect(() => openNotes(keys, 'demo', 'action-1', sealed)).toThrow('cannot be opened');
  });

  it('open notes for their own tenant and action alone', () => {
    const sealed = sealNotes(keysOf(first), 'demo', 'action-1', notes);
    expect(() => openNotes(keysOf(first), 'demo', 'action-2', sealed)).toThrow('cannot be opened');
    expect(() => openNotes(keysOf(first), 'acme', 'action-1', sealed)).toThrow('cannot be opened');
  });
});
