import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';
import type { Home } from '../home.js';
import { portFor } from '../parts.js';
import { simulatedTenant as demoTenant } from '../inventory.js';
import type { Api } from './api.js';

const demoChannel = 'demo-receiver';
const bodyLimit = 65_536;

type Delivery = {
  readonly data: {
    readonly what: string;
    readonly name: string;
    readonly severity: string;
    readonly detail: string;
  };
};

/**
 * Returns one line for a notification: the event, its alert, and the note that its signature was
 * verified.
 */
const lineOf = ({ data: { what, name, severity, detail } }: Delivery, at: string): string =>
  `${at}  ${'ALERT'.padEnd(21)} ${severity} ${name}  ${what === 'test' ? '' : `${what}: `}${detail.replace(/\s+/g, ' ')} (delivered to the demo's webhook, signature verified)`;

/**
 * Starts the demo's own webhook receiver. It verifies each delivery and prints one line. A wrong
 * signature is answered with 401 and prints nothing.
 */
const startReceiver = async (
  port: number,
  secret: string,
  say: (text: string) => void,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> => {
  const webhook = new Webhook(secret);
  const seen = new Set<string>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
      if (body.length > bodyLimit) request.destroy();
    });
    request.on('end', () => {
      const header = (name: string): string => String(request.headers[name] ?? '');
      try {
        const delivery = webhook.verify(body, {
          'webhook-id': header('webhook-id'),
          'webhook-timestamp': header('webhook-timestamp'),
          'webhook-signature': header('webhook-signature'),
        }) as Delivery;
        // Delivery is at least once: a repeat has the same id.
        if (!seen.has(header('webhook-id'))) say(lineOf(delivery, new Date().toISOString().slice(11, 19)));
        seen.add(header('webhook-id'));
        response.writeHead(204).end();
      } catch {
        response.writeHead(401).end();
      }
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${port}/alerts`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/**
 * Starts the receiver and makes it a channel of the tenant. It routes all alerts to the channel
 * unless routes exist, and has a test message sent.
 */
export const receiveAlerts = async (
  home: Home,
  api: Api,
  say: (text: string) => void,
): Promise<() => Promise<void>> => {
  const port = await portFor(home, 'demo_webhook');
  const secret = home.channelSecret(demoTenant, demoChannel, `http://127.0.0.1:${port}`);
  const receiver = await startReceiver(port, secret, say);
  try {
    // A person reads the terminal to which it prints.
    await api('put', '/api/v1/alerts/channels/{id}', {
      path: { id: demoChannel },
      body: { kind: 'webhook', url: receiver.url, secret_ref: `file:${demoChannel}`, reaches: 'people' },
    });
    const { is_default: isDefault } = await api('get', '/api/v1/alerts/routes');
    if (isDefault)
      await api('put', '/api/v1/alerts/routes', {
        body: { routes: [{ name: 'demo', channels: [demoChannel] }] },
      });
  } catch (error) {
    await receiver.stop();
    throw error;
  }
  return receiver.stop;
};

/** Has a test message sent, in the same way as an alert. */
export const testAlerts = async (api: Api): Promise<void> => {
  await api('post', '/api/v1/alerts/channels/{id}/test', { path: { id: demoChannel } });
};
