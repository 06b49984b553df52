// Page loads in pixelload.
import { User, phases } from 'k6/x/pixeltales';

export const options = {
  scenarios: { pages: { executor: 'shared-iterations', vus: 10, iterations: Number(__ENV.BENCH_WORK), maxDuration: '10m' } },
};

const user = new User({
  url: __ENV.BENCH_URL,
  accounts: __ENV.BENCH_ACCOUNTS,
  secretKey: 'bench',
  phases: phases([{ name: 'load', users: 10, hold_seconds: 600 }]),
});

export default function () {
  user.loadPage();
}

export function handleSummary({ metrics }) {
  return { stdout: JSON.stringify({ sent: metrics.http_reqs.values.count, failed: metrics.http_req_failed.values.passes }) };
}
