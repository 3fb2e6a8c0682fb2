import { describe, expect, it } from '@jest/globals';
import { boundSecrets } from '@interlock/testing';
import { worldOf } from './world.js';

const world = worldOf({
  ALERTING_ALLOWED_NETWORKS: '10.1.0.0/16',
  ...boundSecrets({ CHANNEL_DEMO__OPS: 'a secret' }, ['10.1.0.8', '10.0.0.8', 'pager.example.org']),
});
const reference = 'env:CHANNEL_DEMO__OPS';
const mail = { kind: 'email', port: 25, security: 'none', from: 'a@b', to: ['a@b'] };
const webhook = { kind: 'webhook', secret_ref: reference };
const pagerduty = { kind: 'pagerduty', routing_key_ref: reference };
const github = { kind: 'github', repository: 'acme/ops', token_ref: reference };

describe('a channel that names an address that nothing is ever sent to', () => {
  it.each([
    [{ ...mail, host: '192.168.1.9' }, '/host'],
    [{ ...mail, host: 'localhost' }, '/host'],
    [{ ...webhook, url: 'https://169.254.169.254/latest' }, '/url'],
    [{ ...webhook, url: 'http://[::]:1/' }, '/url'],
    [{ ...pagerduty, url: 'https://10.0.0.8:8443/' }, '/url'],
    [{ ...github, api_url: 'https://127.0.0.1/' }, '/api_url'],
  ])('is refused by its member: %j', async (settings, pointer) => {
    const { status, body } = await world.call('PUT', '/alerts/channels/x', settings);
    expect([status, body]).toMatchObject([422, { violations: [{ pointer }] }]);
  });

  it.each([
    ['allowed', { ...mail, host: '10.1.0.8' }],
    ['named', { ...mail, host: 'mail.example.org' }],
    ['pager', { ...webhook, url: 'https://pager.example.org/' }],
  ])('is accepted if the network is allowed, or a name may lead elsewhere: %s', async (id, settings) => {
    const { status } = await world.call('PUT', `/alerts/channels/${id}`, settings);
    expect(status).toBe(200);
  });
});
