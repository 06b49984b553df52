// Do phones on a bad line harm the others? Artists draw, and as many slow
// readers are in their sessions, to whom everything comes at 2,000 bytes a second
// (PIXELTALES_HABITS='{"readBytesASecond": 0}': not at all). What those do not
// get is no loss; what the artists get is counted.
import { User, Watch, phases, scenarios, settings } from 'k6/x/pixeltales';

const env = __ENV;
const plan = phases(env.PIXELTALES_PHASES || [
  { name: 'users=4', users: 4, warmup_seconds: 15, hold_seconds: 60 },
]);

export const options = {
  scenarios: scenarios(plan),
  thresholds: {
    http_req_failed: ['rate<0.01'],
    pixeltales_ws_connect_failed: ['rate<0.01'],
    pixeltales_delivery: ['rate>=0.99'],
    pixeltales_stalled_receivers: ['count==0'],
    pixeltales_visits_failed: ['count==0'],
    ...(env.PIXELTALES_BUDGET_MIB && {
      pixeltales_memory: ['min>0', `max<${Number(env.PIXELTALES_BUDGET_MIB) * 1024 * 1024}`],
    }),
  },
};

const user = new User({ personas: { artist: 1, 'slow-reader': 1 }, ...settings(env), phases: plan });
const watcher = new Watch({ phases: plan, memory: env.PIXELTALES_MEMORY });

export function users() {
  user.visit();
}

export function watch() {
  watcher.run();
}
