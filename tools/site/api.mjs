// The API reference: a page for each service, from `docs/openapi.json` and the command line.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { exampleOf } from './samples.mjs';

/** Operations that both clients have a method for. */
const methods = {
  'POST /api/v1/autonomous/actions': ['submit(intent)', 'submit(intent)'],
  'GET /api/v1/autonomous/actions/{id}': ["action('ACTION_ID')", 'action("ACTION_ID")'],
  'POST /api/v1/autonomous/actions/{id}/approve': ["approve('ACTION_ID')", 'approve("ACTION_ID")'],
  'POST /api/v1/autonomous/actions/{id}/confirm': ["confirm('ACTION_ID')", 'confirm("ACTION_ID")'],
  'POST /api/v1/autonomous/actions/{id}/reject': ["reject('ACTION_ID')", 'reject("ACTION_ID")'],
  'POST /api/v1/autonomous/actions/{id}/cancel': ["cancel('ACTION_ID')", 'cancel("ACTION_ID")'],
  'POST /api/v1/autonomous/actions/{id}/rollback': ["rollback('ACTION_ID')", 'rollback("ACTION_ID")'],
};

const verbs = ['get', 'put', 'post', 'delete', 'patch'];
const json = (value) => JSON.stringify(value, null, 2);
const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
const fence = (language, title, code) =>
  `\`\`\`${language}${title === '' ? '' : ` [${title}]`}\n${code}\n\`\`\``;
/** The path with a word for each parameter, such as `/actions/ACTION_ID`. */
const addressOf = (path) =>
  path.replaceAll(/\{(\w+)\}/g, (_, name) => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase());
/** JSON as a literal of Python. */
const python = (value) =>
  json(value)
    .replaceAll(/\btrue\b/g, 'True')
    .replaceAll(/\bfalse\b/g, 'False')
    .replaceAll(/\bnull\b/g, 'None');

const resolve = (document, schema) =>
  schema?.$ref === undefined ? schema : document.components.schemas[schema.$ref.split('/').at(-1)];

const kindOf = (schema) => {
  if (schema === undefined) return '';
  if (schema.$ref !== undefined) return kindOf({ type: 'object' });
  if (schema.enum !== undefined) return schema.enum.map((one) => `\`${one}\``).join(', ');
  if (schema.type === 'array') return `list of ${kindOf(schema.items) || 'values'}`;
  return schema.format ?? schema.type ?? (schema.oneOf ?? schema.anyOf ?? []).map(kindOf).join(' or ');
};

const limitsOf = (schema) =>
  ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'pattern']
    .filter((name) => schema?.[name] !== undefined)
    .map((name) => `${name} \`${schema[name]}\``)
    .join(', ');

const membersTable = (document, schema) => {
  const { properties, required = [] } = resolve(document, schema) ?? {};
  if (properties === undefined) return [];
  return [
    '| member | type | required | limits | meaning |',
    '| --- | --- | --- | --- | --- |',
    ...Object.entries(properties).map(
      ([name, of]) =>
        `| \`${name}\` | ${cell(kindOf(of))} | ${required.includes(name) ? 'yes' : ''} | ${cell(limitsOf(of))} | ${cell(of.description ?? '')} |`,
    ),
    '',
  ];
};

const parametersTable = (parameters) =>
  parameters.length === 0
    ? []
    : [
        '| parameter | in | type | required | limits | meaning |',
        '| --- | --- | --- | --- | --- | --- |',
        ...parameters.map(
          ({ name, in: where, required, schema, description }) =>
            `| \`${name}\` | ${where} | ${cell(kindOf(schema))} | ${required ? 'yes' : ''} | ${cell(limitsOf(schema))} | ${cell(description ?? '')} |`,
        ),
        '',
      ];

/** Problem codes as links to their pages. */
const linked = (text, codes) =>
  text.replaceAll(/`([a-z-]+)`/g, (whole, code) =>
    codes.has(code) ? `[${whole}](../problems/${code}.md)` : whole,
  );

const answersTable = (document, responses, codes) => [
  '| status | meaning |',
  '| --- | --- |',
  ...Object.entries(responses).map(([status, response]) => {
    const { description } =
      response.$ref === undefined ? response : document.components.responses[response.$ref.split('/').at(-1)];
    return `| ${status} | ${linked(cell(description === '' ? 'done' : description), codes)} |`;
  }),
  '',
];

const curlOf = (verb, address, type, body) => {
  const lines = [`curl -sf${verb === 'get' ? '' : ` -X ${verb.toUpperCase()}`} "$API${address}"`];
  lines.push(`-H "Authorization: Bearer $TOKEN"`);
  if (type !== undefined) {
    lines.push(`-H 'Content-Type: ${type}'`);
    lines.push(
      type === 'application/json' ? `-d '${json(body).replaceAll("'", "'\\''")}'` : '--data-binary @FILE',
    );
  }
  return lines.join(' \\\n  ');
};

const typescriptOf = (verb, path, type, body) => {
  const [known] = methods[`${verb.toUpperCase()} ${path}`] ?? [];
  const made = 'const client = new InterlockClient({ url: process.env.API, token: process.env.TOKEN });';
  const imported = "import { InterlockClient } from '@interlock/client';\n\n";
  if (known === 'submit(intent)')
    return `${imported}${made}\nconst intent = ${json(body)};\nconst answer = await client.${known};`;
  if (known !== undefined) return `${imported}${made}\nconst answer = await client.${known};`;
  if (type !== undefined && type !== 'application/json')
    return `import { readFile } from 'node:fs/promises';\n\nconst answer = await fetch(\`\${process.env.API}${addressOf(path)}\`, {\n  method: '${verb.toUpperCase()}',\n  headers: { authorization: \`Bearer \${process.env.TOKEN}\`, 'content-type': '${type}' },\n  body: await readFile('FILE'),\n});`;
  const sent = type === undefined ? '' : `, ${json(body)}`;
  return `${imported}${made}\nconst answer = await client.call('${verb.toUpperCase()}', '${addressOf(path)}'${sent});`;
};

const pythonOf = (verb, path, type, body) => {
  const [, known] = methods[`${verb.toUpperCase()} ${path}`] ?? [];
  const head =
    'import os\n\nfrom interlock_client import InterlockClient\n\nwith InterlockClient(os.environ["API"], os.environ["TOKEN"]) as client:\n';
  const indented = (text) => text.replaceAll('\n', '\n    ');
  if (known === 'submit(intent)')
    return `${head}    intent = ${indented(python(body))}\n    answer = client.${known}`;
  if (known !== undefined) return `${head}    answer = client.${known}`;
  if (type !== undefined && type !== 'application/json')
    return `import os\nfrom pathlib import Path\n\nimport httpx\n\nanswer = httpx.request(\n    "${verb.toUpperCase()}",\n    os.environ["API"] + "${addressOf(path)}",\n    content=Path("FILE").read_bytes(),\n    headers={"Authorization": f"Bearer {os.environ['TOKEN']}", "Content-Type": "${type}"},\n)`;
  const sent = type === undefined ? '' : `, ${indented(python(body))}`;
  return `${head}    answer = client.call("${verb.toUpperCase()}", "${addressOf(path)}"${sent})`;
};

/** The commands by the route that they request. */
const commandsByRoute = (tree) => {
  const found = new Map();
  const visit = (node, before) => {
    const words = [...before, node.name];
    for (const route of node.routes) {
      const line = [...words, ...node.arguments.filter((one) => one.startsWith('<'))]
        .join(' ')
        .replaceAll(/<([^>]+)>/g, (_, name) => name.replace('...', '').replaceAll('-', '_').toUpperCase());
      found.set(route, [...(found.get(route) ?? []), line]);
    }
    for (const one of node.commands) visit(one, words);
  };
  visit(tree, []);
  return found;
};

const operationText = (document, commands, codes, path, verb, operation) => {
  const content = Object.entries(operation.requestBody?.content ?? {})[0];
  const [type, { schema } = {}] = content ?? [];
  const body = schema === undefined ? undefined : exampleOf(document, schema);
  const route = `${verb.toUpperCase()} ${path}`;
  const used = commands.get(route);
  const good = Object.entries(operation.responses).find(([status]) => status.startsWith('2'))?.[1];
  const example = good?.content?.['application/json']?.example;
  return [
    `## ${operation.summary ?? route}`,
    '',
    `\`${route}\``,
    '',
    ...(operation.description === undefined ? [] : [operation.description, '']),
    ...(operation['x-required-scopes'] === undefined
      ? []
      : [`Scope: ${operation['x-required-scopes'].map((one) => `\`${one}\``).join(' or ')}.`, '']),
    ...parametersTable(operation.parameters ?? []),
    ...(schema === undefined ? [] : membersTable(document, schema)),
    '::: code-group',
    '',
    fence('sh', 'curl', curlOf(verb, addressOf(path), type, body)),
    '',
    fence('ts', 'TypeScript', typescriptOf(verb, path, type, body)),
    '',
    fence('python', 'Python', pythonOf(verb, path, type, body)),
    '',
    ...(used === undefined ? [] : [fence('sh', 'CLI', used.join('\n')), '']),
    ':::',
    '',
    ...(example === undefined ? [] : [fence('json', '', json(example)), '']),
    ...answersTable(document, operation.responses, codes),
  ].join('\n');
};

/**
 * The pages of the API: an index and one page for each service.
 * @param {string} root the repository, which is built
 * @returns {readonly (readonly [place: string, text: string])[]}
 */
export function apiPages(root) {
  const document = JSON.parse(readFileSync(join(root, 'docs/openapi.json'), 'utf8'));
  const commands = commandsByRoute(JSON.parse(readFileSync(join(root, 'apps/cli/commands.json'), 'utf8')));
  const codes = new Set(readdirSync(join(root, 'docs/problems')).map((name) => name.replace(/\.md$/, '')));
  const services = new Map();
  for (const [path, item] of Object.entries(document.paths))
    for (const verb of verbs.filter((one) => item[one] !== undefined)) {
      const [service] = item[verb].tags;
      services.set(service, [...(services.get(service) ?? []), { path, verb, operation: item[verb] }]);
    }
  const names = [...services.keys()].sort();
  const index = [
    '# API reference',
    '',
    document.info.description,
    '',
    'The examples use `$API` for the address of Interlock and `$TOKEN` for a token ([integrating](../integrating.md#tokens)). The same document as JSON: [openapi.json](/openapi.json). Messages on the bus: [asyncapi.json](/asyncapi.json).',
    '',
    '| service | operations |',
    '| --- | --- |',
    ...names.map((name) => `| [${name}](./${name}.md) | ${services.get(name).length} |`),
    '',
  ].join('\n');
  return [
    ['api/index.md', index],
    ...names.map((name) => [
      `api/${name}.md`,
      `# ${name}\n\n${services
        .get(name)
        .map(({ path, verb, operation }) => operationText(document, commands, codes, path, verb, operation))
        .join('\n')}`,
    ]),
  ];
}
