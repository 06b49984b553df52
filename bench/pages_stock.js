// Page loads in stock k6: the calls of the app's first page, bodies discarded.
import http from 'k6/http';

const api = `${__ENV.BENCH_URL}/api`;

export const options = {
  scenarios: { pages: { executor: 'shared-iterations', vus: 10, iterations: Number(__ENV.BENCH_WORK), maxDuration: '10m' } },
  discardResponseBodies: true,
};

const call = (path, name) => ({
  method: 'GET',
  url: api + path,
  params: { tags: { name }, headers: { Accept: 'application/json', Authorization: 'Bearer x' } },
});

export default function () {
  const words = call('/profanity/active/?language=all', 'words');
  http.get(words.url, words.params);
  http.batch([
    call('/stories/', 'stories'),
    call('/auth/profile/', 'profile'),
    call('/auth/profile/', 'profile'),
    call('/collaborate/invites/', 'invites'),
  ]);
}

export function handleSummary({ metrics }) {
  return { stdout: JSON.stringify({ sent: metrics.http_reqs.values.count, failed: metrics.http_req_failed.values.passes }) };
}
