// Is this build fit to be deployed? Two minutes of twelve users of all kinds;
// pages must stay quick, sockets open and strokes delivered.
import { User, Watch, phases, scenarios, settings } from 'k6/x/pixeltales';

const env = __ENV;
const plan = phases(env.PIXELTALES_PHASES || [
  { name: 'users=4', users: 4, warmup_seconds: 10, hold_seconds: 30 },
  { name: 'users=12', users: 12, warmup_seconds: 15, hold_seconds: 60 },
]);

export const options = {
  scenarios: scenarios(plan),
  thresholds: {
    http_req_failed: ['rate<0.01'],
    http_req_duration: ['p(95)<2000'],
    'http_req_duration{name:profile}': ['p(95)<1000'],
    pixeltales_ws_connect_failed: ['rate<0.01'],
    pixeltales_sockets_lost: ['count==0'],
    pixeltales_delivery: ['rate>=0.99'],
    pixeltales_visits_failed: ['count==0'],
    ...(env.PIXELTALES_BUDGET_MIB && {
      pixeltales_memory: ['min>0', `max<${Number(env.PIXELTALES_BUDGET_MIB) * 1024 * 1024}`],
    }),
  },
};

const personas = { host: 1, guest: 3, artist: 1, writer: 1, reader: 3, social: 1, player: 1, lurker: 1 };
const user = new User({ personas, ...settings(env), phases: plan });
const watcher = new Watch({ phases: plan, memory: env.PIXELTALES_MEMORY });

export function users() {
  user.visit();
}

export function watch() {
  watcher.run();
}
