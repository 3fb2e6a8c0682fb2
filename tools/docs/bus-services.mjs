import { busOperator, busServices, servicesAccount } from '@interlock/contracts';

/** The environment variable of nats-server that holds a user's password. */
const variableOf = (user) => `NATS_${user.toUpperCase().replaceAll('-', '_')}_PASSWORD`;

/** `deploy/nats/services.conf`: the services' account, with passwords from the environment. */
export const renderBusServices = () =>
  [
    '# Generated from the table of who may publish and subscribe to what (libs/contracts/src/bus/bus-access.ts) by `node tools/docs.mjs`; do not edit.',
    servicesAccount(
      [busOperator, ...busServices].map((user) => ({ user, secret: { variable: variableOf(user) } })),
    ),
    '',
  ].join('\n');
