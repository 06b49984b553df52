// Does it leak? Ten users of all kinds for PIXELTALES_HOURS (2), in phases of an
// hour, so that each hour's memory and latency can be told from the others'.
import { User, Watch, phases, scenarios, settings } from 'k6/x/pixeltales';

const env = __ENV;
const many = Number(env.PIXELTALES_HOURS || 2);
if (!(Number.isInteger(many) && many > 0)) {
  throw new Error(`PIXELTALES_HOURS is ${env.PIXELTALES_HOURS}, want a whole number from 1`);
}
const hours = Array.from({ length: many }, (_, i) => (
  { name: `hour=${i + 1}`, users: 10, warmup_seconds: i ? 0 : 120, hold_seconds: 3600 }
));
const plan = phases(env.PIXELTALES_PHASES || [...hours, { name: 'drained', users: 0, hold_seconds: 120 }]);
const last = plan.filter((phase) => phase.users > 0).map((phase) => phase.name).pop();

export const options = {
  scenarios: scenarios(plan),
  thresholds: {
    http_req_failed: ['rate<0.01'],
    pixeltales_ws_connect_failed: ['rate<0.01'],
    [`http_req_duration{phase:${last}}`]: ['p(95)<2000'],
    [`pixeltales_delivery{phase:${last}}`]: ['rate>=0.99'],
    pixeltales_sockets_lost: ['count<10'],
    pixeltales_visits_failed: ['count==0'],
    ...(env.PIXELTALES_BUDGET_MIB && {
      [`pixeltales_memory{phase:${last}}`]: ['min>0', `max<${Number(env.PIXELTALES_BUDGET_MIB) * 1024 * 1024}`],
    }),
  },
};

const personas = { host: 1, guest: 3, reader: 3, social: 1, player: 1, lurker: 1 };
const user = new User({ personas, ...settings(env), phases: plan });
const watcher = new Watch({ phases: plan, memory: env.PIXELTALES_MEMORY });

export function users() {
  user.visit();
}

export function watch() {
  watcher.run();
}
