// Writes REVIEW_FILE as a comment of the pull request, or updates the comment of an earlier run.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';

const { BUNDLE, REVIEW_FILE, GITHUB_API_URL, GITHUB_EVENT_PATH, GITHUB_REPOSITORY, GITHUB_TOKEN } =
  process.env;
/** GitHub refuses longer comments. */
const longest = 65_536;
const tries = 4;
const marker = `<!-- interlock-policy-review ${encodeURIComponent(BUNDLE)} -->`;

class Refused extends Error {
  constructor(status, message) {
    super(`GitHub answered ${status}: ${message}`);
    this.status = status;
  }
}

/** Seconds until the next try that an answer names, as Retry-After or as the end of a limit. */
const waitOf = (headers, attempt) => {
  const after = Number(headers.get('retry-after') ?? NaN);
  if (Number.isFinite(after)) return after;
  const reset = headers.get('x-ratelimit-remaining') === '0' ? Number(headers.get('x-ratelimit-reset')) : NaN;
  return Number.isFinite(reset) ? Math.max(0, reset - Date.now() / 1000) : 2 ** attempt;
};

/** Asks the API. A failing server and a limit are asked again; a refusal is thrown as Refused. */
const github = async (method, url, body) => {
  for (let attempt = 0; ; attempt += 1) {
    const response = await fetch(url, {
      method,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${GITHUB_TOKEN}`,
        'x-github-api-version': '2022-11-28',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return { answer, link: response.headers.get('link') ?? '' };
    const limited =
      response.status === 429 ||
      (response.status === 403 &&
        (response.headers.has('retry-after') || response.headers.get('x-ratelimit-remaining') === '0'));
    if ((!limited && response.status < 500) || attempt + 1 === tries)
      throw new Refused(response.status, answer.message ?? response.statusText);
    await pause(waitOf(response.headers, attempt) * 1000);
  }
};

/** The comment of an earlier run. Anybody may write the marker, so only a bot's comment counts. */
const earlier = async (comments) => {
  for (let url = `${comments}?per_page=100`; url !== undefined;) {
    const { answer, link } = await github('GET', url);
    const found = answer.find(({ body, user }) => user?.type === 'Bot' && body?.startsWith(marker));
    if (found !== undefined) return found;
    url = /<([^>]+)>;\s*rel="next"/.exec(link)?.[1];
  }
  return undefined;
};

const say = (text) => process.stdout.write(`${text}\n`);

const write = async () => {
  const { pull_request: pull } = JSON.parse(readFileSync(GITHUB_EVENT_PATH, 'utf8'));
  if (pull === undefined) return say('this is not a pull request, so nothing is commented');
  const whole = `${marker}\n${readFileSync(REVIEW_FILE, 'utf8')}`;
  const end = '\n\n… The summary of the job has the rest.';
  const body = whole.length <= longest ? whole : `${whole.slice(0, longest - end.length)}${end}`;
  const issues = `${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}/issues`;
  const found = await earlier(`${issues}/${pull.number}/comments`);
  const { answer } =
    found === undefined
      ? await github('POST', `${issues}/${pull.number}/comments`, { body })
      : await github('PATCH', `${issues}/comments/${found.id}`, { body });
  return say(`wrote ${answer.html_url}`);
};

try {
  await write();
} catch (error) {
  // A pull request from a fork has a token that only reads; the summary has the review then.
  if (error instanceof Refused && error.status === 403)
    say(`::warning::the review could not be commented, the job's summary has it: ${error.message}`);
  else {
    say(`::error::${error.message}`);
    process.exitCode = 1;
  }
}
