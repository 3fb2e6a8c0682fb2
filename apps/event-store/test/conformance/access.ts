import { describe, expect, it } from '@jest/globals';
import { AccessDeniedError, binaryEvent, END, jsonEvent } from '@eventstore/db-client';
import { collect, counted, numbers, refusal } from '../harness.js';
import type { SecureContext } from './context.js';

const denied = async (attempt: Promise<unknown>): Promise<void> =>
  expect(await refusal(attempt)).toBeInstanceOf(AccessDeniedError);

/**
 * Rights: access lists of streams, the defaults of `$settings`, and operations of administrators
 * only.
 */
export function accessLists(context: SecureContext): void {
  describe('users', () => {
    it('are served with their name and password, set for the client or a call', async () => {
      const name = context.stream('open');
      const { ordinary } = context;
      expect(await ordinary.appendToStream(name, counted(2))).toMatchObject({ success: true });
      expect(await context.admin.appendToStream(name, counted(1, 2))).toMatchObject({
        nextExpectedRevision: 2n,
      });
      expect(numbers(await collect(ordinary.readStream(name)))).toEqual([0, 1, 2]);
    });

    it('are not served with a wrong password, an unknown name, or none', async () => {
      const name = context.stream('closed-to-strangers');
      await context.admin.appendToStream(name, counted(1));
      for (const login of [
        undefined,
        { username: context.ordinaryName, password: 'wrong' },
        { username: 'nobody-at-all', password: 'changeit' },
      ]) {
        const client = context.connect(login);
        for (const attempt of [
          () => client.appendToStream(name, counted(1)),
          () => collect(client.readStream(name)),
          () => collect(client.readAll({ maxCount: 1 })),
          () => client.deleteStream(name),
          () => client.tombstoneStream(name),
        ])
          await denied(attempt());
      }
      expect(numbers(await collect(context.admin.readStream(name)))).toEqual([0]);
    });
  });

  describe('the rights of administrators', () => {
    it('are required for $all and for streams that begin with $', async () => {
      const { admin, ordinary } = context;
      const system = `$${context.stream('system')}`;
      await admin.appendToStream(system, counted(1));
      for (const attempt of [
        () => collect(ordinary.readAll({ maxCount: 1 })),
        () => ordinary.appendToStream(system, counted(1)),
        () => collect(ordinary.readStream(system)),
      ])
        await denied(attempt());
      expect(await collect(admin.readAll({ maxCount: 1 }))).toHaveLength(1);
      expect(await collect(admin.readStream(system))).toHaveLength(1);
      const subscription = ordinary.subscribeToAll({ fromPosition: END });
      expect(await new Promise((resolve) => subscription.once('error', resolve))).toBeInstanceOf(
        AccessDeniedError,
      );
    });

    it('do not include writing $all', async () => {
      await denied(context.admin.appendToStream('$all', counted(1)));
      await denied(context.admin.deleteStream('$all'));
    });
  });

  describe('the access list of a stream', () => {
    it('applies to each right separately', async () => {
      const { admin, ordinary, ordinaryName: me } = context;
      const name = context.stream('listed');
      await admin.appendToStream(name, counted(2));
      const list = {
        readRoles: ['$admins'],
        writeRoles: ['$admins'],
        deleteRoles: ['$admins'],
        metaReadRoles: ['$admins'],
        metaWriteRoles: ['$admins'],
      };
      const rights: readonly [keyof typeof list, () => Promise<unknown>][] = [
        ['readRoles', () => collect(ordinary.readStream(name))],
        ['writeRoles', () => ordinary.appendToStream(name, counted(1))],
        ['metaReadRoles', () => ordinary.getStreamMetadata(name)],
        ['deleteRoles', () => ordinary.deleteStream(name)],
      ];
      for (const [right, attempt] of rights) {
        await admin.setStreamMetadata(name, { acl: { ...list, [right]: [me] } });
        for (const [other, refused] of rights)
          if (other !== right && other !== 'deleteRoles') await denied(refused());
        await attempt();
      }
      await admin.setStreamMetadata(name, { acl: list });
      await denied(ordinary.deleteStream(name));
      await denied(ordinary.tombstoneStream(name));
      await denied(ordinary.setStreamMetadata(name, {}));
      await admin.setStreamMetadata(name, { acl: { ...list, metaWriteRoles: [me] } });
      await ordinary.setStreamMetadata(name, {});
      expect(await ordinary.appendToStream(name, counted(1))).toMatchObject({ success: true });
    });

    it('opens a system stream to the named users, and a stream to everyone as $all', async () => {
      const { admin, ordinary, ordinaryName: me } = context;
      const system = `$${context.stream('opened')}`;
      await admin.appendToStream(system, counted(1));
      await admin.setStreamMetadata(system, { acl: { readRoles: [me] } });
      expect(await collect(ordinary.readStream(system))).toHaveLength(1);
      await denied(ordinary.appendToStream(system, counted(1)));
      await admin.setStreamMetadata(system, { acl: { readRoles: ['$all'], writeRoles: ['$all'] } });
      expect(await ordinary.appendToStream(system, counted(1, 1))).toMatchObject({ success: true });
    });

    it('is respected where a link leads', async () => {
      const { admin, ordinary } = context;
      const [secret, links] = [context.stream('secret'), context.stream('pointer')];
      await admin.appendToStream(secret, counted(1));
      await admin.setStreamMetadata(secret, { acl: { readRoles: ['$admins'] } });
      await denied(collect(ordinary.readStream(secret)));
      await admin.appendToStream(links, binaryEvent({ type: '$>', data: Buffer.from(`0@${secret}`) }));
      const [mine] = await collect(admin.readStream(links, { resolveLinkTos: true }));
      expect(mine?.event?.streamId).toBe(secret);
    });
  });

  describe('the default lists of $settings', () => {
    const settings = (data: Record<string, unknown>) =>
      context.admin.appendToStream('$settings', jsonEvent({ type: '$settings', data: data as never }));

    it('apply to streams without their own list, of users and of the system, right by right', async () => {
      const { admin, ordinary, ordinaryName: me } = context;
      const [name, system, own] = [
        context.stream('by-default'),
        `$${context.stream('by-default')}`,
        context.stream('own-list'),
      ];
      for (const stream of [name, system, own]) await admin.appendToStream(stream, counted(1));
      await admin.setStreamMetadata(own, { acl: { writeRoles: [me] } });
      try {
        await settings({
          $userStreamAcl: { $r: '$all', $w: '$admins', $d: ['$admins'], $mr: '$all', $mw: '$admins' },
          $systemStreamAcl: { $r: ['$ops', me, '$admins'], $w: '$admins' },
        });
        expect(await collect(ordinary.readStream(name))).toHaveLength(1);
        await denied(ordinary.appendToStream(name, counted(1)));
        await denied(ordinary.deleteStream(name));
        await denied(ordinary.setStreamMetadata(name, {}));
        expect(await collect(ordinary.readStream(system))).toHaveLength(1);
        await denied(ordinary.appendToStream(system, counted(1)));
        // Rights that are missing in its own list fall back to the defaults.
        expect(await ordinary.appendToStream(own, counted(1, 1))).toMatchObject({ success: true });
        await denied(ordinary.deleteStream(own));
        expect((await collect(ordinary.readAll({ maxCount: 1 }))).length).toBe(1);
      } finally {
        await settings({});
      }
      await denied(collect(ordinary.readStream(system)));
      expect(await ordinary.appendToStream(name, counted(1, 1))).toMatchObject({ success: true });
    });
  });
}
