import type { Behaviour } from '@interlock/testing';

/** The parts of GitHub's issues and comments that the sender uses. */
export class Issues {
  readonly issues: {
    number: number;
    title: string;
    body: string;
    state: string;
    labels: readonly string[];
    comments: { body: string }[];
  }[] = [];
  /** The next answer is lost in transit. */
  loses = false;

  readonly behave: Behaviour = (response, { method, path, body, headers }) => {
    const found = /^\/repos\/acme\/ops\/issues(?:\/(\d+))?(\/comments)?(?:\?.*)?$/.exec(path);
    if (headers.authorization !== 'Bearer ghp_token' || found === null) {
      response.writeHead(401).end();
      return;
    }
    const [, number, comments] = found;
    const issue = this.issues.find((one) => `${one.number}` === number);
    const given = body === '' ? {} : (JSON.parse(body) as { body: string; state: string });
    const answer = (): object => {
      if (method === 'GET') {
        const { searchParams: asked } = new URL(path, 'http://github');
        const label = asked.get('labels') ?? '';
        const size = Number(asked.get('per_page') ?? 30);
        const from = (Number(asked.get('page') ?? 1) - 1) * size;
        const all: readonly object[] =
          comments === undefined
            ? this.issues.filter(({ labels }) => label === '' || labels.includes(label))
            : (issue?.comments ?? []);
        return all.slice(from, from + size);
      }
      if (method === 'PATCH') return Object.assign(issue ?? {}, given);
      if (comments !== undefined) {
        issue?.comments.push({ body: (given as { body: string }).body });
        return { id: 1 };
      }
      const number = this.issues.length + 1;
      const made = { number, title: '', body: '', state: 'open', labels: [], comments: [], ...given };
      this.issues.push(made);
      return made;
    };
    const text = JSON.stringify(answer());
    if (this.loses) {
      this.loses = false;
      response.socket?.destroy();
      return;
    }
    response.writeHead(method === 'POST' ? 201 : 200, { 'content-type': 'application/json' }).end(text);
  };
}
