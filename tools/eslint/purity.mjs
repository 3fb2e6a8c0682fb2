// The modules and globals that `type:domain` and `type:contract` files may not use: input and
// output, frameworks, clocks, random numbers, the environment.
import { builtinModules } from 'node:module';

const reason = 'the domain is pure: no framework, no input or output; it comes with the command';

export const impureImports = [
  'error',
  {
    patterns: [
      {
        group: [
          'node:*',
          '@nestjs/*',
          'kysely',
          'kysely/*',
          'pg',
          'pg-*',
          'nats',
          '@nats-io/*',
          '@eventstore/*',
          'rxjs',
          'rxjs/*',
          '@grpc/*',
          'fastify',
          'pino',
          '@opentelemetry/*',
        ],
        message: reason,
      },
      { regex: `^(?:${builtinModules.filter((name) => !name.startsWith('_')).join('|')})$`, message: reason },
    ],
  },
];

export const impureGlobals = [
  'error',
  {
    checkGlobalObject: true,
    globals: [
      'process',
      'crypto',
      'performance',
      'setTimeout',
      'setInterval',
      'setImmediate',
      'queueMicrotask',
      'fetch',
      'Buffer',
      'require',
    ].map((name) => ({ name, message: reason })),
  },
];

export const impureProperties = [
  'error',
  { object: 'Date', property: 'now', message: 'time comes with the command' },
  { object: 'Math', property: 'random', message: 'chance comes with the command' },
];

export const impureSyntax = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'time comes with the command',
  },
  { selector: "CallExpression[callee.name='Date']", message: 'time comes with the command' },
  { selector: 'ImportExpression', message: reason },
  { selector: "MemberExpression[object.type='MetaProperty']", message: reason },
];
