import type { ServerResponse } from 'node:http';
import type { Session } from './sessions.js';

/** How often it is looked whether the sessions of open answers go on, in milliseconds. */
const lookMs = 1000;

/**
 * The answers that are on their way to a session. One that is being sent when its session ends, as
 * a live stream is for hours, is broken off within two seconds, wherever the session was ended; its
 * token may be good for longer. What has not begun to be answered is left to its end.
 */
export class OpenAnswers {
  readonly #open = new Map<ServerResponse, Session>();
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly isOver: (session: Session) => boolean) {
    this.#timer = setInterval(() => {
      this.#look();
    }, lookMs);
    this.#timer.unref();
  }

  add(answer: ServerResponse, session: Session): void {
    this.#open.set(answer, session);
    answer.once('close', () => {
      this.#open.delete(answer);
    });
  }

  #look(): void {
    for (const [answer, session] of this.#open)
      if (answer.headersSent && this.isOver(session)) answer.destroy();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
