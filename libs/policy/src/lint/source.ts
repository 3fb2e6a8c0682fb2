import { parse, type AnyNode, type DocumentNode } from '@humanwhocodes/momoa';

/** A place in a text; both numbers start at 1. */
export type Place = { readonly line: number; readonly column: number };

/** A JSON text with the places of its values, by JSON pointer. */
export class JsonSource {
  readonly value: unknown;
  readonly #document: DocumentNode;

  /** Throws a SyntaxError, with line and column in its message, if the text is not JSON. */
  constructor(text: string) {
    let document: DocumentNode;
    try {
      document = parse(text);
    } catch (error) {
      throw new SyntaxError(error instanceof Error ? error.message : String(error));
    }
    this.#document = document;
    this.value = JSON.parse(text);
  }

  /** Returns the place of a pointer's value, or of the nearest existing value around it. */
  placeOf(pointer: string): Place {
    let node: AnyNode = this.#document.body;
    for (const step of pointer.split('/').slice(1)) {
      const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
      const next: AnyNode | undefined =
        node.type === 'Array'
          ? node.elements[Number(name)]?.value
          : node.type === 'Object'
            ? lastMember(node, name)
            : undefined;
      if (next === undefined) break;
      node = next;
    }
    const { line, column } = node.loc.start;
    return { line, column };
  }
}

/** Returns the last of the members with a name, because JSON.parse uses that too. */
const lastMember = (node: Extract<AnyNode, { readonly type: 'Object' }>, name: string): AnyNode | undefined =>
  node.members.findLast(
    (member) => (member.name.type === 'String' ? member.name.value : member.name.name) === name,
  )?.value;
