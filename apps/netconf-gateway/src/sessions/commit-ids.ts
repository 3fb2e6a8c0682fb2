import {
  childElement,
  childText,
  elementBuilder,
  NetconfRpcError,
  textOf,
  type NetconfClient,
  type RpcReply,
  type XmlElement,
} from '@interlock/netconf';

const namespace = 'urn:huawei:yang:huawei-cfg';
const cfg = elementBuilder(namespace);

/**
 * The request to return to the configuration that a commit made, in the form that Huawei documents
 * for its NetEngine routers. Not tried on a device of Huawei, like the two functions below.
 */
export const rollbackByCommitId = (id: string): XmlElement =>
  cfg('rollback-by-commit-id', cfg('commit-id', id));

/** Returns the id that a text is; null for any other text, which no event may contain. */
const idOf = (text: string | undefined): string | null =>
  /^[\w.:-]{1,64}$/.exec(text?.trim() ?? '')?.[0] ?? null;

/** Returns the id in the reply to a commit; null if it names none. */
export const commitIdIn = ({ content }: RpcReply): string | null => {
  const found = content.find((one) => one.name === 'commit-id' && one.namespace === namespace);
  return found === undefined ? null : idOf(textOf(found));
};

/** Returns the id of the device's last commit; null if it names none. */
export const lastCommitId = async (client: NetconfClient): Promise<string | null> => {
  try {
    const data = await client.get({ subtree: [cfg('cfg', cfg('commit-id'))] });
    const found = childElement(data, 'cfg', namespace);
    return found === undefined ? null : idOf(childText(found, 'commit-id'));
  } catch (error) {
    if (error instanceof NetconfRpcError) return null;
    throw error;
  }
};
