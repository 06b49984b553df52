// What changed since yesterday? The claim's users in steps, long enough for
// levels: compare the figures of each phase from night to night.
import { User, Watch, phases, scenarios, settings } from 'k6/x/pixeltales';

const env = __ENV;
const plan = phases(env.PIXELTALES_PHASES || [
  { name: 'idle', users: 0, hold_seconds: 60 },
  { name: 'users=3', users: 3, warmup_seconds: 60, hold_seconds: 300 },
  { name: 'users=10', users: 10, warmup_seconds: 60, hold_seconds: 300 },
  { name: 'users=20', users: 20, warmup_seconds: 60, hold_seconds: 300 },
  { name: 'drained', users: 0, hold_seconds: 120 },
]);

// A figure of its own for each phase that has users, in every k6 output.
const perPhase = {};
for (const { name, users } of plan) {
  if (users > 1) {
    perPhase[`pixeltales_fanout_latency{phase:${name}}`] = ['p(99)<5000'];
    perPhase[`pixeltales_delivery{phase:${name}}`] = ['rate>=0.99'];
  }
  if (env.PIXELTALES_MEMORY || env.PIXELTALES_BUDGET_MIB) {
    perPhase[`pixeltales_memory{phase:${name}}`] = ['min>0', ...(env.PIXELTALES_BUDGET_MIB ? [`max<${Number(env.PIXELTALES_BUDGET_MIB) * 1024 * 1024}`] : [])];
  }
}

export const options = {
  scenarios: scenarios(plan),
  thresholds: {
    http_req_failed: ['rate<0.01'],
    pixeltales_ws_connect_failed: ['rate<0.01'],
    pixeltales_visits_failed: ['count==0'],
    pixeltales_stalled_receivers: ['count==0'],
    ...perPhase,
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
