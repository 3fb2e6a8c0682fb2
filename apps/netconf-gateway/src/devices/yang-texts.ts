import { ProblemError } from '@interlock/kernel';
import { NetconfRpcError, type NetconfClient } from '@interlock/netconf';
import { yangSchema } from '@interlock/network';

/** The most modules that one binding needs, and the most characters of all of them. */
const most = { modules: 128, characters: 4 * 1024 * 1024 };

/**
 * Returns the YANG of modules, and of all modules that they import or include, by `get-schema` (RFC
 * 6022). A text that the device does not provide is left out. Throws `validation-failed` if there
 * are too many.
 */
export const yangTextsOf = async (
  client: NetconfClient,
  modules: readonly string[],
): Promise<readonly string[]> => {
  const asked = new Set(modules);
  const texts: string[] = [];
  for (const name of asked) {
    const text = await client.getSchema(name).catch((error: unknown) => {
      if (error instanceof NetconfRpcError) return null;
      throw error;
    });
    if (text === null) continue;
    texts.push(text);
    if (asked.size > most.modules || texts.join('').length > most.characters)
      throw new ProblemError('validation-failed', 'the YANG of the device has 1 fault', {
        violations: [
          {
            pointer: '/device_id',
            detail: `it is more than ${most.modules} modules or ${most.characters} characters`,
          },
        ],
      });
    for (const missing of yangOf(text)?.missing ?? []) asked.add(missing);
  }
  return texts;
};

const yangOf = (text: string): ReturnType<typeof yangSchema> | undefined => {
  try {
    return yangSchema([text]);
  } catch {
    return undefined;
  }
};
