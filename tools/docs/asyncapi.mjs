import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { busStreams, rpcCallers, subject } from '@interlock/contracts';

import { programOf } from '../answers.mjs';
import { Schemas } from '../answers/schema.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The channels beside the commands. `action` is Interlock's side, and `title` and `about` are for
 * people; `reply` names the message that answers.
 */
const channels = [
  {
    subject: { kind: 'intents', tenant: '{tenant}', user: '{user}' },
    action: 'receive',
    title: 'Action intents',
    about: 'A user of a tenant asks for an action. The publisher is a token of the subject.',
  },
  {
    subject: { kind: 'accepted', tenant: '{tenant}' },
    action: 'send',
    title: 'Accepted intents',
    about: 'The intent is in the log as an action.',
  },
  {
    subject: { kind: 'rejected', tenant: '{tenant}' },
    action: 'send',
    title: 'Rejected intents',
    about: 'The intent did not become an action; `violations` names every fault.',
  },
  {
    subject: { kind: 'outcomes', tenant: '{tenant}', actionType: '{action_type}' },
    action: 'send',
    title: 'Outcomes',
    about: 'The action has ended. A rollback of a completed action sends a second outcome.',
  },
  {
    subject: { kind: 'events', category: '{category}', eventType: '{event_type}', tenant: '{tenant}' },
    action: 'send',
    title: 'Events of the log',
    about: 'Copies of the log, for services. docs/events.md lists the types and their data.',
  },
  {
    subject: { kind: 'signals', tenant: '{tenant}', name: '{signal}', user: '{user}' },
    action: 'receive',
    title: 'Signals of the posture',
    about: 'A credential that may report a signal sends its value.',
  },
  {
    subject: { kind: 'handlers', tenant: '{tenant}', actionType: '{action_type}', step: '{step}' },
    action: 'send',
    title: 'Requests to handlers',
    about: "Interlock asks a tenant's handler for a step of an action.",
    reply: 'handled',
  },
  {
    subject: {
      kind: 'handled',
      tenant: '{tenant}',
      actionType: '{action_type}',
      instance: '{instance}',
      nonce: '{nonce}',
    },
    action: 'receive',
    title: 'Answers of handlers',
    about: 'The answer to a request, on the reply subject of that request.',
  },
  {
    subject: { kind: 'dead', consumer: '{consumer}' },
    action: 'send',
    title: 'Dead letters',
    about: 'Messages that a consumer has given up, with the reason.',
  },
];

/** The schemas of the bus's messages and commands, from their TypeScript types. */
function schemasOf() {
  const file = join(root, 'tools/docs/bus-messages.ts');
  const program = programOf([file]);
  const checker = program.getTypeChecker();
  const schemas = new Schemas(checker, root);
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)));
  const type = (name) => checker.getDeclaredTypeOfSymbol(exported.find((one) => one.name === name));
  const members = (of) =>
    Object.fromEntries(
      checker.getPropertiesOfType(of).map((member) => [member.name, checker.getTypeOfSymbol(member)]),
    );
  const schema = (of) => schemas.of(of);
  return {
    messages: Object.fromEntries(
      Object.entries(members(type('Messages'))).map(([name, of]) => [name, schema(of)]),
    ),
    commands: Object.fromEntries(
      Object.entries(members(type('Commands'))).map(([name, of]) => {
        const { request, answer } = members(of);
        return [name, { request: schema(request), answer: schema(answer) }];
      }),
    ),
    refused: schema(type('Refused')),
  };
}

/** True if a pattern of a stream, with `*` for a token, holds an address. */
const holds = (pattern, address) =>
  new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^.]+')}$`).test(address);
const streamOf = (address) =>
  busStreams.find(({ subjects }) => subjects.some((one) => holds(one, address)))?.name;

const parametersOf = (address) =>
  Object.fromEntries(
    [...address.matchAll(/\{(\w+)\}/g)].map(([, name]) => [
      name,
      { description: 'One token of the subject. A dot in a name is written `=`.' },
    ]),
  );
const channelRef = (id) => ({ $ref: `#/channels/${id}` });
const messageRef = (id, name) => ({ $ref: `#/channels/${id}/messages/${name}` });
const componentRef = (name) => ({ $ref: `#/components/messages/${name}` });
const camel = (text) => text.replaceAll(/[-._]+(\w)/g, (_, letter) => letter.toUpperCase());

/** What each channel and operation of the document says. */
function partsOf({ messages, commands, refused }) {
  const parts = { channels: {}, operations: {}, messages: {} };
  for (const { subject: of, action, title, about, reply } of channels) {
    const address = subject(of);
    const stream = streamOf(address);
    parts.messages[of.kind] = {
      name: of.kind,
      title,
      contentType: 'application/json',
      payload: messages[of.kind],
    };
    parts.channels[of.kind] = {
      address,
      title,
      description: about,
      messages: { [of.kind]: componentRef(of.kind) },
      parameters: parametersOf(address),
      ...(stream === undefined ? {} : { 'x-jetstream-stream': stream }),
    };
    parts.operations[`${action}${of.kind.replace(/^./, (letter) => letter.toUpperCase())}`] = {
      action,
      channel: channelRef(of.kind),
      title,
      messages: [messageRef(of.kind, of.kind)],
      ...(reply === undefined
        ? {}
        : { reply: { channel: channelRef(reply), messages: [messageRef(reply, reply)] } }),
    };
  }
  parts.messages.refused = {
    name: 'refused',
    title: 'A refused command',
    contentType: 'application/json',
    payload: refused,
  };
  for (const [name, { request, answer }] of Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [service, command] = name.split('.');
    const id = camel(name);
    const address = subject({ kind: 'rpc', service, command, caller: '{caller}' });
    parts.messages[`${id}Request`] = {
      name: `${id}Request`,
      contentType: 'application/json',
      payload: request,
    };
    parts.messages[`${id}Answer`] = {
      name: `${id}Answer`,
      contentType: 'application/json',
      payload: { type: 'object', properties: { ok: answer }, required: ['ok'] },
    };
    const callers = [...rpcCallers[name]];
    parts.channels[id] = {
      address,
      title: name,
      description: `A command of ${service}. Only these users may call it: ${callers.join(', ')}.`,
      messages: { request: componentRef(`${id}Request`) },
      parameters: parametersOf(address),
      'x-callers': callers,
    };
    parts.channels[`${id}Reply`] = {
      address: null,
      title: `Answers of ${name}`,
      messages: { answer: componentRef(`${id}Answer`), refused: componentRef('refused') },
    };
    parts.operations[`receive${id.replace(/^./, (letter) => letter.toUpperCase())}`] = {
      action: 'receive',
      channel: channelRef(id),
      title: name,
      messages: [messageRef(id, 'request')],
      reply: {
        address: { location: '$message.header#/reply', description: 'The reply subject of the request.' },
        channel: channelRef(`${id}Reply`),
        messages: [messageRef(`${id}Reply`, 'answer'), messageRef(`${id}Reply`, 'refused')],
      },
    };
  }
  return parts;
}

/** `docs/asyncapi.json`: the bus as an AsyncAPI 3 document. */
export function renderAsyncApi() {
  const parts = partsOf(schemasOf());
  const document = {
    asyncapi: '3.0.0',
    id: 'urn:interlock:bus',
    info: {
      title: 'Interlock: the bus',
      version: '1',
      description:
        'The subjects of Interlock on NATS and their messages. Operations are from the side of Interlock. Who may publish and subscribe to what is in libs/contracts/src/bus/bus-access.ts.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      tags: [{ name: 'NATS' }],
    },
    defaultContentType: 'application/json',
    servers: {
      bus: {
        host: '{host}:{port}',
        protocol: 'nats',
        description: 'The NATS servers of an installation. Each user has its own credential.',
        variables: { host: { default: '127.0.0.1' }, port: { default: '4222' } },
        security: [{ $ref: '#/components/securitySchemes/user' }],
      },
    },
    channels: parts.channels,
    operations: parts.operations,
    components: {
      securitySchemes: {
        user: { type: 'userPassword', description: 'Or a credential of decentralised JWT accounts.' },
      },
      messages: parts.messages,
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
