import type { RecordedEvent } from '@interlock/kernel';
import { exportsDecided, refusalsDecided, signingDecided } from '@interlock/policy';
import type { Finding } from '../finding.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';

/**
 * Replays exports of bundles, refused imports, and a tenant's requirements for them. Signatures are
 * not checked again, because keys are not in the log.
 */
export class ExchangeReplay {
  readonly #settings = new StreamReplay(signingDecided);
  readonly #exports = new StreamReplay(exportsDecided);
  readonly #refusals = new StreamReplay(refusalsDecided);

  /** Events of `exchange-*`. */
  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    return (
      of.id === 'settings' ? this.#settings : of.id.startsWith('exports=') ? this.#exports : this.#refusals
    ).take(event, of);
  }
}
