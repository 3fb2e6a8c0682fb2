import type { RecordedEvent } from '@interlock/kernel';
import { exportsDecided, refusalsDecided, signingDecided } from '@interlock/policy';
import type { Finding } from '../finding.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';

/**
 * Replays exports of bundles, refused imports, and a tenant's signature requirements for them.
 * Signatures are not checked again, because the log contains no keys.
 */
export class ExchangeReplay {
  readonly #settings = new StreamReplay(signingDecided);
  readonly #exports = new StreamReplay(exportsDecided);
  readonly #refusals = new StreamReplay(refusalsDecided);

  /** Takes events of `exchange-*`. */
  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    return (
      of.id === 'settings' ? this.#settings : of.id.startsWith('exports=') ? this.#exports : this.#refusals
    ).take(event, of);
  }
}
