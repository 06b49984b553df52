// A class opens the app at once: three users, then thirty within three seconds,
// then three again. Those who stay must be served as before.
import { User, Watch, phases, scenarios, settings } from 'k6/x/pixeltales';

const env = __ENV;
const plan = phases(env.PIXELTALES_PHASES || [
  { name: 'before', users: 3, warmup_seconds: 15, hold_seconds: 45 },
  { name: 'spike', users: 30, hold_seconds: 60 },
  { name: 'after', users: 3, warmup_seconds: 15, hold_seconds: 45 },
]);

export const options = {
  scenarios: scenarios(plan),
  thresholds: {
    'http_req_failed{phase:spike}': ['rate<0.1'],
    'http_req_failed{phase:after}': ['rate<0.01'],
    'http_req_duration{phase:after}': ['p(95)<2000'],
    'pixeltales_delivery{phase:after}': ['rate>=0.99'],
    pixeltales_ws_connect_failed: ['rate<0.1'],
    pixeltales_visits_failed: ['count==0'],
    ...(env.PIXELTALES_BUDGET_MIB && {
      pixeltales_memory: ['min>0', `max<${Number(env.PIXELTALES_BUDGET_MIB) * 1024 * 1024}`],
    }),
  },
};

const user = new User({ ...settings(env), phases: plan });
const watcher = new Watch({ phases: plan, memory: env.PIXELTALES_MEMORY });

export function users() {
  user.visit();
}

export function watch() {
  watcher.run();
}
