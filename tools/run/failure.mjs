/** An expected refusal: the user sees only its message. */
export class Failure extends Error {}

export function fail(message) {
  throw new Failure(message);
}
