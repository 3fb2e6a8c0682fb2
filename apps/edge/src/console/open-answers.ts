import type { ServerResponse } from 'node:http';
import type { Session } from './sessions.js';

/** How often the sessions of open answers are checked, in milliseconds. */
const lookMs = 1000;

/**
 * The answers in progress of each session. When a session ends anywhere, its answers that have
 * begun are cut off within two seconds, for example live streams. Their token may be valid for
 * longer. An answer that has not begun is left to finish.
 */
export class OpenAnswers {
  readonly #open = new Map<ServerResponse, Session>();
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly isOver: (session: Session) => boolean) {
    this.#timer = setInterval(() => this.#look(), lookMs);
    this.#timer.unref();
  }

  add(answer: ServerResponse, session: Session): void {
    this.#open.set(answer, session);
    answer.once('close', () => this.#open.delete(answer));
  }

  #look(): void {
    for (const [answer, session] of this.#open)
      if (answer.headersSent && this.isOver(session)) answer.destroy();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
