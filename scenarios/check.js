// Does PixelTales hold the users? Scripted users come and go in phases; the
// thresholds decide. Run alone or by `pixelload check`; settings come from the
// environment and are listed in README.md beside this file.
import { User, Watch, phases, scenarios, settings } from 'k6/x/pixeltales';

const env = __ENV;
const MiB = 1024 * 1024;

const plan = phases(env.PIXELTALES_PHASES || [
  { name: 'idle', users: 0, warmup_seconds: 0, hold_seconds: 10 },
  { name: 'users=3', users: 3, warmup_seconds: 15, hold_seconds: 60 },
  { name: 'users=10', users: 10, warmup_seconds: 15, hold_seconds: 60 },
  { name: 'drained', users: 0, warmup_seconds: 0, hold_seconds: 15 },
]);

// An empty trend passes `max` and fails `min>0`: a dead sampler is no pass.
const memory = ['min>0'];
if (env.PIXELTALES_BUDGET_MIB) {
  memory.push(`max<${Number(env.PIXELTALES_BUDGET_MIB) * MiB}`);
}

export const options = {
  scenarios: scenarios(plan),
  thresholds: {
    pixeltales_delivery: ['rate>=0.99'],
    pixeltales_stalled_receivers: ['count==0'],
    pixeltales_visits_failed: ['count==0'],
    http_req_failed: ['rate<0.01'],
    pixeltales_ws_connect_failed: ['rate<0.01'],
    ...((env.PIXELTALES_MEMORY || env.PIXELTALES_BUDGET_MIB) && {
      pixeltales_memory: memory,
      pixeltales_memory_errors: ['rate<0.01'],
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
