/** An expected refusal: its message is all that the user sees. */
export class Failure extends Error {}

export function fail(message) {
  throw new Failure(message);
}
