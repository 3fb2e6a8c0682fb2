import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BadRequestException, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { problemCodes } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { problemDocument, problemStatus, problemTypePrefix, toProblem } from '../src/index.js';

const pages = fileURLToPath(new URL('../../../docs/problems/', import.meta.url));
const page = (code: string): string => readFileSync(`${pages}${code}.md`, 'utf8');

describe('problem codes', () => {
  it.each(problemCodes)('%s has a status and a page that says so', (code) => {
    const status = problemStatus[code];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    const text = page(code);
    expect(text).toContain(`# ${code}\n`);
    expect(text).toContain(`Type \`${problemTypePrefix}${code}\`, HTTP status ${status}.`);
    expect(/## What it means\n\n.+\n\n## What to do\n\n.+\n$/s.test(text)).toBe(true);
  });

  it('are the only ones with a status, a page and a line in the list', () => {
    expect(Object.keys(problemStatus).sort()).toEqual([...problemCodes].sort());
    expect(
      readdirSync(pages)
        .filter((name) => name !== 'README.md')
        .sort(),
    ).toEqual(problemCodes.map((code) => `${code}.md`).sort());
    const listed = [...page('README').matchAll(/^\| \[([a-z-]+)\]\(\1\.md\) +\| (\d+) +\|$/gm)].map(
      ([, code, status]) => [code, Number(status)],
    );
    expect(Object.fromEntries(listed)).toEqual(problemStatus);
  });
});

describe('what the database says of a parameter', () => {
  const said = (code: string, more: object = { severity: 'ERROR' }): Error =>
    Object.assign(new Error('invalid byte sequence for encoding "UTF8": 0x00 in secret_table'), {
      code,
      ...more,
    });

  it.each(['22021', '22P02', '22003', '22007', '22008', '22P05'])(
    '%s is a fault of the input, and says nothing of the inside',
    (code) => {
      const problem = toProblem(said(code));
      expect(problem.code).toBe('validation-failed');
      expect(JSON.stringify(problemDocument(problem))).not.toMatch(/secret_table|byte sequence/);
    },
  );

  it.each(['42P01', '23505', '22012'])('%s stays a fault of the inside', (code) =>
    expect(toProblem(said(code)).code).toBe('internal-error'),
  );

  it('is told apart from what a client that went away leaves', () => {
    expect(toProblem(Object.assign(new Error('aborted'), { code: 'ECONNRESET', statusCode: 400 })).code).toBe(
      'malformed-json',
    );
    expect(toProblem(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })).code).toBe(
      'database-unavailable',
    );
  });

  it('counts only where the database said it', () =>
    expect(toProblem(said('22021', {})).code).toBe('internal-error'));
});

describe('toProblem', () => {
  it('keeps a problem as it is', () => {
    const problem = new ProblemError('already-exists', 'it is there');
    expect(toProblem(problem)).toBe(problem);
  });

  it.each([
    [
      'a lost database',
      Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), {
        code: 'ECONNREFUSED',
        address: '10.0.0.1',
        port: 5432,
        syscall: 'connect',
      }),
      'database-unavailable',
    ],
    [
      'a database that goes down',
      Object.assign(new Error('terminating connection'), { code: '57P01' }),
      'database-unavailable',
    ],
    [
      'a body that is too large',
      Object.assign(new Error('Request body is too large'), {
        statusCode: 413,
        code: 'FST_ERR_CTP_BODY_TOO_LARGE',
      }),
      'payload-too-large',
    ],
    [
      'a media type that is not JSON',
      Object.assign(new Error('Unsupported Media Type: text/plain'), { statusCode: 415 }),
      'unsupported-media-type',
    ],
    [
      'what Nest refuses as unreadable',
      new BadRequestException('Unexpected token } in JSON'),
      'malformed-json',
    ],
    ['what Nest does not find', new NotFoundException('Cannot GET /x'), 'not-found'],
    [
      'an error of a status that has no code',
      Object.assign(new Error('teapot'), { statusCode: 418 }),
      'internal-error',
    ],
    ['any other error', new TypeError('x is undefined'), 'internal-error'],
    ['what is not an error', 'thrown text', 'internal-error'],
    ['nothing', undefined, 'internal-error'],
    [
      'one who says it is a problem with an unknown code',
      { name: 'ProblemError', code: 'made-up' },
      'internal-error',
    ],
  ])('answers %s with its code and says nothing of the inside', (_what, error, code) => {
    const problem = toProblem(error);
    expect(problem.code).toBe(code);
    const text = JSON.stringify(problemDocument(problem));
    for (const inside of [
      '10.0.0.1',
      'ECONNREFUSED',
      'FST_',
      'Unexpected token',
      'Cannot GET',
      'is undefined',
      'thrown text',
      'teapot',
      'terminating',
    ])
      expect(text).not.toContain(inside);
  });
});

describe('problemDocument', () => {
  it('has the members of RFC 9457 and those of the problem', () => {
    const problem = new ProblemError('stale-revision', 'it is at 3', {
      members: { revision: '3' },
      remedy: 'read it again',
      violations: [{ pointer: '/a', detail: 'is wrong' }],
    });
    expect(problemDocument(problem, '/api/v1/things/1')).toEqual({
      type: 'urn:interlock:problem:stale-revision',
      title: 'stale revision',
      status: 412,
      code: 'stale-revision',
      detail: 'it is at 3',
      instance: '/api/v1/things/1',
      violations: [{ pointer: '/a', detail: 'is wrong' }],
      remedy: 'read it again',
      revision: '3',
    });
  });

  it('names a thousand violations at most', () => {
    const violations = Array.from({ length: 1001 }, (_, i) => ({ pointer: `/${i}`, detail: 'is wrong' }));
    const problem = new ProblemError('validation-failed', 'it has 1001 faults', { violations });
    expect(problemDocument(problem).violations).toEqual(violations.slice(0, 1000));
  });

  it('lets no member replace a fixed one', () => {
    const problem = new ProblemError('internal-error', 'inside', {
      members: { status: 200, type: 'about:blank', error: 'the secret' },
    });
    expect(problemDocument(problem)).toMatchObject({
      status: 500,
      type: 'urn:interlock:problem:internal-error',
      error: 'Internal server error',
    });
  });
});
